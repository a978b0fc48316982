//! What is to say of one metric of one case: numbers into a verdict.

use schema::{
    case::CaseRow,
    comparison::{Certainty, Metric, Row, Unit, Verdict},
    pair::Interleaved,
};
use statistics::{Interval, LogRatio, PairedInterval};

use super::{
    case::{Judged, WhyWithheld, Withheld},
    known::{self, KnownRuling, Mark, Ruling},
    metric::{self, Kind},
    prior::Priors,
    sentence::plural,
};
use crate::{
    policy::{CasePolicy, Expected},
    severity::severity,
    verdict::{Bars, Change, settling_half_width, verdict},
};

/// What became of one metric.
pub(super) enum Judgement {
    /// A row.
    Row(Box<Judged>),
    /// Both sides have it, and from so few sessions nothing can be said; nothing seems wrong either.
    Unjudged,
    /// The baseline does not have it.
    Nothing,
}

impl From<Judged> for Judgement {
    fn from(judged: Judged) -> Self {
        Self::Row(Box::new(judged))
    }
}

/// Sessions of the baseline from which on a change is confirmed: from two on, their spread is learnt and not assumed.
pub(super) const SESSIONS_TO_CONFIRM: usize = 2;

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
    policy: &CasePolicy<'_>,
    like_with_like: bool,
) -> Judgement {
    let having: Vec<&CaseRow> = baseline.iter().copied().filter(|row| has(metric, row)).collect();
    if having.is_empty() {
        return Judgement::Nothing;
    }
    let evidence = Evidence::Sessions { count: having.len(), like_with_like };
    let unit = metric::unit(metric, candidate.throughput.unit);
    let case = OneMetric::new(id, metric, unit, policy, evidence).at_scale(scale(&having, metric));
    if !has(metric, candidate) {
        // Whether there are calls enough for a tail is chance at the edge, until enough sessions had them.
        let by_chance = metric::kind(metric) == Kind::Tail && having.len() < statistics::sessions::SESSIONS_LEAST;
        return if by_chance {
            Judgement::Unjudged
        } else {
            case.not_measured(expected(&having, metric), &metric::shortage(metric, candidate)).into()
        };
    }
    match metric::kind(metric) {
        Kind::Timed => case.timed(&having, candidate, priors).into(),
        Kind::Tail => case.tail(&having, candidate),
        Kind::Counted => {
            let value = |row: &CaseRow| metric::value(metric, row);
            // The last session is what the code did when the baseline was last agreed upon.
            let expected = having.iter().rev().find_map(|row| value(row)).expect("the baseline has it");
            case.counted(expected, value(candidate).expect("the candidate has it")).into()
        }
    }
}

/// What the baseline's sessions have of a metric, in the middle.
fn expected(baseline: &[&CaseRow], metric: Metric) -> Option<f64> {
    let values: Vec<f64> = baseline.iter().filter_map(|row| metric::value(metric, row)).collect();
    statistics::median(&values)
}

/// What 100 % of the case is in the unit of the metric's floors.
fn scale(baseline: &[&CaseRow], metric: Metric) -> Option<f64> {
    let last = baseline.last()?;
    let launches = || statistics::median(&metric::launches(metric, last));
    metric::scale(metric, expected(baseline, metric).or_else(launches)?, last.work, last.throughput.unit)
}

fn has(metric: Metric, row: &CaseRow) -> bool {
    match metric::kind(metric) {
        Kind::Timed => !metric::launches(metric, row).is_empty(),
        Kind::Tail | Kind::Counted => metric::value(metric, row).is_some(),
    }
}

/// One metric of one case, about to be judged.
pub(super) struct OneMetric {
    pub(super) metric: Metric,
    pub(super) bars: Bars,
    pub(super) evidence: Evidence,
    /// What is known of it, and expected in place of no change.
    expected: Option<Expected>,
    /// A row with all that is known beforehand.
    pub(super) blank: Row,
}

impl OneMetric {
    pub(super) fn new(id: &str, metric: Metric, unit: Unit, policy: &CasePolicy<'_>, evidence: Evidence) -> Self {
        let interleaved = match evidence {
            Evidence::Sessions { .. } => None,
            Evidence::SideBySide(interleaved) => Some(interleaved),
        };
        let thresholds = policy.thresholds(metric);
        Self {
            metric,
            bars: metric::bars(metric, &thresholds, None),
            evidence,
            expected: policy.expected(Some(metric), None),
            blank: Row {
                metric: Some(metric),
                unit: Some(unit),
                thresholds: Some(thresholds),
                interleaved,
                ..Row::without_figures(id, Verdict::Inconclusive, String::new())
            },
        }
    }

