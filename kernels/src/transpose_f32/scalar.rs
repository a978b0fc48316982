//! The scalar variant.

/// Row by row of `y`, each gathered from a column of `a`.
pub(super) fn transpose(a: &[f32], y: &mut [f32], rows: usize, columns: usize) {
    for (j, y) in y.chunks_exact_mut(rows.max(1)).enumerate() {
        for (y, a) in y.iter_mut().zip(a.chunks_exact(columns)) {
            *y = a[j];
        }
    }
}
