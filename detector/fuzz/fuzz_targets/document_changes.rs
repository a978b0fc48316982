//! Reads a list of changes.

#![no_main]

fuzz::reader!(|bytes: &[u8]| {
    let _ = fuzz::document::check_reader::<schema::changes::Changes>(bytes);
});
