//! Every variant that this CPU has, of every kernel in the registry, agrees with the reference.
//!
//! A new kernel or variant is met by itself. The arena is full of NaNs before the inputs are filled, so that what a
//! call reads and should not, or fails to write, shows.

use std::{
    collections::BTreeSet,
    io::Write as _,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

use kernels::{
    Case,
    agreement::within_ulps,
    batch::{Batch, Mode},
    kernel::{Contract, Kernel, Reference},
    operands::{Arena, Operands},
    registry::KERNELS,
    shape::Shape,
};
use platforms::{IsaLevel, cpu, isa};

const SEED: u64 = 42;

/// Whole and broken registers of every ISA, one and several turns of a loop, one and several blocks of a matrix.
const AWKWARD: [usize; 23] = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 257, 300];

/// Runs every variant of `kernel` on the inputs that `change` makes of the seeded ones, `start` bytes behind a page.
#[track_caller]
fn check(kernel: &'static Kernel, shape: &Shape, start: usize, change: impl Fn(&mut Operands<'_>)) {
    let judge = |reference: Reference| reference;
    check_against(kernel, shape, start, change, judge);
}

/// The same, against what `judge` makes of the reference.
#[track_caller]
fn check_against(
    kernel: &'static Kernel,
    shape: &Shape,
    start: usize,
    change: impl Fn(&mut Operands<'_>),
    judge: impl Fn(Reference) -> Reference,
) {
    let mut reference = None;
    for case in variants_of(kernel, shape) {
        let mut arena = Arena::new(start + case.layout().arena_bytes());
        arena.bytes_mut().fill(0xff);
        let mut bench = case.bind(&mut arena.bytes_mut()[start..], SEED);
        change(bench.operands_mut());
        // The operands are the same for all variants, and so is the reference.
        let reference = reference.get_or_insert_with(|| judge(bench.reference()));
        bench.run_whole();
        if let Some(worst) = reference.agreement(bench.operands().output()).worst {
            panic!("{case}, seed {SEED}, {start} bytes behind a page: {worst}");
        }
    }
}

fn variants_of(kernel: &'static Kernel, shape: &Shape) -> Vec<Case> {
    let here = kernel.variants.iter().filter(|variant| isa::detected().contains(variant.isa));
    here.map(|variant| Case::new(kernel, variant.isa, shape.clone()).expect("the kernel has the variant")).collect()
}

/// The shape with `extents`, each times what the kernel wants multiples of.
fn shape_of(kernel: &Kernel, extents: &[usize]) -> Shape {
    let letters = kernel.extents.iter().zip(extents);
    Shape::new(&letters.map(|(asked, times)| (asked.letter, times * asked.multiple_of)).collect::<Vec<_>>())
}

/// Shapes in which one extent is awkward, and the others are small, odd or of several registers.
fn awkward_shapes(kernel: &Kernel) -> BTreeSet<Shape> {
    let letters = kernel.extents.len();
    let with = |letter: usize, extent: usize, others: usize| {
        let extents: Vec<usize> = (0..letters).map(|at| if at == letter { extent } else { others }).collect();
        shape_of(kernel, &extents)
    };
    let pairs = (0..letters).flat_map(|letter| AWKWARD.map(|extent| (letter, extent)));
    pairs.flat_map(|(letter, extent)| [1, 7, 33].map(|others| with(letter, extent, others))).collect()
}

/// The kernels to look at: all of them; of a build with slowed variants those that have one, the rest being what every other
/// build has.
fn kernels() -> impl Iterator<Item = &'static Kernel> {
    let has_slowed = |kernel: &Kernel| {
        cfg!(not(feature = "slowed")) || Path::new(SOURCES).join(kernel.id).join("slowed.rs").is_file()
    };
    KERNELS.iter().copied().filter(move |kernel| has_slowed(kernel))
}

/// The folder of the kernels' folders.
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");

/// Those that are one formula, with shapes of any extents.
fn formulas() -> impl Iterator<Item = &'static Kernel> {
    kernels().filter(|kernel| kernel.workload.is_none())
}

fn kernel(id: &str) -> &'static Kernel {
    kernels::registry::kernel(id).expect("the registry has it")
}

