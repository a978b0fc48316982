//! By which factor two sides differ, and how sure that is: launches in sessions, sessions on a side.
//!
//! The model, on the scale of logarithms: `log x = side + session + launch`. A session has an effect of its own
//! (another hour, another host of the same class, another layout of the program), which all its launches share, so that
//! more launches of two sessions tell ever better how these two differ and never whether the code does. Kalibera &
//! Jones, "Rigorous benchmarking in reasonable time", 2013.
//!
//! With `k` sessions on a side, of `n` launches each, `u` the variance of a launch, `S` that of a session:
//!
//! `variance of the estimate = S (1/k_b + 1/k_c) + u_b mean(1/n_b) / k_b + u_c mean(1/n_c) / k_c`
//!
//! - A session lies where its launches' [biweight](crate::biweight) is, if it is known how far launches of this case
//!   usually lie apart, else where their [trimmed mean](crate::trimmed) is: one slipped launch in five does nothing.
//! - `u` is learnt on each side alone and moderated by the [prior](crate::prior), which steps back from a disturbed
//!   night: it must not borrow the calm of the nights before.
//! - `S` is learnt from how the sessions' means of a side differ, which contains `u / n` already, moderated by the
//!   kind's and, as long as there are too few sessions, by what is assumed.
//! - The degrees of freedom of the sum are those of Satterthwaite, "An approximate distribution of estimates of
//!   variance components", 1946, over the mean squares that it is made of. A session adds spread and never takes it
//!   away, so that the sum is at least what the launches alone make it.

use crate::{
    prior::{Assumptions, Prior, Variance, between, located, logarithms, of_launches},
    student::quantile,
    trimmed::mean,
};

/// By which factor two sides differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogRatio {
    /// Where the baseline lies, in its unit.
    pub baseline: f64,
    /// Where the candidate lies, in its unit.
    pub candidate: f64,
    /// The logarithm of candidate over baseline.
    pub estimate: f64,
    /// How sure that is; `None` where the candidate has one launch alone, which says nothing of its spread.
    pub interval: Option<Interval>,
}

/// How sure an estimate is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end of the interval of the logarithm, made to be above the truth in 1.6 % of cases;
    /// [`Assumptions::level`] has how often it is. Printed as a 95 % interval, which it is with six sessions or more.
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
    /// Of how sessions differ: what was seen, moderated by what is usual in the kind and by what is assumed.
    sessions: Part,
    /// How much of the kind's part in that is `u / n`.
    kind_launches: f64,
    baseline: LaunchPart,
    candidate: LaunchPart,
    /// Launches of the candidate, in all its sessions.
    candidate_launches: usize,
    level: f64,
    excess_times: f64,
}

/// A part of a variance, with what is known of it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Part {
    variance: f64,
    degrees_of_freedom: f64,
}

/// What a side's launches contribute to the variance.
#[derive(Clone, Copy, Debug, PartialEq)]
struct LaunchPart {
    part: Part,
    /// How often it counts, less how often the sessions' part has it already.
    times: f64,
}

/// The logarithm of candidate over baseline with its interval, where nothing is known beforehand: [`moderated_ratio`]
/// by the default [`Prior`].
#[must_use]
pub fn log_ratio(baseline: &[Vec<f64>], candidate: &[Vec<f64>]) -> Option<LogRatio> {
    moderated_ratio(baseline, candidate, &Prior::default())
}

/// The logarithm of candidate over baseline with its interval. Each side is a list of sessions, each a list of
/// launches; all numbers are above 0 and finite. Sessions without a launch do not count. `None` where a side has no
/// launch.
///
/// The order of launches and of sessions does not matter, nor does the unit; exchanged sides give the same with its
/// sign turned, if both have a session of two launches. A candidate that has none gets no interval; a baseline that has none
/// borrows the spread.
#[must_use]
pub fn moderated_ratio(baseline: &[Vec<f64>], candidate: &[Vec<f64>], prior: &Prior) -> Option<LogRatio> {
    let (baseline, candidate) = (Side::of(baseline, prior)?, Side::of(candidate, prior)?);
    let estimate = candidate.mean - baseline.mean;
    Some(LogRatio {
        baseline: baseline.mean.exp(),
        candidate: candidate.mean.exp(),
        estimate,
        interval: Parts::of(&baseline, &candidate, prior).map(|parts| parts.interval(estimate)),
    })
}

