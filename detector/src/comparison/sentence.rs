//! What is to say of one metric of one case, in a sentence: the verdict, the figures that it rests on, the thresholds.

use schema::comparison::{AppliedThresholds, Certainty, Metric, Verdict};

use super::{
    judgement::{Evidence, OneMetric, SESSIONS_TO_CONFIRM, is_regression},
    metric,
};
use crate::{policy::floor_unit, severity::severity, verdict::Change};

impl OneMetric {
    /// The sentence with what it rests on: why a change is only suspected, or that it was seen side by side.
    pub(super) fn with_doubt(&self, verdict: Verdict, reason: String) -> String {
        match self.evidence {
            Evidence::SideBySide(_) => format!("side by side: {reason}"),
            Evidence::Sessions { .. } if self.certainty(verdict) != Some(Certainty::Suspected) => reason,
            Evidence::Sessions { count, .. } if count < SESSIONS_TO_CONFIRM => {
                format!("{reason}; suspected, since the baseline has one session")
            }
            Evidence::Sessions { .. } => format!("{reason}; suspected, since the settings of the machine differ"),
        }
    }

    /// Why a change has its verdict. `further` is how many launches more would settle an inconclusive one, `shortage` what
    /// became of launches that gave no number.
    pub(super) fn reason(
        &self,
        verdict: Verdict,
        change: Change,
        further: Option<usize>,
        shortage: Option<&str>,
    ) -> String {
        let Change { estimate, low, high } = change;
        match verdict {
            Verdict::Warning if estimate >= self.bars.critical => format!(
                "{}, but perhaps only {}, which is below the warning threshold; {}",
                self.amount_of(verdict, estimate),
                self.number(low),
                self.thresholds()
            ),
            Verdict::Critical | Verdict::Warning => {
                let amount = self.amount_of(verdict, estimate);
                format!("{amount}, and at least {}; {}", self.number(low), self.thresholds())
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
    pub(super) fn amount(&self, worse: f64) -> String {
        let is_more = self.worse(worse) >= 0.0;
        let direction = match (self.metric, is_more) {
            (Metric::Instructions, false) => "fewer",
            (_, false) => "less",
            (_, true) => "more",
        };
        format!("{} {direction} {}", self.number(worse), metric::noun(self.metric))
    }

    /// The same, with the word for its size where it is of a regression: `40.0 % more time (moderate)`.
    pub(super) fn amount_of(&self, verdict: Verdict, worse: f64) -> String {
        let percent = metric::percent(self.metric, self.worse(worse));
        let word = severity(percent).filter(|_| is_regression(verdict));
        format!("{}{}", self.amount(worse), word.map_or_else(String::new, |word| format!(" ({})", word.name())))
    }

    /// `9.5 %`.
    pub(super) fn number(&self, worse: f64) -> String {
        let percent = metric::percent(self.metric, self.worse(worse)).abs();
        let unit = if self.metric == Metric::Accuracy { "points" } else { "%" };
        // Counts differ by little, and what differs must not read as 0.0.
        let is_plain = percent == 0.0 || (0.05..1e5).contains(&percent);
        if is_plain { format!("{percent:.1} {unit}") } else { format!("{percent:.2e} {unit}") }
    }

    pub(super) fn thresholds(&self) -> String {
        let thresholds = self.blank.thresholds.as_ref().expect("a row of a metric has thresholds");
        let without = metric::bars(
            self.metric,
            &AppliedThresholds { critical_floor: None, warning_floor: None, ..thresholds.clone() },
            None,
        );
        // Where an amount decides and not the percentage, that is what people must see.
        let limit = |percent: f64, floor: Option<f64>, without: f64, bar: f64| match floor {
            Some(floor) if bar > without => format!("{floor} {} ({} here)", floor_unit(self.metric), self.number(bar)),
            _ if self.metric == Metric::Accuracy => format!("{percent} points"),
            _ => format!("{percent} %"),
        };
        let warning = limit(thresholds.warning_percent, thresholds.warning_floor, without.warning, self.bars.warning);
        let critical_floor = thresholds.critical_floor.into_iter().chain(thresholds.warning_floor).reduce(f64::max);
        let critical = limit(thresholds.critical_percent, critical_floor, without.critical, self.bars.critical);
        format!("warned from {warning}, critical from {critical}")
    }
}

/// `1 launch`, `3 launches`.
pub(crate) fn plural(count: usize, noun: &str) -> String {
    let ending = match noun {
        _ if count == 1 => "",
        "launch" => "es",
        _ => "s",
    };
    format!("{count} {noun}{ending}")
}
