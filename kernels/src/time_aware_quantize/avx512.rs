//! The AVX-512 variant.

use super::Calibration;
use crate::affine::avx512::encode;

/// Sixteen weights an instruction; to group the timesteps is nothing beside them.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn quantize(calibration: Calibration<'_>, w: &[f32], y: &mut [f32]) {
    calibration.quantize(w, y, |w, affine, codes| encode(w, affine, codes));
}
