//! `generator pair`: two programs side by side, and the document of it in a folder.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail};
use clap::Args;
use generator::{
    launch::Launcher,
    pair::{self, Program, Request},
    selection::Slowdown,
    table,
};
use platforms::PlatformKey;
use regex::Regex;
use schema::{case::Status, context::Setting, exit::Exit, file};

use super::{
    Clock, Instructions, Place, Profile, Shown,
    measure::{ended, percent, seconds, slowdown, time},
};
use crate::revision;

/// Measures two programs side by side and writes pair.json and pair.md: the comparison that noise spoils least.
///
/// Both wait in processes of their own on the same CPU, lay their operands into the same memory, and take turns every
/// millisecond, so that whatever slows one slows the other. `detector compare --pair DIR/pair.json` judges the result.
#[derive(Debug, Args)]
pub(crate) struct Pair {
    /// What is expected: a generator program, of this version or an earlier one
    #[arg(long, value_name = "PROGRAM", required_unless_present = "base_ref")]
    base: Option<PathBuf>,
    /// What is expected: a revision of this git checkout, which is built in a worktree of its own
    #[arg(long, value_name = "REV", conflicts_with = "base")]
    base_ref: Option<String>,
    /// What is judged; this program where it is left out
    #[arg(long, value_name = "PROGRAM")]
    candidate: Option<PathBuf>,
    /// The folder to write to; it is made where it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
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
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        fs::create_dir_all(&self.out).with_context(|| format!("making the folder {}", self.out.display()))?;
        tempfile::tempfile_in(&self.out).with_context(|| format!("writing to the folder {}", self.out.display()))?;
        let place = Place::here(self.platform)?;
        let other = |program: &Path| Launcher { program: program.to_owned(), ..place.launcher.clone() };
        let (program, git) = match (&self.base, &self.base_ref) {
            (Some(program), _) => (program.clone(), None),
            (None, Some(revision)) => {
                let built = revision::build(revision)?;
                (built.program, Some(built.git))
            }
            (None, None) => bail!("pass --base PROGRAM or --base-ref REV"),
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
        let written = write(&pair, &self.out);
        // Where the disk is full, the minutes were not for nothing.
        super::print(&table::pair_for_people(&pair), None)?;
        written?;
        super::tell(format_args!("wrote {}", self.out.join("pair.json").display()));
        let failed = pair.cases.values().any(|row| matches!(row.status, Status::Failed | Status::TimedOut));
        Ok(if failed { Exit::Critical } else { Exit::Nothing })
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
