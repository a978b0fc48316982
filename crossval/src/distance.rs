//! Distances between what a variant wrote and what is right: relative, in ULP, and as a share of a bound.
//!
//! Pure. Each is blind to something: the relative error grows without bound where terms cancel, values of `f32` are dense about
//! 0, and a bound may be loose.

/// The distance from what is right, as a share of it; infinite where `got` is no finite number. `None` where that share means
/// nothing: of 0, of an infinity, of a NaN.
#[must_use]
pub fn relative_error(got: f32, expected: f64) -> Option<f64> {
    if expected == 0.0 || !expected.is_finite() {
        return None;
    }
    if !got.is_finite() {
        return Some(f64::INFINITY);
    }
    Some(((f64::from(got) - expected) / expected).abs())
}

/// How many steps from one `f32` to the next lead from `a` to `b`: 0 between equals, among them the two zeros and any two
/// NaNs. An infinity is one step behind the largest number. `None` between a NaN and a number.
#[must_use]
pub fn ulp(a: f32, b: f32) -> Option<u32> {
    match (a.is_nan(), b.is_nan()) {
        (true, true) => Some(0),
        (false, false) => Some(place(a).abs_diff(place(b))),
        _ => None,
    }
}

/// Where a number stands among all `f32`, both zeros at 0.
fn place(number: f32) -> i32 {
    // Below the sign bit, magnitudes are in order as whole numbers.
    let magnitude = number.abs().to_bits().cast_signed();
    if number.is_sign_negative() { -magnitude } else { magnitude }
}

/// The distance from what is right, as a share of what is allowed: at most 1 exactly where a contract of tolerance is kept.
/// Infinite where nothing is allowed and something is off, and between a number and a NaN.
#[must_use]
pub fn bound_share(got: f32, expected: f64, bound: f64) -> f64 {
    let got = f64::from(got);
    match (got.is_nan(), expected.is_nan()) {
        (true, true) => return 0.0,
        (false, false) => {}
        _ => return if expected.is_nan() || bound < f64::INFINITY { f64::INFINITY } else { 0.0 },
    }
    // An infinity is no distance from itself, which the subtraction does not see.
    if got.total_cmp(&expected).is_eq() || bound == f64::INFINITY {
        return 0.0;
    }
    let distance = (got - expected).abs();
    if distance == 0.0 { 0.0 } else { distance / bound }
}

#[cfg(test)]
mod tests {
    use kernels::kernel::Reference;
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check_ulp(a: f32, b: f32, steps: Option<u32>) {
        assert_eq!((ulp(a, b), ulp(b, a)), (steps, steps), "{a:e} {b:e}");
    }

    #[test]
    fn neighbours_are_a_step_apart() {
        check_ulp(1.0, 1.0_f32.next_up(), Some(1));
        check_ulp(-1.0, (-1.0_f32).next_up(), Some(1));
        check_ulp(2.0_f32.next_down(), 2.0, Some(1));
    }

    #[test]
    fn the_zeros_are_equal_and_steps_lead_across_them() {
        check_ulp(0.0, -0.0, Some(0));
        check_ulp(f32::from_bits(1), -f32::from_bits(1), Some(2));
        check_ulp(-0.0, f32::from_bits(3), Some(3));
    }

    #[test]
    fn subnormals_are_as_dense_as_the_smallest_normal_numbers() {
        check_ulp(f32::MIN_POSITIVE, f32::MIN_POSITIVE.next_down(), Some(1));
        check_ulp(0.0, f32::MIN_POSITIVE, Some(1 << 23));
    }

    #[test]
    fn an_infinity_is_a_step_behind_the_largest_number() {
        check_ulp(f32::MAX, f32::INFINITY, Some(1));
        check_ulp(f32::INFINITY, f32::INFINITY, Some(0));
        check_ulp(f32::NEG_INFINITY, f32::INFINITY, Some(2 * 0x7f80_0000));
    }

