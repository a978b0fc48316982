//! Imports a text of the format `go`.

#![no_main]

fuzz::reader!(|bytes: &[u8]| fuzz::import::check_format(detector::import::Format::Go, bytes));
