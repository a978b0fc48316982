//! The inputs that a kernel is tried on: the seeded ones, and those made to be hard.
//!
//! Each hard one is made from the seeded values, whose bits serve as its dice.

use kernels::{kernel::Kernel, operands::Operands};

/// A way to fill the inputs of a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inputs {
    /// As they are measured: either sign times `[2^-2, 2)`.
    Seeded,
    /// Powers of two from `2^-60` to `2^60` beside each other.
    Magnitudes,
    /// Below the normal range, of either sign.
    Subnormals,
    /// Each second element of the first input nearly takes back the one before it; the other inputs are constant.
    Cancelling,
    /// The largest numbers, of either sign, whose sums overflow.
    Huge,
    /// Infinities of both signs at every fifth place.
    Infinities,
    /// A NaN at every fifth place.
    Nans,
    /// A NaN in the last element of each input alone, where loops end.
    NanAtTheEnd,
    /// Nothing but zeros, of both signs.
    Zeros,
    /// All elements of an input alike.
    Equal,
    /// Whole numbers from 1 to 3, of either sign, whose sums of products are exact in any order up to a million terms: where the
    /// bound of a long sum would hide a lost element, none may be lost.
    WholeNumbers,
    /// Ternary weights all 1, activations at their largest: sums as large as they get.
    LargestSums,
    /// Ternary weights all -1, activations at their largest.
    SmallestSums,
    /// Any bytes, among them those that no packed matrix has.
    AnyBytes,
}

/// What inputs of `f32` are filled with.
const FLOATS: &[Inputs] = &[
    Inputs::Seeded,
    Inputs::Magnitudes,
    Inputs::Subnormals,
    Inputs::Cancelling,
    Inputs::Huge,
    Inputs::Infinities,
    Inputs::Nans,
    Inputs::NanAtTheEnd,
    Inputs::Zeros,
    Inputs::Equal,
];

/// The same for kernels that add up products or elements, and do nothing else to them.
const SUMS: &[Inputs] = &[
    Inputs::Seeded,
    Inputs::WholeNumbers,
    Inputs::Magnitudes,
    Inputs::Subnormals,
    Inputs::Cancelling,
    Inputs::Huge,
    Inputs::Infinities,
    Inputs::Nans,
    Inputs::NanAtTheEnd,
    Inputs::Zeros,
    Inputs::Equal,
];

/// Which kernels those are.
const SUMMING: [&str; 5] = ["dot_f32", "sum_f32", "norm_l1_f32", "gemv_f32", "matmul_f32"];

/// Kernels that scale or quantise `f32` and have no type in their names. Among the hard inputs are the slabs that no scale
/// fits.
const SCHEMES: [&str; 4] = ["time_aware_quantize", "spatial_group_quantize", "channel_equalize", "smooth_activations"];

/// What scales and codes are filled with: the scales as other inputs are, the codes with whatever bytes those are.
const SCALED_CODES: &[Inputs] = &[
    Inputs::Seeded,
    Inputs::AnyBytes,
    Inputs::Magnitudes,
    Inputs::Subnormals,
    Inputs::Huge,
    Inputs::Infinities,
    Inputs::Nans,
    Inputs::Zeros,
    Inputs::Equal,
];

/// Which kernels take them, in this order.
const DEQUANTIZING: [&str; 3] = ["dequantize_i8", "dequantize_i4", "dequantize_i2"];

/// Which kernels make codes of `f32`; for one of them other inputs are weights, of whatever bytes these numbers have.
const QUANTIZING: [&str; 5] = ["quantize_act_i8", "quantize_i8", "quantize_i4", "quantize_i2", "linear_i2s"];

/// What packed ternary weights, activations and scales are filled with.
const TERNARY: &[Inputs] = &[Inputs::Seeded, Inputs::LargestSums, Inputs::SmallestSums, Inputs::AnyBytes];

