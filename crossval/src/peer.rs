//! A peer: an outside library's way to do what one of our kernels does.

use kernels::{operands::Inputs, shape::Shape};

/// A kernel of an outside library.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// The library's name, as tables show it: `openblas`.
    pub library: &'static str,
    /// The id of our kernel that does the same: `dot_f32`.
    pub kernel: &'static str,
    /// What is called, and how, in a few words: `cblas_sgemv`.
    pub call: &'static str,
    /// Makes it ready for operands of a shape; `None` where the library does not take that shape.
    pub prepare: Prepare,
}

/// Makes a peer's call ready, as its own users would: what they do once, such as packing weights, is done here, and what
/// they do for every call is left to the call. One thread.
pub type Prepare = for<'a> fn(&Shape, Inputs<'a>) -> Option<Box<dyn Call + 'a>>;

/// A call of a peer, ready to run.
pub trait Call {
    /// Runs the call so often, back to back, each from the same inputs. It writes to `output`, laid out as our kernel's, and
    /// allocates nothing that its own users could avoid.
    fn run(&mut self, iterations: u64, output: &mut [f32]);
}
