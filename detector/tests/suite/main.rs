//! The detector from outside: what it says of which numbers, and how the program behaves.

mod annotations;
mod bench;
mod compare;
mod explanations;
mod formats;
mod metrics;
mod notes;
mod pairs;
mod verdicts;
