//! The AVX2 variant.

use super::Calibration;
use crate::affine::avx2::encode;

/// Eight weights an instruction; to group the timesteps is nothing beside them.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn quantize(calibration: Calibration<'_>, w: &[f32], y: &mut [f32]) {
    calibration.quantize(w, y, |w, affine, codes| encode(w, affine, codes));
}
