//! What became of a case as a whole, and of each of its metrics.

use std::collections::BTreeMap;

use schema::{
    baselines::Session,
    case::{CaseRow, Status},
    comparison::{Metric, Row, Verdict},
    report::Report,
};

use super::{
    judgement::{Judgement, judge},
    known::Mark,
    metric,
    prior::Priors,
    standing::Standing,
};
use crate::{policy::CasePolicy, verdict::Bars};

/// A case's row on both sides.
pub(super) struct Sides<'a> {
    /// In each session that has it, oldest first, measured or not.
    pub(super) baseline: Vec<&'a CaseRow>,
    /// In the candidate.
    pub(super) candidate: Option<&'a CaseRow>,
    /// How the baseline's cases spread.
    pub(super) priors: &'a Priors<'a>,
}

/// What was found of a case.
pub(super) struct Finding {
    pub(super) case: String,
    pub(super) rows: Vec<Judged>,
    /// Metrics of which nothing can be said yet.
    pub(super) unjudged: usize,
    /// Whether the checksum is another than in the last session.
    pub(super) other_checksum: bool,
}

impl Finding {
    /// Of the case `id`, nothing yet.
    pub(super) fn without_rows(id: &str) -> Self {
        Self { case: id.to_owned(), rows: Vec::new(), unjudged: 0, other_checksum: false }
    }
}

/// What is to say of the case `id` as a whole.
pub(super) fn whole(id: &str, verdict: Verdict, reason: String) -> Finding {
    Finding { rows: vec![Judged::new(Row::without_figures(id, verdict, reason), 0.0)], ..Finding::without_rows(id) }
}

/// A row, and what else is known of it.
pub(super) struct Judged {
    pub(super) row: Row,
    /// The change for the worse in units of the warning threshold: what should be looked at first among equals.
    pub(super) weight: f64,
    /// The estimate for the worse and the thresholds, on the scale of judgement; `None` where there is no estimate.
    pub(super) worse: Option<(f64, Bars)>,
    /// The accepted change that it was held against.
    pub(super) accepted: Option<Mark>,
    /// What would be said of it if it could be told.
    pub(super) withheld: Option<Withheld>,
}

/// A verdict that cannot be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Withheld {
    /// The verdict that it would be, or may be at worst.
    pub(super) verdict: Verdict,
    pub(super) why: WhyWithheld,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum WhyWithheld {
    /// The machine moved.
    Machine,
    /// An accepted change does not tell how far it goes.
    Accepted,
}

impl Judged {
    pub(super) fn new(row: Row, weight: f64) -> Self {
        Self { row, weight, worse: None, accepted: None, withheld: None }
    }

    /// The same, of a change for the worse by `estimate`, on the scale of judgement.
    pub(super) fn of_change(row: Row, estimate: f64, bars: Bars) -> Self {
        Self { worse: Some((estimate, bars)), ..Self::new(row, estimate / bars.warning) }
    }
}

/// The profiles by their size: each has the cases of those before it.
const PROFILES: [&str; 4] = ["smoke", "quick", "nightly", "all"];

/// Whether the candidate lacks a case because it was asked for a smaller profile than every session that has it. Such a case is
/// not missing; one of a profile that nobody knows is.
pub(super) fn is_unasked(id: &str, candidate: &Report, sessions: &[&Session]) -> bool {
    let size = |profile: &str| PROFILES.iter().position(|known| *known == profile);
    let (None, Some(asked)) = (candidate.cases.get(id), size(&candidate.profile)) else {
        return false;
    };
    let mut with_it = sessions.iter().filter(|session| session.cases.contains_key(id));
    with_it.all(|session| size(&session.profile).is_some_and(|size| size > asked))
}

