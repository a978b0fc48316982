//! The AVX2 variant, slower on purpose: one part in thirty-two is searched twice. For tests of the instrument.

use std::{arch::x86_64::_mm256_max_ps, hint::black_box};

use crate::extremum::{Extremum, avx2::find};

/// The first part a second time, as code does that forgot that it was done.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn max(a: &[f32]) -> f32 {
    black_box(find(&a[..a.len() / 32], Extremum::MAXIMUM, |best, elements| _mm256_max_ps(best, elements)));
    find(a, Extremum::MAXIMUM, |best, elements| _mm256_max_ps(best, elements))
}
