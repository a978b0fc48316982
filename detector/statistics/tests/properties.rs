//! What must hold whatever the numbers are.

use proptest::{collection, option, prelude::*};
use statistics::{
    Assumptions, CaseSpread, Kind, PairedInterval, Prior, Variance, log_ratio, moderated_ratio, paired_ratio,
    session_ratio, smallest_change_percent,
};

/// Sessions of launches, times of 1 ns to a minute.
fn side() -> impl Strategy<Value = Vec<Vec<f64>>> {
    collection::vec(collection::vec(1.0..6e10, 2..9), 1..5)
}

/// Sessions whose launches lie near each other, as real ones do.
fn calm_side() -> impl Strategy<Value = Vec<Vec<f64>>> {
    collection::vec(collection::vec(990.0..1010.0, 2..9), 1..5)
}

fn scaled(side: &[Vec<f64>], factor: f64) -> Vec<Vec<f64>> {
    side.iter().map(|session| session.iter().map(|launch| launch * factor).collect()).collect()
}

/// As `near`, but for what an iteration leaves open.
fn alike(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-6 * (1.0 + one.abs().max(other.abs()))
}

fn near(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-9 * (1.0 + one.abs().max(other.abs()))
}

/// What may be expected of a case: launches and sessions that differ by 0.1 to 10 %, known from one to a hundred.
fn prior() -> impl Strategy<Value = Prior> {
    let variance = || (0.001..0.1f64, 1.0..100.0f64);
    (option::of(variance()), option::of(variance())).prop_map(|(launch, session)| {
        let variance = |(sd, degrees_of_freedom): (f64, f64)| Variance { value: sd.powi(2), degrees_of_freedom };
        Prior { launch: launch.map(variance), session: session.map(variance), ..Prior::default() }
    })
}

fn case_spread(sessions: &[Vec<f64>]) -> CaseSpread {
    CaseSpread::of(sessions, &Assumptions::default())
}

/// Logarithms of the ratios of launches side by side.
fn logs() -> impl Strategy<Value = Vec<f64>> {
    collection::vec(-0.5..0.5f64, 2..13)
}

fn paired_interval(logs: &[f64]) -> PairedInterval {
    paired_ratio(logs).expect("launches").interval.expect("two pairs")
}

