//! What a study runs, in which order. Each step leaves a folder; a step whose folder is there is not run again.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use schema::{file, report::Report};

use crate::{
    alarms,
    cases::{CASES, LEVELS, SLOWED, factor, pattern},
    criterion::{self, Means},
    evidence::{self, is_done, pairs_of, sessions_of, step},
    took,
};

/// The programs that a study runs.
#[derive(Clone, Debug)]
pub struct Programs {
    /// The instrument.
    pub generator: PathBuf,
    /// The same, built with the feature `slowed`.
    pub slowed: Option<PathBuf>,
    /// Criterion's benchmark of the same kernels.
    pub criterion: Option<PathBuf>,
    /// The same, built with the feature `slowed`.
    pub criterion_slowed: Option<PathBuf>,
}

/// How much is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// Runs that change nothing.
    pub sessions: usize,
    /// Runs of each slowdown.
    pub slowed_sessions: usize,
    /// Pairs of each slowdown, over all cases.
    pub pairs: usize,
    /// Runs of criterion.
    pub criterion: usize,
    /// Pairs with the program that is really slower.
    pub slowed: usize,
}

impl Amount {
    /// Some minutes.
    pub const SHORT: Self = Self { sessions: 12, slowed_sessions: 1, pairs: 1, criterion: 3, slowed: 1 };
    /// An hour and more.
    pub const FULL: Self = Self { sessions: 150, slowed_sessions: 8, pairs: 10, criterion: 24, slowed: 4 };

    /// As many of each as fit into `time`, in the same proportions; of each kind as many at least as make a figure.
    #[must_use]
    pub fn within(self, time: Duration, programs: &Programs) -> Self {
        let planned: f64 = steps(self, programs).iter().map(|step| step.kind.planned_seconds()).sum();
        let share = time.as_secs_f64() / planned;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of minutes' work")]
        let scaled = |count: usize, least: usize| ((count as f64 * share) as usize).max(least.min(count));
        Self {
            sessions: scaled(self.sessions, 2),
            slowed_sessions: scaled(self.slowed_sessions, 1),
            pairs: scaled(self.pairs, 1),
            criterion: scaled(self.criterion, 2),
            slowed: scaled(self.slowed, 1),
        }
    }
}

/// Launches of each case in a run that changes nothing.
const LAUNCHES: u32 = 3;

/// Measuring time of each program a case, in a pair.
const PAIR_SECONDS: u32 = 1;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Session,
    SlowedSession(u32),
    Pair(u32),
    Slowed,
    Criterion,
    CriterionSlowed,
    Counted,
}

impl Kind {
    fn name(self) -> String {
        match self {
            Self::Session => sessions_of(0),
            Self::SlowedSession(level) => sessions_of(level),
            Self::Pair(level) => pairs_of(level),
            Self::Slowed => "slowed".to_owned(),
            Self::Criterion => "criterion".to_owned(),
            Self::CriterionSlowed => "criterion-slowed".to_owned(),
            Self::Counted => "counted".to_owned(),
        }
    }

    /// For planning alone, until a step of the kind has been timed: what is asked of each case, with some for starting.
    fn planned_seconds(self) -> f64 {
        let cases = CASES.len() as f64;
        let pair = 1.5 * 2.0 * f64::from(PAIR_SECONDS);
        match self {
            Self::Session | Self::SlowedSession(_) => 0.2 * cases * f64::from(LAUNCHES),
            Self::Pair(_) => pair * cases,
            Self::Slowed => pair * SLOWED.len() as f64,
            Self::Criterion => criterion::CASE_SECONDS * cases,
            Self::CriterionSlowed => criterion::CASE_SECONDS * SLOWED.len() as f64,
            Self::Counted => 0.5 * cases,
        }
    }
}

/// One step: what is run, and where it writes.
#[derive(Clone, Debug)]
struct Step {
    kind: Kind,
    index: usize,
}

impl Step {
    fn folder(&self, out: &Path) -> PathBuf {
        step(out, &self.kind.name(), self.index)
    }
}

/// All steps, mixed: so that every figure comes from the same hour, and a study that was broken off has some of each.
fn steps(amount: Amount, programs: &Programs) -> Vec<Step> {
    let mut placed: Vec<(f64, Step)> = Vec::new();
    let mut place = |kind: Kind, count: usize, offset: f64| {
        for index in 0..count {
            let at = (index as f64 + offset) / count as f64;
            placed.push((at, Step { kind, index }));
        }
    };
    place(Kind::Session, amount.sessions, 0.0);
    for (number, level) in LEVELS.into_iter().enumerate() {
        place(Kind::Pair(level), amount.pairs, (number as f64 + 0.5) / LEVELS.len() as f64);
        if level > 0 {
            place(Kind::SlowedSession(level), amount.slowed_sessions, (number as f64 + 0.25) / LEVELS.len() as f64);
        }
    }
    if programs.slowed.is_some() {
        place(Kind::Slowed, amount.slowed, 0.3);
    }
    if programs.criterion.is_some() {
        place(Kind::Criterion, amount.criterion, 0.4);
    }
    if programs.criterion_slowed.is_some() {
        place(Kind::CriterionSlowed, amount.slowed, 0.6);
    }
    place(Kind::Counted, 2, 0.9);
    placed.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    placed.into_iter().map(|(_, step)| step).collect()
}

