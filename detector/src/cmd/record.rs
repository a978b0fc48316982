//! `detector record`: what runs left goes into a history folder, where nothing ever changes it.

use std::{
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use detector::history::layout::{DOCUMENTS, alarms_file, run_folder};
use platforms::PlatformKey;
use schema::{alarms::Alarms, comparison::Comparison, exit::Exit, file, pair::Pair, report::Report, watch::Watch};

/// Files what runs left into a history folder: `PLATFORM/TIME-COMMIT/`, a folder a run, never written again.
///
/// Of each run's folder it takes report.json and, where they are there, comparison.json, pair.json and watch.json, after
/// reading them: a history holds only what can be read. Recorded again, a run is left as it is. The folders that were made are
/// printed, one a line.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The history folder; it is made where it is not there
    #[arg(long, value_name = "DIR")]
    history: PathBuf,
    /// How right the alarms were, as `detector alert` writes it: goes to `alarms/TIME.json`
    #[arg(long, value_name = "FILE")]
    alarms: Option<PathBuf>,
    /// Folders that `generator measure` and `detector compare` wrote to, each of one run
    #[arg(value_name = "RUN", required_unless_present = "alarms")]
    runs: Vec<PathBuf>,
}

/// Records every run that can be; of those that cannot, says why.
///
/// # Errors
///
/// When one of them could not be recorded. The others are, all the same.
pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    let mut problems = Vec::new();
    for run in &arguments.runs {
        match record(run, &arguments.history) {
            Ok(Recorded::New(folder)) => super::delivery::deliver(&format!("{}\n", folder.display()), None)?,
            Ok(Recorded::Known(folder)) => {
                tracing::info!("{} is recorded already, as {}", run.display(), folder.display());
            }
            Err(error) => problems.push(format!("{error:#}")),
        }
    }
    if let Some(path) = &arguments.alarms
        && let Err(error) = record_alarms(path, &arguments.history)
    {
        problems.push(format!("{error:#}"));
    }
    ensure!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(Exit::Nothing)
}

/// Keeps how right the alarms were on one night.
fn record_alarms(path: &Path, history: &Path) -> Result<()> {
    let alarms: Alarms = file::read(path)?;
    let kept = history.join(alarms_file(&alarms));
    if kept.is_file() {
        ensure!(
            file::read::<Alarms>(&kept)? == alarms,
            "{}: others of the same moment are recorded as {}, and a history is never rewritten",
            path.display(),
            kept.display()
        );
        return Ok(());
    }
    let folder = kept.parent().context("it stands in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("making the folder {}", folder.display()))?;
    file::write(&kept, &alarms)?;
    super::delivery::deliver(&format!("{}\n", alarms_file(&alarms).display()), None)
}

/// What became of a run.
enum Recorded {
    New(PathBuf),
    Known(PathBuf),
}

fn record(run: &Path, history: &Path) -> Result<Recorded> {
    let report_file = run.join(DOCUMENTS[0]);
    ensure!(
        report_file.is_file(),
        "{}: there is no report.json in it; name a folder that `generator measure --out` wrote to",
        run.display()
    );
    read_plain(&report_file).with_context(|| format!("reading {}", report_file.display()))?;
    let report: Report = file::read(&report_file)?;
    let mut documents = Vec::new();
    for name in DOCUMENTS {
        let path = run.join(name);
        match read_plain(&path) {
            Ok(bytes) => {
                check(&path, name, report.platform)?;
                documents.push((name, bytes));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
        }
    }
    let folder = run_folder(&report);
    let whole = history.join(&folder);
    if whole.is_dir() {
        check_is_same(&whole, &documents, run)?;
        return Ok(Recorded::Known(folder));
    }
    let parent = whole.parent().context("a run's folder stands in its platform's")?;
    fs::create_dir_all(parent).with_context(|| format!("making the folder {}", parent.display()))?;
    let writing = || format!("writing the folder {}", whole.display());
    // Under its name only once it is whole: a folder that a killed process left begins with a dot, which no reader takes.
    let partial = parent.join(format!(".{}.{}.partial", name_of(&whole), std::process::id()));
    remove(&partial).with_context(writing)?;
    fs::create_dir(&partial).with_context(writing)?;
    for (name, bytes) in &documents {
        file::write_bytes(&partial.join(name), bytes)?;
    }
    if let Err(error) = fs::rename(&partial, &whole) {
        let _ = remove(&partial);
        return Err(error).with_context(writing);
    }
    Ok(Recorded::New(folder))
}

/// Reads a plain file. A pipe has no end to wait for, and a link leads out of the run.
fn read_plain(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is no plain file; put the document itself there"));
    }
    fs::read(path)
}

/// Passes a document that can be read and is of the run's platform.
fn check(path: &Path, name: &str, platform: PlatformKey) -> Result<()> {
    let found = match name {
        "report.json" => platform,
        "comparison.json" => file::read::<Comparison>(path)?.platform,
        "pair.json" => file::read::<Pair>(path)?.platform,
        _ => file::read::<Watch>(path)?.platform,
    };
    ensure!(
        found == platform,
        "{}: it is of {found}, and the report beside it of {platform}; a run is of one platform",
        path.display()
    );
    Ok(())
}

/// Passes a run that was recorded before. A history that could be rewritten would be no evidence.
fn check_is_same(recorded: &Path, documents: &[(&str, Vec<u8>)], run: &Path) -> Result<()> {
    for (name, bytes) in documents {
        let path = recorded.join(name);
        if !fs::read(&path).is_ok_and(|there| there == *bytes) {
            bail!(
                "{}: another run of the same moment is recorded as {}, and a history is never rewritten; \
                 move one of the two away",
                run.join(name).display(),
                path.display()
            );
        }
    }
    Ok(())
}

fn name_of(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        done => done,
    }
}
