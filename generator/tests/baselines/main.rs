//! `generator baseline` and `merge`: what enters a file of baselines, what is refused, and what is left of what was there.

mod baseline;
mod bench;
mod merge;
mod merge_properties;
