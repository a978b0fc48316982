//! The kernels, each with a scalar reference and its ISA variants, and the registry of them.
//!
//! Floor 2. A call allocates nothing, does no I/O and reads no clock.
//!
//! ```
//! use kernels::{Case, operands::Arena};
//!
//! let case: Case = "dot_f32/scalar/n1000".parse()?;
//! let mut arena = Arena::new(case.layout().arena_bytes());
//! let mut bench = case.bind(arena.bytes_mut(), 42);
//! bench.run_whole();
//! assert!(bench.reference().agreement(bench.operands().output()).is_full());
//! # Ok::<(), kernels::CaseError>(())
//! ```
//!
//! A new kernel is a folder, `src/<id>/`, and a row in `registry.rs`; its `mod.rs` is the contract. A new ISA of a
//! kernel is a file in that folder, named by the ISA, with its `mod` line and its row of variants in `mod.rs`. Lists,
//! tests and benchmarks meet both by themselves. `ADDING.md` beside this crate works an example through.

pub mod agreement;
pub mod batch;
mod blocks;
mod case;
pub mod inputs;
pub mod kernel;
pub mod operands;
pub mod registry;
pub mod shape;
mod signature;

mod affine;
mod balance;
mod elementwise;
mod exponential;
mod extremum;
mod groups;
mod lanes;
mod lookup;
mod reduction;
mod slabs;
mod softmax;
mod ternary;

mod abs_f32;
mod add_f32;
mod argmax_f32;
mod argmin_f32;
mod axpy_f32;
mod channel_equalize;
mod clip_f32;
pub mod decode_bitnet;
mod dequantize_i2;
mod dequantize_i4;
mod dequantize_i8;
mod div_f32;
mod dot_f32;
mod exp_f32;
mod gelu_f32;
mod gemm_i2s;
mod gemv_f32;
mod gemv_i2s;
mod gemv_tl1;
mod gemv_tl2;
mod linear_i2s;
mod log_softmax_f32;
mod matmul_f32;
mod max_f32;
mod min_f32;
mod mul_f32;
mod norm_l1_f32;
mod norm_l2_f32;
mod quantize_act_i8;
mod quantize_i2;
mod quantize_i4;
mod quantize_i8;
mod relu_f32;
mod rmsnorm_f32;
mod rope_f32;
mod scale_f32;
mod sigmoid_f32;
mod silu_f32;
mod smooth_activations;
mod softmax_f32;
mod spatial_group_quantize;
mod sqrt_f32;
mod sub_f32;
mod sum_f32;
mod tanh_f32;
mod tensor_add_f32;
mod time_aware_quantize;
mod transpose_f32;

pub use agreement::{Agreement, Disagreement};
pub use case::{Bench, Case, CaseError, cases, dispatch};
