//! A case: one kernel, one variant, one shape; and the same, bound to memory and ready to run.

use std::{fmt, str::FromStr};

use platforms::{IsaLevel, IsaSet, cpu, isa};

use crate::{
    batch::{Batch, Mode},
    kernel::{Bound, FileFormat, Kernel, Reference, ThroughputUnit, Variant, Work},
    operands::{Layout, Operands},
    registry,
    shape::{NotAShape, Shape},
};

/// One kernel, one variant that this CPU can run, one shape: `dot_f32/avx2/n10000`.
#[derive(Clone, Debug)]
pub struct Case {
    kernel: &'static Kernel,
    variant: &'static Variant,
    shape: Shape,
}

impl Case {
    /// The case of `kernel` for `isa` and `shape`.
    ///
    /// # Errors
    ///
    /// When the kernel has no such variant, does not take the shape, or this CPU lacks what the variant needs.
    pub fn new(kernel: &'static Kernel, isa: IsaLevel, shape: Shape) -> Result<Self, CaseError> {
        let id = || format!("{}/{isa}/{shape}", kernel.id);
        let variant = kernel.variants.iter().find(|variant| variant.isa == isa);
        let variant = variant.ok_or_else(|| CaseError::NoVariant { id: id() })?;
        if !kernel.takes(&shape) {
            return Err(CaseError::ShapeDoesNotFit { id: id() });
        }
        if !isa::detected().contains(isa) {
            return Err(CaseError::NotOnThisCpu { id: id(), isa });
        }
        // Some calls want the sizes of the caches; whoever asks first waits, so that is not a call.
        let _ = cpu::this();
        Ok(Self { kernel, variant, shape })
    }

    /// Its kernel.
    #[must_use]
    pub fn kernel(&self) -> &'static Kernel {
        self.kernel
    }

    /// The ISA level of its variant.
    #[must_use]
    pub fn isa(&self) -> IsaLevel {
        self.variant.isa
    }

    /// Its shape.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// What bounds a call, which is also what its noise is like.
    #[must_use]
    pub fn bound(&self) -> Bound {
        (self.kernel.bound)(&self.shape, self.variant.isa)
    }

    /// What one call does.
    #[must_use]
    pub fn work(&self) -> Work {
        (self.kernel.work)(&self.shape)
    }

    /// The unit that its throughput is stated in.
    #[must_use]
    pub fn unit(&self) -> ThroughputUnit {
        self.kernel.unit_of(&self.shape)
    }

    /// Whether it is one of those whose instructions are counted.
    #[must_use]
    pub fn is_counted(&self) -> bool {
        let shape = self.shape.to_string();
        self.kernel.counted.contains(&shape.as_str())
    }

    /// How many calls write the whole output.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.kernel.workload.map_or(1, |workload| (workload.calls)(&self.shape))
    }

    /// The file that each call begins with, where it does.
    #[must_use]
    pub fn file(&self) -> Option<FileFormat> {
        (self.kernel.workload?.file)(&self.shape)
    }

    /// Whether the variant keeps something in scratch memory from call to call, which another program's would spoil.
    #[must_use]
    pub fn keeps(&self) -> bool {
        self.variant.prepare.is_some()
    }

    /// The bytes of each buffer, the variant's scratch included.
    #[must_use]
    pub fn layout(&self) -> Layout {
        let layout = (self.kernel.layout)(&self.shape);
        Layout { scratch: layout.scratch + (self.variant.scratch_bytes)(&self.shape), ..layout }
    }

    /// Lays the buffers into `arena` and fills the inputs from `seed`. `arena` starts on a page and has at least
    /// [`Layout::arena_bytes`].
    ///
    /// # Panics
    ///
    /// When `arena` is too short.
    #[must_use]
    pub fn bind<'a>(&'a self, arena: &'a mut [u8], seed: u64) -> Bench<'a> {
        // Asked here the first time, so that no timed call does it: variants block by the sizes of the caches.
        let _ = cpu::this();
        let mut operands = Operands::place(&self.layout(), arena);
        (self.kernel.fill)(&self.shape, &mut operands, seed);
        Bench { case: self, operands, is_prepared: false }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.kernel.id, self.variant.isa, self.shape)
    }
}

impl FromStr for Case {
    type Err = CaseError;

    fn from_str(id: &str) -> Result<Self, CaseError> {
        let parts: Vec<&str> = id.split('/').collect();
        let [kernel, isa, shape] = parts[..] else {
            return Err(CaseError::NotACase { id: id.to_owned() });
        };
        let kernel = registry::kernel(kernel).ok_or_else(|| CaseError::UnknownKernel { id: id.to_owned() })?;
        let isa = isa.parse().map_err(|_| CaseError::NoVariant { id: id.to_owned() })?;
        Self::new(kernel, isa, shape.parse()?)
    }
}

