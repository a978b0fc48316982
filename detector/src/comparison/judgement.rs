//! What is to say of one metric of one case: numbers into a verdict, and the verdict into a sentence.

use schema::{
    case::CaseRow,
    comparison::{AppliedThresholds, Certainty, Metric, Row, Verdict},
};
use statistics::{Interval, LogRatio};

use super::{
    case::Judged,
    metric::{self, Kind},
};
use crate::verdict::{Bars, Change, settling_half_width, verdict};

/// What became of one metric.
pub(super) enum Judgement {
    /// A row.
    Row(Judged),
    /// Both sides have it, and from so few sessions nothing can be said; nothing seems wrong either.
    Unjudged,
    /// The baseline does not have it.
    Nothing,
}

/// Sessions of the baseline from which on a change is confirmed: from two on, their spread is learnt and not assumed.
const SESSIONS_TO_CONFIRM: usize = 2;

/// Judges `metric` of the case `id`. `baseline` holds the case's row in each session that has measured it.
pub(super) fn judge(
    id: &str,
    metric: Metric,
    baseline: &[&CaseRow],
    candidate: &CaseRow,
    thresholds: AppliedThresholds,
    like_with_like: bool,
) -> Judgement {
    let having: Vec<&CaseRow> = baseline.iter().copied().filter(|row| has(metric, row)).collect();
    if having.is_empty() {
        return Judgement::Nothing;
    }
    let case = OneMetric {
        metric,
        bars: metric::bars(metric, &thresholds),
        sessions: having.len(),
        like_with_like,
        blank: Row {
            case: id.to_owned(),
            metric: Some(metric),
            unit: Some(metric::unit(metric, candidate)),
            baseline: None,
            candidate: None,
            change_percent: None,
            interval_percent: None,
            smallest_change_percent: None,
            further_launches: None,
            thresholds: Some(thresholds),
            verdict: Verdict::Inconclusive,
            certainty: None,
            reason: String::new(),
        },
    };
    if !has(metric, candidate) {
        // Whether there are calls enough for a tail is chance at the edge, until enough sessions had them.
        let by_chance = metric::kind(metric) == Kind::Tail && having.len() < statistics::sessions::SESSIONS_LEAST;
        return if by_chance { Judgement::Unjudged } else { Judgement::Row(case.not_measured(&having, candidate)) };
    }
    match metric::kind(metric) {
        Kind::Timed => Judgement::Row(case.timed(&having, candidate)),
        Kind::Tail => case.tail(&having, candidate),
        Kind::Counted => Judgement::Row(case.counted(&having, candidate)),
    }
}

fn has(metric: Metric, row: &CaseRow) -> bool {
    match metric::kind(metric) {
        Kind::Timed => !metric::launches(metric, row).is_empty(),
        Kind::Tail | Kind::Counted => metric::value(metric, row).is_some(),
    }
}

/// One metric of one case, about to be judged.
struct OneMetric {
    metric: Metric,
    bars: Bars,
    /// Sessions of the baseline that have it.
    sessions: usize,
    like_with_like: bool,
    /// A row with all that is known beforehand.
    blank: Row,
}

impl OneMetric {
    fn not_measured(&self, baseline: &[&CaseRow], candidate: &CaseRow) -> Judged {
        let values: Vec<f64> = baseline.iter().filter_map(|row| metric::value(self.metric, row)).collect();
        let shortage = metric::shortage(self.metric, candidate);
        Judged::new(
            Row {
                baseline: statistics::median(&values),
                reason: format!("the baseline has it, the candidate does not: {shortage}"),
                ..self.blank.clone()
            },
            0.0,
        )
    }

