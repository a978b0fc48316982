//! The verdict on one change: does it matter, and is it sure.
//!
//! All numbers are logarithms of a factor for the worse: above 0 is slower, or more memory, or more instructions. So 10 %
//! more time and 9.1 % less throughput are the same number, and a regression and an improvement are judged alike.

use schema::comparison::Verdict;

/// A change for the worse, with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// The estimate.
    pub estimate: f64,
    /// The least that it may be.
    pub low: f64,
    /// The most that it may be.
    pub high: f64,
}

/// The two thresholds; `warning` is above 0 and at most `critical`, which may be infinite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bars {
    /// From here on someone should look.
    pub warning: f64,
    /// From here on someone must act.
    pub critical: f64,
}

/// What is to say of a change.
///
/// | verdict | estimate | interval |
/// |---|---|---|
/// | critical | at or past the critical threshold | wholly at or past the warning threshold |
/// | warning | at or past the warning threshold | wholly for the worse |
/// | improved | at or past the warning threshold, the other way | wholly for the better |
/// | stable | | wholly below the warning threshold |
/// | inconclusive | otherwise | |
///
/// An interval that only straddles the warning threshold *for the better* is stable: it cannot be a regression, and nobody
/// has to act on an improvement that is not sure.
#[must_use]
pub fn verdict(change: Change, bars: Bars) -> Verdict {
    let Change { estimate, low, high } = change;
    if estimate >= bars.critical && low >= bars.warning {
        Verdict::Critical
    } else if estimate >= bars.warning && low > 0.0 {
        Verdict::Warning
    } else if estimate <= -bars.warning && high < 0.0 {
        Verdict::Improved
    } else if high < bars.warning {
        Verdict::Stable
    } else {
        Verdict::Inconclusive
    }
}

/// The half-width that an inconclusive change's interval must stay below to be no longer so, if its estimate stays.
#[must_use]
pub fn settling_half_width(change: Change, bars: Bars) -> f64 {
    if change.estimate < bars.warning {
        // To be stable: up to the warning threshold.
        bars.warning - change.estimate
    } else {
        // To be a warning: down to no change.
        change.estimate
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BARS: Bars = Bars { warning: 8.0, critical: 15.0 };

    #[track_caller]
    fn check(low: f64, estimate: f64, high: f64, expected: Verdict) {
        assert_eq!(verdict(Change { estimate, low, high }, BARS), expected);
    }

    #[test]
    fn past_critical_and_surely_past_warning_is_critical() {
        check(9.0, 16.0, 23.0, Verdict::Critical);
    }

    #[test]
    fn exactly_at_the_thresholds_is_critical() {
        check(8.0, 15.0, 22.0, Verdict::Critical);
    }

    #[test]
    fn past_critical_but_perhaps_below_warning_is_a_warning() {
        check(7.0, 16.0, 25.0, Verdict::Warning);
    }

    #[test]
    fn past_warning_and_surely_worse_is_a_warning() {
        check(0.5, 9.0, 17.5, Verdict::Warning);
    }

    #[test]
    fn past_critical_but_perhaps_no_change_is_inconclusive() {
        check(-1.0, 20.0, 41.0, Verdict::Inconclusive);
    }

    #[test]
    fn below_warning_but_perhaps_past_it_is_inconclusive() {
        check(1.0, 5.0, 9.0, Verdict::Inconclusive);
    }

    #[test]
    fn no_change_in_a_wide_interval_is_inconclusive() {
        check(-20.0, 0.0, 20.0, Verdict::Inconclusive);
    }

    #[test]
    fn no_change_in_a_narrow_interval_is_stable() {
        check(-0.5, 0.25, 1.0, Verdict::Stable);
    }

    #[test]
    fn surely_slower_but_surely_below_warning_is_stable() {
        check(2.0, 3.0, 4.0, Verdict::Stable);
    }

    #[test]
    fn faster_past_the_warning_threshold_is_improved() {
        check(-17.0, -9.0, -1.0, Verdict::Improved);
    }

    #[test]
    fn perhaps_faster_is_stable() {
        check(-20.0, -9.0, 2.0, Verdict::Stable);
    }

    #[test]
    fn an_infinite_threshold_is_never_passed() {
        let bars = Bars { warning: 8.0, critical: f64::INFINITY };
        assert_eq!(verdict(Change { estimate: 1e9, low: 1e9, high: 1e9 }, bars), Verdict::Warning);
    }

    proptest! {
        #[test]
        fn a_wider_interval_never_makes_a_verdict_surer(
            estimate in -30.0..30.0f64, half in 0.0..30.0f64, further in 0.0..30.0f64
        ) {
            let about = |half: f64| Change { estimate, low: estimate - half, high: estimate + half };
            let (narrow, wide) = (verdict(about(half), BARS), verdict(about(half + further), BARS));
            let sureness = |verdict| match verdict {
                Verdict::Critical => 2,
                Verdict::Warning | Verdict::Improved => 1,
                _ => 0,
            };
            prop_assert!(sureness(wide) <= sureness(narrow));
            prop_assert!(narrow != Verdict::Inconclusive || wide == Verdict::Inconclusive);
        }

        #[test]
        fn what_is_worse_one_way_is_better_the_other(estimate in 0.0..30.0f64, half in 0.0..30.0f64) {
            let worse = Change { estimate, low: estimate - half, high: estimate + half };
            let better = Change { estimate: -estimate, low: -worse.high, high: -worse.low };
            let regressed = matches!(verdict(worse, BARS), Verdict::Critical | Verdict::Warning);
            prop_assert_eq!(regressed, verdict(better, BARS) == Verdict::Improved);
        }

        #[test]
        fn once_the_interval_is_narrow_enough_it_is_settled(estimate in 0.0..30.0f64, half in 0.1..30.0f64) {
            let about = |half: f64| Change { estimate, low: estimate - half, high: estimate + half };
            let change = about(half);
            if verdict(change, BARS) == Verdict::Inconclusive {
                let enough = settling_half_width(change, BARS);
                prop_assert!(enough <= half);
                prop_assert!(verdict(about(enough * 0.999), BARS) != Verdict::Inconclusive);
            }
        }
    }
}
