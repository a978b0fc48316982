//! Two programs side by side: judged alone, or in place of what a report could only suspect.
//!
//! A launch ran beside one of the other program, so that nothing of the hour, the host or the session is left between
//! them: what is seen is confirmed. Beside a report, the rows of a case that both programs were measured in come from the
//! pair alone, and say where the report alone would have said something else.

use schema::{
    baselines::Session,
    case::{Launch, Status},
    comparison::{Metric, Verdict},
    context::Context,
    pair::{Pair, PairRow, PairSide, Ratio},
    report::Report,
};
use statistics::{paired_ratio, trimmed::location};

use super::{
    Beside, CompareError, Request,
    case::{Finding, Judged, whole},
    judgement::{Evidence, Found, OneMetric},
    metric,
    sentence::plural,
    standing::Standing,
};
use crate::policy::CasePolicy;

/// What is to say of the case `id` of a pair.
pub(super) fn finding(id: &str, pair: &Pair, standing: &Standing<'_>, thresholds: &CasePolicy<'_>) -> Finding {
    let row = &pair.cases[id];
    if let Some((verdict, reason)) = absence(row) {
        return whole(id, verdict, reason);
    }
    if let Standing::Incomparable(reason) | Standing::NoBaseline(reason) = standing {
        return whole(id, Verdict::Incomparable, reason.clone());
    }
    let rows: Vec<Judged> = Metric::ALL
        .into_iter()
        .filter_map(|metric| {
            let unit = metric::unit(metric, row.unit);
            let one = OneMetric::new(id, metric, unit, thresholds, Evidence::SideBySide(pair.interleaved));
            judged(metric, row, &one.at_scale(scale(metric, row)))
        })
        .collect();
    let checksums = (&row.baseline.checksum, &row.candidate.checksum);
    Finding {
        rows,
        other_checksum: matches!(checksums, (Some(one), Some(other)) if one != other),
        ..Finding::without_rows(id)
    }
}

/// What 100 % of the case is in the unit of the metric's floors.
fn scale(metric: Metric, row: &PairRow) -> Option<f64> {
    let side = &row.baseline;
    let value = match metric {
        Metric::Memory => side.peak_memory_bytes.map(|bytes| bytes as f64),
        Metric::Instructions => side.instructions.map(|count| count as f64),
        _ => place(metric, side),
    };
    metric::scale(metric, value.filter(|&value| value > 0.0)?, row.work, row.unit)
}

/// Where a side's launches lie.
fn place(metric: Metric, side: &PairSide) -> Option<f64> {
    let values = side.launches.iter().filter_map(|launch| metric::of_launch(metric, launch));
    location(&values.map(f64::ln).collect::<Vec<_>>()).map(|location| location.mean.exp())
}

/// Why a case has no numbers on one of the sides, and what follows from that. Loud wherever a program has the case and did
/// not compute it: that says nothing of its speed, and would otherwise pass for ever.
fn absence(row: &PairRow) -> Option<(Verdict, String)> {
    let reason = row.reason.as_deref().unwrap_or("no reason is given");
    let of_side = |status: Status, side: &str| {
        let what = match status {
            Status::Failed => "failed",
            Status::TimedOut => "timed out",
            Status::Skipped => "was skipped",
            Status::Measured => "was not measured",
        };
        let reason = reason.strip_prefix(side).and_then(|reason| reason.strip_prefix(": ")).unwrap_or(reason);
        format!("{what}: {reason}")
    };
    match (row.baseline.status, row.candidate.status) {
        (Status::Measured, Status::Skipped) => {
            Some((Verdict::Missing, "the baseline has it, the candidate does not".to_owned()))
        }
        (_, status @ (Status::Failed | Status::TimedOut | Status::Skipped)) => {
            Some((Verdict::Missing, format!("it {}", of_side(status, "candidate"))))
        }
        (Status::Skipped, Status::Measured) => Some((Verdict::New, "the baseline does not have it".to_owned())),
        (status @ (Status::Failed | Status::TimedOut), Status::Measured) => Some((
            Verdict::Incomparable,
            format!("in the baseline it {}; pair with a baseline that computes it", of_side(status, "baseline")),
        )),
        (Status::Measured, Status::Measured) => {
            (row.status != Status::Measured).then(|| (Verdict::Missing, format!("it {}", of_side(row.status, ""))))
        }
    }
}

/// The row of one metric; `None` where neither side has it.
fn judged(metric: Metric, row: &PairRow, one: &OneMetric) -> Option<Judged> {
    match metric {
        Metric::Throughput => Some(timed(metric, row, row.throughput_time.as_ref(), "throughput_time", one)),
        Metric::LatencyP50 => Some(timed(metric, row, row.latency_p50_time.as_ref(), "latency_p50_time", one)),
        Metric::Memory => memory(row, one),
        Metric::Accuracy | Metric::Instructions => counted(metric, row, one),
        // A pair tells where the calls of a launch lie, not how far their tails reach.
        Metric::LatencyP95 | Metric::LatencyP99 => None,
    }
}

