//! Agreement: how an output compares with the reference.

use std::fmt;

use crate::kernel::Reference;

/// How far an output agrees with its reference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// The share of outputs within the contract, 0 to 1; 1 where there are none.
    pub accuracy: f64,
    /// The output furthest outside the contract; `None` where all are within it.
    pub worst: Option<Disagreement>,
    /// The largest distance of an output from what is right, both finite; 0 where there is none.
    pub largest_error: f64,
}

impl Agreement {
    /// Whether every output is within the contract.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.worst.is_none()
    }
}

/// One output outside the contract.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Disagreement {
    /// Which output, in elements.
    pub index: usize,
    /// What the variant wrote; NaN where it wrote nothing.
    pub got: f64,
    /// What the reference says; NaN where it says that there is no such output.
    pub expected: f64,
    /// How far they may be apart; 0 where the contract is exact.
    pub bound: f64,
}

impl Disagreement {
    /// How far outside the contract it is; infinite where one of the two is no number.
    fn excess(&self) -> f64 {
        let distance = (self.got - self.expected).abs() - self.bound;
        if distance.is_nan() { f64::INFINITY } else { distance }
    }
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { index, got, expected, bound } = self;
        write!(f, "output {index} is {got:e}, expected {expected:e}")?;
        if *bound > 0.0 { write!(f, " within {bound:e}") } else { Ok(()) }
    }
}

impl Reference {
    /// Compares the bytes of an output with what is right.
    ///
    /// Under an exact contract `f32` outputs agree when their bits do, and codes when their bytes do; under a tolerance when
    /// they are within the bound. Of `f32` a NaN agrees with every NaN and with nothing else, and an output too many or too
    /// few disagrees.
    #[must_use]
    pub fn agreement(&self, output: &[u8]) -> Agreement {
        let count = self.count().max(self.elements_of(output));
        let mut agreeing: usize = 0;
        let mut worst: Option<Disagreement> = None;
        let mut largest_error: f64 = 0.0;
        for index in 0..count {
            let pair = self.expected(index).zip(self.element(index, output));
            let error = pair.map_or(0.0, |((expected, _), got)| (got - expected).abs());
            if error.is_finite() {
                largest_error = largest_error.max(error);
            }
            let Some(found) = self.disagreement(index, output) else {
                agreeing += 1;
                continue;
            };
            if worst.is_none_or(|worst| found.excess() > worst.excess()) {
                worst = Some(found);
            }
        }
        let accuracy = match self {
            Self::Logits { values, vocabulary, .. } => same_places(values, output, *vocabulary),
            _ if count == 0 => 1.0,
            _ => agreeing as f64 / count as f64,
        };
        Agreement { accuracy, worst, largest_error }
    }

    /// How many outputs there should be.
    #[must_use]
    pub fn count(&self) -> usize {
        match self {
            Self::Exact { bytes, .. } => self.elements_of(bytes),
            Self::Tolerance { values, .. } | Self::Logits { values, .. } => values.len(),
        }
    }

    /// How many outputs so many bytes are, a broken one counted as a whole.
    fn elements_of(&self, output: &[u8]) -> usize {
        match self {
            Self::Exact { bytes, floats } if bytes.len() > 4 * floats => {
                output.len().div_ceil(4).min(*floats) + output.len().saturating_sub(4 * floats)
            }
            _ => output.len().div_ceil(4),
        }
    }

    /// What is right of output `index`, and how far it may be off; `None` where there is no such output.
    #[must_use]
    pub fn expected(&self, index: usize) -> Option<(f64, f64)> {
        match self {
            Self::Exact { bytes, .. } => Some((self.element(index, bytes)?, 0.0)),
            Self::Tolerance { values, bounds } | Self::Logits { values, bounds, .. } => {
                Some((*values.get(index)?, *bounds.get(index)?))
            }
        }
    }

    /// Output `index` among these bytes, as a number; a code is from 0 to 255.
    #[must_use]
    pub fn element(&self, index: usize, output: &[u8]) -> Option<f64> {
        match self {
            Self::Exact { bytes, floats } if index >= *floats && bytes.len() > 4 * floats => {
                output.get(4 * floats + index - floats).copied().map(f64::from)
            }
            _ => output.as_chunks().0.get(index).map(|&bytes| f64::from(f32::from_ne_bytes(bytes))),
        }
    }

    /// What is wrong with output `index`, `None` where nothing is.
    fn disagreement(&self, index: usize, output: &[u8]) -> Option<Disagreement> {
        let expected = self.expected(index);
        let got = self.element(index, output);
        let agrees = expected.zip(got).is_some_and(|((expected, bound), got)| match self {
            // A double tells the bits of every `f32` but a NaN's apart.
            Self::Exact { .. } => same(expected, got),
            Self::Tolerance { .. } | Self::Logits { .. } => near(expected, got, bound),
        });
        let absent = f64::NAN;
        let (got, (expected, bound)) = (got.unwrap_or(absent), expected.unwrap_or((absent, 0.0)));
        (!agrees).then_some(Disagreement { index, got, expected, bound })
    }
}

