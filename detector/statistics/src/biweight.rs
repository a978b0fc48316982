//! Where numbers lie when it is known how far they usually lie apart: Tukey's biweight.
//!
//! `mean = sum of w[i] x[i] / sum of w[i]`, `w[i] = (1 - (u[i])²)²` within reach and 0 beyond, `u[i] = (x[i] - mean) /
//! (reach scale)`
//!
//! A trimmed mean sets the outermost numbers aside whether or not they are wrong, which costs an eighth of five good
//! ones. Where the spread of a launch is known from others, a launch is set aside for lying further out than launches
//! do, and how many may be is not fixed: two of five do nothing, and one of three. Beaton & Tukey, "The fitting of
//! power series, meaning polynomials, illustrated on band-spectroscopic data", 1974.

use crate::{order::median, spread::robust_sd, trimmed::Location};

/// Numbers further from the others than so many standard deviations count for nothing. With it the mean of normal
/// numbers is as sure as the plain mean of 95 % as many: the usual choice.
pub const REACH: f64 = 4.685;

/// The mean is found by so many steps at most; each brings it nearer by about a factor of ten.
const STEPS_MOST: u32 = 50;

/// Where the numbers lie, of which one usually differs from the others by a standard deviation of `scale`, and how sure
/// that is; `None` of no numbers.
///
/// Numbers that lie further apart than that are believed to: the scale is then that of their own
/// [`robust_sd`]. It starts from the median, so that it ends near more than half of the numbers, whatever
/// the others are.
///
/// With `psi[i] = w[i] (x[i] - mean)`, `psi'[i] = (1 - u[i]²) (1 - 5 u[i]²)` its slope, both 0 beyond reach, and `m`
/// the count of numbers within:
///
/// `variance of the mean = m / (m - 1) sum of psi² / (sum of psi')²`
///
/// Huber, "Robust statistics", 1981, section 6.3. Of five normal numbers it is 1.07 of the true one, of three 1.15. Its
/// degrees of freedom are the sum of weights less one.
#[must_use]
pub fn biweight(numbers: &[f64], scale: f64, reach: f64) -> Option<Location> {
    let within = reach * robust_sd(numbers).unwrap_or(0.0).max(scale);
    let mean = center(numbers, within)?;
    let (mut squares, mut slopes, mut weights, mut within_reach) = (0.0, 0.0, 0.0, 0.0f64);
    for number in numbers {
        let square = ((number - mean) / within).powi(2);
        if square < 1.0 {
            squares += (1.0 - square).powi(4) * (number - mean).powi(2);
            slopes += (1.0 - square) * (1.0 - 5.0 * square);
            weights += (1.0 - square).powi(2);
            within_reach += 1.0;
        }
    }
    let count = numbers.len();
    let few = within_reach / (within_reach - 1.0).max(1.0);
    let variance = (count > 1).then(|| count as f64 * few * squares / slopes.max(1.0).powi(2));
    Some(Location { mean, count, variance, degrees_of_freedom: (weights - 1.0).max(LEAST) })
}

/// The mean of the numbers within reach of it.
fn center(numbers: &[f64], within: f64) -> Option<f64> {
    let start = median(numbers)?;
    let mut mean = start;
    for _ in 0..STEPS_MOST {
        let (mut sum, mut weights) = (0.0, 0.0);
        for number in numbers {
            let weight = (1.0 - ((number - mean) / within).powi(2)).max(0.0).powi(2);
            // About the start, so that numbers far from 0 lose no digits.
            sum += weight * (number - start);
            weights += weight;
        }
        if weights <= 0.0 {
            return Some(start);
        }
        let next = start + sum / weights;
        if (next - mean).abs() <= 1e-13 * within {
            return Some(next);
        }
        mean = next;
    }
    Some(mean)
}

/// The fewest degrees of freedom of numbers that are all but alone within reach.
const LEAST: f64 = 0.5;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(numbers: &[f64], low: f64, high: f64) {
        let place = biweight(numbers, 1.0, REACH).expect("numbers").mean;
        assert!(low <= place && place <= high, "{place}");
    }

    #[test]
    fn numbers_within_their_usual_spread_have_about_their_mean() {
        check(&[99.0, 100.0, 100.5, 101.0, 99.5], 99.99, 100.01);
    }

    #[test]
    fn a_wild_number_among_three_does_nothing() {
        check(&[100.0, 100.0, 1e9], 100.0, 100.0);
    }

    #[test]
    fn two_wild_numbers_among_five_do_nothing() {
        check(&[99.0, 100.0, 101.0, 140.0, 160.0], 99.99, 100.01);
    }

    #[test]
    fn two_heaps_of_equal_size_are_met_in_the_middle() {
        check(&[100.0, 100.0, 130.0, 130.0], 114.99, 115.01);
    }

    #[test]
    fn no_numbers_lie_nowhere() {
        assert_eq!(biweight(&[], 1.0, REACH), None);
    }
}
