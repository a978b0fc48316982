//! A pair: two programs measured side by side in one session, and the document of it.
//!
//! | file | job |
//! |---|---|
//! | `interleaving` | two workers with the same case ready take turns on one CPU |
//! | `turns` | what they measured meanwhile, and the ratio that comes of it |
//! | `row` | what all launches of a case come to |

mod interleaving;
mod row;
mod turns;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use kernels::{Case, kernel::Profile};
use platforms::{IsaLevel, IsaSet, PlatformKey};
use regex::Regex;
use schema::{
    SCHEMA_VERSION,
    case::Status,
    context::{Context, Git, Setting},
    pair::{Interleaved, Pair, PairRow},
};

use self::{
    interleaving::{InterleaveError, Setup, Side, Subject, interleave},
    row::LaunchPair,
};
use crate::{
    context,
    controls::Controls,
    environment,
    floor::Floor,
    instructions::Counter,
    launch::{LaunchError, Launcher},
    protocol::{Answer, Described, Measured, PROTOCOL, PROTOCOL_OLDEST, Task, Verified},
    sampler::Plan,
    schedule::{self, Schedule},
    selection::{self, Slowdown},
    session::{self, Effort, Progress, SessionError, UNCOUNTED},
    verification,
};

/// What a pair is asked to do.
#[derive(Clone, Debug)]
pub struct Request {
    /// The platform, which is this host's.
    pub platform: PlatformKey,
    /// Which cases, and how they are warmed up.
    pub profile: Option<Profile>,
    /// Only those whose ids match.
    pub filter: Option<Regex>,
    /// Pairs of processes a case, at least 1; the fewest of them where `until` says when it is enough.
    pub launches: u32,
    /// When it is enough: the half-width of every ratio's interval in percent, and the time for it; `None` after so many
    /// launches.
    pub until: Option<(f64, Option<Duration>)>,
    /// Measuring time of each program a case, in all its launches.
    pub time: Duration,
    /// The longest that one process may take.
    pub case_limit: Duration,
    /// The seed of operands and order.
    pub seed: u64,
    /// Slowdowns of the candidate, put in on purpose.
    pub slowdowns: Vec<Slowdown>,
    /// Who counts instructions, of the cases that the registry names.
    pub counter: Counter,
}

/// A program that is to be measured.
#[derive(Clone, Debug)]
pub struct Program {
    /// Starts its workers.
    pub launcher: Launcher,
    /// Its commit, where whoever asks knows it; a program of protocol 1 cannot tell.
    pub git: Option<Git>,
}

/// Measures both programs side by side. `own` is this program, which calibrates.
///
/// # Errors
///
/// When nothing was chosen, the machine could not be calibrated, a program speaks no version of the worker protocol that
/// this one does, or a person ended it. A case that fails is no error: it is a row that says so.
pub fn run(
    request: &Request,
    isas: IsaSet,
    cap: Option<IsaLevel>,
    own: &Launcher,
    baseline: Program,
    candidate: Program,
    progress: &mut impl Progress,
) -> Result<Pair, SessionError> {
    let created = Timestamp::now();
    let cases = selection::choose(request.profile, request.filter.as_ref(), isas, &request.slowdowns)?;
    let machine = context::machine(cap);
    environment::stay_off(own.cpu);
    progress.begin("calibrating", 1);
    progress.step("the probe's floor");
    let floor = session::calibrate(own, machine.class.as_deref())?;
    let baseline = Introduced::to(baseline, &cases, request, progress)?;
    let candidate = Introduced::to(candidate, &cases, request, progress)?;
    let mut ledgers: Vec<Ledger> = cases
        .into_iter()
        .enumerate()
        .map(|(index, case)| Ledger::new(case, baseline.cases[index].clone(), candidate.cases[index].clone()))
        .collect();
    let mut bench = Bench { request, floor: &floor, baseline: &baseline, candidate: &candidate };
    let controls = bench.measure_all(&mut ledgers, own, progress)?;
    bench.count_all(&mut ledgers, progress)?;
    progress.end();
    let pages = ledgers.iter().flat_map(|ledger| &ledger.launches).map(|pair| pair.large_pages);
    let large_pages = environment::large_pages(pages);
    let context = |side: &Introduced, injected: &[Slowdown]| -> Result<Context, SessionError> {
        Ok(Context {
            git: side.described.as_ref().map_or_else(|| side.program.git.clone(), |described| described.git.clone()),
            machine: machine.clone(),
            program_sha256: Some(session::program_sha256(&side.program.launcher)?),
            toolchain: side.described.as_ref().map(|described| described.toolchain.clone()),
            settings: side.settings.iter().cloned().chain([large_pages.clone()]).collect(),
            environment: side.program.launcher.variables.clone(),
            clock_precision_ns: Some(floor.clock_precision_ns),
            probe_floor_ns: Some(floor.floor_ns),
            seed: Some(request.seed),
            injected: injected.iter().map(|slowdown| (slowdown.pattern.clone(), slowdown.factor)).collect(),
            isa_cap: cap,
        })
    };
    Ok(Pair {
        schema_version: SCHEMA_VERSION,
        platform: request.platform,
        created,
        profile: request.profile.map_or("all", selection::name).to_owned(),
        interleaved: bench.interleaved(),
        baseline: context(&baseline, &[])?,
        candidate: context(&candidate, &request.slowdowns)?,
        controls: controls.into_rows(),
        cases: ledgers.into_iter().map(Ledger::into_row).collect(),
    })
}

