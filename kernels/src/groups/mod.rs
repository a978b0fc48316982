//! What the kernels that quantise groups, and take codes back to numbers, share: `m` groups of `g` elements, each group
//! with a scale of its own.
//!
//! `s[i] = max |x[i, j]| / L`, `q[i, j] = round(x[i, j] * (L / max |x[i, j]|))`; back, `x[i, j] = q[i, j] * s[i]`
//!
//! `L` is the largest code, 127, 7 or 1. Both quotients are rounded to f32, each product is rounded to f32, and then to
//! an integer, always half to even. So every code is from `-L` to `L`, and none has to be clamped. A code is less than
//! 0.5001 off the element divided by the scale, and the largest magnitude comes back within two ULP: `f32::MAX` itself,
//! from eight bits, as an infinity.
//!
//! A group with a NaN or an infinity has the scale NaN and the codes 0, so that NaNs come back; one whose largest
//! magnitude is under `2^-119` has the scale 0 and the codes 0.
//!
//! Codes are stored with an offset, which makes those of less than eight bits unsigned, by chunks of 32: byte `p` of a
//! chunk of `B` bytes holds elements `p`, `p + B`, `p + 2 * B` and so on, the first of them in its lowest bits. Whole
//! registers are packed so, by shifts and additions. Any bits are a code, those too that no quantiser writes.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
#[cfg(target_arch = "aarch64")]
pub(crate) mod neon;
pub(crate) mod scalar;

use crate::{
    kernel::{Bound, Profile, Reference, ShapeRow, Work},
    operands::{Layout, Operands},
    shape::{Extent, Shape},
    slabs::{CHUNK, SMALLEST, Slab},
};

/// How codes are stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Format {
    /// Of a code.
    bits: usize,
    /// The largest code that a quantiser writes.
    largest: u8,
    /// What is added to a code where it is stored.
    offset: u8,
    /// A byte of zeros.
    zeros: u8,
}

/// Two's complement, one a byte.
pub(crate) const I8: Format = Format { bits: 8, largest: 127, offset: 0, zeros: 0 };
/// Two to a byte, 8 more than they are.
pub(crate) const I4: Format = Format { bits: 4, largest: 7, offset: 8, zeros: 0x88 };
/// Four to a byte, 1 more than they are.
pub(crate) const I2: Format = Format { bits: 2, largest: 1, offset: 1, zeros: 0b01_01_01_01 };

impl Format {
    /// The largest code, as what numbers are multiplied and divided by.
    #[inline]
    fn levels(self) -> f32 {
        f32::from(self.largest)
    }

    /// The bytes of so many codes, of whole chunks.
    #[inline]
    const fn bytes_of(self, codes: usize) -> usize {
        codes * self.bits / 8
    }

    /// In which byte, from how high a bit on, code `index` stands.
    const fn place(self, index: usize) -> (usize, usize) {
        let chunk_bytes = self.bytes_of(CHUNK);
        let (chunk, place) = (index / CHUNK, index % CHUNK);
        (chunk * chunk_bytes + place % chunk_bytes, place / chunk_bytes * self.bits)
    }

    /// Code `index`, of any bytes.
    fn code(self, bytes: &[u8], index: usize) -> i8 {
        let (byte, bit) = self.place(index);
        if self.bits == 8 {
            return bytes[byte].cast_signed();
        }
        (bytes[byte] >> bit & ((1 << self.bits) - 1)).cast_signed() - self.offset.cast_signed()
    }

    /// Writes code `index` over zero bits.
    fn set_code(self, bytes: &mut [u8], index: usize, code: i8) {
        let (byte, bit) = self.place(index);
        bytes[byte] |= code.cast_unsigned().wrapping_add(self.offset) << bit;
    }
}

/// What a group's elements are multiplied by.
#[derive(Clone, Copy, Debug)]
struct Scale {
    /// Codes, to become numbers again.
    scale: f32,
    /// Numbers, to become codes.
    factor: f32,
}

