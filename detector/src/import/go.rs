//! The output of `go test -bench`: `BenchmarkSum-8  1000000  1052 ns/op  76.05 MB/s  0 B/op  0 allocs/op`.
//!
//! Under `-count N` a benchmark stands N times, and each is a launch. A line is one sample: the mean over its
//! iterations. The number behind the name, which is the number of CPUs that Go used, stays part of it: `-cpu 1,2` makes
//! two cases.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use super::{
    console::{another_launch, lines},
    parts, platform_of,
    quantity::{number, rate, time_ns},
    refusal::{Problem, Refusal, quoted, shortened},
    run::{Benchmark, Figures, Origin, Run},
};

/// Reads what `go test` printed.
///
/// # Errors
///
/// When a benchmark cannot be read, failed, or there is none.
pub fn parse(text: &str) -> Result<Run, Refusal> {
    let mut reader = Reader::default();
    for (number, line) in lines(text) {
        reader.line(number, line.trim_end())?;
    }
    reader.finish()
}

#[derive(Default)]
struct Reader {
    system: Option<String>,
    machine: Option<String>,
    cpu: Option<String>,
    package: Option<String>,
    benchmarks: Vec<Benchmark>,
    /// By name and package: the index.
    known: BTreeMap<(String, Option<String>), usize>,
    passed_over: BTreeSet<String>,
    /// A benchmark that was announced, as `-v` does, and of which nothing else was said.
    announced: Option<(usize, String)>,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) -> Result<(), Refusal> {
        for (key, slot) in [("goos: ", &mut self.system), ("goarch: ", &mut self.machine), ("cpu: ", &mut self.cpu)] {
            if let Some(told) = line.strip_prefix(key) {
                return match slot.replace(told.to_owned()) {
                    Some(before) if before != told => {
                        let problem = format!(
                            "{} after {}: two machines in one file; import them apart",
                            quoted(told),
                            quoted(&before)
                        );
                        Err(Refusal::at_line(number, Problem::Malformed(problem)))
                    }
                    _ => Ok(()),
                };
            }
        }
        if let Some(package) = line.strip_prefix("pkg: ") {
            self.package = Some(package.to_owned());
        } else if line.starts_with("{\"") && line.contains("\"Action\":") {
            let problem = "it is what `go test -json` prints; run it without -json".to_owned();
            return Err(Refusal::at_line(number, Problem::Malformed(problem)));
        } else if says_failed(line) {
            return Err(Refusal::at_line(number, Problem::Failed(format!("the output says {}", quoted(line.trim())))));
        } else if let Some(failed) = line.trim_start().strip_prefix("--- FAIL: ") {
            let name = failed.split_whitespace().next().unwrap_or_default();
            return Err(Refusal::of_benchmark(number, name, Problem::Failed("the output says FAIL".to_owned())));
        } else if let Some(skipped) = line.trim_start().strip_prefix("--- SKIP: ") {
            self.skip(skipped);
        } else if let Some(package) = line.strip_prefix("FAIL\t") {
            let problem = Problem::Failed(format!("the package {}", shortened(package)));
            return Err(Refusal::at_line(number, problem));
        } else if is_benchmark(line) {
            self.benchmark(number, line)?;
        } else if line.contains("Benchmark") && line.contains(" ns/op") {
            let problem = "there is something before the benchmark; let it print nothing".to_owned();
            return Err(Refusal::at_line(number, Problem::Malformed(problem)));
        }
        Ok(())
    }

    fn skip(&mut self, skipped: &str) {
        let name = skipped.split_whitespace().next().unwrap_or_default();
        self.announced = None;
        if is_benchmark(name) {
            self.passed_over.insert(format!("{}, which skipped itself", quoted(name)));
        }
    }

    fn benchmark(&mut self, line: usize, text: &str) -> Result<(), Refusal> {
        let mut words = text.split_whitespace();
        let name = words.next().unwrap_or_default();
        let Some(count) = words.next() else {
            self.announced = Some((line, name.to_owned()));
            return Ok(());
        };
        self.announced = None;
        let refused = |problem| Refusal::of_benchmark(line, name, problem);
        let malformed = |text: &str, asked: &str| {
            refused(Problem::Malformed(format!(
                "{} is no {asked}; if the benchmark prints lines of its own, let it be silent",
                quoted(text)
            )))
        };
        let rest = text[name.len()..].trim_start();
        if says_failed(rest) {
            return Err(refused(Problem::Failed(format!("the output says {}", quoted(rest)))));
        }
        let iterations: u64 = count.parse().map_err(|_| malformed(count, "number of iterations"))?;
        let mut benchmark = Benchmark::new(name, format!("line {line}"), Figures::default());
        benchmark.scope.clone_from(&self.package);
        let mut figures = Figures { samples: Some(1), iterations: Some(iterations), ..Figures::default() };
        let mut units = BTreeSet::new();
        while let Some(value) = words.next() {
            let value = number(value).ok_or_else(|| malformed(value, "number"))?;
            let unit = words.next().ok_or_else(|| refused(Problem::CutOff))?;
            if !units.insert(unit) {
                let problem = format!("{} stands twice in its line; run it again", quoted(unit));
                return Err(refused(Problem::Malformed(problem)));
            }
            match unit {
                "ns/op" => {
                    let call_ns = time_ns(value, "ns").map_err(refused)?;
                    (figures.p50_ns, figures.mean_ns) = (Some(call_ns), Some(call_ns));
                }
                "MB/s" => {
                    let (bytes, unit) = rate(value, unit).map_err(refused)?;
                    (figures.throughput, benchmark.unit) = (Some(bytes), Some(unit));
                }
                // Allocations of a call; a report counts those of preparing it.
                "B/op" | "allocs/op" => {}
                _ => {
                    self.passed_over.insert(format!("the metric {}", quoted(unit)));
                }
            }
        }
        // What is less than a hundredth of a picosecond is printed as 0: the compiler has left nothing to time.
        if figures.p50_ns == Some(0.0) {
            (figures.p50_ns, figures.mean_ns) = (None, None);
            benchmark.lacks.insert("latency.p50_ns", "the output rounds it to 0 ns".to_owned());
        } else if figures.p50_ns.is_none() {
            let problem = "it has no ns/op; run it to the end, and do not let it take ns/op away".to_owned();
            return Err(refused(Problem::Malformed(problem)));
        }
        benchmark.launches = vec![figures];
        let own = "go counts what a call allocates, and not what preparing it does".to_owned();
        benchmark.lacks.extend([("allocations", own.clone()), ("allocated_bytes", own)]);
        benchmark.lacks.insert("latency.min_ns", "go times the iterations together".to_owned());
        self.add(benchmark)
    }

    /// Takes a benchmark, or another launch of it.
    fn add(&mut self, benchmark: Benchmark) -> Result<(), Refusal> {
        match self.known.entry((benchmark.name.clone(), benchmark.scope.clone())) {
            Entry::Occupied(first) => another_launch(&mut self.benchmarks[*first.get()], benchmark),
            Entry::Vacant(new) => {
                new.insert(self.benchmarks.len());
                self.benchmarks.push(benchmark);
                Ok(())
            }
        }
    }

    fn finish(self) -> Result<Run, Refusal> {
        if let Some((line, name)) = &self.announced {
            return Err(Refusal::of_benchmark(*line, name, Problem::CutOff));
        }
        let platform = match (&self.system, &self.machine) {
            (Some(system), Some(machine)) => Some(platform_of(system, machine).map_err(Refusal::of_file)?),
            _ => None,
        };
        let platform_parts = parts(platform, [&self.system, &self.machine]);
        let origin = Origin { platform, platform_parts, cpu: self.cpu, os: self.system, ..Origin::default() };
        Run::new(origin, self.benchmarks, self.passed_over.into_iter().collect())
    }
}

/// Whether a line begins with a benchmark's name, which Go wants to go on with anything but a small letter.
fn is_benchmark(line: &str) -> bool {
    line.strip_prefix("Benchmark").is_some_and(|rest| !rest.starts_with(char::is_lowercase))
}

/// Whether a line says that the whole run failed: the benchmarks before it may be without those that were to follow.
fn says_failed(line: &str) -> bool {
    ["panic: ", "fatal error: ", "exit status "].iter().any(|start| line.starts_with(start))
        || matches!(line.trim(), "FAIL" | "--- FAIL" | "--- FAIL:")
}
