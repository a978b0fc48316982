//! The functions of one number, over the whole range of `f32`: every variant that this CPU has is within its bound.

use std::io::Write as _;

use kernels::{
    Case, agreement,
    batch::Batch,
    kernel::{Kernel, Reference},
    operands::Arena,
    registry,
    shape::Shape,
};
use platforms::{IsaLevel, isa};

/// How many numbers are tried in one call: these, their results and what is right stay in the caches.
const CHUNK: usize = 1 << 14;

/// What a variant was found to be off by.
struct Worst {
    isa: IsaLevel,
    ulps: f64,
    at: f32,
}

/// Runs every variant on `inputs`, and holds them to the contract. How far each was off at most, where it should be a
/// number.
#[track_caller]
fn check(id: &str, mut inputs: impl Iterator<Item = f32>) -> Vec<Worst> {
    let kernel: &'static Kernel = registry::kernel(id).expect("the registry has it");
    let shape = Shape::new(&[('n', CHUNK)]);
    let here = kernel.variants.iter().filter(|variant| isa::detected().contains(variant.isa));
    let cases: Vec<Case> = here.map(|variant| Case::new(kernel, variant.isa, shape.clone()).unwrap()).collect();
    let mut arenas: Vec<Arena> = cases.iter().map(|case| Arena::new(case.layout().arena_bytes())).collect();
    let benches = cases.iter().zip(&mut arenas);
    let mut benches: Vec<_> = benches.map(|(case, arena)| case.bind(arena.bytes_mut(), 0)).collect();
    let mut all: Vec<Worst> = cases.iter().map(|case| Worst { isa: case.isa(), ulps: 0.0, at: f32::NAN }).collect();

    let mut chunk = vec![0.0_f32; CHUNK];
    loop {
        let mut count = 0;
        for (place, input) in chunk.iter_mut().zip(&mut inputs) {
            *place = input;
            count += 1;
        }
        if count == 0 {
            return all;
        }
        let mut reference = None;
        for (bench, worst) in benches.iter_mut().zip(&mut all) {
            bench.operands_mut().input_mut::<f32>(0).copy_from_slice(&chunk);
            let reference = reference.get_or_insert_with(|| bench.reference());
            bench.run(Batch::ONE);
            let output = bench.operands().output();
            if let Some(wrong) = reference.agreement(output).worst {
                panic!("{id}/{}: of {:e}: {wrong}", worst.isa, chunk[wrong.index]);
            }
            note(reference, output, &chunk, worst);
        }
    }
}

/// Notes the output that is furthest off, in ULP of the right one.
fn note(reference: &Reference, output: &[u8], inputs: &[f32], worst: &mut Worst) {
    let Reference::Tolerance { values, .. } = reference else { panic!("a tolerance") };
    for ((right, got), at) in values.iter().zip(output.as_chunks::<4>().0).zip(inputs) {
        let distance = (f64::from(f32::from_ne_bytes(*got)) - right).abs();
        // Neither a NaN nor an infinity is further off than anything.
        if distance > worst.ulps * agreement::ulp(*right) && distance.is_finite() {
            *worst = Worst { ulps: distance / agreement::ulp(*right), at: *at, ..*worst };
        }
    }
}

/// One number in about four thousand, of all exponents and both signs, and the neighbours of where something changes.
fn sampled() -> impl Iterator<Item = f32> {
    const STEP: usize = 4099;
    const TURNS: [f32; 14] =
        [0.0, f32::MIN_POSITIVE, 0.346_573_6, 0.5, 1.0, 9.01, 10.0, 13.0, 14.4, 15.0, 87.33, 88.72, 103.97, 130.5];
    let spread = (0..=u32::MAX).step_by(STEP).map(f32::from_bits);
    let near = |turn: f32| (0..2000).map(move |offset| f32::from_bits(turn.to_bits().saturating_sub(1000) + offset));
    spread.chain(TURNS.into_iter().flat_map(near).flat_map(|x| [x, -x]))
}

/// Tries every `f32`, and says how far each variant was off. Minutes.
fn check_all(id: &str) {
    for Worst { isa, ulps, at } in check(id, (0..=u32::MAX).map(f32::from_bits)) {
        // Not `println!`, which the test harness keeps to itself.
        writeln!(std::io::stderr(), "{id}/{isa}: at most {ulps:.3} ULP, of {at:e}").expect("it can be written");
    }
}

#[test]
fn exp_is_within_its_bound_over_the_range_of_f32() {
    check("exp_f32", sampled());
}

#[test]
fn sigmoid_is_within_its_bound_over_the_range_of_f32() {
    check("sigmoid_f32", sampled());
}

#[test]
fn silu_is_within_its_bound_over_the_range_of_f32() {
    check("silu_f32", sampled());
}

#[test]
fn gelu_is_within_its_bound_over_the_range_of_f32() {
    check("gelu_f32", sampled());
}

#[test]
fn tanh_is_within_its_bound_over_the_range_of_f32() {
    check("tanh_f32", sampled());
}

#[test]
fn the_sample_has_every_exponent_of_both_signs() {
    let exponents = sampled().map(|x| x.to_bits() >> 23).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(exponents.len(), 512);
}

#[test]
#[ignore = "4.3 thousand million numbers"]
fn exp_of_every_f32() {
    check_all("exp_f32");
}

#[test]
#[ignore = "4.3 thousand million numbers"]
fn sigmoid_of_every_f32() {
    check_all("sigmoid_f32");
}

#[test]
#[ignore = "4.3 thousand million numbers"]
fn silu_of_every_f32() {
    check_all("silu_f32");
}

#[test]
#[ignore = "4.3 thousand million numbers"]
fn gelu_of_every_f32() {
    check_all("gelu_f32");
}

#[test]
#[ignore = "4.3 thousand million numbers"]
fn tanh_of_every_f32() {
    check_all("tanh_f32");
}
