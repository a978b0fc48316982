//! What the quantising kernels make of slabs that are special: ties, small and large numbers, and what is no number.
//!
//! Every variant that this CPU has is held to values that were worked out by hand, not to the reference.

use kernels::{Case, batch::Batch, kernel::Kernel, operands::Arena, shape::Shape};
use platforms::isa;

/// The kernel's variants here, at this shape.
fn variants(id: &str, shape: &str) -> Vec<Case> {
    let kernel: &'static Kernel = kernels::registry::kernel(id).expect("the registry has it");
    let shape: Shape = shape.parse().expect("a shape");
    let here = kernel.variants.iter().filter(|variant| isa::detected().contains(variant.isa));
    here.map(|variant| Case::new(kernel, variant.isa, shape.clone()).expect("the kernel has the variant")).collect()
}

/// What a case makes of these inputs.
fn output(case: &Case, inputs: &[&[u8]]) -> Vec<u8> {
    let mut arena = Arena::new(case.layout().arena_bytes());
    arena.bytes_mut().fill(0xff);
    let mut bench = case.bind(arena.bytes_mut(), 42);
    for (index, bytes) in inputs.iter().enumerate() {
        bench.operands_mut().input_mut::<u8>(index).copy_from_slice(bytes);
    }
    bench.run(Batch::ONE);
    bench.operands().output().to_vec()
}

/// The scale and the codes of activations.
fn activations(case: &Case, a: &[f32]) -> (f32, Vec<i8>) {
    let output = output(case, &[bytemuck::cast_slice(a)]);
    let (scale, codes) = output.split_at(4);
    (f32::from_ne_bytes(scale.try_into().expect("four bytes")), bytemuck::cast_slice(codes).to_vec())
}

/// So many elements, the first of them these, the others 0.
fn slab(first: &[f32], count: usize) -> Vec<f32> {
    [first, &vec![0.0; count - first.len()]].concat()
}

/// The scale and the first codes of activations that begin with these and are 0 beyond, in slabs of all lengths of
/// loops.
#[track_caller]
fn check_activations(first: &[f32], scale: f32, codes: &[i8]) {
    for count in [first.len().next_multiple_of(4), 36, 100, 300] {
        for case in variants("quantize_act_i8", &format!("k{count}")) {
            let found = activations(&case, &slab(first, count));
            let mut expected = codes.to_vec();
            expected.resize(count, 0);
            let is_scale = found.0.to_bits() == scale.to_bits() || (found.0.is_nan() && scale.is_nan());
            assert!(is_scale && found.1 == expected, "{case}: {} in place of {scale}, {:?}", found.0, found.1);
        }
    }
}

/// How codes stand in the bytes of a kernel: bits of each, and what is added to them.
fn format_of(id: &str) -> (usize, i16) {
    match id.rsplit_once('_') {
        Some((_, "i8")) => (8, 0),
        Some((_, "i4")) => (4, 8),
        Some((_, "i2")) => (2, 1),
        _ => panic!("{id} has no groups"),
    }
}

/// The codes in chunks of 32.
fn unpacked(id: &str, bytes: &[u8]) -> Vec<i16> {
    let (bits, offset) = format_of(id);
    let code = |chunk: &[u8], j: usize| {
        let byte = chunk[j % chunk.len()] >> (j / chunk.len() * bits);
        if bits == 8 { i16::from(byte.cast_signed()) } else { i16::from(byte & ((1 << bits) - 1)) - offset }
    };
    bytes.chunks(4 * bits).flat_map(|chunk| (0..32).map(move |j| code(chunk, j))).collect()
}

/// The scales and the codes of groups.
fn groups(case: &Case, x: &[f32]) -> (Vec<f32>, Vec<i16>) {
    let output = output(case, &[bytemuck::cast_slice(x)]);
    let (scales, codes) = output.split_at(4 * case.shape().extent('m'));
    (bytemuck::pod_collect_to_vec(scales), unpacked(case.kernel().id, codes))
}

