//! faer: dense linear algebra in Rust, with kernels that it writes itself at build time, AVX-512 among them.

use ::faer::{Accum, ColMut, ColRef, MatMut, MatRef, Par, RowRef, linalg::matmul};
use kernels::{operands::Inputs, shape::Shape};

use super::{Library, product::Product};
use crate::peer::{Call, Closeness, Peer, each};

pub(super) const LIBRARY: Library = Library {
    name: "faer",
    version: || env!("VERSION_FAER").to_owned(),
    peers: &[
        Peer {
            kernel: "matmul_f32",
            call: "linalg::matmul, sequential",
            closeness: Closeness::Contract,
            prepare: matmul_f32,
        },
        Peer { kernel: "dot_f32", call: "a.transpose() * b", closeness: Closeness::Contract, prepare: dot_f32 },
        Peer {
            kernel: "transpose_f32",
            call: "MatMut::copy_from of the transposed",
            closeness: Closeness::Contract,
            prepare: transpose_f32,
        },
        Peer {
            kernel: "gemv_f32",
            call: "linalg::matmul of a column, sequential",
            closeness: Closeness::Contract,
            prepare: gemv_f32,
        },
        Peer { kernel: "norm_l1_f32", call: "ColRef::norm_l1", closeness: Closeness::Contract, prepare: norm_l1_f32 },
        Peer { kernel: "norm_l2_f32", call: "ColRef::norm_l2", closeness: Closeness::Contract, prepare: norm_l2_f32 },
        Peer { kernel: "sum_f32", call: "ColRef::sum", closeness: Closeness::Contract, prepare: sum_f32 },
    ],
};

fn matmul_f32<'a>(shape: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let Product { m, n, k, a, b } = Product::of(shape, inputs);
    let (a, b) = (MatRef::from_row_major_slice(a, m, k), MatRef::from_row_major_slice(b, k, n));
    each(move |product| {
        let product = MatMut::from_row_major_slice_mut(product, m, n);
        matmul::matmul(product, Accum::Replace, a, b, 1.0, Par::Seq);
    })
}

fn dot_f32<'a>(_: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let (a, b): (&[f32], &[f32]) = (inputs.get(0), inputs.get(1));
    each(move |y| y[0] = RowRef::from_slice(a) * ColRef::from_slice(b))
}

fn sum_f32<'a>(_: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let a: &[f32] = inputs.get(0);
    each(move |y| y[0] = ColRef::from_slice(a).sum())
}

fn norm_l1_f32<'a>(_: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let a: &[f32] = inputs.get(0);
    each(move |y| y[0] = ColRef::from_slice(a).norm_l1())
}

fn norm_l2_f32<'a>(_: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let a: &[f32] = inputs.get(0);
    each(move |y| y[0] = ColRef::from_slice(a).norm_l2())
}

fn gemv_f32<'a>(shape: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let (m, k) = (shape.extent('m'), shape.extent('k'));
    let matrix = MatRef::<f32>::from_row_major_slice(inputs.get(0), m, k);
    let x = ColRef::<f32>::from_slice(inputs.get(1));
    each(move |y| matmul::matmul(ColMut::from_slice_mut(y), Accum::Replace, matrix, x, 1.0, Par::Seq))
}

fn transpose_f32<'a>(shape: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let (rows, columns) = (shape.extent('r'), shape.extent('c'));
    let a = MatRef::<f32>::from_row_major_slice(inputs.get(0), rows, columns);
    each(move |y| MatMut::from_row_major_slice_mut(y, columns, rows).copy_from(a.transpose()))
}