/// A program that has told what it is, and which of the cases it has and computes rightly.
struct Introduced {
    program: Program,
    described: Option<Described>,
    settings: Vec<Setting>,
    /// One a case, in the order of the cases.
    cases: Vec<Standing>,
}

/// How a program stands to a case.
#[derive(Clone, Debug)]
enum Standing {
    /// It computes it.
    Verified(Verified),
    /// It has no such case.
    Absent,
    /// It disagrees with its reference, or its process died.
    Failed(Status, String, Option<Verified>),
}

/// The longest that a program may take to tell what it is.
const INTRODUCTION: Duration = Duration::from_secs(20);

impl Introduced {
    fn to(
        mut program: Program,
        cases: &[Case],
        request: &Request,
        progress: &mut impl Progress,
    ) -> Result<Self, SessionError> {
        let unpaired = |program: &Program, why: String| SessionError::Unpaired {
            path: program.launcher.program.display().to_string(),
            why,
        };
        let mut launch = program.launcher.launch(Task::Describe, INTRODUCTION);
        if let Err(LaunchError::OtherProtocol { speaks, .. }) = launch.end
            && (PROTOCOL_OLDEST..PROTOCOL).contains(&speaks)
        {
            program.launcher.protocol = speaks;
            // It cannot describe itself, and tells its settings before any task.
            let task = Task::Calibrate { duration: Duration::from_millis(10) };
            launch = program.launcher.launch(task, INTRODUCTION);
        }
        match launch.end {
            Ok(()) => {}
            Err(LaunchError::Interrupted) => return Err(SessionError::Interrupted),
            Err(error @ LaunchError::OtherProtocol { .. }) => {
                let why = format!("{error}; pair with a `generator pair` of the newer of both programs");
                return Err(unpaired(&program, why));
            }
            Err(error) => return Err(unpaired(&program, format!("{error}; it must be a generator program"))),
        }
        let (mut described, mut settings) = (None, Vec::new());
        for answer in launch.answers {
            match answer {
                Answer::Described(told) => described = Some(told),
                Answer::Settled { settings: held } => settings = held,
                _ => {}
            }
        }
        let has = program.launcher.list().map_err(|error| unpaired(&program, error))?;
        let (present, _): (Vec<Case>, Vec<Case>) =
            cases.iter().cloned().partition(|case| has.contains(&case.to_string()));
        let findings = verification::verify(present, request.seed, request.case_limit, &program.launcher, progress)?;
        let mut standings: BTreeMap<String, Standing> = findings
            .into_iter()
            .map(|finding| {
                let standing = match (finding.failure, finding.verified) {
                    (None, Some(verified)) => Standing::Verified(verified),
                    (Some((status, reason)), verified) => Standing::Failed(status, reason, verified),
                    (None, None) => Standing::Failed(Status::Failed, "it was not verified".to_owned(), None),
                };
                (finding.case.to_string(), standing)
            })
            .collect();
        let cases = cases.iter().map(|case| standings.remove(&case.to_string()).unwrap_or(Standing::Absent)).collect();
        Ok(Self { program, described, settings, cases })
    }

    /// Whether its worker can stay, and wait for its turn.
    fn stays(&self) -> bool {
        self.program.launcher.protocol >= 2
    }
}

/// What is known of a case so far.
struct Ledger {
    case: Case,
    baseline: Standing,
    candidate: Standing,
    launches: Vec<LaunchPair>,
    failure: Option<(Side, Status, String)>,
    shares: bool,
    /// The baseline's, the candidate's.
    instructions: [Result<u64, String>; 2],
}

/// Everything that measuring a case takes.
struct Bench<'a> {
    request: &'a Request,
    floor: &'a Floor,
    baseline: &'a Introduced,
    candidate: &'a Introduced,
}