proptest! {
    #[test]
    fn the_unit_does_not_matter(baseline in side(), candidate in side(), factor in 1e-6..1e6) {
        let ratio = log_ratio(&baseline, &candidate).expect("launches");
        let other = log_ratio(&scaled(&baseline, factor), &scaled(&candidate, factor)).expect("launches");
        prop_assert!(near(ratio.estimate, other.estimate));
        let (one, other) = (ratio.interval.expect("two launches"), other.interval.expect("two launches"));
        prop_assert!(near(one.low, other.low) && near(one.high, other.high), "{one:?} and {other:?}");
    }

    #[test]
    fn the_order_of_launches_and_sessions_does_not_matter(baseline in side(), candidate in side()) {
        let reversed = |side: &[Vec<f64>]| -> Vec<Vec<f64>> {
            side.iter().rev().map(|session| session.iter().rev().copied().collect()).collect()
        };
        let ratio = log_ratio(&baseline, &candidate).expect("launches");
        let other = log_ratio(&reversed(&baseline), &reversed(&candidate)).expect("launches");
        prop_assert!(near(ratio.estimate, other.estimate));
        prop_assert!(near(ratio.interval.expect("two").low, other.interval.expect("two").low));
    }

    #[test]
    fn exchanged_sides_turn_the_sign(baseline in side(), candidate in side()) {
        let there = log_ratio(&baseline, &candidate).expect("launches");
        let back = log_ratio(&candidate, &baseline).expect("launches");
        prop_assert!(near(there.estimate, -back.estimate));
        let (there, back) = (there.interval.expect("two"), back.interval.expect("two"));
        prop_assert!(near(there.low, -back.high) && near(there.high, -back.low), "{there:?} and {back:?}");
    }

    #[test]
    fn rates_say_the_same_as_times(baseline in side(), candidate in side()) {
        let rates = |side: &[Vec<f64>]| -> Vec<Vec<f64>> {
            side.iter().map(|session| session.iter().map(|time| 1e9 / time).collect()).collect()
        };
        let times = log_ratio(&baseline, &candidate).expect("launches");
        let rates = log_ratio(&rates(&baseline), &rates(&candidate)).expect("launches");
        prop_assert!(near(times.estimate, -rates.estimate));
        prop_assert!(near(times.interval.expect("two").low, -rates.interval.expect("two").high));
    }

    #[test]
    fn a_slipped_launch_among_five_hardly_moves_the_estimate(
        launches in collection::vec(990.0..1010.0, 5), which in 0usize..5, slip in 1.05..2.0
    ) {
        let mut slipped = launches.clone();
        slipped[which] *= slip;
        let ratio = log_ratio(&[launches], &[slipped]).expect("launches");
        prop_assert!(ratio.estimate.abs() < 0.02, "{ratio:?}");
        prop_assert!(ratio.interval.expect("five").low < 0.0);
    }

    #[test]
    fn the_unit_does_not_matter_beside_a_prior(
        baseline in side(), candidate in side(), prior in prior(), factor in 1e-6..1e6
    ) {
        let ratio = moderated_ratio(&baseline, &candidate, &prior).expect("launches");
        let other = moderated_ratio(&scaled(&baseline, factor), &scaled(&candidate, factor), &prior).expect("launches");
        let (one, other) = (ratio.interval.expect("two launches"), other.interval.expect("two launches"));
        prop_assert!(alike(one.low, other.low) && alike(one.high, other.high), "{one:?} and {other:?}");
    }

    #[test]
    fn exchanged_sides_turn_the_sign_beside_a_prior(baseline in side(), candidate in side(), prior in prior()) {
        let there = moderated_ratio(&baseline, &candidate, &prior).expect("launches");
        let back = moderated_ratio(&candidate, &baseline, &prior).expect("launches");
        let (there, back) = (there.interval.expect("two"), back.interval.expect("two"));
        prop_assert!(alike(there.low, -back.high) && alike(there.high, -back.low), "{there:?} and {back:?}");
    }

    #[test]
    fn the_order_of_launches_and_sessions_does_not_matter_beside_a_prior(
        baseline in side(), candidate in side(), prior in prior()
    ) {
        let reversed = |side: &[Vec<f64>]| -> Vec<Vec<f64>> {
            side.iter().rev().map(|session| session.iter().rev().copied().collect()).collect()
        };
        let ratio = moderated_ratio(&baseline, &candidate, &prior).expect("launches");
        let other = moderated_ratio(&reversed(&baseline), &reversed(&candidate), &prior).expect("launches");
        prop_assert!(alike(ratio.interval.expect("two").low, other.interval.expect("two").low));
    }

    #[test]
    fn a_regression_and_its_improvement_are_learnt_alike(baseline in calm_side()) {
        let rates: Vec<Vec<f64>> = baseline.iter().map(|one| one.iter().map(|time| 1e9 / time).collect()).collect();
        let (times, rates) = (case_spread(&baseline), case_spread(&rates));
        let value = |variance: Option<Variance>| variance.map_or(0.0, |variance| variance.value * 1e6);
        prop_assert!(alike(value(times.launch), value(rates.launch)));
        prop_assert!(alike(value(times.session), value(rates.session)));
    }

    #[test]
    fn sessions_that_move_apart_never_make_surer(
        offsets in collection::vec(-1.0..1.0f64, 2..8), apart in 0.0..0.1f64, further in 1.0..3.0f64, prior in prior()
    ) {
        let calm = [1000.0, 1001.0, 999.0, 1002.0, 998.0];
        let width = |apart: f64| {
            let session = |offset: &f64| calm.iter().map(|time| time * (offset * apart).exp()).collect();
            let baseline: Vec<Vec<f64>> = offsets.iter().map(session).collect();
            moderated_ratio(&baseline, &[calm.to_vec()], &prior).expect("launches").interval.expect("two").half_width()
        };
        let (near, far) = (width(apart), width(apart * further));
        prop_assert!(near <= far * (1.0 + 1e-6), "{near} and {far}");
    }

    #[test]
    fn a_launch_at_infinity_leaves_the_estimate_among_the_others(
        others in collection::vec(990.0..1010.0, 2..9), prior in prior(), far in prop_oneof![Just(1e-9), Just(1e300)]
    ) {
        prop_assume!(prior.launch.is_some() || others.len() >= 4);
        let mut launches = others.clone();
        launches.push(far);
        let ratio = moderated_ratio(&[vec![1000.0; 5]], &[launches], &prior).expect("launches");
        let least = others.iter().copied().fold(f64::INFINITY, f64::min);
        let greatest = others.iter().copied().fold(0.0, f64::max);
        prop_assert!(least * 0.999_999 <= ratio.candidate && ratio.candidate <= greatest * 1.000_001, "{ratio:?}");
    }

    #[test]
    fn the_order_of_a_kinds_cases_does_not_matter(cases in collection::vec(calm_side(), 3..8)) {
        let spreads: Vec<CaseSpread> = cases.iter().map(|case| case_spread(case)).collect();
        let reversed: Vec<CaseSpread> = spreads.iter().rev().copied().collect();
        let (one, other) = (Kind::of(&spreads).launch, Kind::of(&reversed).launch);
        let near = |one: Variance, other: Variance| {
            alike(one.value, other.value) && alike(one.degrees_of_freedom, other.degrees_of_freedom)
        };
        prop_assert!(one.zip(other).is_some_and(|(one, other)| near(one, other)), "{one:?} and {other:?}");
    }

    #[test]
    fn a_session_beside_itself_is_no_change(baseline in side()) {
        let ratio = log_ratio(&baseline, &baseline).expect("launches");
        prop_assert!(near(ratio.estimate, 0.0));
        let interval = ratio.interval.expect("two launches");
        prop_assert!(interval.low < 0.0 && 0.0 < interval.high);
    }

    #[test]
    fn as_many_further_launches_as_proposed_would_settle_it(candidate in calm_side(), half_width in 0.02..0.2) {
        let interval = log_ratio(&candidate, &candidate).expect("launches").interval.expect("two");
        // What is proposed is least: one launch less would not do.
        if let Some(further) = interval.further_launches(half_width) {
            prop_assert!(interval.further_launches(half_width * 0.999).is_none_or(|more| more >= further));
        }
    }

    #[test]
    fn the_smallest_change_of_a_report_is_that_of_two_such_sessions(launches in collection::vec(900.0..1100.0, 2..12)) {
        let session = [launches.clone()];
        let interval = log_ratio(&session, &session).expect("launches").interval.expect("two");
        prop_assert_eq!(smallest_change_percent(&launches), Some(interval.smallest_change_percent()));
    }

    #[test]
    fn sessions_of_one_number_each_turn_sign_with_the_sides(
        baseline in collection::vec(1.0..1e9, 3..8), candidate in collection::vec(1.0..1e9, 3..8)
    ) {
        let there = session_ratio(&baseline, &candidate).expect("numbers");
        let back = session_ratio(&candidate, &baseline).expect("numbers");
        prop_assert!(near(there.interval.expect("three").low, -back.interval.expect("three").high));
    }

    #[test]
    fn the_order_of_pairs_does_not_matter(logs in logs()) {
        let reversed: Vec<f64> = logs.iter().rev().copied().collect();
        prop_assert!(near(paired_interval(&logs).low, paired_interval(&reversed).low));
    }

    #[test]
    fn exchanged_sides_of_pairs_turn_the_sign(logs in logs()) {
        let turned: Vec<f64> = logs.iter().map(|log| -log).collect();
        let (there, back) = (paired_interval(&logs), paired_interval(&turned));
        prop_assert!(near(there.low, -back.high) && near(there.high, -back.low), "{there:?} and {back:?}");
    }

    #[test]
    fn a_change_moves_the_interval_of_pairs_and_leaves_its_width(logs in logs(), change in -1.0..1.0f64) {
        let moved: Vec<f64> = logs.iter().map(|log| log + change).collect();
        let (here, there) = (paired_interval(&logs), paired_interval(&moved));
        prop_assert!(near(here.low + change, there.low) && near(here.half_width(), there.half_width()));
    }

    #[test]
    fn the_estimate_of_pairs_lies_in_the_middle_of_its_interval(logs in logs()) {
        let paired = paired_ratio(&logs).expect("launches");
        let interval = paired.interval.expect("two pairs");
        prop_assert!(near(interval.low + interval.high, 2.0 * paired.estimate));
        prop_assert!(near(interval.high - interval.low, 2.0 * interval.half_width()) && interval.half_width() > 0.0);
    }

    #[test]
    fn a_slipped_launch_among_five_pairs_hardly_moves_the_estimate(
        logs in collection::vec(-0.01..0.01f64, 5), which in 0usize..5, slip in -0.7..0.7f64
    ) {
        let mut slipped = logs;
        slipped[which] += slip;
        prop_assert!(paired_ratio(&slipped).expect("launches").estimate.abs() < 0.01);
    }

    #[test]
    fn one_further_pair_less_than_proposed_would_not_do(logs in logs(), half_width in 0.001..0.5f64) {
        let interval = paired_interval(&logs);
        if let Some(further) = interval.further(half_width) {
            prop_assert!(interval.further(half_width * 0.999).is_none_or(|more| more >= further));
        }
    }
}
