//! All rows, launch by launch: launch 1 of every row, then launch 2, each time in another order.

use std::{collections::BTreeMap, time::Duration};

use generator::{
    checksum, environment,
    floor::{self, Floor},
    launch::{LaunchError, Launcher},
    sampler::Plan,
    session::Progress,
};
use kernels::{Case, kernel::Kernel, registry, shape::Shape};
use schema::crossval::MachineLimit;

use super::{
    Error, Findings, Request, contestant,
    protocol::{Answer, Checked, Order, PROTOCOL, Task, Timed},
    ratio::{self, ROUNDS_NEEDED, ROUNDS_OF_LAUNCH_NEEDED},
    row,
};
use crate::limits;

/// What is known of a row so far.
pub(super) struct Ledger {
    pub(super) kernel: &'static Kernel,
    pub(super) shape: Shape,
    /// Who takes part, the variant that a program would use first.
    pub(super) contestants: Vec<String>,
    /// Who does not, and why.
    pub(super) absent: BTreeMap<String, String>,
    /// How the outputs of those who do stand to the reference.
    pub(super) checked: BTreeMap<String, Checked>,
    pub(super) launches: Vec<Timed>,
    /// Why launches failed.
    pub(super) failures: Vec<String>,
}

impl Ledger {
    fn new(kernel: &'static Kernel, shape: Shape, request: &Request) -> Self {
        let contestants = contestant::contestants(kernel, &shape, request.isas);
        let contestants = contestants.into_iter().map(|(name, _)| name).collect();
        Self {
            kernel,
            shape,
            contestants,
            absent: BTreeMap::new(),
            checked: BTreeMap::new(),
            launches: Vec::new(),
            failures: Vec::new(),
        }
    }

    pub(super) fn name(&self) -> String {
        format!("{}/{}", self.kernel.id, self.shape)
    }

    /// The variant of ours that the others are compared with.
    pub(super) fn ours(&self) -> &str {
        self.contestants.first().map_or("", String::as_str)
    }

    /// Whether ours was held against the reference and disagreed: nothing is compared with it then.
    fn is_unsound(&self) -> bool {
        self.checked.get(self.ours()).is_some_and(|checked| checked.wrong.is_some())
    }

    /// Whether another launch may help: someone who takes turns has too few rounds beside ours.
    fn is_short(&self) -> bool {
        let lacks = |name: &String| {
            let is_timed = self.launches.iter().any(|launch| launch.contestants.contains(name));
            is_timed && ratio::ratio(&self.launches, self.ours(), name).is_err()
        };
        !self.is_over() && self.contestants.iter().any(lacks)
    }

    /// Whether no further launch shall be tried.
    fn is_over(&self) -> bool {
        /// Launches that may fail without a culprit.
        const FAILURES_MOST: usize = 2;
        self.is_unsound() || self.failures.len() >= FAILURES_MOST
    }

    /// What a worker said.
    fn take(&mut self, answer: Answer, begun: &mut Option<String>) {
        match answer {
            Answer::Begins { contestant } => *begun = Some(contestant),
            Answer::NotTaken { contestant, reason } => self.leave_out(&contestant, reason),
            Answer::Checked { contestant, checked } => {
                *begun = None;
                self.checked.insert(contestant, checked);
            }
            Answer::Ready => *begun = None,
            Answer::Timed(timed) => self.launches.push(timed),
            _ => {}
        }
    }

    fn leave_out(&mut self, name: &str, reason: String) {
        self.contestants.retain(|other| other != name);
        self.checked.remove(name);
        self.absent.insert(name.to_owned(), reason);
    }
}

