//! What the rows of a case rest on: the numbers behind them, for whoever asks why.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schema::{
    baselines::Baselines,
    case::{CaseRow, Status},
    comparison::{Comparison, Metric, Row, Unit},
    context::Context,
    pair::{Pair, PairRow, PairSide},
    report::Report,
};
use statistics::{Interval, PairedInterval, Prior, moderated_ratio, paired_ratio, session_ratio, trimmed::location};

use super::{
    case::is_same_work,
    metric::{self, Kind},
    prior::Priors,
    standing::Standing,
};
use crate::verdict::{Bars, Change};

/// The documents that a comparison was made of.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// The report that was judged, and what it was held against.
    pub report: Option<(&'a Report, &'a Baselines)>,
    /// The pair, alone or beside the report.
    pub pair: Option<&'a Pair>,
    /// The history beside the baseline.
    pub history: &'a [Report],
}

/// What the rows of a case rest on.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// The case's id.
    pub case: String,
    /// How many controls both the report and a session of the baseline have.
    pub controls: usize,
    /// The metrics that any side has a number of.
    pub metrics: BTreeMap<Metric, Numbers>,
}

/// The numbers of a metric.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Numbers {
    /// What they count.
    pub unit: Option<Unit>,
    /// Of each session of the baseline that counts and has some, oldest first.
    pub baseline: Vec<Run>,
    /// Of the candidate's session.
    pub candidate: Option<Run>,
    /// How sure the change between them is; `None` where that is not known.
    pub interval: Option<Interval>,
    /// Of the pair.
    pub pair: Option<SideBySide>,
}

/// The numbers of a metric in one session.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// When it began.
    pub created: Timestamp,
    /// The commit, where it is known.
    pub commit: Option<String>,
    /// A number a launch, or the session's one number.
    pub launches: Vec<f64>,
    /// Where they lie: the trimmed mean on the scale of logarithms.
    pub place: Option<f64>,
}

/// The numbers of a metric in a pair.
#[derive(Clone, Debug, PartialEq)]
pub struct SideBySide {
    /// Of the baseline's program.
    pub baseline: Run,
    /// Of the candidate's.
    pub candidate: Run,
    /// Candidate over baseline, each launch beside the other's.
    pub ratios: Vec<f64>,
    /// Where they lie: the trimmed mean on the scale of logarithms.
    pub place: Option<f64>,
    /// How sure that is; `None` where it is not known.
    pub interval: Option<PairedInterval>,
}

/// There is no such case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the comparison has no case {case:?}; {}", remedy(.near, *.count))]
pub struct UnknownCase {
    /// What was asked for.
    case: String,
    /// The cases whose ids are most like it, the likest first.
    near: Vec<String>,
    /// How many cases there are.
    count: usize,
}

fn remedy(near: &[String], count: usize) -> String {
    // Quoted, with everything written out that a reader would not see.
    let quoted: Vec<String> = near.iter().map(|id| format!("{id:?}")).collect();
    match quoted.split_last() {
        None => format!("none of its {count} is like it; --format json lists them"),
        Some((only, [])) => format!("did you mean {only}?"),
        Some((last, others)) => format!("did you mean {} or {last}?", others.join(", ")),
    }
}

/// The most cases that are proposed in place of an unknown one.
const NEAR_MOST: usize = 3;

/// How like an id must be to be proposed, from 0 to 1: half of its letters, or about.
const LIKENESS_LEAST: f64 = 0.5;

/// What the rows of `case` rest on.
///
/// # Errors
///
/// When `comparison`, which was made of `sources`, has no such case.
pub fn evidence(case: &str, comparison: &Comparison, sources: Sources<'_>) -> Result<Evidence, UnknownCase> {
    if !comparison.rows.iter().any(|row| row.case == case) {
        return Err(unknown(case, comparison));
    }
    let mut evidence = Evidence { case: case.to_owned(), controls: 0, metrics: BTreeMap::new() };
    if let Some((report, baselines)) = sources.report {
        evidence.add_sessions(report, baselines, sources.history);
    }
    if let Some(pair) = sources.pair {
        evidence.add_pair(pair);
    }
    Ok(evidence)
}

