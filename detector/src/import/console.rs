//! What tools print for people: its lines without what commands a terminal, and its benchmarks by name.

use std::{borrow::Cow, collections::BTreeMap};

use super::{
    refusal::{Problem, Refusal},
    run::Benchmark,
};

/// The lines of a text as a terminal would have shown them, counted from 1.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, Cow<'_, str>)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.lines().enumerate().map(|(index, line)| {
        // Progress is written over: what stands after the last return is what remains.
        let line = line.trim_end_matches('\r');
        let line = line.rsplit('\r').next().unwrap_or(line);
        let plain = if line.contains('\u{1b}') {
            Cow::Owned(anstream::adapter::strip_str(line).to_string())
        } else {
            Cow::Borrowed(line)
        };
        (index + 1, plain)
    })
}

/// Whether cargo says that a program starts: `Running benches/sums.rs (target/release/deps/sums-0123)`.
pub(super) fn starts_program(line: &str) -> bool {
    let line = line.trim();
    line.starts_with("Running ") && line.ends_with(')')
}

/// The benchmarks of a text by name. One name twice is another launch only where cargo has said in between that it
/// started the very same program again; else it may be two benchmarks of the same name, which must not be mixed.
#[derive(Default)]
pub(super) struct Gathering {
    /// Cargo's last `Running` line.
    program: Option<String>,
    /// How many of them there were.
    starts: usize,
    benchmarks: Vec<Benchmark>,
    known: BTreeMap<String, Known>,
}

/// Where a name was met.
struct Known {
    index: usize,
    program: Option<String>,
    start: usize,
}

impl Gathering {
    /// Takes note that a line says that a program starts; what was read before must have been added before.
    pub(super) fn start(&mut self, line: &str) {
        self.program = Some(line.trim().to_owned());
        self.starts += 1;
    }

    /// Takes a benchmark.
    ///
    /// # Errors
    ///
    /// When it was there before, and is no further launch of the same program; or counts something else.
    pub(super) fn add(&mut self, benchmark: Benchmark) -> Result<(), Refusal> {
        let Some(known) = self.known.get_mut(&benchmark.name) else {
            let now = Known { index: self.benchmarks.len(), program: self.program.clone(), start: self.starts };
            self.known.insert(benchmark.name.clone(), now);
            self.benchmarks.push(benchmark);
            return Ok(());
        };
        let first = &mut self.benchmarks[known.index];
        if known.start == self.starts || known.program != self.program {
            return Err(benchmark.refused(Problem::Twice { first: first.place.clone() }));
        }
        known.start = self.starts;
        another_launch(first, benchmark)
    }

    /// All of them, in the order of the text.
    pub(super) fn into_benchmarks(self) -> Vec<Benchmark> {
        self.benchmarks
    }
}

/// Takes the launches of the same benchmark, measured again.
///
/// # Errors
///
/// When the two count something else.
pub(super) fn another_launch(first: &mut Benchmark, again: Benchmark) -> Result<(), Refusal> {
    if first.unit != again.unit {
        let counts = first.unit.map_or("no unit", |unit| unit.symbol());
        let problem = format!(
            "its throughput does not count what it did before ({counts}, {}); import the runs apart",
            first.place
        );
        return Err(again.refused(Problem::Malformed(problem)));
    }
    first.launches.extend(again.launches);
    first.lacks.extend(again.lacks);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_a_terminal_would_have_shown() {
        let text = "\u{feff}a\r\nBenchmarking b\r\u{1b}[2K\u{1b}[32mb\u{1b}[0m\n";
        assert_eq!(lines(text).collect::<Vec<_>>(), [(1, Cow::Borrowed("a")), (2, Cow::Borrowed("b"))]);
    }
}
