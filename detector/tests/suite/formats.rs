//! The formats: one comparison with every verdict in it, as each of them prints it.

use detector::output::{Format, print};
use regex::Regex;
use schema::{
    SCHEMA_VERSION,
    case::{CaseRow, Status},
    comparison::Comparison,
    report::Report,
};

use crate::bench::{around, baselines, compared, report, row};

/// One case of each verdict.
fn every_verdict() -> Comparison {
    let expected = |hour, factor: f64| {
        let mut session = report(hour, around(factor));
        session.cases = [
            "critical_f32/avx2/n100",
            "missing_f32/avx2/n100",
            "failed_f32/avx2/n100",
            "incomparable_f32/avx2/n100",
            "warning_f32/avx2/n100",
            "inconclusive_f32/avx2/n100",
            "improved_f32/avx2/n100",
            "stable_f32/avx2/n100",
        ]
        .map(|case| (case.to_owned(), around(factor)))
        .into();
        session
    };
    let mut other_work = around(1.0);
    other_work.work.as_mut().expect("work").flops = 2000;
    let mut candidate = report(9, around(1.0));
    candidate.cases = [
        ("critical_f32/avx2/n100", around(1.4)),
        ("failed_f32/avx2/n100", CaseRow::without_numbers(Status::Failed, "its process died: signal 9 (SIGKILL)")),
        ("incomparable_f32/avx2/n100", other_work),
        ("warning_f32/avx2/n100", around(1.12)),
        ("inconclusive_f32/avx2/n100", row(&[1040.0, 1190.0, 1000.0, 1170.0, 1100.0])),
        ("improved_f32/avx2/n100", around(0.7)),
        ("new_f32/avx2/n100", around(0.05)),
        ("stable_f32/avx2/n100", around(1.002)),
    ]
    .map(|(case, row)| (case.to_owned(), row))
    .into();
    candidate.context.git.as_mut().expect("git").dirty = true;
    compared(&candidate, &baselines([expected(1, 1.0), expected(2, 1.001), expected(3, 0.999)]))
}

/// A comparison of so many cases, all alike.
fn many(count: u32, factor: f64) -> Comparison {
    compared(&alike(9, count, factor), &baselines([alike(1, count, 1.0), alike(2, count, 1.001)]))
}

fn alike(hour: u8, count: u32, factor: f64) -> Report {
    let cases = (1..=count).map(|n| (format!("dot_f32/avx2/n{n}"), around(factor))).collect();
    Report { cases, ..report(hour, around(1.0)) }
}

fn plain(comparison: &Comparison, all: bool) -> String {
    anstream::adapter::strip_str(&print(comparison, Format::Human, all)).to_string()
}

#[test]
fn the_table_for_people() {
    insta::assert_snapshot!(plain(&every_verdict(), false));
}

#[test]
fn markdown() {
    insta::assert_snapshot!(print(&every_verdict(), Format::Markdown, false));
}

#[test]
fn junit() {
    // The test library stamps each run with an id of its own, if any.
    let text = print(&every_verdict(), Format::Junit, false);
    insta::assert_snapshot!(Regex::new(r#" uuid="[^"]*""#).expect("a pattern").replace_all(&text, ""));
}

#[test]
fn json() {
    let text = print(&every_verdict(), Format::Json, false);
    let again: Comparison = serde_json::from_str(&text).expect("JSON");
    assert_eq!(again, every_verdict());
    let version = format!("{{\n  \"schema_version\": {SCHEMA_VERSION},");
    assert!(text.starts_with(&version), "the version stands first");
}

#[test]
fn many_stable_rows_fold_into_a_count_with_what_could_have_been_seen() {
    insta::assert_snapshot!(plain(&many(40, 1.0), false));
}

#[test]
fn all_lists_what_is_folded() {
    assert!(plain(&many(40, 1.0), true).contains("dot_f32/avx2/n40"));
}

#[test]
fn cases_of_which_the_same_is_said_stand_in_one_line() {
    let mut candidate = alike(9, 40, 1.0);
    candidate.context.machine.class = Some("testbench.2".to_owned());
    insta::assert_snapshot!(plain(&compared(&candidate, &baselines([alike(1, 40, 1.0)])), false));
}

#[test]
fn a_table_is_as_wide_as_its_longest_name_and_cuts_none() {
    let long = "x".repeat(300);
    let case = |hour, factor| Report { cases: [(long.clone(), around(factor))].into(), ..report(hour, around(1.0)) };
    assert!(plain(&compared(&case(9, 1.4), &baselines([case(1, 1.0)])), false).contains(&long));
}

#[test]
fn what_a_report_says_does_not_reach_the_terminal_raw() {
    let failed = CaseRow::without_numbers(Status::Failed, "\u{1b}]0;owned\u{7}\u{202e}evil\nexit 0: nothing to act on");
    let comparison = compared(&report(9, failed), &baselines([report(1, around(1.0))]));
    let text = plain(&comparison, false);
    assert!(text.contains("\\u{1b}]0;owned\\u{7}\\u{202e}evil exit 0"), "{text}");
    for format in [Format::Human, Format::Markdown, Format::Junit] {
        let text = print(&comparison, format, false);
        assert!(!text.contains(['\u{7}', '\u{202e}']), "{text}");
    }
}

#[test]
fn every_test_of_junit_is_one_that_a_collector_counts() {
    let text = print(&every_verdict(), Format::Junit, false);
    let count = |tag: &str| text.matches(tag).count();
    // Critical: throughput and latency. Errors: two missing and one incomparable.
    assert_eq!(count("<failure "), 1 + 2, "one for the comparison as a whole\n{text}");
    assert_eq!((count("<error "), count("<skipped ")), (3, 2), "{text}");
}
