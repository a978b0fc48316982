//! What must hold of foreign files: nothing is dropped, and what is read makes a document that can be written.

use detector::import::{
    Format,
    assembly::{self, Source, Told},
    baselines_json,
    criterion::{self, Files},
    refusal::Refusal,
    run::{Origin, Run},
};

use crate::{check_message, document::check_is_kept};

/// Reads a text of a format, and makes a report of it, alone and beside itself.
///
/// # Panics
///
/// When what must hold does not.
pub fn check_format(format: Format, bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Some(run) = understood(format.parse(text)) else { return };
    if let Some(told) = launches_told(format, text) {
        let read: usize = run.benchmarks.iter().map(|benchmark| benchmark.launches.len()).sum();
        assert!(read >= told, "{told} launches stand in the text, and {read} were read");
    }
    check_report(&run);
}

/// Reads the files of one of criterion's benchmarks, which stand one after the other with an empty line between them.
///
/// # Panics
///
/// When what must hold does not.
pub fn check_criterion(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut files = text.splitn(3, "\n\n");
    let benchmark = files.next().unwrap_or_default();
    let [sample, estimates] = [files.next(), files.next()].map(|text| text.filter(|text| !text.is_empty()));
    // The estimates count only where there is no sample.
    for files in [Files { benchmark, sample, estimates }, Files { benchmark, sample: None, estimates }] {
        let read = criterion::benchmark(&files).and_then(|one| Run::new(Origin::default(), vec![one], Vec::new()));
        if let Some(run) = understood(read) {
            check_report(&run);
        }
    }
}

/// Reads a document of what is expected, and makes baselines of it.
///
/// # Panics
///
/// When what must hold does not.
pub fn check_baselines(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let expected = match baselines_json::parse(text) {
        Ok(expected) => expected,
        Err(refusal) => return check_message(&refusal.to_string()),
    };
    let cases: usize = expected.platforms.iter().map(|(_, run)| run.benchmarks.len()).sum();
    match assembly::baselines(expected, "input", Some(modified()), &told()) {
        Ok(imported) => {
            check_is_kept(&imported.document);
            let classes = imported.document.baselines.values().flat_map(|classes| classes.values());
            let kept: usize = classes.flat_map(|class| &class.sessions).map(|session| session.cases.len()).sum();
            assert_eq!(kept, cases, "cases were dropped");
        }
        Err(error) => check_message(&error.to_string()),
    }
}

fn understood(read: Result<Run, Refusal>) -> Option<Run> {
    match read {
        Ok(run) => Some(run),
        Err(refusal) => {
            check_message(&refusal.to_string());
            None
        }
    }
}

fn told() -> Told {
    Told { format: "fuzz", here: Some("linux-x86_64".parse().expect("it stands in platforms.toml")), ..Told::default() }
}

fn modified() -> jiff::Timestamp {
    "2026-01-31T04:00:00Z".parse().expect("a time")
}

fn check_report(run: &Run) {
    let source = |file: &str| Source { file: file.to_owned(), modified: Some(modified()), run: run.clone() };
    for sources in [vec![source("one")], vec![source("one"), source("other")]] {
        match assembly::report(&sources, &told()) {
            Ok(imported) => {
                check_is_kept(&imported.document);
                let cases = &imported.document.cases;
                assert_eq!(cases.len(), run.benchmarks.len(), "benchmarks were dropped");
                let launches = |run: &Run| run.benchmarks.iter().map(|one| one.launches.len()).sum::<usize>();
                let kept: usize = cases.values().map(|case| case.launches.len()).sum();
                assert_eq!(kept, sources.len() * launches(run), "launches were dropped");
            }
            Err(error) => check_message(&error.to_string()),
        }
    }
}

/// How many launches a text has for certain, as one who does not know its format sees them; `None` where only its reader
/// can tell.
fn launches_told(format: Format, text: &str) -> Option<usize> {
    // What commands a terminal takes away what stood in a line before.
    let is_plain = !text.contains(['\r', '\u{1b}', '\u{feff}']);
    let lines = |is_launch: fn(&str) -> bool| is_plain.then(|| text.lines().filter(|line| is_launch(line)).count());
    match format {
        Format::Bencher => {
            lines(|line| line.starts_with("test ") && line.contains(" ... bench:") && line.contains("/iter"))
        }
        Format::Go => lines(|line| line.starts_with("Benchmark") && line.contains(" ns/op")),
        Format::CriterionText => lines(|line| {
            let is_name = !line.starts_with(char::is_whitespace) && !line.starts_with("Benchmarking ");
            is_name && line.rsplit_once("time:").is_some_and(|(_, figures)| figures.trim_start().starts_with('['))
        }),
        Format::Divan => lines(|line| line.starts_with(['├', '╰']) && line.matches('│').count() == 5),
        Format::Hyperfine => count(text, "results"),
        Format::PytestBenchmark | Format::BenchmarksJson => count(text, "benchmarks"),
        // Its aggregates are no launches.
        Format::GoogleBenchmark => None,
    }
}

/// How many elements a list of a JSON text has.
fn count(text: &str, list: &str) -> Option<usize> {
    let whole: serde_json::Value = serde_json::from_str(text).ok()?;
    Some(whole.get(list)?.as_array()?.len())
}
