//! What the quantising schemes make of degenerate inputs, by every variant that this CPU has.

use kernels::{
    Case,
    operands::{Arena, Operands},
    registry,
};
use platforms::isa;

const SEED: u64 = 42;
/// What is less than this counts as nothing.
const NOTHING: f32 = f32::from_bits((127 - 119) << 23);

/// Runs every variant of a kernel on the inputs that `change` makes of the seeded ones, and hands each output to `check`: the
/// first `floats` numbers, and the codes behind them.
#[track_caller]
fn check_each(case: &str, floats: usize, change: impl Fn(&mut Operands<'_>), check: impl Fn(&str, &[f32], &[u8])) {
    let (id, shape) = case.split_once('/').unwrap();
    let kernel = registry::kernel(id).unwrap();
    for variant in kernel.variants.iter().filter(|variant| isa::detected().contains(variant.isa)) {
        let case = Case::new(kernel, variant.isa, shape.parse().unwrap()).unwrap();
        let mut arena = Arena::new(case.layout().arena_bytes());
        arena.bytes_mut().fill(0xff);
        let mut bench = case.bind(arena.bytes_mut(), SEED);
        change(bench.operands_mut());
        bench.run_whole();
        assert_eq!(bench.reference().agreement(bench.operands().output()).worst, None, "{case}, seed {SEED}");
        let (numbers, codes) = bench.operands().output().split_at(4 * floats);
        check(&case.to_string(), bytemuck::cast_slice(numbers), codes);
    }
}

/// A slab of 3 rows of 36 elements, of which `change` changes some, has this scale, zero point and codes; all elements are 1
/// before.
#[track_caller]
fn check_slab(change: impl Fn(&mut [f32]), s: f32, z: f32, code: impl Fn(usize) -> u8) {
    let all = |operands: &mut Operands<'_>| {
        operands.input_mut::<f32>(0).fill(1.0);
        change(operands.input_mut(0));
    };
    check_each("spatial_group_quantize/c3f36g4", 2, all, |case, numbers, codes| {
        assert_eq!(numbers.iter().map(|number| same_nan(*number)).collect::<Vec<_>>(), [s, z].map(same_nan), "{case}");
        assert_eq!(codes, (0..108).map(&code).collect::<Vec<_>>(), "{case}");
    });
}

/// Its bits, those of one NaN for all.
fn same_nan(number: f32) -> u32 {
    if number.is_nan() { f32::NAN.to_bits() } else { number.to_bits() }
}

#[expect(clippy::cast_possible_truncation, reason = "the rounding of the contracts")]
fn rounded(number: f64) -> f32 {
    number as f32
}

#[test]
fn a_constant_slab_gives_itself_back() {
    for value in [1.0, 0.3, NOTHING, 1e30, f32::MAX] {
        check_slab(|w| w.fill(value), value, 0.0, |_| 1);
        check_slab(|w| w.fill(-value), value, 1.0, |_| 0);
    }
}

#[test]
fn a_slab_of_zeros_of_both_signs_is_all_zero() {
    check_slab(|w| w.fill(0.0), 0.0, 0.0, |_| 0);
    check_slab(
        |w| w.iter_mut().skip(1).step_by(3).for_each(|w| *w = -0.0),
        1.0 / 255.0,
        0.0,
        |i| {
            if i % 3 == 1 { 0 } else { 255 }
        },
    );
    check_slab(
        |w| w.iter_mut().enumerate().for_each(|(i, w)| *w = if i % 2 == 0 { 0.0 } else { -0.0 }),
        0.0,
        0.0,
        |_| 0,
    );
}

#[test]
fn what_is_too_small_for_a_reciprocal_counts_as_zeros() {
    let small = NOTHING.next_down();
    check_slab(|w| w.fill(small), 0.0, 0.0, |_| 0);
    check_slab(|w| w.fill(-small), 0.0, 0.0, |_| 0);
    check_slab(|w| w.iter_mut().step_by(2).for_each(|w| *w = 0.0), 1.0 / 255.0, 0.0, |i| 255 * u8::from(i % 2 == 1));
    check_slab(|w| w.iter_mut().enumerate().for_each(|(i, w)| *w = 1e-45 * i as f32), 0.0, 0.0, |_| 0);
}

