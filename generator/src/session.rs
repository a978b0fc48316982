//! A session: every chosen case verified, then launched round by round, and the report of it.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use kernels::{Case, kernel::Profile, registry};
use platforms::{IsaLevel, IsaSet, PlatformKey};
use regex::Regex;
use schema::{
    SCHEMA_VERSION,
    case::Status,
    context::{Context, Setting},
    report::{Control, Report},
};

use crate::{
    context, environment,
    floor::{self, Floor},
    instructions::{self, CountError, Counter},
    launch::{LaunchError, Launcher},
    protocol::{Answer, Measured, Task, Verified},
    row,
    sampler::Plan,
    selection::{self, SelectionError, Slowdown},
    verification::{self, Finding},
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

/// How a profile spends its time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    pub(crate) launches: u32,
    pub(crate) warm_up: Duration,
    pub(crate) quiet: Duration,
    pub(crate) limit: Duration,
}

impl Effort {
    pub(crate) const fn of(profile: Profile) -> Self {
        let ms = Duration::from_millis;
        match profile {
            // Three: the least of which a spread can be told.
            Profile::Smoke => Self { launches: 3, warm_up: ms(2), quiet: ms(10), limit: ms(60) },
            // Five: with a spread of 1 %, the interval of a case reaches 1.2 %, and 36 cases stay under a minute.
            Profile::Quick => Self { launches: 5, warm_up: ms(3), quiet: ms(40), limit: ms(160) },
            Profile::Nightly => Self { launches: 7, warm_up: ms(5), quiet: ms(60), limit: ms(400) },
        }
    }

    pub(crate) const fn plan(self, floor: &Floor, slowdown: f64) -> Plan {
        Plan {
            clock_precision_ns: floor.clock_precision_ns,
            probe_floor_ns: floor.floor_ns,
            warm_up: self.warm_up,
            quiet: self.quiet,
            limit: self.limit,
            slowdown,
        }
    }
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

/// What is known of a case so far.
struct Ledger {
    case: Case,
    slowdown: f64,
    verified: Option<Verified>,
    launches: Vec<Measured>,
    failure: Option<(Status, String)>,
    instructions: Result<u64, String>,
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
                let floor_ns = floor::settle(class, calibration.floor_ns);
                return Ok(Floor { floor_ns, clock_precision_ns, quiet_share: calibration.quiet_share, settings });
            }
            _ => {}
        }
    }
    Err(SessionError::NotCalibrated(LaunchError::Garbled("no floor".to_owned())))
}

/// The fewest launches of a case of which a spread can be told, however little time there is.
const LAUNCHES_LEAST: u32 = 3;

/// The most launches that one case gets, however wide its interval stays.
const LAUNCHES_MOST: usize = 100;

/// Launches of other cases before a case that met a noisy stretch comes back.
const PUT_OFF: usize = 8;

/// Launch 1 of every case, then launch 2, each round in an order of its own, until there is enough.
fn measure_all(
    ledgers: &mut [Ledger],
    request: &Request,
    launcher: &Launcher,
    floor: &Floor,
    progress: &mut impl Progress,
) -> Result<Controls, SessionError> {
    let begin = Instant::now();
    let effort = Effort::of(request.profile.unwrap_or(Profile::Nightly));
    let mut bench = Bench { request, launcher, floor, effort, controls: Controls::default() };
    match request.until {
        Until::Launches(asked) => {
            let rounds = asked.unwrap_or(effort.launches);
            bench.rounds(ledgers, rounds, progress)?;
            bench.once_more(ledgers, rounds, progress)?;
        }
        Until::Sure { interval_percent, budget } => {
            bench.rounds(ledgers, LAUNCHES_LEAST, progress)?;
            let deadline = budget.and_then(|budget| begin.checked_add(budget));
            bench.until_sure(ledgers, interval_percent.unwrap_or(0.0), deadline, progress)?;
        }
    }
    Ok(bench.controls)
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

/// Everything that launching a case takes.
struct Bench<'a> {
    request: &'a Request,
    launcher: &'a Launcher,
    floor: &'a Floor,
    effort: Effort,
    controls: Controls,
}