impl Inputs {
    /// Those that `kernel` is tried on: all inputs of a `…_f32` are `f32`, and those of a `…_i2s` packed weights,
    /// activations and scales, as are those of a `…_tl1` and a `…_tl2`.
    #[must_use]
    pub fn of(kernel: &Kernel) -> &'static [Self] {
        match kernel.id.rsplit_once('_') {
            Some(_) if SUMMING.contains(&kernel.id) => SUMS,
            Some(_) if QUANTIZING.contains(&kernel.id) => FLOATS,
            Some(_) if DEQUANTIZING.contains(&kernel.id) => SCALED_CODES,
            Some((_, "f32")) => FLOATS,
            _ if SCHEMES.contains(&kernel.id) => FLOATS,
            Some((_, "i2s" | "tl1" | "tl2")) => TERNARY,
            _ => &[Self::Seeded],
        }
    }

    /// Those that `kernel` is tried on at every shape that is measured.
    #[must_use]
    pub fn at_every_shape(kernel: &Kernel) -> &'static [Self] {
        if SUMMING.contains(&kernel.id) { &SUMS[..2] } else { &FLOATS[..1] }
    }

    /// Whether what a kernel makes of these has no rounding in it, so that its contract's bound does not matter.
    #[must_use]
    pub const fn are_exact(self) -> bool {
        matches!(self, Self::WholeNumbers)
    }

    /// Its name in a document.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Seeded => "seeded",
            Self::Magnitudes => "magnitudes",
            Self::Subnormals => "subnormals",
            Self::Cancelling => "cancelling",
            Self::Huge => "huge",
            Self::Infinities => "infinities",
            Self::Nans => "nans",
            Self::NanAtTheEnd => "nan_at_the_end",
            Self::Zeros => "zeros",
            Self::Equal => "equal",
            Self::WholeNumbers => "whole_numbers",
            Self::LargestSums => "largest_sums",
            Self::SmallestSums => "smallest_sums",
            Self::AnyBytes => "any_bytes",
        }
    }

    /// Makes these of operands of `kernel` that are filled with seeded values.
    pub fn fill(self, kernel: &Kernel, operands: &mut Operands<'_>) {
        match self {
            Self::Seeded => {}
            Self::LargestSums => ternary(kernel, operands, false),
            Self::SmallestSums => ternary(kernel, operands, true),
            Self::AnyBytes => any_bytes(operands),
            _ => {
                for input in 0..operands.input_bytes().count() {
                    self.fill_floats(input, operands.input_mut(input));
                }
            }
        }
    }

    fn fill_floats(self, input: usize, elements: &mut [f32]) {
        let first = elements.first().copied().unwrap_or_default();
        match self {
            Self::Magnitudes => elements.iter_mut().for_each(|element| *element *= power_of_two(*element)),
            Self::Subnormals => elements.iter_mut().for_each(|element| *element = subnormal(*element)),
            Self::Cancelling if input == 0 => cancel(elements),
            Self::Cancelling | Self::Equal => elements.fill(first),
            Self::Huge => elements.iter_mut().for_each(|element| {
                // Half of them half as large, so that not everything overflows at once.
                let magnitude = if element.to_bits() & 1 == 0 { f32::MAX } else { f32::MAX / 2.0 };
                *element = magnitude.copysign(*element);
            }),
            Self::Infinities => each_fifth(input, elements, |element| f32::INFINITY.copysign(element)),
            Self::Nans => each_fifth(input, elements, |element| f32::NAN.copysign(element)),
            Self::WholeNumbers => elements.iter_mut().for_each(|element| *element = whole_number(*element)),
            Self::NanAtTheEnd => elements.last_mut().into_iter().for_each(|last| *last = f32::NAN),
            Self::Zeros => elements.iter_mut().for_each(|element| *element = 0.0_f32.copysign(*element)),
            Self::Seeded | Self::LargestSums | Self::SmallestSums | Self::AnyBytes => {}
        }
    }
}

/// `2^-60` to `2^60`, by the bits of a seeded value.
fn power_of_two(dice: f32) -> f32 {
    f32::from_bits((127 - 60 + dice.to_bits() % 121) << 23)
}

