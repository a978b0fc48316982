//! Every outside library that was built in agrees with the references of the kernels that it is a peer of.

use std::collections::BTreeSet;

use crossval::{
    peer::{Closeness, Peer, Prepare, each},
    peers::{self, LIBRARIES, Library, product::Product},
};
use kernels::{
    Case,
    kernel::Kernel,
    operands::{Arena, Operands},
    registry::{self, KERNELS},
    shape::Shape,
};
use platforms::IsaLevel;

const SEED: u64 = 42;

/// What an output is full of beforehand: no kernel gives it for the seeded inputs.
const UNTOUCHED: f32 = f32::NAN;

/// Whole and broken registers, one and several turns of a loop, one and several blocks of a matrix.
const EXTENTS: [usize; 8] = [1, 2, 7, 16, 33, 64, 100, 257];

/// The shapes of the kernel's registry that take no minutes, and others in which the extents differ.
fn shapes(kernel: &Kernel) -> BTreeSet<Shape> {
    let registered = kernel.rows.iter().map(|row| row.shape.parse().expect("a test parses every shape"));
    let is_short = |shape: &Shape| {
        let work = (kernel.work)(shape);
        work.flops < 1 << 26 && work.bytes < 1 << 25
    };
    let mut shapes: BTreeSet<Shape> = registered.filter(is_short).collect();
    if kernel.workload.is_some() {
        return shapes;
    }
    for (turn, _) in EXTENTS.iter().enumerate() {
        let extents = kernel.extents.iter().enumerate().map(|(at, asked)| {
            let extent = EXTENTS[(turn + 3 * at) % EXTENTS.len()];
            (asked.letter, extent * asked.multiple_of)
        });
        shapes.insert(Shape::new(&extents.collect::<Vec<_>>()));
    }
    shapes
}

/// The case whose operands a peer is given.
fn case(kernel: &'static Kernel, shape: &Shape) -> Case {
    Case::new(kernel, IsaLevel::Scalar, shape.clone()).expect("every kernel has a scalar variant")
}

/// Runs `peer` so often on the operands of `case`; `None` where it does not take the shape. The output has a margin
/// behind it, which must stay as it was.
fn output_of(peer: &Peer, case: &Case, operands: &mut Operands<'_>, iterations: u64) -> Option<Vec<f32>> {
    const MARGIN: usize = 64;
    let (inputs, output, _) = operands.split::<f32>();
    let length = output.len();
    let mut output = vec![UNTOUCHED; length + MARGIN];
    let mut call = (peer.prepare)(case.shape(), inputs)?;
    call.run(iterations, &mut output[..length]);
    call.deliver(&mut output[..length]);
    assert!(output[length..].iter().all(|value| value.is_nan()), "{case}: {} writes behind the output", peer.call);
    output.truncate(length);
    Some(output)
}

fn all_peers() -> impl Iterator<Item = (&'static Library, &'static Peer)> {
    KERNELS.iter().flat_map(|kernel| peers::of(kernel.id))
}

/// What is known to be wrong in a library, and left out by `crossval run` for the shapes where it is: library, kernel,
/// why.
const WRONG: &[(&str, &str, &str)] = &[(
    "openblas",
    "sum_f32",
    "the AVX-512 ssum of 0.3.21 adds elements twice or not at all for some lengths below 140",
)];

fn is_known_to_be_wrong(library: &Library, peer: &Peer) -> bool {
    WRONG.iter().any(|&(wrong, kernel, _)| (wrong, kernel) == (library.name, peer.kernel))
}

/// Where `peer` is out of its tolerance, and for how many shapes it ran.
fn disagreements(peer: &Peer) -> (Vec<String>, usize) {
    let kernel = registry::kernel(peer.kernel).expect("the registry has it");
    let (mut found, mut runs) = (Vec::new(), 0);
    for shape in shapes(kernel) {
        let case = case(kernel, &shape);
        let mut arena = Arena::new(case.layout().arena_bytes());
        let mut bench = case.bind(arena.bytes_mut(), SEED);
        let calls = kernel.workload.map_or(1, |workload| (workload.calls)(case.shape()));
        // More than one show what is added to what stood there, or done and undone.
        for iterations in [calls, 2 * calls] {
            let Some(output) = output_of(peer, &case, bench.operands_mut(), iterations) else { break };
            runs += 1;
            if let Some(worst) = peer.closeness.agreement(&bench.reference(), &output).worst {
                found.push(format!("{}, {case}, seed {SEED}, {iterations} iterations: {worst}", peer.call));
            }
        }
    }
    (found, runs)
}

#[test]
fn every_peer_agrees_with_the_reference_of_its_kernel() {
    let mut wrong = Vec::new();
    for (library, peer) in all_peers().filter(|(library, peer)| !is_known_to_be_wrong(library, peer)) {
        let (found, runs) = disagreements(peer);
        wrong.extend(found.into_iter().map(|found| format!("{}, {found}", library.name)));
        if runs == 0 {
            wrong.push(format!("{}, {} takes no shape of {}", library.name, peer.call, peer.kernel));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether a peer of `kernel` that does this is out of its tolerance.
#[track_caller]
fn check_is_found(kernel: &'static str, prepare: Prepare) {
    let (found, _) = disagreements(&Peer { kernel, call: "a test", closeness: Closeness::Contract, prepare });
    assert!(!found.is_empty(), "{kernel}");
}

#[test]
fn a_peer_that_does_nothing_is_found() {
    for kernel in KERNELS {
        check_is_found(kernel.id, |_, _| each(|_| ()));
    }
}

#[test]
fn a_peer_that_writes_the_product_by_columns_is_found() {
    check_is_found("matmul_f32", |shape, inputs| {
        let Product { m, n, k, a, b } = Product::of(shape, inputs);
        if m == 1 || n == 1 {
            return None;
        }
        each(move |c| {
            for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
                c[j * m + i] = (0..k).map(|p| a[i * k + p] * b[p * n + j]).sum();
            }
        })
    });
}

#[test]
fn a_peer_that_leaves_out_the_last_element_is_found() {
    check_is_found("sum_f32", |_, inputs| {
        let a: &[f32] = inputs.get(0);
        each(move |y| y[0] = a.split_last().map_or(0.0, |(_, others)| others.iter().sum()))
    });
}

#[test]
fn every_peer_is_of_a_kernel_that_there_is() {
    for (library, peer) in LIBRARIES.iter().flat_map(|library| library.peers.iter().map(move |peer| (library, peer))) {
        assert!(registry::kernel(peer.kernel).is_some(), "{} of {}: {}", peer.call, library.name, peer.kernel);
    }
}

#[test]
fn every_library_tells_its_version() {
    for library in LIBRARIES {
        let version = (library.version)();
        let number = version.split([',', ' ']).next().unwrap_or_default();
        let parts: Vec<&str> = number.split('.').collect();
        let is_number = |part: &&str| part.parse::<u32>().is_ok();
        assert!(parts.len() >= 3 && parts.iter().all(is_number), "{}: {version}", library.name);
    }
}
