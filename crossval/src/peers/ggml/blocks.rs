//! ggml's quantised blocks: each a scale of half precision, and behind it the codes.
//!
//! The functions are those that ggml's own products and copies take from its tables, for this CPU where it has one. One
//! call takes all groups, as it does a row of a tensor.

use std::{ffi::c_void, hint::black_box};

use kernels::{operands::Inputs, shape::Shape};
use llama_cpp_sys_2 as sys;

use super::runs_here;
use crate::peer::Call;

/// A type of block that has what one of our formats has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    of: sys::ggml_type,
    /// Codes in a block.
    codes: usize,
    /// Of a code.
    bits: usize,
    /// Whether codes that follow each other stand in the same byte, and not as ours.
    is_consecutive: bool,
}

pub(super) const Q8_0: Block = Block { of: sys::GGML_TYPE_Q8_0, codes: 32, bits: 8, is_consecutive: false };
pub(super) const Q4_0: Block = Block { of: sys::GGML_TYPE_Q4_0, codes: 32, bits: 4, is_consecutive: false };
pub(super) const Q2_0: Block = Block { of: sys::GGML_TYPE_Q2_0, codes: 64, bits: 2, is_consecutive: true };

/// Bytes of a scale.
const SCALE: usize = 2;

impl Block {
    const fn bytes(self) -> usize {
        SCALE + self.code_bytes()
    }

    const fn code_bytes(self) -> usize {
        self.codes * self.bits / 8
    }

    /// Whether the groups of a shape are such blocks, and there are any.
    fn takes(self, shape: &Shape) -> bool {
        shape.extent('g') == self.codes && shape.extent('m') > 0 && runs_here()
    }

    /// Where code `index` of a block stands, in ours and in theirs: byte and bit.
    fn places(self, index: usize) -> [(usize, usize); 2] {
        // As our kernels' contract says.
        let (chunk, place, chunk_bytes) = (index / 32, index % 32, 4 * self.bits);
        let ours = (chunk * chunk_bytes + place % chunk_bytes, place / chunk_bytes * self.bits);
        let consecutive = (index * self.bits / 8, index * self.bits % 8);
        [ours, if self.is_consecutive { consecutive } else { ours }]
    }

    /// Codes of a block of ours, as theirs stand.
    fn codes_from_ours(self, ours: &[u8], theirs: &mut [u8]) {
        self.rearrange(ours, theirs, |[ours, theirs]| [ours, theirs]);
    }

    /// The reverse.
    fn codes_from_theirs(self, theirs: &[u8], ours: &mut [u8]) {
        self.rearrange(theirs, ours, |[ours, theirs]| [theirs, ours]);
    }

    fn rearrange(self, from: &[u8], to: &mut [u8], order: impl Fn([(usize, usize); 2]) -> [(usize, usize); 2]) {
        to.fill(0);
        for index in 0..self.codes {
            let [(from_byte, from_bit), (to_byte, to_bit)] = order(self.places(index));
            let code = u16::from(from[from_byte]) >> from_bit & ((1 << self.bits) - 1);
            to[to_byte] |= u8::try_from(code << to_bit).expect("a code stays in its byte");
        }
    }
}

/// `x`, into scales and codes.
pub(super) fn quantise<'a>(block: Block, shape: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    if !block.takes(shape) {
        return None;
    }
    // SAFETY: it fills tables, once, and may be called again.
    unsafe { sys::ggml_cpu_init() };
    // SAFETY: it gives a row of a table that stays.
    let traits = unsafe { sys::ggml_get_type_traits_cpu(block.of) };
    // SAFETY: it is a row of a table, which nobody writes.
    let from_float = unsafe { *traits }.from_float?;
    Some(Box::new(Quantiser { block, x: inputs.get(0), from_float }))
}

struct Quantiser<'a> {
    block: Block,
    x: &'a [f32],
    from_float: unsafe extern "C" fn(*const f32, *mut c_void, i64),
}

