//! What a night says of a row that has an issue, and which rows may open one.

use std::collections::BTreeMap;

use schema::{
    comparison::{Certainty, Comparison, Metric, Row, Verdict},
    report::CASE_ID_BYTES,
};

use super::Key;

/// What a night says of a row.
#[derive(Clone, Copy, Debug)]
pub(super) enum Tonight<'r> {
    /// It is critical, and both programs side by side show it.
    Confirmed(&'r Row),
    /// It is still past the warning threshold.
    Lasting(&'r Row),
    /// It is back.
    Fine(&'r Row),
    /// It is as it was accepted.
    Accepted(&'r Row),
    /// It cannot be told: inconclusive, incomparable, missing or not measured.
    Unknown(Option<&'r Row>),
}

impl<'r> Tonight<'r> {
    pub(super) fn of(row: Option<&'r Row>) -> Self {
        let Some(row) = row else {
            return Self::Unknown(None);
        };
        match row.verdict {
            Verdict::Critical if is_confirmed(row) => Self::Confirmed(row),
            Verdict::Critical | Verdict::Warning => Self::Lasting(row),
            Verdict::Stable | Verdict::Improved if row.known.is_some() => Self::Accepted(row),
            Verdict::Stable | Verdict::Improved => Self::Fine(row),
            Verdict::Missing | Verdict::Incomparable | Verdict::Inconclusive | Verdict::New => Self::Unknown(Some(row)),
        }
    }

    /// The row, where there is one.
    pub(super) const fn row(self) -> Option<&'r Row> {
        match self {
            Self::Confirmed(row) | Self::Lasting(row) | Self::Fine(row) | Self::Accepted(row) => Some(row),
            Self::Unknown(row) => row,
        }
    }
}

/// The rows of a night by case and metric. Rules are no measurements of a pair, and have no issues.
pub(super) fn by_key(comparison: &Comparison) -> BTreeMap<Key, &Row> {
    let rows = comparison.rows.iter().filter(|row| row.rule.is_none());
    rows.filter_map(|row| Some(((row.case.clone(), row.metric?), row))).collect()
}

/// Whether both programs side by side show it.
fn is_confirmed(row: &Row) -> bool {
    row.certainty == Some(Certainty::Confirmed) && row.interleaved.is_some()
}

/// Whether a row may open an issue: critical, confirmed, and of a pair. What an earlier alarm alone keeps critical may
/// not; it has its issue, or was never confirmed.
#[must_use]
pub fn is_opening(row: &Row) -> bool {
    let is_critical = row.verdict == Verdict::Critical && row.rule.is_none() && row.metric.is_some();
    let is_named = !row.case.is_empty() && row.case.len() <= CASE_ID_BYTES;
    is_critical && is_named && is_confirmed(row) && !is_kept_by_its_alarm(row)
}

/// Whether the change itself is below the critical threshold.
fn is_kept_by_its_alarm(row: &Row) -> bool {
    let (Some(change), Some(thresholds), None) = (row.change_percent, &row.thresholds, &row.known) else {
        return false;
    };
    let is_less_worse = matches!(row.metric, Some(Metric::Throughput | Metric::Accuracy));
    let worse = if is_less_worse { -change } else { change };
    worse < thresholds.critical_percent - 1e-9
}
