//! How far numbers lie apart, when a few of them are wrong.

use crate::order::median;

/// Makes the median absolute deviation of normal numbers their standard deviation: 1 / Φ⁻¹(3/4).
const NORMAL_CONSISTENCY: f64 = 1.482_602_218_505_602;

/// The same for 2 to 9 numbers, on top: with few numbers the deviation comes out too small. Croux & Rousseeuw,
/// "Time-efficient algorithms for two highly robust estimators of scale", 1992, section 4.
const FEW_NUMBERS: [f64; 8] = [1.196, 1.495, 1.363, 1.206, 1.200, 1.140, 1.129, 1.107];

/// The scaled median absolute deviation, in the unit of the numbers; `None` of fewer than two.
///
/// `1.4826 b(n) median |x[i] - median x|`: for normal numbers it estimates their standard deviation, and just under
/// half of the numbers may be arbitrarily wrong. Hampel, "The influence curve and its role in robust estimation",
/// 1974; `b(n)` as in Croux & Rousseeuw 1992. It is 0 when more than half of the numbers are equal.
#[must_use]
pub fn robust_sd(numbers: &[f64]) -> Option<f64> {
    let count = numbers.len();
    let few = match count {
        0 | 1 => return None,
        2..=9 => FEW_NUMBERS[count - 2],
        _ => count as f64 / (count as f64 - 0.8),
    };
    let middle = median(numbers)?;
    let deviations: Vec<f64> = numbers.iter().map(|number| (number - middle).abs()).collect();
    Some(NORMAL_CONSISTENCY * few * median(&deviations)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::sorted;

    #[test]
    fn one_number_has_no_spread() {
        assert_eq!(robust_sd(&[1.0]), None);
    }

    #[test]
    fn a_wild_number_among_five_hardly_moves_it() {
        let clean = robust_sd(&[98.0, 99.0, 100.0, 101.0, 102.0]).expect("five");
        let wild = robust_sd(&[98.0, 99.0, 100.0, 101.0, 1e9]).expect("five");
        assert!((wild - clean).abs() < 1e-9, "{clean} and {wild}");
    }

    #[test]
    fn of_evenly_spread_normal_numbers_it_is_their_standard_deviation() {
        // Φ⁻¹ at (i - 1/2) / 1001, so that the sample is as normal as can be; its quartile is at ±0.6745.
        use statrs::distribution::{ContinuousCDF, Normal};
        let normal = Normal::standard();
        let numbers: Vec<f64> =
            (0..1001).map(|i| 5.0 + 2.0 * normal.inverse_cdf((f64::from(i) + 0.5) / 1001.0)).collect();
        assert!((robust_sd(&sorted(&numbers)).expect("many") - 2.0).abs() < 0.01);
    }
}
