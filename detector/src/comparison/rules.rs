//! Rules beside the thresholds: what no comparison of a case with its own baseline can show.
//!
//! What a rule finds is a warning and never critical: a variant that always was slower than plain code, or another choice of
//! variant, is to be looked at; whether anything got slower by it is what the thresholds tell.

use std::collections::{BTreeMap, BTreeSet};

use platforms::IsaLevel;
use schema::{
    baselines::Session,
    case::{CaseRow, Status},
    comparison::{Certainty, Known, Metric, Row, Rule, Verdict},
    report::Report,
};
use statistics::paired_ratio;

use super::{
    case::{Finding, Judged},
    metric,
};
use crate::{
    policy::{CasePolicy, Expected, Level},
    severity::severity,
    verdict::{Bars, Change, verdict},
};

/// A case's id in its parts.
struct Parts<'a> {
    kernel: &'a str,
    isa: IsaLevel,
    shape: &'a str,
}

impl<'a> Parts<'a> {
    /// `None` of an id that is not `kernel/isa/shape`, as an imported one may be.
    fn of(id: &'a str) -> Option<Self> {
        let mut parts = id.split('/');
        let (kernel, isa, shape) = (parts.next()?, parts.next()?, parts.next()?);
        parts.next().is_none().then_some(())?;
        Some(Self { kernel, isa: isa.parse().ok()?, shape })
    }
}

/// The row of the case `id`, where it is surely slower than the plain code of the same kernel and shape, in the same session.
/// The two took turns launch by launch, so that nothing of the hour is left between them, and it takes no baseline.
///
/// The bar is the warning threshold: what would be looked at as a regression is looked at as a variant.
pub(super) fn slower_than_scalar(candidate: &Report, id: &str, policy: &CasePolicy<'_>) -> Option<Judged> {
    let Parts { kernel, isa, shape } = Parts::of(id).filter(|parts| parts.isa != IsaLevel::Scalar)?;
    let measured = |id: &str| candidate.cases.get(id).filter(|row| row.status == Status::Measured);
    let (row, plain) = (measured(id)?, measured(&format!("{kernel}/{}/{shape}", IsaLevel::Scalar))?);
    if candidate.context.machine.emulated || row.work != plain.work || row.throughput.unit != plain.throughput.unit {
        return None;
    }
    let (metric, logs) = [Metric::Throughput, Metric::LatencyP50]
        .map(|metric| (metric, ratios(metric, plain, row)))
        .into_iter()
        .find(|(_, logs)| logs.len() >= 2)?;
    let interval = paired_ratio(&logs)?.interval?;
    let estimate = paired_ratio(&logs)?.estimate;
    let change = Change { estimate, low: interval.low, high: interval.high };

    let thresholds = policy.thresholds(metric);
    let value = metric::value(metric, plain);
    let scale = value.and_then(|value| metric::scale(metric, value, plain.work, plain.throughput.unit));
    let bars = Bars { critical: f64::INFINITY, ..metric::bars(metric, &thresholds, scale) };
    if verdict(change, bars) != Verdict::Warning {
        return None;
    }
    let sign = metric::sign_of_worse(metric);
    let percent = |worse: f64| metric::percent(metric, sign * worse);
    let ends = [percent(interval.low), percent(interval.high)];
    let change_percent = percent(estimate);
    let in_use = match candidate.dispatch.get(kernel) {
        Some(used) if *used == isa => "; it is the variant in use here".to_owned(),
        Some(used) => format!("; the variant in use here is {used}"),
        None => String::new(),
    };
    let time = |worse: f64| statistics::percent_of_log(worse);
    let reason = format!(
        "takes {:.1} % more time than the plain code beside it, and at least {:.1} %{in_use}",
        time(estimate),
        time(interval.low)
    );
    let row = Row {
        rule: Some(Rule::VariantSlowerThanScalar),
        metric: Some(metric),
        unit: Some(metric::unit(metric, row.throughput.unit)),
        baseline: value,
        candidate: metric::value(metric, row),
        change_percent: Some(change_percent),
        interval_percent: Some([ends[0].min(ends[1]), ends[0].max(ends[1])]),
        smallest_change_percent: Some(interval.smallest_change_percent()),
        thresholds: Some(thresholds),
        certainty: Some(Certainty::Confirmed),
        severity: severity(change_percent),
        ..Row::without_figures(id, Verdict::Warning, reason)
    };
    let beyond = |level: f64| {
        let level = sign * metric::log_of_percent(metric, level);
        Change { estimate: estimate - level, low: change.low - level, high: change.high - level }
    };
    let expected = policy.expected(Some(metric), Some(Rule::VariantSlowerThanScalar));
    let is_within = expected.as_ref().is_some_and(|expected| match expected.level {
        Level::Given(level) => verdict(beyond(level), bars) != Verdict::Warning,
        Level::AsFound | Level::Unknown => true,
    });
    let accepted = expected.filter(|_| is_within);
    Some(Judged::of_change(accepted.into_iter().fold(row, known), estimate, bars))
}