#[test]
fn the_smallest_range_that_counts_has_all_codes() {
    let spread =
        |w: &mut [f32]| w.iter_mut().enumerate().for_each(|(i, w)| *w = if i % 2 == 0 { NOTHING } else { 0.0 });
    check_slab(spread, rounded(f64::from(NOTHING) / 255.0), 0.0, |i| if i % 2 == 0 { 255 } else { 0 });
}

#[test]
fn a_slab_with_one_nan_or_infinity_anywhere_is_no_number() {
    for special in [f32::NAN, f32::from_bits(0xff80_0001), f32::INFINITY, f32::NEG_INFINITY] {
        for place in 0..108 {
            check_slab(|w| w[place] = special, f32::NAN, f32::NAN, |_| 0);
        }
    }
}

#[test]
fn a_slab_of_infinities_of_one_sign_is_not_constant() {
    check_slab(|w| w.fill(f32::INFINITY), f32::NAN, f32::NAN, |_| 0);
    check_slab(|w| w.fill(f32::NEG_INFINITY), f32::NAN, f32::NAN, |_| 0);
}

#[test]
fn a_range_past_the_largest_number_does_not_overflow() {
    let scale = rounded(f64::from(f32::MAX) * 2.0 / 255.0);
    let both =
        |w: &mut [f32]| w.iter_mut().enumerate().for_each(|(i, w)| *w = if i % 2 == 0 { f32::MAX } else { -f32::MAX });
    check_slab(both, scale, f32::MAX * (1.0 / scale), |i| if i % 2 == 0 { 255 } else { 0 });
}

#[test]
fn a_slab_with_a_nan_leaves_the_others_alone() {
    let change = |operands: &mut Operands<'_>| {
        let w = operands.input_mut::<f32>(0);
        w.fill(2.0);
        w[36 + 5] = f32::NAN;
    };
    check_each("spatial_group_quantize/c3f36g1", 6, change, |case, numbers, codes| {
        let expected = [2.0, f32::NAN, 2.0, 0.0, f32::NAN, 0.0];
        assert!(numbers.iter().zip(expected).all(|(a, b)| same_nan(*a) == same_nan(b)), "{case}: {numbers:?}");
        assert!(codes.iter().enumerate().all(|(i, &code)| code == u8::from(!(36..72).contains(&i))), "{case}");
    });
}

#[test]
fn the_last_slab_may_be_short_and_a_slab_may_be_larger_than_the_matrix() {
    let ramp = |operands: &mut Operands<'_>| {
        let w = operands.input_mut::<f32>(0);
        w.iter_mut().enumerate().for_each(|(i, w)| *w = i as f32);
    };
    check_each("spatial_group_quantize/c5f4g2", 6, ramp, |case, numbers, _| {
        assert_eq!(&numbers[..3], [7.0 / 255.0, 7.0 / 255.0, 3.0 / 255.0], "{case}");
    });
    check_each("spatial_group_quantize/c5f4g9", 2, ramp, |case, numbers, codes| {
        assert_eq!((numbers[0], codes[0], codes[19]), (19.0 / 255.0, 0, 255), "{case}");
    });
}

#[test]
fn half_a_code_goes_to_the_even_one() {
    // A scale of 1, so that every element is a code or half way between two.
    let halves = |operands: &mut Operands<'_>| {
        let w = operands.input_mut::<f32>(0);
        w.iter_mut().enumerate().for_each(|(i, w)| *w = (i as f32 / 2.0).min(255.0));
    };
    check_each("spatial_group_quantize/c4f132g4", 2, halves, |case, numbers, codes| {
        assert_eq!(numbers, [1.0, 0.0], "{case}");
        for (i, &code) in codes.iter().enumerate().take(511) {
            let (floor, is_half) = (i / 2, i % 2 == 1);
            let even = if is_half && floor % 2 == 1 { floor + 1 } else { floor };
            assert_eq!(usize::from(code), even, "{case} of {}", i as f32 / 2.0);
        }
    });
}

