//! `detector compare`: a report against what was expected, or two programs that were measured side by side.

use std::{
    collections::btree_map::Entry,
    io::{self, IsTerminal},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, ValueEnum};
use detector::{
    comparison::{
        Beside, FailOn, Previous, Request, compare, compare_beside_pair, compare_pair,
        evidence::{Evidence, Sources, evidence},
    },
    output,
};
use jiff::Timestamp;
use platforms::PlatformKey;
use regex::Regex;
use schema::{
    baselines::{Baselines, ClassBaseline},
    comparison::Comparison,
    exit::Exit,
    file,
    pair::Pair,
    report::Report,
};

use super::{
    delivery,
    folder::{self, Folder},
};

/// Judges a report against a baseline, or two programs side by side, case by case.
///
/// A regression must be real (the 95 % interval says so) and must matter (the baseline's thresholds say so); where the
/// launches do not tell, the case is inconclusive, with how many more would. Only sessions of the same platform and machine
/// class are compared.
///
/// A pair, as `generator pair` writes it, holds two programs measured side by side in one session. Alone it is judged as it
/// is; beside a report of the same candidate, its cases are judged by it alone, and so confirmed or refuted. Where the
/// machine's own controls moved, only a pair can judge timings.
///
/// A critical row opens an alarm. With the comparison of the session before (--previous), what was alarmed stays so until
/// two sessions in a row are back under the warning threshold.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The report to judge, as `generator measure` writes it
    #[arg(long, value_name = "FILE", required_unless_present = "pair", requires = "BaselineArguments")]
    report: Option<PathBuf>,
    /// Two programs side by side, as `generator pair` writes them: alone, or to confirm what a report suspects
    #[arg(long, value_name = "FILE")]
    pair: Option<PathBuf>,
    #[command(flatten)]
    baseline: BaselineArguments,
    /// The comparison of the session before: its alarms stay open until two sessions are back under the warning threshold. Of a
    /// history folder, as `detector record` writes it, the last one of the same platform and machine class; none is none
    #[arg(long, value_name = "FILE|DIR", requires = "report", conflicts_with = "filter")]
    previous: Option<PathBuf>,
    /// A folder of reports of earlier sessions, in any nesting: how much sessions differ is learnt from them. What is expected
    /// stays what the baseline says
    #[arg(long, value_name = "DIR", requires = "report")]
    history: Option<PathBuf>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Write to a file in place of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only cases whose id matches
    #[arg(long, value_name = "REGEX")]
    filter: Option<Regex>,
    /// Refuse a report of another platform
    #[arg(long, value_name = "KEY")]
    platform: Option<PlatformKey>,
    /// From which verdict on to fail; `never` turns exit codes 1, 3 and 4 into 0
    #[arg(long, value_enum, value_name = "VERDICT", default_value_t = FailOnArgument::Critical)]
    fail_on: FailOnArgument,
    /// Fail with 4 where a case is inconclusive
    #[arg(long)]
    strict: bool,
    /// List every stable case, however many there are
    #[arg(long)]
    all: bool,
    /// Explain one case in place of the table: its launches, what was reckoned from them, and each step to the verdict
    #[arg(long, value_name = "CASE", conflicts_with = "all")]
    explain: Option<String>,
}

#[derive(Args)]
#[group(multiple = false)]
struct BaselineArguments {
    /// What is expected, as `generator baseline` writes it; of a pair alone, only its thresholds count
    #[arg(long, value_name = "FILE")]
    baselines: Option<PathBuf>,
    /// Earlier reports in its place, each a session, under the default thresholds
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "report")]
    baseline_report: Vec<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// A table
    Human,
    /// `comparison.json`
    Json,
    /// Tables for GitHub
    Markdown,
    /// Test results
    Junit,
    /// Annotations of a GitHub workflow, to be printed to its log
    Github,
}

#[derive(Clone, Copy, ValueEnum)]
enum FailOnArgument {
    Critical,
    Warning,
    Never,
}

