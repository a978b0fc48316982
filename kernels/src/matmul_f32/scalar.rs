//! The scalar variant.

use super::Extents;

/// Row by row of `c`, each the sum of the rows of `b`, scaled: the inner loop has no chain, and the compiler
/// vectorises it.
pub(super) fn matmul(a: &[f32], b: &[f32], c: &mut [f32], extents: Extents, _: &mut [f32]) {
    let Extents { m, n, k } = extents;
    c.fill(0.0);
    for i in 0..m {
        let c = &mut c[i * n..][..n];
        for p in 0..k {
            let a = a[i * k + p];
            for (c, b) in c.iter_mut().zip(&b[p * n..][..n]) {
                *c += a * b;
            }
        }
    }
}
