//! Imports a text of the format `bencher`.

#![no_main]

fuzz::reader!(|bytes: &[u8]| fuzz::import::check_format(detector::import::Format::Bencher, bytes));
