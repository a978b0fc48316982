//! A session: every chosen case verified, then launched round by round, and the report of it.

use std::{collections::BTreeMap, time::Duration};

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
    checksum, context, environment,
    floor::{self, Floor},
    launch::{LaunchError, Launcher},
    protocol::{Answer, Measured, Task, Verified},
    row,
    sampler::Plan,
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
    /// Processes a case, at least 1; `None` for the profile's own number.
    pub launches: Option<u32>,
    /// The longest that one process may take.
    pub case_limit: Duration,
    /// The seed of operands and order.
    pub seed: u64,
    /// Slowdowns put in on purpose: pattern of whole case ids, and factor of time.
    pub slowdowns: Vec<Slowdown>,
}

/// A slowdown put in on purpose, to see whether it is found.
#[derive(Clone, Debug)]
pub struct Slowdown {
    /// The pattern as it was given.
    pub pattern: String,
    /// The same, against whole case ids.
    pub cases: Regex,
    /// The factor of time, above 1.
    pub factor: f64,
}

/// How a profile spends its time.
#[derive(Clone, Copy, Debug)]
struct Effort {
    launches: u32,
    warm_up: Duration,
    quiet: Duration,
    limit: Duration,
}

const fn effort(profile: Profile) -> Effort {
    let ms = Duration::from_millis;
    match profile {
        // Three: the least of which a spread can be told.
        Profile::Smoke => Effort { launches: 3, warm_up: ms(2), quiet: ms(10), limit: ms(60) },
        // Five: with a spread of 1 %, the interval of a case reaches 1.2 %, and 36 cases stay under a minute.
        Profile::Quick => Effort { launches: 5, warm_up: ms(3), quiet: ms(40), limit: ms(160) },
        Profile::Nightly => Effort { launches: 7, warm_up: ms(5), quiet: ms(60), limit: ms(400) },
    }
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// No case was chosen.
    #[error("no case matches --filter {filter:?} in this profile on this CPU; `generator list` names them")]
    NothingChosen {
        /// The filter.
        filter: String,
    },
    /// A slowdown is for a case that is not measured.
    #[error("--inject {pattern:?} matches no case of this run; `generator list` names them")]
    NothingSlowed {
        /// The pattern.
        pattern: String,
    },
    /// The machine could not be calibrated.
    #[error("calibrating the probe: {0}")]
    NotCalibrated(LaunchError),
    /// The program itself could not be read.
    #[error("reading this program: {0}")]
    Program(std::io::Error),
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
    let mut ledgers = choose(request, isas)?;
    let machine = context::machine(cap);
    progress.begin("calibrating", 1);
    progress.step("the probe's floor");
    let floor = calibrate(launcher, machine.class.as_deref())?;
    verify_all(&mut ledgers, request, launcher, progress)?;
    let controls = measure_all(&mut ledgers, request, launcher, &floor, progress)?;
    progress.end();
    let program_sha256 = context::program_sha256(&launcher.program).map_err(SessionError::Program)?;
    let pages = ledgers.iter().flat_map(|ledger| &ledger.launches).map(|launch| launch.large_pages);
    let large_pages = environment::large_pages(pages);
    let context = Context {
        git: context::git(),
        machine,
        program_sha256: Some(program_sha256),
        toolchain: Some(context::toolchain()),
        settings: floor.settings.into_iter().chain([large_pages]).collect(),
        environment: launcher.variables.clone(),
        clock_precision_ns: Some(floor.clock_precision_ns),
        probe_floor_ns: Some(floor.floor_ns),
        seed: request.seed,
        injected: request.slowdowns.iter().map(|slowdown| (slowdown.pattern.clone(), slowdown.factor)).collect(),
        isa_cap: cap,
    };
    let dispatch = registry::KERNELS.iter().map(|kernel| (kernel.id.to_owned(), kernels::dispatch(kernel, isas)));
    Ok(Report {
        schema_version: SCHEMA_VERSION,
        platform: request.platform,
        created,
        profile: request.profile.map_or("all", name).to_owned(),
        context,
        controls,
        dispatch: dispatch.collect(),
        cases: ledgers.into_iter().map(Ledger::into_row).collect(),
    })
}

/// How one case stands to its reference.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The case's id.
    pub case: String,
    /// What its worker found; `None` where it died or took too long.
    pub verified: Option<Verified>,
    /// What is wrong; `None` where it agrees.
    pub failure: Option<String>,
}

