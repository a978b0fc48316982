//! What is to say of one metric of one case: numbers into a verdict, and the verdict into a sentence.

use schema::{
    case::CaseRow,
    comparison::{AppliedThresholds, Certainty, Metric, Row, Unit, Verdict},
    pair::Interleaved,
};
use statistics::{Interval, LogRatio, PairedInterval};

use super::{
    case::Judged,
    metric::{self, Kind},
    prior::Priors,
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

/// What a verdict rests on.
#[derive(Clone, Copy)]
pub(super) enum Evidence {
    /// The candidate's session, and those of the baseline.
    Sessions {
        /// How many of the baseline have the metric.
        count: usize,
        /// Whether settings and machine are the same on both sides.
        like_with_like: bool,
    },
    /// Both sides beside each other, in one session.
    SideBySide(Interleaved),
}

/// What was found of a change, on the scale of judgement.
pub(super) struct Found {
    /// The baseline's value.
    pub(super) baseline: Option<f64>,
    /// The candidate's value.
    pub(super) candidate: Option<f64>,
    /// From the one to the other.
    pub(super) change: f64,
}

impl From<&LogRatio> for Found {
    fn from(ratio: &LogRatio) -> Self {
        Self { baseline: Some(ratio.baseline), candidate: Some(ratio.candidate), change: ratio.estimate }
    }
}

/// The interval of a change, however it was learnt.
pub(super) trait Precision {
    /// The lower and the upper end.
    fn ends(&self) -> (f64, f64);
    /// The smallest change that could have been told from none, in percent.
    fn smallest_change_percent(&self) -> f64;
    /// How many further launches would make the half-width less than `half_width`.
    fn further(&self, half_width: f64) -> Option<usize>;
}

impl Precision for Interval {
    fn ends(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    fn smallest_change_percent(&self) -> f64 {
        self.smallest_change_percent()
    }

    fn further(&self, half_width: f64) -> Option<usize> {
        self.further_launches(half_width)
    }
}

impl Precision for PairedInterval {
    fn ends(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    fn smallest_change_percent(&self) -> f64 {
        self.smallest_change_percent()
    }

    fn further(&self, half_width: f64) -> Option<usize> {
        self.further(half_width)
    }
}

/// Judges `metric` of the case `id`. `baseline` holds the case's row in each session that has measured it.
pub(super) fn judge(
    id: &str,
    metric: Metric,
    baseline: &[&CaseRow],
    candidate: &CaseRow,
    priors: &Priors<'_>,
    thresholds: AppliedThresholds,
    like_with_like: bool,
) -> Judgement {
    let having: Vec<&CaseRow> = baseline.iter().copied().filter(|row| has(metric, row)).collect();
    if having.is_empty() {
        return Judgement::Nothing;
    }
    let evidence = Evidence::Sessions { count: having.len(), like_with_like };
    let case = OneMetric::new(id, metric, metric::unit(metric, candidate.throughput.unit), thresholds, evidence);
    if !has(metric, candidate) {
        // Whether there are calls enough for a tail is chance at the edge, until enough sessions had them.
        let by_chance = metric::kind(metric) == Kind::Tail && having.len() < statistics::sessions::SESSIONS_LEAST;
        return if by_chance {
            Judgement::Unjudged
        } else {
            Judgement::Row(case.not_measured(expected(&having, metric), &metric::shortage(metric, candidate)))
        };
    }
    match metric::kind(metric) {
        Kind::Timed => Judgement::Row(case.timed(&having, candidate, priors)),
        Kind::Tail => case.tail(&having, candidate),
        Kind::Counted => {
            let value = |row: &CaseRow| metric::value(metric, row);
            // The last session is what the code did when the baseline was last agreed upon.
            let expected = having.iter().rev().find_map(|row| value(row)).expect("the baseline has it");
            Judgement::Row(case.counted(expected, value(candidate).expect("the candidate has it")))
        }
    }
}

/// What the baseline's sessions have of a metric, in the middle.
fn expected(baseline: &[&CaseRow], metric: Metric) -> Option<f64> {
    let values: Vec<f64> = baseline.iter().filter_map(|row| metric::value(metric, row)).collect();
    statistics::median(&values)
}

fn has(metric: Metric, row: &CaseRow) -> bool {
    match metric::kind(metric) {
        Kind::Timed => !metric::launches(metric, row).is_empty(),
        Kind::Tail | Kind::Counted => metric::value(metric, row).is_some(),
    }
}

/// One metric of one case, about to be judged.
pub(super) struct OneMetric {
    metric: Metric,
    bars: Bars,
    evidence: Evidence,
    /// A row with all that is known beforehand.
    blank: Row,
}

impl OneMetric {
    pub(super) fn new(id: &str, metric: Metric, unit: Unit, thresholds: AppliedThresholds, evidence: Evidence) -> Self {
        let interleaved = match evidence {
            Evidence::Sessions { .. } => None,
            Evidence::SideBySide(interleaved) => Some(interleaved),
        };
        Self {
            metric,
            bars: metric::bars(metric, &thresholds),
            evidence,
            blank: Row {
                case: id.to_owned(),
                metric: Some(metric),
                unit: Some(unit),
                baseline: None,
                candidate: None,
                change_percent: None,
                interval_percent: None,
                smallest_change_percent: None,
                further_launches: None,
                thresholds: Some(thresholds),
                verdict: Verdict::Inconclusive,
                certainty: None,
                interleaved,
                report_verdict: None,
                reason: String::new(),
            },
        }
    }

    /// The row of a metric that the baseline has and the candidate does not, for want of what `shortage` says.
    pub(super) fn not_measured(&self, baseline: Option<f64>, shortage: &str) -> Judged {
        self.unknown(baseline, None, format!("the baseline has it, the candidate does not: {shortage}"))
    }

    /// The row of a metric whose change is not known.
    pub(super) fn unknown(&self, baseline: Option<f64>, candidate: Option<f64>, reason: String) -> Judged {
        Judged::new(Row { baseline, candidate, reason, ..self.blank.clone() }, 0.0)
    }

    fn timed(&self, baseline: &[&CaseRow], candidate: &CaseRow, priors: &Priors<'_>) -> Judged {
        let sessions: Vec<Vec<f64>> = baseline.iter().map(|row| metric::launches(self.metric, row)).collect();
        let launches = metric::launches(self.metric, candidate);
        let count = launches.len();
        let prior = priors.of_case(&self.blank.case, self.metric, baseline, &sessions);
        let ratio = statistics::moderated_ratio(&sessions, &[launches], &prior).expect("both sides have a launch");
        if let Some(interval) = ratio.interval {
            let shortage = (count < candidate.launches.len()).then(|| metric::shortage(self.metric, candidate));
            return self.ruled(&Found::from(&ratio), &interval, shortage.as_deref());
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
        self.unsure(&Found::from(&ratio), further_launches, reason)
    }

    fn tail(&self, baseline: &[&CaseRow], candidate: &CaseRow) -> Judgement {
        let value = |row: &CaseRow| metric::value(self.metric, row);
        let sessions: Vec<f64> = baseline.iter().filter_map(|row| value(row)).collect();
        let values: Vec<f64> = value(candidate).into_iter().collect();
        let ratio = statistics::session_ratio(&sessions, &values).expect("both sides have a value");
        if let Some(interval) = ratio.interval {
            return Judgement::Row(self.ruled(&Found::from(&ratio), &interval, None));
        }
        if self.worse(ratio.estimate) < self.bars.warning {
            return Judgement::Unjudged;
        }
        let reason = format!(
            "a session gives one such value, and {} in the baseline cannot tell chance from change; it takes {}",
            plural(sessions.len(), "session"),
            statistics::sessions::SESSIONS_LEAST
        );
        Judgement::Row(self.unsure(&Found::from(&ratio), None, reason))
    }

    /// The row of numbers that are counted and not timed.
    pub(super) fn counted(&self, expected: f64, found: f64) -> Judged {
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

    /// The row of a change whose interval is known. `shortage` is what became of launches that gave no number.
    pub(super) fn ruled(&self, found: &Found, interval: &impl Precision, shortage: Option<&str>) -> Judged {
        let (low, high) = interval.ends();
        let (one, other) = (self.worse(low), self.worse(high));
        let change = Change { estimate: self.worse(found.change), low: one.min(other), high: one.max(other) };
        let verdict = verdict(change, self.bars);
        let further = (verdict == Verdict::Inconclusive)
            .then(|| interval.further(settling_half_width(change, self.bars)))
            .flatten();
        let reason = self.reason(verdict, change, further, shortage);
        let percent = |log: f64| metric::percent(self.metric, log);
        Judged::new(
            Row {
                interval_percent: Some([percent(low), percent(high)]),
                smallest_change_percent: Some(interval.smallest_change_percent()),
                further_launches: further.and_then(|count| u32::try_from(count).ok()),
                verdict,
                certainty: self.certainty(verdict),
                ..self.unsure(found, None, self.with_doubt(verdict, reason)).row
            },
            change.estimate / self.bars.warning,
        )
    }

    /// The row of a change whose interval is not known.
    pub(super) fn unsure(&self, found: &Found, further_launches: Option<u32>, reason: String) -> Judged {
        Judged::new(
            Row {
                baseline: found.baseline,
                candidate: found.candidate,
                change_percent: Some(metric::percent(self.metric, found.change)),
                further_launches,
                reason,
                ..self.blank.clone()
            },
            self.worse(found.change) / self.bars.warning,
        )
    }

    /// A change on the scale of judgement, for the worse.
    fn worse(&self, change: f64) -> f64 {
        metric::sign_of_worse(self.metric) * change
    }

    fn certainty(&self, verdict: Verdict) -> Option<Certainty> {
        let is_confirmed = match self.evidence {
            Evidence::Sessions { count, like_with_like } => count >= SESSIONS_TO_CONFIRM && like_with_like,
            Evidence::SideBySide(_) => true,
        };
        matches!(verdict, Verdict::Critical | Verdict::Warning | Verdict::Improved).then_some(if is_confirmed {
            Certainty::Confirmed
        } else {
            Certainty::Suspected
        })
    }

    /// The sentence with what it rests on: why a change is only suspected, or that it was seen side by side.
    fn with_doubt(&self, verdict: Verdict, reason: String) -> String {
        match self.evidence {
            Evidence::SideBySide(_) => format!("side by side: {reason}"),
            Evidence::Sessions { .. } if self.certainty(verdict) != Some(Certainty::Suspected) => reason,
            Evidence::Sessions { count, .. } if count < SESSIONS_TO_CONFIRM => {
                format!("{reason}; suspected, since the baseline has one session")
            }
            Evidence::Sessions { .. } => format!("{reason}; suspected, since the machine or its settings differ"),
        }
    }

    fn reason(&self, verdict: Verdict, change: Change, further: Option<usize>, shortage: Option<&str>) -> String {
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
            Verdict::Stable if self.is_side_by_side() && (low > 0.0 || high < 0.0) => {
                let bound = if low > 0.0 { "below the warning threshold" } else { "too little to count as improved" };
                let (direction, by) = (self.direction(estimate), self.number(estimate));
                format!("surely {direction}, by {by}, and {bound}; {}", self.thresholds())
            }
            Verdict::Stable if high <= 0.0 => format!("at least {}", self.amount(high)),
            Verdict::Stable => format!("at most {}; {}", self.amount(high), self.thresholds()),
            _ => {
                let launches = shortage.map_or_else(String::new, |shortage| format!("; {shortage}"));
                let side_by_side = self.is_side_by_side();
                let remedy = match further {
                    Some(count) if side_by_side => format!("{} of launches more would tell", plural(count, "pair")),
                    Some(count) => format!("{} more would tell", plural(count, "launch")),
                    None if side_by_side => "a hundred pairs of launches more would not tell".to_owned(),
                    None => "launches alone would not tell; further baseline sessions would".to_owned(),
                };
                let (low, high) = (self.amount(low), self.amount(high));
                format!("between {low} and {high}; {}; {remedy}{launches}", self.thresholds())
            }
        }
    }

    fn is_side_by_side(&self) -> bool {
        matches!(self.evidence, Evidence::SideBySide(_))
    }

    /// `slower`; `worse` is on the scale of judgement.
    fn direction(&self, worse: f64) -> String {
        match (metric::is_speed(self.metric), worse > 0.0) {
            (true, true) => "slower".to_owned(),
            (true, false) => "faster".to_owned(),
            (false, true) => format!("more {}", metric::noun(self.metric)),
            (false, false) => format!("less {}", metric::noun(self.metric)),
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
