//! Imports the files of a benchmark from criterion's folder.

#![no_main]

fuzz::reader!(|bytes: &[u8]| fuzz::import::check_criterion(bytes));
