//! Judges a report against a baseline, and tells people.
//!
//! Floor 3. It runs no measured code and links neither kernels nor generator: the two programs meet at a file. The
//! [`comparison`], the [`history`], the [`policy`], the [`proposal`] and the [`tracker`] are pure; files are read and
//! written by the program's verbs, and only [`github`] speaks to a network.

pub mod comparison;
pub mod github;
pub mod history;
pub mod import;
pub mod output;
pub mod policy;
pub mod proposal;
pub mod severity;
pub mod tracker;
pub mod verdict;
pub mod watch;
