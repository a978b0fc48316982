//! How sure a share is: so many of so many.

use statrs::distribution::{Beta, ContinuousCDF};

use crate::student::COVERAGE;

/// The interval of a share of which `of` in `all` were seen, both from 0 to 1; `None` of none at all.
///
/// It contains the true share in 95 of 100 experiments at the least, also where nothing or everything was seen. Clopper and
/// Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial", 1934.
#[must_use]
pub fn interval(of: u64, all: u64) -> Option<[f64; 2]> {
    if all == 0 || of > all {
        return None;
    }
    let tail = (1.0 - COVERAGE) / 2.0;
    let quantile = |p: f64, a: u64, b: u64| Beta::new(a as f64, b as f64).ok().map(|beta| beta.inverse_cdf(p));
    let low = if of == 0 { Some(0.0) } else { quantile(tail, of, all - of + 1) };
    let high = if of == all { Some(1.0) } else { quantile(1.0 - tail, of + 1, all - of) };
    Some([low?, high?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(of: u64, all: u64, low: f64, high: f64) {
        let [found_low, found_high] = interval(of, all).expect("a share");
        assert!((found_low - low).abs() < 5e-5 && (found_high - high).abs() < 5e-5, "{found_low} {found_high}");
    }

    #[test]
    fn the_interval_is_the_published_one() {
        // 1 - 0.025^(1/150), and R's binom.test(8, 10).
        check(0, 150, 0.0, 0.024_29);
        check(8, 10, 0.443_90, 0.974_79);
        check(10, 10, 0.691_50, 1.0);
    }

    #[test]
    fn of_nothing_nothing_is_known() {
        assert_eq!(interval(0, 0), None);
    }
}