/// The smallest change that two such sessions could tell from none, in percent: the half-width of the interval of
/// their ratio. `None` of fewer than two launches, which say nothing of their spread.
#[must_use]
pub fn smallest_change_percent(launches: &[f64]) -> Option<f64> {
    let session = [launches.to_vec()];
    let interval = log_ratio(&session, &session)?.interval?;
    Some(interval.smallest_change_percent())
}

/// The smallest change that two sides launched in turns, as often as these, could tell from none, in percent: then
/// the hour and the host are the same for both, and what sessions differ by has no part in the interval. `None` of
/// fewer than two launches.
#[must_use]
pub fn smallest_change_side_by_side_percent(launches: &[f64]) -> Option<f64> {
    let prior = Prior::default();
    let side = Side::of(&[launches.to_vec()], &prior)?;
    let launch = LaunchPart { part: side.launch?, times: 1.0 };
    let parts = Parts {
        sessions: Part::NONE,
        kind_launches: 0.0,
        baseline: launch,
        candidate: launch,
        candidate_launches: side.launches,
        level: prior.assumptions.level,
        excess_times: prior.assumptions.excess_times,
    };
    Some(crate::percent_of_log(parts.half_width()))
}

/// The most further launches that are ever proposed: beyond, a night is too short.
const FURTHER_LAUNCHES_MOST: usize = 100;