/// Runs what is not done yet, as long as there is `time`.
///
/// # Errors
///
/// When a program cannot be run, or did not write what it was asked for.
pub fn collect(
    out: &Path,
    programs: &Programs,
    amount: Amount,
    time: Option<Duration>,
    tell: impl Fn(&str),
) -> Result<()> {
    let begin = Instant::now();
    let is_over = || time.is_some_and(|time| begin.elapsed() >= time);
    let steps = steps(amount, programs);
    let left: Vec<&Step> = steps.iter().filter(|step| !is_done(&step.folder(out))).collect();
    let minutes = seconds_of(&left, out)? / 60.0;
    tell(&format!("{} of {} steps are left, about {minutes:.0} min", left.len(), steps.len()));
    let mut sessions = Sessions::read(out)?;
    // What a study that was broken off between a run and its confirmation left over.
    for position in 0..sessions.reports.len() {
        if !is_over() {
            sessions.confirm(position, out, programs)?;
        }
    }
    for (number, step) in left.iter().enumerate() {
        if is_over() {
            let left = left.len() - number;
            tell(&format!("the time is up; {left} steps are left, and a further run goes on with them"));
            return Ok(());
        }
        let folder = step.folder(out);
        tell(&format!("{} of {}: {}", number + 1, left.len(), folder.strip_prefix(out).unwrap_or(&folder).display()));
        timed(&folder, || run(step, &folder, programs))?;
        if step.kind == Kind::Session {
            sessions.push(step.index, file::read(&folder.join("report.json"))?);
            sessions.confirm(sessions.reports.len() - 1, out, programs)?;
        }
    }
    Ok(())
}

/// What these steps will take, in seconds: as those of their kind took so far.
fn seconds_of(steps: &[&Step], out: &Path) -> Result<f64> {
    let mut means: BTreeMap<String, Option<f64>> = BTreeMap::new();
    let mut seconds = 0.0;
    for step in steps {
        let kind = step.kind.name();
        let mean = match means.get(&kind) {
            Some(mean) => *mean,
            None => *means.entry(kind.clone()).or_insert(evidence::times(out, &kind)?.mean_seconds()),
        };
        seconds += mean.unwrap_or_else(|| step.kind.planned_seconds());
    }
    Ok(seconds)
}

/// Runs a step and keeps what it took.
fn timed(folder: &Path, run: impl FnOnce() -> Result<()>) -> Result<()> {
    let begin = Instant::now();
    run()?;
    took::keep(folder, begin.elapsed().as_secs_f64())
}

fn run(step: &Step, folder: &Path, programs: &Programs) -> Result<()> {
    let filter = pattern(CASES);
    let seed = (42 + step.index).to_string();
    let pair = |candidate: &Path, cases: &str, inject: Option<String>| {
        let mut command = Command::new(&programs.generator);
        command.args(["pair", "--profile", "nightly", "--filter", cases, "--seed", &seed]);
        command.args(["--seconds", &format!("{PAIR_SECONDS}s")]);
        command.arg("--base").arg(&programs.generator).arg("--candidate").arg(candidate).arg("--out").arg(folder);
        if let Some(inject) = inject {
            command.args(["--inject", &inject]);
        }
        command
    };
    let session = |inject: Option<String>| {
        let mut command = Command::new(&programs.generator);
        command.args(["measure", "--profile", "quick", "--instructions", "off", "--filter", &filter, "--out"]);
        command.arg(folder).args(["--launches", &LAUNCHES.to_string()]);
        if let Some(inject) = inject {
            command.args(["--inject", &inject]);
        }
        command
    };
    let inject = |level: u32| (level > 0).then(|| format!(".*={}", factor(level)));
    match step.kind {
        Kind::Session => finish(session(None), folder),
        Kind::SlowedSession(level) => finish(session(inject(level)), folder),
        Kind::Counted => {
            let arguments = ["--filter", &filter, "--launches", "1", "--instructions", "valgrind"];
            let mut command = Command::new(&programs.generator);
            command.args(["measure", "--profile", "smoke", "--out"]).arg(folder).args(arguments);
            finish(command, folder)
        }
        Kind::Pair(level) => finish(pair(&programs.generator, &filter, inject(level)), folder),
        Kind::Slowed => {
            let slowed = programs.slowed.as_deref().context("there is no slowed program")?;
            finish(pair(slowed, &pattern(SLOWED), None), folder)
        }
        Kind::Criterion => {
            let program = programs.criterion.as_deref().context("there is no criterion program")?;
            // Those that really are slower in the other program are held against this one's.
            let cases: BTreeSet<&str> = CASES.into_iter().chain(SLOWED).collect();
            keep_means(&criterion::run(program, &cases.into_iter().collect::<Vec<_>>())?, folder)
        }
        Kind::CriterionSlowed => {
            let program = programs.criterion_slowed.as_deref().context("there is no slowed criterion program")?;
            keep_means(&criterion::run(program, &SLOWED)?, folder)
        }
    }
}

