//! How often a run that changed nothing alarms: single comparisons, whole runs, and what confirmation leaves of them.
//!
//! Every verdict is the detector's own, under the default thresholds.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use detector::comparison::{FailOn, Request, compare, compare_pair};
use jiff::Timestamp;
use schema::{
    baselines::{Baselines, ClassBaseline},
    comparison::{Comparison, Metric, Verdict},
    pair::Pair,
    report::Report,
};

/// What the detector said of one metric of one case.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The case.
    pub case: String,
    /// The metric; `None` where the case as a whole is meant.
    pub metric: Option<Metric>,
    /// The verdict.
    pub verdict: Verdict,
    /// Whether the 95 % interval lies wholly on the slow side.
    pub is_surely_worse: bool,
}

/// The verdicts on a run against these, each a session of the baseline.
///
/// # Errors
///
/// When the detector cannot compare them.
pub fn verdicts(baseline: &[&Report], candidate: &Report) -> Result<Vec<Judged>> {
    let mut baselines = Baselines::new(candidate.created);
    let class = candidate.context.machine.class.clone().context("a session of a study is of a machine class")?;
    let sessions = baseline.iter().map(|&report| report.clone().into()).collect();
    baselines.baselines.entry(candidate.platform).or_default().insert(class, ClassBaseline { sessions });
    Ok(timed(compare(candidate, &baselines, &request())?))
}

/// The verdicts on the candidate of a pair.
///
/// # Errors
///
/// When the detector cannot compare its sides.
pub fn pair_verdicts(pair: &Pair) -> Result<Vec<Judged>> {
    Ok(timed(compare_pair(pair, None, &request())?))
}

fn request() -> Request {
    Request {
        baseline_file: "baseline".to_owned(),
        candidate_file: "candidate".to_owned(),
        filter: None,
        fail_on: FailOn::Critical,
        strict: false,
        now: Timestamp::UNIX_EPOCH,
        previous: None,
        history: Vec::new(),
    }
}

/// Memory, accuracy and instructions are counted; they would make the rate look better than that of what is timed.
fn timed(comparison: Comparison) -> Vec<Judged> {
    let is_counted =
        |metric: Option<Metric>| matches!(metric, Some(Metric::Memory | Metric::Accuracy | Metric::Instructions));
    let rows = comparison.rows.into_iter().filter(|row| !is_counted(row.metric));
    rows.map(|row| Judged {
        is_surely_worse: row.interval_percent.is_some_and(|[low, high]| match row.metric {
            Some(Metric::Throughput) => high < 0.0,
            _ => low > 0.0,
        }),
        case: row.case,
        metric: row.metric,
        verdict: row.verdict,
    })
    .collect()
}

/// Which earlier sessions are the baseline of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// The one before it.
    Before,
    /// The latest that is an hour older; in a shorter study the oldest, if that is 20 minutes older.
    HourOld,
    /// Three, spread over the time before it.
    Three,
}

/// How old an old baseline is, where the study is long enough.
const OLD_MINUTES: f64 = 60.0;

/// How old it is at least. Below, it would be a fresh one by another name.
const OLD_MINUTES_LEAST: f64 = 20.0;

impl Against {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Before, Self::HourOld, Self::Three];

    /// The baseline of the session at `position`, oldest first; `None` where there is no such.
    #[must_use]
    pub fn of(self, sessions: &[Report], position: usize) -> Option<Vec<&Report>> {
        let earlier = &sessions[..position];
        match self {
            Self::Before => earlier.last().map(|session| vec![session]),
            Self::HourOld => {
                let age = |session: &Report| age_minutes(session, &sessions[position]);
                let old = earlier.iter().rev().find(|session| age(session) >= OLD_MINUTES);
                let oldest = || earlier.first().filter(|session| age(session) >= OLD_MINUTES_LEAST);
                old.or_else(oldest).map(|session| vec![session])
            }
            Self::Three => {
                let step = position / 3;
                (step > 0).then(|| [3, 2, 1].map(|steps| &sessions[position - steps * step]).to_vec())
            }
        }
    }
}