/// 1, 2 or 3, by the bits of a seeded value, with its sign.
fn whole_number(dice: f32) -> f32 {
    [1.0_f32, 2.0, 3.0][dice.to_bits() as usize % 3].copysign(dice)
}

/// Below the normal range, of any length, by the bits of a seeded value, with its sign.
fn subnormal(dice: f32) -> f32 {
    let mantissa = dice.to_bits() & 0x007f_ffff;
    f32::from_bits(mantissa >> (mantissa % 23)).copysign(dice)
}

/// Makes each second element take back the one before it, up to its last bit.
fn cancel(elements: &mut [f32]) {
    for pair in elements.as_chunks_mut::<2>().0 {
        let rest = pair[1].to_bits() & 1;
        pair[1] = -f32::from_bits(pair[0].to_bits() ^ rest);
    }
}

/// Changes every fifth element, of each input others.
fn each_fifth(input: usize, elements: &mut [f32], change: impl Fn(f32) -> f32) {
    elements.iter_mut().skip(input % 5).step_by(5).for_each(|element| *element = change(*element));
}

/// Every weight 1, or every one -1, every activation alike, and scales of 1.
fn ternary(kernel: &Kernel, operands: &mut Operands<'_>, is_negative: bool) {
    let w = operands.input_mut::<u8>(0);
    match kernel.id.rsplit_once('_') {
        // Both indexes of a byte.
        Some((_, "tl1")) => w.fill(if is_negative { 0x00 } else { 0x88 }),
        Some((_, "tl2")) => {
            // 512 bytes of indexes without signs, then 128 of signs.
            for block in w.chunks_mut(640) {
                let (indexes, signs) = block.split_at_mut(512);
                indexes.fill(0xdd);
                signs.fill(if is_negative { 0xff } else { 0x00 });
            }
        }
        // Four codes, each one more than its weight.
        _ => w.fill(if is_negative { 0b00_00_00_00 } else { 0b10_10_10_10 }),
    }
    operands.input_mut::<i8>(1).fill(i8::MAX);
    operands.input_mut::<f32>(2).fill(1.0);
}

fn any_bytes(operands: &mut Operands<'_>) {
    // Multiples of the golden ratio fill a range evenly, and the upper bits of their product have every value.
    let mut dice = (0_u32..).map(|count| count.wrapping_mul(0x9e37_79b9).to_be_bytes()[1]);
    let mut next = move || dice.next().unwrap_or_default();
    operands.input_mut::<u8>(0).fill_with(&mut next);
    operands.input_mut::<i8>(1).fill_with(|| next().cast_signed());
}

#[cfg(test)]
mod tests {
    use kernels::{
        Case,
        kernel::Reference,
        operands::Arena,
        registry::{self, KERNELS},
    };

    use super::*;

    /// The first input of a kernel at `n200`, filled so.
    fn filled(inputs: Inputs) -> Vec<f32> {
        let case: Case = "dot_f32/scalar/n200".parse().expect("a case");
        let mut arena = Arena::new(case.layout().arena_bytes());
        let mut bench = case.bind(arena.bytes_mut(), 42);
        inputs.fill(case.kernel(), bench.operands_mut());
        bench.operands().input(0).to_vec()
    }

    #[test]
    fn every_kernel_has_hard_inputs() {
        // A workload has no short shapes to try them at.
        for kernel in KERNELS.iter().filter(|kernel| kernel.workload.is_none()) {
            assert!(Inputs::of(kernel).len() > 1, "{}: tell crossval what its inputs are", kernel.id);
        }
    }

    #[test]
    fn magnitudes_reach_from_small_to_large() {
        let elements = filled(Inputs::Magnitudes);
        let (small, large) = (|e: &f32| e.abs() < 1e-12, |e: &f32| e.abs() > 1e12);
        assert!(elements.iter().any(small) && elements.iter().any(large));
        assert!(elements.iter().all(|element| element.is_normal()));
    }

