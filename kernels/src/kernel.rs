//! What a kernel is: its contract, its shapes, its operands and its variants, as one row of the registry.

use std::fmt;

use platforms::IsaLevel;
use serde::{Deserialize, Serialize};

use crate::{
    batch::Batch,
    operands::{Layout, Operands},
    shape::{Extent, Shape},
};

/// One operation, `dot_f32`: what stands in the registry.
#[derive(Debug)]
pub struct Kernel {
    /// `<operation>_<type>`. Ids are for ever.
    pub id: &'static str,
    /// What it computes, in a few words.
    pub summary: &'static str,
    /// How closely every variant agrees with the reference.
    pub contract: Contract,
    /// What bounds a call, which is also what its noise is like.
    pub bound: fn(&Shape, IsaLevel) -> Bound,
    /// The unit its throughput is stated in; that of a workload depends on the shape.
    pub unit: ThroughputUnit,
    /// The extents of its shapes, in order.
    pub extents: &'static [Extent],
    /// The shapes that are measured, and in which profiles.
    pub rows: &'static [ShapeRow],
    /// Those of the shapes whose instructions are counted, where someone asks for it: under a simulator that takes fifty
    /// times as long, so one that stands for the others.
    pub counted: &'static [&'static str],
    /// The bytes of each buffer of a shape.
    pub layout: fn(&Shape) -> Layout,
    /// Fills the inputs with seeded values, the same on every platform.
    pub fill: fn(&Shape, &mut Operands<'_>, u64),
    /// What one call does.
    pub work: fn(&Shape) -> Work,
    /// The output that is right for these inputs.
    pub reference: fn(&Shape, &Operands<'_>) -> Reference,
    /// What it has besides where it is a whole workload, of several phases; `None` where it is one formula.
    pub workload: Option<Workload>,
    /// Its code, one for an ISA level, lowest first; the first is `scalar`.
    pub variants: &'static [Variant],
}

impl Kernel {
    /// Whether it takes the shape.
    #[must_use]
    pub fn takes(&self, shape: &Shape) -> bool {
        self.workload.map_or_else(|| shape.fits(self.extents), |workload| (workload.takes)(shape))
    }

    /// The unit that the throughput of the shape is stated in.
    #[must_use]
    pub fn unit_of(&self, shape: &Shape) -> ThroughputUnit {
        self.workload.map_or(self.unit, |workload| (workload.unit)(shape))
    }
}

/// What a kernel of several phases has besides; its shapes have words, and no fixed extents.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// Whether it takes the shape.
    pub takes: fn(&Shape) -> bool,
    /// How many calls write the whole output of a shape, each a part of it; the next one begins anew. At least 1.
    pub calls: fn(&Shape) -> u64,
    /// The unit that the throughput of a shape is stated in.
    pub unit: fn(&Shape) -> ThroughputUnit,
    /// The file that each call of a shape begins with; `None` where it begins with what is in memory.
    pub file: fn(&Shape) -> Option<FileFormat>,
}

/// A file that holds the inputs of a shape. Who calls the kernel writes and reads it, as part of the call.
#[derive(Clone, Copy, Debug)]
pub struct FileFormat {
    /// The inputs as the bytes of a file.
    pub write: fn(&Shape, &Operands<'_>) -> Vec<u8>,
    /// The inputs from the bytes of a file, or what is wrong with it.
    pub read: fn(&Shape, &[u8], &mut Operands<'_>) -> Result<(), String>,
}

/// The code of a kernel for one ISA level.
pub struct Variant {
    /// What the CPU must have.
    pub isa: IsaLevel,
    /// Makes ready, in the scratch memory, what all calls with the same inputs share: weights in another order, a cache of
    /// earlier tokens. Not timed. `None` where nothing is kept from call to call.
    pub(crate) prepare: Option<fn(&Shape, &mut Operands<'_>)>,
    /// Scratch memory that a call needs, in bytes, for packing; beside the kernel's own buffers.
    pub scratch_bytes: fn(&Shape) -> usize,
    /// Runs a batch of calls. Only [`Case`](crate::Case) calls it, once it knows that the CPU has `isa`.
    pub(crate) run: fn(&Shape, &mut Operands<'_>, Batch),
}

impl fmt::Debug for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Variant").field("isa", &self.isa).finish_non_exhaustive()
    }
}

/// How closely every variant agrees with the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contract {
    /// The same bytes on every platform and variant.
    Exact,
    /// Each output within the bound that the reference states for it.
    Tolerance,
}

/// What bounds a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// How long one instruction waits for another.
    Latency,
    /// How many instructions are begun in a cycle.
    Throughput,
    /// How fast the operands come from memory.
    Memory,
}

