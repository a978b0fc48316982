//! The operands of every case, and the outputs of exact kernels, have the same bytes on every platform and variant.
//!
//! `checksums.txt` holds every platform to the same numbers. A row changes only when what is measured does, and then
//! its baselines are of another thing.

use kernels::{Case, kernel::Contract, kernel::Kernel, operands::Arena, registry::KERNELS, shape::Shape};
use platforms::isa;

const SEED: u64 = 42;

/// FNV-1a, 64 bits.
fn checksum<'a>(buffers: impl Iterator<Item = &'a [u8]>) -> u64 {
    let fold = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    buffers.flatten().fold(0xcbf2_9ce4_8422_2325, fold)
}

/// `dot_f32/n100 operands 0123456789abcdef`, and the output's where it is exact.
fn row(kernel: &'static Kernel, case: &Case) -> String {
    let mut arena = Arena::new(case.layout().arena_bytes());
    let mut bench = case.bind(arena.bytes_mut(), SEED);
    let operands = checksum(bench.operands().input_bytes());
    let row = format!("{}/{} operands {operands:016x}", kernel.id, case.shape());
    match kernel.contract {
        Contract::Tolerance => row,
        Contract::Exact => {
            bench.run_whole();
            format!("{row} output {:016x}", checksum(std::iter::once(bench.operands().output())))
        }
    }
}

/// Whether the operands are made and gone through in seconds; longer ones are made by the same code.
fn is_short(kernel: &'static Kernel, shape: &Shape) -> bool {
    const BYTES: usize = 192 << 20;
    let inputs: usize = (kernel.layout)(shape).inputs.iter().sum();
    inputs <= BYTES
}

#[test]
fn bytes_are_the_same_on_every_platform_and_variant() {
    let mut found = String::new();
    for kernel in KERNELS {
        let shapes = kernel.rows.iter().map(|row| row.shape);
        for shape in shapes.filter(|shape| is_short(kernel, &shape.parse().unwrap())) {
            let here = kernel.variants.iter().filter(|variant| isa::detected().contains(variant.isa));
            let cases = here.map(|variant| Case::new(kernel, variant.isa, shape.parse().unwrap()).unwrap());
            let rows: Vec<(String, String)> = cases.map(|case| (case.to_string(), row(kernel, &case))).collect();
            let [(_, scalar), others @ ..] = &rows[..] else { panic!("{} has no variant", kernel.id) };
            for (case, other) in others {
                assert_eq!(other, scalar, "{case} differs from scalar");
            }
            found = found + scalar + "\n";
        }
    }
    let expected = include_str!("checksums.txt");
    // Where a kernel was added, its rows are all that is to be told.
    let lines = |of: &str, other: &str| -> Vec<String> {
        of.lines().filter(|&line| !other.lines().any(|known| known == line)).map(str::to_owned).collect()
    };
    let (added, gone) = (lines(&found, expected).join("\n"), lines(expected, &found).join("\n"));
    assert!(
        found == expected,
        "checksums.txt has its lines in the order of the registry. To add there:\n{added}\nto strike:\n{gone}\n"
    );
}