/// Runs a program that writes into `folder`, to its end.
fn finish(mut command: Command, folder: &Path) -> Result<()> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("starting {command:?}"))?;
    if is_done(folder) {
        return Ok(());
    }
    bail!("{command:?} wrote nothing ({}): {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
}

fn keep_means(means: &Means, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("making the folder {}", folder.display()))?;
    let path = folder.join("means.json");
    file::write_bytes(&path, &serde_json::to_vec_pretty(means)?)?;
    Ok(())
}

/// The runs that changed nothing so far, oldest first.
struct Sessions {
    numbers: Vec<usize>,
    reports: Vec<Report>,
}

impl Sessions {
    fn read(out: &Path) -> Result<Self> {
        let (numbers, reports) = evidence::sessions(out)?.into_iter().unzip();
        Ok(Self { numbers, reports })
    }

    fn push(&mut self, number: usize, report: Report) {
        self.numbers.push(number);
        self.reports.push(report);
    }

    /// Has the suspects of a run that changed nothing confirmed, as a nightly run would: the program beside itself.
    fn confirm(&self, position: usize, out: &Path, programs: &Programs) -> Result<()> {
        let folder = step(out, "suspects", self.numbers[position]);
        if is_done(&folder) {
            return Ok(());
        }
        let suspects = alarms::suspects(&self.reports, position)?;
        if suspects.is_empty() {
            return Ok(());
        }
        let mut command = Command::new(&programs.generator);
        command.args(["pair", "--profile", "nightly", "--seconds", &format!("{PAIR_SECONDS}s"), "--filter"]);
        command.arg(pattern(suspects.iter().map(String::as_str))).arg("--base").arg(&programs.generator);
        command.arg("--candidate").arg(&programs.generator).arg("--out").arg(&folder);
        timed(&folder, || finish(command, &folder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn programs() -> Programs {
        let program = PathBuf::from("program");
        Programs {
            generator: program.clone(),
            slowed: Some(program.clone()),
            criterion: Some(program.clone()),
            criterion_slowed: Some(program),
        }
    }

    #[test]
    fn a_study_that_is_broken_off_half_way_has_some_of_each() {
        let steps = steps(Amount::FULL, &programs());
        let half = &steps[..steps.len() / 2];
        let kinds =
            [Kind::Session, Kind::SlowedSession(1), Kind::Pair(0), Kind::Pair(20), Kind::Slowed, Kind::Criterion];
        for kind in kinds {
            assert!(half.iter().any(|step| step.kind == kind), "{kind:?}");
        }
    }

    #[test]
    fn every_step_has_a_folder_of_its_own() {
        let steps = steps(Amount::FULL, &programs());
        let folders: BTreeSet<PathBuf> = steps.iter().map(|step| step.folder(Path::new("out"))).collect();
        assert_eq!(folders.len(), steps.len());
    }

    #[test]
    fn without_a_program_its_steps_are_left_out() {
        let only = Programs { slowed: None, criterion: None, criterion_slowed: None, ..programs() };
        let steps = steps(Amount::SHORT, &only);
        assert!(steps.iter().all(|step| !matches!(step.kind, Kind::Slowed | Kind::Criterion | Kind::CriterionSlowed)));
    }

    #[test]
    fn an_amount_fits_the_time_and_keeps_some_of_each() {
        let programs = programs();
        let planned = |amount| steps(amount, &programs).iter().map(|step| step.kind.planned_seconds()).sum::<f64>();
        let hour = Amount::SHORT.within(Duration::from_hours(1), &programs);
        assert!(planned(hour) <= 3600.0 && hour.sessions > Amount::SHORT.sessions, "{hour:?}");
        let least = Amount::FULL.within(Duration::from_secs(1), &programs);
        assert_eq!(least, Amount { sessions: 2, slowed_sessions: 1, pairs: 1, criterion: 2, slowed: 1 });
    }
}
