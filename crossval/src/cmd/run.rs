//! `crossval run`: agreement, then speed, and both in a folder.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::Args;
use crossval::{agreement, libraries, table};
use generator::{
    context,
    place::Place,
    progress::Shown,
    terminal::{self, Format},
};
use jiff::Timestamp;
use platforms::PlatformKey;
use regex::Regex;
use schema::{
    SCHEMA_VERSION,
    context::Context,
    crossval::{AgreementStatus, Crossval},
    exit::Exit,
    file,
};

use super::nothing_chosen;

/// Holds every variant against its C++ reference, and writes comparison-results.json and comparison-results.md.
///
/// The references are tried on seeded inputs at every shape of the registry, and on hard ones (numbers that cancel, subnormals,
/// infinities, NaNs) at short awkward shapes. Exit code 1 where one disagrees.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The folder to write to; it is made where it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Only cases whose ids match this regular expression
    #[arg(long, value_name = "REGEX")]
    filter: Option<Regex>,
    /// The platform, which must be this host's
    #[arg(long, value_name = "KEY")]
    platform: Option<PlatformKey>,
    /// Measure nothing
    #[arg(long)]
    agreement_only: bool,
    /// The seed of the operands
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// How to print what is found
    #[arg(long, default_value = "human")]
    format: Format,
}

impl Run {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        // Before minutes are spent: a folder that cannot be written is wrong usage.
        fs::create_dir_all(&self.out).with_context(|| format!("making the folder {}", self.out.display()))?;
        tempfile::tempfile_in(&self.out).with_context(|| format!("writing to the folder {}", self.out.display()))?;
        let created = Timestamp::now();
        let place = Place::here(self.platform)?;
        let jobs = agreement::jobs(place.isas, self.filter.as_ref());
        if jobs.is_empty() {
            return Err(nothing_chosen(self.filter.as_ref()));
        }
        let findings = agreement::check_all(&jobs, self.seed, &place.launcher.interrupted, &mut Shown::new())?;
        let wrong: BTreeSet<&str> = findings
            .iter()
            .filter(|finding| finding.row.status != AgreementStatus::Agrees)
            .map(|finding| finding.case.kernel().id)
            .collect();
        let exit = if wrong.is_empty() { Exit::Nothing } else { Exit::Critical };
        let results = Crossval {
            schema_version: SCHEMA_VERSION,
            platform: place.platform,
            created,
            context: self.context(&place)?,
            libraries: libraries::all(),
            limits: BTreeMap::new(),
            agreement: findings.iter().map(|finding| (finding.case.to_string(), finding.row.clone())).collect(),
            speed: BTreeMap::new(),
            unmeasured: ["limits", "speed"].map(|part| (part.to_owned(), "--agreement-only".to_owned())).into(),
        };
        let written = write(&results, &self.out);
        let text = match self.format {
            Format::Human => table::for_people(&results),
            Format::Json => serde_json::to_string_pretty(&results)? + "\n",
        };
        terminal::print(&text, None)?;
        written?;
        terminal::tell(format_args!("wrote {}", self.out.join(RESULTS).display()));
        Ok(exit)
    }

    fn context(&self, place: &Place) -> anyhow::Result<Context> {
        let program = &place.launcher.program;
        let sha256 = context::program_sha256(program).with_context(|| format!("reading {}", program.display()))?;
        Ok(Context {
            git: context::git(),
            machine: context::machine(place.cap),
            program_sha256: Some(sha256),
            toolchain: Some(context::toolchain()),
            settings: Vec::new(),
            environment: place.launcher.variables.clone(),
            clock_precision_ns: None,
            probe_floor_ns: None,
            seed: Some(self.seed),
            injected: BTreeMap::new(),
            isa_cap: place.cap,
        })
    }
}

/// The document's name in the folder.
const RESULTS: &str = "comparison-results.json";

fn write(results: &Crossval, out: &Path) -> anyhow::Result<()> {
    file::write_bytes(&out.join("comparison-results.md"), table::markdown(results).as_bytes())?;
    // Last: where there is a document, there is all of it.
    file::write(&out.join(RESULTS), results)?;
    Ok(())
}