/// The logarithms of time over the plain code's time, launch beside launch.
fn ratios(metric: Metric, plain: &CaseRow, row: &CaseRow) -> Vec<f64> {
    let beside = plain.launches.iter().zip(&row.launches);
    let sign = metric::sign_of_worse(metric);
    beside
        .filter_map(|(plain, launch)| {
            let ratio = metric::of_launch(metric, launch)? / metric::of_launch(metric, plain)?;
            Some(sign * ratio.ln())
        })
        .collect()
}

/// The rows of the kernels of `cases` for which another ISA level is used than when the baseline was made.
pub(super) fn dispatch_changed<'p>(
    candidate: &Report,
    last: &Session,
    cases: &BTreeSet<&str>,
    policy: impl Fn(&str) -> Option<CasePolicy<'p>>,
) -> Vec<Finding> {
    let used: BTreeMap<&str, (IsaLevel, IsaLevel)> = candidate
        .dispatch
        .iter()
        .filter_map(|(kernel, now)| Some((kernel.as_str(), (*last.dispatch.get(kernel)?, *now))))
        .filter(|(kernel, (then, now))| then != now && cases.iter().any(|case| is_of_kernel(case, kernel)))
        .collect();
    used.into_iter()
        .map(|(kernel, (then, now))| {
            let day = last.created.strftime("%Y-%m-%d");
            let reason = format!(
                "its variant in use here is {now}, and was {then} when the baseline was made on {day}; a new baseline \
                 accepts it"
            );
            let row = Row {
                rule: Some(Rule::DispatchChanged),
                certainty: Some(Certainty::Confirmed),
                ..Row::without_figures(kernel, Verdict::Warning, reason)
            };
            // A pattern is of cases, and every case of the kernel begins so.
            let names = [kernel.to_owned(), format!("{kernel}/")];
            let expected = names.iter().find_map(|name| policy(name)?.expected(None, Some(Rule::DispatchChanged)));
            let row = expected.into_iter().fold(row, known);
            Finding { rows: vec![Judged::new(row, 1.0)], ..Finding::without_rows(kernel) }
        })
        .collect()
}

fn is_of_kernel(case: &str, kernel: &str) -> bool {
    case.strip_prefix(kernel).is_some_and(|rest| rest.starts_with('/'))
}

/// The row, where somebody decided to live with it.
fn known(row: Row, expected: Expected) -> Row {
    let Expected { since, reason, .. } = expected;
    let commit: String = since.chars().take(12).collect();
    Row {
        verdict: Verdict::Stable,
        certainty: None,
        severity: None,
        reason: format!("known since {commit}, because {reason}: {}", row.reason),
        known: Some(Known { since, reason, change_percent: row.change_percent }),
        ..row
    }
}
