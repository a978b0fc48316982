//! By which factor two sides differ, where each launch of one ran beside one of the other.
//!
//! The model, on the scale of logarithms: `log (candidate / baseline) = change + launch`. Two launches side by side share
//! their hour, their host and most of its disturbances, so that nothing of a session is left in their ratio, and many
//! pairs of launches tell a change as small as one likes.
//!
//! - The ratios lie where their [trimmed mean](crate::trimmed) is: one slipped launch in five does nothing.
//! - Its variance is corrected where numbers were trimmed, see `TRIMMED_CORRECTION`, and moderated by [`PAIR_SD`], see
//!   `moderated`.
//! - The interval is Student's t with the degrees of freedom of the two together.
//!
//! How often a 95 % interval misses the truth, in percent of 10,000 seeded trials, by the standard deviation of a ratio.
//! *Most* is the most over 0.1, 0.2, 0.3, 0.5, 0.7, 1 and 3 %; *heavy* tails are those of t with three degrees of freedom;
//! *slipped* has one launch in ten, of either side, slowed by 5 to 60 %:
//!
//! | pairs | 0.1 % | 0.3 % | 1 % | 3 % | most | heavy, most | slipped, most |
//! |---|---|---|---|---|---|---|---|
//! | 2 | 0.0 | 0.4 | 3.9 | 4.5 | 4.5 | 4.1 | 3.6 |
//! | 3 | 0.0 | 3.4 | 5.0 | 4.7 | 5.7 | 4.3 | 3.3 |
//! | 4 | 0.1 | 4.8 | 5.2 | 5.2 | 5.4 | 3.8 | 2.4 |
//! | 5 | 0.0 | 3.7 | 5.2 | 4.9 | 5.7 | 4.5 | 3.9 |
//! | 6 | 0.2 | 4.1 | 4.3 | 4.3 | 4.5 | 3.7 | 3.3 |
//! | 8 | 0.6 | 4.1 | 4.0 | 4.0 | 4.1 | 3.6 | 2.4 |
//! | 10 | 0.7 | 4.5 | 4.3 | 4.3 | 4.5 | 4.1 | 3.2 |
//!
//! Of the calmest launches the interval is wider than it had to be: five of them see 0.5 % in 98 of 100 trials all the same.

use crate::{
    student::standard_errors,
    trimmed::{TRIMMED_ONE_OF, location},
};

/// What ratios of launches side by side differ by before any was seen: a standard deviation on the scale of logarithms, so
/// 0.2 %. Code bound by throughput repeats to 0.1 to 0.3 % side by side; code bound by memory to 1 %, which its own
/// launches must show.
pub const PAIR_SD: f64 = 0.002;

/// How much [`PAIR_SD`] is believed: as if it had been seen in two pairs of launches. Were it twice that, three pairs
/// of a true spread of 0.5 % would miss the truth in 6.5 % of trials and not in 5.7.
pub const PAIR_SD_DEGREES_OF_FREEDOM: f64 = 1.0;

/// The least standard deviation of the ratio of two launches, on the scale of logarithms, so 0.05 %: half of what the
/// calmest launches side by side repeat to. Clocks have steps, and five equal ratios are not known to be exactly equal.
pub const PAIR_SD_LEAST: f64 = 0.0005;

/// Of `h` numbers left after trimming, the variance of the trimmed mean is taken to be `1 + TRIMMED_CORRECTION / h` of
/// Yuen's, whose t is an approximation and a little short for few numbers: five misses 6.4 % of normal trials without this
/// and 5.1 % with it, ten 5.8 and 4.6 %.
const TRIMMED_CORRECTION: f64 = 1.0;

/// The fewest degrees of freedom beside which [`PAIR_SD`] counts. Two launches that lie near each other by chance would be
/// believed too easily: at a true spread of 1 % their interval would miss in 7.9 % of trials.
const MODERATED_FROM: f64 = 2.0;

/// By which factor two sides differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paired {
    /// The logarithm of candidate over baseline.
    pub estimate: f64,
    /// How sure that is; `None` of one pair of launches, which says nothing of its spread.
    pub interval: Option<PairedInterval>,
}