/// As many operations as a CPU does in seconds.
const MOST_FLOPS: u64 = 1 << 35;

/// Whether plain code does no more operations than `most` for the shape, and its operands leave room for others'. `generator
/// verify`, which is built for speed, tries those that take longer.
fn is_short(kernel: &'static Kernel, shape: &Shape, most: u64) -> bool {
    const BYTES: usize = 384 << 20;
    let case = Case::new(kernel, IsaLevel::Scalar, shape.clone()).expect("every kernel has a scalar variant");
    case.calls() * case.work().flops <= most && case.layout().arena_bytes() <= BYTES
}

/// What `TIDEGAUGE_MOST_FLOPS` says in place of [`MOST_FLOPS`]: an emulated CPU does ten million operations a second, and
/// whoever tests on one stops earlier.
fn most_flops() -> u64 {
    let set = std::env::var("TIDEGAUGE_MOST_FLOPS").ok();
    set.map_or(MOST_FLOPS, |set| set.parse().expect("TIDEGAUGE_MOST_FLOPS must be a number of operations"))
}

#[cfg(feature = "slowed")]
#[test]
fn some_kernels_have_slowed_variants() {
    assert!((2..KERNELS.len()).contains(&kernels().count()), "{SOURCES}");
}

#[test]
fn the_shapes_of_the_registry_agree() {
    let kernels: Vec<&'static Kernel> = kernels().collect();
    let (next, most) = (AtomicUsize::new(0), most_flops());
    // One thread would take minutes where the CPU is emulated.
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(kernel) = kernels.get(next.fetch_add(1, Ordering::Relaxed)) {
                    the_shapes_agree(kernel, most);
                }
            });
        }
    });
}

fn the_shapes_agree(kernel: &'static Kernel, most: u64) {
    let mut tried = 0;
    for shape in kernel.rows.iter().map(|row| row.shape.parse().unwrap()) {
        if is_short(kernel, &shape, most) {
            check(kernel, &shape, 0, |_| ());
            tried += 1;
        } else if is_short(kernel, &shape, MOST_FLOPS) {
            writeln!(std::io::stderr(), "left out: {}/{shape}", kernel.id).expect("standard error can be written");
        }
    }
    assert!(tried > 0, "no shape of {} has {most} operations or fewer", kernel.id);
}

#[test]
fn every_kernel_has_short_shapes_and_all_but_the_large_model_are_short() {
    for kernel in KERNELS {
        for row in kernel.rows {
            let is_large = row.shape.starts_with("d1536l24_");
            assert_eq!(
                is_short(kernel, &row.shape.parse().unwrap(), MOST_FLOPS),
                !is_large,
                "{}/{}",
                kernel.id,
                row.shape
            );
        }
    }
}

#[test]
fn awkward_extents_agree_wherever_the_operands_start() {
    for kernel in formulas() {
        for shape in awkward_shapes(kernel) {
            for start in [0, 4, 36] {
                check(kernel, &shape, start, |_| ());
            }
        }
    }
}

/// Every number of rows and columns around the tiles of every ISA, whole, broken and several, and sums of no, one and
/// several steps and blocks; and around the numbers from which on operands are packed or copied.
const EDGES: [(&str, &[&[usize]]); 3] = [
    (
        "matmul_f32",
        &[
            &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 19, 28, 127, 128],
            &[1, 4, 8, 9, 16, 17, 24, 25, 31, 48, 49, 56, 97, 383, 385, 769],
            &[0, 1, 8, 9, 515],
        ],
    ),
    ("gemv_f32", &[&[0, 1, 2, 7, 8, 9, 15, 16, 17], &[0, 1, 3, 4, 15, 16, 17, 63, 64, 65, 79, 81, 129]]),
    (
        "transpose_f32",
        &[
            &[1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 47],
            &[1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 127, 128, 129, 145],
        ],
    ),
];

