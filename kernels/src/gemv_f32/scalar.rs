//! The scalar variant.

/// Row by row, each a dot product.
pub(super) fn gemv(a: &[f32], x: &[f32], y: &mut [f32]) {
    for (i, y) in y.iter_mut().enumerate() {
        *y = a[i * x.len()..].iter().zip(x).map(|(a, x)| a * x).sum();
    }
}
