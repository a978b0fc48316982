//! A session: every chosen case verified, then launched round by round, and the report of it.

mod rounds;

use std::time::Duration;

use jiff::Timestamp;
use kernels::{Case, kernel::Profile, registry};
use platforms::{IsaLevel, IsaSet, PlatformKey};
use regex::Regex;
use schema::{
    SCHEMA_VERSION,
    context::{Context, Setting},
    report::Report,
};

pub(crate) use self::rounds::Effort;
use self::rounds::{Ledger, measure_all};
use crate::{
    context, environment,
    floor::{self, Floor},
    instructions::{self, CountError, Counter},
    launch::{LaunchError, Launcher},
    protocol::{Answer, Task},
    selection::{self, SelectionError, Slowdown},
    verification,
};

/// What a session is asked to do.
#[derive(Clone, Debug)]
pub struct Request {
    /// The platform, which is this host's.
    pub platform: PlatformKey,
    /// Which cases; `None` for all that this CPU can run.
    pub profile: Option<Profile>,
    /// Only those whose ids match.
    pub filter: Option<Regex>,
    /// How long to go on.
    pub until: Until,
    /// The longest that one process may take.
    pub case_limit: Duration,
    /// The seed of operands and order.
    pub seed: u64,
    /// Slowdowns put in on purpose.
    pub slowdowns: Vec<Slowdown>,
    /// Who counts instructions, of the cases that the registry names.
    pub counter: Counter,
}

/// When a session has enough.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Until {
    /// After so many launches a case, at least 1; `None` for the profile's own number.
    Launches(Option<u32>),
    /// Once it is sure, each launch spent where the interval is widest.
    Sure {
        /// The half-width of the 95 % interval that every case shall reach, in percent; `None` to use all of the time.
        interval_percent: Option<f64>,
        /// The time for measuring; `None` for as long as it takes, within bounds.
        budget: Option<Duration>,
    },
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// There is nothing to measure.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// The machine could not be calibrated.
    #[error("calibrating the probe: {0}")]
    NotCalibrated(LaunchError),
    /// A program could not be read.
    #[error("reading the program {path}: {error}")]
    Program {
        /// Which.
        path: String,
        /// Why not.
        error: std::io::Error,
    },
    /// Another program cannot be measured beside this one.
    #[error("{path} cannot be measured: {why}")]
    Unpaired {
        /// Which.
        path: String,
        /// Why not.
        why: String,
    },
    /// A person ended the run.
    #[error("interrupted; nothing was written")]
    Interrupted,
}

/// Who wants to know how far it is. Called between launches only, never while one is timed.
pub trait Progress {
    /// A phase of `steps` begins.
    fn begin(&mut self, phase: &str, steps: usize);
    /// A step of it begins.
    fn step(&mut self, what: &str);
    /// All is done.
    fn end(&mut self);
}

/// Runs a session.
///
/// # Errors
///
/// When nothing was chosen, the machine could not be calibrated, or a person ended it. A case that fails is no error
/// of the session: it is a row that says so.
pub fn run(
    request: &Request,
    isas: IsaSet,
    cap: Option<IsaLevel>,
    launcher: &Launcher,
    progress: &mut impl Progress,
) -> Result<Report, SessionError> {
    let created = Timestamp::now();
    let cases = selection::choose(request.profile, request.filter.as_ref(), isas, &request.slowdowns)?;
    let machine = context::machine(cap);
    environment::stay_off(launcher.cpu);
    progress.begin("calibrating", 1);
    progress.step("the probe's floor");
    let floor = calibrate(launcher, machine.class.as_deref())?;
    let findings = verification::verify(cases, request.seed, request.case_limit, launcher, progress)?;
    let mut ledgers: Vec<Ledger> =
        findings.into_iter().map(|finding| Ledger::new(finding, &request.slowdowns)).collect();
    let controls = measure_all(&mut ledgers, request, launcher, &floor, progress)?;
    count_all(&mut ledgers, request, launcher, progress)?;
    progress.end();
    let pages = ledgers.iter().flat_map(|ledger| &ledger.launches).map(|launch| launch.large_pages);
    let large_pages = environment::large_pages(pages);
    let context = Context {
        git: context::git(),
        machine,
        program_sha256: Some(program_sha256(launcher)?),
        toolchain: Some(context::toolchain()),
        settings: floor.settings.iter().cloned().chain([large_pages]).collect(),
        environment: launcher.variables.clone(),
        clock_precision_ns: Some(floor.clock_precision_ns),
        probe_floor_ns: Some(floor.floor_ns),
        seed: Some(request.seed),
        injected: request.slowdowns.iter().map(|slowdown| (slowdown.pattern.clone(), slowdown.factor)).collect(),
        isa_cap: cap,
    };
    let dispatch = registry::KERNELS.iter().map(|kernel| (kernel.id.to_owned(), kernels::dispatch(kernel, isas)));
    Ok(Report {
        schema_version: SCHEMA_VERSION,
        platform: request.platform,
        created,
        profile: request.profile.map_or("all", selection::name).to_owned(),
        context,
        controls: controls.into_rows(),
        dispatch: dispatch.collect(),
        cases: ledgers.into_iter().map(Ledger::into_row).collect(),
    })
}

