//! `generator pair`: two programs side by side, and the document of it in a folder.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail};
use clap::Args;
use generator::{
    confirmation, context,
    launch::Launcher,
    pair::{self, Program, Request},
    selection::Slowdown,
    table,
};
use platforms::PlatformKey;
use regex::Regex;
use schema::{baselines::Baselines, case::Status, comparison::Comparison, context::Setting, exit::Exit, file};

use super::{
    Clock, Instructions, Place, Profile, Shown,
    measure::{ended, percent, seconds, slowdown, time},
};
use crate::revision;

/// Measures two programs side by side and writes pair.json and pair.md: the comparison that noise spoils least.
///
/// Both wait in processes of their own on the same CPU, lay their operands into the same memory, and take turns every
/// millisecond, so that whatever slows one slows the other. `detector compare --pair DIR/pair.json` judges the result.
///
/// With --confirm it takes from a comparison what only a pair can settle, and measures it beside the program that made the
/// platform's baseline: kept in --programs under its hash, else built again from its commit.
#[derive(Debug, Args)]
pub(crate) struct Pair {
    /// What is expected: a generator program, of this version or an earlier one
    #[arg(long, value_name = "PROGRAM", required_unless_present_any = ["base_ref", "confirm"])]
    base: Option<PathBuf>,
    /// What is expected: a revision of this git checkout, which is built in a worktree of its own
    #[arg(long, value_name = "REV", conflicts_with = "base")]
    base_ref: Option<String>,
    /// A comparison of this program's report: its suspects are measured, beside the program that made the baseline. Where there
    /// is nothing to confirm, nothing is measured and no pair.json written
    #[arg(long, value_name = "FILE", conflicts_with_all = ["base", "base_ref", "filter", "candidate", "profile"],
          requires = "baselines")]
    confirm: Option<PathBuf>,
    /// The baselines that the comparison was made against
    #[arg(long, value_name = "FILE", requires = "confirm")]
    baselines: Option<PathBuf>,
    /// A folder of programs, as `baseline --keep-program` keeps them
    #[arg(long, value_name = "DIR", requires = "confirm")]
    programs: Option<PathBuf>,
    /// Only print the hash of the program that made the baseline, to fetch it; nothing where nothing is to confirm
    #[arg(long, requires = "confirm")]
    print_base: bool,
    /// What is judged; this program where it is left out
    #[arg(long, value_name = "PROGRAM")]
    candidate: Option<PathBuf>,
    /// The folder to write to; it is made where it is not there
    #[arg(long, value_name = "DIR", required_unless_present = "print_base")]
    out: Option<PathBuf>,
    /// Which cases
    #[arg(long, default_value = "quick")]
    profile: Profile,
    /// Only cases whose ids match this regular expression
    #[arg(long, value_name = "REGEX")]
    filter: Option<Regex>,
    /// The platform, which must be this host's
    #[arg(long, value_name = "KEY")]
    platform: Option<PlatformKey>,
    /// Pairs of processes a case
    #[arg(long, value_name = "COUNT", default_value_t = 6, value_parser = clap::value_parser!(u32).range(2..=1000))]
    launches: u32,
    /// Go on until the interval of every ratio has this half-width in percent (`0.5%`), the widest first
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    interval: Option<f64>,
    /// Go on for this long (`90s`, `5m`), the case whose interval is widest first; with --interval, for this long at most
    #[arg(long, value_name = "TIME", value_parser = time)]
    budget: Option<Duration>,
    /// Measuring time of each program a case, in all its processes (`1s`)
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "1s")]
    seconds: Duration,
    /// The longest that one answer of a process may take, in seconds; a case that takes longer is `timed_out`
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "60")]
    case_limit: Duration,
    /// The seed of the operands and of the order of cases
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Slow cases of the candidate down on purpose, to see whether it is found: a regular expression on whole case ids,
    /// and a factor of time, as in `dot_f32/avx2/n10000=1.02`
    #[arg(long, value_name = "CASE=FACTOR", value_parser = slowdown)]
    inject: Vec<Slowdown>,
    /// Who counts the instructions of a call, of one shape a kernel
    #[arg(long, value_name = "COUNTER", default_value = "perf")]
    instructions: Instructions,
    #[command(flatten)]
    clock: Clock,
}

