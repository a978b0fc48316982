//! The search for change points against its promises, by seeded histories: how often it alarms, how much it finds, and what must
//! not matter.

mod histories;

use histories::Noise;
use proptest::prelude::*;
use statistics::change_points::{Change, Found, Method, WINDOW, change_points};

/// A change within so many points of the truth has found it.
const NEAR: usize = 5;

fn found(logs: &[f64]) -> Found {
    change_points(logs, &Method::default())
}

/// Alarms in `histories` histories of 400 points without a change.
fn alarms(noise: Noise, histories: u64) -> usize {
    (0..histories).map(|seed| found(&noise.history(400, seed, None)).changes.len()).sum()
}

/// How many of 24 steps of a history of 200 points are found, up and down, at places all over its middle.
fn hits(noise: Noise, size: f64) -> usize {
    let is_hit = |seed: &u64| {
        let (logs, at) = noise.stepped(*seed, size);
        found(&logs).changes.iter().any(|change| change.index.abs_diff(at) <= NEAR)
    };
    (0..24).filter(is_hit).count()
}

#[test]
fn noise_without_a_change_is_not_cut_into_steps() {
    for noise in Noise::ALL {
        let most = match noise {
            // What wanders off is, at last, no longer where it was.
            Noise::BendingDrift => 40,
            Noise::Walk => 16,
            Noise::Drift => 6,
            _ => 2,
        };
        let alarms = alarms(noise, 24);
        assert!(alarms <= most, "{alarms} alarms in 9,600 points of {noise:?}, at most {most}");
    }
}

#[test]
fn steps_of_5_and_10_percent_are_found_in_every_noise() {
    for noise in Noise::ALL {
        // Modes that stay for half a dozen runs, 4 % apart, are hard to tell from steps of 5 %.
        let least_of_5 = if noise == Noise::TwoModesInStretches { 20 } else { 23 };
        for (size, least) in [(0.05, least_of_5), (0.10, 24)] {
            let hits = hits(noise, size);
            assert!(hits >= least, "{hits} of 24 steps of {size} in {noise:?}, at least {least}");
        }
    }
}

#[test]
fn steps_of_2_percent_are_found_where_the_noise_is_not_much_larger() {
    for noise in [Noise::Quiet, Noise::Outliers, Noise::TwoModes, Noise::Swelling, Noise::HeavyTails, Noise::Ticks] {
        let hits = hits(noise, 0.02);
        assert!(hits >= 20, "{hits} of 24 steps of 2 % in {noise:?}");
    }
}

#[test]
fn steps_of_1_percent_are_found_between_modes_that_are_four_times_as_far_apart() {
    // No mean sees them: the modes spread by 1.8 %.
    let hits = hits(Noise::TwoModes, 0.01);
    assert!(hits >= 12, "{hits} of 24");
}

#[test]
fn a_straight_drift_is_told_as_creep_with_its_rate() {
    let creeps = found(&Noise::Drift.history(400, 7, None)).creeps;
    assert_eq!(creeps.len(), 1, "{creeps:?}");
    let creep = creeps[0];
    assert!((creep.from, creep.to) == (0, 400) && creep.low < 0.05 / 400.0 && 0.05 / 400.0 < creep.high, "{creep:?}");
}

#[test]
fn creep_that_begins_in_the_middle_is_told_where_it_is() {
    let told = |seed: u64| {
        let ramp = |at: usize| 0.001 * (at as f64 - 200.0).max(0.0);
        let logs: Vec<f64> =
            Noise::Quiet.history(400, seed, None).iter().enumerate().map(|(at, log)| log + ramp(at)).collect();
        let creeps = found(&logs).creeps;
        creeps.iter().any(|creep| creep.low <= 0.0011 && 0.0009 <= creep.high && creep.to == 400 && creep.from > 100)
    };
    let count = (0..20).filter(|&seed| told(seed)).count();
    assert!(count >= 18, "{count} of 20");
}

#[test]
fn the_rate_of_a_creep_is_not_told_too_small() {
    let rates: Vec<f64> =
        (0..40).filter_map(|seed| Some(found(&Noise::Drift.history(400, seed, None)).creeps.first()?.rate)).collect();
    let mean = rates.iter().sum::<f64>() / rates.len() as f64;
    assert!(rates.len() >= 36 && (mean / (0.05 / 400.0) - 1.0).abs() < 0.05, "{mean} of {}", rates.len());
}

#[test]
fn a_series_that_does_not_creep_has_no_creep() {
    for noise in [
        Noise::Quiet,
        Noise::Normal,
        Noise::Outliers,
        Noise::TwoModes,
        Noise::TwoModesInStretches,
        Noise::ThreeModes,
        Noise::Memory,
        Noise::HeavyTails,
    ] {
        let creeping = (0..24).filter(|&seed| !found(&noise.history(400, seed, None)).creeps.is_empty()).count();
        assert!(creeping <= 1, "{creeping} of 24 of {noise:?}");
    }
}

#[test]
fn the_interval_of_a_step_covers_it() {
    let covers = |noise: Noise, seed: u64| {
        let logs = noise.history(200, 5000 + seed, Some((100, 0.1)));
        let near = |change: &&Change| change.index.abs_diff(100) <= NEAR;
        found(&logs).changes.iter().find(near).is_some_and(|change| change.low <= 0.1 && 0.1 <= change.high)
    };
    for noise in [Noise::Quiet, Noise::Normal, Noise::Memory, Noise::Outliers, Noise::TwoModes, Noise::ThreeModes] {
        let covered = (0..100).filter(|&seed| covers(noise, seed)).count();
        // 95 % are promised, and where the step lies was chosen to make it large.
        assert!(covered >= 85, "{covered} of 100 of {noise:?}");
    }
}

