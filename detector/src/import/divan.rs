//! divan's table: a tree of names drawn with lines, and beside it fastest, slowest, median, mean, samples and
//! iterations.
//!
//! A case is named by the path to its leaf, `sums::deep::copy::100`. Whether the tree is whole is seen from its lines:
//! a branch that says that others follow must be followed by others.

use schema::case::ThroughputUnit;

use super::{
    console::{Gathering, lines, starts_program},
    quantity::{number, rate, time_ns},
    refusal::{Problem, Refusal, quoted},
    run::{Benchmark, Figures, Origin, Run},
};

/// Reads a table, or several.
///
/// # Errors
///
/// When a benchmark cannot be read, stands twice, or there is none.
pub fn parse(text: &str) -> Result<Run, Refusal> {
    let mut reader = Reader::default();
    for (number, line) in lines(text) {
        reader.line(number, line.trim_end())?;
    }
    reader.finish()
}

/// A name on the way to where the reader is.
struct Branch {
    name: String,
    /// Whether others follow beside it.
    is_followed: bool,
}

#[derive(Default)]
struct Reader {
    gathering: Gathering,
    /// The way from the root; empty outside a table.
    path: Vec<Branch>,
    /// The last line of the tree.
    line: usize,
    /// Whether the last name has neither figures nor branches yet.
    is_bare: bool,
    /// The benchmark whose throughput may still follow.
    current: Option<Benchmark>,
    /// Whether the lines count allocations.
    in_allocations: bool,
    passed_over: Vec<String>,
}

/// Columns of a table, the first with names and fastest times.
const COLUMNS: usize = 6;

/// Characters that one level of the tree takes.
const LEVEL_CHARS: usize = 3;

impl Reader {
    fn line(&mut self, number: usize, line: &str) -> Result<(), Refusal> {
        if starts_program(line) {
            self.end_table()?;
            self.gathering.start(line);
        }
        if line.trim().is_empty() {
            return self.end_table();
        }
        let cells: Vec<&str> = line.split('│').map(str::trim).collect();
        if let [first, "slowest", "median", "mean", "samples", "iters"] = cells[..]
            && let Some(name) = first.strip_suffix("fastest")
            && !line.starts_with(['├', '╰'])
        {
            self.end_table()?;
            self.path = vec![Branch { name: name.trim().to_owned(), is_followed: false }];
            (self.line, self.is_bare) = (number, true);
            return Ok(());
        }
        if self.path.is_empty() {
            if cells.len() == COLUMNS && line.starts_with(['├', '╰']) {
                let problem = "a branch without the head of its table before it; keep the whole output".to_owned();
                return Err(Refusal::at_line(number, Problem::Malformed(problem)));
            }
            return Ok(());
        }
        let start = line.find(|c: char| c != '│' && c != ' ').unwrap_or(line.len());
        match line[start..].chars().next() {
            Some(mark @ ('├' | '╰')) => {
                let rest = line[start..].trim_start_matches([mark, '─']);
                self.branch(number, line[..start].chars().count() / LEVEL_CHARS + 1, mark == '├', rest)
            }
            _ => self.further(number, &line[start..]),
        }
    }

    /// `name   1.5 ns │ 2 ns │ 1.6 ns │ 1.7 ns │ 100 │ 6400`.
    fn branch(&mut self, line: usize, level: usize, is_followed: bool, rest: &str) -> Result<(), Refusal> {
        self.flush()?;
        if self.is_bare && level != self.path.len() || level > self.path.len() {
            return Err(self.refused(Problem::CutOff));
        }
        if self.path[level..].iter().skip(1).any(|branch| branch.is_followed) {
            return Err(self.refused(Problem::CutOff));
        }
        self.path.truncate(level);
        self.line = line;
        let cells: Vec<&str> = rest.split('│').map(str::trim).collect();
        let first = cells[0];
        if let Some(name) = first.strip_suffix("(ignored)") {
            self.enter(name, is_followed, false);
            self.passed_over.push(format!("{}, which divan ignored", quoted(&self.name())));
            return Ok(());
        }
        if cells[1..].iter().all(|cell| cell.is_empty()) {
            self.enter(first, is_followed, true);
            return Ok(());
        }
        let mut words = first.rsplitn(3, char::is_whitespace);
        let (unit, value, name) = (words.next(), words.next(), words.next());
        let (Some(unit), Some(value), Some(name)) = (unit, value, name) else {
            self.enter(first, is_followed, false);
            return Err(self.refused(Problem::CutOff));
        };
        self.enter(name, is_followed, false);
        let [_, _, median, mean, samples, iterations] = cells[..] else {
            return Err(self.refused(Problem::CutOff));
        };
        let time = |text: &str| time_of(text).map_err(|problem| self.refused(problem));
        let count = |text: &str| text.parse::<u64>().map_err(|_| self.refused(Problem::CutOff));
        let fastest = format!("{value} {unit}");
        let (min_ns, p50_ns, mean_ns) = (time(&fastest)?, time(median)?, time(mean)?);
        let (samples, iterations) = (count(samples)?, count(iterations)?);
        let figures = Figures {
            p50_ns,
            mean_ns,
            min_ns,
            samples: u32::try_from(samples).ok(),
            iterations: iterations.checked_div(samples).filter(|each| each * samples == iterations),
            ..Figures::default()
        };
        let mut benchmark = Benchmark::new(self.name(), format!("line {line}"), figures);
        for (field, told) in [("latency.p50_ns", p50_ns), ("latency.mean_ns", mean_ns), ("latency.min_ns", min_ns)] {
            if told.is_none() {
                benchmark.lacks.insert(field, "divan rounds it to 0 ns".to_owned());
            }
        }
        self.current = Some(benchmark);
        Ok(())
    }

