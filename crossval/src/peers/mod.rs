//! The peers, one file a library, each behind a feature of its name.

#[cfg(feature = "faer")]
mod faer;
#[cfg(feature = "gemm")]
mod gemm;
#[cfg(feature = "ggml")]
mod ggml;
#[cfg(feature = "llama-cpp")]
mod llama_cpp;
#[cfg(feature = "matrixmultiply")]
mod matrixmultiply;
#[cfg(feature = "openblas")]
mod openblas;
pub mod product;
#[cfg(feature = "rten-gemm")]
mod rten_gemm;
#[cfg(feature = "rten-vecmath")]
mod rten_vecmath;

use crate::peer::Peer;

/// What `rmsnorm_f32` puts under the root, which the libraries ask for.
#[cfg(any(feature = "ggml", feature = "rten-vecmath"))]
const RMSNORM_EPSILON: f32 = 1e-5;

/// A library that was built in.
#[derive(Clone, Copy, Debug)]
pub struct Library {
    /// Its name, as tables show it: `openblas`.
    pub name: &'static str,
    /// Its version, and what of it is in use here: `0.3.21, SkylakeX kernels`.
    pub version: fn() -> String,
    /// What it does that our kernels do too. Where it has several ways, each for other shapes, there is a peer for
    /// each.
    pub peers: &'static [Peer],
}

/// Every library that was built in, by name.
pub static LIBRARIES: &[Library] = &[
    #[cfg(feature = "faer")]
    faer::LIBRARY,
    #[cfg(feature = "gemm")]
    gemm::LIBRARY,
    #[cfg(feature = "ggml")]
    ggml::LIBRARY,
    #[cfg(feature = "llama-cpp")]
    llama_cpp::LIBRARY,
    #[cfg(feature = "matrixmultiply")]
    matrixmultiply::LIBRARY,
    #[cfg(feature = "openblas")]
    openblas::LIBRARY,
    #[cfg(feature = "rten-gemm")]
    rten_gemm::LIBRARY,
    #[cfg(feature = "rten-vecmath")]
    rten_vecmath::LIBRARY,
];

/// The peers of a kernel of ours, with their libraries.
pub fn of(kernel: &str) -> impl Iterator<Item = (&'static Library, &'static Peer)> {
    let peers = LIBRARIES.iter().flat_map(|library| library.peers.iter().map(move |peer| (library, peer)));
    peers.filter(move |(_, peer)| peer.kernel == kernel)
}