fn age_minutes(baseline: &Report, candidate: &Report) -> f64 {
    candidate.created.duration_since(baseline.created).as_secs_f64() / 60.0
}

/// The cases of the session at `position` that any of its baselines makes suspect of a regression.
///
/// # Errors
///
/// When the detector cannot compare them.
pub fn suspects(sessions: &[Report], position: usize) -> Result<BTreeSet<String>> {
    let mut suspects = BTreeSet::new();
    for baseline in Against::ALL.into_iter().filter_map(|against| against.of(sessions, position)) {
        suspects.extend(suspects_of(&verdicts(&baseline, &sessions[position])?));
    }
    Ok(suspects)
}

fn suspects_of(judged: &[Judged]) -> impl Iterator<Item = String> {
    let suspects = judged.iter().filter(|judged| matches!(judged.verdict, Verdict::Critical | Verdict::Warning));
    suspects.map(|judged| judged.case.clone())
}

/// Counts over many comparisons of runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Alarms {
    /// Comparisons of one metric of one case.
    pub comparisons: u64,
    /// Those called critical.
    pub critical: u64,
    /// Those called a warning.
    pub warning: u64,
    /// Those called inconclusive.
    pub inconclusive: u64,
    /// Those of which nothing could be said: missing, incomparable or new.
    pub without: u64,
    /// Runs that were compared.
    pub runs: u64,
    /// Those with a critical verdict, before anything was confirmed.
    pub critical_runs: u64,
    /// Those with a critical verdict after their suspects were measured side by side. A suspect that was not, or of which
    /// that gave no figure, stays an alarm if it was critical.
    pub confirmed_runs: u64,
    /// Cases that were suspects and remained inconclusive side by side.
    pub unsettled: u64,
    /// How much older the baseline's last session was, a number a run, in minutes.
    pub ages_minutes: Vec<f64>,
}

impl Alarms {
    /// Adds one run's comparison, and what `confirmation` says of its suspects.
    pub fn add(&mut self, judged: &[Judged], confirmation: &[Judged]) {
        let count = |verdict: Verdict| judged.iter().filter(|judged| judged.verdict == verdict).count() as u64;
        self.comparisons += judged.len() as u64;
        self.critical += count(Verdict::Critical);
        self.warning += count(Verdict::Warning);
        self.inconclusive += count(Verdict::Inconclusive);
        self.without += [Verdict::Missing, Verdict::Incomparable, Verdict::New].map(count).iter().sum::<u64>();
        self.runs += 1;
        self.critical_runs += u64::from(count(Verdict::Critical) > 0);
        let suspects: BTreeSet<String> = suspects_of(judged).collect();
        let mut is_confirmed = false;
        for case in &suspects {
            let beside: Vec<&Judged> = confirmation.iter().filter(|judged| judged.case == *case).collect();
            let says = |verdict: Verdict| beside.iter().any(|judged| judged.verdict == verdict);
            let is_unknown = beside.iter().all(|judged| judged.metric.is_none());
            let was_critical = || judged.iter().any(|one| one.case == *case && one.verdict == Verdict::Critical);
            is_confirmed |= says(Verdict::Critical) || is_unknown && was_critical();
            self.unsettled += u64::from(says(Verdict::Inconclusive) && !says(Verdict::Critical));
        }
        self.confirmed_runs += u64::from(is_confirmed);
    }
}

/// Every session against its baseline of a kind, with the pairs that its suspects were confirmed by.
///
/// # Errors
///
/// When the detector cannot compare them.
pub fn over(sessions: &[Report], confirmations: &BTreeMap<usize, Pair>, against: Against) -> Result<Alarms> {
    let mut alarms = Alarms::default();
    for (position, candidate) in sessions.iter().enumerate() {
        let Some(baseline) = against.of(sessions, position) else { continue };
        let confirmation = confirmations.get(&position).map_or_else(|| Ok(Vec::new()), pair_verdicts)?;
        alarms.add(&verdicts(&baseline, candidate)?, &confirmation);
        alarms.ages_minutes.extend(baseline.last().map(|last| age_minutes(last, candidate)));
    }
    Ok(alarms)
}
