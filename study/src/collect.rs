//! What a study runs, in which order. Each step leaves a folder; a step whose folder is there is not run again.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use schema::{comparison::Verdict, file, report::Report};

use crate::{
    alarms,
    cases::{CASES, LEVELS, SLOWED, factor, pattern},
    criterion::{self, Means},
    evidence::{is_done, pairs_of, step},
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
    /// Pairs of each slowdown, over all cases.
    pub pairs: usize,
    /// Runs of criterion.
    pub criterion: usize,
    /// Pairs with the program that is really slower.
    pub slowed: usize,
}

impl Amount {
    /// Some minutes.
    pub const SHORT: Self = Self { sessions: 12, pairs: 1, criterion: 3, slowed: 1 };
    /// An hour and more.
    pub const FULL: Self = Self { sessions: 150, pairs: 8, criterion: 12, slowed: 4 };
}

/// Launches of each case in a run that changes nothing.
const LAUNCHES: &str = "3";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Session,
    Pair(u32),
    Slowed,
    Criterion,
    CriterionSlowed,
    Counted,
}

/// One step: what is run, and where it writes.
#[derive(Clone, Debug)]
struct Step {
    kind: Kind,
    index: usize,
}

impl Step {
    fn folder(&self, out: &Path) -> PathBuf {
        let kind = match self.kind {
            Kind::Session => "session".to_owned(),
            Kind::Pair(level) => pairs_of(level),
            Kind::Slowed => "slowed".to_owned(),
            Kind::Criterion => "criterion".to_owned(),
            Kind::CriterionSlowed => "criterion-slowed".to_owned(),
            Kind::Counted => "counted".to_owned(),
        };
        step(out, &kind, self.index)
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
    let steps = steps(amount, programs);
    let left: Vec<&Step> = steps.iter().filter(|step| !is_done(&step.folder(out))).collect();
    tell(&format!("{} of {} steps are left", left.len(), steps.len()));
    for (number, step) in left.iter().enumerate() {
        if time.is_some_and(|time| begin.elapsed() >= time) {
            tell(&format!(
                "the time is up; {} steps are left, and a further run goes on with them",
                left.len() - number
            ));
            return Ok(());
        }
        let folder = step.folder(out);
        tell(&format!("{} of {}: {}", number + 1, left.len(), folder.strip_prefix(out).unwrap_or(&folder).display()));
        run(step, &folder, programs)?;
        if step.kind == Kind::Session && step.index > 0 {
            confirm(out, step.index, programs)?;
        }
    }
    Ok(())
}

fn run(step: &Step, folder: &Path, programs: &Programs) -> Result<()> {
    let filter = pattern(CASES);
    let seed = (42 + step.index).to_string();
    let pair = |candidate: &Path, cases: &str, inject: Option<String>| {
        let mut command = Command::new(&programs.generator);
        command.args(["pair", "--profile", "nightly", "--filter", cases, "--seconds", "1s", "--seed", &seed]);
        command.arg("--base").arg(&programs.generator).arg("--candidate").arg(candidate).arg("--out").arg(folder);
        if let Some(inject) = inject {
            command.args(["--inject", &inject]);
        }
        command
    };
    match step.kind {
        Kind::Session => {
            let arguments = ["--filter", &filter, "--launches", LAUNCHES, "--instructions", "off"];
            let mut command = Command::new(&programs.generator);
            command.args(["measure", "--profile", "quick", "--out"]).arg(folder).args(arguments);
            finish(command, folder)
        }
        Kind::Counted => {
            let arguments = ["--filter", &filter, "--launches", "1", "--instructions", "valgrind"];
            let mut command = Command::new(&programs.generator);
            command.args(["measure", "--profile", "smoke", "--out"]).arg(folder).args(arguments);
            finish(command, folder)
        }
        Kind::Pair(level) => {
            let inject = (level > 0).then(|| format!(".*={}", factor(level)));
            finish(pair(&programs.generator, &filter, inject), folder)
        }
        Kind::Slowed => {
            let slowed = programs.slowed.as_deref().context("there is no slowed program")?;
            finish(pair(slowed, &pattern(SLOWED), None), folder)
        }
        Kind::Criterion => {
            let program = programs.criterion.as_deref().context("there is no criterion program")?;
            keep_means(&criterion::run(program, &CASES)?, folder)
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

/// Has the suspects of a run that changed nothing confirmed, as a nightly run would: the program beside itself.
fn confirm(out: &Path, index: usize, programs: &Programs) -> Result<()> {
    let folder = step(out, "suspects", index);
    let session =
        |index: usize| -> Result<Report> { Ok(file::read(&step(out, "session", index).join("report.json"))?) };
    let (baseline, candidate) = (session(index - 1)?, session(index)?);
    let suspects: BTreeSet<String> = alarms::verdicts(&[&baseline], &candidate)?
        .into_iter()
        .filter(|judged| matches!(judged.verdict, Verdict::Critical | Verdict::Warning))
        .map(|judged| judged.case)
        .collect();
    if suspects.is_empty() || is_done(&folder) {
        return Ok(());
    }
    let mut command = Command::new(&programs.generator);
    command.args(["pair", "--profile", "nightly", "--seconds", "1s", "--filter"]);
    command.arg(pattern(suspects.iter().map(String::as_str))).arg("--base").arg(&programs.generator);
    command.arg("--candidate").arg(&programs.generator).arg("--out").arg(&folder);
    finish(command, &folder)
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
        for kind in [Kind::Session, Kind::Pair(0), Kind::Pair(20), Kind::Slowed, Kind::Criterion] {
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
}
