//! The detector from outside: what it says of which numbers, and how the program behaves.

mod accepted;
mod alarms;
mod annotations;
mod bench;
mod changes;
mod compare;
mod explanations;
mod formats;
mod history;
mod import;
mod kinds;
mod machine;
mod metrics;
mod notes;
mod pairs;
mod program;
mod rules;
mod thresholds;
mod tracker;
mod verdicts;
mod wide;
