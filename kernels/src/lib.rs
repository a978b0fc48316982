//! The kernels, each with a scalar reference and its ISA variants, and the registry of them.
//!
//! Floor 1. A call allocates nothing, does no I/O and reads no clock.

pub mod batch;
mod case;
pub mod kernel;
pub mod operands;
pub mod registry;
pub mod shape;
mod signature;

mod dot_f32;

pub use case::{Bench, Case, CaseError, cases, dispatch};
