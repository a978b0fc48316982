//! Every variant that this CPU has agrees with the reference.

use kernels::{Case, batch::Batch, operands::Arena, registry::KERNELS};
use platforms::isa;

const SEED: u64 = 42;

#[track_caller]
fn check(case: &Case, offset: usize) {
    let mut arena = Arena::new(case.layout().arena_bytes() + offset);
    let mut bench = case.bind(&mut arena.bytes_mut()[offset..], SEED);
    bench.run(Batch::ONE);
    let agreement = bench.reference().agreement(bench.operands().output());
    if let Some(worst) = agreement.worst {
        panic!("{case}, seed {SEED}, {offset} bytes behind a page: {worst}");
    }
}

#[test]
fn awkward_lengths() {
    for kernel in KERNELS {
        for variant in kernel.variants {
            if !isa::detected().contains(variant.isa) {
                continue;
            }
            for n in 0..600 {
                let case: Case = format!("{}/{}/n{n}", kernel.id, variant.isa).parse().unwrap();
                check(&case, 4);
            }
        }
    }
}
