//! The registry: one row a kernel.

use crate::{
    add_f32, dot_f32, gemv_f32, gemv_i2s, kernel::Kernel, matmul_f32, max_f32, min_f32, mul_f32, sub_f32, sum_f32,
    tensor_add_f32, transpose_f32,
};

/// Every kernel, in the order in which lists and reports show them.
pub static KERNELS: &[&Kernel] = &[
    &add_f32::KERNEL,
    &sub_f32::KERNEL,
    &mul_f32::KERNEL,
    &dot_f32::KERNEL,
    &sum_f32::KERNEL,
    &max_f32::KERNEL,
    &min_f32::KERNEL,
    &tensor_add_f32::KERNEL,
    &transpose_f32::KERNEL,
    &matmul_f32::KERNEL,
    &gemv_f32::KERNEL,
    &gemv_i2s::KERNEL,
];

/// The kernel of that id.
#[must_use]
pub fn kernel(id: &str) -> Option<&'static Kernel> {
    KERNELS.iter().copied().find(|kernel| kernel.id == id)
}
