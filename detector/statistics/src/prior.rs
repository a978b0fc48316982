//! What is known of a case's spread before it is measured again: from its own sessions, and from those of its kind.
//!
//! Five launches tell their variance with two to four degrees of freedom, and Student's t asks a high price for so few:
//! that of a launch and that of a session are therefore *moderated*. With `s²` of `d` degrees of freedom seen, and
//! `s₀²` expected as surely as if it had been seen with `d₀`:
//!
//! `s̃² = (d₀ s₀² + d s²) / (d₀ + d)`, with `d₀ + d` degrees of freedom
//!
//! Smyth, "Linear models and empirical Bayes methods for assessing differential expression", 2004.
//!
//! - **`s₀²` and `d₀` of a kind** are learnt from how the variances of its cases lie beside each other: the median of
//!   their logarithms, and by how much these scatter beyond what their own degrees of freedom explain. Median and
//!   median absolute deviation, so that a few wild cases neither raise the expectation nor make it worthless for the
//!   rest: Phipson and others, "Robust hyperparameter estimation protects against hypervariable genes", 2016.
//! - **A variance far above the expectation is believed**, and the expectation steps back from it: where `F = s² / s₀²`
//!   is so large that fewer than 5 % of such cases would show it by chance, `d₀` shrinks in proportion. The idea is of
//!   the same paper, which tells the share of true outliers from thousands of genes; here it is assumed.
//! - **What was learnt from little is known no better than that.** `1 / d₀ = 1 / d₀ of the scatter + 1 / D`, where `D`
//!   are the degrees of freedom that it was learnt from.
//! - **Sessions are shared.** All cases of a baseline were measured in the same nights, and what a night does to one
//!   case it may do to all. However many cases there are, the kind's spread between sessions is known no better than
//!   from as many sessions as there were, less one.
//!
//! A prior is of one case and comes from the baseline alone. The candidate's other cases have no part in it, so that a
//! verdict does not depend on which of them were measured.

use statrs::function::beta::beta_reg;

use crate::{
    biweight::biweight,
    order::{median, sorted},
    spread::robust_sd,
    trimmed::{Location, location_trimming, mean},
};

/// The fewest other cases that make a kind: of two, neither is the outlier.
const KIND_LEAST: usize = 3;

/// The few numbers that are not learnt. They are fields so that a study can halve and double them; everything else
/// takes [`Assumptions::default`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Assumptions {
    /// What sessions differ by before any two were seen: a standard deviation on the scale of logarithms. 1 %: on a
    /// shared host, medians of undisturbed samples repeated to 0.3 % within minutes, and to 0.9 % between series hours
    /// apart.
    pub session_sd: f64,
    /// How much `session_sd` is believed: as if it had been seen in five sessions. Each real session takes the place of
    /// one of them, so that from five sessions on nothing of it is left.
    pub session_sd_degrees_of_freedom: f64,
    /// The least standard deviation of a launch, on the scale of logarithms. 0.1 %: clocks have steps, and five
    /// launches of 706, 706, 706, 706 and 705 ns are not known to be exactly equal.
    pub launch_sd_least: f64,
    /// One launch of so many is set aside at each end where nothing is known of their spread: see
    /// [`TRIMMED_ONE_OF`](crate::trimmed::TRIMMED_ONE_OF).
    pub trimmed_one_of: f64,
    /// Where the spread of a launch is known, one further from the others than so many standard deviations counts for
    /// nothing: see [`biweight`](crate::biweight).
    pub reach: f64,
    /// The share of unchanged cases that each end of an interval is made to leave on the wrong side of no change: 1.6 %.
    /// It was chosen, with `excess_times`, by the trials of the example `two_samples`: there six sessions or more that
    /// differ by up to 3 % reach 2.0 % in fact, and 2.3 % where a night does the same to all cases of a kind. Fewer
    /// sessions that differ by more than 1 % reach more: four 2.3, three 3.4, two 5.5, one 15 %.
    pub level: f64,
    /// A variance so far above the expectation that less than this share of them would be by chance is an outlier, and
    /// the expectation steps back from it in proportion. 5 %, as is usual.
    pub outlying: f64,
    /// How often its excess over the launches' part counts toward the sessions' part of a variance, where degrees of
    /// freedom are told: twice. At once, sessions that differ by 1 % would make a quarter more of unchanged cases
    /// alarm; at any number of times, an interval would leap as sessions come to differ.
    pub excess_times: f64,
}

