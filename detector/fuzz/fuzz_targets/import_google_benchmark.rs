//! Imports a text of the format `google-benchmark`.

#![no_main]

fuzz::reader!(|bytes: &[u8]| fuzz::import::check_format(detector::import::Format::GoogleBenchmark, bytes));
