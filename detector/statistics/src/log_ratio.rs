//! By which factor two sides differ, and how sure that is: launches in sessions, sessions on a side.
//!
//! The model, on the scale of logarithms: `log x = side + session + launch`. A session has an effect of its own (another
//! hour, another host of the same class, another layout of the program), which all its launches share, so that more
//! launches of two sessions tell ever better how these two differ and never whether the code does. Kalibera & Jones,
//! "Rigorous benchmarking in reasonable time", 2013.
//!
//! With `k` sessions on a side, of `n` launches each, `u` the variance of a launch, `S` that of a session:
//!
//! `variance of the estimate = S (1/k_b + 1/k_c) + u_b mean(1/n_b) / k_b + u_c mean(1/n_c) / k_c`
//!
//! - The launches of a session lie where their [trimmed mean](crate::trimmed) is: one slipped launch in five does
//!   nothing. `u` is learnt on each side alone: a disturbed night must not borrow the calm of the nights before.
//! - `S` is learnt from how the sessions of a side differ beyond what `u` explains, and moderated by [`SESSION_SD`]: see
//!   `session_variance`.
//! - The degrees of freedom of the sum are those of Satterthwaite 1946.

use crate::{
    student::standard_errors,
    trimmed::{Location, location, mean},
};

/// What sessions differ by before any two were seen: a standard deviation on the scale of logarithms, so 1 %. On a
/// shared host, medians of undisturbed samples repeated to 0.3 % within minutes, and to 0.9 % between series hours apart.
pub const SESSION_SD: f64 = 0.01;

/// How much [`SESSION_SD`] is believed: as if it had been seen in five sessions. With it alone, two sessions can see a
/// change of 3.9 %, half of the usual warning threshold; after five real ones the data weigh as much.
pub const SESSION_SD_DEGREES_OF_FREEDOM: f64 = 4.0;

/// The least standard deviation of a launch, on the scale of logarithms, so 0.1 %. Clocks have steps, and five launches
/// of 706, 706, 706, 706 and 705 ns are not known to be exactly equal.
pub const LAUNCH_SD_LEAST: f64 = 0.001;

/// By which factor two sides differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogRatio {
    /// Where the baseline lies, in its unit.
    pub baseline: f64,
    /// Where the candidate lies, in its unit.
    pub candidate: f64,
    /// The logarithm of candidate over baseline.
    pub estimate: f64,
    /// How sure that is; `None` where a side has one launch alone, which says nothing of its spread.
    pub interval: Option<Interval>,
}

/// How sure an estimate is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end of the 95 % interval of the logarithm.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// The standard error of the logarithm.
    pub standard_error: f64,
    /// The degrees of freedom of the standard error.
    pub degrees_of_freedom: f64,
    parts: Parts,
}

/// What an interval's variance is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Parts {
    sessions: Part,
    baseline: Part,
    candidate: Part,
    /// Launches of the candidate, in all its sessions.
    candidate_launches: usize,
}

/// A part of a variance, with what is known of it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Part {
    variance: f64,
    degrees_of_freedom: f64,
}

/// The logarithm of candidate over baseline with its interval. Each side is a list of sessions, each a list of launches;
/// all numbers are above 0 and finite. Sessions without a launch do not count. `None` where a side has no launch.
///
/// The order of launches and of sessions does not matter, nor does the unit; exchanged sides give the same with its sign
/// turned.
#[must_use]
pub fn log_ratio(baseline: &[Vec<f64>], candidate: &[Vec<f64>]) -> Option<LogRatio> {
    let (baseline, candidate) = (Side::of(baseline)?, Side::of(candidate)?);
    let estimate = candidate.mean - baseline.mean;
    Some(LogRatio {
        baseline: baseline.mean.exp(),
        candidate: candidate.mean.exp(),
        estimate,
        interval: Parts::of(&baseline, &candidate).map(|parts| parts.interval(estimate)),
    })
}

/// The smallest change that two such sessions could tell from none, in percent: the half-width of the 95 % interval of
/// their ratio. `None` of fewer than two launches, which say nothing of their spread.
#[must_use]
pub fn smallest_change_percent(launches: &[f64]) -> Option<f64> {
    let session = [launches.to_vec()];
    let interval = log_ratio(&session, &session)?.interval?;
    Some(interval.smallest_change_percent())
}

