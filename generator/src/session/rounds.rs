//! Rounds: the cases of a session launched again and again, in an order of their own, until there is enough.

use std::time::{Duration, Instant};

use kernels::{Case, kernel::Profile};
use schema::case::Status;

use crate::{
    controls::Controls,
    floor::Floor,
    launch::{LaunchError, Launcher},
    protocol::{Answer, Measured, Task, Verified},
    row,
    sampler::Plan,
    schedule::{Schedule, Standing},
    selection::{self, Slowdown},
    session::{Progress, Request, SessionError, UNCOUNTED, Until},
    verification::{self, Finding},
};

/// How a profile spends its time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    pub(crate) launches: u32,
    pub(crate) warm_up: Duration,
    pub(crate) sampling: Sampling,
    /// The same for cases of a workload, whose calls take from half a millisecond to a second.
    pub(crate) workload: Sampling,
}

/// How long each mode of a case is sampled in a launch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sampling {
    quiet: Duration,
    limit: Duration,
}

impl Effort {
    pub(crate) const fn of(profile: Profile) -> Self {
        const fn sampling(quiet_ms: u64, limit_ms: u64) -> Sampling {
            Sampling { quiet: Duration::from_millis(quiet_ms), limit: Duration::from_millis(limit_ms) }
        }
        let warm_up = Duration::from_millis;
        match profile {
            // Three: the least of which a spread can be told.
            Profile::Smoke => {
                let sampling = sampling(10, 60);
                Self { launches: 3, warm_up: warm_up(2), sampling, workload: sampling }
            }
            // Five: with a spread of 1 %, the interval of a case reaches 1.2 %, and 36 cases stay under a minute.
            Profile::Quick => {
                let sampling = sampling(40, 160);
                Self { launches: 5, warm_up: warm_up(3), sampling, workload: sampling }
            }
            // Seven times 1.2 seconds are five hundred tokens of a large model and five thousand of a small one: enough for
            // its 95th percentile, and for its 99th. Four have room for the five calls that a launch's median needs.
            Profile::Nightly => {
                Self { launches: 7, warm_up: warm_up(5), sampling: sampling(60, 400), workload: sampling(2_000, 6_000) }
            }
        }
    }

    pub(crate) fn plan(self, case: &Case, floor: &Floor, slowdown: f64) -> Plan {
        let Sampling { quiet, limit } = if case.kernel().workload.is_some() { self.workload } else { self.sampling };
        Plan {
            clock_precision_ns: floor.clock_precision_ns,
            probe_floor_ns: floor.floor_ns,
            warm_up: self.warm_up,
            quiet,
            limit,
            slowdown,
        }
    }
}

/// What is known of a case so far.
pub(crate) struct Ledger {
    pub(crate) case: Case,
    slowdown: f64,
    verified: Option<Verified>,
    pub(crate) launches: Vec<Measured>,
    pub(crate) failure: Option<(Status, String)>,
    pub(crate) instructions: Result<u64, String>,
}

/// The fewest launches of a case of which a spread can be told, however little time there is.
const LAUNCHES_LEAST: u32 = 3;

/// Launch 1 of every case, then launch 2, each round in an order of its own, until there is enough.
pub(crate) fn measure_all(
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

    /// Launches the case of which least is known, again and again.
    fn until_sure(
        &mut self,
        ledgers: &mut [Ledger],
        interval_percent: f64,
        deadline: Option<Instant>,
        progress: &mut impl Progress,
    ) -> Result<(), SessionError> {
        let mut schedule = Schedule::new(ledgers.len(), interval_percent);
        progress.begin("narrowing", ledgers.len());
        while deadline.is_none_or(|deadline| Instant::now() < deadline) {
            let standings: Vec<Standing> = ledgers.iter().map(Ledger::standing).collect();
            let Some(index) = schedule.next(&standings) else { break };
            if schedule.turn().is_multiple_of(ledgers.len()) {
                self.controls.measure(self.request.case_limit, self.launcher, self.floor)?;
            }
            let quiet_before = ledgers[index].quiet_launches();
            self.launch(&mut ledgers[index], progress)?;
            schedule.launched(index, ledgers[index].quiet_launches() > quiet_before);
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
        let plan = self.effort.plan(&ledger.case, self.floor, ledger.slowdown);
        let launched = ledger.measure(self.request, self.launcher, plan)?;
        if let Some(measured) = launched {
            self.controls.add(&measured.controls_step_ns);
        }
        Ok(())
    }
}

impl Ledger {
    pub(crate) fn new(finding: Finding, slowdowns: &[Slowdown]) -> Self {
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

    /// How far it is.
    fn standing(&self) -> Standing {
        Standing {
            interval_percent: row::interval_percent(&self.launches).unwrap_or(f64::INFINITY),
            launches: self.launches.len(),
            failed: self.failure.is_some(),
        }
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

    pub(crate) fn into_row(self) -> (String, schema::case::CaseRow) {
        let row = if let Some((status, reason)) = &self.failure {
            row::failed(&self.case, *status, reason, self.verified.as_ref())
        } else {
            let verified = self.verified.as_ref().expect("a case without a failure was verified");
            row::measured(&self.case, verified, &self.launches, &self.instructions)
        };
        (self.case.to_string(), row)
    }
}
