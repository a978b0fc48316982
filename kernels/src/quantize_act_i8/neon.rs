//! The NEON variant.

use crate::slabs::neon::{encode_i8, slab};

/// Fills `codes`, as many as there are activations, and gives their scale. The second pass finds the slab in the cache.
#[target_feature(enable = "neon")]
pub(crate) fn quantize(a: &[f32], codes: &mut [i8]) -> f32 {
    match slab(a).activation_scale() {
        Ok(scale) => {
            encode_i8(a, scale, codes);
            scale
        }
        Err(scale) => {
            codes.fill(0);
            scale
        }
    }
}
