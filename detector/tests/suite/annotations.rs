//! The annotations of a GitHub workflow: what is loud, how many there are, and that no name is a command.

use detector::output::{Format, print};
use proptest::prelude::*;
use schema::{
    case::{CaseRow, Status},
    comparison::Comparison,
    report::Report,
};

use crate::{
    bench::{CASE, around, baselines, compared, report, request, row, three_sessions},
    formats::every_verdict,
};

fn annotations(comparison: &Comparison) -> String {
    print(comparison, Format::Github, false)
}

/// The level, the title and the message of a line, read as GitHub's runner reads it.
fn read(line: &str) -> (&str, String, String) {
    let (command, message) = line.strip_prefix("::").expect("a command").split_once("::").expect("its end");
    let (level, properties) = command.split_once(' ').expect("properties");
    let title = properties.strip_prefix("title=").expect("a title");
    assert!(!title.contains(','), "a second property in {line}");
    let decoded = |text: &str| {
        let text = text.replace("%0D", "\r").replace("%0A", "\n");
        text.replace("%3A", ":").replace("%2C", ",").replace("%25", "%")
    };
    (level, decoded(title), decoded(message))
}

/// So many lines of the level.
fn count(text: &str, level: &str) -> usize {
    text.lines().filter(|line| read(line).0 == level).count()
}

/// A report of so many cases, all so much slower.
fn slowed(count: u32, factor: f64) -> Report {
    let cases = (1..=count).map(|n| (format!("dot_f32/avx2/n{n}"), around(factor))).collect();
    Report { cases, ..report(9, around(1.0)) }
}

/// The comparison of one critical case of this name.
fn critical(name: &str) -> Comparison {
    let mut comparison = compared(&report(9, around(1.4)), &three_sessions());
    for row in &mut comparison.rows {
        name.clone_into(&mut row.case);
    }
    comparison
}

#[test]
fn every_verdict_that_matters_is_annotated() {
    insta::assert_snapshot!(annotations(&every_verdict()));
}

#[test]
fn nothing_to_act_on_is_one_notice() {
    let text = annotations(&compared(&report(9, around(1.0)), &three_sessions()));
    assert_eq!((text.lines().count(), count(&text, "notice")), (1, 1), "{text}");
}

#[test]
fn of_many_errors_the_tenth_says_how_many_more_there_are() {
    let expected = slowed(12, 1.0);
    let text = annotations(&compared(
        &slowed(12, 1.4),
        &baselines([Report { created: report(1, around(1.0)).created, ..expected }]),
    ));
    assert_eq!(count(&text, "error"), 10, "{text}");
    let (_, title, message) = read(text.lines().nth(9).expect("ten errors"));
    // The summary is one of them, eight cases are shown.
    assert_eq!(title, "and 4 more of this level");
    assert!(message.starts_with("critical: dot_f32/avx2/"), "{message}");
}

#[test]
fn the_largest_change_stands_first() {
    let mut candidate = slowed(3, 1.4);
    candidate.cases.insert("dot_f32/avx2/n2".to_owned(), around(1.9));
    let text = annotations(&compared(
        &candidate,
        &baselines([Report { created: report(1, around(1.0)).created, ..slowed(3, 1.0) }]),
    ));
    assert_eq!(read(text.lines().nth(1).expect("a case")).1, "critical: dot_f32/avx2/n2");
}

#[test]
fn a_case_is_annotated_once_with_all_its_metrics() {
    let text = annotations(&critical(CASE));
    let of_case: Vec<&str> = text.lines().filter(|line| line.contains(CASE)).collect();
    assert_eq!(of_case.len(), 1, "{text}");
    assert!(
        of_case[0].contains("throughput 1.00 Gflop/s, now") && of_case[0].contains("latency_p50 1.00 µs, now"),
        "{text}"
    );
}

#[test]
fn a_warning_that_failed_the_comparison_is_an_error() {
    let (candidate, expected) = (report(9, around(1.12)), three_sessions());
    let of = |fail_on| {
        let request = detector::comparison::Request { fail_on, ..request() };
        annotations(&detector::comparison::compare(&candidate, &expected, &request).expect("a comparison"))
    };
    let (passed, failed) = (of(detector::comparison::FailOn::Critical), of(detector::comparison::FailOn::Warning));
    assert_eq!((count(&passed, "error"), count(&passed, "warning")), (0, 1), "{passed}");
    assert_eq!((count(&failed, "error"), count(&failed, "warning")), (2, 0), "{failed}");
}

#[test]
fn doubt_that_failed_the_comparison_is_an_error() {
    let (candidate, expected) = (report(9, row(&[1000.0, 1300.0, 900.0, 1250.0, 1100.0])), three_sessions());
    let of = |strict| {
        let request = detector::comparison::Request { strict, ..request() };
        annotations(&detector::comparison::compare(&candidate, &expected, &request).expect("a comparison"))
    };
    assert_eq!((count(&of(false), "error"), count(&of(true), "error")), (0, 2), "{}", of(true));
}

#[test]
fn no_baseline_is_an_error() {
    let text = annotations(&compared(&report(9, around(1.0)), &baselines([])));
    assert_eq!((text.lines().count(), count(&text, "error")), (1, 1), "{text}");
}

#[test]
fn cases_of_which_the_same_is_said_are_one_annotation() {
    let mut candidate = slowed(40, 1.0);
    for row in candidate.cases.values_mut() {
        *row = CaseRow::without_numbers(Status::Failed, "out of memory");
    }
    let text = annotations(&compared(
        &candidate,
        &baselines([Report { created: report(1, around(1.0)).created, ..slowed(40, 1.0) }]),
    ));
    assert_eq!(count(&text, "error"), 2, "{text}");
    assert!(text.contains("title=40 cases are missing::it failed: out of memory: dot_f32/avx2/n1, "), "{text}");
}

#[test]
fn a_hostile_name_is_no_command() {
    let name = "x\r\n::add-mask::%0A::error title=a,file=b::c %0D##[stop-commands]d\u{2028}::e";
    let text = annotations(&critical(name));
    assert_eq!(text.lines().count(), 2, "{text}");
    let (level, title, message) = read(text.lines().nth(1).expect("the case"));
    assert_eq!(
        (level, title.as_str()),
        ("error", "critical: x  ::add-mask::%0A::error title=a,file=b::c %0D#\\u{23}[stop-commands]d\\u{2028}::e")
    );
    assert!(message.starts_with("throughput "), "{message}");
}

#[test]
fn a_name_too_long_for_a_title_stands_in_the_message() {
    let name = "x".repeat(300);
    let text = annotations(&critical(&name));
    let (_, title, message) = read(text.lines().nth(1).expect("the case"));
    assert!(title.chars().count() < 120 && title.ends_with("x…"), "{title}");
    assert!(message.starts_with(&format!("{name}. throughput ")), "{message}");
}

/// Of all characters, those oftener that mean something to a runner.
fn any_character() -> impl Strategy<Value = char> {
    prop_oneof![any::<char>(), prop::sample::select("\r\n:,%;=#[]0AD \u{85}\u{2028}".chars().collect::<Vec<_>>())]
}

proptest! {
    #[test]
    fn any_name_makes_one_line_an_annotation(name in prop::collection::vec(any_character(), 0..60)) {
        let name = String::from_iter(name);
        let text = annotations(&critical(&name));
        let is_end = |character: char| matches!(character, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
        prop_assert_eq!(text.matches(is_end).count(), 2);
        prop_assert!(!text.contains("%0A") && !text.contains("%0D"));
        for line in text.lines() {
            prop_assert_eq!(read(line).0, "error");
        }
    }
}
