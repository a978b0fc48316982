//! The C++ references against the kernels' own, which were written apart from them.

use std::collections::BTreeSet;

use crossval::{
    agreement,
    inputs::Inputs,
    reference::{self, Values},
};
use kernels::{
    Case,
    kernel::Reference,
    operands::{Arena, Operands},
    registry::KERNELS,
};
use platforms::{IsaLevel, IsaSet};

const SEED: u64 = 42;

/// How far the two may be apart, as a share of what a variant may be off: both add so wide that they are far nearer.
const APART: f64 = 1e-3;

#[test]
fn every_kernel_has_a_reference_and_every_reference_a_kernel() {
    let references: BTreeSet<&str> = reference::kernels().collect();
    let kernels: BTreeSet<&str> = KERNELS.iter().map(|kernel| kernel.id).collect();
    let missing: Vec<_> = kernels.difference(&references).collect();
    assert!(missing.is_empty(), "write crossval/cpp/KERNEL.cc for {missing:?}");
    let idle: Vec<_> = references.difference(&kernels).collect();
    assert!(idle.is_empty(), "no kernel of the registry is checked by {idle:?}");
}

/// Where the two references of a case differ on these inputs.
fn difference(case: &Case, operands: &Operands<'_>, own: &Reference) -> Option<String> {
    let values = reference::values(case, operands).expect("it has one");
    match (&values, own) {
        // By the rule for exact outputs, that any NaN is as good as any other.
        (Values::Exact(bytes), Reference::Exact { .. }) => own.agreement(bytes).worst.map(|worst| worst.to_string()),
        (Values::Wide(theirs), Reference::Tolerance { values, bounds } | Reference::Logits { values, bounds, .. }) => {
            assert_eq!((theirs.len(), theirs.len()), (values.len(), bounds.len()), "{case}: outputs");
            let outputs = theirs.iter().zip(values).zip(bounds).enumerate();
            outputs.into_iter().find_map(|(index, ((theirs, ours), bound))| {
                let same = theirs.total_cmp(ours).is_eq() || (theirs.is_nan() && ours.is_nan());
                // Where anything is right, a double may overflow or not.
                let near = (theirs - ours).abs() <= APART * bound || *bound == f64::INFINITY;
                let differ = || format!("output {index} is {theirs:e} in C++, {ours:e} in Rust, bound {bound:e}");
                (!(same || near)).then(differ)
            })
        }
        _ => Some("its contract is another".to_owned()),
    }
}

#[test]
fn the_two_references_of_each_kernel_agree_far_more_closely_than_its_contract_asks() {
    let mut tried = 0;
    for job in agreement::jobs(IsaSet::from_iter([IsaLevel::Scalar]), None) {
        let case = &job.cases[0];
        // Another test asks for one of each.
        if !reference::is_there(case.kernel().id) {
            continue;
        }
        // The large shapes of the registry are `crossval run`'s, which takes half a minute.
        if case.work().flops.max(case.work().bytes) > 1 << 25 {
            continue;
        }
        for inputs in job.inputs {
            let mut arena = Arena::new(case.layout().arena_bytes());
            let mut bench = case.bind(arena.bytes_mut(), SEED);
            inputs.fill(case.kernel(), bench.operands_mut());
            if let Some(difference) = difference(case, bench.operands(), &bench.reference()) {
                panic!("{case}, {} inputs, seed {SEED}: {difference}", inputs.name());
            }
            tried += 1;
        }
    }
    assert!(tried > 50, "{tried}");
}

#[test]
fn a_case_with_a_wrong_reference_is_named_with_place_and_values() {
    let case: Case = "dot_f32/scalar/n3".parse().expect("a case");
    let mut arena = Arena::new(case.layout().arena_bytes());
    let mut bench = case.bind(arena.bytes_mut(), SEED);
    Inputs::Equal.fill(case.kernel(), bench.operands_mut());
    let Reference::Tolerance { values, bounds } = bench.reference() else { panic!("dot_f32 has a tolerance") };
    let wrong = Reference::Tolerance { values: values.iter().map(|value| value + 1.0).collect(), bounds };
    let difference = difference(&case, bench.operands(), &wrong).expect("they differ by 1");
    assert!(difference.starts_with("output 0 is "), "{difference}");
}