impl Bench<'_> {
    /// How finely the two can be interleaved.
    fn interleaved(&self) -> Interleaved {
        if self.baseline.stays() && self.candidate.stays() { Interleaved::Slices } else { Interleaved::Launches }
    }

    /// Pair 1 of every case, then pair 2, each round in an order of its own; then those once more that met a noisy
    /// stretch.
    fn measure_all(
        &mut self,
        ledgers: &mut [Ledger],
        own: &Launcher,
        progress: &mut impl Progress,
    ) -> Result<Controls, SessionError> {
        let request = self.request;
        let (begin, rounds) = (Instant::now(), request.launches);
        let mut controls = Controls::default();
        progress.begin("pairing", rounds as usize * ledgers.len());
        for round in 0..2 * rounds {
            let mut order = selection::shuffled(ledgers.iter().map(|ledger| &ledger.case), request.seed, round);
            if round >= rounds {
                order.retain(|&index| ledgers[index].is_due(rounds as usize));
                if order.is_empty() {
                    break;
                }
                progress.begin("once more", order.len());
            }
            controls.measure(request.case_limit, own, self.floor)?;
            for index in order {
                progress.step(&ledgers[index].case.to_string());
                self.measure(&mut ledgers[index])?;
            }
            if round + 1 == rounds
                && let Some((goal_percent, time)) = request.until
            {
                let deadline = time.and_then(|time| begin.checked_add(time));
                self.until_sure(ledgers, goal_percent, deadline, progress)?;
                break;
            }
        }
        Ok(controls)
    }

    /// Pairs the case of which least is known, again and again.
    fn until_sure(
        &self,
        ledgers: &mut [Ledger],
        goal_percent: f64,
        deadline: Option<Instant>,
        progress: &mut impl Progress,
    ) -> Result<(), SessionError> {
        let mut schedule = Schedule::new(ledgers.len(), goal_percent);
        progress.begin("narrowing", ledgers.len());
        while deadline.is_none_or(|deadline| Instant::now() < deadline) {
            let standings: Vec<schedule::Standing> = ledgers.iter().map(Ledger::standing).collect();
            let Some(index) = schedule.next(&standings) else { break };
            progress.step(&ledgers[index].case.to_string());
            self.measure(&mut ledgers[index])?;
            schedule.launched(index, ledgers[index].launches.last().is_some_and(LaunchPair::is_quiet));
        }
        Ok(())
    }

    /// Counts the instructions of both sides' cases that the registry names.
    fn count_all(&self, ledgers: &mut [Ledger], progress: &mut impl Progress) -> Result<(), SessionError> {
        let request = self.request;
        let is_counted = |ledger: &&mut Ledger| ledger.failure.is_none() && ledger.case.is_counted();
        if request.counter != Counter::Off {
            progress.begin("counting", ledgers.iter_mut().filter(is_counted).count());
        }
        for ledger in ledgers.iter_mut().filter(is_counted) {
            progress.step(&ledger.case.to_string());
            let count = |side: &Introduced| {
                if !side.stays() {
                    return Ok(Err("a program of protocol 1 counts no instructions".to_owned()));
                }
                let launcher = &side.program.launcher;
                session::count_one(request.counter, &ledger.case, request.seed, launcher, request.case_limit)
            };
            ledger.instructions = [count(self.baseline)?, count(self.candidate)?];
        }
        Ok(())
    }

    fn measure(&self, ledger: &mut Ledger) -> Result<(), SessionError> {
        let (Standing::Verified(baseline), Standing::Verified(candidate), None) =
            (&ledger.baseline, &ledger.candidate, &ledger.failure)
        else {
            return Ok(());
        };
        // A launch begins with the one, the next with the other.
        let first = if ledger.launches.len().is_multiple_of(2) { Side::Baseline } else { Side::Candidate };
        let plan = |slowdown| {
            Effort::of(self.request.profile.unwrap_or(Profile::Nightly)).plan(&ledger.case, self.floor, slowdown)
        };
        let slowdown = selection::slowdown_of(&self.request.slowdowns, &ledger.case);
        let subjects = Subjects {
            baseline: Subject {
                launcher: &self.baseline.program.launcher,
                plan: plan(1.0),
                checksums: &baseline.checksums,
            },
            candidate: Subject {
                launcher: &self.candidate.program.launcher,
                plan: plan(slowdown),
                checksums: &candidate.checksums,
            },
        };
        let pair = match self.interleaved() {
            Interleaved::Slices => self.in_slices(&ledger.case, &subjects, first, &mut ledger.shares),
            Interleaved::Launches => self.in_launches(&ledger.case, &subjects, first),
        };
        match pair {
            Ok(pair) => ledger.launches.push(pair),
            Err((side, error)) => {
                let (status, reason) = verification::failure(&ledger.case, &error)?;
                ledger.failure = Some((side, status, reason));
            }
        }
        Ok(())
    }

    fn in_slices(
        &self,
        case: &Case,
        subjects: &Subjects<'_>,
        first: Side,
        shares: &mut bool,
    ) -> Result<LaunchPair, (Side, LaunchError)> {
        let time = self.request.time / self.request.launches;
        let mut setup =
            Setup { case, seed: self.request.seed, time, limit: self.request.case_limit, first, share: *shares };
        let mut outcome = interleave(&subjects.baseline, &subjects.candidate, &setup);
        if outcome == Err(InterleaveError::OtherLayout) {
            *shares = false;
            setup.share = false;
            outcome = interleave(&subjects.baseline, &subjects.candidate, &setup);
        }
        match outcome {
            Ok(outcome) => Ok(LaunchPair::of_slices(outcome)),
            Err(InterleaveError::Failed(side, error)) => Err((side, error)),
            Err(InterleaveError::OtherLayout) => {
                let error = LaunchError::Garbled("its operands lie otherwise each time".to_owned());
                Err((Side::Candidate, error))
            }
        }
    }

    /// For programs that cannot wait for their turn: a whole launch of one, and of the other.
    fn in_launches(
        &self,
        case: &Case,
        subjects: &Subjects<'_>,
        first: Side,
    ) -> Result<LaunchPair, (Side, LaunchError)> {
        let launch = |side: Side| -> Result<Measured, (Side, LaunchError)> {
            let subject = subjects.of(side);
            let task = Task::Measure {
                case: case.to_string(),
                seed: self.request.seed,
                plan: Plan { quiet: self.request.time / self.request.launches / 2, ..subject.plan },
                checksums: subject.checksums.clone(),
            };
            let launch = subject.launcher.launch(task, self.request.case_limit);
            launch.end.map_err(|error| (side, error))?;
            let measured = launch.answers.into_iter().find_map(|answer| match answer {
                Answer::Measured(measured) => Some(measured),
                _ => None,
            });
            measured.ok_or_else(|| (side, LaunchError::Garbled("no measurement".to_owned())))
        };
        let (baseline, candidate) = match first {
            Side::Baseline => {
                let baseline = launch(Side::Baseline)?;
                (baseline, launch(Side::Candidate)?)
            }
            Side::Candidate => {
                let candidate = launch(Side::Candidate)?;
                (launch(Side::Baseline)?, candidate)
            }
        };
        Ok(LaunchPair::of_launches(baseline, candidate))
    }
}