impl Bench<'_> {
    fn rounds(
        &mut self,
        ledgers: &mut [Ledger],
        rounds: u32,
        progress: &mut impl Progress,
    ) -> Result<(), SessionError> {
        progress.begin("measuring", rounds as usize * ledgers.len());
        for round in 0..rounds {
            let order = selection::shuffled(ledgers.iter().map(|ledger| &ledger.case), self.request.seed, round);
            self.launch_each(ledgers, &order, progress)?;
        }
        Ok(())
    }

    /// Cases that met a noisy stretch come back in as many rounds again, until as many of their launches were quiet
    /// enough as were asked for.
    fn once_more(
        &mut self,
        ledgers: &mut [Ledger],
        rounds: u32,
        progress: &mut impl Progress,
    ) -> Result<(), SessionError> {
        for round in rounds..2 * rounds {
            let mut order = selection::shuffled(ledgers.iter().map(|ledger| &ledger.case), self.request.seed, round);
            order.retain(|&index| ledgers[index].is_due(rounds as usize));
            if order.is_empty() {
                break;
            }
            progress.begin("once more", order.len());
            self.launch_each(ledgers, &order, progress)?;
        }
        Ok(())
    }

    /// Launches the case of which least is known, again and again. One that met a noisy stretch is put off.
    fn until_sure(
        &mut self,
        ledgers: &mut [Ledger],
        interval_percent: f64,
        deadline: Option<Instant>,
        progress: &mut impl Progress,
    ) -> Result<(), SessionError> {
        let mut put_off: Vec<usize> = vec![0; ledgers.len()];
        progress.begin("narrowing", ledgers.len() * LAUNCHES_MOST);
        for turn in 0.. {
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                break;
            }
            let width = |ledger: &Ledger| ledger.interval_percent().unwrap_or(f64::INFINITY);
            let due = |ledger: &Ledger| {
                ledger.failure.is_none() && ledger.launches.len() < LAUNCHES_MOST && width(ledger) > interval_percent
            };
            let widest = |indexes: &mut dyn Iterator<Item = usize>| {
                indexes.max_by(|&one, &other| width(&ledgers[one]).total_cmp(&width(&ledgers[other])))
            };
            let due: Vec<usize> = (0..ledgers.len()).filter(|&index| due(&ledgers[index])).collect();
            let ready = widest(&mut due.iter().copied().filter(|&index| put_off[index] <= turn));
            let Some(index) = ready.or_else(|| widest(&mut due.iter().copied())) else { break };
            if turn.is_multiple_of(ledgers.len()) {
                self.controls.measure(self.request.case_limit, self.launcher, self.floor)?;
            }
            let quiet_before = ledgers[index].quiet_launches();
            self.launch(&mut ledgers[index], progress)?;
            if ledgers[index].quiet_launches() == quiet_before {
                put_off[index] = turn + 1 + PUT_OFF;
            }
        }
        Ok(())
    }

    fn launch_each(
        &mut self,
        ledgers: &mut [Ledger],
        order: &[usize],
        progress: &mut impl Progress,
    ) -> Result<(), SessionError> {
        self.controls.measure(self.request.case_limit, self.launcher, self.floor)?;
        for &index in order {
            self.launch(&mut ledgers[index], progress)?;
        }
        Ok(())
    }

    fn launch(&mut self, ledger: &mut Ledger, progress: &mut impl Progress) -> Result<(), SessionError> {
        progress.step(&ledger.case.to_string());
        if ledger.failure.is_some() {
            return Ok(());
        }
        let plan = self.effort.plan(self.floor, ledger.slowdown);
        let launched = ledger.measure(self.request, self.launcher, plan)?;
        if let Some(measured) = launched {
            self.controls.add(&measured.controls_step_ns);
        }
        Ok(())
    }
}