/// Holds the cases of a request against their references, and does no more.
///
/// # Errors
///
/// When nothing was chosen, or a person ended it.
pub fn verify(
    request: &Request,
    isas: IsaSet,
    launcher: &Launcher,
    progress: &mut impl Progress,
) -> Result<Vec<Finding>, SessionError> {
    let mut ledgers = choose(request, isas)?;
    verify_all(&mut ledgers, request, launcher, progress)?;
    progress.end();
    let finding = |ledger: Ledger| Finding {
        case: ledger.case.to_string(),
        verified: ledger.verified,
        failure: ledger.failure.map(|(_, reason)| reason),
    };
    Ok(ledgers.into_iter().map(finding).collect())
}

/// The cases of the request, in the registry's order.
fn choose(request: &Request, isas: IsaSet) -> Result<Vec<Ledger>, SessionError> {
    let ledgers: Vec<Ledger> = selection(request.profile, request.filter.as_ref(), isas)
        .map(|case| Ledger {
            slowdown: request.slowdown_of(&case.to_string()),
            case,
            verified: None,
            launches: Vec::new(),
            failure: None,
        })
        .collect();
    if ledgers.is_empty() {
        let filter = request.filter.as_ref().map(Regex::as_str).unwrap_or_default().to_owned();
        return Err(SessionError::NothingChosen { filter });
    }
    for slowdown in &request.slowdowns {
        if !ledgers.iter().any(|ledger| slowdown.cases.is_match(&ledger.case.to_string())) {
            return Err(SessionError::NothingSlowed { pattern: slowdown.pattern.clone() });
        }
    }
    Ok(ledgers)
}

/// The cases of a profile whose ids match, in the registry's order.
pub fn selection(profile: Option<Profile>, filter: Option<&Regex>, isas: IsaSet) -> impl Iterator<Item = Case> {
    kernels::cases(isas).filter(move |case| {
        profile.is_none_or(|profile| is_in(case, profile))
            && filter.is_none_or(|filter| filter.is_match(&case.to_string()))
    })
}

/// A profile's name, as a report states it.
#[must_use]
pub const fn name(profile: Profile) -> &'static str {
    match profile {
        Profile::Smoke => "smoke",
        Profile::Quick => "quick",
        Profile::Nightly => "nightly",
    }
}

/// Whether the registry's row for the case's shape puts it into `profile`.
#[must_use]
pub fn is_in(case: &Case, profile: Profile) -> bool {
    let shape = case.shape().to_string();
    case.kernel().rows.iter().any(|row| row.shape == shape && row.is_in(profile, case.isa()))
}

impl Request {
    fn slowdown_of(&self, id: &str) -> f64 {
        self.slowdowns.iter().rev().find(|slowdown| slowdown.cases.is_match(id)).map_or(1.0, |slowdown| slowdown.factor)
    }
}

/// How long the probe runs before a session: some two hundred bursts of a neighbour.
const CALIBRATION: Duration = Duration::from_secs(1);

/// How long calibrating may take in all.
const CALIBRATION_LIMIT: Duration = Duration::from_secs(20);

