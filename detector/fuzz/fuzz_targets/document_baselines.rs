//! Reads a baselines file.

#![no_main]

fuzz::reader!(|bytes: &[u8]| {
    let _ = fuzz::document::check_reader::<schema::baselines::Baselines>(bytes);
});
