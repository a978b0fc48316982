//! rten-gemm: the matrix products of rten, an engine for neural networks.

use ::rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions};
use kernels::{operands::Inputs, shape::Shape};
use rayon::{ThreadPool, ThreadPoolBuilder};
use rten_tensor::Matrix;

use super::{Library, product::Product};
use crate::peer::{Call, Closeness, Peer, each};

pub(super) const LIBRARY: Library = Library {
    name: "rten-gemm",
    version: || {
        let executor: GemmExecutor<f32> = GemmExecutor::new();
        format!("{}, {} kernel", env!("VERSION_RTEN_GEMM"), executor.kernel_name())
    },
    peers: &[
        Peer {
            kernel: "matmul_f32",
            call: "GemmExecutor::gemm, what it packs packed in the call",
            closeness: Closeness::Contract,
            prepare: matmul_f32,
        },
        Peer {
            kernel: "gemv_f32",
            call: "GemmExecutor::gemm of the vector as a row and the matrix transposed by its strides",
            closeness: Closeness::Contract,
            prepare: gemv_f32,
        },
    ],
};

thread_local! {
    /// A pool of this thread alone. The library asks rayon how many threads there are, and without a pool around it
    /// rayon starts one for each core.
    static ALONE: Option<ThreadPool> = ThreadPoolBuilder::new().num_threads(1).use_current_thread().build().ok();
}

/// The product of two matrices.
fn product<'a>(a: Matrix<'a>, b: Matrix<'a>) -> Option<Box<dyn Call + 'a>> {
    // A thread that is of a pool already stays in it, and that may be a larger one.
    if !ALONE.with(Option::is_some) {
        return None;
    }
    let executor: GemmExecutor<f32> = GemmExecutor::new();
    let (a, b) = (GemmInputA::Unpacked(a), GemmInputB::Unpacked(b));
    each(move |c| executor.gemm(c, a, b, GemmOptions::default()).expect("the extents are those of the operands"))
}

fn matmul_f32<'a>(shape: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let of = Product::of(shape, inputs);
    product(Matrix::from_data([of.m, of.k], of.a), Matrix::from_data([of.k, of.n], of.b))
}

fn gemv_f32<'a>(shape: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let of = Product::of_vector(shape, inputs);
    product(Matrix::from_data([1, of.k], of.b), Matrix::from_data([of.m, of.k], of.a).transposed())
}