fn calibrate(launcher: &Launcher, class: Option<&str>) -> Result<Floor, SessionError> {
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

/// Holds every case against its reference, which is computed once a kernel and shape.
fn verify_all(
    ledgers: &mut [Ledger],
    request: &Request,
    launcher: &Launcher,
    progress: &mut impl Progress,
) -> Result<(), SessionError> {
    progress.begin("verifying", ledgers.len());
    for group in
        ledgers.chunk_by_mut(|a, b| a.case.kernel().id == b.case.kernel().id && a.case.shape() == b.case.shape())
    {
        for ledger in &*group {
            progress.step(&ledger.case.to_string());
        }
        verify_group(group, request, launcher)?;
    }
    Ok(())
}

/// Verifies cases of one kernel and shape. Where one of them ends the worker, the others get another worker.
fn verify_group(mut group: &mut [Ledger], request: &Request, launcher: &Launcher) -> Result<(), SessionError> {
    while !group.is_empty() {
        let cases = group.iter().map(|ledger| ledger.case.to_string()).collect();
        let launch = launcher.launch(Task::Verify { cases, seed: request.seed }, request.case_limit);
        let verified = launch.answers.into_iter().filter_map(|answer| match answer {
            Answer::Verified(verified) => Some(verified),
            _ => None,
        });
        let mut done = 0;
        for (ledger, verified) in group.iter_mut().zip(verified) {
            done += 1;
            if let Some(disagreement) = &verified.disagreement {
                ledger.failure = Some((Status::Failed, format!("it disagrees with its reference: {disagreement}")));
            }
            ledger.verified = Some(verified);
        }
        if let Err(error) = launch.end {
            let Some(culprit) = group.get_mut(done) else { return Ok(()) };
            culprit.fail(&error)?;
            done += 1;
        } else if done < group.len() {
            group[done].fail(&LaunchError::Garbled("no answer for this case".to_owned()))?;
            done += 1;
        }
        group = &mut group[done..];
    }
    Ok(())
}

/// Launch 1 of every case, then launch 2, each round in an order of its own. Cases that met a noisy stretch come back in
/// as many rounds again, until as many of their launches were quiet enough as were asked for. The controls of each round.
fn measure_all(
    ledgers: &mut [Ledger],
    request: &Request,
    launcher: &Launcher,
    floor: &Floor,
    progress: &mut impl Progress,
) -> Result<BTreeMap<String, Control>, SessionError> {
    let effort = effort(request.profile.unwrap_or(Profile::Nightly));
    let rounds = request.launches.unwrap_or(effort.launches);
    let mut alu = Vec::new();
    progress.begin("measuring", rounds as usize * ledgers.len());
    for round in 0..2 * rounds {
        let again = round >= rounds;
        let due = |ledger: &Ledger| !again || ledger.failure.is_none() && ledger.quiet_launches() < rounds as usize;
        let due: Vec<usize> =
            order(ledgers, request.seed, round).into_iter().filter(|&index| due(&ledgers[index])).collect();
        if due.is_empty() {
            break;
        }
        if again {
            progress.begin("once more", due.len());
        }
        alu.extend(control(request, launcher, floor)?);
        for index in due {
            let ledger = &mut ledgers[index];
            progress.step(&ledger.case.to_string());
            if ledger.failure.is_none() {
                let plan = Plan {
                    clock_precision_ns: floor.clock_precision_ns,
                    probe_floor_ns: floor.floor_ns,
                    warm_up: effort.warm_up,
                    quiet: effort.quiet,
                    limit: effort.limit,
                    slowdown: ledger.slowdown,
                };
                ledger.measure(request, launcher, plan)?;
            }
        }
    }
    Ok(BTreeMap::from([("alu".to_owned(), Control { launches: alu })]))
}

/// A different order for each round, the same for the same seed: sorted by a hash.
fn order(ledgers: &[Ledger], seed: u64, round: u32) -> Vec<usize> {
    let mut order: Vec<usize> = (0..ledgers.len()).collect();
    order.sort_by_cached_key(|&index| checksum::sha256([format!("{seed}/{round}/{}", ledgers[index].case).as_bytes()]));
    order
}

fn control(request: &Request, launcher: &Launcher, floor: &Floor) -> Result<Option<f64>, SessionError> {
    let launch = launcher.launch(Task::Control { probe_floor_ns: floor.floor_ns }, request.case_limit);
    match launch.end {
        Err(LaunchError::Interrupted) => return Err(SessionError::Interrupted),
        Err(error) => tracing::warn!("the control `alu` was not measured in this round: {error}"),
        Ok(()) => {}
    }
    Ok(launch.answers.into_iter().find_map(|answer| match answer {
        Answer::Controlled { alu_step_ns } => alu_step_ns,
        _ => None,
    }))
}

impl Ledger {
    /// Launches that had enough undisturbed samples.
    fn quiet_launches(&self) -> usize {
        self.launches.iter().filter(|launch| launch.sampled.is_quiet()).count()
    }

    fn measure(&mut self, request: &Request, launcher: &Launcher, plan: Plan) -> Result<(), SessionError> {
        let checksums = self.verified.as_ref().expect("a case without a failure was verified").checksums.clone();
        let task = Task::Measure { case: self.case.to_string(), seed: request.seed, plan, checksums };
        let launch = launcher.launch(task, request.case_limit);
        let measured = launch.answers.into_iter().find_map(|answer| match answer {
            Answer::Measured(measured) => Some(measured),
            _ => None,
        });
        match (launch.end, measured) {
            (Ok(()), Some(measured)) => self.launches.push(measured),
            (Ok(()), None) => self.fail(&LaunchError::Garbled("no measurement".to_owned()))?,
            (Err(error), _) => self.fail(&error)?,
        }
        Ok(())
    }

    /// Writes down why there will be no number of this case; an interrupted one ends the session.
    fn fail(&mut self, error: &LaunchError) -> Result<(), SessionError> {
        let status = match error {
            LaunchError::Interrupted => return Err(SessionError::Interrupted),
            LaunchError::TimedOut { .. } => Status::TimedOut,
            _ => Status::Failed,
        };
        tracing::warn!("{}: {error}", self.case);
        self.failure = Some((status, error.to_string()));
        Ok(())
    }

    fn into_row(self) -> (String, schema::case::CaseRow) {
        let row = if let Some((status, reason)) = &self.failure {
            row::failed(&self.case, *status, reason, self.verified.as_ref())
        } else {
            let verified = self.verified.as_ref().expect("a case without a failure was verified");
            row::measured(&self.case, verified, &self.launches)
        };
        (self.case.to_string(), row)
    }
}