impl Default for Assumptions {
    fn default() -> Self {
        Self {
            session_sd: 0.01,
            session_sd_degrees_of_freedom: 4.0,
            launch_sd_least: 0.001,
            trimmed_one_of: crate::trimmed::TRIMMED_ONE_OF as f64,
            reach: crate::biweight::REACH,
            level: 0.016,
            outlying: 0.05,
            excess_times: 2.0,
        }
    }
}

/// A variance, on the scale of logarithms, and how well it is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Variance {
    /// The variance itself, above 0.
    pub value: f64,
    /// Its degrees of freedom, above 0.
    pub degrees_of_freedom: f64,
}

/// What the sessions of one case's baseline tell of its spread.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CaseSpread {
    /// Of one launch, within its session; `None` where no session has two launches.
    pub launch: Option<Variance>,
    /// Of where a session's launches lie, from one session to the next; `None` of fewer than two sessions.
    pub session: Option<Variance>,
}

/// What cases of a kind have in common; `None` where that is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Kind {
    /// Of one launch.
    pub launch: Option<Variance>,
    /// Of where a session's launches lie, from one session to the next.
    pub session: Option<Variance>,
}

/// What is expected of a case's spread. The default expects nothing but what is assumed of all cases.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Prior {
    /// Of one launch.
    pub launch: Option<Variance>,
    /// Of the mean of a session's launches, from one session to the next, as the kind has it. What the case's own
    /// sessions have is not in it, since they stand on the baseline's side already.
    pub session: Option<Variance>,
    /// What is assumed beside.
    pub assumptions: Assumptions,
}

impl CaseSpread {
    /// Of the sessions of a case, each a list of its launches, all numbers above 0 and finite.
    #[must_use]
    pub fn of(sessions: &[Vec<f64>], assumptions: &Assumptions) -> Self {
        let logs: Vec<Vec<f64>> = sessions.iter().map(|launches| logarithms(launches)).collect();
        let first = of_launches(&located(&logs, None, assumptions), assumptions);
        // Trimmed for want of anything better; with what that tells, nothing is set aside but what lies far out.
        let located = located(&logs, first, assumptions);
        Self { launch: of_launches(&located, assumptions), session: between(&located, assumptions) }
    }
}

impl Kind {
    /// Of the spreads of its cases. The order of them does not matter; fewer than three are no kind, and it is empty.
    #[must_use]
    pub fn of(cases: &[CaseSpread]) -> Self {
        let of_cases =
            |level: fn(&CaseSpread) -> Option<Variance>| -> Vec<Variance> { cases.iter().filter_map(level).collect() };
        let launches = of_cases(|case| case.launch);
        let sessions = of_cases(|case| case.session);
        let all = launches.iter().map(|one| one.degrees_of_freedom).sum();
        let most = sessions.iter().map(|one| one.degrees_of_freedom).fold(0.0, f64::max);
        Self { launch: in_common(&launches, all), session: in_common(&sessions, most) }
    }
}

impl Prior {
    /// Of a case whose baseline tells `own`, beside the other cases of its kind.
    #[must_use]
    pub fn learn(own: &CaseSpread, others: &Kind, assumptions: Assumptions) -> Self {
        // What one session of launches has is not known to be usual.
        let launch = match (own.session.and(own.launch), others.launch) {
            (Some(own), Some(kind)) => Some(own.moderated(kind, assumptions.outlying)),
            (own, kind) => own.or(kind),
        };
        Self { launch, session: others.session, assumptions }
    }

