//! The loop of the scalar variants.

/// `y[i] = op(a[i], b[i])`. The compiler vectorises it as far as the ABI floor goes.
#[inline]
pub(crate) fn map(a: &[f32], b: &[f32], y: &mut [f32], op: impl Fn(f32, f32) -> f32) {
    for ((y, a), b) in y.iter_mut().zip(a).zip(b) {
        *y = op(*a, *b);
    }
}