/// Compares ours with theirs.
///
/// # Errors
///
/// When nothing was chosen, the machine could not be calibrated, or a person ended the run. What fails in a row is no error
/// of the run: it stands in the row.
pub fn compare(request: &Request, launcher: &Launcher, progress: &mut impl Progress) -> Result<Findings, Error> {
    let launcher = Launcher { protocol: PROTOCOL, ..launcher.clone() };
    let (wrong, mut ledgers): (Vec<Ledger>, Vec<Ledger>) =
        ledgers(request)?.into_iter().partition(|ledger| request.wrong.contains(ledger.kernel.id));
    environment::stay_off(launcher.cpu);
    progress.begin("calibrating", 1);
    progress.step("the probe's floor");
    let mut floor = calibrate(&launcher, request.class.as_deref())?;
    let mut limits = BTreeMap::new();
    measure_limits(&mut limits, &launcher, &floor)?;
    progress.begin("comparing", request.launches as usize * ledgers.len());
    // As many again for those that met a noisy stretch.
    for launch in 0..2 * request.launches {
        let mut order = shuffled(&ledgers, request.seed, launch);
        order.retain(|&index| !ledgers[index].is_over());
        if launch >= request.launches {
            order.retain(|&index| ledgers[index].is_short());
            if order.is_empty() {
                break;
            }
            progress.begin("once more", order.len());
        }
        for index in order {
            progress.step(&ledgers[index].name());
            run(&mut ledgers[index], launch, request, &launcher, &floor)?;
        }
        measure_limits(&mut limits, &launcher, &floor)?;
    }
    progress.end();
    leave_out_the_wrong(&mut ledgers);
    let pages = ledgers.iter().flat_map(|ledger| &ledger.launches).map(|timed| timed.large_pages);
    floor.settings.push(environment::large_pages(pages));
    let caches = platforms::cpu::this().caches;
    let unmeasured = wrong.iter().map(|ledger| (ledger.name(), WRONG.to_owned())).collect();
    let mut findings = Findings { floor, limits, rows: BTreeMap::new(), unmeasured };
    for ledger in ledgers {
        match row::of(&ledger, &findings.limits, &caches) {
            Ok(row) => {
                findings.rows.insert(ledger.name(), row);
            }
            Err(reason) => {
                findings.unmeasured.insert(ledger.name(), reason);
            }
        }
    }
    Ok(findings)
}

/// A library whose call is wrong at one shape of a kernel has no number at the others: there the contract's bound may be too wide
/// to tell. `cblas_ssum` of `OpenBLAS` 0.3.21 adds some elements twice under AVX-512, which at a million is within the bound.
fn leave_out_the_wrong(ledgers: &mut [Ledger]) {
    let wrong_at = |ledger: &Ledger| {
        let (kernel, name) = (ledger.kernel.id, ledger.name());
        let wrong = ledger.checked.values().filter(|checked| checked.wrong.is_some());
        wrong.filter_map(|checked| checked.call.clone()).map(|call| ((kernel, call), name.clone())).collect::<Vec<_>>()
    };
    let wrong: BTreeMap<(&str, String), String> = ledgers.iter().flat_map(wrong_at).collect();
    for ledger in ledgers {
        for (contestant, checked) in ledger.checked.clone() {
            let key = checked.call.map(|call| (ledger.kernel.id, call));
            if checked.wrong.is_none()
                && let Some(elsewhere) = key.and_then(|key| wrong.get(&key))
            {
                ledger.leave_out(&contestant, format!("its output at {elsewhere} is wrong"));
            }
        }
    }
}

/// Why nothing of a row is measured.
const WRONG: &str = "a variant of the kernel disagrees with its C++ reference";

fn ledgers(request: &Request) -> Result<Vec<Ledger>, Error> {
    let is_chosen = |case: &Case| request.filter.as_ref().is_none_or(|filter| filter.is_match(&case.to_string()));
    let mut ledgers: Vec<Ledger> = Vec::new();
    for case in kernels::cases(request.isas).filter(is_chosen) {
        let is_new =
            ledgers.last().is_none_or(|last| last.kernel.id != case.kernel().id || last.shape != *case.shape());
        if is_new {
            let kernel = registry::kernel(case.kernel().id).expect("a case's kernel is in the registry");
            ledgers.push(Ledger::new(kernel, case.shape().clone(), request));
        }
    }
    if ledgers.is_empty() {
        let filter = request.filter.as_ref().map(ToString::to_string).unwrap_or_default();
        return Err(Error::NothingChosen { filter });
    }
    Ok(ledgers)
}

/// How long the probe runs before a run: some two hundred bursts of a neighbour.
const CALIBRATION: Duration = Duration::from_secs(1);

/// How long calibrating may take in all, and the limits.
const CALIBRATION_LIMIT: Duration = Duration::from_mins(1);