    fn timed(&self, baseline: &[&CaseRow], candidate: &CaseRow) -> Judged {
        let sessions: Vec<Vec<f64>> = baseline.iter().map(|row| metric::launches(self.metric, row)).collect();
        let launches = metric::launches(self.metric, candidate);
        let count = launches.len();
        let ratio = statistics::log_ratio(&sessions, &[launches]).expect("both sides have a launch");
        if let Some(interval) = ratio.interval {
            return self.ruled(&ratio, interval, candidate);
        }
        let (further_launches, reason) = if count < 2 {
            let shortage = if candidate.launches.len() > count {
                metric::shortage(self.metric, candidate)
            } else {
                "the candidate has one launch".to_owned()
            };
            (Some(1), format!("{shortage}, which says nothing of its spread; it takes at least 2"))
        } else {
            (None, "no session of the baseline has 2 launches of it, so nothing is known of its spread".to_owned())
        };
        self.unsure(&ratio, further_launches, reason)
    }

    fn tail(&self, baseline: &[&CaseRow], candidate: &CaseRow) -> Judgement {
        let value = |row: &CaseRow| metric::value(self.metric, row);
        let sessions: Vec<f64> = baseline.iter().filter_map(|row| value(row)).collect();
        let values: Vec<f64> = value(candidate).into_iter().collect();
        let ratio = statistics::session_ratio(&sessions, &values).expect("both sides have a value");
        if let Some(interval) = ratio.interval {
            return Judgement::Row(self.ruled(&ratio, interval, candidate));
        }
        if self.worse(ratio.estimate) < self.bars.warning {
            return Judgement::Unjudged;
        }
        let reason = format!(
            "a session gives one such value, and {} in the baseline cannot tell chance from change; it takes {}",
            plural(self.sessions, "session"),
            statistics::sessions::SESSIONS_LEAST
        );
        Judgement::Row(self.unsure(&ratio, None, reason))
    }

    fn counted(&self, baseline: &[&CaseRow], candidate: &CaseRow) -> Judged {
        let value = |row: &CaseRow| metric::value(self.metric, row);
        // The last session is what the code did when the baseline was last agreed upon.
        let expected = baseline.iter().rev().find_map(|row| value(row)).expect("the baseline has it");
        let found = value(candidate).expect("the candidate has it");
        let change = metric::judged_scale(self.metric, found) - metric::judged_scale(self.metric, expected);
        let worse = self.worse(change);
        let verdict = verdict(Change { estimate: worse, low: worse, high: worse }, self.bars);
        let reason = if worse == 0.0 {
            "counted, and the same".to_owned()
        } else {
            format!("counted: {}; {}", self.amount(worse), self.thresholds())
        };
        Judged::new(
            Row {
                baseline: Some(expected),
                candidate: Some(found),
                change_percent: Some(metric::percent(self.metric, change)),
                verdict,
                certainty: self.certainty(verdict),
                reason: self.with_doubt(verdict, reason),
                ..self.blank.clone()
            },
            worse / self.bars.warning,
        )
    }

    /// The row of a change whose interval is known.
    fn ruled(&self, ratio: &LogRatio, interval: Interval, candidate: &CaseRow) -> Judged {
        let (one, other) = (self.worse(interval.low), self.worse(interval.high));
        let change = Change { estimate: self.worse(ratio.estimate), low: one.min(other), high: one.max(other) };
        let verdict = verdict(change, self.bars);
        let further = (verdict == Verdict::Inconclusive)
            .then(|| interval.further_launches(settling_half_width(change, self.bars)))
            .flatten();
        let reason = self.reason(verdict, change, further, candidate);
        let percent = |log: f64| metric::percent(self.metric, log);
        Judged::new(
            Row {
                interval_percent: Some([percent(interval.low), percent(interval.high)]),
                smallest_change_percent: Some(interval.smallest_change_percent()),
                further_launches: further.and_then(|count| u32::try_from(count).ok()),
                verdict,
                certainty: self.certainty(verdict),
                ..self.unsure(ratio, None, self.with_doubt(verdict, reason)).row
            },
            change.estimate / self.bars.warning,
        )
    }

    /// The row of a change whose interval is not known.
    fn unsure(&self, ratio: &LogRatio, further_launches: Option<u32>, reason: String) -> Judged {
        Judged::new(
            Row {
                baseline: Some(ratio.baseline),
                candidate: Some(ratio.candidate),
                change_percent: Some(metric::percent(self.metric, ratio.estimate)),
                further_launches,
                reason,
                ..self.blank.clone()
            },
            self.worse(ratio.estimate) / self.bars.warning,
        )
    }

