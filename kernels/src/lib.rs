//! The kernels, each with a scalar reference and its ISA variants, and the registry of them.
//!
//! Floor 1. A call allocates nothing, does no I/O and reads no clock.

pub mod agreement;
pub mod batch;
mod case;
pub mod inputs;
pub mod kernel;
pub mod operands;
pub mod registry;
pub mod shape;
mod signature;

mod elementwise;
mod extremum;
mod lanes;

mod add_f32;
mod dot_f32;
mod gemv_i2s;
mod matmul_f32;
mod max_f32;
mod min_f32;
mod mul_f32;
mod sub_f32;
mod sum_f32;
mod tensor_add_f32;

pub use agreement::{Agreement, Disagreement};
pub use case::{Bench, Case, CaseError, cases, dispatch};