    /// The same, of a case of which 100 % are so much in the unit of the metric's floors.
    pub(super) fn at_scale(self, scale: Option<f64>) -> Self {
        let thresholds = self.blank.thresholds.as_ref().expect("a row of a metric has thresholds");
        Self { bars: metric::bars(self.metric, thresholds, scale), ..self }
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
            return self.ruled(&Found::from(&ratio), &interval, None).into();
        }
        if self.worse(ratio.estimate) < self.bars.warning {
            return Judgement::Unjudged;
        }
        let reason = format!(
            "a session gives one such value, and {} in the baseline cannot tell chance from change; it takes {}",
            plural(sessions.len(), "session"),
            statistics::sessions::SESSIONS_LEAST
        );
        self.unsure(&Found::from(&ratio), None, reason).into()
    }

    /// The row of numbers that are counted and not timed.
    pub(super) fn counted(&self, expected: f64, found: f64) -> Judged {
        let change = metric::judged_scale(self.metric, found) - metric::judged_scale(self.metric, expected);
        let worse = self.worse(change);
        let change = Change { estimate: worse, low: worse, high: worse };
        let ruling = self.ruling(change);
        let reason = match &ruling.known {
            Some(known) if known.known.change_percent.is_some() || known.is_untold() => {
                format!("counted: {}", self.known_reason(&ruling, known, change))
            }
            _ if worse == 0.0 => "counted, and the same".to_owned(),
            _ => format!("counted: {}; {}", self.amount_of(ruling.verdict, worse), self.thresholds()),
        };
        let found = Found { baseline: Some(expected), candidate: Some(found), change: self.worse(worse) };
        self.with_ruling(&found, ruling, change, reason, None)
    }

    /// The row of a change whose interval is known. `shortage` is what became of launches that gave no number.
    pub(super) fn ruled(&self, found: &Found, interval: &impl Precision, shortage: Option<&str>) -> Judged {
        let (low, high) = interval.ends();
        let (one, other) = (self.worse(low), self.worse(high));
        let change = Change { estimate: self.worse(found.change), low: one.min(other), high: one.max(other) };
        let ruling = self.ruling(change);
        let beyond = ruling.known.as_ref().and_then(|known| known.beyond).unwrap_or(change);
        let further = (ruling.verdict == Verdict::Inconclusive)
            .then(|| interval.further(settling_half_width(beyond, self.bars)))
            .flatten();
        let reason = match &ruling.known {
            Some(known) if known.beyond.is_some() || known.is_untold() => self.known_reason(&ruling, known, change),
            _ => self.reason(ruling.verdict, change, further, shortage),
        };
        let mut judged = self.with_ruling(found, ruling, change, reason, further);
        let percent = |log: f64| metric::percent(self.metric, log);
        judged.row.interval_percent = Some([percent(low), percent(high)]);
        judged.row.smallest_change_percent = Some(interval.smallest_change_percent());
        judged
    }

    fn ruling(&self, change: Change) -> Ruling {
        known::rule(self.metric, change, self.bars, self.expected.as_ref())
    }

    /// The row of a change with what was ruled of it.
    fn with_ruling(
        &self,
        found: &Found,
        ruling: Ruling,
        change: Change,
        reason: String,
        further: Option<usize>,
    ) -> Judged {
        let verdict = ruling.verdict;
        let change_percent = metric::percent(self.metric, found.change);
        let is_untold = ruling.known.as_ref().is_some_and(KnownRuling::is_untold);
        let beyond = ruling.known.as_ref().and_then(|known| known.beyond).unwrap_or(change);
        let unsure = self.unsure(found, None, self.with_doubt(verdict, reason)).row;
        let row = Row {
            further_launches: further.filter(|_| !is_untold).and_then(|count| u32::try_from(count).ok()),
            verdict,
            certainty: self.certainty(verdict),
            severity: if is_regression(verdict) { severity(change_percent) } else { None },
            known: ruling.known.as_ref().filter(|known| known.applies()).map(|known| known.known.clone()),
            ..unsure
        };
        Judged {
            accepted: ruling.known.map(|known| Mark {
                index: known.index,
                standing: known.standing,
                found_percent: change_percent,
            }),
            withheld: is_untold
                .then(|| Withheld { verdict: self::verdict(change, self.bars), why: WhyWithheld::Accepted }),
            ..Judged::of_change(row, beyond.estimate, self.bars)
        }
    }

    /// The row of a change whose interval is not known.
    pub(super) fn unsure(&self, found: &Found, further_launches: Option<u32>, reason: String) -> Judged {
        let row = Row {
            baseline: found.baseline,
            candidate: found.candidate,
            change_percent: Some(metric::percent(self.metric, found.change)),
            further_launches,
            reason,
            ..self.blank.clone()
        };
        Judged::of_change(row, self.worse(found.change), self.bars)
    }

    /// A change on the scale of judgement, for the worse.
    pub(super) fn worse(&self, change: f64) -> f64 {
        metric::sign_of_worse(self.metric) * change
    }

    pub(super) fn certainty(&self, verdict: Verdict) -> Option<Certainty> {
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
}

/// Whether a verdict says that something got worse.
pub(super) const fn is_regression(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Critical | Verdict::Warning)
}
