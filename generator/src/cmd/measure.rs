//! `generator measure`: a session, and its report in a folder.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use clap::Args;
use generator::{
    session::{self, Request, SessionError, Slowdown},
    table,
};
use platforms::PlatformKey;
use regex::Regex;
use schema::{case::Status, exit::Exit, file, report::Report};

use super::{Clock, Interrupted, Place, Profile};
use crate::progress::Shown;

/// Measures the cases of a profile and writes report.json, report.md and system-info.json.
///
/// Every case is held against its reference first. Exit code 1 where a case failed; the others are measured all the
/// same.
#[derive(Debug, Args)]
pub(crate) struct Measure {
    #[command(flatten)]
    how: How,
    /// The folder to write to; it is made where it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Slow cases down on purpose, to see whether that is found: a regular expression on whole case ids, and a factor of
    /// time, as in `dot_f32/avx2/n10000=1.30`
    #[arg(long, value_name = "CASE=FACTOR", value_parser = slowdown)]
    inject: Vec<Slowdown>,
}

/// What to measure, and how long: the same for `measure` and `baseline`.
#[derive(Debug, Args)]
pub(crate) struct How {
    /// Which cases, and how long
    #[arg(long, default_value = "quick")]
    pub(crate) profile: Profile,
    /// Only cases whose ids match this regular expression
    #[arg(long, value_name = "REGEX")]
    pub(crate) filter: Option<Regex>,
    /// The platform, which must be this host's
    #[arg(long, value_name = "KEY")]
    pub(crate) platform: Option<PlatformKey>,
    /// Processes a case, in place of the profile's own number
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=1000))]
    launches: Option<u32>,
    /// The longest that one process may take, in seconds; a case that takes longer is `timed_out`
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "60")]
    case_limit: Duration,
    /// The seed of the operands and of the order of cases
    #[arg(long, default_value_t = 42)]
    seed: u64,
    #[command(flatten)]
    clock: Clock,
}

impl How {
    /// Measures.
    pub(crate) fn measure(&self, slowdowns: Vec<Slowdown>) -> anyhow::Result<Report> {
        let place = Place::here(self.platform)?;
        let request = Request {
            platform: place.platform,
            profile: Some(self.profile.into()),
            filter: self.filter.clone(),
            launches: self.launches,
            case_limit: self.case_limit,
            seed: self.seed,
            slowdowns,
        };
        // Before the first launch; where the session fails, the clock is put back as it goes.
        let held = self.clock.hold(&place);
        let mut report =
            session::run(&request, place.isas, place.cap, &place.launcher, &mut Shown::new()).map_err(ended)?;
        held.put_back(&mut report.context.settings).iter().for_each(super::tell);
        Ok(report)
    }
}

impl Measure {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        // Before minutes are spent: a folder that cannot be written is wrong usage.
        fs::create_dir_all(&self.out).with_context(|| format!("making the folder {}", self.out.display()))?;
        tempfile::tempfile_in(&self.out).with_context(|| format!("writing to the folder {}", self.out.display()))?;
        let report = self.how.measure(self.inject)?;
        write(&report, &self.out)?;
        super::print(&table::for_people(&report), None)?;
        super::tell(format_args!("wrote {}", self.out.join("report.json").display()));
        Ok(exit(&report))
    }
}

/// What a session ends with: 1 where a case failed.
pub(crate) fn exit(report: &Report) -> Exit {
    let failed = report.cases.values().any(|row| matches!(row.status, Status::Failed | Status::TimedOut));
    if failed { Exit::Critical } else { Exit::Nothing }
}

fn write(report: &Report, out: &Path) -> anyhow::Result<()> {
    file::write_bytes(&out.join("report.md"), table::markdown(report).as_bytes())?;
    let system = serde_json::to_vec_pretty(&report.context)?;
    file::write_bytes(&out.join("system-info.json"), &system)?;
    // Last: where there is a report, there is all of it.
    file::write(&out.join("report.json"), report)?;
    Ok(())
}

/// An interrupted session ends the program in its own way.
pub(crate) fn ended(error: SessionError) -> anyhow::Error {
    match error {
        SessionError::Interrupted => Interrupted.into(),
        error => error.into(),
    }
}

/// A positive number of seconds.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.trim_end_matches('s').parse().map_err(|_| "must be a number of seconds".to_owned())?;
    if seconds > 0.0 && seconds < 1e6 {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err("must be above 0 and below 1000000".to_owned())
    }
}

fn slowdown(text: &str) -> Result<Slowdown, String> {
    let (pattern, factor) = text.rsplit_once('=').ok_or("must be CASE=FACTOR, as in 'dot_f32/avx2/n10000=1.30'")?;
    let cases = Regex::new(&format!("^(?:{pattern})$")).map_err(|error| format!("{pattern:?}: {error}"))?;
    let factor: f64 = factor.parse().map_err(|_| format!("{factor:?} is no factor of time, such as 1.30"))?;
    if factor > 1.0 && factor <= 100.0 {
        Ok(Slowdown { pattern: pattern.to_owned(), cases, factor })
    } else {
        Err(format!("the factor of time must be above 1 and at most 100, found {factor}"))
    }
}