#[test]
fn tiles_agree_at_every_edge() {
    for (id, extents) in EDGES {
        let mut shapes = vec![Vec::new()];
        for choices in extents {
            let longer =
                |shape: &Vec<usize>| choices.iter().map(|&extent| [&shape[..], &[extent]].concat()).collect::<Vec<_>>();
            shapes = shapes.iter().flat_map(longer).collect();
        }
        for extents in shapes {
            let shape = shape_of(kernel(id), &extents);
            if id == "transpose_f32" {
                check(kernel(id), &shape, 4, |_| ());
            } else {
                check_against(kernel(id), &shape, 4, whole_numbers, exact);
            }
        }
    }
}

/// The reference without its bounds.
fn exact(reference: Reference) -> Reference {
    match reference {
        Reference::Tolerance { values, bounds } => Reference::Tolerance { values, bounds: vec![0.0; bounds.len()] },
        other => other,
    }
}

#[test]
fn operands_past_the_caches_agree_wherever_they_start() {
    // Two inputs are streamed from a third of the last cache on, one from two thirds: whole lines, and what stands
    // before and behind them. The loops are the same for all kernels of as many inputs.
    let cache = usize::try_from(cpu::this().caches.l3_bytes.unwrap_or(32 << 20)).expect("it is a part of the memory");
    for (id, n) in [("add_f32", cache / 3 / 12), ("scale_f32", 2 * cache / 3 / 8)] {
        for (start, more) in [(0, 8), (4, 23), (36, 9)] {
            check(kernel(id), &shape_of(kernel(id), &[n + more]), start, |_| ());
        }
    }
}

#[test]
fn sums_of_small_whole_numbers_are_exact_in_any_order() {
    // The bound of a long sum would hide a lost element; here none may be lost.
    for id in ["dot_f32", "sum_f32", "norm_l1_f32", "matmul_f32", "gemv_f32"] {
        for shape in awkward_shapes(kernel(id)) {
            check_against(kernel(id), &shape, 4, whole_numbers, exact);
        }
    }
}

/// Makes each input 1, 2 or 3, or its negative, by the bits of the seeded one.
fn whole_numbers(operands: &mut Operands<'_>) {
    for input in 0..operands.input_bytes().count() {
        for element in operands.input_mut::<f32>(input) {
            let magnitude = 1 + u16::try_from(element.to_bits() % 3).expect("below 3");
            *element = f32::from(magnitude).copysign(*element);
        }
    }
}

#[test]
fn lengths_of_vectors_with_whole_squares_are_exact() {
    // Ones, and as many twos as make the squares add up to a square: the bound would hide a lost element.
    for n in AWKWARD {
        // A two in place of a one adds three; a third of all numbers is never so far from a square.
        let square = (0..=n).map(|root| root * root).find(|square| *square >= n && (square - n).is_multiple_of(3));
        if let Some(twos) = square.map(|square| (square - n) / 3).filter(|twos| *twos <= n) {
            check_output("norm_l2_f32", &[n], ((n + 3 * twos) as f32).sqrt(), |operands| {
                let a = operands.input_mut::<f32>(0);
                a.iter_mut().enumerate().for_each(|(i, a)| *a = if i < twos { 2.0_f32 } else { 1.0 }.copysign(*a));
            });
        }
    }
}

