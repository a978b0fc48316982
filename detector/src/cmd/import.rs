//! `detector import`: the output of another tool, as a report or as baselines.

use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow, bail, ensure};
use clap::{Args, ValueEnum};
use detector::import::{
    Format,
    assembly::{self, Source, Told},
    baselines_json,
    run::{Origin, Run},
};
use jiff::Timestamp;
use platforms::PlatformKey;
use schema::{
    context::Git,
    document::Document,
    exit::Exit,
    file::{self, DOCUMENT_BYTES},
};

mod folder;

/// Turns what another tool has measured into a report, which every other verb takes.
///
/// Several files, or several runs in one where the format tells them apart, are launches of the same cases: at least
/// two are needed to know how far they spread. What the source does not tell stays null, with a reason; units are
/// converted, and an unknown one is refused by name; a benchmark that cannot be read is refused by name, and then
/// nothing is written.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The tool, or the form, that the files are of
    #[arg(long, value_enum, value_name = "FORMAT")]
    from: From,
    /// The files, or criterion's folders; each is a run, and gives launches
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// The document to write: a report, or baselines of `baselines-json`
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Where it ran, for formats that do not tell; of `baselines-json`, the only platform to take
    #[arg(long, value_name = "KEY")]
    platform: Option<PlatformKey>,
    /// The machine class, in place of the one made of what the source tells; only equal classes are compared
    #[arg(long, value_name = "NAME")]
    class: Option<String>,
    /// The commit that was measured, in hexadecimal
    #[arg(long, value_name = "HASH", value_parser = commit)]
    commit: Option<String>,
    /// The branch it was on
    #[arg(long, value_name = "NAME", requires = "commit")]
    branch: Option<String>,
    /// When it ran, `2026-01-31T04:00:00Z`, in place of what the source or the file's own time tells
    #[arg(long, value_name = "TIME")]
    created: Option<Timestamp>,
    /// Which of criterion's saved runs: `base`, or a name given to `--save-baseline`; otherwise `new`, else `base`
    #[arg(long, value_name = "NAME")]
    saved: Option<String>,
}

const AFTER_HELP: &str = "\
Examples:
  for run in 1 2 3; do cargo bench && cp -r target/criterion run$run; done
  detector import --from criterion run1 run2 run3 --out report.json
  detector compare --report report.json --baseline-report baseline.json
  go test -bench . -count 5 > go.txt
  detector import --from go go.txt --commit \"$(git rev-parse HEAD)\" --out report.json

criterion's folder holds one run of each benchmark, and one run does not tell how far runs differ: measure several \
times, keep each folder, and name them all. The baseline is made in the same way, of the state before, in folders of \
other names.

`generator baseline --report` takes a report whose commit is known: pass --commit.";

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum From {
    /// criterion's folder, `target/criterion`: the samples of each benchmark
    Criterion,
    /// What criterion prints: its estimate of each benchmark
    CriterionText,
    /// `test NAME ... bench: 1,234 ns/iter`, of Rust's bench harness or criterion's `--output-format bencher`
    Bencher,
    /// hyperfine's `--export-json`; each run of a command is a launch
    Hyperfine,
    /// google-benchmark's JSON; each repetition is a launch
    GoogleBenchmark,
    /// pytest-benchmark's `--benchmark-json`
    PytestBenchmark,
    /// What `go test -bench` prints; each of `-count` is a launch
    Go,
    /// divan's table
    Divan,
    /// `{version, timestamp, environment, benchmarks: [{name, duration_ms, throughput, memory_mb, iterations}]}`, with
    /// `duration_ms` of one iteration
    BenchmarksJson,
    /// `{baselines: {PLATFORM: {IMPLEMENTATION: {latency_p50_ms, …}}}, alerts: {critical, warning}}`; writes baselines
    BaselinesJson,
}

/// Reads, writes, and says what had to be taken for granted.
///
/// # Errors
///
/// When a file cannot be read or understood, or the document not be written.
pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    let told = Told {
        format: arguments.from.name(),
        platform: arguments.platform,
        here: PlatformKey::of_this_build(),
        class: arguments.class.clone(),
        git: arguments.commit.clone().map(|commit| Git { commit, branch: arguments.branch.clone(), dirty: false }),
        created: arguments.created,
    };
    ensure!(
        arguments.saved.is_none() || arguments.from == From::Criterion,
        "--saved is for --from criterion; leave it out"
    );
    for (index, path) in arguments.paths.iter().enumerate() {
        check_is_another(path, &arguments.out)?;
        let own = path.canonicalize().ok();
        let is_same = |other: &PathBuf| own.is_some() && other.canonicalize().ok() == own;
        ensure!(
            !arguments.paths[..index].iter().any(is_same),
            "{}: it is named twice; a run read again is no further launch, so name each once",
            path.display()
        );
    }
    if arguments.from == From::BaselinesJson {
        let [path] = &arguments.paths[..] else {
            bail!("--from baselines-json takes one file; import each, and join them with `generator merge`");
        };
        let expected = baselines_json::parse(&text(path)?).map_err(|refusal| anyhow!(refusal.in_file(path)))?;
        let imported = assembly::baselines(expected, &path.display().to_string(), modified(path), &told)?;
        return finish(arguments, &imported.document, &imported.said);
    }
    let mut sources = Vec::new();
    for path in &arguments.paths {
        sources.push(source(arguments, path)?);
    }
    let imported = assembly::report(&sources, &told)?;
    finish(arguments, &imported.document, &imported.said)
}

