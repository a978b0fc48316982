//! `generator measure`: a session, and its report in a folder.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use clap::Args;
use generator::{
    selection::Slowdown,
    session::{self, Request, SessionError, Until},
    table,
};
use platforms::PlatformKey;
use regex::Regex;
use schema::{case::Status, exit::Exit, file, report::Report};

use super::{Clock, Instructions, Interrupted, Place, Profile, Shown};

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
    /// The platform, which must be this host's; of `baseline --report`, that of the reports
    #[arg(long, value_name = "KEY")]
    pub(crate) platform: Option<PlatformKey>,
    /// Processes a case, in place of the profile's own number
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=1000))]
    launches: Option<u32>,
    /// Launch until the 95 % interval of every case has this half-width in percent (`1%`), the widest first, in place of
    /// a fixed number of launches
    #[arg(long, value_name = "PERCENT", value_parser = percent, conflicts_with = "launches")]
    interval: Option<f64>,
    /// Launch for this long (`90s`, `5m`), the case whose interval is widest first, in place of a fixed number of launches;
    /// with --interval, for this long at most
    #[arg(long, value_name = "TIME", value_parser = time, conflicts_with = "launches")]
    budget: Option<Duration>,
    /// The longest that one process may take, in seconds; a case that takes longer is `timed_out`
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "60")]
    case_limit: Duration,
    /// The seed of the operands and of the order of cases
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Who counts the instructions of a call, of one shape a kernel
    #[arg(long, value_name = "COUNTER", default_value = "perf")]
    instructions: Instructions,
    #[command(flatten)]
    clock: Clock,
}

impl How {
    /// Where; before anything else is done, since nothing is to be done on another platform than the one asked for.
    pub(crate) fn place(&self) -> anyhow::Result<Place> {
        Place::here(self.platform)
    }

    /// Measures there.
    pub(crate) fn measure(&self, place: &Place, slowdowns: Vec<Slowdown>) -> anyhow::Result<Report> {
        let request = Request {
            platform: place.platform,
            profile: self.profile.of_registry(),
            filter: self.filter.clone(),
            until: self.until(),
            case_limit: self.case_limit,
            seed: self.seed,
            slowdowns,
            counter: self.instructions.into(),
        };
        // Before the first launch; where the session fails, the clock is put back as it goes.
        let held = self.clock.hold(place);
        let mut report =
            session::run(&request, place.isas, place.cap, &place.launcher, &mut Shown::new()).map_err(ended)?;
        held.put_back(&mut report.context.settings).iter().for_each(super::tell);
        Ok(report)
    }

    fn until(&self) -> Until {
        match (self.interval, self.budget) {
            (None, None) => Until::Launches(self.launches),
            (interval_percent, budget) => Until::Sure { interval_percent, budget },
        }
    }
}

impl Measure {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        let place = self.how.place()?;
        // Before minutes are spent: a folder that cannot be written is wrong usage.
        fs::create_dir_all(&self.out).with_context(|| format!("making the folder {}", self.out.display()))?;
        tempfile::tempfile_in(&self.out).with_context(|| format!("writing to the folder {}", self.out.display()))?;
        let report = self.how.measure(&place, self.inject)?;
        let written = write(&report, &self.out);
        // Where the disk is full, the minutes were not for nothing.
        super::print(&table::for_people(&report), None)?;
        written?;
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

/// A positive time: a number and `s`, `m` or `h`; a number alone counts seconds.
pub(crate) fn time(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.char_indices().next_back() {
        Some((end, unit @ ('s' | 'm' | 'h'))) => (&text[..end], unit),
        _ => (text, 's'),
    };
    let scale = match unit {
        'h' => 3600.0,
        'm' => 60.0,
        _ => 1.0,
    };
    match number.parse::<f64>() {
        Ok(number) if number > 0.0 && number * scale < 1e6 => Ok(Duration::from_secs_f64(number * scale)),
        _ => Err("must be a time above 0, such as 90s, 5m or 2h".to_owned()),
    }
}

/// A positive share in percent, with or without its sign.
pub(crate) fn percent(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('%').trim_end().parse::<f64>() {
        Ok(percent) if percent > 0.0 && percent <= 100.0 => Ok(percent),
        _ => Err("must be above 0 and at most 100, such as 1%".to_owned()),
    }
}

pub(crate) fn slowdown(text: &str) -> Result<Slowdown, String> {
    let (pattern, factor) = text.rsplit_once('=').ok_or("must be CASE=FACTOR, as in 'dot_f32/avx2/n10000=1.30'")?;
    let cases = Regex::new(&format!("^(?:{pattern})$")).map_err(|error| format!("{pattern:?}: {error}"))?;
    let factor: f64 = factor.parse().map_err(|_| format!("{factor:?} is no factor of time, such as 1.30"))?;
    if factor > 1.0 && factor <= 100.0 {
        Ok(Slowdown { pattern: pattern.to_owned(), cases, factor })
    } else {
        Err(format!("the factor of time must be above 1 and at most 100, found {factor}"))
    }
}
