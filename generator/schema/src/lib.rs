//! The documents: report, baselines, pair, comparison, changes, crossval, watch and alarms; as types, as JSON Schema, and as files.
//!
//! Floor 2. It knows what the fields mean, not how a number was measured or judged. `FORMAT.md` beside this crate
//! explains every document field by field.

pub mod alarms;
pub mod baselines;
pub mod case;
pub mod changes;
pub mod comparison;
pub mod context;
pub mod crossval;
pub mod document;
pub mod exit;
pub mod file;
pub mod pair;
mod platform;
pub mod report;
pub mod watch;

/// The version of all documents that this program writes. It reads this one and all before it.
pub const SCHEMA_VERSION: u32 = 3;