/// Every variant gives exactly `expected`, on what `change` makes of the inputs of a reduction.
#[track_caller]
fn check_output(id: &str, extents: &[usize], expected: f32, change: impl Fn(&mut Operands<'_>)) {
    check_against(kernel(id), &shape_of(kernel(id), extents), 4, change, |_| Reference::exact(&[expected]));
}

/// The length of so many elements alike.
#[track_caller]
fn check_length(n: usize, elements: f32, expected: f32) {
    check_output("norm_l2_f32", &[n], expected, |operands| operands.input_mut::<f32>(0).fill(elements));
}

#[test]
fn a_length_whose_square_leaves_the_range_is_right() {
    for n in [1, 4, 9, 64, 100] {
        let root = (n as f32).sqrt();
        for magnitude in [1e-45, 1e-40, 1e-38, 1e-30, 1e-20, 1e-16, 1e-15, 1e-3, 1.0, 1e18, 1e19, 1e20, 1e30, 1e37] {
            // A power of two, so that nothing is rounded.
            let power = f32::from_bits(f32::to_bits(magnitude) & 0x7f80_0000).max(f32::from_bits(1));
            check_length(n, power, root * power);
            check_length(n, -power, root * power);
        }
    }
    check_length(1, f32::MAX, f32::MAX);
    check_length(4, f32::MAX, f32::INFINITY);
    check_length(0, 1.0, 0.0);
    check_length(100, 0.0, 0.0);
}

#[test]
fn a_length_of_large_and_small_elements_is_right() {
    // The squares of the small ones vanish, and those of 3e37 and 4e37 are past the range.
    check_output("norm_l2_f32", &[37], 5.0 * 2.0_f32.powi(120), |operands| {
        let a = operands.input_mut::<f32>(0);
        a.fill(1e-30);
        (a[5], a[36]) = (3.0 * 2.0_f32.powi(120), -4.0 * 2.0_f32.powi(120));
    });
}

/// The index that every variant of `argmax_f32` and `argmin_f32` finds among ones, some of them changed.
#[track_caller]
fn check_place(n: usize, changed: &[(usize, f32)], largest: u32, smallest: u32) {
    for (id, expected) in [("argmax_f32", largest), ("argmin_f32", smallest)] {
        for case in variants_of(kernel(id), &shape_of(kernel(id), &[n])) {
            let mut arena = Arena::new(case.layout().arena_bytes());
            let mut bench = case.bind(arena.bytes_mut(), SEED);
            let a = bench.operands_mut().input_mut::<f32>(0);
            a.fill(1.0);
            for &(place, element) in changed {
                a[place] = element;
            }
            bench.run(Batch::ONE);
            // Bytes, since all ones would agree with any NaN.
            assert_eq!(bench.operands().output(), expected.to_ne_bytes(), "{case} with {changed:?}");
        }
    }
}

#[test]
fn the_first_of_equal_elements_is_the_one() {
    for n in [1, 100, 1024, 1025, 5000] {
        check_place(n, &[], 0, 0);
    }
    for place in [0_u32, 3, 31, 32, 63, 64, 65, 99, 1023, 1024, 2047, 2048, 4999] {
        let at = place as usize;
        check_place(5000, &[(at, 2.0), (4999, 2.0)], place, u32::from(place == 0));
        check_place(5000, &[(at, -2.0), (4999, -2.0)], u32::from(place == 0), place);
    }
}

#[test]
fn zeros_are_equal_to_the_search_for_a_place() {
    let zeros = |n: usize| (0..n).map(|i| (i, if i % 2 == 0 { -0.0 } else { 0.0 })).collect::<Vec<_>>();
    check_place(2100, &zeros(2100), 0, 0);
}

#[test]
fn the_first_nan_is_the_place_whatever_else_there_is() {
    for place in [1_u32, 7, 99, 1023, 1024, 2099] {
        let nan = (place as usize, f32::NAN);
        check_place(2100, &[(0, f32::INFINITY), nan], place, place);
        check_place(2100, &[nan, (2099, f32::NAN)], place, place);
    }
}

#[test]
fn elements_that_are_all_infinite_have_a_first_one() {
    let all = |element: f32| (0..70).map(|i| (i, element)).collect::<Vec<_>>();
    check_place(70, &all(f32::NEG_INFINITY), 0, 0);
    check_place(70, &all(f32::INFINITY), 0, 0);
}

#[test]
fn no_element_has_no_place() {
    check_place(0, &[], u32::MAX, u32::MAX);
}

#[test]
fn many_elements_are_clipped_and_many_are_not() {
    let case: Case = "clip_f32/scalar/n10000".parse().unwrap();
    let mut arena = Arena::new(case.layout().arena_bytes());
    let mut bench = case.bind(arena.bytes_mut(), SEED);
    bench.run(Batch::ONE);
    let a = bench.operands().input::<f32>(0);
    let y: &[f32] = bytemuck::cast_slice(bench.operands().output());
    let changed = a.iter().zip(y).filter(|(a, y)| a.to_bits() != y.to_bits()).count();
    assert!((6_900..=7_300).contains(&changed), "{changed}");
}

#[test]
fn no_element_is_lost_from_the_sum_over_a_row_of_ones() {
    // Each term is exact, and so is their sum: the bound of a long row would hide a lost one.
    for id in ["softmax_f32", "log_softmax_f32", "rmsnorm_f32"] {
        for extent in AWKWARD.into_iter().chain([4096, 4097]) {
            let ones = |operands: &mut Operands<'_>| {
                (0..operands.input_bytes().count()).for_each(|input| operands.input_mut::<f32>(input).fill(1.0));
            };
            let within_three_ulps = |reference| match reference {
                Reference::Tolerance { values, .. } => {
                    let (values, bounds) = values.into_iter().map(|right| within_ulps(right, 3.0)).unzip();
                    Reference::Tolerance { values, bounds }
                }
                _ => panic!("{id} has a tolerance"),
            };
            check_against(kernel(id), &shape_of(kernel(id), &[extent]), 4, ones, within_three_ulps);
        }
    }
}

