//! The registry: one row a kernel.

use crate::kernel::Kernel;

/// Every kernel, in the order in which lists and reports show them.
pub static KERNELS: &[&Kernel] = &[
    &crate::add_f32::KERNEL,
    &crate::sub_f32::KERNEL,
    &crate::mul_f32::KERNEL,
    &crate::div_f32::KERNEL,
    &crate::scale_f32::KERNEL,
    &crate::axpy_f32::KERNEL,
    &crate::abs_f32::KERNEL,
    &crate::sqrt_f32::KERNEL,
    &crate::relu_f32::KERNEL,
    &crate::clip_f32::KERNEL,
    &crate::dot_f32::KERNEL,
    &crate::sum_f32::KERNEL,
    &crate::max_f32::KERNEL,
    &crate::min_f32::KERNEL,
    &crate::argmax_f32::KERNEL,
    &crate::argmin_f32::KERNEL,
    &crate::norm_l1_f32::KERNEL,
    &crate::norm_l2_f32::KERNEL,
    &crate::tensor_add_f32::KERNEL,
    &crate::transpose_f32::KERNEL,
    &crate::exp_f32::KERNEL,
    &crate::silu_f32::KERNEL,
    &crate::gelu_f32::KERNEL,
    &crate::sigmoid_f32::KERNEL,
    &crate::tanh_f32::KERNEL,
    &crate::softmax_f32::KERNEL,
    &crate::log_softmax_f32::KERNEL,
    &crate::rmsnorm_f32::KERNEL,
    &crate::rope_f32::KERNEL,
    &crate::matmul_f32::KERNEL,
    &crate::gemv_f32::KERNEL,
    &crate::gemv_i2s::KERNEL,
    &crate::time_aware_quantize::KERNEL,
    &crate::spatial_group_quantize::KERNEL,
    &crate::channel_equalize::KERNEL,
    &crate::smooth_activations::KERNEL,
    &crate::quantize_act_i8::KERNEL,
    &crate::quantize_i8::KERNEL,
    &crate::quantize_i4::KERNEL,
    &crate::quantize_i2::KERNEL,
    &crate::dequantize_i8::KERNEL,
    &crate::dequantize_i4::KERNEL,
    &crate::dequantize_i2::KERNEL,
    &crate::gemv_tl1::KERNEL,
    &crate::gemv_tl2::KERNEL,
    &crate::gemm_i2s::KERNEL,
    &crate::linear_i2s::KERNEL,
    &crate::decode_bitnet::KERNEL,
];

/// The kernel of that id.
#[must_use]
pub fn kernel(id: &str) -> Option<&'static Kernel> {
    KERNELS.iter().copied().find(|kernel| kernel.id == id)
}