/// What is to say of the case `id`.
pub(super) fn finding(
    id: &str,
    sides: &Sides<'_>,
    standing: &Standing<'_>,
    thresholds: &CasePolicy<'_>,
    like_with_like: bool,
) -> Finding {
    let whole = |verdict, reason: String| whole(id, verdict, reason);
    let measured: Vec<&CaseRow> = sides.baseline.iter().copied().filter(|row| row.status == Status::Measured).collect();
    let candidate = match sides.candidate {
        Some(row) if row.status == Status::Measured => row,
        absent => return whole(Verdict::Missing, absence(absent, !measured.is_empty())),
    };
    match standing {
        Standing::Incomparable(reason) => return whole(Verdict::Incomparable, reason.clone()),
        Standing::NoBaseline(reason) => return whole(Verdict::New, reason.clone()),
        Standing::Comparable(_) => {}
    }
    if measured.is_empty() {
        return whole(Verdict::New, "the baseline does not have it".to_owned());
    }
    let same_work: Vec<&CaseRow> = measured.iter().copied().filter(|row| is_same_work(row, candidate)).collect();
    let Some(last) = same_work.last() else {
        return whole(Verdict::Incomparable, other_work(measured[measured.len() - 1], candidate));
    };
    let mut found = Finding {
        other_checksum: matches!((&last.checksum, &candidate.checksum), (Some(one), Some(other)) if one != other),
        ..Finding::without_rows(id)
    };
    for metric in Metric::ALL {
        match judge(id, metric, &same_work, candidate, sides.priors, thresholds, like_with_like) {
            Judgement::Row(judged) => found.rows.push(*judged),
            Judgement::Unjudged => found.unjudged += 1,
            Judgement::Nothing => {}
        }
    }
    if found.rows.is_empty() {
        let reason = "no number of it was measured on both sides".to_owned();
        found.rows.push(Judged::new(Row::without_figures(id, Verdict::Inconclusive, reason), 0.0));
    }
    found
}

/// Why the candidate has no numbers of a case. Always loud, whatever the baseline has: a case that fails says nothing of
/// its speed, and a case that vanishes would otherwise pass for ever.
fn absence(row: Option<&CaseRow>, is_in_baseline: bool) -> String {
    let Some(row) = row else {
        return "the baseline has it, the candidate does not".to_owned();
    };
    let what = match row.status {
        Status::Failed => "failed",
        Status::TimedOut => "timed out",
        Status::Skipped => "was skipped",
        Status::Measured => "was measured",
    };
    let reason = row.reason.as_deref().unwrap_or("no reason is given");
    let beside = if is_in_baseline { "" } else { " (the baseline has no number of it either)" };
    format!("it {what}: {reason}{beside}")
}

/// Whether a call does the same in both. What an importer does not know is taken to be the same; but a throughput of no
/// stated unit is not held against one that states it.
pub(crate) fn is_same_work(baseline: &CaseRow, candidate: &CaseRow) -> bool {
    let differ = matches!((baseline.work, candidate.work), (Some(one), Some(other)) if one != other);
    let counts_nothing = |row: &CaseRow| row.throughput.unit.is_none() && row.throughput.value.is_none();
    let counts_alike = baseline.throughput.unit == candidate.throughput.unit;
    !differ && (counts_alike || counts_nothing(baseline) || counts_nothing(candidate))
}

fn other_work(baseline: &CaseRow, candidate: &CaseRow) -> String {
    let describe = |row: &CaseRow| {
        let unit = metric::unit(Metric::Throughput, row.throughput.unit).symbol();
        row.work.map_or_else(
            || format!("unknown work, counted in {unit}"),
            |work| {
                let (flops, bytes, elements) = (work.flops, work.bytes, work.elements);
                format!("{flops} flop, {bytes} B and {elements} elements, counted in {unit}")
            },
        )
    };
    format!(
        "a call does other work than in the baseline ({} then, {} now); give it another name, or the baseline a new session",
        describe(baseline),
        describe(candidate)
    )
}

/// All rows: the worst verdict first, in it the largest change, in it by name.
pub(super) fn worst_first(findings: Vec<Finding>) -> Vec<Row> {
    let mut judged: Vec<Judged> = findings.into_iter().flat_map(|finding| finding.rows).collect();
    judged.sort_by(|one, other| {
        let by_verdict = one.row.verdict.cmp(&other.row.verdict);
        let by_size = match one.row.verdict {
            // The largest improvement is the least of these numbers.
            Verdict::Improved => one.weight.total_cmp(&other.weight),
            // Of stable rows none is worse than another.
            Verdict::Stable => std::cmp::Ordering::Equal,
            _ => other.weight.total_cmp(&one.weight),
        };
        let name = |row: &Row| (row.case.clone(), row.metric, row.rule);
        let by_name = || name(&one.row).cmp(&name(&other.row));
        by_verdict.then(by_size).then_with(by_name)
    });
    judged.into_iter().map(|judged| judged.row).collect()
}

/// How many cases have each verdict as their worst.
pub(super) fn count(rows: &[Row]) -> BTreeMap<Verdict, u32> {
    let mut worst: BTreeMap<&str, Verdict> = BTreeMap::new();
    for row in rows {
        let verdict = worst.entry(&row.case).or_insert(row.verdict);
        *verdict = row.verdict.min(*verdict);
    }
    let mut counts = BTreeMap::new();
    for verdict in worst.into_values() {
        *counts.entry(verdict).or_insert(0) += 1;
    }
    counts
}