/// The smallest change that two sides launched in turns, as often as these, could tell from none, in percent: then
/// the hour and the host are the same for both, and what sessions differ by has no part in the interval. `None` of fewer
/// than two launches.
#[must_use]
pub fn smallest_change_side_by_side_percent(launches: &[f64]) -> Option<f64> {
    let side = Side::of(&[launches.to_vec()])?;
    let launch = side.launch?;
    let none = Part { variance: 0.0, degrees_of_freedom: 1.0 };
    let parts = Parts { sessions: none, baseline: launch, candidate: launch, candidate_launches: side.launches };
    Some(crate::percent_of_log(parts.half_width()))
}

/// The most further launches that are ever proposed: beyond, a night is too short.
const FURTHER_LAUNCHES_MOST: usize = 100;

impl Interval {
    /// About an estimate whose whole variance is between sessions.
    pub(crate) fn of_sessions(estimate: f64, variance: f64, degrees_of_freedom: f64) -> Self {
        let none = Part { variance: 0.0, degrees_of_freedom: 1.0 };
        let parts = Parts {
            sessions: Part { variance, degrees_of_freedom },
            baseline: none,
            candidate: none,
            candidate_launches: 0,
        };
        parts.interval(estimate)
    }

    /// Half of the interval's width, on the scale of logarithms.
    #[must_use]
    pub fn half_width(&self) -> f64 {
        self.parts.half_width()
    }

    /// The smallest change that could have been told from none, in percent.
    #[must_use]
    pub fn smallest_change_percent(&self) -> f64 {
        crate::percent_of_log(self.half_width())
    }

    /// How many further launches of the candidate would make the half-width less than `half_width`, if they spread as
    /// those so far. `None` where no number up to 100 would: then it takes further sessions.
    #[must_use]
    pub fn further_launches(&self, half_width: f64) -> Option<usize> {
        (1..=FURTHER_LAUNCHES_MOST).find(|&further| self.parts.with_further(further).half_width() < half_width)
    }

    /// What sessions contribute to the variance, which is the square of [`Self::standard_error`].
    #[must_use]
    pub const fn variance_of_sessions(&self) -> f64 {
        self.parts.sessions.variance
    }

    /// What the baseline's launches contribute to it.
    #[must_use]
    pub const fn variance_of_baseline_launches(&self) -> f64 {
        self.parts.baseline.variance
    }

    /// What the candidate's launches contribute to it.
    #[must_use]
    pub const fn variance_of_candidate_launches(&self) -> f64 {
        self.parts.candidate.variance
    }
}

/// One side: where it lies, and what its spread is made of.
struct Side {
    /// The mean over sessions of the trimmed mean of logarithms.
    mean: f64,
    sessions: usize,
    launches: usize,
    /// What the launches contribute to the variance of `mean`; `None` where no session has two.
    launch: Option<Part>,
    /// The variance of the sessions' means, launches' part included; 0 of one session.
    between: f64,
}

impl Side {
    fn of(sessions: &[Vec<f64>]) -> Option<Self> {
        let located: Vec<Location> = sessions
            .iter()
            .filter_map(|launches| location(&launches.iter().map(|number| number.ln()).collect::<Vec<_>>()))
            .collect();
        if located.is_empty() {
            return None;
        }
        let count = located.len();
        let mean = mean(located.iter().map(|session| session.mean));
        let squares: f64 = located.iter().map(|session| (session.mean - mean).powi(2)).sum();
        let shares = located.iter().map(|session| 1.0 / session.count as f64).sum::<f64>() / (count * count) as f64;
        Some(Self {
            mean,
            sessions: count,
            launches: located.iter().map(|session| session.count).sum(),
            launch: launch_variance(&located).map(|launch| Part { variance: launch.variance * shares, ..launch }),
            between: squares / (count.max(2) - 1) as f64,
        })
    }
}

/// The variance of one launch, pooled over the sessions of a side.
fn launch_variance(sessions: &[Location]) -> Option<Part> {
    let degrees_of_freedom: f64 = sessions.iter().map(|session| session.degrees_of_freedom).sum();
    let weighted: f64 =
        sessions.iter().filter_map(|session| Some(session.variance? * session.degrees_of_freedom)).sum();
    (degrees_of_freedom > 0.0)
        .then(|| Part { variance: (weighted / degrees_of_freedom).max(LAUNCH_SD_LEAST.powi(2)), degrees_of_freedom })
}

