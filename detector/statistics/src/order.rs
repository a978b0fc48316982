//! Order statistics: the median and other quantiles.

/// The median: the middle number, or the mean of the two in the middle. `None` of no numbers.
///
/// Of `n` numbers up to `(n - 1) / 2` may be arbitrarily wrong and it still lies among the right ones.
#[must_use]
pub fn median(numbers: &[f64]) -> Option<f64> {
    quantile(numbers, 0.5)
}

/// The number below which the share `p` of the numbers lies, `p` from 0 to 1. `None` of no numbers.
///
/// Between two numbers it is interpolated: with `h = (n - 1) p`, `x[floor h] + (h - floor h) (x[floor h + 1] -
/// x[floor h])`, the numbers sorted and counted from 0. This is definition 7 of Hyndman & Fan, "Sample quantiles in
/// statistical packages", 1996, which R, `NumPy` and spreadsheets use.
#[must_use]
pub fn quantile(numbers: &[f64], p: f64) -> Option<f64> {
    let sorted = sorted(numbers);
    let last = sorted.len().checked_sub(1)?;
    let place = p.clamp(0.0, 1.0) * last as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place lies between 0 and the last index"
    )]
    let below = place as usize;
    let above = (below + 1).min(last);
    Some(sorted[below] + (place - below as f64) * (sorted[above] - sorted[below]))
}

/// The numbers, least first.
pub(crate) fn sorted(numbers: &[f64]) -> Vec<f64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_odd_count_is_the_middle_number() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
    }

    #[test]
    fn the_median_of_an_even_count_is_the_mean_of_the_middle_two() {
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }

    #[test]
    fn no_numbers_have_no_median() {
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn one_number_is_each_of_its_quantiles() {
        assert_eq!(quantile(&[7.0], 0.99), Some(7.0));
    }

    #[test]
    fn quantiles_are_interpolated_as_definition_7_says() {
        // R: quantile(c(1, 2, 4, 8), c(.25, .95)) is 1.75 and 7.4.
        let numbers = [8.0, 1.0, 4.0, 2.0];
        assert_eq!(quantile(&numbers, 0.25), Some(1.75));
        assert!((quantile(&numbers, 0.95).expect("numbers") - 7.4).abs() < 1e-12);
    }

    #[test]
    fn the_outermost_quantiles_are_least_and_greatest() {
        let numbers = [5.0, 9.0, 1.0];
        assert_eq!(quantile(&numbers, 0.0), Some(1.0));
        assert_eq!(quantile(&numbers, 1.0), Some(9.0));
    }
}
