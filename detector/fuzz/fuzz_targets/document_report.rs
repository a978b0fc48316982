//! Reads a report.

#![no_main]

fuzz::reader!(|bytes: &[u8]| {
    let _ = fuzz::document::check_reader::<schema::report::Report>(bytes);
});
