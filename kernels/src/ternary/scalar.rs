//! Plain code, on canonical matrices.

use super::{BLOCK, BLOCK_BYTES, Scales, Vectors, by_gemv, rows, surplus};

/// Byte by byte of the weights, four products each.
pub(crate) fn gemv(w: &[u8], a: &[i8], scales: Scales, y: &mut [f32]) {
    let (a_blocks, _) = a.as_chunks::<BLOCK>();
    let surplus = surplus(a);
    for (row, y) in rows(w, a.len(), y) {
        let sum: i32 = row.iter().zip(a_blocks).map(|(w, a)| dot(w, a)).sum();
        *y = scales.apply(sum - surplus);
    }
}

/// Vector by vector.
pub(crate) fn gemm(w: &[u8], vectors: Vectors<'_>, s_w: f32, y: &mut [f32]) {
    by_gemv(gemv, w, vectors, s_w, y);
}

/// Of the codes of a block and its activations.
fn dot(w: &[u8; BLOCK_BYTES], a: &[i8; BLOCK]) -> i32 {
    let product = |byte: u8, shift: u32, a: i8| i32::from(byte >> shift & 3) * i32::from(a);
    (0..BLOCK_BYTES)
        .map(|p| {
            product(w[p], 6, a[p])
                + product(w[p], 4, a[p + 32])
                + product(w[p], 2, a[p + 64])
                + product(w[p], 0, a[p + 96])
        })
        .sum()
}