/// Every shape of the registry with every variant that `isas` allows and this CPU has, in the registry's order.
///
/// # Panics
///
/// Never in a build that passed its tests, which parse every shape of the registry.
pub fn cases(isas: IsaSet) -> impl Iterator<Item = Case> {
    registry::KERNELS.iter().flat_map(move |kernel| {
        kernel.rows.iter().flat_map(move |row| {
            let shape: Shape = row.shape.parse().expect("a test parses every shape of the registry");
            let levels = kernel.variants.iter().map(|variant| variant.isa).filter(move |&isa| isas.contains(isa));
            levels.filter_map(move |isa| Case::new(kernel, isa, shape.clone()).ok())
        })
    })
}

/// The variant of `kernel` that a program with these ISA levels would use: the highest.
///
/// # Panics
///
/// Never: every kernel has a scalar variant, and every set contains `scalar`.
#[must_use]
pub fn dispatch(kernel: &Kernel, isas: IsaSet) -> IsaLevel {
    let levels = kernel.variants.iter().map(|variant| variant.isa);
    levels.filter(|&isa| isas.contains(isa)).max().expect("every kernel has a scalar variant")
}

/// A case on its bench: bound to memory, ready to run.
#[derive(Debug)]
pub struct Bench<'a> {
    case: &'a Case,
    operands: Operands<'a>,
    /// Whether the scratch memory holds what the variant keeps there for these inputs.
    is_prepared: bool,
}

impl<'a> Bench<'a> {
    /// Makes ready what all calls with these inputs share. The first call after a change of the inputs does it where nobody
    /// has; so that this is not part of a timed call, do it before.
    pub fn prepare(&mut self) {
        if let Some(prepare) = self.case.variant.prepare {
            prepare(&self.case.shape, &mut self.operands);
        }
        self.is_prepared = true;
    }

    /// Runs a batch of calls. This is the timed call: it allocates nothing.
    #[inline]
    pub fn run(&mut self, batch: Batch) {
        if !self.is_prepared {
            self.prepare();
        }
        (self.case.variant.run)(&self.case.shape, &mut self.operands, batch);
    }

    /// Makes as many calls as write the whole output, one after the other.
    pub fn run_whole(&mut self) {
        self.run(Batch { iterations: self.case.calls(), mode: Mode::Independent });
    }

    /// The inputs as the bytes of a file.
    #[must_use]
    pub fn write(&self, file: FileFormat) -> Vec<u8> {
        (file.write)(&self.case.shape, &self.operands)
    }

    /// Takes the inputs from a file's bytes: the beginning of each call of a case that has a [`Case::file`].
    ///
    /// # Errors
    ///
    /// When the bytes are no such file, or one of another shape.
    pub fn read(&mut self, file: FileFormat, bytes: &[u8]) -> Result<(), String> {
        self.is_prepared = false;
        (file.read)(&self.case.shape, bytes, &mut self.operands)
    }

    /// Fills the output with `byte`, so that what is not written shows.
    pub fn poison(&mut self, byte: u8) {
        let (_, output, _) = self.operands.split::<u8>();
        output.fill(byte);
    }

    /// The buffers.
    #[must_use]
    pub fn operands(&self) -> &Operands<'a> {
        &self.operands
    }

    /// The buffers, to be filled otherwise.
    pub fn operands_mut(&mut self) -> &mut Operands<'a> {
        self.is_prepared = false;
        &mut self.operands
    }

    /// The output that is right for these inputs. Slow, and independent of every variant but `scalar`.
    #[must_use]
    pub fn reference(&self) -> Reference {
        (self.case.kernel.reference)(&self.case.shape, &self.operands)
    }
}

/// Why there is no such case here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaseError {
    /// The text has not three parts.
    #[error("{id:?} is no case; a case is kernel/isa/shape, such as dot_f32/avx2/n10000")]
    NotACase {
        /// The text.
        id: String,
    },
    /// The registry has no such kernel.
    #[error("{id}: there is no such kernel; `generator list` names them")]
    UnknownKernel {
        /// The case.
        id: String,
    },
    /// The kernel has no variant for that ISA level.
    #[error("{id}: the kernel has no such variant; `generator list` names them")]
    NoVariant {
        /// The case.
        id: String,
    },
    /// The shape has other letters, or an extent that is no multiple of its block.
    #[error("{id}: the kernel takes no such shape; `generator list` names some")]
    ShapeDoesNotFit {
        /// The case.
        id: String,
    },
    /// The text of the shape cannot be read.
    #[error(transparent)]
    NotAShape(#[from] NotAShape),
    /// The variant cannot run here.
    #[error("{id}: this CPU has no {isa}")]
    NotOnThisCpu {
        /// The case.
        id: String,
        /// What it lacks.
        isa: IsaLevel,
    },
}
