//! Signatures: how a typed function becomes a batch over type-erased operands, once for each form of function.
//!
//! A signature takes the buffers apart, and calls the function as often as the batch says. It adds the batch's offset
//! to the start of the inputs (it is 0, but only at run time), and hands back a word of the output, as
//! [`Batch::repeat`] asks.

use crate::{
    batch::Batch,
    channel_equalize::Channels,
    clip_f32::Bounds,
    matmul_f32::Extents,
    operands::Operands,
    rope_f32::Table,
    shape::Shape,
    smooth_activations::Pair,
    spatial_group_quantize::Slabs,
    ternary::{Scales, Vectors},
    time_aware_quantize,
    time_aware_quantize::Calibration,
};

/// `f(a)`: a vector, into one number.
pub(crate) fn reduce(_: &Shape, operands: &mut Operands<'_>, batch: Batch, f: impl Fn(&[f32]) -> f32) {
    let (inputs, output, _) = operands.split::<f32>();
    let a = inputs.get::<f32>(0);
    batch.repeat(output, |offset, y| y[0] = f(&a[offset..]));
}

/// `f(a, b)`: two vectors, into one number.
pub(crate) fn reduce_pair(_: &Shape, operands: &mut Operands<'_>, batch: Batch, f: impl Fn(&[f32], &[f32]) -> f32) {
    let (inputs, output, _) = operands.split::<f32>();
    let (a, b) = (inputs.get::<f32>(0), inputs.get::<f32>(1));
    batch.repeat(output, |offset, y| y[0] = f(&a[offset..], &b[offset..]));
}

/// `f(a)`: a vector, into the index of one of its elements.
pub(crate) fn locate(_: &Shape, operands: &mut Operands<'_>, batch: Batch, f: impl Fn(&[f32]) -> u32) {
    let (inputs, output, _) = operands.split::<f32>();
    let a = inputs.get::<f32>(0);
    batch.repeat(output, |offset, y| y[0] = f32::from_bits(f(&a[offset..])));
}

/// `f(a, y)`: a vector, into another.
pub(crate) fn map(_: &Shape, operands: &mut Operands<'_>, batch: Batch, f: impl Fn(&[f32], &mut [f32])) {
    let (inputs, output, _) = operands.split::<f32>();
    let a = inputs.get::<f32>(0);
    batch.repeat(output, |offset, y| f(&a[offset..], y));
}

/// `f(a, alpha, y)`: a vector and a number, into another vector.
pub(crate) fn map_scaled(_: &Shape, operands: &mut Operands<'_>, batch: Batch, f: impl Fn(&[f32], f32, &mut [f32])) {
    let (inputs, output, _) = operands.split::<f32>();
    let (a, alpha) = (inputs.get::<f32>(0), inputs.get::<f32>(1)[0]);
    batch.repeat(output, |offset, y| f(&a[offset..], alpha, y));
}

/// `f(a, bounds, y)`: a vector and two bounds, into another vector.
pub(crate) fn map_between(
    _: &Shape,
    operands: &mut Operands<'_>,
    batch: Batch,
    f: impl Fn(&[f32], Bounds, &mut [f32]),
) {
    let (inputs, output, _) = operands.split::<f32>();
    let (a, bounds) = (inputs.get::<f32>(0), inputs.get::<f32>(1));
    let bounds = Bounds { lower: bounds[0], upper: bounds[1] };
    batch.repeat(output, |offset, y| f(&a[offset..], bounds, y));
}

/// `f(a, b, y)`: two vectors, into a third.
pub(crate) fn map_pair(_: &Shape, operands: &mut Operands<'_>, batch: Batch, f: impl Fn(&[f32], &[f32], &mut [f32])) {
    let (inputs, output, _) = operands.split::<f32>();
    let (a, b) = (inputs.get::<f32>(0), inputs.get::<f32>(1));
    batch.repeat(output, |offset, y| f(&a[offset..], &b[offset..], y));
}