impl Call for Quantiser<'_> {
    /// Writes blocks, which are shorter than our groups, to the same memory.
    fn run(&mut self, iterations: u64, output: &mut [f32]) {
        let bytes = self.x.len() / self.block.codes * self.block.bytes();
        assert!(bytes <= size_of_val(output), "there is room for the blocks");
        let elements = i64::try_from(self.x.len()).expect("what is in memory");
        for _ in 0..iterations {
            // SAFETY: it reads so many elements, whole blocks, and writes the blocks that they make, for which there is
            // room.
            unsafe { (self.from_float)(black_box(self.x).as_ptr(), output.as_mut_ptr().cast(), elements) };
            black_box(output.as_mut_ptr());
        }
    }

    fn deliver(&mut self, output: &mut [f32]) {
        let groups = self.x.len() / self.block.codes;
        let bytes = bytemuck::cast_slice_mut::<f32, u8>(output).to_vec();
        let (scales, codes) = output.split_at_mut(groups);
        let codes = bytemuck::cast_slice_mut::<f32, u8>(codes).chunks_exact_mut(self.block.code_bytes());
        for ((block, scale), codes) in bytes.chunks_exact(self.block.bytes()).zip(scales).zip(codes) {
            let (half, theirs) = block.split_at(SCALE);
            let half = u16::from_ne_bytes([half[0], half[1]]);
            // SAFETY: it only computes.
            *scale = unsafe { sys::ggml_fp16_to_fp32(half) };
            self.block.codes_from_theirs(theirs, codes);
        }
    }
}

/// Scales and codes, into `x`. The blocks are made beforehand, as weights are.
pub(super) fn dequantise<'a>(block: Block, shape: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    if !block.takes(shape) {
        return None;
    }
    // SAFETY: it fills tables, once, and may be called again.
    unsafe { sys::ggml_cpu_init() };
    // SAFETY: it gives a row of a table that stays.
    let traits = unsafe { sys::ggml_get_type_traits(block.of) };
    // SAFETY: it is a row of a table, which nobody writes.
    let to_float = unsafe { *traits }.to_float?;
    let (scales, codes) = (inputs.get::<f32>(0), inputs.get::<u8>(1));
    // Whole halves, as the scales are.
    let mut blocks = vec![0_u16; scales.len() * block.bytes() / 2];
    let bytes = bytemuck::cast_slice_mut::<u16, u8>(&mut blocks).chunks_exact_mut(block.bytes());
    for ((bytes, &scale), ours) in bytes.zip(scales).zip(codes.chunks_exact(block.code_bytes())) {
        let (half, theirs) = bytes.split_at_mut(SCALE);
        // SAFETY: it only computes.
        half.copy_from_slice(&unsafe { sys::ggml_fp32_to_fp16(scale) }.to_ne_bytes());
        block.codes_from_ours(ours, theirs);
    }
    Some(Box::new(Dequantiser { elements: scales.len() * block.codes, blocks, to_float }))
}

struct Dequantiser {
    elements: usize,
    blocks: Vec<u16>,
    to_float: unsafe extern "C" fn(*const c_void, *mut f32, i64),
}

impl Call for Dequantiser {
    fn run(&mut self, iterations: u64, output: &mut [f32]) {
        assert_eq!(self.elements, output.len(), "the blocks are as many as the output has room for");
        let elements = i64::try_from(self.elements).expect("what is in memory");
        for _ in 0..iterations {
            // SAFETY: it reads the blocks of so many elements, which are all there are, and writes the elements.
            unsafe { (self.to_float)(black_box(&self.blocks).as_ptr().cast(), output.as_mut_ptr(), elements) };
            black_box(output.as_mut_ptr());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_the_same_after_there_and_back() {
        for block in [Q8_0, Q4_0, Q2_0] {
            let ours: Vec<u8> =
                (0..block.code_bytes()).map(|byte| u8::try_from(37 * byte % 256).expect("a byte")).collect();
            let (mut theirs, mut back) = (ours.clone(), ours.clone());
            block.codes_from_ours(&ours, &mut theirs);
            block.codes_from_theirs(&theirs, &mut back);
            assert_eq!(back, ours, "{block:?}");
            assert_eq!(theirs != ours, block.is_consecutive, "{block:?}");
        }
    }
}
