//! The usual setup, beside the instrument: criterion with ten samples, and a bar on the change of the mean.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::cases::pattern;

/// The mean of each case, in nanoseconds.
pub type Means = BTreeMap<String, f64>;

/// Samples, warm-up and measuring time of a case: what a workflow that has to end uses.
const ARGUMENTS: [&str; 5] = ["--bench", "--sample-size=10", "--warm-up-time=0.5", "--measurement-time=1", "--noplot"];

/// The same in words.
pub const SETUP: &str = "criterion, 10 samples in 1 s after 0.5 s, mean against a bar";

/// Seconds that a case takes by them.
pub const CASE_SECONDS: f64 = 1.5;

#[derive(Deserialize)]
struct Estimates {
    mean: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    point_estimate: f64,
}

/// Runs criterion's benchmark on these cases: the mean of each, in nanoseconds.
///
/// # Errors
///
/// When it cannot be run, or left no figure of a case.
pub fn run(program: &Path, cases: &[&str]) -> Result<Means> {
    let program = fs::canonicalize(program).with_context(|| format!("looking for {}", program.display()))?;
    let home = std::env::temp_dir().join(format!("tidegauge-study-criterion-{}", std::process::id()));
    fs::create_dir_all(&home).with_context(|| format!("making the folder {}", home.display()))?;
    let mut command = Command::new(program);
    command.args(ARGUMENTS).arg(pattern(cases.iter().copied())).env("CRITERION_HOME", &home);
    let output = command.stdin(Stdio::null()).output().context("starting criterion's benchmark")?;
    if !output.status.success() {
        bail!("criterion's benchmark ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    let mean = |case: &str| -> Result<(String, f64)> {
        let (kernel, rest) = case.split_once('/').context("a case has a kernel")?;
        // Criterion makes a folder of the group, and one of the function with its slashes replaced.
        let path = home.join(kernel).join(rest.replace('/', "_")).join("new/estimates.json");
        let text = fs::read(&path).with_context(|| format!("criterion left no figure of {case}"))?;
        let estimates: Estimates =
            serde_json::from_slice(&text).with_context(|| format!("criterion's figure of {case}"))?;
        Ok((case.to_owned(), estimates.mean.point_estimate))
    };
    let means = cases.iter().map(|case| mean(case)).collect();
    let _ = fs::remove_dir_all(&home);
    means
}

/// What a bar on the change of the mean says of one run after another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bar {
    /// Comparisons of a case.
    pub comparisons: u64,
    /// Those past the bar, for the worse.
    pub alarms: u64,
    /// Runs that were compared with another.
    pub runs: u64,
    /// Those with an alarm at least.
    pub alarmed_runs: u64,
}

impl Bar {
    /// Holds each run against the one before it.
    #[must_use]
    pub fn consecutive(runs: &[Means], percent: f64) -> Self {
        let mut bar = Self::default();
        for pair in runs.windows(2) {
            bar.hold(&pair[0], &pair[1], percent);
        }
        bar
    }

    /// The same, each run slowed by `factor` in arithmetic before it is held.
    #[must_use]
    pub fn consecutive_slowed(runs: &[Means], factor: f64, percent: f64) -> Self {
        let mut bar = Self::default();
        for pair in runs.windows(2) {
            let slowed = pair[1].iter().map(|(case, mean_ns)| (case.clone(), mean_ns * factor)).collect();
            bar.hold(&pair[0], &slowed, percent);
        }
        bar
    }

    /// Holds each of `candidates` against each of `baselines`, which are runs of other programs.
    #[must_use]
    pub fn of(baselines: &[Means], candidates: &[Means], percent: f64) -> Self {
        let mut bar = Self::default();
        for baseline in baselines {
            for candidate in candidates {
                bar.hold(baseline, candidate, percent);
            }
        }
        bar
    }

    fn hold(&mut self, baseline: &Means, candidate: &Means, percent: f64) {
        let changes: Vec<f64> =
            candidate.iter().filter_map(|(case, mean_ns)| Some(mean_ns / baseline.get(case)? - 1.0)).collect();
        let alarms = changes.iter().filter(|&&change| change * 100.0 > percent).count();
        self.comparisons += changes.len() as u64;
        self.alarms += alarms as u64;
        self.runs += 1;
        self.alarmed_runs += u64::from(alarms > 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(add: f64, dot: f64) -> Means {
        BTreeMap::from([("add".to_owned(), add), ("dot".to_owned(), dot)])
    }

    #[test]
    fn a_bar_counts_what_is_past_it_for_the_worse() {
        let runs = [run(100.0, 100.0), run(107.0, 50.0), run(107.0, 100.0)];
        // add: up by 7 %, the same; dot: down by half, up to twice.
        let expected = Bar { comparisons: 4, alarms: 2, runs: 2, alarmed_runs: 2 };
        assert_eq!(Bar::consecutive(&runs, 5.0), expected);
        assert_eq!(Bar::consecutive(&runs, 10.0).alarms, 1);
    }

    #[test]
    fn a_slowdown_below_the_bar_is_found_only_with_the_noise_s_help() {
        let runs = [run(100.0, 100.0), run(100.0, 103.0)];
        // 3 % more, and 6 %.
        assert_eq!(Bar::consecutive_slowed(&runs, 1.03, 5.0).alarms, 1);
        assert_eq!(Bar::consecutive_slowed(&runs, 1.06, 5.0).alarms, 2);
    }

    #[test]
    fn runs_of_two_programs_are_held_each_against_each() {
        let bar = Bar::of(&[run(100.0, 100.0), run(90.0, 100.0)], &[run(100.0, 100.0)], 5.0);
        assert_eq!(bar, Bar { comparisons: 4, alarms: 1, runs: 2, alarmed_runs: 1 });
    }
}