#[test]
fn rows_of_any_scale_agree() {
    for id in ["softmax_f32", "log_softmax_f32", "rmsnorm_f32", "rope_f32"] {
        for scale in [1e-44, 1e-38, 1e-20, 1e-3, 20.0, 60.0, 1e4, 1e18, 1e19, 1e20, 1e30, 1e38] {
            let scaled = |operands: &mut Operands<'_>| {
                operands.input_mut::<f32>(0).iter_mut().for_each(|element| *element *= scale);
            };
            let kernel = kernel(id);
            for extent in [1, 2, 33, 100, 1000] {
                check(kernel, &shape_of(kernel, &[extent, 64][..kernel.extents.len()]), 0, scaled);
            }
        }
    }
}

/// What is special about the elements of `f32` operands: one is `special`, the others are of a kind.
#[track_caller]
fn check_special(special: f32) {
    let same = [-0.0, 0.0, 1e-40, f32::MAX, f32::INFINITY, f32::NEG_INFINITY, f32::NAN];
    for kernel in kernels().filter(|kernel| kernel.id.ends_with("_f32")) {
        let extents: &[usize] = if kernel.extents.len() == 1 { &[1, 5, 37, 200] } else { &[1, 5, 20] };
        for &extent in extents {
            let shape = shape_of(kernel, &vec![extent; kernel.extents.len()]);
            for others in [None].into_iter().chain(same.map(Some)) {
                check_everywhere(kernel, &shape, special, others);
            }
        }
    }
}

/// Puts `special` at each place of each input in turn.
#[track_caller]
fn check_everywhere(kernel: &'static Kernel, shape: &Shape, special: f32, others: Option<f32>) {
    for case in variants_of(kernel, shape) {
        let mut arena = Arena::new(case.layout().arena_bytes());
        arena.bytes_mut().fill(0xff);
        let mut bench = case.bind(arena.bytes_mut(), SEED);
        for input in 0..bench.operands().input_bytes().count() {
            if let Some(others) = others {
                bench.operands_mut().input_mut::<f32>(input).fill(others);
            }
        }
        for input in 0..bench.operands().input_bytes().count() {
            let places = bench.operands().input::<f32>(input).len();
            for place in (0..places).step_by(1 + places / 256) {
                let before = std::mem::replace(&mut bench.operands_mut().input_mut::<f32>(input)[place], special);
                bench.run(Batch::ONE);
                if let Some(worst) = bench.reference().agreement(bench.operands().output()).worst {
                    panic!("{case}, input {input} with {special:e} at {place}, the others {others:?}: {worst}");
                }
                bench.operands_mut().input_mut::<f32>(input)[place] = before;
            }
        }
    }
}

#[test]
fn a_nan_goes_where_it_must() {
    check_special(f32::NAN);
    check_special(f32::from_bits(0xff80_0001));
}

#[test]
fn infinities_go_where_they_must() {
    check_special(f32::INFINITY);
    check_special(f32::NEG_INFINITY);
}

#[test]
fn zeros_keep_their_signs() {
    check_special(0.0);
    check_special(-0.0);
}

#[test]
fn subnormals_are_not_flushed() {
    check_special(f32::from_bits(1));
    check_special(-f32::MIN_POSITIVE.next_down());
}

