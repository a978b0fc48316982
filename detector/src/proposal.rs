//! What new baselines would change: pure, two files in, what moves out.

use std::collections::{BTreeMap, BTreeSet};

use platforms::PlatformKey;
use schema::{
    baselines::{Baselines, ClassBaseline, Limits, Session},
    case::Status,
    comparison::{Metric, Unit},
    context::Git,
};
use statistics::median;

use crate::comparison::{differences, metric};

/// What new baselines would change beside the current ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// Each platform and machine class of which something is new.
    pub sections: Vec<Section>,
    /// What else differs: thresholds, overrides, accepted changes.
    pub policy: Vec<String>,
}

/// What changes of one machine class.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// The platform.
    pub platform: PlatformKey,
    /// The machine class.
    pub class: String,
    /// What is expected there now; `None` for a first baseline.
    pub current: Option<State>,
    /// What would be expected; `None` where it would be gone.
    pub proposed: Option<State>,
    /// In what the last sessions of both differ beside their commit: toolchain, flags, dispatch.
    pub differences: Vec<String>,
    /// The values that move by more than what warns, the largest change first.
    pub moves: Vec<Move>,
    /// How many values both have, those that move among them.
    pub compared: usize,
    /// The cases that come.
    pub new: Vec<String>,
    /// The cases that go.
    pub gone: Vec<String>,
}

/// What a machine class's baseline rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// How many sessions.
    pub sessions: usize,
    /// How many cases have a number in one of them.
    pub cases: usize,
    /// The code of the last one.
    pub git: Option<Git>,
}

/// A value that moves.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// The case.
    pub case: String,
    /// What of it.
    pub metric: Metric,
    /// What the values count.
    pub unit: Unit,
    /// The middle one of the current sessions.
    pub current: f64,
    /// The middle one of the proposed sessions.
    pub proposed: f64,
    /// From one to the other, in percent; for accuracy, in percentage points.
    pub change_percent: f64,
    /// Whether the change is for the worse.
    pub is_worse: bool,
}

/// What the proposed baselines would change.
#[must_use]
pub fn proposal(current: &Baselines, proposed: &Baselines) -> Proposal {
    let classes = |baselines: &Baselines| -> BTreeSet<(PlatformKey, String)> {
        let of = |(&platform, classes): (&PlatformKey, &BTreeMap<String, ClassBaseline>)| {
            classes.keys().map(|class| (platform, class.clone())).collect::<Vec<_>>()
        };
        baselines.baselines.iter().flat_map(of).collect()
    };
    let all = &classes(current) | &classes(proposed);
    let sections = all.into_iter().filter_map(|(platform, class)| {
        let (then, now) = (current.of_class(platform, &class), proposed.of_class(platform, &class));
        (then != now).then(|| section(platform, class, then, now, &proposed.thresholds.warning))
    });
    Proposal { sections: sections.collect(), policy: policy(current, proposed) }
}

impl Proposal {
    /// Whether nothing would change.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.sections.is_empty() && self.policy.is_empty()
    }
}

fn policy(current: &Baselines, proposed: &Baselines) -> Vec<String> {
    let differs = [
        ("the thresholds", current.thresholds != proposed.thresholds),
        ("the overrides", current.overrides != proposed.overrides),
        ("the accepted changes", current.accepted != proposed.accepted),
    ];
    differs.into_iter().filter(|(_, differs)| *differs).map(|(what, _)| format!("{what} differ as well")).collect()
}

fn section(
    platform: PlatformKey,
    class: String,
    current: Option<&ClassBaseline>,
    proposed: Option<&ClassBaseline>,
    warning: &Limits,
) -> Section {
    let (then, now) = (sessions(current), sessions(proposed));
    let (cases_then, cases_now) = (cases(&then), cases(&now));
    let mut moves = Vec::new();
    let mut compared = 0;
    for case in cases_then.intersection(&cases_now) {
        for metric in Metric::ALL {
            let (Some(current), Some(proposed)) = (middle(&then, case, metric), middle(&now, case, metric)) else {
                continue;
            };
            compared += 1;
            let unit = unit(&now, case, metric);
            let row = Move::of(case, metric, unit, current, proposed);
            if row.change_percent.abs() > bar(metric, warning) {
                moves.push(row);
            }
        }
    }
    moves.sort_by(|one, other| other.change_percent.abs().total_cmp(&one.change_percent.abs()));
    Section {
        platform,
        class,
        current: current.map(|_| state(&then, cases_then.len())),
        proposed: proposed.map(|_| state(&now, cases_now.len())),
        differences: then.last().zip(now.last()).map_or_else(Vec::new, |(then, now)| differing(then, now)),
        moves,
        compared,
        new: cases_now.difference(&cases_then).map(|&case| case.to_owned()).collect(),
        gone: cases_then.difference(&cases_now).map(|&case| case.to_owned()).collect(),
    }
}

impl Move {
    fn of(case: &str, metric: Metric, unit: Unit, current: f64, proposed: f64) -> Self {
        let change = if metric == Metric::Accuracy { proposed - current } else { (proposed - current) / current };
        let change_percent = change * 100.0;
        let is_worse = change_percent * metric::sign_of_worse(metric) > 0.0;
        Self { case: case.to_owned(), metric, unit, current, proposed, change_percent, is_worse }
    }
}

fn sessions(baseline: Option<&ClassBaseline>) -> Vec<&Session> {
    baseline.map_or_else(Vec::new, |baseline| baseline.sessions.iter().collect())
}

/// The cases that have a number.
fn cases<'a>(sessions: &[&'a Session]) -> BTreeSet<&'a str> {
    let measured = sessions.iter().flat_map(|session| &session.cases).filter(|(_, row)| row.status == Status::Measured);
    measured.map(|(case, _)| case.as_str()).collect()
}

/// The middle of what the sessions measured.
fn middle(sessions: &[&Session], case: &str, metric: Metric) -> Option<f64> {
    let rows = sessions.iter().filter_map(|session| session.cases.get(case));
    let values: Vec<f64> = rows.filter_map(|row| metric::value(metric, row)).collect();
    median(&values).filter(|value| *value > 0.0)
}

fn unit(sessions: &[&Session], case: &str, metric: Metric) -> Unit {
    let row = sessions.iter().rev().find_map(|session| session.cases.get(case));
    metric::unit(metric, row.and_then(|row| row.throughput.unit))
}

fn state(sessions: &[&Session], cases: usize) -> State {
    let git = sessions.last().and_then(|session| session.context.git.clone());
    State { sessions: sessions.len(), cases, git }
}

fn differing(then: &Session, now: &Session) -> Vec<String> {
    let other = now.dispatch.iter().filter_map(|(kernel, now)| {
        let then = then.dispatch.get(kernel).filter(|then| *then != now)?;
        Some(format!("the program uses {kernel}/{now} here, and used {kernel}/{then}"))
    });
    differences(&then.context, &now.context).into_iter().chain(other).collect()
}

/// What warns, in percent or percentage points.
fn bar(metric: Metric, limits: &Limits) -> f64 {
    match metric {
        Metric::Throughput => limits.throughput_decrease_percent,
        Metric::LatencyP50 => limits.latency_increase_percent,
        Metric::LatencyP95 => limits.latency_p95_increase_percent.unwrap_or(limits.latency_increase_percent),
        Metric::LatencyP99 => limits.latency_p99_increase_percent.unwrap_or(limits.latency_increase_percent),
        Metric::Memory => limits.memory_increase_percent,
        Metric::Accuracy => limits.accuracy_decrease * 100.0,
        Metric::Instructions => limits.instructions_increase_percent,
    }
}
