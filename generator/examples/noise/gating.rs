//! Gating: which samples a rule keeps, and what is wrong with those it keeps.

use crate::{
    estimators::Estimator,
    probes::Candidate,
    recording::{Sample, Series},
};

/// A rule that keeps samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Rule {
    /// All of them.
    All,
    /// Both integer probes within this share of the floor, and no switch.
    Integer(f64),
    /// The same, and both candidate probes within the second share of their floor.
    Both(f64, f64),
    /// Of those that the integer rule keeps, the half with the fastest candidate probes.
    BestHalf(f64),
}

/// What the probes take undisturbed, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Floors {
    /// The integer probe.
    pub(crate) integer_ns: f64,
    /// The candidate.
    pub(crate) candidate_ns: f64,
}

impl Floors {
    /// The lowest hundredth of all samples' probes; a launch that was all disturbed has floors of its own otherwise.
    pub(crate) fn of<'a>(series: impl IntoIterator<Item = &'a Series>) -> Self {
        let series: Vec<&Series> = series.into_iter().collect();
        let samples = || series.iter().flat_map(|series| &series.samples);
        let lowest = |probes: Vec<f64>| statistics::quantile(&probes, 0.01).unwrap_or_default();
        Self {
            integer_ns: lowest(samples().map(|sample| sample.integer_ns).collect()),
            candidate_ns: lowest(samples().map(|sample| sample.candidate_ns).collect()),
        }
    }
}

impl Rule {
    /// The samples that it keeps.
    pub(crate) fn keep(self, samples: &[Sample], floors: Floors) -> Vec<f64> {
        let integer = |sample: &Sample, tolerance: f64| {
            !sample.switched && sample.integer_ns <= floors.integer_ns * (1.0 + tolerance)
        };
        let candidate =
            |sample: &Sample, tolerance: f64| sample.candidate_ns <= floors.candidate_ns * (1.0 + tolerance);
        let kept = |rule: &dyn Fn(&Sample) -> bool| {
            samples.iter().filter(|sample| rule(sample)).map(|sample| sample.call_ns).collect::<Vec<f64>>()
        };
        match self {
            Self::All => kept(&|_| true),
            Self::Integer(tolerance) => kept(&|sample| integer(sample, tolerance)),
            Self::Both(one, other) => kept(&|sample| integer(sample, one) && candidate(sample, other)),
            Self::BestHalf(tolerance) => {
                let probes: Vec<f64> = samples
                    .iter()
                    .filter(|sample| integer(sample, tolerance))
                    .map(|sample| sample.candidate_ns)
                    .collect();
                let middle = statistics::median(&probes).unwrap_or_default();
                kept(&|sample| integer(sample, tolerance) && sample.candidate_ns <= middle)
            }
        }
    }

    /// Its name in a table.
    pub(crate) fn name(self, candidate: Candidate) -> String {
        let percent = |share: f64| format!("{:.0} %", share * 100.0);
        match self {
            Self::All => "none".to_owned(),
            Self::Integer(tolerance) => format!("integer {}", percent(tolerance)),
            Self::Both(_, other) => format!("integer, {} {}", candidate.name(), percent(other)),
            Self::BestHalf(_) => format!("integer, best half by {}", candidate.name()),
        }
    }
}

/// Samples below which a launch has no number to state, as in the generator.
pub(crate) const NEEDED: usize = generator::sampler::ACCEPTED_NEEDED;

/// What a rule made of the launches of one case.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    /// The share of samples that it kept.
    pub(crate) kept: f64,
    /// The share of the kept that took over 3 % longer than the launch's fast samples.
    pub(crate) slow: f64,
    /// The same with 10 %.
    pub(crate) very_slow: f64,
    /// The medians of the launches that had enough.
    pub(crate) medians: Vec<f64>,
    /// All launches.
    pub(crate) launches: usize,
}

/// Applies a rule to launches of one case, each with the samples of one series.
pub(crate) fn judge(rule: Rule, launches: &[&Series], floors: Floors, estimator: Estimator) -> Outcome {
    let mut outcome = Outcome { launches: launches.len(), ..Outcome::default() };
    let (mut all, mut kept, mut slow, mut very_slow) = (0, 0, 0, 0);
    for series in launches {
        let calls: Vec<f64> = series.samples.iter().map(|sample| sample.call_ns).collect();
        // The pages of a launch decide how fast it can be at all; that shows between the launches.
        let fast = statistics::quantile(&calls, 0.02).unwrap_or(f64::INFINITY);
        let chosen = rule.keep(&series.samples, floors);
        let above = |share: f64| chosen.iter().filter(|&&call| call > fast * (1.0 + share)).count();
        all += calls.len();
        kept += chosen.len();
        slow += above(0.03);
        very_slow += above(0.10);
        if chosen.len() >= NEEDED {
            outcome.medians.extend(estimator.of(&chosen));
        }
    }
    let share = |part: usize, whole: usize| part as f64 / whole as f64;
    outcome.kept = share(kept, all);
    outcome.slow = share(slow, kept);
    outcome.very_slow = share(very_slow, kept);
    outcome
}
