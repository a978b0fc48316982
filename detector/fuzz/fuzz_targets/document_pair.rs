//! Reads a pair.

#![no_main]

fuzz::reader!(|bytes: &[u8]| {
    let _ = fuzz::document::check_reader::<schema::pair::Pair>(bytes);
});
