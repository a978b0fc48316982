//! The scalar variant.

use super::Calibration;
use crate::affine::scalar::encode;

/// The compiler vectorises the codes; to group the timesteps is nothing beside them.
pub(super) fn quantize(calibration: Calibration<'_>, w: &[f32], y: &mut [f32]) {
    calibration.quantize(w, y, encode);
}
