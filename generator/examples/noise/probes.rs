//! Candidates for a probe of caches and memory, each with memory of its own.

use std::hint::black_box;

use generator::{memory::Arena, probe};
use serde::{Deserialize, Serialize};

/// One candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Candidate {
    /// None beside the integer probe.
    Integer,
    /// Reads 256 KiB that lie in DRAM.
    DramRead,
    /// Reads 128 KiB that lie in the third-level cache.
    L3Read,
    /// A hundred reads in DRAM, each waiting for the one before it.
    DramChase,
    /// The same in the third-level cache.
    L3Chase,
}

impl Candidate {
    /// Every candidate.
    pub(crate) const ALL: [Self; 5] = [Self::Integer, Self::DramRead, Self::L3Read, Self::DramChase, Self::L3Chase];

    /// Its name in a table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Integer => "integer",
            Self::DramRead => "DRAM read",
            Self::L3Read => "L3 read",
            Self::DramChase => "DRAM chase",
            Self::L3Chase => "L3 chase",
        }
    }
}

const LINE_BYTES: usize = 64;
const STEPS: u32 = 100;
/// Twice the third-level cache of the largest share that a machine of ours has.
const DRAM_LINES: usize = 1 << 20;
/// Four times the second-level cache.
const L3_LINES: usize = 1 << 16;

/// A piece of memory with a cursor in it. Each line names the next of a chain through all of them.
#[derive(Debug)]
struct Field {
    arena: Arena,
    lines: usize,
    read_at: usize,
    chase_at: usize,
}

impl Field {
    fn new(lines: usize) -> anyhow::Result<Self> {
        let mut arena = Arena::new(lines * LINE_BYTES)?;
        for (index, line) in arena.bytes_mut(0).chunks_exact_mut(LINE_BYTES).enumerate() {
            // Of full period over a power of two, since the factor is 1 more than a multiple of 4 and the term is odd.
            let next = (index.wrapping_mul(1_664_525).wrapping_add(1_013_904_223)) % lines;
            line[..8].copy_from_slice(&next.to_le_bytes());
        }
        Ok(Self { arena, lines, read_at: 0, chase_at: 0 })
    }

    fn read(&mut self, lines: usize) {
        let begin = self.read_at * LINE_BYTES;
        let piece = &self.arena.bytes_mut(0)[begin..begin + lines * LINE_BYTES];
        black_box(piece.chunks_exact(LINE_BYTES).fold(0_u64, |sum, line| sum.wrapping_add(u64::from(line[0]))));
        self.read_at = (self.read_at + lines) % self.lines;
    }

    fn chase(&mut self) {
        let mut at = self.chase_at;
        let bytes = self.arena.bytes_mut(0);
        for _ in 0..STEPS {
            let line = &bytes[at * LINE_BYTES..][..8];
            at = usize::from_le_bytes(line.try_into().expect("8 bytes"));
        }
        self.chase_at = at;
    }
}

/// The candidates' memory.
#[derive(Debug)]
pub(crate) struct Probes {
    dram: Option<Field>,
    l3: Option<Field>,
}

impl Probes {
    /// The memory that these need.
    pub(crate) fn new(candidates: &[Candidate]) -> anyhow::Result<Self> {
        let any = |of: [Candidate; 2]| candidates.iter().any(|candidate| of.contains(candidate));
        let dram = any([Candidate::DramRead, Candidate::DramChase]).then(|| Field::new(DRAM_LINES)).transpose()?;
        let l3 = any([Candidate::L3Read, Candidate::L3Chase]).then(|| Field::new(L3_LINES)).transpose()?;
        Ok(Self { dram, l3 })
    }

    /// Runs a candidate once; the integer probe is run by itself.
    pub(crate) fn run(&mut self, candidate: Candidate) {
        let field = match candidate {
            Candidate::Integer => return,
            Candidate::DramRead | Candidate::DramChase => &mut self.dram,
            Candidate::L3Read | Candidate::L3Chase => &mut self.l3,
        };
        let field = field.as_mut().expect("memory was asked for the candidates that run");
        match candidate {
            Candidate::DramRead => field.read(4096),
            Candidate::L3Read => field.read(2048),
            _ => field.chase(),
        }
    }
}

/// Runs the generator's own probe.
pub(crate) fn integer() {
    probe::run();
}
