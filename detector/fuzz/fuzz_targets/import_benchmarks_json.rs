//! Imports a text of the format `benchmarks-json`.

#![no_main]

fuzz::reader!(|bytes: &[u8]| fuzz::import::check_format(detector::import::Format::BenchmarksJson, bytes));