fn unknown(case: &str, comparison: &Comparison) -> UnknownCase {
    let mut ids: Vec<&str> = comparison.rows.iter().map(|row| row.case.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let likeness = |id: &str| if id.contains(case) { 1.0 } else { strsim::normalized_damerau_levenshtein(id, case) };
    let mut near: Vec<(f64, &str)> =
        ids.iter().map(|id| (likeness(id), *id)).filter(|(likeness, _)| *likeness >= LIKENESS_LEAST).collect();
    near.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let near = near.into_iter().take(NEAR_MOST).map(|(_, id)| id.to_owned()).collect();
    UnknownCase { case: case.to_owned(), near, count: ids.len() }
}

impl Evidence {
    fn add_sessions(&mut self, report: &Report, baselines: &Baselines, history: &[Report]) {
        let standing = Standing::of(report, baselines, &mut Vec::new());
        let sessions = standing.sessions();
        let priors = Priors::of(sessions).after(history, report, sessions);
        let is_on_both = |name: &&String| sessions.iter().any(|session| session.controls.contains_key(*name));
        self.controls = report.controls.keys().filter(is_on_both).count();
        let candidate = report.cases.get(&self.case).filter(|row| row.status == Status::Measured);
        for metric in Metric::ALL {
            let of =
                |row: &CaseRow, created, context: &Context| Run::of(metric, numbers(metric, row), created, context);
            let (rows, baseline): (Vec<&CaseRow>, Vec<Run>) = sessions
                .iter()
                .filter_map(|session| Some((session, session.cases.get(&self.case)?)))
                .filter(|(_, row)| row.status == Status::Measured)
                .filter(|(_, row)| candidate.is_none_or(|candidate| is_same_work(row, candidate)))
                .filter_map(|(session, row)| Some((row, of(row, session.created, &session.context)?)))
                .unzip();
            let counted = || sessions.iter().rev().find_map(|session| session.cases.get(&self.case)?.throughput.unit);
            let counted = candidate.and_then(|row| row.throughput.unit).or_else(counted);
            let candidate = candidate.and_then(|row| of(row, report.created, &report.context));
            if baseline.is_empty() && candidate.is_none() {
                continue;
            }
            let learnt = |launches: &[Vec<f64>]| priors.of_case(&self.case, metric, &rows, launches);
            let interval = candidate.as_ref().and_then(|candidate| interval(metric, &baseline, candidate, learnt));
            let unit = Some(metric::unit(metric, counted));
            self.metrics.insert(metric, Numbers { unit, baseline, candidate, interval, pair: None });
        }
    }

    fn add_pair(&mut self, pair: &Pair) {
        let Some(row) = pair.cases.get(&self.case) else {
            return;
        };
        for metric in Metric::ALL {
            let of = |side: &PairSide, context| Run::of(metric, of_side(metric, side), pair.created, context);
            let (baseline, candidate) = (of(&row.baseline, &pair.baseline), of(&row.candidate, &pair.candidate));
            if let (Some(baseline), Some(candidate)) = (baseline, candidate) {
                let ratios = ratios(metric, row);
                let logs: Vec<f64> = ratios.iter().map(|ratio| ratio.ln()).collect();
                let paired = paired_ratio(&logs);
                let numbers = self.metrics.entry(metric).or_default();
                numbers.unit = Some(metric::unit(metric, row.unit));
                numbers.pair = Some(SideBySide {
                    baseline,
                    candidate,
                    ratios,
                    place: paired.map(|paired| paired.estimate.exp()),
                    interval: paired.and_then(|paired| paired.interval),
                });
            }
        }
    }
}

impl Run {
    /// `None` of no numbers.
    fn of(metric: Metric, launches: Vec<f64>, created: Timestamp, context: &Context) -> Option<Self> {
        // A counted number lies where it is, and may be 0, which has no logarithm.
        let logs: Vec<f64> = launches.iter().map(|number| number.ln()).collect();
        let place = match metric::kind(metric) {
            Kind::Timed => location(&logs).map(|location| location.mean.exp()),
            Kind::Tail | Kind::Counted => launches.first().copied(),
        };
        let commit = context.git.as_ref().map(|git| git.commit.clone());
        (!launches.is_empty()).then_some(Self { created, commit, launches, place })
    }
}

/// How sure the change is, learnt as it was for the row.
fn interval(
    metric: Metric,
    baseline: &[Run],
    candidate: &Run,
    learnt: impl Fn(&[Vec<f64>]) -> Prior,
) -> Option<Interval> {
    match metric::kind(metric) {
        Kind::Timed => {
            let sessions: Vec<Vec<f64>> = baseline.iter().map(|run| run.launches.clone()).collect();
            let prior = learnt(&sessions);
            moderated_ratio(&sessions, std::slice::from_ref(&candidate.launches), &prior)?.interval
        }
        Kind::Tail => {
            let sessions: Vec<f64> = baseline.iter().flat_map(|run| run.launches.clone()).collect();
            session_ratio(&sessions, &candidate.launches)?.interval
        }
        Kind::Counted => None,
    }
}

/// The numbers of a session.
fn numbers(metric: Metric, row: &CaseRow) -> Vec<f64> {
    match metric::kind(metric) {
        Kind::Timed => metric::launches(metric, row),
        Kind::Tail | Kind::Counted => metric::value(metric, row).into_iter().collect(),
    }
}

/// The numbers of one side of a pair.
fn of_side(metric: Metric, side: &PairSide) -> Vec<f64> {
    match metric {
        Metric::Accuracy => side.accuracy.into_iter().collect(),
        Metric::Instructions => {
            side.instructions.filter(|&count| count > 0).map(|count| count as f64).into_iter().collect()
        }
        _ => side.launches.iter().filter_map(|launch| metric::of_launch(metric, launch)).collect(),
    }
}

/// Candidate over baseline, each launch beside the other's.
fn ratios(metric: Metric, row: &PairRow) -> Vec<f64> {
    let of = |ratio: Option<&schema::pair::Ratio>| ratio.map_or_else(Vec::new, |ratio| ratio.launches.clone());
    match metric {
        // More time is less throughput.
        Metric::Throughput => of(row.throughput_time.as_ref()).into_iter().map(f64::recip).collect(),
        Metric::LatencyP50 => of(row.latency_p50_time.as_ref()),
        Metric::Memory => {
            let bytes = |launch| metric::of_launch(Metric::Memory, launch);
            let beside = row.baseline.launches.iter().zip(&row.candidate.launches);
            beside.filter_map(|(baseline, candidate)| Some(bytes(candidate)? / bytes(baseline)?)).collect()
        }
        _ => Vec::new(),
    }
}

/// A row's change with its interval, and its thresholds, both for the worse on the scale of judgement: what
/// [`verdict`](crate::verdict::verdict) judges by size alone. A counted number's interval is the number. `None` where the row
/// has no change, or its interval is not known.
#[must_use]
pub fn sized(row: &Row) -> Option<(Change, Bars)> {
    let (metric, change, thresholds) = (row.metric?, row.change_percent?, row.thresholds.as_ref()?);
    let worse = |percent: f64| {
        let log = if metric == Metric::Accuracy { percent } else { (percent / 100.0).ln_1p() };
        metric::sign_of_worse(metric) * log
    };
    let interval = match metric::kind(metric) {
        Kind::Counted => [change, change],
        Kind::Timed | Kind::Tail => row.interval_percent?,
    };
    let [one, other] = interval.map(worse);
    let change = Change { estimate: worse(change), low: one.min(other), high: one.max(other) };
    // A row does not tell the work of a call, which a floor of throughput is a share of.
    let scale = row.baseline.filter(|_| metric != Metric::Throughput);
    Some((change, metric::bars(metric, thresholds, scale)))
}