impl Bound {
    /// What bounds vector code that goes once through `bytes` of operands, with little work for each.
    #[must_use]
    pub const fn of_stream(bytes: usize) -> Self {
        /// A second-level cache of today's servers, or a half of it.
        const CACHE_BYTES: usize = 1 << 20;
        if bytes <= CACHE_BYTES { Self::Throughput } else { Self::Memory }
    }
}

/// The unit that a throughput is stated in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThroughputUnit {
    /// Multiplications and additions, a second; one multiply-accumulate is two.
    FlopsPerSecond,
    /// Bytes read and written, a second.
    BytesPerSecond,
    /// Elements of the largest operand, a second.
    ElementsPerSecond,
    /// Tokens, a second.
    TokensPerSecond,
}

/// What one call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// Multiplications, additions and comparisons; a division, an exponential or the like counts as one, too.
    pub flops: u64,
    /// Bytes of operands read and written, each once.
    pub bytes: u64,
    /// Elements of the largest operand.
    pub elements: u64,
    /// Tokens of text, where the kernel makes any.
    pub tokens: Option<u64>,
}

impl Work {
    /// How much of `unit` one call does; `None` where it makes no tokens.
    #[must_use]
    pub fn amount(&self, unit: ThroughputUnit) -> Option<u64> {
        match unit {
            ThroughputUnit::FlopsPerSecond => Some(self.flops),
            ThroughputUnit::BytesPerSecond => Some(self.bytes),
            ThroughputUnit::ElementsPerSecond => Some(self.elements),
            ThroughputUnit::TokensPerSecond => self.tokens,
        }
    }
}

/// A selection of cases, by the time there is. Each contains the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// Does it run at all: seconds.
    Smoke,
    /// A person waits for it: under a minute.
    Quick,
    /// A cron job does.
    Nightly,
}

/// A shape that is measured.
#[derive(Clone, Copy, Debug)]
pub struct ShapeRow {
    /// The shape, as text.
    pub shape: &'static str,
    /// The smallest profile in which the vector variants are measured; `None` where they are only verified, and measured
    /// when somebody asks for them.
    pub vector: Option<Profile>,
    /// The same for `scalar`, and for `sse41`, which few machines have as their highest.
    pub scalar: Option<Profile>,
}

impl ShapeRow {
    /// Whether `profile` measures the variant for `isa`.
    #[must_use]
    pub fn is_in(&self, profile: Profile, isa: IsaLevel) -> bool {
        let from = match isa {
            IsaLevel::Scalar | IsaLevel::Sse41 => self.scalar,
            _ => self.vector,
        };
        from.is_some_and(|from| from <= profile)
    }
}

/// The output that is right.
#[derive(Clone, Debug)]
pub enum Reference {
    /// These bytes.
    Exact {
        /// `f32` first, then codes of a byte each.
        bytes: Vec<u8>,
        /// How many `f32` there are; a NaN among them stands for any NaN.
        floats: usize,
    },
    /// `f32` outputs, each within its bound.
    Tolerance {
        /// The outputs, computed wider than the kernel.
        values: Vec<f64>,
        /// How far each may be off, at least 0.
        bounds: Vec<f64>,
    },
    /// Rows of `f32` outputs of which the largest counts: how likely each token of a vocabulary is the next. Each is within
    /// its bound; the accuracy is the share of rows whose largest output stands at the right place.
    Logits {
        /// The outputs, row by row, computed wider than the kernel.
        values: Vec<f64>,
        /// How far each may be off, at least 0.
        bounds: Vec<f64>,
        /// Outputs in a row.
        vocabulary: usize,
    },
}

impl Reference {
    /// Exactly these outputs.
    #[must_use]
    pub fn exact(values: &[f32]) -> Self {
        Self::exact_parts(values, &[])
    }

    /// Exactly these numbers, and these codes behind them.
    #[must_use]
    pub fn exact_parts(floats: &[f32], codes: &[u8]) -> Self {
        Self::Exact { bytes: [bytemuck::cast_slice(floats), codes].concat(), floats: floats.len() }
    }
}