    /// The same, after a history of the case beside its baseline: how much its sessions differed there stands beside what the
    /// kind's do. A history of fewer than two sessions changes nothing.
    #[must_use]
    pub fn after(self, history: &CaseSpread) -> Self {
        let outlying = self.assumptions.outlying;
        let session = match (history.session, self.session) {
            (Some(seen), Some(kind)) => Some(seen.moderated(kind, outlying)),
            (seen, kind) => seen.or(kind),
        };
        let launch = match (history.session.and(history.launch), self.launch) {
            (Some(seen), Some(known)) => Some(seen.moderated(known, outlying)),
            (seen, known) => seen.or(known),
        };
        Self { launch, session, ..self }
    }
}

impl Variance {
    /// Shrunk toward what was expected, unless it lies far above: see [`Assumptions::outlying`].
    #[must_use]
    pub fn moderated(self, expected: Self, outlying: f64) -> Self {
        let weight = expected.weight_beside(self, outlying);
        let degrees_of_freedom = weight + self.degrees_of_freedom;
        let value = (weight * expected.value + self.degrees_of_freedom * self.value) / degrees_of_freedom;
        Self { value, degrees_of_freedom }
    }

    /// The degrees of freedom left to an expectation beside what was seen.
    pub(crate) fn weight_beside(self, seen: Self, outlying: f64) -> f64 {
        let times = seen.value / self.value;
        if times <= 1.0 {
            return self.degrees_of_freedom;
        }
        // As F of these degrees of freedom: by chance, so much or more.
        let by_chance = beta_reg(
            self.degrees_of_freedom / 2.0,
            seen.degrees_of_freedom / 2.0,
            self.degrees_of_freedom / (self.degrees_of_freedom + seen.degrees_of_freedom * times),
        );
        self.degrees_of_freedom * (by_chance / outlying).min(1.0)
    }
}

/// Where each session's launches lie, `launch` being the usual variance of one where it is known; sessions without a
/// launch are left out.
pub(crate) fn located(logs: &[Vec<f64>], launch: Option<Variance>, assumptions: &Assumptions) -> Vec<Location> {
    let locate = |session: &Vec<f64>| match launch {
        Some(launch) => biweight(session, launch.value.sqrt(), assumptions.reach),
        None => location_trimming(session, assumptions.trimmed_one_of),
    };
    logs.iter().filter_map(locate).collect()
}

/// The logarithms of launches, least first, so that their order does not matter to the last bit.
pub(crate) fn logarithms(launches: &[f64]) -> Vec<f64> {
    sorted(&launches.iter().map(|number| number.ln()).collect::<Vec<_>>())
}

/// The variance of one launch, pooled over sessions. Of three sessions or more, those that scatter far more than the
/// one in the middle are set aside: in one session of twelve, two of five launches slip if one in ten does.
pub(crate) fn of_launches(sessions: &[Location], assumptions: &Assumptions) -> Option<Variance> {
    let least = assumptions.launch_sd_least.powi(2);
    let seen: Vec<Variance> = sessions
        .iter()
        .filter_map(|session| {
            Some(Variance { value: session.variance?.max(least), degrees_of_freedom: session.degrees_of_freedom })
        })
        .collect();
    let middles: Vec<f64> = seen.iter().map(|one| one.value / one.median_share()).collect();
    let middle = median(&middles)?;
    let kept: Vec<Variance> = seen.into_iter().filter(|one| one.value <= OUTLYING_TIMES * middle).collect();
    let degrees_of_freedom: f64 = kept.iter().map(|one| one.degrees_of_freedom).sum();
    let weighted: f64 = kept.iter().map(|one| one.value * one.degrees_of_freedom).sum();
    (degrees_of_freedom > 0.0).then(|| Variance { value: weighted / degrees_of_freedom, degrees_of_freedom })
}