/// How sure an estimate is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedInterval {
    /// The lower end of the 95 % interval of the logarithm.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// The standard error of the logarithm.
    pub standard_error: f64,
    /// The degrees of freedom of the standard error.
    pub degrees_of_freedom: f64,
    spread: Spread,
}

/// How the ratios of so many pairs of launches spread.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Spread {
    pairs: usize,
    /// The variance of one ratio in effect, not yet corrected.
    variance: f64,
}

/// The logarithm of candidate over baseline with its interval, from the logarithms of the ratios of launches that ran side
/// by side, all finite. `None` of none.
///
/// The order of the launches does not matter; exchanged sides give the same with its sign turned.
#[must_use]
pub fn paired_ratio(logs: &[f64]) -> Option<Paired> {
    let location = location(logs)?;
    let spread = location.variance.map(|variance| Spread { pairs: location.count, variance });
    Some(Paired { estimate: location.mean, interval: spread.map(|spread| spread.interval(location.mean)) })
}

/// The most further pairs of launches that are ever proposed: beyond, a night is too short.
const FURTHER_PAIRS_MOST: usize = 100;

impl PairedInterval {
    /// Half of the interval's width, on the scale of logarithms.
    #[must_use]
    pub fn half_width(&self) -> f64 {
        standard_errors(self.degrees_of_freedom) * self.standard_error
    }

    /// The smallest change that could have been told from none, in percent.
    #[must_use]
    pub fn smallest_change_percent(&self) -> f64 {
        crate::percent_of_log(self.half_width())
    }

    /// How many further pairs of launches would make the half-width less than `half_width`, if they spread as those so far.
    /// `None` where no number up to 100 would.
    #[must_use]
    pub fn further(&self, half_width: f64) -> Option<usize> {
        let with_further = |further: usize| Spread { pairs: self.spread.pairs + further, ..self.spread };
        (1..=FURTHER_PAIRS_MOST).find(|&further| with_further(further).interval(0.0).half_width() < half_width)
    }
}

impl Spread {
    fn interval(self, estimate: f64) -> PairedInterval {
        let trimmed = self.pairs / TRIMMED_ONE_OF;
        let kept = (self.pairs - 2 * trimmed) as f64;
        let correction = if trimmed > 0 { 1.0 + TRIMMED_CORRECTION / kept } else { 1.0 };
        let (variance, degrees_of_freedom) = moderated(self.variance * correction, kept - 1.0);
        let standard_error = (variance / self.pairs as f64).sqrt();
        let half_width = standard_errors(degrees_of_freedom) * standard_error;
        PairedInterval {
            low: estimate - half_width,
            high: estimate + half_width,
            standard_error,
            degrees_of_freedom,
            spread: self,
        }
    }
}