impl Slab {
    /// The scale of a group; as an error where all codes are 0, the scale that stands for that.
    #[inline]
    fn group_scale(self, levels: f32) -> Result<Scale, f32> {
        match self {
            Self::Numbers(largest) => Ok(Scale { scale: largest / levels, factor: levels / largest }),
            Self::Zeros => Err(0.0),
            Self::NotNumbers => Err(f32::NAN),
        }
    }
}

/// Groups of whole chunks.
pub(crate) const EXTENTS: &[Extent] = &[Extent::any('m'), Extent { letter: 'g', multiple_of: CHUNK }];

/// 65,536 elements, which a second-level cache holds with their codes, in groups as the formats in use have them.
pub(crate) const ROWS: &[ShapeRow] = &[
    ShapeRow { shape: "m2048g32", vector: Some(Profile::Nightly), scalar: Some(Profile::Nightly) },
    ShapeRow { shape: "m1024g64", vector: None, scalar: None },
    ShapeRow { shape: "m512g128", vector: None, scalar: None },
];

/// Those of the shapes whose instructions are counted.
pub(crate) const COUNTED: &[&str] = &["m2048g32"];

fn elements(shape: &Shape) -> usize {
    shape.extent('m') * shape.extent('g')
}

/// Elements in, scales and codes out.
pub(crate) fn quantizer_layout(shape: &Shape, format: Format) -> Layout {
    let output = 4 * shape.extent('m') + format.bytes_of(elements(shape));
    Layout { inputs: vec![4 * elements(shape)], output, scratch: 0 }
}

/// Scales and codes in, elements out.
pub(crate) fn dequantizer_layout(shape: &Shape, format: Format) -> Layout {
    let inputs = vec![4 * shape.extent('m'), format.bytes_of(elements(shape))];
    Layout { inputs, output: 4 * elements(shape), scratch: 0 }
}

/// So many operations an element.
pub(crate) fn work(shape: &Shape, format: Format, operations: u64) -> Work {
    let elements = elements(shape);
    let bytes = 4 * elements + 4 * shape.extent('m') + format.bytes_of(elements);
    Work { flops: operations * elements as u64, bytes: bytes as u64, elements: elements as u64, tokens: None }
}

/// Short vectors stay in the caches.
pub(crate) fn bound(shape: &Shape) -> Bound {
    Bound::of_stream(5 * elements(shape))
}

/// Element by element, by the standard library's rounding.
#[expect(clippy::cast_possible_truncation, reason = "a rounded code is at most 127")]
pub(crate) fn quantizer_reference(shape: &Shape, operands: &Operands<'_>, format: Format) -> Reference {
    let (x, group) = (operands.input::<f32>(0), shape.extent('g'));
    let levels = f32::from(format.largest);
    let mut scales = Vec::new();
    let mut codes = vec![0; format.bytes_of(x.len())];
    for i in 0..shape.extent('m') {
        let elements = &x[i * group..][..group];
        let largest = elements.iter().fold(0.0, |largest: f32, x| largest.max(x.abs()));
        let is_of_numbers = elements.iter().all(|x| x.is_finite());
        let is_coded = is_of_numbers && largest >= SMALLEST;
        scales.push(match (is_of_numbers, is_coded) {
            (false, _) => f32::NAN,
            (true, false) => 0.0,
            (true, true) => largest / levels,
        });
        for (j, x) in elements.iter().enumerate() {
            let code = if is_coded { (x * (levels / largest)).round_ties_even() as i8 } else { 0 };
            format.set_code(&mut codes, i * group + j, code);
        }
    }
    Reference::exact_parts(&scales, &codes)
}

/// Code by code.
pub(crate) fn dequantizer_reference(shape: &Shape, operands: &Operands<'_>, format: Format) -> Reference {
    let (scales, codes, group) = (operands.input::<f32>(0), operands.input::<u8>(1), shape.extent('g'));
    let number = |index: usize| f32::from(format.code(codes, index)) * scales[index / group];
    Reference::exact(&(0..elements(shape)).map(number).collect::<Vec<_>>())
}