/// The scale and the first codes of a group that begins with these and is 0 beyond, at each place among nine groups, of
/// which eight are quantised together; the others must be as if it were not there.
#[track_caller]
fn check_group(id: &str, first: &[f32], scale: f32, codes: &[i16]) {
    const GROUPS: usize = 9;
    for group in [32, 64, 128, 96] {
        for case in variants(id, &format!("m{GROUPS}g{group}")) {
            for place in 0..GROUPS {
                let ones = vec![1.0; group];
                let x: Vec<f32> =
                    (0..GROUPS).flat_map(|i| if i == place { slab(first, group) } else { ones.clone() }).collect();
                let (scales, found) = groups(&case, &x);
                let mut expected = codes.to_vec();
                expected.resize(group, 0);
                let largest = largest_code(id);
                for i in 0..GROUPS {
                    let (scale, codes) =
                        if i == place { (scale, &expected) } else { (1.0 / f32::from(largest), &vec![largest; group]) };
                    let is_scale = scales[i].to_bits() == scale.to_bits() || (scales[i].is_nan() && scale.is_nan());
                    assert!(is_scale, "{case}, group {i} of {place}: the scale {} in place of {scale}", scales[i]);
                    assert_eq!(&found[i * group..][..group], codes, "{case}, group {i} of {place}");
                }
            }
        }
    }
}

fn largest_code(id: &str) -> i16 {
    match format_of(id).0 {
        8 => 127,
        4 => 7,
        _ => 1,
    }
}

const QUANTISERS: [&str; 3] = ["quantize_i8", "quantize_i4", "quantize_i2"];

/// The scale and the first codes of a group that begins with these, whatever the format.
#[track_caller]
fn check_every_quantiser(first: &[f32], scale: impl Fn(f32) -> f32, codes: impl Fn(i16) -> Vec<i16>) {
    for id in QUANTISERS {
        let largest = largest_code(id);
        check_group(id, first, scale(f32::from(largest)), &codes(largest));
    }
}

/// 2^-119, from which on a slab is more than zeros.
const SMALLEST: f32 = f32::from_bits(8 << 23);

#[test]
fn a_half_goes_to_the_even_code() {
    // With the largest 127 the factor is 1.
    let halves = [127.0, 0.5, 1.5, 2.5, 3.5, -0.5, -1.5, -2.5, 125.5, 126.5, -126.5];
    let codes = [127, 0, 2, 2, 4, 0, -2, -2, 126, 126, -126];
    check_activations(&halves, 1.0, &codes);
    check_group("quantize_i8", &halves, 1.0, &codes.map(i16::from));
    check_group("quantize_i4", &[7.0, 0.5, 1.5, 2.5, 3.5, -0.5, -1.5, -6.5], 1.0, &[7, 0, 2, 2, 4, 0, -2, -6]);
    check_group("quantize_i2", &[1.0, 0.5, -0.5, 0.500_001, -0.500_001], 1.0, &[1, 0, 0, 1, -1]);
}

#[test]
fn each_code_stands_in_its_place() {
    // Codes that differ from their neighbours', by every distance that packing could mix up.
    let codes: Vec<i16> = (0..32).map(|j| [7, -7, 1, -3, 0, 5, -6][(j * j + 3 * j) % 7]).collect();
    let elements: Vec<f32> = codes.iter().copied().map(f32::from).collect();
    check_group("quantize_i4", &elements, 1.0, &codes);
}

#[test]
fn a_slab_of_equal_elements_has_equal_codes() {
    for element in [1.0, -3.0, 1e-30, 1e30] {
        let constant = [element; 32];
        let sign = f32::signum(element);
        check_every_quantiser(
            &constant,
            |levels| element.abs() / levels,
            |largest| vec![if sign > 0.0 { largest } else { -largest }; 32],
        );
        check_activations(&constant, 127.0 / element.abs(), &[if sign > 0.0 { 127 } else { -127 }; 32]);
    }
}

#[test]
fn zeros_of_both_signs_have_the_scale_of_zeros() {
    check_activations(&[0.0, -0.0, 0.0], 1.0, &[]);
    check_every_quantiser(&[0.0, -0.0, 0.0], |_| 0.0, |_| vec![]);
}

