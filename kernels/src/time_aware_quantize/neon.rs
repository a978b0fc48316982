//! The NEON variant.

use super::Calibration;
use crate::affine::neon::encode;

/// Four weights an instruction; to group the timesteps is nothing beside them.
#[target_feature(enable = "neon")]
pub(super) fn quantize(calibration: Calibration<'_>, w: &[f32], y: &mut [f32]) {
    calibration.quantize(w, y, |w, affine, codes| encode(w, affine, codes));
}