    #[test]
    fn a_nan_is_near_nans_alone() {
        check_ulp(f32::NAN, -f32::NAN, Some(0));
        check_ulp(f32::NAN, 1.0, None);
    }

    #[test]
    fn an_error_is_relative_to_what_is_right() {
        assert_eq!(relative_error(1.5, 2.0), Some(0.25));
        assert_eq!(relative_error(-2.0, 2.0), Some(2.0));
    }

    #[test]
    fn nothing_is_relative_to_zero_to_an_infinity_or_to_a_nan() {
        for expected in [0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            assert_eq!(relative_error(1.0, expected), None, "{expected}");
        }
    }

    #[test]
    fn what_is_no_number_is_infinitely_wrong() {
        assert_eq!(relative_error(f32::NAN, 1.0), Some(f64::INFINITY));
        assert_eq!(relative_error(f32::INFINITY, 1.0), Some(f64::INFINITY));
    }

    #[track_caller]
    fn check_share(got: f32, expected: f64, bound: f64, share: f64) {
        let found = bound_share(got, expected, bound);
        assert!(found.total_cmp(&share).is_eq(), "{got:e} for {expected:e} within {bound:e}: {found:e}");
    }

    #[test]
    fn half_of_a_bound_is_a_half() {
        check_share(1.25, 1.0, 0.5, 0.5);
    }

    #[test]
    fn nothing_off_is_no_share_even_of_nothing() {
        for value in [0.0, 1.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN] {
            check_share(value, f64::from(value), 0.0, 0.0);
        }
        check_share(0.0, -0.0, 0.0, 0.0);
    }

    #[test]
    fn anything_off_is_infinitely_much_of_nothing() {
        check_share(1.0, 2.0, 0.0, f64::INFINITY);
        check_share(f32::INFINITY, f64::NEG_INFINITY, 1.0, f64::INFINITY);
        check_share(1.0, f64::NAN, f64::INFINITY, f64::INFINITY);
    }

    /// Any `f32`, with those about 0 and infinity more often than chance would have them.
    fn number() -> impl Strategy<Value = f32> {
        let special = [0.0, f32::from_bits(1), f32::MIN_POSITIVE, 1.0, f32::MAX, f32::INFINITY, f32::NAN];
        let special = proptest::sample::select(special.to_vec());
        prop_oneof![
            any::<u32>().prop_map(f32::from_bits),
            (special, any::<bool>()).prop_map(|(number, is_negative)| { if is_negative { -number } else { number } })
        ]
    }

    fn bound() -> impl Strategy<Value = f64> {
        prop_oneof![Just(0.0), Just(f64::INFINITY), number().prop_map(|bound| f64::from(bound).abs())]
            .prop_filter("a bound is a number", |bound| !bound.is_nan())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_share_of_at_most_one_is_agreement(got in number(), expected in number(), bound in bound()) {
            let reference = Reference::Tolerance { values: vec![f64::from(expected)], bounds: vec![bound] };
            let agrees = reference.agreement(&got.to_ne_bytes()).is_full();
            prop_assert_eq!(bound_share(got, f64::from(expected), bound) <= 1.0, agrees);
        }

        #[test]
        fn a_step_up_is_a_step(number in number().prop_filter("it has a next one", |number| number.is_finite())) {
            prop_assert_eq!(ulp(number, number.next_up()), Some(1));
        }

        #[test]
        fn steps_in_one_direction_add_up(a in number(), b in number(), c in number()) {
            let mut three = [a, b, c];
            prop_assume!(three.iter().all(|number| !number.is_nan()));
            three.sort_by(f32::total_cmp);
            let [low, middle, high] = three;
            let of = |a, b| ulp(a, b).map(u64::from);
            prop_assert_eq!(of(low, high), of(low, middle).zip(of(middle, high)).map(|(a, b)| a + b));
        }
    }
}