/// The share of rows whose largest output is where the largest value is; 1 where there are none.
fn same_places(values: &[f64], output: &[u8], vocabulary: usize) -> f64 {
    let outputs: Vec<f64> = output.as_chunks().0.iter().map(|&bytes| f64::from(f32::from_ne_bytes(bytes))).collect();
    let rows = values.len().checked_div(vocabulary).unwrap_or_default();
    let place = |row: &[f64]| row.iter().enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(place, _)| place);
    let is_same = |row: &usize| {
        let row = row * vocabulary..(row + 1) * vocabulary;
        outputs.get(row.clone()).is_some_and(|outputs| place(outputs) == place(&values[row]))
    };
    if rows == 0 { 1.0 } else { (0..rows).filter(is_same).count() as f64 / rows as f64 }
}

fn same(expected: f64, got: f64) -> bool {
    expected.to_bits() == got.to_bits() || (expected.is_nan() && got.is_nan())
}

fn near(expected: f64, got: f64, bound: f64) -> bool {
    if expected.is_nan() {
        return got.is_nan();
    }
    // An infinity is no distance from itself, which the subtraction does not see.
    bound == f64::INFINITY || got.total_cmp(&expected).is_eq() || (got - expected).abs() <= bound
}

/// How far the sum of `terms` numbers may be off that was added in `f32`, in any order, if their absolute values add
/// up to `magnitude`; each may be a product, rounded or not.
///
/// `terms * EPSILON * magnitude` is twice what Higham proves (Accuracy and Stability of Numerical Algorithms, 2002,
/// section 3.1), which leaves room for the second-order terms; a product below the normal range may lose half of the
/// smallest subnormal besides. Infinite, so that anything agrees, where a partial sum may leave the range of `f32`.
#[must_use]
pub fn sum_bound(terms: usize, magnitude: f64) -> f64 {
    const SMALLEST_SUBNORMAL: f32 = f32::from_bits(1);
    let terms = terms as f64;
    let bound = terms * (f64::from(f32::EPSILON) * magnitude + f64::from(SMALLEST_SUBNORMAL));
    if magnitude + bound > f64::from(f32::MAX) { f64::INFINITY } else { bound }
}

/// What is right, and how far an `f32` may be off that is within so many ULP of it.
///
/// An ULP is the distance between the two `f32` around the right value, down to `2^-149` among the subnormals (Muller,
/// On the definition of ulp(x), 2005, after Harrison). What is rounded to an infinity must be that infinity.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "the rounding of the contract")]
pub fn within_ulps(right: f64, ulps: f64) -> (f64, f64) {
    let rounded = f64::from(right as f32);
    if rounded.is_finite() { (right, ulps * ulp(right)) } else { (rounded, 0.0) }
}

