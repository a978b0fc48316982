//! Codes of a byte for an `f32` matrix, with a scale and a zero point for each slab of rows.
//!
//! For each slab of `g` rows with the smallest element `m` and the largest `M`: `s = (M - m) / 255`, `z = -m / s` and
//! `q[i, j] = min(max(round(w[i, j] / s + z), 0), 255)`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `w` | `[c, f]` | f32 | row-major, contiguous |
//! | `s` | `[ceil(c / g)]` | f32 | the first of the output |
//! | `z` | `[ceil(c / g)]` | f32 | behind `s`; not rounded to a whole number |
//! | `q` | `[c, f]` | u8 | row-major, contiguous, behind `z` |
//!
//! `f` is a multiple of 4; the last slab has fewer rows where `c` is no multiple of `g`. A `g` of 0 counts as 1.
//!
//! Exact, by the steps and the table in `affine`: it is multiplied by `r = 1 / s`, `s` is made in f64, half is rounded to even,
//! and nothing is fused. `s * (q - z)` is within `s` of `w`, as long as no element is more than thousands of times as large as
//! `M - m`. A slab with a NaN or an infinity has the scale and the zero point NaN and the codes 0; finite elements never make
//! a NaN: a constant slab has the scale `abs(m)` and the zero point 0, or 1 where it is negative, and gives itself back; a slab
//! of zeros, or of what is under `2^-119`, is all 0. A slab without elements has NaNs.
//!
//! A slab is read twice, the second time from the second-level cache where it fits in there.
//!
//! Source: asymmetric uniform quantisation, Nagel et al., A White Paper on Neural Network Quantization, 2021, section 2.2, with a
//! range for each group of output channels.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;

use crate::{
    affine::{self, Affine, Range},
    inputs::Stream,
    kernel::{Bound, Contract, Kernel, Profile, Reference, ShapeRow, ThroughputUnit, Work},
    operands::{Layout, Operands},
    shape::{Extent, Shape},
    signature::variant,
};

/// The registry's row.
pub(crate) static KERNEL: Kernel = Kernel {
    id: "spatial_group_quantize",
    summary: "codes of a byte, a scale a group of rows",
    contract: Contract::Exact,
    bound: |shape, _| Bound::of_stream(5 * shape.extent('c') * shape.extent('f')),
    unit: ThroughputUnit::BytesPerSecond,
    extents: &[Extent::any('c'), Extent { letter: 'f', multiple_of: 4 }, Extent::any('g')],
    rows: &[
        ShapeRow { shape: "c256f512g128", vector: Some(Profile::Nightly), scalar: Some(Profile::Nightly) },
        ShapeRow { shape: "c100f36g16", vector: None, scalar: None },
    ],
    counted: &["c256f512g128"],
    layout: |shape| {
        let elements = shape.extent('c') * shape.extent('f');
        Layout { inputs: vec![4 * elements], output: 8 * Slabs::of(shape).count + elements, scratch: 0 }
    },
    fill: |_, operands, seed| Stream::new(seed, 0).fill_f32(operands.input_mut(0)),
    work: |shape| {
        let elements = (shape.extent('c') * shape.extent('f')) as u64;
        // Two comparisons, then a product, a sum, two more comparisons and a rounding.
        Work { flops: 7 * elements, bytes: 5 * elements + 8 * Slabs::of(shape).count as u64, elements, tokens: None }
    },
    reference,
    workload: None,
    variants: &[
        variant!(Scalar, quantize_slabs, |w, slabs, y| scalar::quantize),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx2, quantize_slabs, |w, slabs, y| avx2::quantize),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, quantize_slabs, |w, slabs, y| avx512::quantize),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, quantize_slabs, |w, slabs, y| neon::quantize),
    ],
};

/// The slabs of a matrix.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slabs {
    /// How many there are.
    count: usize,
    /// The elements of each but the last, which may have fewer.
    elements: usize,
}

impl Slabs {
    /// Those of a shape.
    pub(crate) fn of(shape: &Shape) -> Self {
        let rows = shape.extent('g').max(1);
        Self { count: shape.extent('c').div_ceil(rows), elements: rows * shape.extent('f') }
    }

    /// Writes scales, zero points and codes, slab by slab.
    fn quantize(
        self,
        w: &[f32],
        y: &mut [f32],
        range: impl Fn(&[f32]) -> Range,
        encode: impl Fn(&[f32], Affine, &mut [u8]) -> bool,
    ) {
        let (scales, y) = y.split_at_mut(self.count);
        let (zero_points, y) = y.split_at_mut(self.count);
        let codes: &mut [u8] = bytemuck::cast_slice_mut(y);
        for (slab, (scale, zero_point)) in scales.iter_mut().zip(zero_points).enumerate() {
            let start = slab * self.elements;
            let end = codes.len().min(start + self.elements);
            let (w, codes) = (&w[start..end], &mut codes[start..end]);
            let affine = Affine::over(range(w));
            if affine.is_none() {
                codes.fill(0);
            } else {
                // All are finite, or there would be no range.
                encode(w, affine, codes);
            }
            (*scale, *zero_point) = (affine.scale, affine.zero_point);
        }
    }
}

fn reference(shape: &Shape, operands: &Operands<'_>) -> Reference {
    let slab_elements = shape.extent('g').max(1) * shape.extent('f');
    let slabs = shape.extent('c').div_ceil(shape.extent('g').max(1));
    let mut rest = operands.input::<f32>(0);
    let (mut scales, mut zero_points, mut codes) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..slabs {
        let (slab, behind) = rest.split_at(slab_elements.min(rest.len()));
        let (scale, zero_point, of_slab) = affine::reference(slab, slab, slab);
        scales.push(scale);
        zero_points.push(zero_point);
        codes.extend(of_slab);
        rest = behind;
    }
    Reference::exact_parts(&[scales, zero_points].concat(), &codes)
}
