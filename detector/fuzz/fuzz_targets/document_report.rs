//! Reads a report.

#![no_main]

fuzz::reader!(|bytes: &[u8]| {
    fuzz::document::check_reader::<schema::report::Report>(bytes);
});
