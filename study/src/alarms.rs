//! How often a run that changed nothing alarms: single comparisons, whole runs, and what confirmation leaves of them.

use anyhow::{Context, Result};
use detector::comparison::{FailOn, Request, compare};
use jiff::Timestamp;
use schema::{
    baselines::{Baselines, ClassBaseline, Thresholds},
    comparison::{Metric, Verdict},
    pair::{Pair, Ratio},
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
}

/// The verdicts on a run against these, each a session of the baseline, under the default thresholds.
///
/// # Errors
///
/// When the detector cannot compare them.
pub fn verdicts(baseline: &[&Report], candidate: &Report) -> Result<Vec<Judged>> {
    let mut baselines = Baselines::new(candidate.created);
    let class = candidate.context.machine.class.clone().context("a session of a study is of a machine class")?;
    let sessions = baseline.iter().map(|&report| report.clone().into()).collect();
    baselines.baselines.entry(candidate.platform).or_default().insert(class, ClassBaseline { sessions });
    let request = Request {
        baseline_file: "baseline".to_owned(),
        candidate_file: "candidate".to_owned(),
        filter: None,
        fail_on: FailOn::Critical,
        strict: false,
        now: Timestamp::UNIX_EPOCH,
        previous: None,
    };
    let comparison = compare(candidate, &baselines, &request)?;
    let judged = |row: schema::comparison::Row| Judged { case: row.case, metric: row.metric, verdict: row.verdict };
    // Memory and accuracy are counted; they would make the rate look better than that of what is timed.
    let is_timed =
        |judged: &Judged| !matches!(judged.metric, Some(Metric::Memory | Metric::Accuracy | Metric::Instructions));
    Ok(comparison.rows.into_iter().map(judged).filter(is_timed).collect())
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
    /// Runs that were compared.
    pub runs: u64,
    /// Those with a critical verdict.
    pub critical_runs: u64,
    /// How much older the baseline was, a number a run, in minutes.
    pub ages_minutes: Vec<f64>,
}

impl Alarms {
    /// Adds one run's comparison.
    pub fn add(&mut self, judged: &[Judged]) {
        let count = |verdict: Verdict| judged.iter().filter(|judged| judged.verdict == verdict).count() as u64;
        self.comparisons += judged.len() as u64;
        self.critical += count(Verdict::Critical);
        self.warning += count(Verdict::Warning);
        self.inconclusive += count(Verdict::Inconclusive);
        self.runs += 1;
        self.critical_runs += u64::from(count(Verdict::Critical) > 0);
    }

    /// Holds one run against others.
    ///
    /// # Errors
    ///
    /// When the detector cannot compare them.
    pub fn hold(&mut self, baseline: &[&Report], candidate: &Report) -> Result<()> {
        self.add(&verdicts(baseline, candidate)?);
        if let Some(last) = baseline.last() {
            let age = candidate.created.duration_since(last.created);
            self.ages_minutes.push(age.as_secs_f64() / 60.0);
        }
        Ok(())
    }
}

/// Each run against the one before it: a fresh baseline of one session.
///
/// # Errors
///
/// When the detector cannot compare them.
pub fn against_the_one_before(sessions: &[Report]) -> Result<Alarms> {
    let mut alarms = Alarms::default();
    for pair in sessions.windows(2) {
        alarms.hold(&[&pair[0]], &pair[1])?;
    }
    Ok(alarms)
}

/// Each run of the later half against one that is about as much older as half of the study took.
///
/// # Errors
///
/// When the detector cannot compare them.
pub fn against_an_old_one(sessions: &[Report]) -> Result<Alarms> {
    let mut alarms = Alarms::default();
    let half = sessions.len() / 2;
    for (old, new) in sessions.iter().zip(&sessions[half..]).filter(|_| half > 0) {
        alarms.hold(&[old], new)?;
    }
    Ok(alarms)
}

/// Each run against three that were spread over the time before it.
///
/// # Errors
///
/// When the detector cannot compare them.
pub fn against_three(sessions: &[Report]) -> Result<Alarms> {
    let mut alarms = Alarms::default();
    for index in 3..sessions.len() {
        let step = index / 3;
        alarms.hold(
            &[&sessions[index - 3 * step], &sessions[index - 2 * step], &sessions[index - step]],
            &sessions[index],
        )?;
    }
    Ok(alarms)
}

/// Whether a ratio of times confirms a critical regression of throughput, by the default thresholds: past the critical one,
/// and surely past the warning one.
#[must_use]
pub fn is_critical(ratio: &Ratio) -> bool {
    let thresholds = Thresholds::default();
    let bar = |percent: f64| 1.0 / (1.0 - percent / 100.0);
    let low = ratio.interval.map_or(0.0, |[low, _]| low);
    ratio.value >= bar(thresholds.critical.throughput_decrease_percent)
        && low >= bar(thresholds.warning.throughput_decrease_percent)
}

/// Whether a pair confirms a critical regression of any of its cases.
#[must_use]
pub fn confirms(pair: &Pair) -> bool {
    let ratios = pair.cases.values().flat_map(|row| [&row.throughput_time, &row.latency_p50_time]);
    ratios.flatten().any(is_critical)
}