/// The hash of a launcher's program.
pub(crate) fn program_sha256(launcher: &Launcher) -> Result<String, SessionError> {
    let path = &launcher.program;
    context::program_sha256(path).map_err(|error| SessionError::Program { path: path.display().to_string(), error })
}

/// How long the probe runs before a session: some two hundred bursts of a neighbour.
const CALIBRATION: Duration = Duration::from_secs(1);

/// How long calibrating may take in all.
const CALIBRATION_LIMIT: Duration = Duration::from_secs(20);

/// Finds the floor to measure against, and which settings hold in a worker.
pub(crate) fn calibrate(launcher: &Launcher, class: Option<&str>) -> Result<Floor, SessionError> {
    let launch = launcher.launch(Task::Calibrate { duration: CALIBRATION }, CALIBRATION_LIMIT);
    launch.end.map_err(|error| match error {
        LaunchError::Interrupted => SessionError::Interrupted,
        error => SessionError::NotCalibrated(error),
    })?;
    let mut settings: Vec<Setting> = Vec::new();
    for answer in launch.answers {
        match answer {
            Answer::Settled { settings: held } => settings = held,
            Answer::Calibrated { clock_precision_ns, calibration } => {
                let floor_ns = floor::settle(class, &calibration);
                return Ok(Floor { floor_ns, clock_precision_ns, quiet_share: calibration.quiet_share, settings });
            }
            _ => {}
        }
    }
    Err(SessionError::NotCalibrated(LaunchError::Garbled("no floor".to_owned())))
}

/// Counts the instructions of the cases that the registry names, after the last launch that was timed.
fn count_all(
    ledgers: &mut [Ledger],
    request: &Request,
    launcher: &Launcher,
    progress: &mut impl Progress,
) -> Result<(), SessionError> {
    let is_counted = |ledger: &&mut Ledger| ledger.failure.is_none() && ledger.case.is_counted();
    if request.counter != Counter::Off {
        progress.begin("counting", ledgers.iter_mut().filter(is_counted).count());
    }
    for ledger in ledgers.iter_mut().filter(is_counted) {
        progress.step(&ledger.case.to_string());
        ledger.instructions = count_one(request.counter, &ledger.case, request.seed, launcher, request.case_limit)?;
    }
    Ok(())
}

/// The instructions of one call, or why there is no number.
pub(crate) fn count_one(
    counter: Counter,
    case: &Case,
    seed: u64,
    launcher: &Launcher,
    limit: Duration,
) -> Result<Result<u64, String>, SessionError> {
    match instructions::count(counter, case, seed, launcher, limit) {
        Ok(count) => Ok(Ok(count)),
        Err(CountError::NotCounted(why)) => Ok(Err(why)),
        Err(CountError::Interrupted) => Err(SessionError::Interrupted),
    }
}

/// Why most cases have no count.
pub(crate) const UNCOUNTED: &str = "one shape of each kernel stands for the others";
