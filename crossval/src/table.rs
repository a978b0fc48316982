//! What was found as tables for people: agreement, then speed.

use std::{collections::BTreeMap, fmt::Write as _};

use generator::table::Table;
use schema::crossval::{AgreementContract, AgreementRow, AgreementStatus, Crossval};

use crate::speed;

/// What was found, on a terminal.
#[must_use]
pub fn for_people(results: &Crossval) -> String {
    let variants = variants(results);
    let mut text = of_agreement(&variants).aligned();
    text += "\n";
    for line in variants.values().filter_map(Together::wrong_line) {
        let _ = writeln!(text, "{line}");
    }
    text.extend([&count(results), "\n", LEGEND]);
    if !results.speed.is_empty() {
        let speed = speed::table::for_people(&results.speed, &results.limits, &results.unmeasured);
        text.extend(["\n", &speed]);
    }
    text
}

/// The same as Markdown.
#[must_use]
pub fn markdown(results: &Crossval) -> String {
    let variants = variants(results);
    let mut text = format!("# Crossval\n\n{}\n\n{}\n", count(results), of_agreement(&variants).markdown());
    for line in variants.values().filter_map(Together::wrong_line) {
        let _ = writeln!(text, "- {line}");
    }
    text += LEGEND;
    if !results.speed.is_empty() {
        let speed = speed::table::markdown(&results.speed, &results.limits, &results.unmeasured);
        text.extend(["\n", &speed]);
    }
    text
}

/// What the columns mean.
const LEGEND: &str = "\
    bound: the largest distance from the C++ reference, as a share of what the kernel's contract allows, on all inputs\n\
    ulp: the same in steps of f32, on seeded inputs alone; many where terms cancel\n";

fn count(results: &Crossval) -> String {
    let rows = results.agreement.values();
    let agreeing = rows.filter(|row| row.status == AgreementStatus::Agrees).count();
    format!("{agreeing} of {} cases agree with their C++ reference", results.agreement.len())
}

/// All shapes of one variant together.
#[derive(Default)]
struct Together<'r> {
    cases: u64,
    outputs: u64,
    is_exact: bool,
    bound_share: Option<f64>,
    ulp: Option<u64>,
    /// Those that do not agree.
    wrong: Vec<(&'r str, &'r AgreementRow)>,
}

/// By variant, `dot_f32/avx2`.
fn variants(results: &Crossval) -> BTreeMap<&str, Together<'_>> {
    let mut variants: BTreeMap<&str, Together<'_>> = BTreeMap::new();
    for (case, row) in &results.agreement {
        let variant = case.rsplit_once('/').map_or(case.as_str(), |(variant, _)| variant);
        variants.entry(variant).or_default().add(case, row);
    }
    variants
}

impl<'r> Together<'r> {
    fn add(&mut self, case: &'r str, row: &'r AgreementRow) {
        self.cases += 1;
        self.outputs += row.outputs;
        self.is_exact = row.contract == AgreementContract::Exact;
        if let Some(share) = row.largest_bound_share {
            self.bound_share = Some(self.bound_share.map_or(share, |largest| largest.max(share)));
        }
        if row.inputs.iter().all(|inputs| ["seeded", "whole_numbers"].contains(&inputs.as_str())) {
            self.ulp = self.ulp.max(row.largest_ulp);
        }
        if row.status != AgreementStatus::Agrees {
            self.wrong.push((case, row));
        }
    }

    /// What is wrong with the first case that does not agree, and how many others there are.
    fn wrong_line(&self) -> Option<String> {
        let (case, row) = self.wrong.first()?;
        let others = match self.wrong.len() - 1 {
            0 => String::new(),
            others => format!(" (and {others} more of its shapes)"),
        };
        Some(format!("{case}: {}{others}", row.reason.as_deref().unwrap_or_default()))
    }

    fn cells(&self, variant: &str) -> Vec<String> {
        let share = self.bound_share.map_or_else(|| "–".to_owned(), |share| format!("{share:.1e}"));
        vec![
            variant.to_owned(),
            self.cases.to_string(),
            self.outputs.to_string(),
            if self.is_exact { "exact".to_owned() } else { share },
            self.ulp.map_or_else(|| "–".to_owned(), |ulp| ulp.to_string()),
            if self.wrong.is_empty() { "agrees".to_owned() } else { format!("{} WRONG", self.wrong.len()) },
        ]
    }
}

/// A line a variant.
fn of_agreement(variants: &BTreeMap<&str, Together<'_>>) -> Table {
    let mut table = Table::new(&["variant", ">cases", ">outputs", ">bound", ">ulp", "verdict"]);
    for (variant, together) in variants {
        table.push(together.cells(variant));
    }
    table
}
