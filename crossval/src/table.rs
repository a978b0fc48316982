//! Agreement as tables for people.

use std::{collections::BTreeMap, fmt::Write as _};

use generator::table::Table;
use schema::crossval::{AgreementContract, AgreementRow, AgreementStatus, Crossval};

/// What was found, on a terminal.
#[must_use]
pub fn for_people(results: &Crossval) -> String {
    let mut text = of_agreement(results).aligned();
    text += "\n";
    for (case, row) in disagreeing(results) {
        let _ = writeln!(text, "{case}: {}", row.reason.as_deref().unwrap_or_default());
    }
    text + &count(results) + "\n" + LEGEND
}

/// The same as Markdown.
#[must_use]
pub fn markdown(results: &Crossval) -> String {
    let mut text = format!("# Crossval\n\n{}\n\n{}", count(results), of_agreement(results).markdown());
    for (case, row) in disagreeing(results) {
        let _ = write!(text, "\n- `{case}`: {}", row.reason.as_deref().unwrap_or_default());
    }
    text + "\n" + LEGEND
}

/// What the columns mean.
const LEGEND: &str = "\
    bound: the largest distance from the C++ reference, as a share of what the kernel's contract allows, on all inputs\n\
    relative, ulp: the same as a share of the right value and in steps of f32, on seeded inputs, where less cancels\n";

fn disagreeing(results: &Crossval) -> impl Iterator<Item = (&String, &AgreementRow)> {
    results.agreement.iter().filter(|(_, row)| row.status != AgreementStatus::Agrees)
}

fn count(results: &Crossval) -> String {
    let (all, wrong) = (results.agreement.len(), disagreeing(results).count());
    format!("{} of {all} cases agree with their C++ reference", all - wrong)
}

/// All shapes of one variant together.
#[derive(Default)]
struct Together {
    cases: u64,
    wrong: u64,
    outputs: u64,
    is_exact: bool,
    bound_share: Option<f64>,
    relative_error: Option<f64>,
    ulp: Option<u64>,
}

impl Together {
    fn add(&mut self, row: &AgreementRow) {
        let larger = |a: Option<f64>, b: Option<f64>| a.map_or(b, |a| Some(b.map_or(a, |b| a.max(b))));
        self.cases += 1;
        self.wrong += u64::from(row.status != AgreementStatus::Agrees);
        self.outputs += row.outputs;
        self.is_exact = row.contract == AgreementContract::Exact;
        self.bound_share = larger(self.bound_share, row.largest_bound_share);
        if row.inputs.iter().all(|inputs| inputs == "seeded") {
            self.relative_error = larger(self.relative_error, row.largest_relative_error);
            self.ulp = self.ulp.max(row.largest_ulp);
        }
    }

    fn cells(self, variant: String) -> Vec<String> {
        let share = |number: Option<f64>| number.map_or_else(|| "–".to_owned(), |number| format!("{number:.1e}"));
        let bound = if self.is_exact { "exact".to_owned() } else { share(self.bound_share) };
        let ulp = self.ulp.map_or_else(|| "–".to_owned(), |ulp| ulp.to_string());
        let verdict = if self.wrong == 0 { "agrees".to_owned() } else { format!("{} DISAGREE", self.wrong) };
        let counts = [self.cases.to_string(), self.outputs.to_string()];
        [vec![variant], counts.to_vec(), vec![bound, share(self.relative_error), ulp, verdict]].concat()
    }
}

/// A line a variant.
fn of_agreement(results: &Crossval) -> Table {
    let mut variants: BTreeMap<String, Together> = BTreeMap::new();
    for (case, row) in &results.agreement {
        let variant = case.rsplit_once('/').map_or(case.as_str(), |(variant, _)| variant);
        variants.entry(variant.to_owned()).or_default().add(row);
    }
    let mut table = Table::new(&["variant", ">cases", ">outputs", ">bound", ">relative", ">ulp", "verdict"]);
    for (variant, together) in variants {
        table.push(together.cells(variant));
    }
    table
}
