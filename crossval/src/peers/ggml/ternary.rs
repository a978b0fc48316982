//! ggml's products of ternary weights, in its format `TQ2_0`, and 8-bit activations, in its format `Q8_K`.
//!
//! Both are packed beforehand, from the operands of our kernels: as ours, which get activations that are quantised
//! already, ggml is measured without that. All of ggml's own scales are 1, so that its sums are whole numbers, which `f32`
//! holds up to 2^24; then the scales of our operands are applied as our contract says. So it must give the same bytes.

use kernels::{operands::Inputs, shape::Shape};
use llama_cpp_sys_2 as sys;

use super::{Graph, runs_here};
use crate::peer::{Call, each};

/// Elements of a block of either format.
const BLOCK: usize = 256;
/// Bytes of a block of ternary weights: four to a byte, and a scale in f16.
const WEIGHTS_BYTES: usize = BLOCK / 4 + 2;
/// Bytes of a block of activations: a scale in f32, a byte each, and the sums of every sixteen in 16 bits.
const ACTIVATIONS_BYTES: usize = 4 + BLOCK + 2 * BLOCK / 16;

/// The function for a row and a vector that ggml's own products are made of, without what a graph costs: the best case.
pub(super) fn gemv<'a>(shape: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let (m, k) = (shape.extent('m'), shape.extent('k'));
    if !runs_here() || !k.is_multiple_of(BLOCK) || m * k == 0 {
        return None;
    }
    // SAFETY: it fills tables, among them that of f16, once for all threads; a graph would do it before it is computed.
    unsafe { sys::ggml_cpu_init() };
    // SAFETY: it gives a struct that stays, of a type that there is.
    let traits = unsafe { sys::ggml_get_type_traits_cpu(sys::GGML_TYPE_TQ2_0) };
    // SAFETY: as above.
    let dot = unsafe { *traits }.vec_dot?;
    let (weights, activations) = (packed_weights(inputs.get(0)), packed_activations(inputs.get(1)));
    let scales: &[f32] = inputs.get(2);
    let (s_a, s_w, elements) = (scales[0], scales[1], i32::try_from(k).ok()?);
    each(move |y| {
        let rows: &[u8] = bytemuck::cast_slice(&weights);
        assert_eq!(y.len(), m, "the output is that of the shape");
        for (row, y) in rows.chunks_exact(k / BLOCK * WEIGHTS_BYTES).zip(&mut *y) {
            // SAFETY: the row and the activations have as many blocks as `elements` says, and one number is written.
            unsafe { dot(elements, y, 0, row.as_ptr().cast(), 0, activations.as_ptr().cast(), 0, 1) };
        }
        y.iter_mut().for_each(|y| *y = *y / s_a * s_w);
    })
}

pub(super) fn gemm<'a>(shape: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let [b, m, k] = ['b', 'm', 'k'].map(|letter| shape.extent(letter));
    if !k.is_multiple_of(BLOCK) {
        return None;
    }
    let (s_a, s_w) = inputs.get::<f32>(2).split_at(b);
    let mut graph = Graph::new()?;
    let weights = graph.over_blocks(sys::GGML_TYPE_TQ2_0, packed_weights(inputs.get(0)), [k, m])?;
    let activations = graph.over_blocks(sys::GGML_TYPE_Q8_K, packed_activations(inputs.get(1)), [k, b])?;
    let product = graph.binary(sys::ggml_mul_mat, weights, activations);
    Some(Box::new(Scaled { product: graph.finish(product)?, m, s_a, s_w: s_w[0] }))
}

/// A product of whole numbers, and what makes outputs of it.
struct Scaled<'a> {
    product: Box<dyn Call + 'a>,
    m: usize,
    s_a: &'a [f32],
    s_w: f32,
}

impl Call for Scaled<'_> {
    fn run(&mut self, iterations: u64, output: &mut [f32]) {
        for _ in 0..iterations {
            self.product.run(1, output);
            for (y, &s_a) in output.chunks_mut(self.m).zip(self.s_a) {
                y.iter_mut().for_each(|y| *y = *y / s_a * self.s_w);
            }
        }
    }
}

/// Rows of blocks of 128 weights, each byte's first one in its highest bits, as those of 256, each byte's first one in its
/// lowest bits, with a scale of 1 behind them.
fn packed_weights(w: &[u8]) -> Vec<u32> {
    const ONE_F16: [u8; 2] = 0x3c00_u16.to_le_bytes();
    let reversed = |byte: u8| byte << 6 | (byte << 2 & 0b11_0000) | (byte >> 2 & 0b1100) | byte >> 6;
    let block = |bytes: &[u8]| bytes.iter().map(|&byte| reversed(byte)).chain(ONE_F16).collect::<Vec<_>>();
    words(w.chunks(BLOCK / 4).flat_map(block).collect())
}

fn packed_activations(a: &[i8]) -> Vec<u32> {
    let block = |a: &[i8]| {
        let sums = a.chunks(16).map(|part| part.iter().copied().map(i16::from).sum::<i16>()).flat_map(i16::to_le_bytes);
        let codes = a.iter().map(|&code| code.cast_unsigned());
        1.0_f32.to_le_bytes().into_iter().chain(codes).chain(sums).collect::<Vec<_>>()
    };
    let packed: Vec<u8> = a.chunks(BLOCK).flat_map(block).collect();
    assert_eq!(packed.len(), a.len() / BLOCK * ACTIVATIONS_BYTES, "whole blocks");
    words(packed)
}

/// Bytes as words, the last one filled up with zeros: what begins there is aligned for any element of ggml's.
fn words(mut bytes: Vec<u8>) -> Vec<u32> {
    bytes.resize(bytes.len().next_multiple_of(size_of::<u32>()), 0);
    bytemuck::pod_collect_to_vec(&bytes)
}
