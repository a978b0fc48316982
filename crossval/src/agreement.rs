//! Agreement: every variant held against the C++ reference of its kernel, on seeded inputs and on hard ones.
//!
//! The right values are the C++ reference's. How far a variant may be off is what the kernel's contract states, by the bound that
//! the kernel's own reference gives for these inputs; a test holds the two references together.

use std::{
    collections::BTreeMap,
    num::NonZero,
    sync::{
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use generator::{session::Progress, terminal::Interrupted};
use kernels::{
    Case,
    kernel::{Contract, Kernel, Reference},
    operands::Arena,
    registry::KERNELS,
    shape::Shape,
};
use platforms::IsaSet;
use regex::Regex;
use schema::crossval::{AgreementContract, AgreementRow, AgreementStatus, WorstOutput};

use crate::{
    distance,
    inputs::Inputs,
    reference::{self, NoReference},
};

/// Extents for the hard inputs: nothing, less than a register, whole and broken registers of every ISA, several turns of a loop.
const AWKWARD: [usize; 9] = [0, 1, 3, 8, 17, 33, 67, 130, 259];

/// Where operands begin behind a page, in bytes: on it, and where no register is aligned.
const STARTS: [usize; 2] = [0, 36];

/// One kernel at one shape: what is tried together, since all of its variants share the reference.
#[derive(Clone, Debug)]
pub struct Job {
    /// The variants, lowest first.
    pub cases: Vec<Case>,
    /// What they are tried on.
    pub inputs: &'static [Inputs],
    starts: &'static [usize],
}

/// How one case stands to its C++ reference.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The case.
    pub case: Case,
    /// What was found.
    pub row: AgreementRow,
}

/// The cases to try whose ids match: every shape of the registry on seeded inputs, and on whole numbers
/// where they are exact, and short awkward ones on all.
///
/// # Panics
///
/// Never in a build that passed its tests, which parse every shape of the registry.
#[must_use]
pub fn jobs(isas: IsaSet, filter: Option<&Regex>) -> Vec<Job> {
    let mut jobs = Vec::new();
    for &kernel in KERNELS {
        let mut push = |shape: Shape, inputs, starts| {
            let cases = cases(kernel, &shape, isas, filter);
            if !cases.is_empty() {
                jobs.push(Job { cases, inputs, starts });
            }
        };
        let awkward = awkward_shapes(kernel);
        for row in kernel.rows {
            let shape: Shape = row.shape.parse().expect("a test parses every shape of the registry");
            if !awkward.contains(&shape) && is_short(kernel, &shape) {
                push(shape, Inputs::at_every_shape(kernel), &STARTS[..1]);
            }
        }
        for shape in awkward {
            push(shape, Inputs::of(kernel), &STARTS);
        }
    }
    jobs
}

/// Whether the plain loops of a C++ reference are done in seconds. A large model is the same code as a small one.
fn is_short(kernel: &Kernel, shape: &Shape) -> bool {
    const FLOPS: u64 = 1 << 35;
    const BYTES: u64 = 1 << 28;
    let work = (kernel.work)(shape);
    let calls = kernel.workload.map_or(1, |workload| (workload.calls)(shape));
    calls * work.flops <= FLOPS && work.bytes <= BYTES
}

/// Shapes whose extents go through the awkward ones, each extent at another of them; none of a workload, which has no extents.
fn awkward_shapes(kernel: &Kernel) -> Vec<Shape> {
    if kernel.workload.is_some() {
        return Vec::new();
    }
    let extent = |turn: usize, letter: usize| AWKWARD[(turn + 4 * letter) % AWKWARD.len()];
    let shape = |turn| {
        let extents = kernel.extents.iter().enumerate();
        let extents: Vec<_> =
            extents.map(|(letter, asked)| (asked.letter, asked.multiple_of * extent(turn, letter))).collect();
        Shape::new(&extents)
    };
    (0..AWKWARD.len()).map(shape).collect()
}

fn cases(kernel: &'static Kernel, shape: &Shape, isas: IsaSet, filter: Option<&Regex>) -> Vec<Case> {
    let levels = kernel.variants.iter().map(|variant| variant.isa).filter(|&isa| isas.contains(isa));
    let cases = levels.filter_map(|isa| Case::new(kernel, isa, shape.clone()).ok());
    cases.filter(|case| filter.is_none_or(|filter| filter.is_match(&case.to_string()))).collect()
}

/// Does the jobs on as many threads as there are CPUs; nothing is timed. The findings are in the jobs' order.
///
/// # Errors
///
/// When `interrupted` was set.
///
/// # Panics
///
/// When a variant does.
pub fn check_all(
    jobs: &[Job],
    seed: u64,
    interrupted: &AtomicBool,
    progress: &mut impl Progress,
) -> Result<Vec<Finding>, Interrupted> {
    progress.begin("agreement", jobs.len());
    // The longest first, so that none of them is what all wait for in the end.
    let mut order: Vec<usize> = (0..jobs.len()).collect();
    order.sort_by_key(|&job| std::cmp::Reverse(jobs[job].cases[0].work().flops));
    let next = AtomicUsize::new(0);
    let mut found: BTreeMap<usize, Vec<Finding>> = BTreeMap::new();
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
            let (sender, order, next) = (sender.clone(), &order, &next);
            scope.spawn(move || {
                while let Some(&job) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if interrupted.load(Ordering::Relaxed) || sender.send((job, check(&jobs[job], seed))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        for (job, findings) in receiver {
            progress.step(&jobs[job].cases[0].to_string());
            found.insert(job, findings);
        }
    });
    progress.end();
    if interrupted.load(Ordering::Relaxed) { Err(Interrupted) } else { Ok(found.into_values().flatten().collect()) }
}

/// Tries every case of a job on all of its inputs.
#[must_use]
pub fn check(job: &Job, seed: u64) -> Vec<Finding> {
    let Some(first) = job.cases.first() else { return Vec::new() };
    let contract = match first.kernel().contract {
        Contract::Exact => AgreementContract::Exact,
        Contract::Tolerance => AgreementContract::Tolerance,
    };
    let mut tallies = vec![Tally::default(); job.cases.len()];
    for &inputs in job.inputs {
        let right = match right_output(first, inputs, seed) {
            Ok(right) => right,
            Err(error) => {
                let row = || AgreementRow::failed(contract, &error.to_string());
                return job.cases.iter().map(|case| Finding { case: case.clone(), row: row() }).collect();
            }
        };
        for (case, tally) in job.cases.iter().zip(&mut tallies) {
            for &start in job.starts {
                tally.add(&right, inputs, &output(case, inputs, start, seed));
            }
        }
    }
    let rows = tallies.into_iter().map(|tally| tally.into_row(contract, job.inputs));
    job.cases.iter().cloned().zip(rows).map(|(case, row)| Finding { case, row }).collect()
}

/// The output that is right for these inputs, by the C++ reference, with the contract's bounds, or none where nothing is
/// rounded.
fn right_output(case: &Case, inputs: Inputs, seed: u64) -> Result<Reference, NoReference> {
    let mut arena = Arena::new(case.layout().arena_bytes());
    let mut bench = case.bind(arena.bytes_mut(), seed);
    inputs.fill(case.kernel(), bench.operands_mut());
    let values = reference::values(case, bench.operands())?;
    Ok(match values.with_bounds(&bench.reference()) {
        Reference::Tolerance { values, bounds } if inputs.are_exact() => {
            Reference::Tolerance { values, bounds: vec![0.0; bounds.len()] }
        }
        right => right,
    })
}

/// What the case makes of these inputs, `start` bytes behind a page.
fn output(case: &Case, inputs: Inputs, start: usize, seed: u64) -> Vec<u8> {
    let mut arena = Arena::new(start + case.layout().arena_bytes());
    // NaNs, so that what a call reads and should not, or fails to write, shows.
    arena.bytes_mut().fill(0xff);
    let mut bench = case.bind(&mut arena.bytes_mut()[start..], seed);
    inputs.fill(case.kernel(), bench.operands_mut());
    bench.run_whole();
    bench.operands().output().to_vec()
}

/// What was found of one case so far.
#[derive(Clone, Debug, Default)]
struct Tally {
    outputs: u64,
    relative_error: Option<f64>,
    ulp: Option<u32>,
    /// Whether a NaN stood where a number is right, or the reverse.
    is_broken: bool,
    bound_share: Option<f64>,
    worst: Option<WorstOutput>,
}

impl Tally {
    /// Adds an output of `inputs`.
    fn add(&mut self, right: &Reference, inputs: Inputs, output: &[u8]) {
        let elements = (0..).map_while(|index| right.element(index, output));
        for (index, got) in elements.enumerate() {
            self.outputs += 1;
            let Some((expected, bound)) = right.expected(index) else { continue };
            // Where anything is right, no distance says anything.
            if bound < f64::INFINITY {
                self.measure(got, expected, bound);
            }
        }
        if self.worst.is_none()
            && let Some(worst) = right.agreement(output).worst
        {
            self.worst = Some(WorstOutput {
                inputs: inputs.name().to_owned(),
                index: worst.index as u64,
                got: shown_f32(worst.got),
                expected: shown(worst.expected),
                bound: shown(worst.bound),
            });
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "an output was an `f32` or a byte, and the right value as an `f32` is what a perfect kernel gives"
    )]
    fn measure(&mut self, got: f64, expected: f64, bound: f64) {
        let got = got as f32;
        let larger = |a: Option<f64>, b: f64| Some(a.map_or(b, |a| a.max(b)));
        if let Some(error) = distance::relative_error(got, expected) {
            self.relative_error = larger(self.relative_error, error);
        }
        self.bound_share = larger(self.bound_share, distance::bound_share(got, expected, bound));
        match distance::ulp(got, expected as f32) {
            Some(ulp) => self.ulp = self.ulp.max(Some(ulp)),
            None => self.is_broken = true,
        }
    }

    fn into_row(self, contract: AgreementContract, inputs: &[Inputs]) -> AgreementRow {
        let finite = |number: Option<f64>| number.filter(|number| number.is_finite());
        let is_exact = contract == AgreementContract::Exact;
        let reason = self.worst.as_ref().map(|worst| {
            let WorstOutput { inputs, index, got, expected, bound } = worst;
            let within = if is_exact { String::new() } else { format!(" within {bound}") };
            format!("with {inputs} inputs, output {index} is {got}, expected {expected}{within}")
        });
        let mut row = AgreementRow {
            status: if reason.is_none() { AgreementStatus::Agrees } else { AgreementStatus::Disagrees },
            reason,
            contract,
            inputs: inputs.iter().map(|inputs| inputs.name().to_owned()).collect(),
            outputs: self.outputs,
            largest_relative_error: finite(self.relative_error),
            largest_ulp: self.ulp.filter(|_| !self.is_broken).map(u64::from),
            largest_bound_share: finite(self.bound_share).filter(|_| !is_exact),
            worst: self.worst,
            unmeasured: BTreeMap::new(),
        };
        let no_number = || "an output is no number where one is right, or the reverse".to_owned();
        let mut reasons = BTreeMap::new();
        if self.relative_error.is_some() {
            reasons.insert("largest_relative_error", no_number());
        } else if self.outputs > 0 {
            reasons.insert("largest_relative_error", "every right value is 0, infinite, NaN or anything".to_owned());
        }
        if self.is_broken {
            reasons.insert("largest_ulp", no_number());
        }
        if is_exact {
            reasons.insert("largest_bound_share", "the contract is exact".to_owned());
        } else if self.bound_share.is_some() {
            reasons.insert("largest_bound_share", "an output is off where nothing is allowed, or no number".to_owned());
        }
        row.explain_nulls(&reasons, if self.outputs == 0 { "there are no outputs" } else { "anything is right here" });
        row
    }
}

fn shown(number: f64) -> String {
    format!("{number:e}")
}

/// An output, in as many digits as an `f32` has.
#[expect(clippy::cast_possible_truncation, reason = "it was an `f32`")]
fn shown_f32(output: f64) -> String {
    format!("{:e}", output as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tolerance(value: f64, bound: f64) -> Reference {
        Reference::Tolerance { values: vec![value], bounds: vec![bound] }
    }

    /// The row of one output under a contract of tolerance.
    fn row(right: &Reference, got: f32) -> AgreementRow {
        let mut tally = Tally::default();
        tally.add(right, Inputs::Magnitudes, &got.to_ne_bytes());
        tally.into_row(AgreementContract::Tolerance, &[Inputs::Magnitudes])
    }

    #[test]
    fn a_wrong_output_is_named_with_inputs_place_values_and_bound() {
        let row = row(&tolerance(2.0, 0.25), 2.5);
        assert_eq!(row.status, AgreementStatus::Disagrees);
        let said = "with magnitudes inputs, output 0 is 2.5e0, expected 2e0 within 2.5e-1";
        assert_eq!(row.reason.as_deref(), Some(said));
        assert_eq!((row.largest_bound_share, row.largest_relative_error), (Some(2.0), Some(0.25)));
    }

    #[test]
    fn an_output_within_its_bound_agrees_and_tells_how_near_it_is() {
        let row = row(&tolerance(2.0, 1.0), 2.0_f32.next_up());
        assert_eq!((row.status, row.largest_ulp, row.outputs), (AgreementStatus::Agrees, Some(1), 1));
    }

    #[test]
    fn a_nan_for_a_number_has_no_distances_and_says_why() {
        let row = row(&tolerance(2.0, 1.0), f32::NAN);
        assert_eq!((row.largest_ulp, row.largest_bound_share, row.largest_relative_error), (None, None, None));
        assert_eq!(row.unmeasured.len(), 3, "{:?}", row.unmeasured);
    }

    #[test]
    fn where_anything_is_right_nothing_is_measured() {
        let row = row(&tolerance(2.0, f64::INFINITY), 9.0);
        assert_eq!((row.status, row.largest_ulp), (AgreementStatus::Agrees, None));
    }

    #[test]
    fn the_first_inputs_that_disagree_are_the_ones_that_are_shown() {
        let mut tally = Tally::default();
        tally.add(&tolerance(1.0, 0.5), Inputs::Equal, &1.0_f32.to_ne_bytes());
        tally.add(&tolerance(1.0, 0.5), Inputs::Huge, &2.0_f32.to_ne_bytes());
        tally.add(&tolerance(1.0, 0.5), Inputs::Zeros, &3.0_f32.to_ne_bytes());
        let row = tally.into_row(AgreementContract::Tolerance, &[Inputs::Equal, Inputs::Huge, Inputs::Zeros]);
        assert_eq!(row.worst.map(|worst| worst.inputs).as_deref(), Some("huge"));
    }

    #[test]
    fn every_kernel_is_tried_on_nothing_on_one_element_and_on_broken_registers() {
        for kernel in KERNELS {
            let shapes = awkward_shapes(kernel);
            for extent in kernel.extents {
                let extents: Vec<usize> =
                    shapes.iter().map(|shape| shape.extent(extent.letter) / extent.multiple_of).collect();
                assert!(AWKWARD.iter().all(|awkward| extents.contains(awkward)), "{}: {extents:?}", kernel.id);
            }
        }
    }
}
