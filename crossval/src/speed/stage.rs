//! The stage: the contestants of a row laid into memory, checked, and ready to take turns.

use std::io;

use generator::{checksum, clock::Clock, environment::accounting, memory::Arena, probe};
use kernels::{
    Agreement, Bench, Case,
    batch::{Batch, Mode},
    kernel::{Kernel, Reference},
    operands::{Layout, Operands},
    shape::Shape,
};

use super::{contestant::Contestant, protocol::Checked, rounds};
use crate::{
    distance,
    peer::{Call, Peer},
    peers::Library,
};

/// The memory of each contestant: its own addresses, and as far as the system can do that the same physical pages beneath
/// them. What chance gave to one it gave to all: which pages these are moved short kernels by up to 180 %.
pub(super) struct Memory {
    arenas: Vec<Arena>,
}

impl Memory {
    /// For so many contestants with operands of this layout at most.
    ///
    /// Those that keep something in their memory from call to call share none.
    pub(super) fn new(contestants: usize, bytes: usize, share: bool) -> io::Result<Self> {
        let arenas = if share { arenas(contestants, bytes)? } else { own_arenas(contestants, bytes)? };
        Ok(Self { arenas })
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
    own_arenas(contestants, bytes)
}

fn own_arenas(contestants: usize, bytes: usize) -> io::Result<Vec<Arena>> {
    (0..contestants).map(|_| Arena::new(bytes)).collect()
}

/// The memory that a contestant needs.
pub(super) fn layout(kernel: &Kernel, shape: &Shape, case: Option<&Case>) -> Layout {
    case.map_or_else(|| (kernel.layout)(shape), Case::layout)
}

/// A contestant before it is ready: ours with its case, theirs with its operands.
enum Laid<'a> {
    Ours(Bench<'a>),
    Library(&'static Library, Operands<'a>),
}

/// All contestants, their inputs filled.
pub(super) struct Floor<'a> {
    kernel: &'static Kernel,
    shape: &'a Shape,
    laid: Vec<Laid<'a>>,
}

/// Lays the operands of each contestant at its place of its memory, and fills them from the same seed. `cases` has the case of
/// each contestant that is ours.
pub(super) fn lay<'a>(
    kernel: &'static Kernel,
    shape: &'a Shape,
    contestants: &[(Contestant, Option<&'a Case>)],
    memory: &'a mut Memory,
    places: &[usize],
    seed: u64,
) -> Floor<'a> {
    let laid = contestants.iter().zip(&mut memory.arenas).zip(places).map(|(((contestant, case), arena), &place)| {
        let bytes = arena.bytes_mut(place);
        match (contestant, case) {
            (Contestant::Library(library), _) => {
                let mut operands = Operands::place(&(kernel.layout)(shape), bytes);
                (kernel.fill)(shape, &mut operands, seed);
                Laid::Library(library, operands)
            }
            (Contestant::Ours(_), Some(case)) => Laid::Ours(case.bind(bytes, seed)),
            (Contestant::Ours(_), None) => unreachable!("a variant comes with its case"),
        }
    });
    Floor { kernel, shape, laid: laid.collect() }
}

impl<'a> Floor<'a> {
    /// Each ready to be called; `None` for a library that does not take the shape. `begin` is told of each before its
    /// code is called for the first time.
    pub(super) fn ready<'f>(
        &'f mut self,
        mut begin: impl FnMut(usize) -> io::Result<()>,
    ) -> io::Result<Vec<Option<Performer<'f, 'a>>>> {
        let (kernel, shape) = (self.kernel.id, self.shape);
        let ready = self.laid.iter_mut().enumerate().map(|(index, laid)| {
            begin(index)?;
            Ok(match laid {
                Laid::Ours(bench) => {
                    bench.prepare();
                    Some(Performer::Ours(bench))
                }
                Laid::Library(library, operands) => {
                    let (inputs, output, _) = operands.split::<f32>();
                    let mut peers = library.peers.iter().filter(|peer| peer.kernel == kernel);
                    let taken = peers.find_map(|peer| Some((peer, (peer.prepare)(shape, inputs)?)));
                    taken.map(|(peer, call)| Performer::Peer { peer, call, output })
                }
            })
        });
        ready.collect()
    }
}

/// A contestant, ready to be called.
pub(super) enum Performer<'f, 'a> {
    Ours(&'f mut Bench<'a>),
    Peer { peer: &'static Peer, call: Box<dyn Call + 'f>, output: &'f mut [f32] },
}

impl Performer<'_, '_> {
    #[inline]
    fn run(&mut self, iterations: u64) {
        match self {
            Self::Ours(bench) => bench.run(Batch { iterations, mode: Mode::Independent }),
            Self::Peer { call, output, .. } => call.run(iterations, output),
        }
    }

    /// Overwrites the output with what no kernel writes, so that an output that is not written is seen.
    fn poison(&mut self) {
        const NO_NUMBER: u8 = 0xff;
        match self {
            Self::Ours(bench) => bench.poison(NO_NUMBER),
            Self::Peer { output, .. } => bytemuck::cast_slice_mut::<f32, u8>(output).fill(NO_NUMBER),
        }
    }

    fn output(&self) -> &[u8] {
        match self {
            Self::Ours(bench) => bench.operands().output(),
            Self::Peer { output, .. } => bytemuck::cast_slice(output),
        }
    }