/// A session whose launches' variance is more than so many times the usual is set aside where the usual is learnt. Of
/// two degrees of freedom, one in a thousand is by chance.
const OUTLYING_TIMES: f64 = 7.0;

/// The variance of where sessions lie; `None` of fewer than two.
pub(crate) fn between(sessions: &[Location], assumptions: &Assumptions) -> Option<Variance> {
    if sessions.len() < 2 {
        return None;
    }
    let middle = mean(sessions.iter().map(|session| session.mean));
    let squares: f64 = sessions.iter().map(|session| (session.mean - middle).powi(2)).sum();
    let degrees_of_freedom = (sessions.len() - 1) as f64;
    Some(Variance {
        value: (squares / degrees_of_freedom).max(assumptions.launch_sd_least.powi(2)),
        degrees_of_freedom,
    })
}

/// What variances have in common, one a case; `most` are the degrees of freedom that all of them
/// together amount to. `None` of fewer than [`KIND_LEAST`].
fn in_common(cases: &[Variance], most: f64) -> Option<Variance> {
    if cases.len() < KIND_LEAST {
        return None;
    }
    let logs: Vec<f64> = cases.iter().map(|case| (case.value / case.median_share()).ln()).collect();
    let scatter = robust_sd(&logs)?.powi(2);
    let by_chance = mean(cases.iter().map(|case| scatter_of_logarithm(case.degrees_of_freedom)));
    let degrees_of_freedom = 1.0 / (1.0 / degrees_of_freedom_of_scatter(scatter - by_chance) + 1.0 / most);
    Some(Variance { value: median(&logs)?.exp(), degrees_of_freedom })
}

impl Variance {
    /// The median of variances of so many degrees of freedom, where the true one is 1: `(1 - 2 / (9 d))³`. Wilson &
    /// Hilferty, "The distribution of chi-square", 1931; for two it is 0.702, truly ln 2.
    fn median_share(&self) -> f64 {
        (1.0 - 2.0 / (9.0 * self.degrees_of_freedom)).powi(3)
    }
}

/// How far the logarithm of a variance scatters by chance, as a variance: `trigamma(d / 2)`, by the first terms of its
/// series in `1 / d`; for one degree of freedom 5.3 and not 4.9, for two 1.67 and not 1.64.
fn scatter_of_logarithm(degrees_of_freedom: f64) -> f64 {
    let share = 1.0 / degrees_of_freedom;
    share * (2.0 + share * (2.0 + share * 4.0 / 3.0))
}

