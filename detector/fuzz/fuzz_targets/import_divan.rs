//! Imports a text of the format `divan`.

#![no_main]

fuzz::reader!(|bytes: &[u8]| fuzz::import::check_format(detector::import::Format::Divan, bytes));