/// Compares, prints, and tells with what to exit.
///
/// # Errors
///
/// When an input cannot be read or makes no sense, or the output cannot be written.
pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    ensure!(
        arguments.explain.is_none() || matches!(arguments.format, Format::Human),
        "--explain writes for people; leave --format out, or leave --explain out and take the case's rows from the format"
    );
    let now = Timestamp::now();
    let BaselineArguments { baselines, baseline_report } = &arguments.baseline;
    let named = [&arguments.report, &arguments.pair, &arguments.previous, baselines].into_iter().flatten();
    delivery::check_is_another(arguments.output.as_deref(), named.chain(baseline_report).map(PathBuf::as_path))?;
    let pair: Option<Pair> = arguments.pair.as_deref().map(file::read).transpose()?;
    let pair = arguments.pair.as_deref().zip(pair.as_ref());
    let (comparison, evidence) = match (&arguments.report, pair) {
        (Some(path), pair) => of_report(arguments, path, pair, now)?,
        (None, Some((path, pair))) => of_pair(arguments, path, pair, now)?,
        (None, None) => bail!("--report or --pair names what to judge"),
    };
    deliver(arguments, &comparison, evidence.as_ref())?;
    Ok(exit_of(&comparison))
}

/// A comparison, and what the case that is to be explained rests on.
type Found = (Comparison, Option<Evidence>);

/// A report against baselines, with what a pair beside it decides.
fn of_report(arguments: &Arguments, path: &Path, pair: Option<(&Path, &Pair)>, now: Timestamp) -> Result<Found> {
    let candidate: Report = file::read(path)?;
    check_platform(arguments, path, "report", candidate.platform)?;
    let (baselines, baseline_file) = match &arguments.baseline.baselines {
        Some(path) => (file::read(path)?, path.display().to_string()),
        None => from_reports(&arguments.baseline.baseline_report, &candidate, now)?,
    };
    let mut request = request(arguments, baseline_file, path, now);
    let mut damaged = Vec::new();
    if let Some(path) = &arguments.previous {
        request.previous =
            if path.is_dir() { last_recorded(path, &candidate, &mut damaged)? } else { Some(previous(path)?) };
    }
    if let Some(folder) = &arguments.history {
        let folder = Folder::read(folder, |report| report)?;
        request.history = folder.reports;
        damaged.extend(folder.damaged);
    }
    let mut comparison = match pair {
        None => compare(&candidate, &baselines, &request)?,
        Some((path, pair)) => {
            let file = path.display().to_string();
            compare_beside_pair(&candidate, &baselines, Beside { pair, file: &file }, &request)?
        }
    };
    damaged.sort_unstable();
    damaged.dedup();
    comparison.summary.notes.extend(folder::left_out(&damaged));
    let pair = pair.map(|(_, pair)| pair);
    with_evidence(
        arguments,
        comparison,
        Sources { report: Some((&candidate, &baselines)), pair, history: &request.history },
    )
}

fn previous(path: &Path) -> Result<Previous> {
    Ok(Previous { comparison: file::read(path)?, file: path.display().to_string() })
}

/// The comparison of the last session that a history folder has of the candidate's platform and machine class, before it. What
/// cannot be read is told in `damaged`, and the one before it counts.
fn last_recorded(history: &Path, candidate: &Report, damaged: &mut Vec<String>) -> Result<Option<Previous>> {
    for path in folder::comparisons_latest_first(history, candidate.platform)? {
        let previous = match previous(&path) {
            Ok(previous) => previous,
            Err(error) => {
                damaged.push(format!("{error:#}"));
                continue;
            }
        };
        let then = &previous.comparison.candidate;
        if then.class == candidate.context.machine.class && then.created.is_some_and(|then| then < candidate.created) {
            return Ok(Some(previous));
        }
    }
    Ok(None)
}

/// A pair alone.
fn of_pair(arguments: &Arguments, path: &Path, pair: &Pair, now: Timestamp) -> Result<Found> {
    check_platform(arguments, path, "pair", pair.platform)?;
    let thresholds = arguments.baseline.baselines.as_deref();
    let baselines: Option<Baselines> = thresholds.map(file::read).transpose()?;
    let baseline_file = thresholds.unwrap_or(path).display().to_string();
    let comparison = compare_pair(pair, baselines.as_ref(), &request(arguments, baseline_file, path, now))?;
    with_evidence(arguments, comparison, Sources { report: None, pair: Some(pair), history: &[] })
}

