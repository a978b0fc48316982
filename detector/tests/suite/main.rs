//! The detector from outside: what it says of which numbers, and how the program behaves.

mod bench;
mod compare;
mod formats;
mod kinds;
mod metrics;
mod notes;
mod pairs;
mod verdicts;