/// The distance between the two `f32` around a number in their range.
///
/// # Panics
///
/// Never: an exponent has eleven bits.
#[must_use]
pub fn ulp(of: f64) -> f64 {
    const SMALLEST_EXPONENT: i32 = f32::MIN_EXP - 1;
    const FRACTION_BITS: u32 = f64::MANTISSA_DIGITS - 1;
    let biased = i32::try_from(of.abs().to_bits() >> FRACTION_BITS).expect("eleven bits");
    let exponent = (biased + f64::MIN_EXP - 2).max(SMALLEST_EXPONENT);
    2.0_f64.powi(exponent + 1 - f32::MANTISSA_DIGITS.cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(values: &[f32]) -> Reference {
        Reference::exact(values)
    }

    fn bytes(values: &[f32]) -> Vec<u8> {
        values.iter().flat_map(|value| value.to_ne_bytes()).collect()
    }

    #[track_caller]
    fn check(reference: &Reference, output: &[f32], accuracy: f64, worst: Option<usize>) {
        let agreement = reference.agreement(&bytes(output));
        assert_eq!((agreement.accuracy, agreement.worst.map(|worst| worst.index)), (accuracy, worst));
    }

    #[test]
    fn an_empty_output_agrees() {
        check(&exact(&[]), &[], 1.0, None);
    }

    #[test]
    fn any_nan_agrees_with_any_nan() {
        check(&exact(&[f32::NAN]), &[f32::from_bits(0xffc0_1234)], 1.0, None);
    }

    #[test]
    fn a_nan_agrees_with_no_number() {
        check(&exact(&[f32::NAN]), &[1.0], 0.0, Some(0));
        check(&Reference::Tolerance { values: vec![1.0], bounds: vec![9.0] }, &[f32::NAN], 0.0, Some(0));
        check(&Reference::Tolerance { values: vec![f64::NAN], bounds: vec![f64::INFINITY] }, &[1.0], 0.0, Some(0));
    }

    #[test]
    fn an_exact_zero_has_a_sign() {
        check(&exact(&[0.0, 0.0]), &[0.0, -0.0], 0.5, Some(1));
    }

    #[test]
    fn the_worst_is_the_furthest_outside_its_bound() {
        let reference = Reference::Tolerance { values: vec![1.0, 2.0, 3.0, 4.0], bounds: vec![0.0, 2.5, 0.5, 0.5] };
        check(&reference, &[2.0, 4.0, 5.0, 4.25], 0.5, Some(2));
    }

    #[test]
    fn an_infinity_agrees_with_itself_alone() {
        let reference = Reference::Tolerance { values: vec![f64::INFINITY; 3], bounds: vec![1.0; 3] };
        check(&reference, &[f32::INFINITY, f32::NEG_INFINITY, f32::MAX], 1.0 / 3.0, Some(1));
    }

    #[test]
    fn an_output_too_few_or_too_many_disagrees() {
        check(&exact(&[1.0, 2.0]), &[1.0], 0.5, Some(1));
        check(&exact(&[1.0]), &[1.0, 2.0], 0.5, Some(1));
    }

    #[test]
    fn the_largest_error_is_between_numbers() {
        let largest = |expected: &[f64], got: &[f32]| {
            let reference = Reference::Tolerance { values: expected.to_vec(), bounds: vec![1.0; expected.len()] };
            reference.agreement(&bytes(got)).largest_error.to_bits()
        };
        assert_eq!(largest(&[1.0, 2.0, f64::INFINITY, f64::NAN], &[1.25, 1.5, 1.0, 1.0]), 0.5_f64.to_bits());
        assert_eq!(largest(&[], &[]), 0.0_f64.to_bits());
    }

    #[test]
    fn codes_are_compared_byte_by_byte_even_where_they_look_like_no_number() {
        let reference = Reference::exact_parts(&[f32::NAN], &[0xff, 0xff, 0xff, 0xff]);
        let output = |codes: [u8; 4]| [(-f32::NAN).to_ne_bytes(), codes].concat();
        assert!(reference.agreement(&output([0xff; 4])).is_full());
        let agreement = reference.agreement(&output([0xff, 0xff, 0xff, 0x7f]));
        assert_eq!((agreement.accuracy, agreement.worst.map(|worst| worst.index)), (0.8, Some(4)));
        assert!(!reference.agreement(&output([0xff; 4])[..7]).is_full());
    }

    #[test]
    fn the_accuracy_of_logits_is_the_share_of_rows_with_the_same_largest() {
        let logits =
            |values: [f64; 6]| Reference::Logits { values: values.to_vec(), bounds: vec![0.5; 6], vocabulary: 3 };
        let reference = logits([1.0, 2.0, 3.0, 3.0, 2.75, 1.0]);
        check(&reference, &[1.0, 2.0, 3.0, 3.0, 2.75, 1.0], 1.0, None);
        // Within the bound, and yet another token.
        check(&reference, &[1.0, 2.0, 3.0, 2.75, 3.0, 1.0], 0.5, None);
        check(&reference, &[4.0, 2.0, 3.0, 3.0, 2.75, 1.0], 0.5, Some(0));
        check(&reference, &[1.0, 2.0, 3.0, 3.0, 2.75], 0.5, Some(5));
    }

    #[test]
    fn a_disagreement_names_place_values_and_bound() {
        let wrong = Disagreement { index: 7, got: 1.5, expected: 1.0, bound: 0.25 };
        assert_eq!(wrong.to_string(), "output 7 is 1.5e0, expected 1e0 within 2.5e-1");
    }

    #[test]
    fn a_sum_that_may_overflow_is_held_to_nothing() {
        assert!(sum_bound(2, f64::from(f32::MAX)).is_infinite());
        assert!(sum_bound(2, 1.0).is_finite());
    }

    #[track_caller]
    fn check_ulp(of: f32) {
        // The difference of neighbours is exact, and so are all bits of it.
        let distance = f64::from(of.abs().next_up()) - f64::from(of.abs());
        assert_eq!(ulp(f64::from(of)).to_bits(), distance.to_bits(), "{of:e}");
    }

    #[test]
    fn an_ulp_is_the_distance_to_the_next_number() {
        let smallest = f32::from_bits(1);
        for of in [0.0, smallest, 3.0 * smallest, f32::MIN_POSITIVE.next_down(), f32::MIN_POSITIVE] {
            check_ulp(of);
        }
        for of in [0.5, 1.0_f32.next_down(), 1.0, -1.5, 2.0_f32.next_down(), 2.0, 1e30, f32::MAX.next_down()] {
            check_ulp(of);
        }
    }

    #[test]
    fn what_is_between_two_numbers_is_within_an_ulp_of_both_and_of_no_third() {
        let (right, bound) = within_ulps(1.0 + f64::from(f32::EPSILON) / 4.0, 1.0);
        let reference = Reference::Tolerance { values: vec![right; 4], bounds: vec![bound; 4] };
        let output = [1.0, 1.0 + f32::EPSILON, 1.0 + 2.0 * f32::EPSILON, 1.0 - f32::EPSILON];
        check(&reference, &output, 0.5, Some(2));
    }

    #[test]
    fn what_is_rounded_to_infinity_is_infinite() {
        assert_eq!(within_ulps(-3.5e38, 1.0), (f64::NEG_INFINITY, 0.0));
        assert!(within_ulps(f64::from(f32::MAX), 1.0).0.is_finite());
    }
}
