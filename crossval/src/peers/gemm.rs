//! gemm: matrix products in Rust, once the heart of faer.

use ::gemm::Parallelism;

use super::{Library, product::Product};
use crate::peer::{Call, Closeness, Peer, each};

pub(super) const LIBRARY: Library = Library {
    name: "gemm",
    version: || env!("VERSION_GEMM").to_owned(),
    peers: &[
        Peer {
            kernel: "matmul_f32",
            call: "gemm::gemm, row-major, no parallelism",
            closeness: Closeness::Contract,
            prepare: |shape, inputs| product(Product::of(shape, inputs)),
        },
        Peer {
            kernel: "gemv_f32",
            call: "gemm::gemm with one column, no parallelism",
            closeness: Closeness::Contract,
            prepare: |shape, inputs| product(Product::of_vector(shape, inputs)),
        },
    ],
};

fn product(of: Product<'_>) -> Option<Box<dyn Call + '_>> {
    // A row's stride; that of a column is 1.
    let (row_of_a, row_of_b) = (of.k.cast_signed(), of.n.cast_signed());
    each(move |c| {
        of.check(c);
        let (c, a, b) = (c.as_mut_ptr(), of.a.as_ptr(), of.b.as_ptr());
        // What stands in `c` is neither read nor scaled.
        let (read, scale_of_c, scale, conjugate) = (false, 0.0, 1.0, false);
        // SAFETY: the three buffers are as long as the extents and strides say, and nobody else has `c`.
        unsafe {
            ::gemm::gemm(
                of.m,
                of.n,
                of.k,
                c,
                1,
                row_of_b,
                read,
                a,
                1,
                row_of_a,
                b,
                1,
                row_of_b,
                scale_of_c,
                scale,
                conjugate,
                conjugate,
                conjugate,
                Parallelism::None,
            );
        }
    })
}
