//! `crossval run`: agreement, then speed, and both in a folder.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;
use clap::Args;
use crossval::{
    agreement::{self, Finding},
    libraries, speed, table,
};
use generator::{
    context,
    place::{Clock, Place},
    progress::Shown,
    terminal::{self, Format, Interrupted},
};
use jiff::Timestamp;
use kernels::Case;
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

/// Has glibc ask for large pages under what it allocates, as our operands have them: the memory of a library's own is its
/// `malloc`'s, and on small pages ggml's product of a matrix that only memory holds took a third longer. Other systems
/// have no such variable, and take no notice.
const LARGE_PAGES: (&str, &str) = ("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1");

/// Holds every variant against its C++ reference, then measures what agrees beside the libraries that were built in.
///
/// The references are tried on seeded inputs at every shape of the registry but those that would take them minutes (a large
/// model), and on hard ones (numbers that cancel, subnormals,
/// infinities, NaNs) at short awkward shapes. A kernel of which a variant disagrees is not measured, and the exit code is 1.
/// Writes comparison-results.json and comparison-results.md.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The folder to write to; it is made where it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Only cases whose ids match this regular expression; one of a kernel's variants and shapes has the whole row measured
    #[arg(long, value_name = "REGEX")]
    filter: Option<Regex>,
    /// The platform, which must be this host's
    #[arg(long, value_name = "KEY")]
    platform: Option<PlatformKey>,
    /// Measure nothing
    #[arg(long)]
    agreement_only: bool,
    /// Processes for each kernel and shape
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=1000), default_value_t = speed::LAUNCHES)]
    launches: u32,
    /// The longest that one process may take, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=1_000_000), default_value_t = 120)]
    case_limit: u64,
    /// The seed of the operands and of the order of turns
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// How to print what is found
    #[arg(long, default_value = "human")]
    format: Format,
    #[command(flatten)]
    clock: Clock,
}

impl Run {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        // Before minutes are spent: a folder that cannot be written is wrong usage.
        fs::create_dir_all(&self.out).with_context(|| format!("making the folder {}", self.out.display()))?;
        tempfile::tempfile_in(&self.out).with_context(|| format!("writing to the folder {}", self.out.display()))?;
        let created = Timestamp::now();
        let mut place = Place::here(self.platform)?;
        let (name, value) = LARGE_PAGES;
        place.launcher.variables.insert(name.to_owned(), value.to_owned());
        let jobs = agreement::jobs(place.isas, self.filter.as_ref());
        // A shape that is too long for the plain loops of a reference is measured all the same, held against the kernel's own.
        if jobs.is_empty() && (self.agreement_only || self.cases(&place).next().is_none()) {
            return Err(nothing_chosen(self.filter.as_ref()));
        }
        let findings = agreement::check_all(&jobs, self.seed, &place.launcher.interrupted, &mut Shown::new())?;
        let wrong = wrong_kernels(&findings);
        let mut exit = if wrong.is_empty() { Exit::Nothing } else { Exit::Critical };
        let mut results = Crossval {
            schema_version: SCHEMA_VERSION,
            platform: place.platform,
            created,
            context: self.context(&place)?,
            libraries: libraries::all(),
            limits: BTreeMap::new(),
            agreement: findings.into_iter().map(|finding| (finding.case.to_string(), finding.row)).collect(),
            speed: BTreeMap::new(),
            unmeasured: BTreeMap::new(),
        };
        self.measure(&place, wrong, &mut results)?;
        for failed in speed::table::failed(&results.speed) {
            tracing::error!("{failed} agreed, and failed when it was to be measured");
            exit = Exit::Critical;
        }
        let written = write(&results, &self.out);
        // Where the disk is full, the minutes were not for nothing.
        let text = match self.format {
            Format::Human => table::for_people(&results),
            Format::Json => serde_json::to_string_pretty(&results)? + "\n",
        };
        terminal::print(&text, None)?;
        written?;
        terminal::tell(format_args!("wrote {}", self.out.join(RESULTS).display()));
        Ok(exit)
    }

    /// Measures the kernels of which no variant is wrong, and puts what is found into `results`.
    fn measure(&self, place: &Place, wrong: BTreeSet<String>, results: &mut Crossval) -> anyhow::Result<()> {
        let reason = if self.agreement_only {
            Some("--agreement-only was asked for")
        } else if self.cases(place).all(|case| wrong.contains(case.kernel().id)) {
            Some("no kernel that was chosen agrees with its C++ reference, or no shape of the registry was chosen")
        } else {
            None
        };
        if let Some(reason) = reason {
            results.unmeasured = ["limits", "speed"].map(|part| (part.to_owned(), reason.to_owned())).into();
            return Ok(());
        }
        let request = speed::Request {
            isas: place.isas,
            filter: self.filter.clone(),
            wrong,
            launches: self.launches,
            launch_limit: Duration::from_secs(self.case_limit),
            seed: self.seed,
            class: results.context.machine.class.clone(),
        };
        if results.context.toolchain.as_ref().is_some_and(|toolchain| toolchain.profile == "debug") {
            terminal::tell("crossval: this is a debug build, in which the libraries are slow; build with --release");
        }
        // Before the first launch; where the run fails, the clock is put back as it goes.
        let held = self.clock.hold(place);
        let found = speed::compare(&request, &place.launcher, &mut Shown::new()).map_err(|error| match error {
            speed::Error::Interrupted => Interrupted.into(),
            error => anyhow::Error::from(error),
        })?;
        results.context.settings = found.floor.settings;
        held.put_back(&mut results.context.settings).iter().for_each(terminal::tell);
        results.context.clock_precision_ns = Some(found.floor.clock_precision_ns);
        results.context.probe_floor_ns = Some(found.floor.floor_ns);
        results.limits = found.limits;
        results.speed = found.rows;
        results.unmeasured = found.unmeasured;
        Ok(())
    }

    /// The registry's cases that were chosen.
    fn cases(&self, place: &Place) -> impl Iterator<Item = Case> {
        let is_chosen = |case: &Case| self.filter.as_ref().is_none_or(|filter| filter.is_match(&case.to_string()));
        kernels::cases(place.isas).filter(is_chosen)
    }

    /// The context of a run that measures nothing.
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

/// The kernels of which a variant does not agree.
fn wrong_kernels(findings: &[Finding]) -> BTreeSet<String> {
    let wrong = findings.iter().filter(|finding| finding.row.status != AgreementStatus::Agrees);
    wrong.map(|finding| finding.case.kernel().id.to_owned()).collect()
}

/// The document's name in the folder.
const RESULTS: &str = "comparison-results.json";

fn write(results: &Crossval, out: &Path) -> anyhow::Result<()> {
    file::write_bytes(&out.join("comparison-results.md"), table::markdown(results).as_bytes())?;
    // Last: where there is a document, there is all of it.
    file::write(&out.join(RESULTS), results)?;
    Ok(())
}
