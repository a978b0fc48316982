//! Runs kernels under controlled settings; writes reports and `baselines.json`.
//!
//! Floor 3. It gives no verdict and holds no token. Data goes one way: a [`session`] or a [`pair`] starts
//! [`launch`]es, each launch is a [`worker`] that [`sampler`]s a case between [`probe`]s, and its launches come to a
//! [`row`] of the document.

pub mod allocations;
pub mod archive;
pub mod cache;
pub mod chain;
pub mod checksum;
pub mod clock;
pub mod confirmation;
pub mod context;
pub mod controls;
pub mod diagnosis;
pub mod environment;
pub mod floor;
pub mod instructions;
pub mod launch;
pub mod memory;
pub mod merging;
pub mod pair;
pub mod place;
pub mod probe;
pub mod progress;
pub mod protocol;
pub mod row;
pub mod sampler;
pub mod schedule;
pub mod section;
pub mod selection;
pub mod session;
pub mod sight;
pub mod table;
pub mod terminal;
pub mod verification;
pub mod worker;