    #[test]
    fn sums_of_a_million_products_of_whole_numbers_are_exact() {
        let elements = filled(Inputs::WholeNumbers);
        assert!(elements.iter().all(|element| [1.0, 2.0, 3.0].contains(&element.abs())));
        let largest: u32 = 1_000_000 * 3 * 3;
        assert!(largest < 1 << f32::MANTISSA_DIGITS, "a sum of {largest} is rounded");
    }

    #[test]
    fn what_adds_up_is_tried_on_whole_numbers_wherever_it_is_measured() {
        for id in SUMMING {
            let kernel = registry::kernel(id).expect("the registry has it");
            assert!(Inputs::at_every_shape(kernel).contains(&Inputs::WholeNumbers), "{id}");
            assert!(Inputs::of(kernel).contains(&Inputs::WholeNumbers), "{id}");
        }
    }

    #[test]
    fn subnormals_are_not_normal_and_rarely_zero() {
        let elements = filled(Inputs::Subnormals);
        assert!(elements.iter().all(|element| element.abs() < f32::MIN_POSITIVE));
        assert!(elements.iter().filter(|element| **element != 0.0).count() > 180);
    }

    #[test]
    fn what_cancels_leaves_a_millionth() {
        let elements = filled(Inputs::Cancelling);
        let sum: f64 = elements.iter().copied().map(f64::from).sum();
        let magnitude: f64 = elements.iter().map(|element| f64::from(element.abs())).sum();
        assert!(sum != 0.0 && sum.abs() < 1e-6 * magnitude, "{sum} of {magnitude}");
    }

    #[test]
    fn infinities_and_zeros_have_both_signs() {
        for (inputs, is_special) in
            [(Inputs::Infinities, f32::is_infinite as fn(f32) -> bool), (Inputs::Zeros, |element| element == 0.0)]
        {
            let special: Vec<f32> = filled(inputs).into_iter().filter(|&element| is_special(element)).collect();
            let negative = special.iter().filter(|element| element.is_sign_negative()).count();
            assert!(negative > 0 && negative < special.len(), "{inputs:?}: {negative} of {}", special.len());
        }
    }

    #[test]
    fn a_nan_at_the_end_is_the_only_one() {
        let elements = filled(Inputs::NanAtTheEnd);
        assert_eq!(elements.iter().position(|element| element.is_nan()), Some(elements.len() - 1));
    }

    #[test]
    fn any_bytes_are_all_bytes() {
        let case = Case::new(
            registry::kernel("gemv_i2s").expect("the kernel"),
            platforms::IsaLevel::Scalar,
            "m16k1024".parse().expect("a shape"),
        )
        .expect("a case");
        let mut arena = Arena::new(case.layout().arena_bytes());
        let mut bench = case.bind(arena.bytes_mut(), 42);
        Inputs::AnyBytes.fill(case.kernel(), bench.operands_mut());
        let mut seen = bench.operands().input::<u8>(0).to_vec();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 256);
    }

    #[test]
    fn the_largest_and_the_smallest_sums_are_of_weights_all_alike_in_every_packing() {
        for (id, shape) in [("gemv_i2s", "m3k128"), ("gemv_tl1", "m3k128"), ("gemv_tl2", "m3k120")] {
            let case = format!("{id}/scalar/{shape}").parse::<Case>().expect("a case");
            let columns = case.shape().extent('k') as f32;
            for (inputs, expected) in [(Inputs::LargestSums, 127.0), (Inputs::SmallestSums, -127.0)] {
                let mut arena = Arena::new(case.layout().arena_bytes());
                let mut bench = case.bind(arena.bytes_mut(), 42);
                inputs.fill(case.kernel(), bench.operands_mut());
                bench.run_whole();
                let right = Reference::exact(&[expected * columns; 3]);
                assert_eq!(right.agreement(bench.operands().output()).worst, None, "{case}");
            }
        }
    }
}
