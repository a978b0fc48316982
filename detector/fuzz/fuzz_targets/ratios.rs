//! Compares arbitrary positive numbers: sessions of launches, launches side by side, and one number a session.

#![no_main]

use arbitrary::Arbitrary;
use fuzz::numbers::Positive;
use libfuzzer_sys::fuzz_target;
use statistics::{
    location, log_ratio, median, paired_ratio, percent_of_log, quantile, session_ratio, smallest_change_percent,
};

#[derive(Arbitrary, Debug)]
struct Sides {
    baseline: Vec<Vec<Positive>>,
    candidate: Vec<Vec<Positive>>,
}

fuzz_target!(|sides: Sides| {
    let [baseline, candidate] = [sides.baseline, sides.candidate].map(numbers);
    let there = log_ratio(&baseline, &candidate);
    let back = log_ratio(&candidate, &baseline);
    if let (Some(there), Some(back)) = (there, back) {
        check(there.estimate, there.interval.map(|interval| [interval.low, interval.high, interval.standard_error]));
        assert!((there.estimate + back.estimate).abs() == 0.0, "{} and {}", there.estimate, back.estimate);
        assert!(
            there.baseline > 0.0 && there.candidate > 0.0 && there.baseline.is_finite() && there.candidate.is_finite()
        );
        if let Some(interval) = there.interval {
            assert!(interval.smallest_change_percent() > 0.0);
            assert_ne!(interval.further_launches(interval.half_width() / 2.0), Some(0));
        }
    }
    let launches = baseline.concat();
    if let Some(percent) = smallest_change_percent(&launches) {
        assert!(percent.is_finite() && percent > 0.0, "{percent}");
    }
    for (numbers, least, most) in [&launches, &candidate.concat()].into_iter().filter_map(|numbers| {
        let least = numbers.iter().copied().reduce(f64::min)?;
        Some((numbers, least, numbers.iter().copied().reduce(f64::max)?))
    }) {
        for quantile in [median(numbers), quantile(numbers, 0.95), quantile(numbers, 0.99)] {
            assert!(quantile.is_some_and(|quantile| (least..=most).contains(&quantile)), "{quantile:?} of {numbers:?}");
        }
    }
    let logs: Vec<f64> = launches.iter().map(|number| number.ln()).collect();
    if let Some(paired) = paired_ratio(&logs) {
        check(paired.estimate, paired.interval.map(|interval| [interval.low, interval.high, interval.standard_error]));
    }
    assert_eq!(location(&logs).is_some(), !logs.is_empty());
    if let Some(ratio) = session_ratio(&launches, &candidate.concat()) {
        check(ratio.estimate, ratio.interval.map(|interval| [interval.low, interval.high, interval.standard_error]));
    }
});

fn numbers(side: Vec<Vec<Positive>>) -> Vec<Vec<f64>> {
    side.into_iter().map(|session| session.into_iter().map(|Positive(number)| number).collect()).collect()
}

fn check(estimate: f64, interval: Option<[f64; 3]>) {
    assert!(percent_of_log(estimate).is_finite(), "{estimate}");
    if let Some([low, high, standard_error]) = interval {
        assert!(low <= estimate && estimate <= high, "{low} {estimate} {high}");
        assert!(standard_error.is_finite() && standard_error > 0.0, "{standard_error}");
        assert!([low, high].map(percent_of_log).iter().all(|number| number.is_finite()));
    }
}
