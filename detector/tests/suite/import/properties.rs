//! Whatever bytes come in, a reader ends with rows that a report may have, or with one line of text.

use detector::import::{
    Format,
    assembly::{self, Source, Told},
    baselines_json,
    criterion::{self, Files},
    run::Run,
};
use proptest::prelude::*;
use schema::document::Document;

/// What the formats are made of, so that chance meets more than the first line of a reader.
const WORDS: [&str; 64] = [
    "\n",
    "\r",
    " ",
    "  ",
    "\t",
    "\"",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "0",
    "1",
    "-1",
    "1.5",
    "1e308",
    "1e-320",
    "9,999",
    "null",
    "ns",
    "µs",
    "s",
    "KiB/s",
    "elem/s",
    "time:   [",
    "thrpt:  [",
    "change:",
    "Benchmarking ",
    ": Warming up for ",
    "test ",
    " ... ",
    "bench: ",
    " ns/iter (+/- ",
    ") = 5 MB/s",
    "ok",
    "FAILED",
    "Running a (b)",
    "BenchmarkSum-2 ",
    " ns/op",
    " MB/s",
    "goos: linux",
    "goarch: amd64",
    "cpu: x",
    "pkg: p",
    "--- FAIL: ",
    "--- SKIP: Benchmark",
    "FAIL\t",
    "├─ ",
    "╰─ ",
    "│ ",
    "│  ",
    "fastest │ slowest │ median │ mean │ samples │ iters",
    "(ignored)",
    "alloc:",
    "\"benchmarks\":",
    "\"results\":",
    "\"name\":",
    "\"real_time\":",
    "\"stats\":",
    "\"baselines\":",
    "\u{1b}[2K",
    "\u{7}",
    "é",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..200).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        proptest::collection::vec(proptest::sample::select(&WORDS[..]), 0..60).prop_map(|words| words.concat()),
    ]
}

/// A whole file of a real tool with a few bytes of it replaced or taken away.
fn damaged(whole: &str, at: f64, length: usize, by: &str) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a length")]
    let start = (whole.len() as f64 * at) as usize;
    let end = (start + length).min(whole.len());
    let bytes = [&whole.as_bytes()[..start], by.as_bytes(), &whole.as_bytes()[end..]].concat();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A run, where it is one, makes a report that can be written.
fn check(run: Result<Run, detector::import::refusal::Refusal>) {
    match run {
        Ok(run) => {
            let told = Told { format: "test", here: Some("linux-x86_64".parse().expect("a key")), ..Told::default() };
            let created = Some("2026-01-31T04:00:00Z".parse().expect("a time"));
            let twice: Vec<Source> =
                ["one", "two"].map(|file| Source { file: file.to_owned(), modified: created, run: run.clone() }).into();
            if let Ok(imported) = assembly::report(&twice, &told) {
                imported.document.check().expect("a report that an import makes can be written");
            }
        }
        Err(refusal) => assert!(!refusal.to_string().contains('\n'), "{refusal}"),
    }
}

proptest! {
    #[test]
    fn no_text_makes_a_reader_panic_or_a_report_that_is_not_one(text in text()) {
        for format in Format::ALL {
            check(format.parse(&text));
        }
        let _ = baselines_json::parse(&text);
        for (sample, estimates) in [(Some(text.as_str()), None), (None, Some(text.as_str()))] {
            let _ = criterion::benchmark(&Files { benchmark: r#"{"full_id":"a"}"#, sample, estimates });
            let _ = criterion::benchmark(&Files { benchmark: &text, sample, estimates });
        }
    }

    #[test]
    fn no_damage_to_a_real_file_makes_a_reader_panic(
        which in 0_usize..super::real::FILES.len(), at in 0.0..1.0_f64, length in 0_usize..40,
        by in proptest::sample::select(&WORDS[..]),
    ) {
        let (format, text) = super::real::FILES[which];
        check(format.parse(&damaged(text, at, length, by)));
    }

    #[test]
    fn a_real_file_that_ends_early_never_gains_a_benchmark(
        which in 0_usize..super::real::FILES.len(), at in 0.0..1.0_f64,
    ) {
        let (format, text) = super::real::FILES[which];
        if let (Ok(whole), Ok(part)) = (format.parse(text), format.parse(&damaged(text, at, text.len(), ""))) {
            for benchmark in &part.benchmarks {
                prop_assert!(whole.benchmarks.iter().any(|one| one.name == benchmark.name), "{}", benchmark.name);
            }
        }
    }
}