/// Passes a document that is not written over what it is made of.
fn check_is_another(path: &Path, out: &Path) -> Result<()> {
    let is_same = matches!((path.canonicalize(), out.canonicalize()), (Ok(path), Ok(out)) if path == out);
    ensure!(!is_same, "--out {} is what is to be imported, and would be lost; name another", out.display());
    Ok(())
}

fn finish<D: Document>(arguments: &Arguments, document: &D, said: &[String]) -> Result<Exit> {
    file::write(&arguments.out, document)?;
    for line in said {
        tracing::info!("{}", detector::output::visible(line));
    }
    Ok(Exit::Nothing)
}

fn source(arguments: &Arguments, path: &Path) -> Result<Source> {
    let (run, modified) = match arguments.from.format() {
        Some(format) => {
            let run = format.parse(&text(path)?).map_err(|refusal| anyhow!(refusal.in_file(path)))?;
            (run, modified(path))
        }
        None => criterion(path, arguments.saved.as_deref())?,
    };
    Ok(Source { file: path.display().to_string(), modified, run })
}

/// All benchmarks of a criterion folder, and when the first of them was written.
fn criterion(path: &Path, saved: Option<&str>) -> Result<(Run, Option<Timestamp>)> {
    let mut benchmarks = Vec::new();
    let mut first: Option<Timestamp> = None;
    for found in folder::benchmarks(path, saved)? {
        let file = |name: &str| {
            let file = found.join(name);
            if file.try_exists().unwrap_or(true) { text(&file).map(Some) } else { Ok(None) }
        };
        let (about, sample, estimates) =
            (text(&found.join("benchmark.json"))?, file("sample.json")?, file("estimates.json")?);
        let files = detector::import::criterion::Files {
            benchmark: &about,
            sample: sample.as_deref(),
            estimates: estimates.as_deref(),
        };
        let mut benchmark =
            detector::import::criterion::benchmark(&files).map_err(|refusal| anyhow!(refusal.in_file(&found)))?;
        benchmark.place = found.strip_prefix(path).unwrap_or(&found).display().to_string();
        benchmarks.push(benchmark);
        let written = [modified(&found.join("benchmark.json")), first];
        first = written.into_iter().flatten().min();
    }
    let run = Run::new(Origin::default(), benchmarks, Vec::new()).map_err(|refusal| anyhow!(refusal.in_file(path)))?;
    Ok((run, first))
}

/// The text of a file that is not too large.
fn text(path: &Path) -> Result<String> {
    let unreadable = || format!("reading {}: it cannot be read; check the path and its permissions", path.display());
    let file = File::open(path).with_context(unreadable)?;
    let mut bytes = Vec::new();
    file.take(DOCUMENT_BYTES + 1).read_to_end(&mut bytes).with_context(unreadable)?;
    ensure!(
        bytes.len() as u64 <= DOCUMENT_BYTES,
        "reading {}: it has more than {} MiB; is it the right file?",
        path.display(),
        DOCUMENT_BYTES >> 20
    );
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..valid].split(|byte| *byte == b'\n').count();
        anyhow!(
            "reading {}, line {line}: it is no UTF-8; save it as such (PowerShell's `>` writes UTF-16)",
            path.display()
        )
    })
}

fn modified(path: &Path) -> Option<Timestamp> {
    fs::metadata(path).ok()?.modified().ok()?.try_into().ok()
}

fn commit(text: &str) -> Result<String, String> {
    let is_commit = (4..=64).contains(&text.len()) && text.chars().all(|digit| digit.is_ascii_hexdigit());
    if is_commit { Ok(text.to_owned()) } else { Err("a commit has from 4 to 64 hexadecimal digits".to_owned()) }
}

impl From {
    /// The format of a file that is a run.
    fn format(self) -> Option<Format> {
        Some(match self {
            Self::Criterion | Self::BaselinesJson => return None,
            Self::CriterionText => Format::CriterionText,
            Self::Bencher => Format::Bencher,
            Self::Hyperfine => Format::Hyperfine,
            Self::GoogleBenchmark => Format::GoogleBenchmark,
            Self::PytestBenchmark => Format::PytestBenchmark,
            Self::Go => Format::Go,
            Self::Divan => Format::Divan,
            Self::BenchmarksJson => Format::BenchmarksJson,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Criterion => "criterion",
            Self::BaselinesJson => "baselines-json",
            other => other.format().map_or("", Format::name),
        }
    }
}