#[test]
fn a_stretch_that_comes_and_goes_has_two_ends() {
    let mut logs = Noise::Quiet.history(200, 3, None);
    logs[80..110].iter_mut().for_each(|log| *log += 0.05);
    let at: Vec<usize> = found(&logs).changes.iter().map(|change| change.index).collect();
    assert_eq!(at, [80, 110]);
}

#[test]
fn a_short_stretch_that_comes_and_goes_is_found_wherever_it_is() {
    for length in [8, 10, 12] {
        let is_found = |at: &usize| {
            let mut logs = Noise::Quiet.history(400, *at as u64, None);
            logs[*at..at + length].iter_mut().for_each(|log| *log += 0.2);
            found(&logs).changes.iter().map(|change| change.index).eq([*at, at + length])
        };
        let places: Vec<usize> = (20..380).step_by(18).collect();
        let count = places.iter().filter(|at| is_found(at)).count();
        assert!(count + 2 >= places.len(), "{count} of {} stretches of {length} points", places.len());
    }
}

#[test]
fn one_wild_point_and_two_are_no_change() {
    for wild in [1, 2] {
        let mut logs = Noise::Quiet.history(100, 4, None);
        logs[50..50 + wild].iter_mut().for_each(|log| *log += 1.0);
        assert_eq!(found(&logs).changes, [], "{wild}");
    }
}

#[test]
fn a_long_history_is_searched_window_by_window_and_misses_no_step() {
    let mut logs = Noise::Normal.history(4000, 5, None);
    let steps = [100, 255, 400, 777, 1024, 1280, 2000, 3000, 3900];
    for (number, step) in steps.iter().enumerate() {
        let sign = if number % 2 == 0 { 0.1 } else { -0.1 };
        logs[*step..].iter_mut().for_each(|log| *log += sign);
    }
    let changes = found(&logs).changes;
    assert_eq!(changes.len(), steps.len(), "{changes:?}");
    for (change, step) in changes.iter().zip(steps) {
        assert!(change.index.abs_diff(step) <= NEAR, "{change:?} for {step}");
    }
}

#[test]
fn a_drift_through_many_windows_is_one_creep() {
    let logs: Vec<f64> =
        Noise::Quiet.history(3 * WINDOW, 6, None).iter().enumerate().map(|(at, log)| log + 1e-4 * at as f64).collect();
    let creeps = found(&logs).creeps;
    assert_eq!(creeps.iter().map(|creep| (creep.from, creep.to)).collect::<Vec<_>>(), [(0, 3 * WINDOW)]);
    assert!((creeps[0].rate - 1e-4).abs() < 2e-5, "{creeps:?}");
}

#[test]
fn too_few_points_have_no_change() {
    for count in 0..6 {
        assert_eq!(found(&vec![1.0; count]), Found::default());
    }
}

#[test]
fn a_clear_step_is_found_in_a_dozen_points() {
    let mut logs = Noise::Quiet.history(12, 8, None);
    logs[6..].iter_mut().for_each(|log| *log += 0.1);
    let at: Vec<usize> = found(&logs).changes.iter().map(|change| change.index).collect();
    assert_eq!(at, [6]);
}

#[test]
fn equal_points_have_no_change() {
    assert_eq!(found(&[3.0; 300]), Found::default());
}

#[test]
fn a_clean_step_of_equal_points_is_one_change() {
    let mut logs = vec![3.0; 60];
    logs[30..].fill(3.1);
    let changes = found(&logs).changes;
    assert_eq!(changes.len(), 1);
    assert!(changes[0].index == 30 && (changes[0].estimate - 0.1).abs() < 1e-9 && changes[0].is_confirmed);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_unit_does_not_matter(seed in 0u64..1000, unit in -20.0..20.0f64) {
        let logs = Noise::Normal.history(120, seed, Some((60, 0.06)));
        let other: Vec<f64> = logs.iter().map(|log| log + unit).collect();
        let places = |found: Found| found.changes.iter().map(|change| change.index).collect::<Vec<_>>();
        prop_assert_eq!(places(found(&logs)), places(found(&other)));
    }

    #[test]
    fn a_regression_and_an_improvement_are_found_alike(seed in 0u64..1000, size in 0.0..0.1f64) {
        let logs = Noise::Normal.history(120, seed, Some((60, size)));
        let turned: Vec<f64> = logs.iter().map(|log| -log).collect();
        let (one, other) = (found(&logs), found(&turned));
        prop_assert_eq!(one.changes.len(), other.changes.len());
        for (one, other) in one.changes.iter().zip(&other.changes) {
            prop_assert_eq!(one.index, other.index);
            prop_assert!((one.estimate + other.estimate).abs() < 1e-9);
        }
    }

    #[test]
    fn whatever_the_numbers_are_changes_are_in_order_and_in_range(
        logs in proptest::collection::vec(-700.0..700.0f64, 0..700)
    ) {
        let found = found(&logs);
        prop_assert!(found.changes.windows(2).all(|two| two[0].index < two[1].index));
        for change in &found.changes {
            prop_assert!(change.index > 0 && change.index < logs.len());
            prop_assert!(change.low <= change.estimate && change.estimate <= change.high, "{:?}", change);
        }
        for creep in &found.creeps {
            prop_assert!(creep.from < creep.to && creep.to <= logs.len());
        }
    }
}
