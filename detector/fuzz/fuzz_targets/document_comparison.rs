//! Reads a comparison, and prints it in every format.

#![no_main]

use detector::output::{Format, print};
use schema::comparison::Comparison;

fuzz::reader!(|bytes: &[u8]| {
    let Some(comparison) = fuzz::document::check_reader::<Comparison>(bytes) else { return };
    for format in [Format::Human, Format::Json, Format::Markdown, Format::Junit, Format::Github] {
        for all in [false, true] {
            assert!(!print(&comparison, format, all).contains('\u{7}'), "what is printed rings");
        }
    }
});
