//! The output of Rust's own bench harness, which criterion imitates under `--output-format bencher`:
//! `test NAME ... bench: 1,234 ns/iter (+/- 56)`.
//!
//! The time is the median. It is rounded to whole nanoseconds, so that short calls are coarse, and the shortest are 0.

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
/// When a benchmark cannot be read, failed, stands twice, or there is none.
pub fn parse(text: &str) -> Result<Run, Refusal> {
    let mut gathering = Gathering::default();
    let mut unfinished = None;
    for (line, found) in lines(text) {
        if starts_program(&found) {
            gathering.start(&found);
        }
        if found.trim().is_empty() {
            continue;
        }
        unfinished = None;
        // Under `--quiet` a letter for each other test stands before: one that passed, was ignored or failed.
        let others = found.trim();
        let own = others.trim_start_matches(['.', 'i', 'F']);
        if own.starts_with("test result: FAILED") {
            return Err(Refusal::at_line(line, Problem::Failed(format!("the output says {}", quoted(own)))));
        }
        let Some(rest) = own.strip_prefix("test ").filter(|rest| !rest.starts_with("result:")) else {
            if found.contains("bench:") && found.contains("/iter") {
                let problem = "there is something before the benchmark; keep standard output apart from standard error";
                return Err(Refusal::at_line(line, Problem::Malformed(problem.to_owned())));
            }
            continue;
        };
        if others[..others.len() - own.len()].contains('F') {
            return Err(Refusal::at_line(line, Problem::Failed("a test before it says F".to_owned())));
        }
        let Some((name, outcome)) = rest.rsplit_once(" ...") else {
            if rest.contains("bench:") && rest.contains("/iter") {
                let problem = "a benchmark without a name, or without ` ... ` behind it; run it again".to_owned();
                return Err(Refusal::at_line(line, Problem::Malformed(problem)));
            }
            unfinished = Some((line, rest.to_owned()));
            continue;
        };
        if let Some(benchmark) = benchmark(line, name.trim(), outcome.trim())? {
            gathering.add(benchmark)?;
        }
    }
    if let Some((line, name)) = unfinished {
        return Err(Refusal::of_benchmark(line, &name, Problem::CutOff));
    }
    Run::new(Origin::default(), gathering.into_benchmarks(), Vec::new())
}

/// `None` for a test that is no benchmark.
fn benchmark(line: usize, name: &str, outcome: &str) -> Result<Option<Benchmark>, Refusal> {
    let refused = |problem| Refusal::of_benchmark(line, name, problem);
    if name.contains(" ... bench:") {
        let problem =
            "another line has run into its figures; keep standard output apart from standard error".to_owned();
        return Err(refused(Problem::Malformed(problem)));
    }
    let Some(figures) = outcome.strip_prefix("bench:") else {
        return match outcome {
            "ok" => Ok(None),
            _ if outcome.starts_with("ignored") => Ok(None),
            "" => Err(refused(Problem::CutOff)),
            _ if outcome.starts_with("FAILED") => Err(refused(Problem::Failed("the output says FAILED".to_owned()))),
            _ => {
                let problem =
                    format!("{} is no figure; keep standard output apart from standard error", quoted(outcome));
                Err(refused(Problem::Malformed(problem)))
            }
        };
    };
    let words: Vec<&str> = figures.split_whitespace().collect();
    let (time, unit, spread, throughput) = match words[..] {
        [time, unit, "(+/-", spread] => (time, unit, spread, None),
        [time, unit, "(+/-", spread, "=", value, rate] => (time, unit, spread, Some((value, rate))),
        _ => return Err(refused(Problem::CutOff)),
    };
    let read = |text: &str| {
        number(text).ok_or_else(|| refused(Problem::Malformed(format!("{} is no number; run it again", quoted(text)))))
    };
    // The spread is not taken, but a line in which it cannot be read is not one that the harness wrote.
    read(spread.strip_suffix(')').ok_or_else(|| refused(Problem::CutOff))?)?;
    let unit = unit
        .strip_suffix("/iter")
        .ok_or_else(|| refused(Problem::Malformed(format!("{} has no /iter behind it; run it again", quoted(unit)))))?;
    let call_ns = time_ns(read(time)?, unit).map_err(refused)?;
    let mut benchmark = Benchmark::new(name, format!("line {line}"), Figures::default());
    // What is less than half a nanosecond is printed as 0, and that is not what it takes.
    if call_ns == 0.0 {
        benchmark.lacks.insert("latency.p50_ns", "the output rounds it to 0 ns".to_owned());
    } else {
        benchmark.launches[0].p50_ns = Some(call_ns);
    }
    if let Some((value, unit)) = throughput {
        let (value, unit) = rate(read(value)?, unit).map_err(refused)?;
        benchmark.unit = Some(unit);
        benchmark.launches[0].throughput = (value != 0.0).then_some(value);
    }
    Ok(Some(benchmark))
}
