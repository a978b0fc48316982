//! Mutations that know numbers and words. Most readers refuse a text at its first wrong byte; with whole numbers and words
//! exchanged it stays well-formed, and the fuzzer gets to where numbers meet.

use std::ops::Range;

use fastrand::Rng;
use libfuzzer_sys::fuzzer_mutate;

/// What stands in for a number: where floats and integers end, what rounds, and what is none.
const NUMBERS: [&str; 34] = [
    "0",
    "-0.0",
    "1",
    "-1",
    "2",
    "3",
    "0.5",
    "1.0000000000000002",
    "0.1",
    "1e-5",
    "5e-324",
    "2.2250738585072014e-308",
    "1e-300",
    "1e154",
    "1e300",
    "1.7976931348623157e308",
    "8.988465674311579e307",
    "1e309",
    "1e999999999",
    "100",
    "1000",
    "5000",
    "4294967295",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "1,234",
    "nan",
    "inf",
    "null",
];

/// Changes the first `size` bytes of `data`, to at most `max_size`; returns how many there are then.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut rng = Rng::with_seed(u64::from(seed));
    let mutated = match rng.u8(..8) {
        0..=2 => with_another_number(&data[..size], &mut rng),
        3 => with_another_word(&data[..size], &mut rng),
        4 => with_a_line_moved(&data[..size], &mut rng),
        _ => None,
    };
    match mutated {
        Some(bytes) if bytes.len() <= max_size.min(data.len()) => {
            data[..bytes.len()].copy_from_slice(&bytes);
            bytes.len()
        }
        _ => fuzzer_mutate(data, size, max_size),
    }
}

fn with_another_number(text: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
    let place =
        pick(runs(text, |byte| byte.is_ascii_digit() || b".+-eE".contains(&byte), |byte| byte.is_ascii_digit()), rng)?;
    let number = match rng.u8(..4) {
        // Somewhat more or less, or as much as a step of a float.
        0 => {
            let factor =
                [0.5, 0.9, 0.999_999_999_999_999_9, 1.000_000_000_000_000_2, 1.1, 2.0, 1e3, 1e-3][rng.usize(..8)];
            let number: f64 = std::str::from_utf8(&text[place.clone()]).ok()?.parse().ok()?;
            (number * factor).to_string()
        }
        _ => NUMBERS[rng.usize(..NUMBERS.len())].to_owned(),
    };
    Some([&text[..place.start], number.as_bytes(), &text[place.end..]].concat())
}

/// A word in another one's place: a name, a unit, a text with its quotes.
fn with_another_word(text: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
    let is_of_word = |byte: u8| byte.is_ascii_alphanumeric() || b"_\"/-\\".contains(&byte) || byte >= 0x80;
    let words = || runs(text, is_of_word, |_| true);
    let (place, other) = (pick(words(), rng)?, pick(words(), rng)?);
    Some([&text[..place.start], &text[other], &text[place.end..]].concat())
}

/// A line taken away, said twice, or put elsewhere.
fn with_a_line_moved(text: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
    let mut lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    if lines.len() < 2 {
        return None;
    }
    let (one, other) = (rng.usize(..lines.len()), rng.usize(..lines.len()));
    match rng.u8(..3) {
        0 => drop(lines.remove(one)),
        1 => lines.insert(other, lines[one]),
        _ => lines.swap(one, other),
    }
    Some(lines.concat())
}

fn pick(mut places: Vec<Range<usize>>, rng: &mut Rng) -> Option<Range<usize>> {
    (!places.is_empty()).then(|| places.swap_remove(rng.usize(..places.len())))
}

/// Where bytes of a kind stand together, one of them of a certain kind.
fn runs(text: &[u8], is_of_run: impl Fn(u8) -> bool, is_needed: impl Fn(u8) -> bool) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut start = 0;
    for run in text.chunk_by(|one, next| is_of_run(*one) == is_of_run(*next)) {
        let place = start..start + run.len();
        start = place.end;
        if is_of_run(run[0]) && run.iter().any(|byte| is_needed(*byte)) {
            runs.push(place);
        }
    }
    runs
}