    /// A change on the scale of judgement, for the worse.
    fn worse(&self, change: f64) -> f64 {
        metric::sign_of_worse(self.metric) * change
    }

    fn certainty(&self, verdict: Verdict) -> Option<Certainty> {
        let is_confirmed = self.sessions >= SESSIONS_TO_CONFIRM && self.like_with_like;
        matches!(verdict, Verdict::Critical | Verdict::Warning | Verdict::Improved).then_some(if is_confirmed {
            Certainty::Confirmed
        } else {
            Certainty::Suspected
        })
    }

    /// The sentence with why a change is only suspected.
    fn with_doubt(&self, verdict: Verdict, reason: String) -> String {
        if self.certainty(verdict) != Some(Certainty::Suspected) {
            reason
        } else if self.sessions < SESSIONS_TO_CONFIRM {
            format!("{reason}; suspected, since the baseline has one session")
        } else {
            format!("{reason}; suspected, since the machine or its settings differ")
        }
    }

    fn reason(&self, verdict: Verdict, change: Change, further: Option<usize>, candidate: &CaseRow) -> String {
        let Change { estimate, low, high } = change;
        match verdict {
            Verdict::Warning if estimate >= self.bars.critical => format!(
                "{}, but perhaps only {}, which is below the warning threshold; {}",
                self.amount(estimate),
                self.number(low),
                self.thresholds()
            ),
            Verdict::Critical | Verdict::Warning => {
                format!("{}, and at least {}; {}", self.amount(estimate), self.number(low), self.thresholds())
            }
            Verdict::Improved => format!("{}, and at least {}", self.amount(estimate), self.number(high)),
            Verdict::Stable if high <= 0.0 => format!("at least {}", self.amount(high)),
            Verdict::Stable => format!("at most {}; {}", self.amount(high), self.thresholds()),
            _ => {
                let usable = metric::launches(self.metric, candidate).len();
                let launches = if usable < candidate.launches.len() && metric::kind(self.metric) == Kind::Timed {
                    format!("; {}", metric::shortage(self.metric, candidate))
                } else {
                    String::new()
                };
                let remedy = match further {
                    Some(count) => format!("{} more would tell", plural(count, "launch")),
                    None => "launches alone would not tell; further baseline sessions would".to_owned(),
                };
                let (low, high) = (self.amount(low), self.amount(high));
                format!("between {low} and {high}; {}; {remedy}{launches}", self.thresholds())
            }
        }
    }

    /// `9.5 % more time`, in the metric's own percent; `worse` is on the scale of judgement.
    fn amount(&self, worse: f64) -> String {
        let is_more = self.worse(worse) >= 0.0;
        let direction = match (self.metric, is_more) {
            (Metric::Instructions, false) => "fewer",
            (_, false) => "less",
            (_, true) => "more",
        };
        format!("{} {direction} {}", self.number(worse), metric::noun(self.metric))
    }

    /// `9.5 %`.
    fn number(&self, worse: f64) -> String {
        let percent = metric::percent(self.metric, self.worse(worse)).abs();
        let unit = if self.metric == Metric::Accuracy { "points" } else { "%" };
        // Counts differ by little, and what differs must not read as 0.0.
        if percent < 0.05 && percent > 0.0 { format!("{percent:.2e} {unit}") } else { format!("{percent:.1} {unit}") }
    }

    fn thresholds(&self) -> String {
        let thresholds = self.blank.thresholds.as_ref().expect("a row of a metric has thresholds");
        let unit = if self.metric == Metric::Accuracy { "points" } else { "%" };
        format!(
            "warned from {} {unit}, critical from {} {unit}",
            thresholds.warning_percent, thresholds.critical_percent
        )
    }
}

/// `1 launch`, `3 launches`.
pub(super) fn plural(count: usize, noun: &str) -> String {
    let ending = match noun {
        _ if count == 1 => "",
        "launch" => "es",
        _ => "s",
    };
    format!("{count} {noun}{ending}")
}
