//! matrixmultiply: the matrix products of ndarray.

use ::matrixmultiply::sgemm;
use kernels::{operands::Inputs, shape::Shape};

use super::{Library, product::Product};
use crate::peer::{Call, Closeness, Peer, each};

pub(super) const LIBRARY: Library = Library {
    name: "matrixmultiply",
    version: || env!("VERSION_MATRIXMULTIPLY").to_owned(),
    peers: &[Peer {
        kernel: "matmul_f32",
        call: "sgemm, row-major, built without threads",
        closeness: Closeness::Contract,
        prepare: matmul_f32,
    }],
};

fn matmul_f32<'a>(shape: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let of = Product::of(shape, inputs);
    // A row's stride; that of a column is 1.
    let (row_of_a, row_of_b) = (of.k.cast_signed(), of.n.cast_signed());
    each(move |c| {
        of.check(c);
        let (c, a, b) = (c.as_mut_ptr(), of.a.as_ptr(), of.b.as_ptr());
        // SAFETY: the three buffers are as long as the extents and strides say, and nobody else has `c`.
        unsafe { sgemm(of.m, of.k, of.n, 1.0, a, row_of_a, 1, b, row_of_b, 1, 0.0, c, row_of_b, 1) };
    })
}
