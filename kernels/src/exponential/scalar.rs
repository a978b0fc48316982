//! The loop of the scalar variants, and the exponential in `f64`, which the compiler vectorises for the ABI floor.

/// `y[i] = f(x[i])`, rounded to f32 once.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the one rounding to the type of the output")]
pub(crate) fn map(x: &[f32], y: &mut [f32], f: impl Fn(f64) -> f64) {
    for (y, x) in y.iter_mut().zip(x) {
        *y = f(f64::from(*x)) as f32;
    }
}

/// `exp(r) - 1 = r + r^2 * (E[0] + E[1] * r + ...)`, within 4.5e-10 of it.
const EXP_M1: [f64; 6] = [0.5, 0.166_666_656_7, 0.041_666_492_8, 0.008_333_543_3, 0.001_393_238_8, 0.000_197_644_33];

/// `2^n` and `exp(r) - 1`, for `x` in -700 to 700: `exp(x) = 2^n + 2^n * (exp(r) - 1)`.
#[inline]
fn parts(x: f64) -> (f64, f64) {
    /// What a sum with it is rounded to is a whole number, which stands in the low bits, with the bias of an exponent.
    const ROUNDER: f64 = 6_755_399_441_055_744.0 + 1023.0;
    let rounded = x * std::f64::consts::LOG2_E + ROUNDER;
    let r = x - (rounded - ROUNDER) * std::f64::consts::LN_2;
    let [c2, c3, c4, c5, c6, c7] = EXP_M1;
    let exp_m1 = r + r * r * (c2 + r * (c3 + r * (c4 + r * (c5 + r * (c6 + r * c7)))));
    (f64::from_bits(rounded.to_bits() << 52), exp_m1)
}

/// `exp(x)` within 1e-9 of it; that of -150 or 150 where `x` is beyond, which are 0 and infinite as f32.
#[inline]
pub(crate) fn exp(x: f64) -> f64 {
    let (power, exp_m1) = parts(x.clamp(-150.0, 150.0));
    power + power * exp_m1
}

/// `exp(x) - 1` within 1e-9 of it, for `x` from -150 to 0; -1 below.
#[inline]
pub(crate) fn exp_m1(x: f64) -> f64 {
    let (power, exp_m1) = parts(x.clamp(-150.0, 0.0));
    power * exp_m1 + (power - 1.0)
}
