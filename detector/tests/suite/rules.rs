//! Rules beside the thresholds: variants slower than plain code, and another choice of variants.

use platforms::IsaLevel;
use schema::{
    baselines::{Accepted, AcceptedChanges, Baselines},
    comparison::{Comparison, Metric, Row, Rule, Verdict},
    report::Report,
};

use crate::bench::{around, baselines, compared, platform, report};

const VARIANT: &str = "dot_f32/avx2/n10000";

/// A session with plain code and a variant that takes `factor` times as long.
fn beside_scalar(hour: u8, factor: f64) -> Report {
    let mut report = report(hour, around(factor));
    report.cases.insert("dot_f32/scalar/n10000".to_owned(), around(1.0));
    report
}

fn found(comparison: &Comparison, rule: Rule) -> Vec<Row> {
    comparison.rows.iter().filter(|row| row.rule == Some(rule)).cloned().collect()
}

/// What is said of a variant that was `factor` times as slow as plain code already when the baseline was made.
fn slower(factor: f64) -> Vec<Row> {
    let comparison = compared(&beside_scalar(9, factor), &baselines([1, 2].map(|hour| beside_scalar(hour, factor))));
    found(&comparison, Rule::VariantSlowerThanScalar)
}

#[test]
fn a_variant_slower_than_plain_code_is_a_warning_however_long_it_was() {
    let [row] = &slower(1.3)[..] else { panic!("one row") };
    assert_eq!((row.case.as_str(), row.metric, row.verdict), (VARIANT, Some(Metric::Throughput), Verdict::Warning));
    assert!((row.change_percent.expect("a change") + 23.1).abs() < 0.2, "{row:#?}");
    insta::assert_snapshot!(row.reason, @"takes 30.0 % more time than the plain code beside it, and at least 29.8 %");
}

#[test]
fn a_variant_that_is_hardly_slower_or_faster_is_none() {
    for factor in [1.05, 1.0, 0.5] {
        assert_eq!(slower(factor), [], "{factor}");
    }
}

#[test]
fn it_takes_no_baseline() {
    let mut candidate = beside_scalar(9, 1.3);
    candidate.platform = platform("macos-aarch64");
    let comparison = compared(&candidate, &baselines([report(1, around(1.0))]));
    assert_eq!(found(&comparison, Rule::VariantSlowerThanScalar).len(), 1);
    assert_eq!(comparison.summary.exit_code, 4, "and that there is none is as loud as before");
}

#[test]
fn it_is_said_whether_the_slower_variant_is_the_one_in_use() {
    let mut candidate = beside_scalar(9, 1.3);
    for (used, said) in [(IsaLevel::Avx2, "it is the variant in use here"), (IsaLevel::Scalar, "in use here is scalar")]
    {
        candidate.dispatch.insert("dot_f32".to_owned(), used);
        let rows = found(&compared(&candidate, &baselines([report(1, around(1.0))])), Rule::VariantSlowerThanScalar);
        assert!(rows[0].reason.ends_with(said), "{}", rows[0].reason);
    }
}

#[test]
fn a_machine_that_changed_does_not_come_between_two_cases_of_one_session() {
    let with_control = |mut report: Report, step_ns: f64| {
        report.controls.insert("alu".to_owned(), schema::report::Control { launches: vec![step_ns; 5] });
        report
    };
    let expected = baselines([with_control(beside_scalar(1, 1.3), 0.25)]);
    let comparison = compared(&with_control(beside_scalar(9, 1.3), 0.35), &expected);
    assert!(comparison.summary.machine_change.is_some());
    assert_eq!(found(&comparison, Rule::VariantSlowerThanScalar)[0].verdict, Verdict::Warning);
}

#[test]
fn an_emulated_run_says_nothing_of_its_variants() {
    let mut candidate = beside_scalar(9, 1.3);
    candidate.context.machine.emulated = true;
    let comparison = compared(&candidate, &baselines([report(1, around(1.0))]));
    assert_eq!(found(&comparison, Rule::VariantSlowerThanScalar), []);
}

/// A session in which `dot_f32` uses that variant.
fn using(hour: u8, isa: IsaLevel) -> Report {
    let mut report = report(hour, around(1.0));
    report.dispatch.insert("dot_f32".to_owned(), isa);
    report
}

#[test]
fn another_variant_in_use_is_a_warning_of_its_kernel() {
    let comparison = compared(&using(9, IsaLevel::Scalar), &baselines([using(1, IsaLevel::Avx2)]));
    let [row] = &found(&comparison, Rule::DispatchChanged)[..] else { panic!("one row") };
    assert_eq!((row.case.as_str(), row.metric, row.verdict), ("dot_f32", None, Verdict::Warning));
    insta::assert_snapshot!(row.reason, @"its variant in use here is scalar, and was avx2 when the baseline was made on 2026-01-31; a new baseline accepts it");
    assert_eq!(comparison.summary.cases["warning"], 1);
}

#[test]
fn the_same_variant_in_use_is_nothing() {
    let comparison = compared(&using(9, IsaLevel::Avx2), &baselines([using(1, IsaLevel::Avx2)]));
    assert_eq!(found(&comparison, Rule::DispatchChanged), []);
}

fn entry(rule: Rule, case: &str) -> Accepted {
    Accepted {
        platform: ".".to_owned(),
        case: case.to_owned(),
        since: "0123456".to_owned(),
        reason: "a test".to_owned(),
        changes: AcceptedChanges::default(),
        baseline: None,
        rule: Some(rule),
        until: None,
    }
}

#[test]
fn what_a_rule_finds_can_be_accepted_and_its_figures_are_not_by_that() {
    let accepted =
        vec![entry(Rule::VariantSlowerThanScalar, "^dot_f32/avx2/"), entry(Rule::DispatchChanged, "^dot_f32")];
    let mut then = beside_scalar(1, 1.0);
    then.dispatch.insert("dot_f32".to_owned(), IsaLevel::Avx2);
    let mut now = beside_scalar(9, 1.4);
    now.dispatch.insert("dot_f32".to_owned(), IsaLevel::Scalar);
    let comparison = compared(&now, &Baselines { accepted, ..baselines([then]) });
    for rule in Rule::ALL {
        let row = &found(&comparison, rule)[0];
        assert_eq!(row.verdict, Verdict::Stable);
        assert!(row.reason.starts_with("known since 0123456, because a test: "), "{}", row.reason);
    }
    assert_eq!(comparison.summary.exit_code, 1, "slower than its own baseline it is all the same");
}

#[test]
fn a_variant_that_fell_further_behind_is_told_again() {
    let slower = AcceptedChanges { throughput: Some(-20.0), ..AcceptedChanges::default() };
    let accepted = vec![Accepted { changes: slower, ..entry(Rule::VariantSlowerThanScalar, "^dot_f32/avx2/") }];
    let verdict = |factor: f64| {
        let expected = baselines([beside_scalar(1, factor)]);
        let comparison = compared(&beside_scalar(9, factor), &Baselines { accepted: accepted.clone(), ..expected });
        found(&comparison, Rule::VariantSlowerThanScalar)[0].verdict
    };
    assert_eq!([verdict(1.25), verdict(1.6)], [Verdict::Stable, Verdict::Warning]);
}
