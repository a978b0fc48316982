//! The stage: the contestants of a row laid into memory, checked, and ready to take turns.

use std::io;

use generator::{checksum, clock::Clock, environment::accounting, memory::Arena, probe};
use kernels::{
    Bench, Case,
    batch::{Batch, Mode},
    kernel::{Kernel, Reference},
    operands::{Layout, Operands},
    shape::Shape,
};

use super::{contestant::Contestant, protocol::Checked, rounds};
use crate::peer::Call;

/// The memory of each contestant: its own addresses, and as far as the system can do that the same physical pages beneath
/// them. What chance gave to one it gave to all: which pages these are moved short kernels by up to 180 %.
pub(super) struct Memory {
    arenas: Vec<Arena>,
}

impl Memory {
    /// For so many contestants with operands of this layout at most.
    pub(super) fn new(contestants: usize, bytes: usize) -> io::Result<Self> {
        Ok(Self { arenas: arenas(contestants, bytes)? })
    }

    /// Where in their pages the operands may lie.
    pub(super) fn places(&self) -> Vec<usize> {
        self.arenas.first().map_or_else(Vec::new, |arena| arena.places().collect())
    }

    pub(super) fn is_on_large_pages(&self) -> Option<bool> {
        self.arenas.first()?.is_on_large_pages()
    }
}

#[cfg(target_os = "linux")]
fn arenas(contestants: usize, bytes: usize) -> io::Result<Vec<Arena>> {
    let file = Arena::file(bytes)?;
    (0..contestants).map(|_| Arena::shared(bytes, &file)).collect()
}

/// Other systems have no file without a name; there each has pages of its own.
#[cfg(not(target_os = "linux"))]
fn arenas(contestants: usize, bytes: usize) -> io::Result<Vec<Arena>> {
    (0..contestants).map(|_| Arena::new(bytes)).collect()
}

/// The memory that a contestant needs.
pub(super) fn layout(kernel: &Kernel, shape: &Shape, case: Option<&Case>) -> Layout {
    case.map_or_else(|| (kernel.layout)(shape), Case::layout)
}

/// A contestant before it is ready: ours with its case, theirs with its operands.
enum Laid<'a> {
    Ours(Bench<'a>),
    Peer(crate::peer::Prepare, Operands<'a>),
}

/// All contestants, their inputs filled.
pub(super) struct Floor<'a> {
    shape: &'a Shape,
    laid: Vec<Laid<'a>>,
}

/// Lays the operands of each contestant at `place` of its memory, and fills them from the same seed. `cases` has the case of
/// each contestant that is ours.
pub(super) fn lay<'a>(
    kernel: &'static Kernel,
    shape: &'a Shape,
    contestants: &[(Contestant, Option<&'a Case>)],
    memory: &'a mut Memory,
    place: usize,
    seed: u64,
) -> Floor<'a> {
    let laid = contestants.iter().zip(&mut memory.arenas).map(|((contestant, case), arena)| {
        let bytes = arena.bytes_mut(place);
        match (contestant, case) {
            (Contestant::Peer(peer), _) => {
                let mut operands = Operands::place(&(kernel.layout)(shape), bytes);
                (kernel.fill)(shape, &mut operands, seed);
                Laid::Peer(peer.prepare, operands)
            }
            (Contestant::Ours(_), Some(case)) => Laid::Ours(case.bind(bytes, seed)),
            (Contestant::Ours(_), None) => unreachable!("a variant comes with its case"),
        }
    });
    Floor { shape, laid: laid.collect() }
}

impl<'a> Floor<'a> {
    /// Each ready to be called; `None` for a peer that does not take the shape. `begin` is told of each before its
    /// code is called for the first time.
    pub(super) fn ready<'f>(
        &'f mut self,
        mut begin: impl FnMut(usize) -> io::Result<()>,
    ) -> io::Result<Vec<Option<Performer<'f, 'a>>>> {
        let shape = self.shape;
        let ready = self.laid.iter_mut().enumerate().map(|(index, laid)| {
            begin(index)?;
            Ok(match laid {
                Laid::Ours(bench) => Some(Performer::Ours(bench)),
                Laid::Peer(prepare, operands) => {
                    let (inputs, output, _) = operands.split::<f32>();
                    prepare(shape, inputs).map(|call| Performer::Peer { call, output })
                }
            })
        });
        ready.collect()
    }
}

/// A contestant, ready to be called.
pub(super) enum Performer<'f, 'a> {
    Ours(&'f mut Bench<'a>),
    Peer { call: Box<dyn Call + 'f>, output: &'f mut [f32] },
}

impl Performer<'_, '_> {
    #[inline]
    fn run(&mut self, iterations: u64) {
        match self {
            Self::Ours(bench) => bench.run(Batch { iterations, mode: Mode::Independent }),
            Self::Peer { call, output } => call.run(iterations, output),
        }
    }