/// The variance of one ratio and its degrees of freedom: what was seen, moderated by what was expected.
///
/// `S = (d₀ s₀² + d s²) / (d₀ + d)` with `d₀ + d` degrees of freedom: Smyth, "Linear models and empirical Bayes methods",
/// 2004, with `s₀` = [`PAIR_SD`]. Where the ratios differ by more than was expected, the expectation steps back: `d₀` shrinks
/// by `(s₀² / s²)⁴`, so that launches which scatter are believed. By the fourth power and not the square as between
/// sessions, since here a true spread of five times the expected one is common, and must not be made narrower.
fn moderated(seen: f64, degrees_of_freedom: f64) -> (f64, f64) {
    let expected = PAIR_SD.powi(2);
    let believed = if degrees_of_freedom < MODERATED_FROM { 0.0 } else { PAIR_SD_DEGREES_OF_FREEDOM };
    let weight = believed * (expected / seen.max(expected)).powi(4);
    let variance = (weight * expected + degrees_of_freedom * seen) / (weight + degrees_of_freedom);
    (variance.max(PAIR_SD_LEAST.powi(2)), weight + degrees_of_freedom)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALM: [f64; 5] = [0.0, 0.001, -0.001, 0.002, -0.002];

    fn moved(by: f64) -> Vec<f64> {
        CALM.iter().map(|log| log + by).collect()
    }

    fn interval(logs: &[f64]) -> PairedInterval {
        paired_ratio(logs).expect("launches").interval.expect("two pairs")
    }

    #[test]
    fn the_estimate_is_where_the_ratios_lie() {
        let paired = paired_ratio(&moved(0.05)).expect("launches");
        assert!((paired.estimate - 0.05).abs() < 1e-12);
    }

    #[test]
    fn no_pair_of_launches_has_no_ratio() {
        assert_eq!(paired_ratio(&[]), None);
    }

    #[test]
    fn one_pair_of_launches_has_an_estimate_and_no_interval() {
        assert_eq!(paired_ratio(&[0.05]), Some(Paired { estimate: 0.05, interval: None }));
    }

    #[test]
    fn two_pairs_have_the_interval_of_a_plain_t() {
        // s = 0.01, over sqrt 2; t with one degree of freedom is 12.706.
        let interval = interval(&[0.0, 0.01 * 2f64.sqrt()]);
        assert!((interval.half_width() - 12.706 * 0.01 / 2f64.sqrt()).abs() < 1e-5, "{interval:?}");
        assert!((interval.degrees_of_freedom - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_change_of_1_percent_is_seen_in_five_calm_pairs() {
        assert!(interval(&moved(0.01)).low > 0.0);
    }

    #[test]
    fn a_slipped_launch_among_five_does_nothing() {
        assert_eq!(interval(&[0.0, 0.001, -0.001, 0.002, 0.5]), interval(&[0.0, 0.001, -0.001, 0.002, 0.002]));
    }

    #[test]
    fn ratios_that_are_equal_to_the_last_bit_are_not_known_to_be_equal() {
        let half_width = interval(&[0.01; 2]).half_width();
        assert!((half_width - 12.706 * PAIR_SD_LEAST / 2f64.sqrt()).abs() < 1e-6, "{half_width}");
        assert!(interval(&[0.01; 40]).standard_error >= PAIR_SD_LEAST / 40f64.sqrt());
    }

    #[test]
    fn five_equal_ratios_are_as_sure_as_the_expected_spread_makes_them() {
        // s₀² alone, believed as one of three degrees of freedom.
        let interval = interval(&[0.0; 5]);
        assert!((interval.standard_error - PAIR_SD / 3f64.sqrt() / 5f64.sqrt()).abs() < 1e-12, "{interval:?}");
        assert!((interval.degrees_of_freedom - 3.0).abs() < 1e-12);
    }

    #[test]
    fn the_expectation_steps_back_from_launches_that_scatter() {
        let scattered: Vec<f64> = CALM.iter().map(|log| log * 10.0).collect();
        // Winsorised: ±0.01 twice and 0; h = 3; 5 * 4e-4 / (3 * 2), corrected by 4 / 3, over 5.
        let interval = interval(&scattered);
        assert!((interval.standard_error - (4e-4 / 6.0 * 4.0 / 3.0f64).sqrt()).abs() < 1e-6, "{interval:?}");
        assert!((interval.degrees_of_freedom - 2.0).abs() < 1e-3);
    }

    #[test]
    fn the_more_the_ratios_scatter_the_wider_it_is() {
        let widths: Vec<f64> = (0..200u32)
            .map(|step| {
                let (variance, degrees_of_freedom) = moderated(f64::from(step) * 1e-7, 3.0);
                standard_errors(degrees_of_freedom) * variance.sqrt()
            })
            .collect();
        assert!(widths.is_sorted(), "{widths:?}");
    }

    #[test]
    fn further_pairs_settle_what_launches_made_unsure() {
        let unsure = interval(&[0.0, 0.02, -0.02, 0.01]);
        let half_width = unsure.half_width();
        let further = unsure.further(half_width / 2.0).expect("a number");
        assert!((1..20).contains(&further), "{further}");
    }

    #[test]
    fn no_hundred_pairs_settle_what_is_too_unsure() {
        assert_eq!(interval(&[0.0, 0.2, -0.2, 0.1]).further(0.001), None);
    }
}