    fn enter(&mut self, name: &str, is_followed: bool, is_bare: bool) {
        self.path.push(Branch { name: name.trim().to_owned(), is_followed });
        (self.is_bare, self.in_allocations) = (is_bare, false);
    }

    /// A line below a leaf: its throughput, or what it allocates.
    fn further(&mut self, line: usize, text: &str) -> Result<(), Refusal> {
        if text.contains(['├', '╰']) {
            let problem = "there is something before the branch; let the benchmarks print nothing".to_owned();
            return Err(Refusal::at_line(line, Problem::Malformed(problem)));
        }
        let cells: Vec<&str> = text.split('│').map(str::trim).collect();
        let Some(current) = self.current.as_mut().filter(|_| cells.len() > 1) else {
            // What a benchmark prints is nobody's.
            return Ok(());
        };
        self.in_allocations |= cells[0].ends_with("alloc:") || matches!(cells[0], "grow:" | "shrink:");
        if self.in_allocations {
            return Ok(());
        }
        let [_, _, median, ..] = cells[..] else {
            return Err(current.refused(Problem::CutOff));
        };
        if median.ends_with("Hz") {
            self.passed_over.push(format!("cycles a second of {}", quoted(&current.name)));
            return Ok(());
        }
        let refused = |problem| Refusal::of_benchmark(line, &current.name, problem);
        let (value, unit) = median.split_once(' ').unwrap_or((median, ""));
        // Work of a call that takes 0 ns.
        let value = if value == "inf" { 0.0 } else { number(value).ok_or_else(|| refused(not_a_number(median)))? };
        let (value, unit): (f64, ThroughputUnit) = rate(value, unit).map_err(refused)?;
        if current.unit.is_none() {
            current.unit = Some(unit);
            current.launches[0].throughput = (value != 0.0).then_some(value);
        }
        Ok(())
    }

    fn name(&self) -> String {
        self.path.iter().map(|branch| branch.name.as_str()).collect::<Vec<_>>().join("::")
    }

    fn refused(&self, problem: Problem) -> Refusal {
        Refusal::of_benchmark(self.line, &self.name(), problem)
    }

    fn flush(&mut self) -> Result<(), Refusal> {
        self.current.take().map_or(Ok(()), |benchmark| self.gathering.add(benchmark))
    }

    fn end_table(&mut self) -> Result<(), Refusal> {
        self.flush()?;
        if self.is_bare || self.path.iter().any(|branch| branch.is_followed) {
            return Err(self.refused(Problem::CutOff));
        }
        self.path.clear();
        Ok(())
    }

    fn finish(mut self) -> Result<Run, Refusal> {
        self.end_table()?;
        Run::new(Origin::default(), self.gathering.into_benchmarks(), self.passed_over)
    }
}

/// `1.5 ns` in nanoseconds; `None` for what divan rounds to 0.
fn time_of(text: &str) -> Result<Option<f64>, Problem> {
    let (value, unit) = text.split_once(' ').ok_or(Problem::CutOff)?;
    let call_ns = time_ns(number(value).ok_or_else(|| not_a_number(text))?, unit)?;
    Ok((call_ns != 0.0).then_some(call_ns))
}

fn not_a_number(text: &str) -> Problem {
    Problem::Malformed(format!("{} is no number with a unit; run it again", quoted(text)))
}
