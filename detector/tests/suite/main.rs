//! The detector from outside: what it says of which numbers, and how the program behaves.

mod accepted;
mod bench;
mod compare;
mod formats;
mod metrics;
mod notes;
mod pairs;
mod thresholds;
mod verdicts;