/// `f(x, z, alpha, y)`: two vectors and a number, into a third vector.
pub(crate) fn map_pair_scaled(
    _: &Shape,
    operands: &mut Operands<'_>,
    batch: Batch,
    f: impl Fn(&[f32], &[f32], f32, &mut [f32]),
) {
    let (inputs, output, _) = operands.split::<f32>();
    let (x, z, alpha) = (inputs.get::<f32>(0), inputs.get::<f32>(1), inputs.get::<f32>(2)[0]);
    batch.repeat(output, |offset, y| f(&x[offset..], &z[offset..], alpha, y));
}

/// `f(a, b, y, columns)`: two tensors of strided rows, into a contiguous one.
pub(crate) fn map_rows(
    shape: &Shape,
    operands: &mut Operands<'_>,
    batch: Batch,
    f: impl Fn(&[f32], &[f32], &mut [f32], usize),
) {
    let columns = shape.extent('c');
    let (inputs, output, _) = operands.split::<f32>();
    let (a, b) = (inputs.get::<f32>(0), inputs.get::<f32>(1));
    batch.repeat(output, |offset, y| f(&a[offset..], &b[offset..], y, columns));
}

/// `f(a, b, c, extents, scratch)`: two matrices, into a third.
pub(crate) fn product(
    shape: &Shape,
    operands: &mut Operands<'_>,
    batch: Batch,
    f: impl Fn(&[f32], &[f32], &mut [f32], Extents, &mut [f32]),
) {
    let extents = Extents::of(shape);
    let (inputs, output, scratch) = operands.split::<f32>();
    let (a, b) = (inputs.get::<f32>(0), inputs.get::<f32>(1));
    let scratch = bytemuck::cast_slice_mut(scratch);
    batch.repeat(output, |offset, c| f(&a[offset..], &b[offset..], c, extents, scratch));
}

/// `f(x, table, y)`: heads, turned by a table of cosines and sines.
pub(crate) fn rotate(_: &Shape, operands: &mut Operands<'_>, batch: Batch, f: impl Fn(&[f32], Table<'_>, &mut [f32])) {
    let (inputs, output, _) = operands.split::<f32>();
    let (x, c, s) = (inputs.get::<f32>(0), inputs.get::<f32>(1), inputs.get::<f32>(2));
    batch.repeat(output, |offset, y| f(&x[offset..], Table { c: &c[offset..], s: &s[offset..] }, y));
}

/// `f(a, x, y)`: a matrix and a vector, into a vector.
pub(crate) fn matrix_times_vector(
    shape: &Shape,
    operands: &mut Operands<'_>,
    batch: Batch,
    f: impl Fn(&[f32], &[f32], &mut [f32]),
) {
    map_pair(shape, operands, batch, f);
}

/// `f(a, y, rows, columns)`: a matrix, into one of as many elements.
pub(crate) fn rearrange(
    shape: &Shape,
    operands: &mut Operands<'_>,
    batch: Batch,
    f: impl Fn(&[f32], &mut [f32], usize, usize),
) {
    let (rows, columns) = (shape.extent('r'), shape.extent('c'));
    let (inputs, output, _) = operands.split::<f32>();
    let a = inputs.get::<f32>(0);
    batch.repeat(output, |offset, y| f(&a[offset..], y, rows, columns));
}

/// `f(w, a, scales, y)`: a packed ternary matrix and 8-bit activations, into a vector.
pub(crate) fn ternary_times_vector(
    _: &Shape,
    operands: &mut Operands<'_>,
    batch: Batch,
    f: impl Fn(&[u8], &[i8], Scales, &mut [f32]),
) {
    let (inputs, output, _) = operands.split::<f32>();
    let (w, a, scales) = (inputs.get::<u8>(0), inputs.get::<i8>(1), inputs.get::<f32>(2));
    let scales = Scales { s_a: scales[0], s_w: scales[1] };
    batch.repeat(output, |offset, y| f(&w[offset..], &a[offset..], scales, y));
}

/// `f(packed, a, scales, y)`: the same, of weights that were packed into the scratch memory beforehand.
#[cfg(target_arch = "x86_64")]
pub(crate) fn packed_ternary_times_vector(
    _: &Shape,
    operands: &mut Operands<'_>,
    batch: Batch,
    f: impl Fn(&[u8], &[i8], Scales, &mut [f32]),
) {
    let (inputs, output, packed) = operands.split::<f32>();
    let (a, scales) = (inputs.get::<i8>(1), inputs.get::<f32>(2));
    let scales = Scales { s_a: scales[0], s_w: scales[1] };
    batch.repeat(output, |offset, y| f(&packed[offset..], &a[offset..], scales, y));
}