/// The variance of a session: what was seen, moderated by what was expected.
///
/// `S = (d₀ s₀² + d s²) / (d₀ + d)` with `d₀ + d` degrees of freedom: Smyth, "Linear models and empirical Bayes methods",
/// 2004, with `s₀` = [`SESSION_SD`]. Where the sessions differ by more than was expected, the expectation steps back: `d₀`
/// shrinks by `(s₀² / s²)²`, so that sessions which differ by much are believed; Phipson and others, "Robust hyperparameter
/// estimation protects against hypervariable genes", 2016, have the idea, the square is ours. At a true spread of 2 %,
/// three, five and ten sessions then reject 8.5, 6.6 and 5.6 % of unchanged cases at the 5 % level (without the stepping
/// back it were far more, without the square 9.9, 7.9 and 6.2 %), and at the expected 1 % never more than 4.2 %.
fn session_variance(seen: f64, degrees_of_freedom: f64) -> Part {
    let expected = SESSION_SD.powi(2);
    let weight = SESSION_SD_DEGREES_OF_FREEDOM * (expected / seen.max(expected)).powi(2);
    if degrees_of_freedom <= 0.0 {
        return Part { variance: expected, degrees_of_freedom: SESSION_SD_DEGREES_OF_FREEDOM };
    }
    Part {
        variance: (weight * expected + degrees_of_freedom * seen) / (weight + degrees_of_freedom),
        degrees_of_freedom: weight + degrees_of_freedom,
    }
}

impl Parts {
    fn of(baseline: &Side, candidate: &Side) -> Option<Self> {
        let (baseline_launch, candidate_launch) = (baseline.launch?, candidate.launch?);
        // Beyond what the launches explain: `between` of a side contains its launches' part, `sessions` times over.
        let beyond = |side: &Side, launch: Part| {
            ((side.sessions - 1) as f64) * (side.between - launch.variance * side.sessions as f64)
        };
        let degrees_of_freedom = (baseline.sessions + candidate.sessions - 2) as f64;
        let squares = beyond(baseline, baseline_launch) + beyond(candidate, candidate_launch);
        let seen = (squares / degrees_of_freedom.max(1.0)).max(0.0);
        let session = session_variance(seen, degrees_of_freedom);
        let share = 1.0 / baseline.sessions as f64 + 1.0 / candidate.sessions as f64;
        Some(Self {
            sessions: Part { variance: session.variance * share, ..session },
            baseline: baseline_launch,
            candidate: candidate_launch,
            candidate_launches: candidate.launches,
        })
    }

    fn each(&self) -> [Part; 3] {
        [self.sessions, self.baseline, self.candidate]
    }

    fn variance(&self) -> f64 {
        self.each().iter().map(|part| part.variance).sum()
    }

    /// Satterthwaite's: `(sum of variances)² / sum of (variance² / its degrees of freedom)`.
    fn degrees_of_freedom(&self) -> f64 {
        let uncertainty: f64 = self.each().iter().map(|part| part.variance.powi(2) / part.degrees_of_freedom).sum();
        self.variance().powi(2) / uncertainty
    }

    fn half_width(&self) -> f64 {
        standard_errors(self.degrees_of_freedom()) * self.variance().sqrt()
    }

    fn interval(self, estimate: f64) -> Interval {
        Interval {
            low: estimate - self.half_width(),
            high: estimate + self.half_width(),
            standard_error: self.variance().sqrt(),
            degrees_of_freedom: self.degrees_of_freedom(),
            parts: self,
        }
    }