/// The degrees of freedom of variances whose logarithms scatter by so much: the two first of those terms, solved for
/// `d`. Infinite where nothing is left to explain.
fn degrees_of_freedom_of_scatter(scatter: f64) -> f64 {
    if scatter <= 0.0 {
        return f64::INFINITY;
    }
    (1.0 + (1.0 + 2.0 * scatter).sqrt()) / scatter
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASSUMED: Assumptions = Assumptions {
        session_sd: 0.01,
        session_sd_degrees_of_freedom: 4.0,
        launch_sd_least: 0.001,
        trimmed_one_of: 5.0,
        reach: crate::biweight::REACH,
        level: 0.016,
        outlying: 0.05,
        excess_times: 2.0,
    };

    /// Of variances about 1e-4, of so many sessions each.
    fn kind(values: &[f64], sessions: u32) -> Vec<CaseSpread> {
        let of = |value: f64, degrees_of_freedom: f64| Some(Variance { value: value * 1e-4, degrees_of_freedom });
        let freedom = f64::from(sessions);
        values
            .iter()
            .map(|&value| CaseSpread { launch: of(value, freedom * 4.0), session: of(value, freedom - 1.0) })
            .collect()
    }

    fn learnt(others: &[CaseSpread]) -> Prior {
        Prior::learn(&CaseSpread::default(), &Kind::of(others), ASSUMED)
    }

    #[test]
    fn the_default_is_what_is_documented() {
        assert_eq!(Assumptions::default(), ASSUMED);
    }

    #[test]
    fn two_cases_are_no_kind() {
        assert_eq!(learnt(&kind(&[1.0, 1.0], 6)), Prior::default());
    }

    #[test]
    fn cases_that_are_alike_are_believed_as_far_as_they_were_measured() {
        let launch = learnt(&kind(&[1.0, 0.9, 1.1, 1.05], 6)).launch.expect("a kind");
        assert!((launch.value - 1e-4).abs() < 1e-5, "{launch:?}");
        assert!((launch.degrees_of_freedom - 4.0 * 24.0).abs() < 1e-9, "{launch:?}");
    }

    #[test]
    fn cases_that_have_nothing_in_common_are_hardly_believed() {
        let launch = learnt(&kind(&[0.01, 0.1, 1.0, 10.0, 100.0], 6)).launch.expect("a kind");
        assert!(launch.degrees_of_freedom < 1.0, "{launch:?}");
    }

    #[test]
    fn a_wild_case_changes_neither_what_is_expected_nor_how_surely() {
        let calm = learnt(&kind(&[0.9, 0.95, 1.0, 1.0, 1.05, 1.1, 1.15], 6)).launch.expect("a kind");
        let wild = learnt(&kind(&[0.9, 0.95, 1.0, 1.0, 1.05, 1.1, 1e6], 6)).launch.expect("a kind");
        assert!((calm.value - wild.value).abs() < 0.05 * calm.value);
        assert!((calm.degrees_of_freedom - wild.degrees_of_freedom).abs() < 1e-9);
    }

    #[test]
    fn however_many_cases_there_are_the_sessions_were_as_few() {
        let session = learnt(&kind(&[1.0; 100], 6)).session.expect("a kind");
        assert!((session.degrees_of_freedom - 5.0).abs() < 1e-9, "{session:?}");
    }

    #[test]
    fn of_two_variances_the_better_known_weighs_more() {
        let seen = Variance { value: 1.0, degrees_of_freedom: 2.0 };
        let moderated = seen.moderated(Variance { value: 2.0, degrees_of_freedom: 6.0 }, 0.05);
        assert_eq!(moderated, Variance { value: 1.75, degrees_of_freedom: 8.0 });
    }

    #[test]
    fn an_expectation_steps_back_from_what_lies_far_above_it() {
        let seen = Variance { value: 100.0, degrees_of_freedom: 4.0 };
        let moderated = seen.moderated(Variance { value: 1.0, degrees_of_freedom: 50.0 }, 0.05);
        assert!(moderated.value > 99.9 && moderated.degrees_of_freedom < 4.01, "{moderated:?}");
    }

    #[test]
    fn launches_that_are_equal_to_the_last_bit_are_not_known_to_be_equal() {
        let equal = vec![vec![706.0; 5]; 2];
        let spread = CaseSpread::of(&equal, &ASSUMED);
        let sd = |variance: Option<Variance>| variance.expect("two sessions").value.sqrt();
        assert!((sd(spread.launch) - 0.001).abs() < 1e-12 && (sd(spread.session) - 0.001).abs() < 1e-12);
    }

    #[test]
    fn one_session_in_which_two_launches_slipped_does_not_count_where_five_others_were_calm() {
        let calm = vec![100.0, 100.2, 99.9, 100.1, 99.8];
        let mut sessions = vec![calm; 5];
        let without = CaseSpread::of(&sessions, &ASSUMED).launch.expect("launches").value;
        sessions.push(vec![100.0, 100.1, 130.0, 99.9, 150.0]);
        let with = CaseSpread::of(&sessions, &ASSUMED).launch.expect("launches").value;
        assert!(with < 1.2 * without, "{with} and {without}");
    }
}
