//! The registry: one row a kernel.

use crate::{
    abs_f32, add_f32, argmax_f32, argmin_f32, axpy_f32, channel_equalize, clip_f32, decode_bitnet, dequantize_i2,
    dequantize_i4, dequantize_i8, div_f32, dot_f32, exp_f32, gelu_f32, gemm_i2s, gemv_f32, gemv_i2s, gemv_tl1,
    gemv_tl2, kernel::Kernel, linear_i2s, log_softmax_f32, matmul_f32, max_f32, min_f32, mul_f32, norm_l1_f32,
    norm_l2_f32, quantize_act_i8, quantize_i2, quantize_i4, quantize_i8, relu_f32, rmsnorm_f32, rope_f32, scale_f32,
    sigmoid_f32, silu_f32, smooth_activations, softmax_f32, spatial_group_quantize, sqrt_f32, sub_f32, sum_f32,
    tanh_f32, tensor_add_f32, time_aware_quantize, transpose_f32,
};

/// Every kernel, in the order in which lists and reports show them.
pub static KERNELS: &[&Kernel] = &[
    &add_f32::KERNEL,
    &sub_f32::KERNEL,
    &mul_f32::KERNEL,
    &div_f32::KERNEL,
    &scale_f32::KERNEL,
    &axpy_f32::KERNEL,
    &abs_f32::KERNEL,
    &sqrt_f32::KERNEL,
    &relu_f32::KERNEL,
    &clip_f32::KERNEL,
    &dot_f32::KERNEL,
    &sum_f32::KERNEL,
    &max_f32::KERNEL,
    &min_f32::KERNEL,
    &argmax_f32::KERNEL,
    &argmin_f32::KERNEL,
    &norm_l1_f32::KERNEL,
    &norm_l2_f32::KERNEL,
    &tensor_add_f32::KERNEL,
    &transpose_f32::KERNEL,
    &exp_f32::KERNEL,
    &silu_f32::KERNEL,
    &gelu_f32::KERNEL,
    &sigmoid_f32::KERNEL,
    &tanh_f32::KERNEL,
    &softmax_f32::KERNEL,
    &log_softmax_f32::KERNEL,
    &rmsnorm_f32::KERNEL,
    &rope_f32::KERNEL,
    &matmul_f32::KERNEL,
    &gemv_f32::KERNEL,
    &gemv_i2s::KERNEL,
    &time_aware_quantize::KERNEL,
    &spatial_group_quantize::KERNEL,
    &channel_equalize::KERNEL,
    &smooth_activations::KERNEL,
    &quantize_act_i8::KERNEL,
    &quantize_i8::KERNEL,
    &quantize_i4::KERNEL,
    &quantize_i2::KERNEL,
    &dequantize_i8::KERNEL,
    &dequantize_i4::KERNEL,
    &dequantize_i2::KERNEL,
    &gemv_tl1::KERNEL,
    &gemv_tl2::KERNEL,
    &gemm_i2s::KERNEL,
    &linear_i2s::KERNEL,
    &decode_bitnet::KERNEL,
];

/// The kernel of that id.
#[must_use]
pub fn kernel(id: &str) -> Option<&'static Kernel> {
    KERNELS.iter().copied().find(|kernel| kernel.id == id)
}