#[test]
fn codes_of_ordinary_slabs_are_within_one_step_of_the_elements() {
    for shape in ["c256f512g128", "c100f36g16", "c7f20g3"] {
        let case = format!("spatial_group_quantize/{shape}");
        let slabs = match shape {
            "c256f512g128" => (2, 128 * 512),
            "c100f36g16" => (7, 16 * 36),
            _ => (3, 3 * 20),
        };
        let scalar: Case = case.replace('/', "/scalar/").parse().unwrap();
        let mut arena = Arena::new(scalar.layout().arena_bytes());
        let w = scalar.bind(arena.bytes_mut(), SEED).operands().input::<f32>(0).to_vec();
        check_each(
            &case,
            2 * slabs.0,
            |_| (),
            |case, numbers, codes| {
                for (i, (w, code)) in w.iter().zip(codes).enumerate() {
                    let (s, z) = (numbers[i / slabs.1], numbers[slabs.0 + i / slabs.1]);
                    assert!((s * (f32::from(*code) - z) - w).abs() <= 0.51 * s, "{case}, element {i}");
                }
            },
        );
    }
}

/// Sixteen weights in two groups of two timesteps, of range -127.5 to 127.5 and -255 to 255, on which `change` is done: these
/// scales, zero points, and whether each group has a code other than 0.
#[track_caller]
fn check_groups(change: impl Fn(&mut Operands<'_>), s: [f32; 2], z: [f32; 2], has_codes: [bool; 2]) {
    let all = |operands: &mut Operands<'_>| {
        operands.input_mut::<f32>(0).copy_from_slice(&[-127.5, -0.5, -255.0, -1.0]);
        operands.input_mut::<f32>(1).copy_from_slice(&[0.5, 127.5, 255.0, 1.0]);
        change(operands);
    };
    check_each("time_aware_quantize/t4g2n16", 4, all, |case, numbers, codes| {
        let expected = [s[0], s[1], z[0], z[1]];
        assert!(numbers.iter().zip(expected).all(|(a, b)| same_nan(*a) == same_nan(b)), "{case}: {numbers:?}");
        let found = [&codes[..8], &codes[8..]].map(|codes| codes.iter().any(|code| *code != 0));
        assert_eq!(found, has_codes, "{case}: {codes:?}");
    });
}

const SCALES: [f32; 2] = [1.0, 2.0];
const ZERO_POINTS: [f32; 2] = [127.5, 127.5];

#[test]
fn each_group_of_timesteps_has_the_range_of_its_own() {
    check_groups(|_| (), SCALES, ZERO_POINTS, [true, true]);
}

#[test]
fn a_range_with_a_nan_or_infinity_makes_its_group_no_number() {
    for special in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        for input in [0, 1] {
            for place in [0, 1] {
                let change = |operands: &mut Operands<'_>| operands.input_mut::<f32>(input)[place] = special;
                check_groups(change, [f32::NAN, SCALES[1]], [f32::NAN, ZERO_POINTS[1]], [false, true]);
            }
        }
    }
}

#[test]
fn a_weight_that_is_no_finite_number_makes_its_group_no_number() {
    for special in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        for place in 8..16 {
            let change = |operands: &mut Operands<'_>| operands.input_mut::<f32>(2)[place] = special;
            check_groups(change, [SCALES[0], f32::NAN], [ZERO_POINTS[0], f32::NAN], [true, false]);
        }
    }
}

#[test]
fn a_weight_that_is_no_finite_number_is_found_anywhere_in_a_long_run() {
    for special in [f32::NAN, f32::NEG_INFINITY] {
        for place in 0..204 {
            let change = |operands: &mut Operands<'_>| operands.input_mut::<f32>(2)[place] = special;
            check_each("time_aware_quantize/t4g1n204", 2, change, |case, numbers, codes| {
                assert!(numbers.iter().all(|number| number.is_nan()), "{case}, weight {place}");
                assert!(codes.iter().all(|code| *code == 0), "{case}, weight {place}");
            });
        }
    }
}

#[test]
fn a_range_upside_down_is_none() {
    let change = |operands: &mut Operands<'_>| operands.input_mut::<f32>(1)[..2].fill(-128.0);
    check_groups(change, [f32::NAN, SCALES[1]], [f32::NAN, ZERO_POINTS[1]], [false, true]);
}