    /// Makes as many calls as write the whole output, and holds what it then has against the reference, unless an earlier launch found the same bytes.
    /// The reference is made where it is first needed.
    pub(super) fn check<'r>(
        &mut self,
        calls: u64,
        known: Option<&Checked>,
        reference: &dyn Fn() -> &'r Reference,
    ) -> Checked {
        self.poison();
        self.run(calls);
        if let Self::Peer { call, output, .. } = self {
            call.deliver(output);
        }
        let checksum = checksum::short([self.output()]);
        match known {
            Some(known) if known.checksum == checksum => known.clone(),
            _ => self.held_against(reference(), checksum),
        }
    }

    fn held_against(&self, reference: &Reference, checksum: String) -> Checked {
        let words = |agreement: Agreement| agreement.worst.map(|worst| worst.to_string());
        let disagreement = words(reference.agreement(self.output()));
        let (call, wrong) = match self {
            Self::Ours(_) => (None, disagreement.clone()),
            Self::Peer { peer, output, .. } => {
                (Some(peer.call.to_owned()), words(peer.closeness.agreement(reference, output)))
            }
        };
        let largest_relative_error = largest_relative_error(reference, self.output());
        Checked { call, checksum, largest_relative_error, disagreement, wrong }
    }
}

/// Over outputs whose right value is not 0 and finite; `None` where there are none, or one of them is no finite number, from
/// which there is no distance.
fn largest_relative_error(reference: &Reference, output: &[u8]) -> Option<f64> {
    let outputs = (0..).map_while(|index| Some((reference.expected(index)?.0, reference.element(index, output)?)));
    #[expect(clippy::cast_possible_truncation, reason = "an output was an `f32` or a byte")]
    let errors = outputs.filter_map(|(right, got)| distance::relative_error(got as f32, right));
    errors.reduce(f64::max).filter(|error| error.is_finite())
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

    fn off_cpu_ns(&mut self) -> u64 {
        accounting::off_cpu_ns()
    }

    #[inline]
    fn run(&mut self, contestant: usize, iterations: u64) {
        self.performers[contestant].run(iterations);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peer::{Closeness, Prepare, each};

    const CLOSENESS: Closeness = Closeness::Looser { relative: 1e-3, absolute: 0.0, reason: "a test" };

    fn check(prepare: Prepare, closeness: Closeness) -> Checked {
        let peer: &'static Peer = Box::leak(Box::new(Peer { kernel: "dot_f32", call: "a test", closeness, prepare }));
        let shape = "n2".parse().unwrap();
        let mut arena = kernels::operands::Arena::new(1 << 16);
        let layout = Layout { inputs: vec![8, 8], output: 8, scratch: 0 };
        let mut operands = Operands::place(&layout, arena.bytes_mut());
        let (inputs, output, _) = operands.split::<f32>();
        // Another contestant was here before.
        output.copy_from_slice(&[1.0, 2.0]);
        let mut performer = Performer::Peer { peer, call: prepare(&shape, inputs).unwrap(), output };
        let reference = Reference::Tolerance { values: vec![1.0, 2.0], bounds: vec![1e-6; 2] };
        performer.check(1, None, &|| &reference)
    }

    #[test]
    fn what_is_within_the_contract_agrees() {
        let found = check(|_, _| each(|y| y.copy_from_slice(&[1.0, 2.0])), Closeness::Contract);
        assert_eq!((found.disagreement, found.wrong, found.largest_relative_error), (None, None, Some(0.0)));
    }

    #[test]
    fn what_a_library_is_known_to_be_off_is_outside_the_contract_and_not_wrong() {
        let found = check(|_, _| each(|y| y.copy_from_slice(&[1.0, 2.001])), CLOSENESS);
        assert!(found.disagreement.is_some() && found.wrong.is_none(), "{found:?}");
        assert!((found.largest_relative_error.unwrap() - 0.0005).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn what_is_further_off_is_wrong() {
        assert!(check(|_, _| each(|y| y.copy_from_slice(&[1.0, 2.1])), CLOSENESS).wrong.is_some());
    }

    #[test]
    fn an_output_that_was_not_written_is_wrong_whoever_wrote_there_before() {
        assert!(check(|_, _| each(|y| y[0] = 1.0), CLOSENESS).wrong.is_some());
    }

    #[test]
    fn the_same_bytes_need_no_second_reference() {
        let known = check(|_, _| each(|y| y.copy_from_slice(&[1.0, 2.0])), Closeness::Contract);
        let peer: &'static Peer = Box::leak(Box::new(Peer {
            kernel: "dot_f32",
            call: "a test",
            closeness: Closeness::Contract,
            prepare: |_, _| None,
        }));
        let mut output = [0.0; 2];
        let call = each(|y: &mut [f32]| y.copy_from_slice(&[1.0, 2.0])).unwrap();
        let mut performer = Performer::Peer { peer, call, output: &mut output };
        assert_eq!(performer.check(1, Some(&known), &|| unreachable!("nobody asks")), known);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn all_contestants_have_the_same_pages_beneath_their_own_addresses() {
        let mut memory = Memory::new(2, 100, true).unwrap();
        let (one, other) = memory.arenas.split_at_mut(1);
        one[0].bytes_mut(0)[99] = 7;
        assert_eq!(other[0].bytes_mut(0)[99], 7);
        assert_ne!(one[0].bytes_mut(0).as_ptr(), other[0].bytes_mut(0).as_ptr());
    }
}