#[test]
fn a_batch_gives_what_one_call_gives() {
    for kernel in formulas() {
        for case in variants_of(kernel, &shape_of(kernel, &vec![5; kernel.extents.len()])) {
            for mode in [Mode::Independent, Mode::Dependent] {
                let mut arena = Arena::new(case.layout().arena_bytes());
                let mut bench = case.bind(arena.bytes_mut(), SEED);
                bench.run(Batch { iterations: 3, mode });
                let worst = bench.reference().agreement(bench.operands().output()).worst;
                assert_eq!(worst, None, "{case}, {mode:?}");
            }
        }
    }
}

#[test]
fn the_gaps_between_the_rows_of_a_tensor_do_not_matter() {
    let (rows, columns) = (3, 37);
    let poison = |operands: &mut Operands<'_>| {
        for input in 0..2 {
            let tensor = operands.input_mut::<f32>(input);
            let stride = tensor.len() / rows;
            tensor.chunks_mut(stride).for_each(|row| row[columns..].fill(f32::NAN));
        }
    };
    check(kernel("tensor_add_f32"), &shape_of(kernel("tensor_add_f32"), &[rows, columns]), 0, poison);
}

/// Every weight byte and activation alike, scales of 1: every output must be `expected`.
#[track_caller]
fn check_ternary(byte: u8, activation: i8, expected: f32) {
    for (id, shape, outputs) in [("gemv_i2s", "m67k4096", 67), ("gemm_i2s", "b7m67k4096", 7 * 67)] {
        let fill = |operands: &mut Operands<'_>| {
            operands.input_mut::<u8>(0).fill(byte);
            operands.input_mut::<i8>(1).fill(activation);
            operands.input_mut::<f32>(2).fill(1.0);
        };
        let expected = vec![expected; outputs];
        check_against(kernel(id), &shape.parse().unwrap(), 4, fill, |_| Reference::exact(&expected));
    }
}

/// Every activation alike, scales of 1, and weights as `pack` packs them: every output of `id` must be `expected`.
#[track_caller]
fn check_packed(id: &str, extents: [usize; 2], pack: impl Fn(&mut [u8]), activation: i8, expected: f32) {
    let fill = |operands: &mut Operands<'_>| {
        pack(operands.input_mut::<u8>(0));
        operands.input_mut::<i8>(1).fill(activation);
        operands.input_mut::<f32>(2).fill(1.0);
    };
    let shape = Shape::new(&[('m', extents[0]), ('k', extents[1])]);
    check_against(kernel(id), &shape, 4, fill, |_| Reference::exact(&vec![expected; extents[0]]));
}

/// Pairs: both indexes of every byte alike.
#[track_caller]
fn check_pairs(index: u8, activation: i8, expected: f32) {
    check_packed("gemv_tl1", [131, 4096], |w| w.fill(index << 4 | index), activation, expected);
}

/// Triples: both indexes of every byte alike, and all signs.
#[track_caller]
fn check_triples(index: u8, signs: u8, activation: i8, expected: f32) {
    let pack = |w: &mut [u8]| {
        for block in w.chunks_mut(640) {
            block[..512].fill(index << 4 | index);
            block[512..].fill(signs);
        }
    };
    check_packed("gemv_tl2", [131, 4104], pack, activation, expected);
}

#[test]
fn ternary_sums_at_their_largest_do_not_overflow() {
    // All weights 1: the input on which a sum of 32 blocks in 16 bits overflows.
    check_ternary(0b10_10_10_10, 127, 520_192.0);
    check_ternary(0b00_00_00_00, 127, -520_192.0);
    check_ternary(0b01_01_01_01, 127, 0.0);
}

#[test]
fn sums_that_are_looked_up_do_not_overflow_at_their_largest() {
    for (activation, largest) in [(127, 4096.0 * 127.0), (-128, -4096.0 * 128.0)] {
        check_pairs(8, activation, largest);
        check_pairs(0, activation, -largest);
        check_pairs(4, activation, 0.0);
    }
    for (activation, largest) in [(127, 4104.0 * 127.0), (-128, -4104.0 * 128.0)] {
        check_triples(13, 0x00, activation, largest);
        check_triples(13, 0xff, activation, -largest);
        check_triples(0, 0x00, activation, 0.0);
    }
}