impl Pair {
    pub(crate) fn run(mut self) -> anyhow::Result<Exit> {
        let place = Place::here(self.platform)?;
        if let (Some(comparison), Some(baselines)) = (&self.confirm, &self.baselines) {
            match self.confirmation(&file::read(comparison)?, &file::read(baselines)?)? {
                Confirmation::Nothing => {
                    if !self.print_base {
                        super::tell(format_args!("{}: there is nothing to confirm", comparison.display()));
                    }
                    return Ok(Exit::Nothing);
                }
                Confirmation::Without(why) => {
                    super::tell(format_args!("{}: {why}", baselines.display()));
                    return Ok(Exit::CannotTell);
                }
                Confirmation::Printed(sha256) => {
                    super::print(&format!("{sha256}\n"), None)?;
                    return Ok(Exit::Nothing);
                }
                Confirmation::Beside { filter, base, base_ref } => {
                    (self.filter, self.profile, self.base, self.base_ref) =
                        (Some(filter), Profile::All, base, base_ref);
                }
            }
        }
        let out = self.out.as_deref().context("pass --out DIR")?;
        fs::create_dir_all(out).with_context(|| format!("making the folder {}", out.display()))?;
        tempfile::tempfile_in(out).with_context(|| format!("writing to the folder {}", out.display()))?;
        let other = |program: &Path| Launcher { program: program.to_owned(), ..place.launcher.clone() };
        let (program, git) = match (&self.base, &self.base_ref) {
            (Some(program), _) => (program.clone(), None),
            (None, Some(revision)) => {
                let built = revision::build(revision)?;
                (built.program, Some(built.git))
            }
            (None, None) => bail!("pass --base PROGRAM, --base-ref REV or --confirm COMPARISON"),
        };
        let baseline = Program { launcher: other(&absolute(&program)?), git };
        let candidate = match &self.candidate {
            Some(program) => Program { launcher: other(&absolute(program)?), git: None },
            None => Program { launcher: place.launcher.clone(), git: None },
        };
        let request = Request {
            platform: place.platform,
            profile: self.profile.of_registry(),
            filter: self.filter,
            launches: self.launches,
            until: (self.interval.is_some() || self.budget.is_some())
                .then(|| (self.interval.unwrap_or(0.0), self.budget)),
            time: self.seconds,
            case_limit: self.case_limit,
            seed: self.seed,
            slowdowns: self.inject,
            counter: self.instructions.into(),
        };
        let held = self.clock.hold(&place);
        let mut pair =
            pair::run(&request, place.isas, place.cap, &place.launcher, baseline, candidate, &mut Shown::new())
                .map_err(ended)?;
        held.put_back(&mut pair.baseline.settings).iter().for_each(super::tell);
        // One clock for both.
        let clock = |setting: &&Setting| ["governor", "turbo"].contains(&setting.name.as_str());
        pair.candidate.settings.retain(|setting| !clock(&setting));
        pair.candidate.settings.extend(pair.baseline.settings.iter().filter(clock).cloned());
        let written = write(&pair, out);
        // Where the disk is full, the minutes were not for nothing.
        super::print(&table::pair_for_people(&pair), None)?;
        written?;
        super::tell(format_args!("wrote {}", out.join("pair.json").display()));
        let failed = pair.cases.values().any(|row| matches!(row.status, Status::Failed | Status::TimedOut));
        Ok(if failed { Exit::Critical } else { Exit::Nothing })
    }
}

/// What follows from a comparison.
enum Confirmation {
    /// Every case is settled.
    Nothing,
    /// There is something to confirm and no program to hold it against, and why.
    Without(String),
    /// The hash of that program is all that was asked for.
    Printed(String),
    /// These cases, beside that program.
    Beside { filter: Regex, base: Option<PathBuf>, base_ref: Option<String> },
}

impl Pair {
    fn confirmation(&self, comparison: &Comparison, baselines: &Baselines) -> anyhow::Result<Confirmation> {
        let Some(filter) = confirmation::filter(comparison) else {
            return Ok(Confirmation::Nothing);
        };
        let Some(base) = confirmation::base(comparison, baselines) else {
            let platform = comparison.platform;
            return Ok(Confirmation::Without(format!("there is no baseline of {platform} to confirm anything beside")));
        };
        if self.print_base {
            return Ok(base.sha256.map_or(Confirmation::Nothing, Confirmation::Printed));
        }
        let kept = self.programs.as_ref().zip(base.sha256.as_ref());
        if let Some(program) = kept.map(|(folder, sha256)| folder.join(format!("generator-{sha256}")))
            && program.is_file()
        {
            let found = context::program_sha256(&program).with_context(|| format!("reading {}", program.display()))?;
            if base.sha256.as_ref() == Some(&found) {
                return Ok(Confirmation::Beside { filter, base: Some(program), base_ref: None });
            }
            super::tell(format_args!("{} has another hash than its name says, and is left alone", program.display()));
        }
        Ok(match base.commit {
            Some(commit) => Confirmation::Beside { filter, base: None, base_ref: Some(commit) },
            None => Confirmation::Without(
                "the program that made the baseline was not kept, and was built from uncommitted changes, so that it cannot \
                 be built again; measure a new baseline"
                    .to_owned(),
            ),
        })
    }
}

fn write(pair: &schema::pair::Pair, out: &Path) -> anyhow::Result<()> {
    file::write_bytes(&out.join("pair.md"), table::pair_markdown(pair).as_bytes())?;
    // Last: where there is a document, there is all of it.
    file::write(&out.join("pair.json"), pair)?;
    Ok(())
}

/// The program as it is found from anywhere: workers start in the same folder, but a bare name would be looked up.
fn absolute(program: &Path) -> anyhow::Result<PathBuf> {
    let path = fs::canonicalize(program).with_context(|| format!("looking for the program {}", program.display()))?;
    if path.is_file() { Ok(path) } else { bail!("{} is no program", program.display()) }
}