#[test]
fn one_value_for_all_timesteps_is_its_own_scale() {
    let change = |value: f32| {
        move |operands: &mut Operands<'_>| {
            operands.input_mut::<f32>(0)[..2].fill(value);
            operands.input_mut::<f32>(1)[..2].fill(value);
            operands.input_mut::<f32>(2).fill(value);
        }
    };
    check_groups(change(3.0), [3.0, SCALES[1]], [0.0, ZERO_POINTS[1]], [true, true]);
    check_groups(change(-3.0), [3.0, SCALES[1]], [1.0, ZERO_POINTS[1]], [false, true]);
    check_groups(change(0.0), [0.0, SCALES[1]], [0.0, ZERO_POINTS[1]], [false, true]);
    check_groups(change(NOTHING.next_down()), [0.0, SCALES[1]], [0.0, ZERO_POINTS[1]], [false, true]);
}

#[test]
fn weights_past_the_range_get_the_codes_at_its_ends() {
    let change = |operands: &mut Operands<'_>| {
        let w = operands.input_mut::<f32>(2);
        // Whose quotients are past the range of an integer, and of an `f32`.
        w.copy_from_slice(&[
            1.0,
            9.0,
            1e9,
            3e9,
            1e10,
            1e30,
            f32::MAX,
            1e38,
            -1.0,
            -9.0,
            -1e9,
            -3e9,
            -1e10,
            -1e30,
            -1e38,
            f32::MIN,
        ]);
    };
    check_each("time_aware_quantize/t1g1n16", 2, change, |case, _, codes| {
        assert!(codes[1..8].iter().all(|code| *code == 255), "{case}: {codes:?}");
        assert!(codes[9..].iter().all(|code| *code == 0), "{case}: {codes:?}");
    });
    let small = |operands: &mut Operands<'_>| {
        change(operands);
        operands.input_mut::<f32>(0).fill(0.0);
        operands.input_mut::<f32>(1).fill(NOTHING);
    };
    check_each("time_aware_quantize/t1g1n16", 2, small, |case, numbers, codes| {
        assert!(numbers.iter().all(|number| number.is_finite()), "{case}");
        assert_eq!(codes, [[255; 8], [0; 8]].concat(), "{case}");
    });
}

#[test]
fn groups_without_timesteps_are_no_numbers_and_those_without_weights_have_their_scale() {
    // Two timesteps for five groups: only the third and the last have one. Runs of one weight, and none for the last.
    check_each(
        "time_aware_quantize/t2g5n4",
        10,
        |_| (),
        |case, numbers, codes| {
            let has_scale = [false, false, true, false, true];
            assert!(
                numbers.iter().zip(has_scale.iter().cycle()).all(|(number, has)| number.is_finite() == *has),
                "{case}"
            );
            assert_eq!([codes[0], codes[1], codes[3]], [0; 3], "{case}");
        },
    );
}

#[test]
fn no_timesteps_no_weights_and_no_groups_are_taken() {
    check_each(
        "time_aware_quantize/t0g2n8",
        4,
        |_| (),
        |case, numbers, codes| {
            assert!(numbers.iter().all(|number| number.is_nan()) && codes.iter().all(|code| *code == 0), "{case}");
        },
    );
    check_each(
        "time_aware_quantize/t4g2n0",
        4,
        |_| (),
        |case, numbers, codes| {
            assert!(numbers.iter().all(|number| number.is_finite()) && codes.is_empty(), "{case}");
        },
    );
    check_each(
        "time_aware_quantize/t4g0n8",
        2,
        |_| (),
        |case, numbers, codes| {
            assert!(numbers.iter().all(|number| number.is_finite()) && codes.len() == 8, "{case}");
        },
    );
    check_each(
        "spatial_group_quantize/c3f0g2",
        4,
        |_| (),
        |case, numbers, _| {
            assert!(numbers.iter().all(|number| number.is_nan()), "{case}");
        },
    );
    check_each(
        "spatial_group_quantize/c3f4g0",
        6,
        |_| (),
        |case, numbers, codes| {
            assert!(numbers.iter().all(|number| number.is_finite()) && codes.len() == 12, "{case}");
        },
    );
}

