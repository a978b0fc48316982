//! A wide change: many cases moved one way, and the controls did not. It is the code's, or that of what builds it: a
//! compiler, a flag, a dispatch. The cases keep their verdicts, which must not depend on each other; this stands above them.

use schema::{
    baselines::Session,
    comparison::{Metric, Row, Verdict, WideChange},
    pair::Pair,
    report::Report,
};

use super::{
    case::Finding,
    machine::{CONTROL_CHANGE, Controls},
    metric, notes,
    sentence::plural,
};

/// The share of the cases that makes a change wide. Among twenty series of one machine, 30 % that moved at once told 80 of 80
/// shifts of all from steps of one, and kept 4 of 4 of those.
pub(crate) const SHARE: f64 = 0.3;

/// The fewest cases that make a change wide: of two or three, each is better looked at by itself.
pub(crate) const CASES_LEAST: usize = 5;

/// What is known beside the cases.
pub(super) struct Surroundings {
    /// In what the two sides differ beside their commit.
    differences: Vec<String>,
    /// Whether only what was measured side by side counts, since the machine changed.
    only_side_by_side: bool,
    /// Why the machine is out of the question, or that it is not.
    machine: &'static str,
}

impl Surroundings {
    /// Of a session beside those of its baseline.
    pub(super) fn of_sessions(candidate: &Report, sessions: &[&Session], controls: &Controls) -> Self {
        let only_side_by_side = controls.change.is_some();
        Self {
            differences: sessions.last().map_or_else(Vec::new, |last| {
                let dispatch = notes::other_variants(candidate, last);
                notes::differences(&last.context, &candidate.context).into_iter().chain(dispatch).collect()
            }),
            only_side_by_side,
            machine: match controls.compared {
                _ if only_side_by_side => "that was seen side by side",
                0 => "there are no controls that would tell whether the machine did",
                _ => "the controls did not move",
            },
        }
    }

    /// Of two programs side by side.
    pub(super) fn of_pair(pair: &Pair) -> Self {
        Self {
            differences: notes::differences(&pair.baseline, &pair.candidate),
            only_side_by_side: false,
            machine: "that was seen side by side",
        }
    }
}

/// The wide change in `findings`, where there is one.
pub(super) fn of(findings: &[Finding], surroundings: Surroundings) -> Option<WideChange> {
    let moves: Vec<f64> =
        findings.iter().filter_map(|finding| moved(finding, surroundings.only_side_by_side)).collect();
    let [slower, faster] =
        [1.0, -1.0].map(|sign| moves.iter().copied().filter(|change| change * sign > 0.0).collect::<Vec<f64>>());
    let together = if slower.len() >= faster.len() { slower } else { faster };
    if together.len() < CASES_LEAST || (together.len() as f64) < SHARE * moves.len() as f64 {
        return None;
    }
    let middle = statistics::median(&together)?;
    let change_percent = statistics::percent_of_log(middle);
    let (count, judged) = (together.len(), moves.len());
    let direction = if middle > 0.0 { "more" } else { "less" };
    let beside = if surroundings.differences.is_empty() {
        "nothing but the code is known to differ".to_owned()
    } else {
        surroundings.differences.join("; ")
    };
    Some(WideChange {
        cases: u32::try_from(count).unwrap_or(u32::MAX),
        judged: u32::try_from(judged).unwrap_or(u32::MAX),
        change_percent,
        reason: format!(
            "wide code change: {count} of {} surely take {direction} time, {:.1} % in the middle, and {}; {beside}",
            plural(judged, "case"),
            change_percent.abs(),
            surroundings.machine
        ),
        differences: surroundings.differences,
    })
}

/// By how much the time of a case surely moved, on the scale of logarithms: 0 where that is not sure, or not one way. `None`
/// where its speed was not judged.
fn moved(finding: &Finding, only_side_by_side: bool) -> Option<f64> {
    let rows = finding.rows.iter().map(|judged| &judged.row);
    let changes: Vec<f64> = rows
        .filter(|row| row.rule.is_none() && (!only_side_by_side || row.interleaved.is_some()))
        .filter_map(sure_change)
        .collect();
    let is_one_way = changes.iter().all(|change| *change >= 0.0) || changes.iter().all(|change| *change <= 0.0);
    let largest = changes.into_iter().max_by(|one, other| one.abs().total_cmp(&other.abs()))?;
    Some(if is_one_way { largest } else { 0.0 })
}

/// The change of time that a row surely shows, or 0: by no less than the controls are held to, since of what moved by less
/// nobody can say that the machine did not. `None` of a row that does not tell how fast the code is, or how surely.
fn sure_change(row: &Row) -> Option<f64> {
    let metric = row.metric.filter(|metric| matches!(metric, Metric::Throughput | Metric::LatencyP50))?;
    let [low, high] = row.interval_percent?;
    let change = metric::sign_of_worse(metric) * metric::log_of_percent(metric, row.change_percent?);
    let is_sure = (low > 0.0 || high < 0.0) && change.abs() >= CONTROL_CHANGE;
    let is_accepted = row.known.is_some() && row.verdict == Verdict::Stable;
    Some(if is_sure && !is_accepted { change } else { 0.0 })
}
