//! Where a session's launches lie, and how sure that is: the trimmed mean with its standard error.

use crate::order::sorted;

/// One number of so many is set aside at each end. With five launches these are the slowest and the fastest, so that
/// one slipped launch moves neither the location nor its error. Wilcox, "Introduction to robust estimation and
/// hypothesis testing", 2012, section 3.3, recommends the same 20 % as the best all round.
pub const TRIMMED_ONE_OF: usize = 5;

/// Where numbers lie, and how sure that is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Location {
    /// The trimmed mean, in the unit of the numbers.
    pub mean: f64,
    /// How many numbers there were, trimmed ones too.
    pub count: usize,
    /// The variance of one number in effect: that of `mean` times `count`. `None` of one number.
    pub variance: Option<f64>,
    /// Degrees of freedom of `variance`: the numbers that were not trimmed, less one.
    pub degrees_of_freedom: f64,
}

/// The trimmed mean of the numbers and its standard error; `None` of no numbers.
///
/// With `g = floor(n / 5)` numbers trimmed at each end and `h = n - 2 g` left:
///
/// `mean = sum of the h middle numbers / h`
///
/// `variance of the mean = sum over all n of (w[i] - mean w)² / (h (h - 1))`, `h - 1` degrees of freedom,
///
/// where `w` are the numbers with the trimmed ones pulled in to the nearest that was left ("winsorised"). Yuen, "The
/// two-sample trimmed t for unequal population variances", 1974. Of fewer than five numbers none is trimmed, and it is
/// the mean with its usual error.
///
/// Why not the median: its error, learnt from five numbers, is no better known than this one, and where two of five
/// launches are slow, a median stays calm and wrong as easily as calm and right; this one's interval becomes wide.
#[must_use]
pub fn location(numbers: &[f64]) -> Option<Location> {
    location_trimming(numbers, TRIMMED_ONE_OF as f64)
}

/// The same, with one number of `one_of` trimmed at each end; `one_of` is above 2.
#[must_use]
pub fn location_trimming(numbers: &[f64], one_of: f64) -> Option<Location> {
    let sorted = sorted(numbers);
    let count = sorted.len();
    if count == 0 {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a part of a count is at least 0 and at most that count"
    )]
    let trimmed = (count as f64 / one_of) as usize;
    let kept = &sorted[trimmed..count - trimmed];
    let (least, greatest) = (kept[0], kept[kept.len() - 1]);
    let mean = mean(kept.iter().copied());
    let winsorised_mean = self::mean(sorted.iter().map(|number| number.clamp(least, greatest)));
    let squares: f64 = sorted.iter().map(|number| (number.clamp(least, greatest) - winsorised_mean).powi(2)).sum();
    let degrees_of_freedom = (kept.len() - 1) as f64;
    let variance = (kept.len() > 1).then(|| count as f64 * squares / (kept.len() as f64 * degrees_of_freedom));
    Some(Location { mean, count, variance, degrees_of_freedom })
}

/// The arithmetic mean of at least one number.
pub(crate) fn mean(numbers: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = numbers.len() as f64;
    numbers.sum::<f64>() / count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_numbers_have_the_usual_mean_and_variance() {
        let location = location(&[1.0, 2.0, 3.0, 6.0]).expect("numbers");
        assert!((location.mean - 3.0).abs() < 1e-12);
        assert!((location.variance.expect("four") - 14.0 / 3.0).abs() < 1e-12);
        assert!((location.degrees_of_freedom - 3.0).abs() < 1e-12);
    }

    #[test]
    fn one_wild_number_among_five_moves_neither_mean_nor_variance() {
        let clean = location(&[1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(location(&[1.0, 2.0, 3.0, 4.0, 1e9]), clean);
    }

    #[test]
    fn five_numbers_are_trimmed_by_one_at_each_end() {
        // Winsorised: 2 2 3 4 4, squares 4 about 3; h = 3; 5 * 4 / (3 * 2).
        let location = location(&[5.0, 1.0, 3.0, 2.0, 4.0]).expect("numbers");
        assert!((location.mean - 3.0).abs() < 1e-12);
        assert!((location.variance.expect("five") - 20.0 / 6.0).abs() < 1e-12);
        assert!((location.degrees_of_freedom - 2.0).abs() < 1e-12);
    }

    #[test]
    fn two_wild_numbers_among_five_make_it_unsure() {
        let location = location(&[1.0, 1.01, 1.02, 1.4, 1.6]).expect("numbers");
        assert!(location.variance.expect("five").sqrt() > 0.2);
    }

    #[test]
    fn one_number_has_a_place_and_no_variance() {
        let location = location(&[2.0]).expect("a number");
        assert!((location.mean - 2.0).abs() < 1e-12);
        assert_eq!(location.variance, None);
    }
}
