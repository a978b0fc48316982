//! `generator baseline`: this platform's section of the baselines, or those of the reports it is given.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::Args;
use generator::{
    archive,
    environment::Advice,
    section::{self, Allowed, Entry},
    table,
};
use jiff::Timestamp;
use platforms::{fingerprint::fingerprint, isa};
use schema::{
    baselines::{Baselines, Override, PartialLimits},
    exit::Exit,
    file,
    report::Report,
};

use super::{
    measure::{How, exit},
    program,
};

/// Measures this machine, or takes reports, and writes its section of the baselines.
///
/// Run again with the same program it adds a session: how much one session differs from the next can be learnt from
/// several only. With another program it replaces the sessions of this machine class and archives them beside the file.
/// It refuses what was emulated, injected or capped; a refusal leaves the file as it was.
///
/// Reports may be of several platforms: each enters the section of its own. With --platform all of them must be of that one.
#[derive(Debug, Args)]
pub(crate) struct Baseline {
    #[command(flatten)]
    how: How,
    /// Take these reports instead of measuring
    #[arg(long, value_name = "FILE", num_args = 1..)]
    report: Vec<PathBuf>,
    /// The baselines to write
    #[arg(long, value_name = "FILE", default_value = "platforms/baselines.json")]
    baselines: PathBuf,
    /// Keep the program that made this baseline in this folder, named by its hash, for a later `pair --base`
    #[arg(long, value_name = "DIR", conflicts_with = "report")]
    keep_program: Option<PathBuf>,
    /// Take a program that was built from a changed source
    #[arg(long)]
    allow_dirty: bool,
    /// Take a report in which cases are missing or have no number
    #[arg(long)]
    allow_incomplete: bool,
}

impl Baseline {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        let allowed = Allowed { dirty: self.allow_dirty, incomplete: self.allow_incomplete };
        // Before minutes are spent: read what is there, and see that it can be written.
        load(&self.baselines)?;
        let folder = super::folder(&self.baselines);
        ensure!(
            folder.is_dir(),
            "{}: there is no folder {} here; name the file that shall keep the baseline in --baselines",
            self.baselines.display(),
            folder.display()
        );
        tempfile::tempfile_in(folder).with_context(|| format!("writing to the folder {}", folder.display()))?;
        let reports = if self.report.is_empty() { vec![self.measure(allowed)?] } else { self.read()? };
        let admitted = admit(&reports, allowed).map_err(|refusal| self.kept(&reports, refusal))?;
        let _lock = super::lock(&self.baselines)?;
        let mut baselines = load(&self.baselines)?;
        let mut entries = Vec::new();
        for (report, class) in reports.iter().zip(&admitted) {
            let entry = section::enter(&mut baselines, report.clone(), class, Timestamp::now());
            if let Entry::Replaced { archived } = &entry {
                let path = archive::write(&self.baselines, &baselines, report.platform, class, archived)?;
                super::tell(format_args!("archived the sessions of another program in {}", path.display()));
            }
            entries.push((report, class, entry));
        }
        // First: a baseline whose program was to be kept is not without it.
        if let Some(folder) = &self.keep_program {
            let kept = program::keep(folder)?;
            super::tell(format_args!("kept this program as {}", kept.display()));
        }
        file::write(&self.baselines, &baselines)?;
        for (report, class, entry) in entries {
            super::print(&table::for_people(report), None)?;
            super::tell(told(&entry, class, &self.baselines));
        }
        Ok(reports.iter().map(exit).find(|exit| *exit != Exit::Nothing).unwrap_or(Exit::Nothing))
    }

    /// What was measured and refused is kept, for a person to look at or to take by name.
    fn kept(&self, reports: &[Report], refusal: anyhow::Error) -> anyhow::Error {
        let [report] = reports else { return refusal };
        let path = std::env::temp_dir().join(format!("tidegauge-{}.json", report.created.to_string().replace(':', "")));
        if self.report.is_empty() && file::write(&path, report).is_ok() {
            super::tell(format_args!("the report is kept: pass --report {} to take it", path.display()));
        }
        refusal
    }

    fn measure(&self, allowed: Allowed) -> anyhow::Result<Report> {
        let place = self.how.place()?;
        if let Some(cap) = isa::cap()? {
            bail!("{}: {cap} is set, and a capped run is no baseline; unset it", isa::CAP_VARIABLE);
        }
        if fingerprint().emulated {
            bail!("{}", Advice::Emulated);
        }
        if !allowed.dirty && generator::context::git().is_none_or(|git| git.dirty) {
            bail!(
                "this program was built from a changed source, or outside git; commit and build again, or pass --allow-dirty"
            );
        }
        if !allowed.incomplete && self.how.filter.is_some() {
            bail!("--filter leaves out cases of the profile; pass --allow-incomplete to keep such a baseline");
        }
        self.how.measure(&place, Vec::new())
    }

    fn read(&self) -> anyhow::Result<Vec<Report>> {
        let reports: Vec<Report> = self.report.iter().map(|path| file::read(path)).collect::<Result<_, _>>()?;
        let asked = self.how.platform;
        for (path, report) in self.report.iter().zip(&reports) {
            if let Some(asked) = asked.filter(|asked| *asked != report.platform) {
                let (name, platform) = (path.display(), report.platform);
                bail!("--platform {asked}: {name} is of {platform}; leave the report out, or the option");
            }
        }
        Ok(reports)
    }
}

/// What is there; an empty one where there is no file yet.
fn load(path: &Path) -> anyhow::Result<Baselines> {
    if path.try_exists().with_context(|| format!("looking for {}", path.display()))? {
        Ok(file::read(path)?)
    } else {
        Ok(Baselines { overrides: of_decoding(), ..Baselines::new(Timestamp::now()) })
    }
}

/// How much of its accuracy a decoder may lose. A token that is another is 3 % of 32 and all of one, and a sum in another order
/// makes some of them others: an activation falls to another of its 255 steps, and those behind it to others still. What is too
/// far from the reference fails when it is verified.
fn of_decoding() -> Vec<Override> {
    let one = |phase: &str, critical, warning| {
        let accuracy = |decrease| PartialLimits { accuracy_decrease: Some(decrease), ..PartialLimits::default() };
        Override {
            platform: ".*".to_owned(),
            case: format!("^decode_.*_{phase}[0-9]+$"),
            critical: accuracy(critical),
            warning: accuracy(warning),
            reason:
                "sums in another order, as another compiler's, make the most likely token another at some positions"
                    .to_owned(),
            until: None,
        }
    };
    vec![one("prefill", 1.0, 1.0), one("decode", 0.25, 0.15)]
}

/// The machine class of each, or the first refusal; nothing is written before all are admitted.
fn admit(reports: &[Report], allowed: Allowed) -> anyhow::Result<Vec<String>> {
    reports
        .iter()
        .map(|report| {
            let refused = || format!("the report of {} is no baseline", report.created);
            section::admit(report, allowed).map(str::to_owned).with_context(refused)
        })
        .collect()
}

fn told(entry: &Entry, class: &str, path: &Path) -> String {
    let path = path.display();
    match entry {
        Entry::First => format!(
            "wrote the first session of {class} to {path}; run it again in an hour: one session cannot tell how much \
             sessions differ, and yields suspicions only"
        ),
        Entry::Added { sessions } => format!("added session {sessions} of {class} to {path}"),
        Entry::Replaced { .. } => format!("replaced the sessions of {class} in {path} by one of this program"),
        Entry::Known => format!("{path} has this very session of {class} already"),
    }
}