struct Subjects<'a> {
    baseline: Subject<'a>,
    candidate: Subject<'a>,
}

impl<'a> Subjects<'a> {
    fn of(&self, side: Side) -> &Subject<'a> {
        match side {
            Side::Baseline => &self.baseline,
            Side::Candidate => &self.candidate,
        }
    }
}

impl Ledger {
    fn new(case: Case, baseline: Standing, candidate: Standing) -> Self {
        let uncounted = || Err(UNCOUNTED.to_owned());
        let failure =
            [(Side::Baseline, &baseline), (Side::Candidate, &candidate)].into_iter().find_map(|(side, standing)| {
                match standing {
                    Standing::Failed(status, reason, _) => Some((side, *status, reason.clone())),
                    Standing::Absent => Some((side, Status::Skipped, "it has no such case".to_owned())),
                    Standing::Verified(_) => None,
                }
            });
        let shares = !case.keeps();
        Self {
            case,
            baseline,
            candidate,
            launches: Vec::new(),
            failure,
            shares,
            instructions: [uncounted(), uncounted()],
        }
    }

    /// How far it is.
    fn standing(&self) -> schedule::Standing {
        schedule::Standing {
            interval_percent: row::interval_percent(&self.launches).unwrap_or(f64::INFINITY),
            launches: self.launches.len(),
            failed: self.failure.is_some(),
        }
    }

    /// Whether fewer of its launches than were asked for have a ratio.
    fn is_due(&self, launches: usize) -> bool {
        self.failure.is_none() && self.launches.iter().filter(|pair| pair.is_quiet()).count() < launches
    }

    fn into_row(self) -> (String, PairRow) {
        let verified = |standing: &Standing| match standing {
            Standing::Verified(verified) => Some(verified.clone()),
            Standing::Failed(_, _, verified) => verified.clone(),
            Standing::Absent => None,
        };
        let (baseline, candidate) = (verified(&self.baseline), verified(&self.candidate));
        let failure = self.failure.as_ref().map(|(side, status, reason)| (*side, *status, reason.as_str()));
        let row =
            row::row(&self.case, [baseline.as_ref(), candidate.as_ref()], &self.launches, &self.instructions, failure);
        (self.case.to_string(), row)
    }
}
