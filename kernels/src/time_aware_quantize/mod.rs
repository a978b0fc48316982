//! Codes of a byte for `f32` weights, in groups, each with the range that its part of the timesteps was seen to have.
//!
//! The timesteps of group `i` are those from `floor(i * t / g)` up to `floor((i + 1) * t / g)`; `m` is the least of their minima,
//! `M` the greatest of their maxima, `s = (M - m) / 255` and `z = -m / s`. The weights are dealt to the groups in runs of
//! `ceil(n / g)`: `q[j] = min(max(round(w[j] / s + z), 0), 255)`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `minima`, `maxima` | `[t]` each | f32 | contiguous: the range of each timestep |
//! | `w` | `[n]` | f32 | contiguous |
//! | `s` | `[g]` | f32 | the first of the output |
//! | `z` | `[g]` | f32 | behind `s`; not rounded to a whole number |
//! | `q` | `[n]` | u8 | contiguous, behind `z` |
//!
//! `n` is a multiple of 4. The last runs may be shorter, or empty. A `g` of 0 counts as 1.
//!
//! Exact, by the steps and the table in `affine`: it is multiplied by `r = 1 / s`, `s` is made in f64, half is rounded to even,
//! and nothing is fused. A weight past its group's range gets the nearest code. A group has the scale and the zero point NaN and
//! the codes 0 where a minimum, a maximum or a weight of it is a NaN or an infinity, where it has no timesteps (as some have with
//! `g > t`), and where its `M` is below its `m`. A group without weights has its scale and zero point all the same. Where the
//! timesteps have but one value, it gets the scale `abs(m)` and the zero point 0, or 1 where it is negative; where it is under
//! `2^-119`, all is 0.
//!
//! Source: timestep-wise ranges for activations, Shang et al., Post-training Quantization on Diffusion Models, CVPR 2023, and So et
//! al., Temporal Dynamic Quantization for Diffusion Models, `NeurIPS` 2023, here for groups of neighbouring timesteps.

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
    id: "time_aware_quantize",
    summary: "codes of a byte, a scale a group of timesteps",
    contract: Contract::Exact,
    bound: |shape, _| Bound::of_stream(5 * shape.extent('n')),
    unit: ThroughputUnit::BytesPerSecond,
    extents: &[Extent::any('t'), Extent::any('g'), Extent { letter: 'n', multiple_of: 4 }],
    rows: &[
        ShapeRow { shape: "t100g10n65536", vector: Some(Profile::Nightly), scalar: Some(Profile::Nightly) },
        ShapeRow { shape: "t1000g7n1000", vector: None, scalar: None },
    ],
    counted: &["t100g10n65536"],
    layout: |shape| {
        let (t, n) = (shape.extent('t'), shape.extent('n'));
        Layout { inputs: vec![4 * t, 4 * t, 4 * n], output: 8 * groups(shape) + n, scratch: 0 }
    },
    fill: |_, operands, seed| {
        Stream::new(seed, 0).fill_scales(operands.input_mut(0));
        operands.input_mut::<f32>(0).iter_mut().for_each(|minimum| *minimum = -*minimum);
        Stream::new(seed, 1).fill_scales(operands.input_mut(1));
        Stream::new(seed, 2).fill_f32(operands.input_mut(2));
    },
    work: |shape| {
        let (t, n) = (shape.extent('t') as u64, shape.extent('n') as u64);
        // A comparison of each minimum and maximum; of each weight a product, a sum, two comparisons and a rounding.
        Work { flops: 2 * t + 5 * n, bytes: 8 * t + 5 * n + 8 * groups(shape) as u64, elements: n, tokens: None }
    },
    reference,
    workload: None,
    variants: &[
        variant!(Scalar, quantize_timesteps, |calibration, w, y| scalar::quantize),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx2, quantize_timesteps, |calibration, w, y| avx2::quantize),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, quantize_timesteps, |calibration, w, y| avx512::quantize),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, quantize_timesteps, |calibration, w, y| neon::quantize),
    ],
};

/// How many groups a shape has.
pub(crate) fn groups(shape: &Shape) -> usize {
    shape.extent('g').max(1)
}

/// What the timesteps were seen to have, and how many groups are made of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Calibration<'a> {
    /// The minimum of each timestep.
    pub(crate) minima: &'a [f32],
    /// The maximum of each.
    pub(crate) maxima: &'a [f32],
    /// How many groups, at least 1.
    pub(crate) groups: usize,
}

impl Calibration<'_> {
    /// Writes scales, zero points and codes, group by group: the least of the minima and the greatest of the maxima, which
    /// are few, then the codes of the run of weights.
    fn quantize(self, w: &[f32], y: &mut [f32], encode: impl Fn(&[f32], Affine, &mut [u8]) -> bool) {
        let (scales, y) = y.split_at_mut(self.groups);
        let (zero_points, y) = y.split_at_mut(self.groups);
        let codes: &mut [u8] = bytemuck::cast_slice_mut(y);
        let run = codes.len().div_ceil(self.groups);
        for (group, (scale, zero_point)) in scales.iter_mut().zip(zero_points).enumerate() {
            let start = codes.len().min(group * run);
            let end = codes.len().min(start + run);
            let (w, codes) = (&w[start..end], &mut codes[start..end]);
            let mut affine = Affine::over(self.range(group));
            if affine.is_none() || !encode(w, affine, codes) {
                affine = Affine::NONE;
                codes.fill(0);
            }
            (*scale, *zero_point) = (affine.scale, affine.zero_point);
        }
    }

    /// The range of a group.
    fn range(self, group: usize) -> Range {
        let timesteps = self.minima.len();
        let own = group * timesteps / self.groups..(group + 1) * timesteps / self.groups;
        let minima = affine::scalar::range(&self.minima[own.clone()]);
        let maxima = affine::scalar::range(&self.maxima[own]);
        // An infinity may be at the end that does not count.
        let is_finite = minima.largest.is_finite() && maxima.smallest.is_finite();
        if is_finite { Range { smallest: minima.smallest, largest: maxima.largest } } else { Range::UNKNOWN }
    }
}

fn reference(shape: &Shape, operands: &Operands<'_>) -> Reference {
    let (timesteps, groups) = (shape.extent('t'), shape.extent('g').max(1));
    let (minima, maxima, w) = (operands.input::<f32>(0), operands.input::<f32>(1), operands.input::<f32>(2));
    let mut runs = w.chunks(w.len().div_ceil(groups).max(1));
    let (mut scales, mut zero_points, mut codes) = (Vec::new(), Vec::new(), Vec::new());
    for group in 0..groups {
        let boundary = |i: usize| (i * timesteps).div_euclid(groups);
        let own = boundary(group)..boundary(group + 1);
        let run = runs.next().unwrap_or_default();
        let (scale, zero_point, of_run) = affine::reference(&minima[own.clone()], &maxima[own], run);
        scales.push(scale);
        zero_points.push(zero_point);
        codes.extend(of_run);
    }
    Reference::exact_parts(&[scales, zero_points].concat(), &codes)
}
