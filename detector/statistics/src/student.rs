//! Student's t: how many standard errors make an interval.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// The share of true values that an interval is to contain. 95 %: what the field prints, and what its readers take an
/// interval without a number to be.
pub const COVERAGE: f64 = 0.95;

/// Degrees of freedom from which t is taken for normal: there the two quantiles differ by less than one in a million, and
/// the search for t's would not end at infinity.
const NORMAL_FROM: f64 = 1e6;

/// The quantile of Student's t distribution: a share `p` of its values lies below. `degrees_of_freedom` is above 0 and
/// need not be whole; infinity is the normal distribution. `p` lies strictly between 0 and 1.
///
/// Student, "The probable error of a mean", 1908.
///
/// # Panics
///
/// When an argument lies outside of its range.
#[must_use]
pub fn quantile(p: f64, degrees_of_freedom: f64) -> f64 {
    assert!(p > 0.0 && p < 1.0, "p must lie between 0 and 1, found {p}");
    if degrees_of_freedom > NORMAL_FROM {
        return Normal::standard().inverse_cdf(p);
    }
    StudentsT::new(0.0, 1.0, degrees_of_freedom).expect("degrees of freedom are above 0").inverse_cdf(p)
}

/// Standard errors on each side of an estimate, for an interval of [`COVERAGE`]: 1.96 for many degrees of freedom, 4.30
/// for two.
#[must_use]
pub fn standard_errors(degrees_of_freedom: f64) -> f64 {
    quantile(0.5 + COVERAGE / 2.0, degrees_of_freedom)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(degrees_of_freedom: f64, expected: f64) {
        let found = standard_errors(degrees_of_freedom);
        assert!((found - expected).abs() < 5e-4, "{degrees_of_freedom}: {found}, not {expected}");
    }

    #[test]
    fn quantiles_are_those_of_the_printed_tables() {
        check(1.0, 12.706);
        check(2.0, 4.303);
        check(4.0, 2.776);
        check(8.0, 2.306);
        check(30.0, 2.042);
        check(f64::INFINITY, 1.960);
    }

    #[test]
    fn between_whole_degrees_of_freedom_it_lies_between_their_quantiles() {
        let between = standard_errors(3.5);
        assert!(standard_errors(4.0) < between && between < standard_errors(3.0));
    }
}
