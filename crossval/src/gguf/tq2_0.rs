//! `TQ2_0`: ternary weights in blocks of 256, two bits each and a scale of half precision.
//!
//! A weight of -1, 0 or 1 is stored as the code 0, 1 or 2, as in `I2_S`. Each block is 64 bytes of codes and its scale;
//! byte `p` of either half of the codes holds weights `p`, `p + 32`, `p + 64` and `p + 96` of its 128 in bits 1:0, 3:2,
//! 5:4 and 7:6, so that it is a byte of `I2_S` with its four codes in reverse.
//!
//! Source: `ggml-quants.c` of ggml.

use std::io::{self, Write};

/// Weights in a block.
pub const BLOCK: usize = 256;

/// Bytes of a block's codes.
const CODES: usize = BLOCK / 4;

/// Bytes that these weights take.
pub(super) fn bytes(packed: &[u8]) -> usize {
    packed.len() / CODES * (CODES + 2)
}

/// Writes weights that are packed as `I2_S`.
///
/// # Panics
///
/// When they are no whole blocks.
pub(super) fn write(packed: &[u8], scale: f32, to: &mut impl Write) -> io::Result<()> {
    let scale = half(scale).to_le_bytes();
    let (blocks, rest) = packed.as_chunks::<CODES>();
    assert!(rest.is_empty(), "rows are whole blocks");
    for block in blocks {
        to.write_all(&block.map(reversed))?;
        to.write_all(&scale)?;
    }
    Ok(())
}

/// A byte with its four codes in reverse.
const fn reversed(byte: u8) -> u8 {
    byte << 6 | (byte & 0x0c) << 2 | (byte & 0x30) >> 2 | byte >> 6
}

/// The half-precision number next to a positive scale, ties to even, as its bits. What is no normal number there becomes
/// 0 or infinity; no model has such a scale.
fn half(scale: f32) -> u16 {
    /// What the exponents of the two differ by.
    const BIAS: u32 = (127 - 15) << 23;
    /// Bits of the fraction that go.
    const DROPPED: u32 = 23 - 10;
    const SMALLEST_NORMAL: u32 = 0x0400;
    const INFINITY: u16 = 0x7c00;
    let bits = scale.to_bits();
    let rounded = bits + (1 << (DROPPED - 1)) - 1 + (bits >> DROPPED & 1);
    let half = rounded.saturating_sub(BIAS) >> DROPPED;
    if half < SMALLEST_NORMAL { 0 } else { u16::try_from(half).map_or(INFINITY, |half| half.min(INFINITY)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights of blocks of `TQ2_0`, by ggml's own loop.
    fn unpacked(bytes: &[u8]) -> Vec<i8> {
        let weight = |byte: u8, at: usize| (byte >> (2 * at) & 3).cast_signed() - 1;
        let blocks = bytes.chunks_exact(CODES + 2);
        let halves = blocks.flat_map(|block| block[..CODES].chunks_exact(32));
        halves.flat_map(|half| (0..4).flat_map(move |at| half.iter().map(move |&byte| weight(byte, at)))).collect()
    }

    /// The weights packed as `I2_S`.
    fn packed(weights: &[i8]) -> Vec<u8> {
        let code = |block: &[i8], place: usize| (block[place] + 1).cast_unsigned();
        let byte = |block: &[i8], p: usize| (0..4).fold(0, |byte, at| byte << 2 | code(block, p + 32 * at));
        weights.chunks_exact(128).flat_map(|block| (0..32).map(move |p| byte(block, p))).collect()
    }

    #[test]
    fn what_was_packed_one_way_is_the_same_unpacked_the_other_way() {
        let weights: Vec<i8> = (0..2 * BLOCK).map(|i| [-1, 0, 1][i * i % 7 % 3]).collect();
        let mut written = Vec::new();
        write(&packed(&weights), 1.0, &mut written).unwrap();
        assert_eq!(unpacked(&written), weights);
        assert_eq!(written.len(), bytes(&packed(&weights)));
    }

    #[test]
    fn each_block_has_the_scale_behind_its_codes() {
        let mut written = Vec::new();
        write(&[0; 2 * CODES], 1.5, &mut written).unwrap();
        assert_eq!((written[64..66].to_vec(), written[130..].to_vec()), (vec![0x00, 0x3e], vec![0x00, 0x3e]));
    }

    #[test]
    fn a_scale_becomes_the_next_number_of_half_precision() {
        for (scale, bits) in [
            (1.0, 0x3c00),
            (2.0, 0x4000),
            (0.024_993_896, 0x2666),
            // The tie between two goes to the even one.
            (1.0 + 1.0 / 2048.0, 0x3c00),
            (1.0 + 3.0 / 2048.0, 0x3c02),
            (65504.0, 0x7bff),
            (1e9, 0x7c00),
            (1e-9, 0),
            (5e-5, 0),
            (6.2e-5, 0x0410),
        ] {
            assert_eq!(half(scale), bits, "{scale}");
        }
    }

    #[test]
    #[should_panic(expected = "whole blocks")]
    fn a_part_of_a_block_is_refused() {
        let _written = write(&[0; CODES + 32], 1.0, &mut Vec::new());
    }
}