/// `f(w, a, scales, y, tables)`: the first, with memory for tables that are made of the activations.
pub(crate) fn ternary_by_lookup(
    _: &Shape,
    operands: &mut Operands<'_>,
    batch: Batch,
    f: impl Fn(&[u8], &[i8], Scales, &mut [f32], &mut [u8]),
) {
    let (inputs, output, tables) = operands.split::<f32>();
    let (w, a, scales) = (inputs.get::<u8>(0), inputs.get::<i8>(1), inputs.get::<f32>(2));
    let scales = Scales { s_a: scales[0], s_w: scales[1] };
    batch.repeat(output, |offset, y| f(&w[offset..], &a[offset..], scales, y, tables));
}

/// `f(w, slabs, y)`: a matrix, into a scale and a zero point for each slab of its rows, and a code for each element.
pub(crate) fn quantize_slabs(
    shape: &Shape,
    operands: &mut Operands<'_>,
    batch: Batch,
    f: impl Fn(&[f32], Slabs, &mut [f32]),
) {
    let slabs = Slabs::of(shape);
    let (inputs, output, _) = operands.split::<f32>();
    let w = inputs.get::<f32>(0);
    batch.repeat(output, |offset, y| f(&w[offset..], slabs, y));
}

/// `f(calibration, w, y)`: the ranges of timesteps and weights, into a scale and a zero point for each group, and a
/// code for each weight.
pub(crate) fn quantize_timesteps(
    shape: &Shape,
    operands: &mut Operands<'_>,
    batch: Batch,
    f: impl Fn(Calibration<'_>, &[f32], &mut [f32]),
) {
    let groups = time_aware_quantize::groups(shape);
    let (inputs, output, _) = operands.split::<f32>();
    let (minima, maxima, w) = (inputs.get::<f32>(0), inputs.get::<f32>(1), inputs.get::<f32>(2));
    batch.repeat(output, |offset, y| {
        let calibration = Calibration { minima: &minima[offset..], maxima: &maxima[offset..], groups };
        f(calibration, &w[offset..], y);
    });
}

/// `f(w, x, channels, y)`: weights and activations, into a factor for each channel and other weights.
pub(crate) fn equalize_channels(
    shape: &Shape,
    operands: &mut Operands<'_>,
    batch: Batch,
    f: impl Fn(&[f32], &[f32], Channels, &mut [f32]),
) {
    let channels = Channels { count: shape.extent('c'), elements: shape.extent('f') };
    let (inputs, output, _) = operands.split::<f32>();
    let (w, x) = (inputs.get::<f32>(0), inputs.get::<f32>(1));
    batch.repeat(output, |offset, y| f(&w[offset..], &x[offset..], channels, y));
}

/// `f(pair, y)`: activations and weights, into a factor for each channel, other activations and other weights.
pub(crate) fn smooth_channels(
    shape: &Shape,
    operands: &mut Operands<'_>,
    batch: Batch,
    f: impl Fn(Pair<'_>, &mut [f32]),
) {
    let (tokens, channels, features) = (shape.extent('t'), shape.extent('c'), shape.extent('f'));
    let (inputs, output, _) = operands.split::<f32>();
    let (x, w) = (inputs.get::<f32>(0), inputs.get::<f32>(1));
    batch.repeat(output, |offset, y| f(Pair { x: &x[offset..], w: &w[offset..], tokens, channels, features }, y));
}

/// `s_a = f(a, codes)`: a vector, into its scale and, behind it, codes of eight bits.
pub(crate) fn quantize_slab(
    _: &Shape,
    operands: &mut Operands<'_>,
    batch: Batch,
    f: impl Fn(&[f32], &mut [i8]) -> f32,
) {
    let (inputs, output, _) = operands.split::<f32>();
    let a = inputs.get::<f32>(0);
    batch.repeat(output, |offset, y| {
        let (scale, codes) = y.split_at_mut(1);
        scale[0] = f(&a[offset..], bytemuck::cast_slice_mut(codes));
    });
}

/// `f(x, group, scales, codes)`: groups of elements, into a scale for each and, behind the scales, codes.
pub(crate) fn quantize_groups(
    shape: &Shape,
    operands: &mut Operands<'_>,
    batch: Batch,
    f: impl Fn(&[f32], usize, &mut [f32], &mut [u8]),
) {
    let (groups, group) = (shape.extent('m'), shape.extent('g'));
    let (inputs, output, _) = operands.split::<f32>();
    let x = inputs.get::<f32>(0);
    batch.repeat(output, |offset, y| {
        let (scales, codes) = y.split_at_mut(groups);
        f(&x[offset..], group, scales, bytemuck::cast_slice_mut(codes));
    });
}

/// `f(scales, codes, group, y)`: codes and a scale for each group of them, into elements.
pub(crate) fn dequantize_groups(
    shape: &Shape,
    operands: &mut Operands<'_>,
    batch: Batch,
    f: impl Fn(&[f32], &[u8], usize, &mut [f32]),
) {
    let group = shape.extent('g');
    let (inputs, output, _) = operands.split::<f32>();
    let (scales, codes) = (inputs.get::<f32>(0), inputs.get::<u8>(1));
    batch.repeat(output, |offset, y| f(&scales[offset..], &codes[offset..], group, y));
}

/// `f(w, x, s_w, codes, y)`: a packed ternary matrix and `f32` activations, with memory for their codes, into a vector.
pub(crate) fn ternary_linear(
    _: &Shape,
    operands: &mut Operands<'_>,
    batch: Batch,
    f: impl Fn(&[u8], &[f32], f32, &mut [i8], &mut [f32]),
) {
    let (inputs, output, codes) = operands.split::<f32>();
    let (w, x, s_w) = (inputs.get::<u8>(0), inputs.get::<f32>(1), inputs.get::<f32>(2)[0]);
    let codes: &mut [i8] = bytemuck::cast_slice_mut(codes);
    batch.repeat(output, |offset, y| f(&w[offset..], &x[offset..], s_w, codes, y));
}

/// `f(packed, x, s_w, codes, y)`: the same, of weights that were packed into the scratch memory beforehand.
#[cfg(target_arch = "x86_64")]
pub(crate) fn packed_ternary_linear(
    shape: &Shape,
    operands: &mut Operands<'_>,
    batch: Batch,
    f: impl Fn(&[u8], &[f32], f32, &mut [i8], &mut [f32]),
) {
    let (inputs, output, scratch) = operands.split::<f32>();
    let (x, s_w) = (inputs.get::<f32>(1), inputs.get::<f32>(2)[0]);
    let (packed, codes) = scratch.split_at_mut(scratch.len() - shape.extent('k'));
    let codes: &mut [i8] = bytemuck::cast_slice_mut(codes);
    batch.repeat(output, |offset, y| f(&packed[offset..], &x[offset..], s_w, codes, y));
}

/// `f(w, vectors, s_w, y)`: a packed ternary matrix and vectors of 8-bit activations, into as many vectors.
pub(crate) fn ternary_times_vectors(
    shape: &Shape,
    operands: &mut Operands<'_>,
    batch: Batch,
    f: impl Fn(&[u8], Vectors<'_>, f32, &mut [f32]),
) {
    let (inputs, output, _) = operands.split::<f32>();
    let (w, a, scales) = (inputs.get::<u8>(0), inputs.get::<i8>(1), inputs.get::<f32>(2));
    let (s_a, s_w) = scales.split_at(shape.extent('b'));
    batch.repeat(output, |offset, y| f(&w[offset..], Vectors { a: &a[offset..], s_a }, s_w[0], y));
}

/// `f(packed, vectors, s_w, y)`: the same, of weights that were packed into the scratch memory beforehand.
#[cfg(target_arch = "x86_64")]
pub(crate) fn packed_ternary_times_vectors(
    shape: &Shape,
    operands: &mut Operands<'_>,
    batch: Batch,
    f: impl Fn(&[u8], Vectors<'_>, f32, &mut [f32]),
) {
    let (inputs, output, packed) = operands.split::<f32>();
    let (a, scales) = (inputs.get::<i8>(1), inputs.get::<f32>(2));
    let (s_a, s_w) = scales.split_at(shape.extent('b'));
    batch.repeat(output, |offset, y| f(&packed[offset..], Vectors { a: &a[offset..], s_a }, s_w[0], y));
}

/// A row of a kernel's variants: its ISA level, and its function behind one of the signatures, with the names of the
/// function's arguments; then, where the function keeps something in scratch memory, how much that takes, and what makes it
/// ready once for all calls.
///
/// The function of a level above `scalar` is a safe `#[target_feature]` one; the one unsafe call of each variant
/// stands here.
macro_rules! variant {
    (Scalar, $signature:ident, |$($argument:ident),+| $function:path) => {
        $crate::signature::variant!(Scalar, $signature, |$($argument),+| $function, scratch_bytes: |_| 0, prepare: None)
    };
    ($isa:ident, $signature:ident, |$($argument:ident),+| $function:path) => {
        $crate::signature::variant!($isa, $signature, |$($argument),+| $function, scratch_bytes: |_| 0, prepare: None)
    };
    (Scalar, $signature:ident, |$($argument:ident),+| $function:path, scratch_bytes: $scratch_bytes:expr) => {
        $crate::signature::variant!(
            Scalar, $signature, |$($argument),+| $function, scratch_bytes: $scratch_bytes, prepare: None
        )
    };
    ($isa:ident, $signature:ident, |$($argument:ident),+| $function:path, scratch_bytes: $scratch_bytes:expr) => {
        $crate::signature::variant!(
            $isa, $signature, |$($argument),+| $function, scratch_bytes: $scratch_bytes, prepare: None
        )
    };
    (Scalar, $signature:ident, |$($argument:ident),+| $function:path,
     scratch_bytes: $scratch_bytes:expr, prepare: $prepare:expr) => {
        $crate::kernel::Variant {
            isa: platforms::IsaLevel::Scalar,
            scratch_bytes: $scratch_bytes,
            prepare: $prepare,
            run: |shape, operands, batch| $crate::signature::$signature(shape, operands, batch, $function),
        }
    };
    ($isa:ident, $signature:ident, |$($argument:ident),+| $function:path,
     scratch_bytes: $scratch_bytes:expr, prepare: $prepare:expr) => {
        $crate::kernel::Variant {
            isa: platforms::IsaLevel::$isa,
            scratch_bytes: $scratch_bytes,
            prepare: $prepare,
            run: |shape, operands, batch| {
                $crate::signature::$signature(shape, operands, batch, |$($argument),+| {
                    // SAFETY: `Case::new` made sure that this CPU has the level, and only a `Case` runs a variant.
                    unsafe { $function($($argument),+) }
                });
            },
        }
    };
}
pub(crate) use variant;

/// A row of a workload's variants: its ISA level, and the function that gives its parts. The loop over the parts is the same for
/// all levels; who has the parts of a level has a CPU that has it, so that the one unsafe call is to get them.
macro_rules! workload {
    (Scalar, $parts:path) => {
        $crate::kernel::Variant {
            isa: platforms::IsaLevel::Scalar,
            scratch_bytes,
            prepare: Some(|shape, operands| prepare(shape, operands, &$parts())),
            run: |shape, operands, batch| run(shape, operands, batch, &$parts()),
        }
    };
    ($isa:ident, $parts:path) => {
        $crate::kernel::Variant {
            isa: platforms::IsaLevel::$isa,
            scratch_bytes,
            prepare: Some(|shape, operands| {
                // SAFETY: `Case::new` made sure that this CPU has the level, and only a `Case` prepares a variant.
                let parts = unsafe { $parts() };
                prepare(shape, operands, &parts);
            }),
            run: |shape, operands, batch| {
                // SAFETY: `Case::new` made sure that this CPU has the level, and only a `Case` runs a variant.
                let parts = unsafe { $parts() };
                run(shape, operands, batch, &parts);
            },
        }
    };
}
pub(crate) use workload;