#[test]
fn what_is_too_small_to_be_scaled_counts_as_zeros() {
    for small in [f32::from_bits(1), f32::MIN_POSITIVE, SMALLEST.next_down()] {
        check_activations(&[small, -small], 1.0, &[]);
        check_every_quantiser(&[small, -small], |_| 0.0, |_| vec![]);
    }
}

#[test]
fn the_smallest_slab_that_is_more_than_zeros_is_scaled() {
    check_activations(&[SMALLEST, -SMALLEST / 2.0, f32::from_bits(1)], 127.0 / SMALLEST, &[127, -64, 0]);
    let codes = |largest: i16| match largest {
        127 => vec![127, -64],
        7 => vec![7, -4],
        _ => vec![1, 0],
    };
    check_every_quantiser(&[SMALLEST, -SMALLEST / 2.0, f32::from_bits(1)], |levels| SMALLEST / levels, codes);
}

#[test]
fn the_largest_numbers_are_scaled() {
    check_activations(&[f32::MAX, -f32::MAX, f32::MAX / 4.0], 127.0 / f32::MAX, &[127, -127, 32]);
    let codes = |largest: i16| match largest {
        127 => vec![127, -127, 32],
        7 => vec![7, -7, 2],
        _ => vec![1, -1, 0],
    };
    check_every_quantiser(&[f32::MAX, -f32::MAX, f32::MAX / 4.0], |levels| f32::MAX / levels, codes);
}

#[test]
fn a_slab_with_what_is_no_number_has_the_scale_nan_and_no_codes() {
    let quiet_and_signalling = [f32::NAN, -f32::NAN, f32::from_bits(0x7f80_0001), f32::from_bits(0xff80_0001)];
    for special in quiet_and_signalling.into_iter().chain([f32::INFINITY, f32::NEG_INFINITY]) {
        for first in [&[special, 1.0, -2.0][..], &[3.0, special], &[0.0, 0.0, 0.0, special], &[special; 32]] {
            check_activations(first, f32::NAN, &[]);
            check_every_quantiser(first, |_| f32::NAN, |_| vec![]);
        }
    }
}

#[test]
fn an_element_that_is_no_number_is_found_wherever_it_stands() {
    for id in QUANTISERS {
        for case in variants(id, "m11g64") {
            for place in 0..11 * 64 {
                let mut x = vec![1.0; 11 * 64];
                x[place] = f32::NAN;
                let (scales, _) = groups(&case, &x);
                let found: Vec<usize> = (0..11).filter(|&i| scales[i].is_nan()).collect();
                assert_eq!(found, [place / 64], "{case}, a NaN at {place}");
            }
        }
    }
    for case in variants("quantize_act_i8", "k140") {
        for place in 0..140 {
            let mut a = vec![1.0; 140];
            a[place] = f32::NEG_INFINITY;
            assert!(activations(&case, &a).0.is_nan(), "{case}, an infinity at {place}");
        }
    }
}

#[test]
fn no_activations_have_the_scale_of_zeros() {
    for case in variants("quantize_act_i8", "k0") {
        assert_eq!(activations(&case, &[]), (1.0, vec![]), "{case}");
    }
}

/// What a group of the same byte and this scale becomes.
#[track_caller]
fn check_numbers(id: &str, byte: u8, scale: f32, number: f32) {
    let (bits, _) = format_of(id);
    for case in variants(id, "m3g64") {
        let output = output(&case, &[bytemuck::cast_slice(&[scale; 3]), &vec![byte; 3 * 64 * bits / 8]]);
        for found in bytemuck::pod_collect_to_vec::<u8, f32>(&output) {
            let is_same = found.to_bits() == number.to_bits() || (found.is_nan() && number.is_nan());
            assert!(is_same, "{case}, bytes {byte:#x}, scale {scale:e}: {found:e} in place of {number:e}");
        }
    }
}

