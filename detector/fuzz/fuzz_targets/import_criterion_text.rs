//! Imports a text of the format `criterion-text`.

#![no_main]

fuzz::reader!(|bytes: &[u8]| fuzz::import::check_format(detector::import::Format::CriterionText, bytes));
