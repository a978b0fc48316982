//! `detector changes`: where a history changed, and whether that was the code.

use std::{
    collections::HashSet,
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};
use detector::{
    history::{self, Expected, Timeline, csv, csv::MachineBy, reports},
    output,
};
use jiff::Timestamp;
use platforms::PlatformKey;
use regex::Regex;
use schema::{baselines::Baselines, exit::Exit, file};
use statistics::change_points::Method;

use super::{
    delivery,
    folder::{self, Folder},
};

/// Finds where a history changed: which series, by how much, since when, and whether that was the code or the machine.
///
/// A history is a folder of reports, one file a run, in any nesting; or a CSV file with the columns series,index,value or
/// series,time,value. A change is suspected until further points confirm it; one that a control of the same machine shares is
/// the machine's. Slow creep is told as creep, with its rate.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    source: Source,
    /// By what the series of a CSV file belong to a machine; those named `control_…` behind the prefix are its controls
    #[arg(long, value_enum, value_name = "HOW", requires = "csv")]
    machine_by: Option<MachineByArgument>,
    /// Look after each point in turn, and tell what would have been raised when
    #[arg(long)]
    replay: bool,
    /// What is expected: says where it no longer describes what is seen
    #[arg(long, value_name = "FILE", requires = "history")]
    baselines: Option<PathBuf>,
    /// Only series whose case's id matches, or whose name does in a CSV file
    #[arg(long, value_name = "REGEX")]
    filter: Option<Regex>,
    /// Only reports of this platform
    #[arg(long, value_name = "KEY", requires = "history")]
    platform: Option<PlatformKey>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Write to a file in place of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// List every change, those of the machine and of its controls too
    #[arg(long)]
    all: bool,
}

const AFTER_HELP: &str = "\
Examples:
  detector changes --history reports
  detector changes --csv series.csv --machine-by prefix --format json
  detector changes --history reports --replay

A history has no verdict: the exit code is 0 whatever it shows, and 2 where it cannot be read.";

#[derive(Args)]
#[group(required = true, multiple = false)]
struct Source {
    /// A folder of reports, as `generator measure` and `detector import` write them
    #[arg(long, value_name = "DIR")]
    history: Option<PathBuf>,
    /// A CSV file of any numbers above 0
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum MachineByArgument {
    /// The part of the name before the first `/`
    Prefix,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// A table with a picture of each series
    Human,
    /// `changes.json`
    Json,
}

/// Reads, searches and prints.
///
/// # Errors
///
/// When the history cannot be read or has nothing to search, or the output cannot be written.
pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    let now = Timestamp::now();
    let inputs = [&arguments.source.csv, &arguments.baselines].into_iter().flatten().map(PathBuf::as_path);
    delivery::check_is_another(arguments.output.as_deref(), inputs)?;
    let (mut timelines, notes, source) = match (&arguments.source.history, &arguments.source.csv) {
        (Some(folder), _) => {
            let (timelines, notes) = of_folder(folder, arguments.platform)?;
            (timelines, notes, folder)
        }
        (None, Some(path)) => (of_csv(path, arguments.machine_by)?, Vec::new(), path),
        (None, None) => anyhow::bail!("--history or --csv names what to search"),
    };
    if let Some(filter) = &arguments.filter {
        let count = timelines.iter().filter(|timeline| !timeline.is_control).count();
        let name = |timeline: &Timeline| timeline.subject.as_ref().and_then(|subject| subject.case.clone());
        let is_asked =
            |timeline: &Timeline| filter.is_match(name(timeline).as_deref().unwrap_or(timeline.name.as_str()));
        timelines.retain(|timeline| timeline.is_control || is_asked(timeline));
        // Controls stay where a series of theirs does: without them a change of the machine would pass for one of the code.
        let is_case = |timeline: &&Timeline| !timeline.is_control;
        let machines: HashSet<_> = timelines.iter().filter(is_case).map(|timeline| timeline.machine.clone()).collect();
        timelines.retain(|timeline| machines.contains(&timeline.machine));
        ensure!(
            timelines.iter().any(|timeline| !timeline.is_control),
            "the filter {:?} matches none of the {count} series, controls apart; `--filter .` takes them all",
            filter.as_str()
        );
    }
    let request = history::Request {
        source: source.display().to_string(),
        replay: arguments.replay,
        method: Method::default(),
        notes,
        now,
    };
    let baselines: Option<Baselines> = arguments.baselines.as_deref().map(file::read).transpose()?;
    let expected: Box<dyn Expected> = match (&baselines, &arguments.baselines) {
        (Some(baselines), Some(path)) => {
            let levels = history::BaselineLevels::new(baselines, now);
            Box::new(levels.with_context(|| path.display().to_string())?)
        }
        _ => Box::new(()),
    };
    let changes = history::changes(&timelines, expected.as_ref(), &request);
    let text = match arguments.format {
        Format::Human => {
            output::changes(&changes, &timelines, arguments.all, delivery::glyphs(arguments.output.as_deref()))
        }
        Format::Json => output::changes_json(&changes),
    };
    delivery::deliver(&text, arguments.output.as_deref())?;
    Ok(Exit::Nothing)
}

fn of_csv(path: &Path, machine_by: Option<MachineByArgument>) -> Result<Vec<Timeline>> {
    let reading = || format!("reading {}", path.display());
    let file = File::open(path).with_context(|| format!("{}; check the path and its permissions", reading()))?;
    let machine_by = machine_by.map(|MachineByArgument::Prefix| MachineBy::Prefix);
    csv::read(BufReader::new(file), machine_by).with_context(reading)
}

/// The series of a folder's reports, and what is to say of the folder.
fn of_folder(folder: &Path, platform: Option<PlatformKey>) -> Result<(Vec<Timeline>, Vec<String>)> {
    let Folder { mut reports, passed, links, damaged } = Folder::read(folder, reports::slim)?;
    if let Some(platform) = platform {
        let count = reports.len();
        reports.retain(|report| report.platform == platform);
        ensure!(!reports.is_empty(), "{}: none of its {count} reports is of {platform}", folder.display());
    }
    let (timelines, mut notes) = reports::timelines(reports);
    notes.extend(folder::left_out(&damaged));
    ensure!(
        !timelines.is_empty(),
        "{}: none of its reports has a number that may be compared; {}",
        folder.display(),
        notes.join("; ")
    );
    if passed > 0 {
        let are = if passed == 1 { "file, which is no report" } else { "files, which are no reports" };
        notes.push(format!("passed over: {passed} other JSON {are}"));
    }
    if let Some(link) = links.first() {
        let count = links.len();
        notes.push(format!(
            "not followed: {count} links to folders, such as {}; name what they lead to",
            link.display()
        ));
    }
    Ok((timelines, notes))
}