#[test]
fn codes_that_no_quantiser_writes_are_what_they_say() {
    check_numbers("dequantize_i8", 0x80, 0.5, -64.0);
    check_numbers("dequantize_i4", 0x00, 0.5, -4.0);
    check_numbers("dequantize_i2", 0xff, 0.5, 1.0);
}

#[test]
fn scales_of_any_kind_are_multiplied_by() {
    for (id, zeros, ones) in [("dequantize_i8", 0, 1), ("dequantize_i4", 0x88, 0x99), ("dequantize_i2", 0x55, 0xaa)] {
        check_numbers(id, ones, 0.0, 0.0);
        check_numbers(id, zeros, -2.0, -0.0);
        check_numbers(id, zeros, f32::NAN, f32::NAN);
        check_numbers(id, zeros, f32::INFINITY, f32::NAN);
        check_numbers(id, ones, f32::NEG_INFINITY, f32::NEG_INFINITY);
        check_numbers(id, ones, f32::from_bits(1), f32::from_bits(1));
        check_numbers(id, ones, -f32::MAX, -f32::MAX);
    }
}

#[test]
fn the_largest_number_of_all_comes_back_from_eight_bits_as_an_infinity() {
    // Its scale is rounded up, which no other magnitude feels.
    check_numbers("dequantize_i8", 127, f32::MAX / 127.0, f32::INFINITY);
    let next = f32::MAX.next_down();
    check_numbers("dequantize_i8", 127, next / 127.0, next);
    check_numbers("dequantize_i4", 0xff, f32::MAX / 7.0, f32::MAX);
}

#[test]
fn what_comes_back_is_within_half_a_step() {
    for (quantiser, dequantiser) in QUANTISERS.iter().zip(["dequantize_i8", "dequantize_i4", "dequantize_i2"]) {
        for (case, back) in variants(quantiser, "m20g64").iter().zip(variants(dequantiser, "m20g64")) {
            let mut arena = Arena::new(case.layout().arena_bytes());
            let mut bench = case.bind(arena.bytes_mut(), 42);
            bench.run(Batch::ONE);
            let x: &[f32] = bench.operands().input(0);
            let (scales, codes) = bench.operands().output().split_at(4 * 20);
            let numbers: Vec<f32> = bytemuck::pod_collect_to_vec(&output(&back, &[scales, codes]));
            let scales: Vec<f32> = bytemuck::pod_collect_to_vec(scales);
            for (index, (x, number)) in x.iter().zip(numbers).enumerate() {
                let step = scales[index / 64];
                assert!((x - number).abs() <= 0.500_1 * step, "{case}: {x} came back as {number}, a step is {step}");
            }
        }
    }
}

/// What a linear layer of a row of ones, one of zeros and one of minus ones makes of activations that begin with these.
fn linear(case: &Case, first: &[f32]) -> Vec<f32> {
    let weights = [[0b10_10_10_10_u8; 32], [0b01_01_01_01; 32], [0b00_00_00_00; 32]].concat();
    let x = slab(first, 128);
    bytemuck::pod_collect_to_vec(&output(case, &[&weights, bytemuck::cast_slice(&x), &0.5_f32.to_ne_bytes()]))
}

#[test]
fn a_linear_layer_adds_up_the_codes_of_its_activations() {
    for case in variants("linear_i2s", "m3k128") {
        // The codes are 127, -64 (half to even of -63.5), 32 (of 31.75): 95, over 127 / 4, times 0.5.
        let expected = 95.0 / (127.0 / 4.0) * 0.5;
        let zero = 0.0 / (127.0 / 4.0) * 0.5;
        assert_eq!(linear(&case, &[4.0, -2.0, 1.0]), [expected, zero, -expected], "{case}");
        assert_eq!(linear(&case, &[]), [0.0; 3], "{case}");
    }
}

#[test]
fn a_linear_layer_gives_no_number_where_an_activation_is_none() {
    for case in variants("linear_i2s", "m3k128") {
        for special in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            assert!(linear(&case, &[1.0, special]).iter().all(|y| y.is_nan()), "{case}, {special}");
        }
    }
}