/// Three channels of 37 weights of 4 and activations of 1, on which `change` is done: the middle one has this factor, and its
/// weights, if they are all alike, this value; the others keep 2 and 2.
#[track_caller]
fn check_channel(change: impl Fn(&mut [f32], &mut [f32]), factor: f32, weight: Option<f32>) {
    let all = |operands: &mut Operands<'_>| {
        operands.input_mut::<f32>(0).fill(4.0);
        operands.input_mut::<f32>(1).fill(1.0);
        let mut x = operands.input::<f32>(1).to_vec();
        change(&mut operands.input_mut::<f32>(0)[37..74], &mut x[37..74]);
        operands.input_mut::<f32>(1).copy_from_slice(&x);
    };
    check_each("channel_equalize/c3f37", 3 + 3 * 37, all, |case, numbers, _| {
        let (factors, rows) = numbers.split_at(3);
        assert_eq!(
            factors.iter().map(|factor| same_nan(*factor)).collect::<Vec<_>>(),
            [2.0, factor, 2.0].map(same_nan),
            "{case}"
        );
        assert!(rows[..37].iter().chain(&rows[74..]).all(|weight| same_nan(*weight) == same_nan(2.0)), "{case}");
        if let Some(expected) = weight {
            assert!(rows[37..74].iter().all(|weight| same_nan(*weight) == same_nan(expected)), "{case}: {rows:?}");
        }
    });
}

#[test]
fn a_channel_is_divided_by_the_root_of_the_ratio() {
    check_channel(|_, _| (), 2.0, Some(2.0));
    check_channel(|w, x| (w[36], x[0]) = (-16.0, -4.0), 2.0, None);
    check_channel(|_, x| x.fill(16.0), 0.5, Some(8.0));
}

#[test]
fn channels_that_were_never_alive_keep_their_weights() {
    check_channel(|_, x| x.fill(0.0), 1.0, Some(4.0));
    check_channel(|_, x| x.fill(-0.0), 1.0, Some(4.0));
    check_channel(|_, x| x.fill(NOTHING.next_down()), 1.0, Some(4.0));
}

#[test]
fn rows_of_zeros_stay_zeros_with_their_signs() {
    check_channel(|w, _| w.fill(0.0), 1.0, Some(0.0));
    check_channel(|w, _| w.fill(-0.0), 1.0, Some(-0.0));
    check_channel(|w, x| (w.fill(0.0), x.fill(0.0)).0, 1.0, Some(0.0));
    check_channel(|w, _| w.fill(1e-40), 1.0, Some(1e-40));
}

#[test]
fn one_nan_or_infinity_anywhere_makes_all_of_its_channel_nan() {
    for special in [f32::NAN, f32::from_bits(0xff80_0001), f32::INFINITY, f32::NEG_INFINITY] {
        for place in 0..37 {
            check_channel(|w, _| w[place] = special, f32::NAN, Some(f32::NAN));
            check_channel(|_, x| x[place] = special, f32::NAN, Some(f32::NAN));
        }
    }
    // Nor do zeros on the other side hide it.
    check_channel(|w, x| (w.fill(0.0), x[3] = f32::NAN).0, f32::NAN, Some(f32::NAN));
    check_channel(|w, x| (w.fill(f32::INFINITY), x.fill(0.0)).0, f32::NAN, Some(f32::NAN));
}

#[test]
fn no_ratio_of_finite_numbers_overflows() {
    let root = |a: f32, b: f32| rounded((f64::from(a) / f64::from(b)).sqrt());
    for (a, b) in [(f32::MAX, NOTHING), (NOTHING, f32::MAX), (f32::MAX, f32::MAX), (NOTHING, NOTHING), (1e30, 1e-30)] {
        let factor = root(a, b);
        assert!(factor.is_normal() && (a / factor).is_normal());
        check_channel(|w, x| (w.fill(a), x.fill(b)).0, factor, Some(a / factor));
    }
}

/// Two tokens of 70 channels of 2 outputs, activations of 9 and weights of 1, and channel `channel` changed: its factor, its
/// activations and its weights.
#[track_caller]
fn check_smooth(channel: usize, x: [f32; 2], w: [f32; 2], factor: f32, x_smooth: [f32; 2], w_smooth: [f32; 2]) {
    let all = |operands: &mut Operands<'_>| {
        operands.input_mut::<f32>(0).fill(9.0);
        operands.input_mut::<f32>(1).fill(1.0);
        let activations = operands.input_mut::<f32>(0);
        (activations[channel], activations[70 + channel]) = (x[0], x[1]);
        operands.input_mut::<f32>(1)[2 * channel..][..2].copy_from_slice(&w);
    };
    check_each("smooth_activations/t2c70f2", 70 + 140 + 140, all, |case, numbers, _| {
        for other in 0..70 {
            let got = [
                numbers[other],
                numbers[70 + other],
                numbers[140 + other],
                numbers[210 + 2 * other],
                numbers[210 + 2 * other + 1],
            ];
            let expected =
                if other == channel { [factor, x_smooth[0], x_smooth[1], w_smooth[0], w_smooth[1]] } else { [3.0; 5] };
            assert_eq!(
                got.map(same_nan),
                expected.map(same_nan),
                "{case}, channel {other} with {channel} changed: {got:?}"
            );
        }
    });
}