    /// The same, had the candidate so many launches more.
    fn with_further(&self, further: usize) -> Self {
        let had = self.candidate_launches.max(1) as f64;
        let candidate = Part {
            variance: self.candidate.variance * had / (had + further as f64),
            // Of five launches three are left after trimming.
            degrees_of_freedom: self.candidate.degrees_of_freedom + 0.6 * further as f64,
        };
        Self { candidate, ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALM: [f64; 5] = [100.0, 100.2, 99.9, 100.1, 99.8];

    fn times(factor: f64) -> Vec<f64> {
        CALM.iter().map(|time| time * factor).collect()
    }

    fn interval(baseline: &[Vec<f64>], candidate: &[Vec<f64>]) -> Interval {
        let ratio = log_ratio(baseline, candidate).expect("launches");
        ratio.interval.expect("two launches a side")
    }

    #[test]
    fn the_estimate_is_the_logarithm_of_the_ratio() {
        let ratio = log_ratio(&[times(1.0)], &[times(1.3)]).expect("launches");
        assert!((ratio.estimate - 1.3f64.ln()).abs() < 1e-12);
        assert!((ratio.candidate / ratio.baseline - 1.3).abs() < 1e-12);
    }

    #[test]
    fn a_side_without_a_launch_has_no_ratio() {
        assert_eq!(log_ratio(&[], &[times(1.0)]), None);
        assert_eq!(log_ratio(&[times(1.0)], &[vec![]]), None);
    }

    #[test]
    fn one_launch_has_an_estimate_and_no_interval() {
        let ratio = log_ratio(&[times(1.0)], &[vec![130.0]]).expect("launches");
        assert!((ratio.estimate - 1.3f64.ln()).abs() < 1e-3);
        assert_eq!(ratio.interval, None);
    }

    #[test]
    fn two_launches_have_a_wide_interval() {
        let two = interval(&[vec![100.0, 102.0]], &[vec![100.0, 102.0]]);
        assert!(two.half_width() > interval(&[times(1.0)], &[times(1.0)]).half_width());
    }

    #[test]
    fn two_calm_sessions_differ_as_sessions_are_expected_to() {
        // t with 4 degrees of freedom times sqrt(2) times 1 %.
        let half_width = interval(&[times(1.0)], &[times(1.0)]).half_width();
        assert!((half_width - 2.776 * 0.014_14).abs() < 0.001, "{half_width}");
    }

    #[test]
    fn the_variance_is_the_sum_of_its_parts() {
        let interval = interval(&[times(1.0), times(1.01)], &[vec![100.0, 103.0, 98.0]]);
        let parts = [
            interval.variance_of_sessions(),
            interval.variance_of_baseline_launches(),
            interval.variance_of_candidate_launches(),
        ];
        assert!(parts.iter().all(|&part| part > 0.0), "{parts:?}");
        assert!((parts.iter().sum::<f64>() - interval.standard_error.powi(2)).abs() < 1e-15, "{parts:?}");
    }

    #[test]
    fn calm_sessions_make_the_interval_narrower() {
        let one = interval(&[times(1.0)], &[times(1.0)]);
        let several = interval(&[times(1.0), times(1.001), times(0.999)], &[times(1.0)]);
        assert!(several.half_width() < one.half_width());
    }

    #[test]
    fn sessions_that_differ_make_the_interval_wider() {
        let one = interval(&[times(1.0)], &[times(1.0)]);
        let several = interval(&[times(1.0), times(1.05), times(0.95)], &[times(1.0)]);
        assert!(several.half_width() > 2.0 * one.half_width());
    }

    #[test]
    fn a_disturbed_candidate_does_not_borrow_the_calm_of_the_baseline() {
        let calm = [times(1.0), times(1.0), times(1.0)];
        let disturbed = vec![100.0, 100.0, 125.0, 130.0, 135.0];
        assert!(interval(&calm, &[disturbed]).low < 0.0);
    }

    #[test]
    fn launches_that_are_equal_to_the_last_bit_are_not_known_to_be_equal() {
        let equal = location(&[706f64.ln(); 5]).expect("launches");
        let launch = launch_variance(&[equal]).expect("five launches");
        assert!((launch.variance.sqrt() - LAUNCH_SD_LEAST).abs() < 1e-12, "{launch:?}");
    }

    #[test]
    fn the_more_the_sessions_differ_the_wider_it_is() {
        let widths: Vec<f64> = (0..100u32)
            .map(|step| session_variance(f64::from(step) * 1e-5, 2.0))
            .map(|part| standard_errors(part.degrees_of_freedom) * part.variance.sqrt())
            .collect();
        assert!(widths.is_sorted(), "{widths:?}");
    }

    #[test]
    fn further_launches_settle_what_launches_made_unsure() {
        let unsure = interval(&[times(1.0)], &[vec![95.0, 105.0, 100.0]]);
        let wanted = 0.06;
        assert!(unsure.half_width() > wanted);
        assert!(unsure.further_launches(wanted).is_some());
    }

    #[test]
    fn no_launches_settle_what_sessions_made_unsure() {
        assert_eq!(interval(&[times(1.0)], &[times(1.0)]).further_launches(0.02), None);
    }

    #[test]
    fn side_by_side_a_change_is_seen_as_in_a_t_test_of_trimmed_means() {
        // Winsorised about 100, in hundredths of a percent: -10 -10 0 10 10, squares 400; h = 3, so 5 * 400 / (3 * 2) = 333
        // a launch. Two sides of five: sqrt(2 * 333 / 5) = 11.55, by Student's t with 4 degrees of freedom, 2.776.
        let seen = smallest_change_side_by_side_percent(&CALM).expect("five launches");
        assert!((seen - 0.3206).abs() < 0.001, "{seen}");
    }

    #[test]
    fn side_by_side_more_is_seen_than_from_night_to_night() {
        let launches = [100.0, 101.5, 99.0, 100.7, 98.4];
        assert!(smallest_change_side_by_side_percent(&launches) < smallest_change_percent(&launches));
    }

    #[test]
    fn one_launch_has_no_smallest_change() {
        assert_eq!(smallest_change_percent(&[100.0]), None);
        assert_eq!(smallest_change_side_by_side_percent(&[100.0]), None);
    }
}
