//! rten-gemm: the matrix products of rten, an engine for neural networks.

use ::rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions};
use kernels::{operands::Inputs, shape::Shape};
use rayon::{ThreadPool, ThreadPoolBuilder};
use rten_tensor::NdTensorView;

use super::{Library, product::Product};
use crate::peer::{Call, Closeness, Peer, each};

pub(super) const LIBRARY: Library = Library {
    name: "rten-gemm",
    version: || {
        let executor: GemmExecutor<f32> = GemmExecutor::new();
        format!("{}, {} kernel", env!("VERSION_RTEN_GEMM"), executor.kernel_name())
    },
    peers: &[Peer {
        kernel: "matmul_f32",
        call: "GemmExecutor::gemm, both operands packed in the call",
        closeness: Closeness::Contract,
        prepare: matmul_f32,
    }],
};

thread_local! {
    /// A pool of this thread alone. The library asks rayon how many threads there are, and without a pool around it rayon
    /// starts one for each core.
    static ALONE: Option<ThreadPool> = ThreadPoolBuilder::new().num_threads(1).use_current_thread().build().ok();
}

fn matmul_f32<'a>(shape: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    // A thread that is of a pool already stays in it, and that may be a larger one.
    if !ALONE.with(Option::is_some) {
        return None;
    }
    let of = Product::of(shape, inputs);
    let executor: GemmExecutor<f32> = GemmExecutor::new();
    let a = GemmInputA::Unpacked(NdTensorView::from_data([of.m, of.k], of.a));
    let b = GemmInputB::Unpacked(NdTensorView::from_data([of.k, of.n], of.b));
    each(move |c| executor.gemm(c, a, b, GemmOptions::default()).expect("the extents are those of the operands"))
}