#[test]
fn half_of_the_range_of_an_outlier_goes_to_the_weights() {
    for channel in [0, 1, 31, 63, 64, 69] {
        check_smooth(channel, [1.0, -64.0], [-0.25, 4.0], 4.0, [0.25, -16.0], [-1.0, 16.0]);
    }
}

#[test]
fn a_channel_of_zeros_on_either_side_is_left_as_it_is() {
    for nothing in [0.0, -0.0, NOTHING.next_down(), -1e-45] {
        for channel in [0, 40, 69] {
            check_smooth(channel, [nothing; 2], [5.0, 7.0], 1.0, [nothing; 2], [5.0, 7.0]);
            check_smooth(channel, [5.0, 7.0], [nothing; 2], 1.0, [5.0, 7.0], [nothing; 2]);
        }
    }
}

#[test]
fn a_nan_or_infinity_on_either_side_makes_both_nan_and_no_other_channel() {
    for special in [f32::NAN, f32::from_bits(0xff80_0001), f32::INFINITY, f32::NEG_INFINITY] {
        for channel in 0..70 {
            check_smooth(channel, [1.0, special], [0.0; 2], f32::NAN, [f32::NAN; 2], [f32::NAN; 2]);
            check_smooth(channel, [special, 1.0], [1.0; 2], f32::NAN, [f32::NAN; 2], [f32::NAN; 2]);
            check_smooth(channel, [0.0; 2], [special, 1.0], f32::NAN, [f32::NAN; 2], [f32::NAN; 2]);
        }
    }
}

#[test]
fn the_product_of_activations_and_weights_stays_what_it_was() {
    let (tokens, channels, features) = (33, 100, 36);
    let scalar: Case = "smooth_activations/scalar/t33c100f36".parse().unwrap();
    let mut arena = Arena::new(scalar.layout().arena_bytes());
    let bench = scalar.bind(arena.bytes_mut(), SEED);
    let (x, w) = (bench.operands().input::<f32>(0).to_vec(), bench.operands().input::<f32>(1).to_vec());
    let product = |x: &[f32], w: &[f32], i: usize, k: usize| -> f64 {
        (0..channels).map(|j| f64::from(x[i * channels + j]) * f64::from(w[j * features + k])).sum()
    };
    let floats = channels + tokens * channels + channels * features;
    check_each(
        "smooth_activations/t33c100f36",
        floats,
        |_| (),
        |case, numbers, _| {
            let (x_smooth, w_smooth) = numbers[channels..].split_at(tokens * channels);
            for (i, k) in (0..tokens).flat_map(|i| (0..features).map(move |k| (i, k))) {
                let error = (product(x_smooth, w_smooth, i, k) - product(&x, &w, i, k)).abs();
                // A hundred products of at most 4, each with two roundings more.
                assert!(error <= 100.0 * 4.0 * 2.0 * f64::from(f32::EPSILON), "{case}: {error:e} at {i}, {k}");
            }
        },
    );
}

#[test]
fn channels_without_elements_and_no_channels_are_taken() {
    check_each("channel_equalize/c3f0", 3, |_| (), |case, numbers, _| assert_eq!(numbers, [1.0; 3], "{case}"));
    check_each("channel_equalize/c0f3", 0, |_| (), |_, _, _| ());
    check_each("smooth_activations/t0c3f2", 9, |_| (), |case, numbers, _| assert_eq!(numbers[..3], [1.0; 3], "{case}"));
    check_each("smooth_activations/t2c3f0", 9, |_| (), |case, numbers, _| assert_eq!(numbers[..3], [1.0; 3], "{case}"));
    check_each("smooth_activations/t2c0f3", 0, |_| (), |_, _, _| ());
}