impl Interval {
    /// About an estimate whose whole variance is between sessions.
    pub(crate) fn of_sessions(estimate: f64, variance: f64, degrees_of_freedom: f64) -> Self {
        let none = LaunchPart { part: Part::NONE, times: 0.0 };
        let parts = Parts {
            sessions: Part { variance, degrees_of_freedom },
            kind_launches: 0.0,
            baseline: none,
            candidate: none,
            candidate_launches: 0,
            level: Assumptions::default().level,
            excess_times: 1.0,
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

    /// What sessions contribute to the variance, which is the square of [`Self::standard_error`], beyond their launches.
    #[must_use]
    pub fn variance_of_sessions(&self) -> f64 {
        let launches = self.variance_of_baseline_launches() + self.variance_of_candidate_launches();
        (self.parts.variance() - launches).max(0.0)
    }

    /// What the baseline's launches contribute to it.
    #[must_use]
    pub const fn variance_of_baseline_launches(&self) -> f64 {
        self.parts.baseline.part.variance
    }

    /// What the candidate's launches contribute to it.
    #[must_use]
    pub const fn variance_of_candidate_launches(&self) -> f64 {
        self.parts.candidate.part.variance
    }
}

/// One side: where it lies, and what its spread is made of.
struct Side {
    /// The mean over sessions of where each lies.
    mean: f64,
    sessions: usize,
    launches: usize,
    /// What the launches contribute to the variance of `mean`; `None` where no session has two.
    launch: Option<Part>,
    /// The mean over sessions of one over the count of launches.
    per_launch: f64,
    /// The variance of the sessions' means, launches' part included; 0 of one session.
    between: f64,
}

impl Side {
    fn of(sessions: &[Vec<f64>], prior: &Prior) -> Option<Self> {
        let assumptions = &prior.assumptions;
        let logs: Vec<Vec<f64>> = sessions.iter().map(|launches| logarithms(launches)).collect();
        let located = located(&logs, prior.launch, assumptions);
        if located.is_empty() {
            return None;
        }
        let count = located.len();
        let per_launch = mean(located.iter().map(|session| 1.0 / session.count as f64));
        let seen = of_launches(&located, assumptions);
        let launch =
            seen.map(|seen| prior.launch.map_or(seen, |expected| seen.moderated(expected, assumptions.outlying)));
        Some(Self {
            mean: mean(located.iter().map(|session| session.mean)),
            sessions: count,
            launches: located.iter().map(|session| session.count).sum(),
            launch: launch.map(|one| Part {
                variance: one.value * per_launch / count as f64,
                degrees_of_freedom: one.degrees_of_freedom,
            }),
            per_launch,
            between: between(&located, assumptions).map_or(0.0, |variance| variance.value),
        })
    }
}

impl Side {
    /// What the launches of a baseline contribute that has one a session, as it may come from elsewhere: each is taken to spread
    /// as those of its kind do, else as the candidate's. The other way round there is no such help: that one launch of a
    /// candidate was not disturbed is what is to be shown.
    fn borrowing(&self, candidate: &Self, launch: Part, prior: &Prior) -> Part {
        let of_one = launch.variance * candidate.sessions as f64 / candidate.per_launch;
        let seen = Variance { value: of_one, degrees_of_freedom: launch.degrees_of_freedom };
        let one = prior.launch.unwrap_or(seen);
        Part {
            variance: one.value * self.per_launch / self.sessions as f64,
            degrees_of_freedom: one.degrees_of_freedom,
        }
    }
}

impl Part {
    const NONE: Self = Self { variance: 0.0, degrees_of_freedom: 1.0 };
}

impl Parts {
    fn of(baseline: &Side, candidate: &Side, prior: &Prior) -> Option<Self> {
        let assumptions = &prior.assumptions;
        let candidate_launch = candidate.launch?;
        let baseline_launch = baseline.launch.unwrap_or_else(|| baseline.borrowing(candidate, candidate_launch, prior));
        let further = |side: &Side| (side.sessions - 1) as f64;
        let own = further(baseline) + further(candidate);
        let pooled = |of_side: &dyn Fn(&Side) -> f64| {
            (further(baseline) * of_side(baseline) + further(candidate) * of_side(candidate)) / own.max(1.0)
        };
        let seen = pooled(&|side| side.between);
        // What the launches alone make of it.
        let by_launches = pooled(&|side| side.launch.map_or(0.0, |launch| launch.variance) * side.sessions as f64);

        let per_launch = 0.5 * (baseline.per_launch + candidate.per_launch);
        let kind_launch = prior.launch.map_or(0.0, |launch| launch.value * per_launch);

        let kind = prior.session;
        let kind_weight = kind.map_or(0.0, |kind| {
            if own > 0.0 {
                kind.weight_beside(Variance { value: seen, degrees_of_freedom: own }, assumptions.outlying)
            } else {
                kind.degrees_of_freedom
            }
        });
        // Each session that was really seen takes the place of one that was assumed. The kind saw the same ones.
        let really = kind.map_or(0.0, |kind| kind.degrees_of_freedom).max(own);
        let unseen = assumptions.session_sd_degrees_of_freedom - really;
        let assumed = Variance { value: assumptions.session_sd.powi(2), degrees_of_freedom: unseen.max(0.0) };
        let shown = own * seen + kind_weight * kind.map_or(0.0, |kind| kind.value);
        let believed = assumed.value + by_launches.max(kind_launch);
        let shown_share = shown / (own + kind_weight).max(f64::MIN_POSITIVE);
        let assumed_weight = assumed.degrees_of_freedom * (believed / shown_share.max(believed)).powi(2);
        let all = own + kind_weight + assumed_weight;

        let share = 1.0 / baseline.sessions as f64 + 1.0 / candidate.sessions as f64;
        let mixed = shown + assumed_weight * assumed.value;
        let launch_part = |side: &Side, part: Part| LaunchPart {
            part,
            times: 1.0 - share * further(side) / all * side.sessions as f64,
        };
        Some(Self {
            sessions: Part { variance: share * mixed / all, degrees_of_freedom: all },
            kind_launches: share * kind_weight / all * kind_launch,
            baseline: launch_part(baseline, baseline_launch),
            candidate: launch_part(candidate, candidate_launch),
            candidate_launches: candidate.launches,
            level: assumptions.level,
            excess_times: assumptions.excess_times,
        })
    }

    fn launches(&self) -> [LaunchPart; 2] {
        [self.baseline, self.candidate]
    }

    /// What the launches alone make of the variance.
    fn of_launches(&self) -> f64 {
        self.launches().iter().map(|launch| launch.part.variance).sum()
    }

    fn variance(&self) -> f64 {
        let launches: f64 = self.launches().iter().map(|launch| launch.times * launch.part.variance).sum();
        (self.sessions.variance - self.kind_launches + launches).max(self.of_launches())
    }

    /// Satterthwaite's: `(sum of variances)² / sum of (variance² / its degrees of freedom)`.
    ///
    /// What was seen between sessions is mostly their launches' where it hardly exceeds them, and those are well known;
    /// where it does exceed them, its own few degrees of freedom tell how uncertain the whole of it is. So it counts by
    /// the geometric mean of itself and [twice](Assumptions::excess_times) its excess, and from an excess of half of it
    /// on in full.
    fn degrees_of_freedom(&self) -> f64 {
        let sessions = self.sessions.variance;
        let excess = self.variance() - self.of_launches();
        let counted = sessions * (self.excess_times * excess).min(sessions) / self.sessions.degrees_of_freedom;
        let of_launches: f64 =
            self.launches().iter().map(|launch| launch.part.variance.powi(2) / launch.part.degrees_of_freedom).sum();
        self.variance().powi(2) / (counted + of_launches)
    }

    fn half_width(&self) -> f64 {
        quantile(1.0 - self.level, self.degrees_of_freedom()) * self.variance().sqrt()
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
        let part = Part {
            variance: self.candidate.part.variance * had / (had + further as f64),
            // Of five launches three are left after trimming.
            degrees_of_freedom: self.candidate.part.degrees_of_freedom + 0.6 * further as f64,
        };
        Self { candidate: LaunchPart { part, ..self.candidate }, ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALM: [f64; 5] = [100.0, 100.2, 99.9, 100.1, 99.8];

    fn times(factor: f64) -> Vec<f64> {
        CALM.iter().map(|time| time * factor).collect()
    }

    /// Of a kind whose launches and sessions differ by 0.2 %, as 20 sessions have shown.
    fn calm_kind() -> Prior {
        let calm = Some(Variance { value: 0.002f64.powi(2), degrees_of_freedom: 19.0 });
        Prior { launch: calm, session: calm, ..Prior::default() }
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
        assert!((half_width - 3.229 * 0.014_14).abs() < 0.001, "{half_width}");
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
    fn the_more_the_sessions_differ_the_wider_it_is() {
        for prior in [Prior::default(), calm_kind()] {
            let widths: Vec<f64> = (0..200u32)
                .map(|step| 1.0 + f64::from(step) * 5e-4)
                .map(|factor| {
                    let sessions = [times(1.0), times(factor), times(1.0 / factor)];
                    let ratio = moderated_ratio(&sessions, &[times(1.0)], &prior).expect("launches");
                    ratio.interval.expect("two launches a side").half_width()
                })
                .collect();
            assert!(widths.windows(2).all(|two| two[0] <= two[1] * (1.0 + 1e-9)), "{widths:?}");
        }
    }

    #[test]
    fn the_more_the_candidate_scatters_the_wider_it_is() {
        let widths: Vec<f64> = (0..200u32)
            .map(|step| {
                let scattered = [0.0, 1.0, -1.0, 2.0, -2.0].map(|place| 100.0 + place * 0.02 * f64::from(step));
                let ratio = moderated_ratio(&[times(1.0)], &[scattered.to_vec()], &calm_kind()).expect("launches");
                ratio.interval.expect("two launches a side").half_width()
            })
            .collect();
        assert!(widths.windows(2).all(|two| two[0] <= two[1] * 1.000_1), "{widths:?}");
    }

    #[test]
    fn a_kind_that_is_calm_makes_the_interval_of_one_session_narrower() {
        let of_itself = interval(&[times(1.0)], &[times(1.0)]).half_width();
        let ratio = moderated_ratio(&[times(1.0)], &[times(1.0)], &calm_kind()).expect("launches");
        assert!(ratio.interval.expect("two launches a side").half_width() < 0.5 * of_itself);
    }

    #[test]
    fn five_launches_of_which_two_slipped_lie_where_the_other_three_do() {
        let slipped = vec![100.0, 100.2, 99.9, 140.0, 125.0];
        let ratio = moderated_ratio(&[times(1.0)], &[slipped], &calm_kind()).expect("launches");
        assert!(ratio.estimate.abs() < 0.002, "{ratio:?}");
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
        // Winsorised about 100, in hundredths of a percent: -10 -10 0 10 10, squares 400; h = 3, so 5 * 400 / (3 * 2) =
        // 333 a launch. Two sides of five: sqrt(2 * 333 / 5) = 11.55, by Student's t with 4 degrees of freedom, 3.229.
        let seen = smallest_change_side_by_side_percent(&CALM).expect("five launches");
        assert!((seen - 0.3736).abs() < 0.001, "{seen}");
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