fn with_evidence(arguments: &Arguments, comparison: Comparison, sources: Sources<'_>) -> Result<Found> {
    let Some(case) = &arguments.explain else {
        return Ok((comparison, None));
    };
    let found = evidence(case, &comparison, sources).context("--explain")?;
    Ok((comparison, Some(found)))
}

fn check_platform(arguments: &Arguments, path: &Path, document: &str, found: PlatformKey) -> Result<()> {
    if let Some(platform) = arguments.platform {
        ensure!(
            found == platform,
            "{}: --platform asks for {platform}, and the {document} is of {found}; name its {document}, or leave \
             --platform out",
            path.display()
        );
    }
    Ok(())
}

fn request(arguments: &Arguments, baseline_file: String, candidate: &Path, now: Timestamp) -> Request {
    Request {
        baseline_file,
        candidate_file: candidate.display().to_string(),
        filter: arguments.filter.clone(),
        fail_on: match arguments.fail_on {
            FailOnArgument::Critical => FailOn::Critical,
            FailOnArgument::Warning => FailOn::Warning,
            FailOnArgument::Never => FailOn::Never,
        },
        strict: arguments.strict,
        now,
        previous: None,
        history: Vec::new(),
    }
}

/// Baselines of reports, each a session of its class.
fn from_reports(paths: &[PathBuf], candidate: &Report, now: Timestamp) -> Result<(Baselines, String)> {
    let mut baselines = Baselines::new(now);
    let mut read: Vec<(&PathBuf, Report)> = Vec::new();
    for path in paths {
        let report: Report = file::read(path)?;
        if let Some((other, _)) = read.iter().find(|(_, other)| *other == report) {
            bail!(
                "{}: it holds the same run as {}; a run counts once, so leave one out",
                path.display(),
                other.display()
            );
        }
        read.push((path, report));
    }
    for (path, report) in read {
        let class = check_baseline(&report, candidate).with_context(|| path.display().to_string())?;
        let classes = baselines.baselines.entry(report.platform).or_default();
        let of_class = match classes.entry(class) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(ClassBaseline::default()),
        };
        of_class.sessions.push(report.into());
    }
    let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    Ok((baselines, names.join(", ")))
}

/// The machine class of a report that may be a baseline of the candidate's platform.
fn check_baseline(report: &Report, candidate: &Report) -> Result<String> {
    ensure!(
        report.platform == candidate.platform,
        "it is of {}, and the report to judge of {}; compare runs of one platform",
        report.platform,
        candidate.platform
    );
    let context = &report.context;
    ensure!(!context.machine.emulated, "it ran under emulation and is no baseline; name another");
    ensure!(context.injected.is_empty(), "it was slowed on purpose (--inject) and is no baseline; name another");
    match (&context.machine.class, context.isa_cap) {
        (Some(class), None) => Ok(class.clone()),
        _ => bail!("it ran under TIDEGAUGE_ISA, is of no machine class and no baseline; name another"),
    }
}

fn deliver(arguments: &Arguments, comparison: &Comparison, evidence: Option<&Evidence>) -> Result<()> {
    let format = match arguments.format {
        Format::Human => output::Format::Human,
        Format::Json => output::Format::Json,
        Format::Markdown => output::Format::Markdown,
        Format::Junit => output::Format::Junit,
        Format::Github => output::Format::Github,
    };
    let text = match evidence {
        Some(evidence) => output::explain(comparison, evidence, delivery::glyphs(arguments.output.as_deref())),
        None => output::print(comparison, format, arguments.all),
    };
    delivery::deliver(&text, arguments.output.as_deref())?;
    // Whoever reads the terminal and not the data is told all the same.
    if arguments.output.is_some() || (format != output::Format::Human && !io::stdout().is_terminal()) {
        let summary = &comparison.summary;
        tracing::info!("exit {}: {}", summary.exit_code, output::visible(&summary.exit_reason));
    }
    Ok(())
}

fn exit_of(comparison: &Comparison) -> Exit {
    [Exit::Nothing, Exit::Critical, Exit::Warning, Exit::CannotTell]
        .into_iter()
        .find(|exit| exit.code() == comparison.summary.exit_code)
        .expect("a comparison has one of its four exit codes")
}
