//! criterion's output for people: `NAME  time: [low estimate high]`, long names on a line of their own.
//!
//! The estimate is the slope over the samples, or their mean: criterion prints no median. `change:` lines compare with
//! criterion's own baseline, and are passed over.

use schema::case::ThroughputUnit;

use super::{
    console::{Gathering, lines, starts_program},
    quantity::{number, rate, time_ns},
    refusal::{Problem, Refusal, quoted},
    run::{Benchmark, Figures, Origin, Run},
};

/// Reads what `cargo bench` printed.
///
/// # Errors
///
/// When a benchmark cannot be read, stands twice, or there is none.
pub fn parse(text: &str) -> Result<Run, Refusal> {
    let mut reader = Reader::default();
    for (number, line) in lines(text) {
        reader.line(number, &line)?;
    }
    reader.finish()
}

/// The longest name that criterion prints in one line with its time.
const SHORT_NAME_CHARS: usize = 23;

#[derive(Default)]
struct Reader {
    gathering: Gathering,
    /// The benchmark whose throughput may still follow.
    current: Option<Benchmark>,
    /// The last line if it may be a name.
    name: Option<(usize, String)>,
    /// What criterion said it is measuring, where its talk is in the text too.
    begun: Option<(usize, String)>,
    /// Whether the lines are of a comparison with criterion's own baseline.
    in_change: bool,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) -> Result<(), Refusal> {
        if starts_program(line) {
            self.flush()?;
            self.gathering.start(line);
        }
        let trimmed = line.trim();
        let is_indented = line.starts_with(char::is_whitespace);
        if is_indented && trimmed.starts_with("change:") {
            self.in_change = true;
            return Ok(());
        }
        if is_indented && self.in_change || trimmed.is_empty() {
            return Ok(());
        }
        self.in_change = false;
        if let Some(talk) = trimmed.strip_prefix("Benchmarking ") {
            return self.talk(number, talk);
        }
        if is_indented && trimmed.starts_with("thrpt:") {
            return self.throughput(number, &trimmed["thrpt:".len()..]);
        }
        match line.rfind("time:").filter(|at| line[at + "time:".len()..].trim_start().starts_with('[')) {
            Some(at) => self.time(number, line[..at].trim(), &line[at + "time:".len()..]),
            None if is_indented && trimmed.starts_with("time:") => Err(self
                .refused(number, Problem::Malformed("its time is not `[low estimate high]`; run it again".to_owned()))),
            None => {
                self.name = (!is_indented).then(|| (number, trimmed.to_owned()));
                Ok(())
            }
        }
    }

    /// A refusal of the benchmark whose name was read last.
    fn refused(&self, number: usize, problem: Problem) -> Refusal {
        let name = self.name.as_ref().map(|(_, name)| name.clone());
        Refusal { benchmark: name, ..Refusal::at_line(number, problem) }
    }

    /// `NAME: Warming up for 3.0000 s`.
    fn talk(&mut self, number: usize, talk: &str) -> Result<(), Refusal> {
        if let Some((name, _)) = talk.rsplit_once(": Warming up for ") {
            self.check_begun()?;
            self.begun = Some((number, name.to_owned()));
        } else if talk.contains(": Complete (Analysis Disabled)") {
            self.begun = None;
        }
        Ok(())
    }

    fn check_begun(&self) -> Result<(), Refusal> {
        match &self.begun {
            Some((line, name)) => Err(Refusal::of_benchmark(*line, name, Problem::CutOff)),
            None => Ok(()),
        }
    }

    fn time(&mut self, number: usize, head: &str, figures: &str) -> Result<(), Refusal> {
        let name = match (head, self.name.take()) {
            ("", Some((_, name))) => name,
            ("", None) => {
                let problem = "a time without a name before it; keep the whole output".to_owned();
                return Err(Refusal::at_line(number, Problem::Malformed(problem)));
            }
            (head, _) => head.to_owned(),
        };
        let estimate = bracketed(figures, |value, unit| Ok((time_ns(value, unit)?, ())))
            .map_err(|problem| Refusal::of_benchmark(number, &name, problem))?;
        self.flush()?;
        if self.begun.as_ref().is_some_and(|(_, begun)| *begun == name) {
            self.begun = None;
        }
        let mut benchmark =
            Benchmark::new(name, format!("line {number}"), Figures { p50_ns: Some(estimate.0), ..Figures::default() });
        benchmark.lacks.insert("latency.mean_ns", "criterion prints the slope or the mean, and not which".to_owned());
        self.current = Some(benchmark);
        Ok(())
    }

    fn throughput(&mut self, number: usize, figures: &str) -> Result<(), Refusal> {
        let Some(current) = &mut self.current else {
            let problem = "a throughput without a time before it; keep the whole output".to_owned();
            return Err(Refusal::at_line(number, Problem::Malformed(problem)));
        };
        let (value, unit): (f64, ThroughputUnit) =
            bracketed(figures, rate).map_err(|problem| Refusal::of_benchmark(number, &current.name, problem))?;
        // Of elements and bytes criterion prints the elements first; the bytes are in proportion.
        if current.unit.is_none() {
            current.unit = Some(unit);
            current.launches[0].throughput = Some(value);
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Refusal> {
        self.current.take().map_or(Ok(()), |benchmark| self.gathering.add(benchmark))
    }

    fn finish(mut self) -> Result<Run, Refusal> {
        self.check_begun()?;
        if let Some((line, name)) = &self.name
            && name.chars().count() > SHORT_NAME_CHARS
            && !is_talk(name)
            && self.current.is_some()
        {
            return Err(Refusal::of_benchmark(*line, name, Problem::CutOff));
        }
        self.flush()?;
        Run::new(Origin::default(), self.gathering.into_benchmarks(), Vec::new())
    }
}

/// Whether a last line is one of criterion's, cargo's or a shell's, and no name that waits for its time.
fn is_talk(line: &str) -> bool {
    let first = line.split([' ', ':']).next().unwrap_or_default();
    ["Found", "Gnuplot", "Warning", "warning", "error", "Running", "Finished", "Compiling", "running", "test", "make"]
        .iter()
        .any(|known| first.starts_with(known))
}

/// The middle of `[low unit estimate unit high unit]`; all three must be understood.
fn bracketed<U>(figures: &str, convert: impl Fn(f64, &str) -> Result<(f64, U), Problem>) -> Result<(f64, U), Problem> {
    let inner = figures.trim().strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let words: Vec<&str> = inner.map(|(inner, _)| inner.split_whitespace().collect()).unwrap_or_default();
    let [low, low_unit, estimate, unit, high, high_unit] = words[..] else {
        let problem =
            format!("{} is not `[low estimate high]`, each with its unit; run it again", quoted(figures.trim()));
        return Err(Problem::Malformed(problem));
    };
    let read = |text: &str, unit: &str| {
        let value =
            number(text).ok_or_else(|| Problem::Malformed(format!("{} is no number; run it again", quoted(text))))?;
        convert(value, unit)
    };
    read(low, low_unit)?;
    read(high, high_unit)?;
    read(estimate, unit)
}