fn timed(metric: Metric, row: &PairRow, ratio: Option<&Ratio>, field: &str, one: &OneMetric) -> Judged {
    let (baseline, candidate) = (place(metric, &row.baseline), place(metric, &row.candidate));
    let reason = row.unmeasured.get(field).map_or("no reason is given", String::as_str);
    let Some(ratio) = ratio else {
        return one.unknown(
            baseline,
            candidate,
            format!("no launch of the one could be held against one of the other: {reason}"),
        );
    };
    // More time is less throughput.
    let sign = if metric == Metric::Throughput { -1.0 } else { 1.0 };
    let logs: Vec<f64> = ratio.launches.iter().map(|factor| sign * factor.ln()).collect();
    let Some(paired) = paired_ratio(&logs) else {
        return one.unknown(baseline, candidate, "the pair lists no launches of it".to_owned());
    };
    let launched = row.baseline.launches.len().max(row.candidate.launches.len());
    let shortage = (logs.len() < launched).then(|| {
        format!("{} of {} had enough undisturbed samples on both sides", logs.len(), plural(launched, "launch"))
    });
    let found = Found { baseline, candidate, change: paired.estimate };
    match paired.interval {
        Some(interval) => one.ruled(&found, &interval, shortage.as_deref()),
        None => one.unsure(&found, Some(1), one_pair(shortage.as_deref())),
    }
}

fn one_pair(shortage: Option<&str>) -> String {
    let shortage = shortage.unwrap_or("there is one pair of launches");
    format!("{shortage}, which says nothing of its spread; it takes at least 2 pairs")
}

fn memory(row: &PairRow, one: &OneMetric) -> Option<Judged> {
    let bytes = |launch: &Launch| metric::of_launch(Metric::Memory, launch);
    let beside = row.baseline.launches.iter().zip(&row.candidate.launches);
    let logs: Vec<f64> =
        beside.filter_map(|(baseline, candidate)| Some((bytes(candidate)? / bytes(baseline)?).ln())).collect();
    let peak = |side: &PairSide| side.peak_memory_bytes.map(|bytes| bytes as f64);
    let (baseline, candidate) = (peak(&row.baseline)?, peak(&row.candidate));
    let Some(candidate) = candidate else {
        return Some(one.not_measured(Some(baseline), reason_of(row, "peak_memory_bytes")));
    };
    let found = |change| Found { baseline: Some(baseline), candidate: Some(candidate), change };
    Some(match paired_ratio(&logs).map(|paired| (paired.estimate, paired.interval)) {
        Some((estimate, Some(interval))) => one.ruled(&found(estimate), &interval, None),
        _ => one.unsure(&found((candidate / baseline).ln()), Some(1), one_pair(None)),
    })
}

fn counted(metric: Metric, row: &PairRow, one: &OneMetric) -> Option<Judged> {
    let value = |side: &PairSide| match metric {
        Metric::Accuracy => side.accuracy,
        _ => side.instructions.filter(|&count| count > 0).map(|count| count as f64),
    };
    let baseline = value(&row.baseline)?;
    Some(match value(&row.candidate) {
        Some(candidate) => one.counted(baseline, candidate),
        None => one.not_measured(Some(baseline), reason_of(row, metric.name())),
    })
}

fn reason_of<'a>(row: &'a PairRow, field: &str) -> &'a str {
    row.unmeasured.get(field).map_or("no reason is given", String::as_str)
}

/// What stands of a report's findings and what a pair puts in their place.
pub(super) struct Confirmed {
    pub(super) findings: Vec<Finding>,
    /// Whether every finding is the pair's.
    pub(super) is_whole: bool,
    pub(super) notes: Vec<String>,
}

/// Puts the pair's rows in the place of the report's, case by case, wherever it was measured on both sides. What the pair
/// has no number of, as tails, stays as the report has it. `judged` makes the pair's finding of a case.
pub(super) fn confirmed<'t>(
    findings: Vec<Finding>,
    beside: &Beside<'_>,
    why_not: Option<String>,
    thresholds: impl Fn(&str) -> Result<CasePolicy<'t>, CompareError>,
) -> Result<Confirmed, CompareError> {
    if let Some(why_not) = why_not {
        let notes = vec![format!("{} decides nothing here: {why_not}", beside.file)];
        return Ok(Confirmed { findings, is_whole: false, notes });
    }
    let count = findings.len();
    let (mut settled, mut unsettled) = (0, Vec::new());
    let mut all = Vec::with_capacity(count);
    for finding in findings {
        let Some(row) = beside.pair.cases.get(&finding.case) else {
            all.push(finding);
            continue;
        };
        // A case that failed, or is gone, in the report is loud, whatever else was found of it.
        let is_gone = finding.rows.iter().any(|judged| judged.row.verdict == Verdict::Missing);
        if is_gone || !is_settled(row) {
            unsettled.push(finding.case.clone());
            all.push(finding);
            continue;
        }
        settled += 1;
        let standing = Standing::Comparable(Vec::new());
        let of_pair = self::finding(&finding.case, beside.pair, &standing, &thresholds(&finding.case)?);
        all.push(in_place_of(finding, of_pair));
    }
    let mut notes = Vec::new();
    if settled > 0 {
        notes.push(format!("cases judged by both programs side by side, in {}: {settled} of {count}", beside.file));
    }
    if !unsettled.is_empty() {
        notes.push(format!(
            "{} has too little of {}, which the report alone decides: {}",
            beside.file,
            plural(unsettled.len(), "case"),
            super::notes::list(&unsettled)
        ));
    }
    Ok(Confirmed { findings: all, is_whole: settled == count, notes })
}

