//! `crossval list`: the kernels, what each is held against, and the libraries that were built in.

use std::path::PathBuf;

use clap::Args;
use crossval::{libraries, peers, reference};
use generator::{
    table::Table,
    terminal::{self, Format},
};
use kernels::{Case, kernel::Kernel, registry::KERNELS};
use platforms::{IsaSet, isa};
use regex::Regex;
use schema::exit::Exit;
use serde_json::json;

use super::nothing_chosen;

/// Lists the kernels with their shapes and variants, whether each has a C++ reference, and which library does the same.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only kernels and shapes of which a case's id matches this regular expression
    #[arg(long, value_name = "REGEX")]
    filter: Option<Regex>,
    /// How to print them
    #[arg(long, default_value = "human")]
    format: Format,
    /// Write them here instead of to standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// A kernel and what there is of it here.
struct Row {
    kernel: &'static Kernel,
    shapes: Vec<String>,
    variants: Vec<String>,
    /// Libraries, and what of them is called.
    peers: Vec<(&'static str, &'static str)>,
}

impl List {
    pub(crate) fn run(&self) -> anyhow::Result<Exit> {
        let isas = isa::available()?;
        let rows: Vec<Row> = KERNELS.iter().filter_map(|kernel| self.row(kernel, isas)).collect();
        if rows.is_empty() {
            return Err(nothing_chosen(self.filter.as_ref()));
        }
        let text = match self.format {
            Format::Human => for_people(&rows),
            Format::Json => {
                let kernels: Vec<_> = rows.iter().map(row_json).collect();
                let all = json!({ "kernels": kernels, "libraries": libraries::all() });
                serde_json::to_string_pretty(&all)? + "\n"
            }
        };
        terminal::print(&text, self.output.as_deref())?;
        Ok(Exit::Nothing)
    }

    fn row(&self, kernel: &'static Kernel, isas: IsaSet) -> Option<Row> {
        let matches = |case: &Case| self.filter.as_ref().is_none_or(|filter| filter.is_match(&case.to_string()));
        let cases: Vec<Case> =
            kernels::cases(isas).filter(|case| case.kernel().id == kernel.id && matches(case)).collect();
        let mut row = Row { kernel, shapes: Vec::new(), variants: Vec::new(), peers: Vec::new() };
        for case in &cases {
            for (texts, text) in
                [(&mut row.shapes, case.shape().to_string()), (&mut row.variants, case.isa().to_string())]
            {
                if !texts.contains(&text) {
                    texts.push(text);
                }
            }
        }
        row.peers.extend(peers::of(kernel.id).map(|(library, peer)| (library.name, peer.call)));
        (!cases.is_empty()).then_some(row)
    }
}

fn for_people(rows: &[Row]) -> String {
    let mut kernels = Table::new(&["kernel", "C++", "variants", "shapes", "peers"]);
    for row in rows {
        let is_there = if reference::is_there(row.kernel.id) { "yes" } else { "MISSING" };
        let mut names: Vec<&str> = row.peers.iter().map(|&(library, _)| library).collect();
        names.dedup();
        let texts = [row.kernel.id, is_there, &row.variants.join(" "), &row.shapes.join(" "), &names.join(" ")];
        kernels.push(texts.map(str::to_owned).to_vec());
    }
    let mut libraries = Table::new(&["library", "version", "remarks"]);
    for (name, library) in libraries::all() {
        let version = library.version.unwrap_or_else(|| "–".to_owned());
        libraries.push(vec![name, version, library.detail.or(library.reason).unwrap_or_default()]);
    }
    format!("{}\n{}", kernels.aligned(), libraries.aligned())
}

fn row_json(row: &Row) -> serde_json::Value {
    let peers: Vec<_> = row.peers.iter().map(|(library, call)| json!({ "library": library, "call": call })).collect();
    json!({
        "kernel": row.kernel.id,
        "summary": row.kernel.summary,
        "has_reference": reference::is_there(row.kernel.id),
        "variants": row.variants,
        "shapes": row.shapes,
        "peers": peers,
    })
}
