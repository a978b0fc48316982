//! `generator list`: the kernels, their variants and shapes.

use std::path::PathBuf;

use clap::Args;
use generator::{selection, table::Table};
use kernels::{Case, kernel};
use platforms::isa;
use regex::Regex;
use schema::exit::Exit;
use serde_json::json;

use super::Format;

/// Lists every case that this CPU can run, and which profiles measure it.
///
/// `used` marks the variant that a program would use here.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only cases whose ids match this regular expression
    #[arg(long, value_name = "REGEX")]
    filter: Option<Regex>,
    /// How to print them
    #[arg(long, default_value = "human")]
    format: Format,
    /// Write them here instead of to standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl List {
    pub(crate) fn run(&self) -> anyhow::Result<Exit> {
        let isas = isa::available()?;
        let dispatched = |case: &Case| kernels::dispatch(case.kernel(), isas) == case.isa();
        let cases: Vec<Case> = kernels::cases(isas)
            .filter(|case| self.filter.as_ref().is_none_or(|filter| filter.is_match(&case.to_string())))
            .collect();
        if cases.is_empty() {
            anyhow::bail!(
                "no case matches --filter {:?}; leave it out to see all",
                self.filter.as_ref().map_or("", Regex::as_str)
            );
        }
        let text = match self.format {
            Format::Human => {
                let mut table = Table::new(&["case", "used", "profiles", "contract", "what it computes"]);
                for case in &cases {
                    let used = if dispatched(case) { "used" } else { "" };
                    let texts = [used, &profiles(case).join(" "), contract(case), case.kernel().summary];
                    table.push(std::iter::once(case.to_string()).chain(texts.map(str::to_owned)).collect());
                }
                table.aligned()
            }
            Format::Json => {
                let rows: Vec<_> = cases
                    .iter()
                    .map(|case| {
                        json!({
                            "case": case.to_string(),
                            "profiles": profiles(case),
                            "contract": contract(case),
                            "dispatched": dispatched(case),
                            "summary": case.kernel().summary,
                        })
                    })
                    .collect();
                serde_json::to_string_pretty(&rows)? + "\n"
            }
        };
        super::print(&text, self.output.as_deref())?;
        Ok(Exit::Nothing)
    }
}

fn profiles(case: &Case) -> Vec<&'static str> {
    use kernel::Profile::{Nightly, Quick, Smoke};
    [Smoke, Quick, Nightly]
        .into_iter()
        .filter(|&profile| selection::is_in(case, profile))
        .map(selection::name)
        .collect()
}

fn contract(case: &Case) -> &'static str {
    match case.kernel().contract {
        kernel::Contract::Exact => "exact",
        kernel::Contract::Tolerance => "tolerance",
    }
}