/// Whether both ratios are known with an interval.
fn is_settled(row: &PairRow) -> bool {
    let has = |ratio: &Option<Ratio>| ratio.as_ref().is_some_and(|ratio| ratio.launches.len() >= 2);
    absence(row).is_none() && has(&row.throughput_time) && has(&row.latency_p50_time)
}

/// The pair's finding, with what the report alone said of a metric where that was something else.
fn in_place_of(report: Finding, pair: Finding) -> Finding {
    let mut rows = pair.rows;
    let mut kept = Vec::new();
    for judged in report.rows {
        match rows.iter_mut().find(|of_pair| of_pair.row.metric == judged.row.metric) {
            Some(of_pair) => {
                if let Some(said) = difference(judged.row.verdict, of_pair.row.verdict) {
                    of_pair.row.reason = format!("{}; {said}", of_pair.row.reason);
                    of_pair.row.report_verdict = Some(judged.row.verdict);
                }
            }
            // What was said of the case as a whole, that nothing could be held against it, no longer holds.
            None if judged.row.metric.is_none() => {}
            None => kept.push(judged),
        }
    }
    rows.extend(kept);
    Finding { rows, other_checksum: report.other_checksum || pair.other_checksum, ..report }
}

/// What the report alone said, where the pair says something else.
fn difference(report: Verdict, pair: Verdict) -> Option<String> {
    let name = report.name();
    match (report, pair) {
        _ if report == pair => None,
        (Verdict::Critical | Verdict::Warning | Verdict::Improved, Verdict::Stable) => {
            Some(format!("suspected {name} by the report, not seen side by side"))
        }
        (Verdict::Critical | Verdict::Warning | Verdict::Improved, _) => {
            Some(format!("suspected {name} by the report"))
        }
        _ => Some(format!("{name} by the report alone")),
    }
}

/// Passes a pair that judges the program that the report is of.
///
/// # Errors
///
/// When it is of another platform or program, or was slowed by other factors.
pub(super) fn check(report: &Report, beside: &Beside<'_>, request: &Request) -> Result<(), CompareError> {
    let (then, now) = (&report.context, &beside.pair.candidate);
    let differ = |what: String| CompareError::OtherCandidate {
        report: request.candidate_file.clone(),
        pair: beside.file.to_owned(),
        what,
    };
    if report.platform != beside.pair.platform {
        return Err(differ(format!("the one is of {}, the other of {}", report.platform, beside.pair.platform)));
    }
    match (&then.program_sha256, &now.program_sha256) {
        (Some(one), Some(other)) if one == other => {}
        (one, other) => {
            let short = |hash: &Option<String>| hash.as_deref().map_or("unknown", first).to_owned();
            return Err(differ(format!("SHA-256 {} and {}", short(one), short(other))));
        }
    }
    if then.injected != now.injected {
        return Err(differ("one of them was slowed on purpose by other factors than the other".to_owned()));
    }
    Ok(())
}

/// Why the pair cannot decide on the report's cases, if it cannot: it compares with another program than made the baseline,
/// or it says nothing of either.
pub(super) fn why_not(report: &Report, pair: &Pair, expected: &[&Session]) -> Option<String> {
    if let Standing::Incomparable(reason) | Standing::NoBaseline(reason) = Standing::of_pair(pair) {
        return Some(reason);
    }
    if report.context.machine.class != pair.candidate.machine.class {
        return Some("it ran on another class of machine than the report".to_owned());
    }
    if expected.is_empty() {
        return Some(
            "there is no baseline session, so nobody knows whether it compares with the right program".to_owned(),
        );
    }
    if expected.iter().any(|session| is_same_program(&session.context, &pair.baseline)) {
        return None;
    }
    let name = |context: &Context| {
        let commit = context
            .git
            .as_ref()
            .map(|git| format!("{}{}", first(&git.commit), if git.dirty { " with uncommitted changes" } else { "" }));
        let hash = context.program_sha256.as_deref().map(|hash| format!("SHA-256 {}", first(hash)));
        commit.into_iter().chain(hash).collect::<Vec<_>>().join(", ")
    };
    let made = expected.last().map_or_else(String::new, |session| name(&session.context));
    Some(format!(
        "it compares with another program ({}) than the one that made the baseline ({made}); pair with that one",
        name(&pair.baseline)
    ))
}

fn is_same_program(one: &Context, other: &Context) -> bool {
    let same_hash = one.program_sha256.is_some() && one.program_sha256 == other.program_sha256;
    let same_commit = matches!((&one.git, &other.git), (Some(one), Some(other))
        if one.commit == other.commit && !one.dirty && !other.dirty);
    same_hash || same_commit
}

/// The first digits of a hash, enough to tell it from others.
fn first(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}