    /// Overwrites the output with what no kernel writes, so that an output that is not written is seen.
    fn poison(&mut self) {
        const NO_NUMBER: u8 = 0xff;
        match self {
            Self::Ours(bench) => {
                let (_, output, _) = bench.operands_mut().split::<u8>();
                output.fill(NO_NUMBER);
            }
            Self::Peer { output, .. } => bytemuck::cast_slice_mut::<f32, u8>(output).fill(NO_NUMBER),
        }
    }

    fn output(&self) -> &[u8] {
        match self {
            Self::Ours(bench) => bench.operands().output(),
            Self::Peer { output, .. } => bytemuck::cast_slice(output),
        }
    }

    /// Calls it once, and holds what it then has against the reference, unless an earlier launch found the same bytes.
    /// The reference is made where it is first needed.
    pub(super) fn check<'r>(
        &mut self,
        known: Option<&Checked>,
        reference: &dyn Fn() -> &'r Reference,
    ) -> Checked {
        self.poison();
        self.run(1);
        let checksum = checksum::short([self.output()]);
        match known {
            Some(known) if known.checksum == checksum => known.clone(),
            _ => held_against(reference(), self.output(), checksum),
        }
    }
}

/// How far the outputs of a peer may be off and be an approximation all the same: a hundredth of the largest. A table of
/// 16-bit floats is a tenth of that.
const APPROXIMATION: f64 = 0.01;

fn held_against(reference: &Reference, output: &[u8], checksum: String) -> Checked {
    let disagreement = reference.agreement(output).worst.map(|worst| worst.to_string());
    let right: Vec<f64> = match reference {
        Reference::Exact(bytes) => floats(bytes).map(f64::from).collect(),
        Reference::Tolerance { values, .. } => values.clone(),
    };
    let largest = right.iter().map(|value| value.abs()).filter(|value| value.is_finite()).fold(0.0, f64::max);
    let mut largest_relative_error: Option<f64> = None;
    let mut is_wrong = right.len() * size_of::<f32>() != output.len();
    for (right, got) in right.iter().zip(floats(output).map(f64::from)) {
        let distance = (got - right).abs();
        // A NaN is farther from a number than any number is.
        is_wrong |= disagreement.is_some() && !(distance <= APPROXIMATION * largest) && got.total_cmp(right).is_ne();
        if right.is_finite() && *right != 0.0 && distance.is_finite() {
            let relative = distance / right.abs();
            largest_relative_error = Some(largest_relative_error.map_or(relative, |largest| largest.max(relative)));
        }
    }
    Checked { checksum, largest_relative_error, disagreement, is_wrong }
}

fn floats(bytes: &[u8]) -> impl Iterator<Item = f32> {
    bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_ne_bytes(*bytes))
}

/// Those who may take turns, as the rounds' stage.
pub(super) struct Stage<'s, 'f, 'a> {
    pub(super) clock: Clock,
    pub(super) performers: Vec<&'s mut Performer<'f, 'a>>,
}

impl rounds::Stage for Stage<'_, '_, '_> {
    #[inline]
    fn now_ns(&mut self) -> u64 {
        self.clock.now_ns()
    }

    #[inline]
    fn probe(&mut self) {
        probe::run();
    }

    fn switches(&mut self) -> u64 {
        accounting::switches().unwrap_or_default()
    }

    #[inline]
    fn run(&mut self, contestant: usize, iterations: u64) {
        self.performers[contestant].run(iterations);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(reference: &Reference, output: &[f32]) -> Checked {
        held_against(reference, bytemuck::cast_slice(output), "0".to_owned())
    }

    fn tolerance(values: &[f64]) -> Reference {
        Reference::Tolerance { values: values.to_vec(), bounds: vec![1e-6; values.len()] }
    }

    #[test]
    fn what_is_within_the_contract_agrees() {
        let found = check(&tolerance(&[1.0, 2.0]), &[1.0, 2.0]);
        assert_eq!((found.disagreement, found.is_wrong, found.largest_relative_error), (None, false, Some(0.0)));
    }

    #[test]
    fn an_approximation_is_outside_the_contract_and_not_wrong() {
        let found = check(&tolerance(&[1.0, 2.0]), &[1.0, 2.001]);
        assert!(found.disagreement.is_some() && !found.is_wrong, "{found:?}");
        assert!((found.largest_relative_error.unwrap() - 0.0005).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn another_number_is_wrong() {
        assert!(check(&tolerance(&[1.0, 2.0]), &[1.0, 2.1]).is_wrong);
        assert!(check(&Reference::exact(&[1.0, 2.0]), &[2.0, 1.0]).is_wrong);
    }

    #[test]
    fn an_output_that_was_not_written_is_wrong() {
        assert!(check(&tolerance(&[1.0, 2.0]), &[1.0, f32::NAN]).is_wrong);
        assert!(check(&tolerance(&[1.0, 2.0]), &[1.0]).is_wrong);
    }

    #[test]
    fn a_sum_that_nearly_vanishes_is_held_to_its_bound_and_not_to_its_size() {
        let found = check(&Reference::Tolerance { values: vec![1e-9], bounds: vec![1e-6] }, &[1e-7]);
        assert!(found.disagreement.is_none() && !found.is_wrong, "{found:?}");
    }
}