/// The machine itself, measured between the cases: nanoseconds a step, by control.
#[derive(Debug, Default)]
pub(crate) struct Controls(BTreeMap<String, Vec<f64>>);

impl Controls {
    /// Measures those that are too dear for every launch, in a process of their own.
    pub(crate) fn measure(&mut self, limit: Duration, launcher: &Launcher, floor: &Floor) -> Result<(), SessionError> {
        let launch = launcher.launch(Task::Control { probe_floor_ns: floor.floor_ns }, limit);
        match launch.end {
            Err(LaunchError::Interrupted) => return Err(SessionError::Interrupted),
            Err(error) => tracing::warn!("the controls were not measured in this round: {error}"),
            Ok(()) => {}
        }
        for answer in launch.answers {
            if let Answer::Controlled { alu_step_ns, others_step_ns } = answer {
                self.add(&alu_step_ns.map(|step_ns| ("alu".to_owned(), step_ns)).into_iter().collect());
                self.add(&others_step_ns);
            }
        }
        Ok(())
    }

    /// Adds what a launch measured.
    pub(crate) fn add(&mut self, steps_ns: &BTreeMap<String, f64>) {
        for (name, &step_ns) in steps_ns {
            self.0.entry(name.clone()).or_default().push(step_ns);
        }
    }

    pub(crate) fn into_rows(self) -> BTreeMap<String, Control> {
        self.0.into_iter().map(|(name, launches)| (name, Control { launches })).collect()
    }
}

impl Ledger {
    fn new(finding: Finding, slowdowns: &[Slowdown]) -> Self {
        let Finding { case, verified, failure } = finding;
        Self {
            slowdown: selection::slowdown_of(slowdowns, &case),
            case,
            verified,
            launches: Vec::new(),
            failure,
            instructions: Err(UNCOUNTED.to_owned()),
        }
    }

    /// Launches that had enough undisturbed samples.
    fn quiet_launches(&self) -> usize {
        self.launches.iter().filter(|launch| launch.sampled.is_quiet()).count()
    }

    /// Whether it has fewer quiet launches than were asked for.
    fn is_due(&self, launches: usize) -> bool {
        self.failure.is_none() && self.quiet_launches() < launches
    }

    /// How sure its figures are so far.
    fn interval_percent(&self) -> Option<f64> {
        row::interval_percent(&self.launches)
    }

    fn measure(
        &mut self,
        request: &Request,
        launcher: &Launcher,
        plan: Plan,
    ) -> Result<Option<&Measured>, SessionError> {
        let checksums = self.verified.as_ref().expect("a case without a failure was verified").checksums.clone();
        let task = Task::Measure { case: self.case.to_string(), seed: request.seed, plan, checksums };
        let launch = launcher.launch(task, request.case_limit);
        let measured = launch.answers.into_iter().find_map(|answer| match answer {
            Answer::Measured(measured) => Some(measured),
            _ => None,
        });
        let error = match (launch.end, measured) {
            (Ok(()), Some(measured)) => {
                self.launches.push(measured);
                return Ok(self.launches.last());
            }
            (Ok(()), None) => LaunchError::Garbled("no measurement".to_owned()),
            (Err(error), _) => error,
        };
        self.failure = Some(verification::failure(&self.case, &error)?);
        Ok(None)
    }

    fn into_row(self) -> (String, schema::case::CaseRow) {
        let row = if let Some((status, reason)) = &self.failure {
            row::failed(&self.case, *status, reason, self.verified.as_ref())
        } else {
            let verified = self.verified.as_ref().expect("a case without a failure was verified");
            row::measured(&self.case, verified, &self.launches, &self.instructions)
        };
        (self.case.to_string(), row)
    }
}
