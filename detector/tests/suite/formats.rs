//! The formats: one comparison with every verdict in it, as each of them prints it.

use detector::{
    comparison::{Request, compare},
    output::{Format, print},
};
use proptest::prelude::*;
use quick_xml::{XmlVersion, events::Event};
use regex::Regex;
use schema::{
    SCHEMA_VERSION,
    case::{CaseRow, Status},
    comparison::Comparison,
    report::Report,
};
use unicode_width::UnicodeWidthStr;

use crate::bench::{around, baselines, compared, report, request, row, three_sessions};

/// One case of each verdict.
pub(crate) fn every_verdict() -> Comparison {
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
fn no_name_is_a_command_to_the_runner_that_logs_the_json() {
    let comparison = filled_with("##[add-mask]a");
    let text = print(&comparison, Format::Json, false);
    assert!(!text.contains("##["), "{text}");
    assert_eq!(serde_json::from_str::<Comparison>(&text).expect("JSON"), comparison);
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

/// A critical case of this name, and one of an ordinary name.
fn named(name: &str) -> Comparison {
    let of = |hour, factor| Report {
        cases: [(name.to_owned(), around(factor)), ("dot_f32/avx2/n100".to_owned(), around(factor))].into(),
        ..report(hour, around(1.0))
    };
    compared(&of(9, 1.4), &baselines([of(1, 1.0)]))
}

/// Where the figures of each row end.
fn ends_of_rows(text: &str) -> Vec<usize> {
    let is_row = |line: &&str| line.ends_with(" %") && line.contains(" to ") || line.ends_with("could see");
    text.lines().filter(is_row).map(UnicodeWidthStr::width).collect()
}

#[test]
fn a_long_name_is_not_cut_and_does_not_push_the_figures_away() {
    let long = "x".repeat(300);
    let text = plain(&named(&long), true);
    assert!(text.lines().any(|line| line.ends_with(&long)), "{text}");
    let ends = ends_of_rows(&text);
    assert!(ends.len() > 4 && ends.iter().all(|&end| end == ends[0] && end < 120), "{ends:?} {text}");
}

#[test]
fn wide_and_narrow_and_unseen_characters_leave_the_columns_where_they_are() {
    for name in ["点積/幅/長い", "a\u{301}\u{301}/é", "👩‍👩‍👧/🇩🇪", "\u{1b}[31mred", "\u{202e}abc", "ｗｉｄｅ"]
    {
        // Control characters do not come in by a file, and yet must not matter.
        let mut comparison = named("placeholder");
        for row in comparison.rows.iter_mut().filter(|row| row.case == "placeholder") {
            name.clone_into(&mut row.case);
        }
        let text = plain(&comparison, true);
        let ends = ends_of_rows(&text);
        assert!(ends.len() > 4 && ends.iter().all(|&end| end == ends[0]), "{ends:?} {text}");
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{200d}']), "{text}");
    }
}

#[test]
fn beside_each_stable_row_stands_what_could_have_been_seen() {
    let comparison = many(2, 1.0);
    let text = plain(&comparison, true);
    for line in text.lines().filter(|line| line.starts_with("stable ")) {
        let seen = line.rsplit("  ").next().expect("a last cell").trim();
        assert!(seen.ends_with(" %") || seen == "any", "{line}");
    }
    assert_eq!(text.lines().filter(|line| line.starts_with("stable ")).count(), comparison.rows.len());
}

#[test]
fn the_rows_for_people_stand_worst_first() {
    let text = plain(&every_verdict(), true);
    let order = |name: &str| text.find(&format!("\n{name} ")).unwrap_or_else(|| panic!("{name} is in {text}"));
    let places =
        ["critical", "missing", "incomparable", "warning", "inconclusive", "improved", "new", "stable"].map(order);
    assert!(places.is_sorted(), "{text}");
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

/// A comparison in which every text that comes from a file is this one.
fn filled_with(hostile: &str) -> Comparison {
    let mut comparison = every_verdict();
    for row in &mut comparison.rows {
        row.case = format!("{hostile}{}", row.case);
        hostile.clone_into(&mut row.reason);
    }
    let summary = &mut comparison.summary;
    hostile.clone_into(&mut summary.exit_reason);
    summary.machine_change = Some(hostile.to_owned());
    summary.notes.push(hostile.to_owned());
    for side in [&mut comparison.baseline, &mut comparison.candidate] {
        hostile.clone_into(&mut side.file);
        side.class = Some(hostile.to_owned());
        hostile.clone_into(&mut side.git.as_mut().expect("git").commit);
    }
    comparison
}

/// What Markdown reads as something else than text, in code or not.
const HOSTILE: &str =
    "a|b `c` </details><img src=x> @everyone #123 GH-7 [d](http://e) ![f](g) **h** ~~i~~ $j$ \\| \n# k";

#[test]
fn hostile_names_are_text_in_markdown() {
    let text = print(&filled_with(HOSTILE), Format::Markdown, false);
    for said in ["@everyone", "#123", "<img", "[d]", "![f]", "**h**", "~~i~~", "$j$", "http://", "\n# k", "`c`"] {
        assert!(!text.contains(said), "{said} is in {text}");
    }
    let tags = |tag: &str| text.matches(tag).count();
    assert_eq!((tags("<details>"), tags("</details>")), (3, 3), "{text}");
    assert_eq!(tags("<code>"), tags("</code>"));
}

#[test]
fn each_row_of_a_markdown_table_has_its_nine_cells() {
    for text in
        [print(&every_verdict(), Format::Markdown, false), print(&filled_with(HOSTILE), Format::Markdown, false)]
    {
        for line in text.lines().filter(|line| line.starts_with('|')) {
            assert_eq!(line.matches('|').count(), 10, "{line}");
        }
        let rows = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| verdict")).count();
        assert_eq!(rows, every_verdict().rows.len(), "{text}");
    }
}

#[test]
fn all_but_regressions_and_improvements_is_folded() {
    let text = print(&every_verdict(), Format::Markdown, false);
    let folded = &text[text.find("<details>").expect("something is folded")..];
    for (verdict, is_folded) in [
        ("critical", false),
        ("missing", false),
        ("improved", false),
        ("inconclusive", true),
        ("new", true),
        ("stable", true),
    ] {
        assert_eq!(folded.contains(&format!("| {verdict} |")), is_folded, "{verdict}");
    }
}

#[test]
fn doubt_that_failed_the_comparison_is_not_folded() {
    let (candidate, expected) = (report(9, row(&[1000.0, 1300.0, 900.0, 1250.0, 1100.0])), three_sessions());
    let of = |strict| {
        let comparison = compare(&candidate, &expected, &Request { strict, ..request() }).expect("a comparison");
        print(&comparison, Format::Markdown, false)
    };
    assert!(!of(false).contains("<details open>") && of(true).contains("<details open>"), "{}", of(true));
}

/// The tests of a `JUnit` file, by name; a text that is no XML fails.
fn tests_of(text: &str) -> Vec<String> {
    let is_character = |character: char| matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(text.chars().all(is_character), "{text:?} has a character that XML lacks");
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().enable_all_checks(true);
    let mut names = Vec::new();
    loop {
        match reader.read_event().expect("XML") {
            Event::Eof => return names,
            Event::Start(tag) | Event::Empty(tag) => {
                for attribute in tag.attributes() {
                    let attribute = attribute.expect("an attribute");
                    let value = attribute.normalized_value(XmlVersion::Implicit1_0).expect("a value");
                    if (tag.name().as_ref(), attribute.key.as_ref()) == (b"testcase", b"name") {
                        names.push(value.into_owned());
                    }
                }
            }
            Event::Text(text) => {
                text.decode().expect("text");
            }
            _ => {}
        }
    }
}

#[test]
fn hostile_names_are_text_in_junit() {
    let hostile = "\"><failure/>]]><!--&amp;&#0;\u{ffff}\u{1}";
    let names = tests_of(&print(&filled_with(hostile), Format::Junit, false));
    assert_eq!(names.len(), every_verdict().rows.len() + 1);
    assert!(names[1].starts_with("\"><failure/>]]><!--&amp;&#0;\\u{ffff}\\u{1}critical_f32/"), "{}", names[1]);
}

proptest! {
    #[test]
    fn junit_is_xml_whatever_the_names_are(name in prop::collection::vec(any::<char>(), 0..40)) {
        let name = String::from_iter(name);
        let comparison = filled_with(&name);
        let names = tests_of(&print(&comparison, Format::Junit, false));
        prop_assert_eq!(names.len(), comparison.rows.len() + 1);
    }
}
