//! What the fuzz targets share: how a text is mutated, and what must hold of whatever was read.

pub mod document;
pub mod import;
pub mod mutation;
pub mod numbers;

/// The small documents that the tests of `schema` are made of.
#[expect(dead_code, reason = "only some are the beginning of others")]
#[path = "../../../generator/schema/tests/documents/example.rs"]
pub(crate) mod example;

/// A target that reads texts: `reader!(|text: &[u8]| …)`. Half of its mutations exchange numbers and words, which those of
/// libFuzzer seldom hit.
#[macro_export]
macro_rules! reader {
    (|$bytes:ident: &[u8]| $body:expr) => {
        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            $crate::mutation::mutate(data, size, max_size, seed)
        });
        libfuzzer_sys::fuzz_target!(|$bytes: &[u8]| $body);
    };
}

/// Panics unless a message for people is one line of bearable length.
///
/// # Panics
///
/// When it is empty, of several lines, longer than a terminal's page, or would command a terminal.
pub fn check_message(message: &str) {
    assert!(!message.is_empty(), "an empty message");
    assert!(message.len() < 4_000, "a message of {} bytes", message.len());
    assert!(!message.chars().any(char::is_control), "a message with control characters: {message:?}");
}