#[test]
fn indexes_that_no_packed_matrix_has_count_for_nothing() {
    (9..=15).for_each(|index| check_pairs(index, 127, 0.0));
    for index in [14, 15] {
        check_triples(index, 0x00, 127, 0.0);
        check_triples(index, 0xff, 127, 0.0);
    }
    // No weight is a negative 0.
    check_triples(0, 0xff, 127, 0.0);
}

#[test]
fn ternary_sums_of_bytes_that_no_packed_matrix_has_do_not_overflow() {
    check_ternary(0b11_11_11_11, 127, 1_040_384.0);
    check_ternary(0b11_11_11_11, -128, -1_048_576.0);
}

#[test]
fn ternary_sums_over_more_columns_than_packed_bytes_may_add_up_do_not_overflow() {
    // Sums of whole bytes, of at most 255 * 128 a column, leave 32 bits behind 65,792 columns; the last quarter of 64 rows is
    // what is made of them.
    for (id, shape) in [("gemv_i2s", "m49k131200"), ("gemm_i2s", "b3m49k131200")] {
        for activation in [-128, 127] {
            check(kernel(id), &shape.parse().unwrap(), 0, |operands| {
                operands.input_mut::<u8>(0).fill(0xff);
                operands.input_mut::<i8>(1).fill(activation);
            });
        }
    }
}

#[test]
fn ternary_products_agree_on_any_bytes() {
    let any = |operands: &mut Operands<'_>| {
        // The mantissas of seeded numbers are as good as any bytes.
        let mut bytes = 0_u32..;
        let mut next = || bytes.next().map_or(0, |count| count.wrapping_mul(0x9e37_79b9).to_be_bytes()[1]);
        operands.input_mut::<u8>(0).fill_with(&mut next);
        operands.input_mut::<i8>(1).fill_with(|| next().cast_signed());
    };
    for (id, shape) in [
        ("gemv_i2s", "m17k1152"),
        ("gemv_i2s", "m200k640"),
        ("gemm_i2s", "b9m77k1152"),
        ("gemv_tl1", "m300k1040"),
        ("gemv_tl2", "m300k1032"),
    ] {
        check(kernel(id), &shape.parse().unwrap(), 4, any);
    }
}

#[test]
fn each_vector_of_a_batch_gives_what_it_gives_by_itself() {
    // Tiles of every size, whole batches that stay in a cache, and one vector more.
    for b in [1_u8, 2, 3, 4, 5, 6, 7, 8, 11, 13, 63, 64, 65, 71, 129] {
        for m in [1, 63, 64, 65, 130] {
            check(kernel("gemm_i2s"), &shape_of(kernel("gemm_i2s"), &[b.into(), m, 5]), 4, |_| ());
        }
    }
}

#[test]
fn ternary_products_agree_around_the_groups_that_are_packed() {
    for m in [1, 7, 8, 9, 15, 16, 17, 31, 33, 48, 49, 63, 64, 65, 127, 128, 129] {
        for blocks in [0, 1, 2, 3, 4, 5, 9] {
            check(kernel("gemv_i2s"), &shape_of(kernel("gemv_i2s"), &[m, blocks]), 4, |_| ());
        }
    }
}

#[test]
fn exact_kernels_have_exact_references_and_the_others_bounds() {
    for kernel in formulas() {
        let shape = shape_of(kernel, &vec![1; kernel.extents.len()]);
        let case = Case::new(kernel, IsaLevel::Scalar, shape).unwrap();
        let mut arena = Arena::new(case.layout().arena_bytes());
        let contract = match case.bind(arena.bytes_mut(), SEED).reference() {
            Reference::Exact { .. } => Contract::Exact,
            Reference::Tolerance { .. } | Reference::Logits { .. } => Contract::Tolerance,
        };
        assert_eq!(contract, kernel.contract, "{}", kernel.id);
    }
}

#[test]
fn what_this_cpu_cannot_run_is_said() {
    let levels: BTreeSet<IsaLevel> = KERNELS.iter().flat_map(|kernel| kernel.variants).map(|row| row.isa).collect();
    for level in levels.into_iter().filter(|&level| !isa::detected().contains(level)) {
        // Not `eprintln!`, which the test harness keeps to itself.
        writeln!(std::io::stderr(), "skipped: {level}").expect("standard error can be written");
    }
}