fn calibrate(launcher: &Launcher, class: Option<&str>) -> Result<Floor, Error> {
    let (mut held, mut found) = (Vec::new(), None);
    ask(launcher, Task::Calibrate { duration: CALIBRATION }, CALIBRATION_LIMIT, |answer| match answer {
        Answer::Settled { settings } => held = settings,
        Answer::Calibrated { clock_precision_ns, calibration } => found = Some((clock_precision_ns, calibration)),
        _ => {}
    })
    .map_err(ended)?;
    let garbled = || Error::NotCalibrated(LaunchError::Garbled("no floor".to_owned()));
    let (clock_precision_ns, calibration) = found.ok_or_else(garbled)?;
    let floor_ns = floor::settle(class, &calibration);
    Ok(Floor { floor_ns, clock_precision_ns, quiet_share: calibration.quiet_share, settings: held })
}

fn ended(error: LaunchError) -> Error {
    match error {
        LaunchError::Interrupted => Error::Interrupted,
        error => Error::NotCalibrated(error),
    }
}

/// Between the launches, so that one disturbed minute does not lower them.
fn measure_limits(
    limits: &mut BTreeMap<String, MachineLimit>,
    launcher: &Launcher,
    floor: &Floor,
) -> Result<(), Error> {
    let task = Task::Limits { probe_floor_ns: floor.floor_ns };
    let asked = ask(launcher, task, CALIBRATION_LIMIT, |answer| {
        if let Answer::Limits(found) = answer {
            limits::merge(limits, found);
        }
    });
    match asked {
        Err(LaunchError::Interrupted) => Err(Error::Interrupted),
        Err(error) => {
            tracing::warn!("the limits were not measured in this round: {error}");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

fn ask(launcher: &Launcher, task: Task, limit: Duration, take: impl FnMut(Answer)) -> Result<(), LaunchError> {
    launcher.converse()?.exchange(task, limit, Answer::heard, take)
}

/// Runs one launch of a row; anew, without the one whose code died or hung, where there is such a one.
fn run(ledger: &mut Ledger, launch: u32, request: &Request, launcher: &Launcher, floor: &Floor) -> Result<(), Error> {
    loop {
        let mut begun = None;
        let task = Task::Compare(order(ledger, launch, request, floor));
        let asked = ask(launcher, task, request.launch_limit, |answer| ledger.take(answer, &mut begun));
        let error = match asked {
            Ok(()) => {
                if let Some(timed) = ledger.launches.last() {
                    tracing::debug!("{}, launch {launch}: {}", ledger.name(), times(timed));
                }
                return Ok(());
            }
            Err(LaunchError::Interrupted) => return Err(Error::Interrupted),
            Err(error) => error,
        };
        match begun {
            Some(culprit) if culprit != ledger.ours() => {
                tracing::warn!("{}: {culprit} is left out: {error}", ledger.name());
                ledger.leave_out(&culprit, format!("while it was called, {error}"));
            }
            _ => {
                tracing::warn!("{}: {error}", ledger.name());
                ledger.failures.push(error.to_string());
                return Ok(());
            }
        }
    }
}

/// The times of a call of each contestant, for those who want to know where a wide interval comes from.
fn times(timed: &Timed) -> String {
    let of_one = |(place, name): (usize, &String)| {
        let call_ns: Vec<f64> = timed.rounds.iter().filter_map(|round| round[place]).collect();
        let at = |p: f64| statistics::quantile(&call_ns, p).map_or_else(|| "–".to_owned(), |ns| format!("{ns:.1}"));
        format!("{name} {} ({} to {}) ns of {}", at(0.5), at(0.0), at(1.0), call_ns.len())
    };
    timed.contestants.iter().enumerate().map(of_one).collect::<Vec<_>>().join(", ")
}

fn order(ledger: &Ledger, launch: u32, request: &Request, floor: &Floor) -> Order {
    /// For caches and predictors: three hundred calls of 10 µs.
    const WARM_UP: Duration = Duration::from_millis(3);
    /// A quiet launch of long calls ends once it is over.
    const QUIET: Duration = Duration::from_millis(300);
    /// Six hundred bursts of a neighbour.
    const LIMIT: Duration = Duration::from_secs(3);
    Order {
        kernel: ledger.kernel.id.to_owned(),
        shape: ledger.shape.to_string(),
        seed: request.seed,
        launch,
        plan: Plan {
            clock_precision_ns: floor.clock_precision_ns,
            probe_floor_ns: floor.floor_ns,
            warm_up: WARM_UP,
            quiet: QUIET,
            limit: LIMIT,
            slowdown: 1.0,
        },
        rounds_needed: ROUNDS_NEEDED.div_ceil(request.launches as usize).max(ROUNDS_OF_LAUNCH_NEEDED),
        contestants: ledger.contestants.clone(),
        checked: ledger.checked.clone(),
    }
}

/// A different order for each launch, the same for the same seed: sorted by a hash.
fn shuffled(ledgers: &[Ledger], seed: u64, launch: u32) -> Vec<usize> {
    let mut order: Vec<usize> = (0..ledgers.len()).collect();
    order.sort_by_cached_key(|&index| {
        checksum::short([format!("{seed}/{launch}/{}", ledgers[index].name()).as_bytes()])
    });
    order
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use regex::Regex;

    use super::*;

    fn request(filter: &str) -> Request {
        Request {
            isas: platforms::isa::detected(),
            filter: Some(Regex::new(filter).unwrap()),
            wrong: BTreeSet::new(),
            launches: 5,
            launch_limit: Duration::from_mins(1),
            seed: 42,
            class: None,
        }
    }

    fn ledger() -> Ledger {
        ledgers(&request("^dot_f32/scalar/n1000$")).unwrap().remove(0)
    }

    fn checked(disagreement: Option<&str>) -> Checked {
        Checked {
            call: None,
            checksum: "0".to_owned(),
            largest_relative_error: None,
            disagreement: disagreement.map(str::to_owned),
            wrong: disagreement.map(str::to_owned),
        }
    }

    #[test]
    fn a_case_of_any_variant_chooses_its_whole_row_once() {
        let names: Vec<String> = ledgers(&request("^dot_f32/.*/n1000$")).unwrap().iter().map(Ledger::name).collect();
        assert_eq!(names, ["dot_f32/n1000"]);
    }

    #[test]
    fn a_filter_that_chooses_nothing_is_an_error_that_repeats_it() {
        let error = ledgers(&request("nosuch")).err().unwrap();
        assert!(error.to_string().contains("nosuch"), "{error}");
    }

    #[test]
    fn who_was_called_last_and_never_checked_is_the_culprit() {
        let (mut ledger, mut begun) = (ledger(), None);
        ledger.take(Answer::Begins { contestant: "x".to_owned() }, &mut begun);
        assert_eq!(begun.as_deref(), Some("x"));
        ledger.take(Answer::Checked { contestant: "x".to_owned(), checked: checked(None) }, &mut begun);
        assert_eq!(begun, None);
    }

    #[test]
    fn while_all_take_turns_nobody_is_the_culprit() {
        let (mut ledger, mut begun) = (ledger(), Some("x".to_owned()));
        ledger.take(Answer::Ready, &mut begun);
        assert_eq!(begun, None);
    }

    #[test]
    fn nothing_is_compared_with_ours_where_it_is_wrong() {
        let (mut ledger, ours) = (ledger(), ledger().ours().to_owned());
        assert!(!ledger.is_over());
        ledger.take(Answer::Checked { contestant: ours, checked: checked(Some("output 0")) }, &mut None);
        assert!(ledger.is_over());
    }

    #[test]
    fn a_call_that_is_wrong_at_one_shape_has_no_number_at_another() {
        let mut ledgers = ledgers(&request("^dot_f32/scalar/n1000")).unwrap();
        let wrong = |disagreement| Checked { call: Some("cblas_sdot".to_owned()), ..checked(disagreement) };
        ledgers[0].checked.insert("openblas".to_owned(), wrong(Some("output 0")));
        ledgers[1].checked.insert("openblas".to_owned(), wrong(None));
        leave_out_the_wrong(&mut ledgers);
        assert_eq!(ledgers[1].absent["openblas"], "its output at dot_f32/n1000 is wrong");
        assert!(!ledgers[0].absent.contains_key("openblas"), "there its own output says why");
    }

    #[test]
    fn who_is_left_out_takes_no_part_in_the_next_launch() {
        let mut ledger = ledger();
        let last = ledger.contestants.last().unwrap().clone();
        ledger.leave_out(&last, "it died".to_owned());
        assert!(!ledger.contestants.contains(&last) && ledger.absent.contains_key(&last));
    }
}
