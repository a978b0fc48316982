//! What the kernels made of exponentials share: the exponential on a register, the loop, and the form of
//! `y[i] = f(x[i])`.
//!
//! `exp(x) = 2^n * exp(r)`, where `n` is the whole number nearest to `x / ln 2` and `r = x - n * ln 2`, so that
//! `|r| <= ln 2 / 2`. `ln 2` is taken off in two parts, of which the first times any such `n` is exact (Cody and Waite,
//! Software Manual for the Elementary Functions, 1980, chapter 6). `exp(r)` is a polynomial, fitted for the least
//! relative error and rounded to f32 one coefficient after the other, the rest fitted anew each time.
//!
//! Results that are subnormal must be right too. So an exponential of a number below 0 comes times `2^64`: it is normal
//! wherever the result is not 0, and the last operation of a kernel, which takes the factor off, rounds once.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
#[cfg(target_arch = "aarch64")]
pub(crate) mod neon;
pub(crate) mod scalar;

use std::f32::consts::LN_2;

use platforms::IsaLevel;

use crate::{
    agreement::within_ulps,
    kernel::{Bound, Reference, Work},
    operands::{Layout, Operands},
    shape::Shape,
};

/// The first bits of `ln 2`, few enough that their product with a whole number below 2^9 is exact.
pub(crate) const LN_2_HIGH: f32 = 0.693_145_75;
/// `ln 2` without [`LN_2_HIGH`].
pub(crate) const LN_2_LOW: f32 = 1.428_606_8e-6;
/// `exp(r) = 1 + r + r^2 * (E[0] + E[1] * r + ...)`, within 3.2e-9 of it.
pub(crate) const EXP: [f32; 5] = [0.499_999_94, 0.166_665_2, 0.041_668_26, 0.008_368_857, 0.001_382_176_8];
/// `exp(r) - 1 = r + r^2 * (E[0] + E[1] * r + ...)`, within 1.4e-8 of it.
pub(crate) const EXP_M1: [f32; 5] = [0.499_999_97, 0.166_665_45, 0.041_667_44, 0.008_366_453, 0.001_387_056_5];
/// `2^r = 1 + E[0] * r + E[1] * r^2 + ...` where `|r| <= 1/2`, within 1.1e-7 of it: enough for a softmax.
pub(crate) const EXP2: [f32; 5] = [LN_2, 0.240_222_78, 0.055_505_604, 0.009_669_972, 0.001_330_03];
/// What a sum with it is rounded to is a whole number, which stands in the low bits, with the bias of an exponent.
pub(crate) const ROUNDER: f32 = 12_582_912.0 + 127.0;
/// What an exponential of a number below 0 is multiplied by.
pub(crate) const SCALE: f32 = 18_446_744_073_709_551_616.0;
/// `1 / SCALE`.
pub(crate) const UNSCALE: f32 = 1.0 / SCALE;
/// Below it `exp(x) * SCALE` is not normal, and `exp(x)` times any number that it is multiplied by is 0.
pub(crate) const LOWEST: f32 = -130.5;

/// `x` and `y`, `n` elements each.
pub(crate) fn layout(shape: &Shape) -> Layout {
    let bytes = 4 * shape.extent('n');
    Layout { inputs: vec![bytes], output: bytes, scratch: 0 }
}

/// So many operations an element.
pub(crate) fn work(shape: &Shape, operations: u64) -> Work {
    let n = shape.extent('n') as u64;
    Work { flops: operations * n, bytes: 8 * n, elements: n, tokens: None }
}

/// Each element is a dozen instructions and more, which no memory is too slow for but the main one.
pub(crate) fn bound(shape: &Shape, isa: IsaLevel) -> Bound {
    if isa == IsaLevel::Scalar { Bound::Throughput } else { Bound::of_stream(8 * shape.extent('n')) }
}

/// `f` of each element, within so many ULP.
pub(crate) fn reference(operands: &Operands<'_>, ulps: f64, f: impl Fn(f64) -> f64) -> Reference {
    let right = operands.input::<f32>(0).iter().map(|&x| within_ulps(f(f64::from(x)), ulps));
    let (values, bounds) = right.unzip();
    Reference::Tolerance { values, bounds }
}
