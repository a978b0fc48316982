//! Why a foreign file is refused: the place in it, the benchmark, what is wrong and what to do, in one line.

use std::{fmt, path::Path};

use crate::output::visible;

/// The most characters of a foreign text that a message repeats in one piece.
const REPEATED_CHARS: usize = 120;

/// Why a foreign file, or a part of it, is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub struct Refusal {
    /// Where: `line 3`, `benchmarks[2].real_time`; `None` where the file as a whole is wrong.
    pub place: Option<String>,
    /// The benchmark, where it is one's.
    pub benchmark: Option<String>,
    /// What is wrong, and what to do.
    pub problem: Problem,
}

/// What is wrong with a foreign file.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Problem {
    /// It is no JSON, or JSON of other types.
    #[error("{0}; is it the right file, and --from its format?")]
    Json(String),
    /// A part cannot be read: what is wrong with it, and what to do.
    #[error("{0}")]
    Malformed(String),
    /// A unit is unknown, and units are never guessed.
    #[error("the unit {} is unknown; known are {known}", quoted(.unit))]
    Unit {
        /// The unit.
        unit: String,
        /// Those that are.
        known: &'static str,
    },
    /// A number makes no sense.
    #[error("{what} must be {asked}, found {found}; measure it again, or leave it out of the file")]
    OutOfRange {
        /// Of what it is.
        what: &'static str,
        /// What it should be.
        asked: &'static str,
        /// The number.
        found: String,
    },
    /// No case may have its name.
    #[error("its name {0}, and a case's has from 1 to 300 bytes and no control characters; rename the benchmark")]
    Name(&'static str),
    /// It stands there twice, and the format does not say which run is which.
    #[error(
        "it stands here a second time, after {first}; if it is the same one run again, put each run into a file of its \
         own, and name them all; if it is another one, rename it"
    )]
    Twice {
        /// Where the first one stands.
        first: String,
    },
    /// It failed.
    #[error("it failed: {0}; repair it, or leave it out of the run")]
    Failed(String),
    /// The file ends before it does.
    #[error("the output ends before its figures; run it again, to the end")]
    CutOff,
    /// There is no benchmark at all.
    #[error("it has no benchmark; is it the right file, and --from its format?")]
    NoBenchmark,
}

impl Problem {
    /// A number out of range.
    #[must_use]
    pub fn out_of_range(what: &'static str, asked: &'static str, found: f64) -> Self {
        Self::OutOfRange { what, asked, found: found.to_string() }
    }
}

impl Refusal {
    /// Of the file as a whole.
    #[must_use]
    pub fn of_file(problem: Problem) -> Self {
        Self { place: None, benchmark: None, problem }
    }

    /// At a line, counted from 1, that is no benchmark's yet.
    #[must_use]
    pub fn at_line(line: usize, problem: Problem) -> Self {
        Self { place: Some(format!("line {line}")), benchmark: None, problem }
    }

    /// Of a benchmark at a line, counted from 1.
    #[must_use]
    pub fn of_benchmark(line: usize, name: &str, problem: Problem) -> Self {
        Self { place: Some(format!("line {line}")), benchmark: Some(name.to_owned()), problem }
    }

    /// The whole message, with the file that it is of.
    #[must_use]
    pub fn in_file(&self, path: &Path) -> String {
        let mark = if self.place.is_some() || self.benchmark.is_some() { "," } else { ":" };
        format!("reading {}{mark} {self}", path.display())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.place, &self.benchmark) {
            (Some(place), Some(name)) => write!(f, "{}, benchmark {}: ", shortened(place), quoted(name))?,
            (Some(place), None) => write!(f, "{}: ", shortened(place))?,
            (None, Some(name)) => write!(f, "benchmark {}: ", quoted(name))?,
            (None, None) => {}
        }
        fmt::Display::fmt(&self.problem, f)
    }
}

/// A foreign text in quotes, harmless and of bearable length.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", shortened(text))
}

/// A foreign text in one line of bearable length, without what would command a terminal.
pub(super) fn shortened(text: &str) -> String {
    let mut shown = visible(&text.chars().take(REPEATED_CHARS).collect::<String>());
    if text.chars().nth(REPEATED_CHARS).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_file_place_benchmark_and_remedy_in_one_line() {
        let refusal = Refusal::of_benchmark(3, "a\nb", Problem::CutOff);
        assert_eq!(
            refusal.in_file(Path::new("out.txt")),
            "reading out.txt, line 3, benchmark \"a b\": the output ends before its figures; run it again, to the end"
        );
    }

    #[test]
    fn a_long_foreign_text_is_cut() {
        assert_eq!(shortened(&"x".repeat(500)).chars().count(), REPEATED_CHARS + 1);
    }
}
