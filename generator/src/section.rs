//! A platform's section of `baselines.json`: which reports may enter it, and what becomes of what was there.

use jiff::Timestamp;
use schema::{
    baselines::{Baselines, ClassBaseline, Session},
    case::{CaseRow, Status},
    context::Context,
    report::Report,
};

/// What a person allowed by name.
#[derive(Clone, Copy, Debug, Default)]
pub struct Allowed {
    /// Reports of programs built from a changed source.
    pub dirty: bool,
    /// Reports in which cases are missing or have no number.
    pub incomplete: bool,
}

/// Why a report is no baseline.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The CPU was emulated.
    #[error("its CPU was emulated; measure on a real one")]
    Emulated,
    /// Slowdowns were put in.
    #[error("slowdowns were put in on purpose ({0}); measure without --inject")]
    Injected(String),
    /// An ISA cap was set, or it has no machine class for another reason.
    #[error("it is of no machine class, as under TIDEGAUGE_ISA; unset it and measure again")]
    NoClass,
    /// No case has a number.
    #[error("not one of its cases has a number")]
    Empty,
    /// The program was built from a changed source.
    #[error(
        "its program was built from a changed source, or outside git; commit and build again, or import again with \
         --commit, or pass --allow-dirty"
    )]
    Dirty,
    /// Cases are missing or have no number.
    #[error("{count} of its cases have no number, {first} first ({why}); measure again, or pass --allow-incomplete")]
    Incomplete {
        /// How many.
        count: usize,
        /// The first of them.
        first: String,
        /// Why that one has none.
        why: String,
    },
}

/// Whether a report may become a baseline, and for which machine class.
///
/// # Errors
///
/// Why not.
pub fn admit(report: &Report, allowed: Allowed) -> Result<&str, Refusal> {
    let context = &report.context;
    if context.machine.emulated {
        return Err(Refusal::Emulated);
    }
    if !context.injected.is_empty() {
        let patterns: Vec<&str> = context.injected.keys().map(String::as_str).collect();
        return Err(Refusal::Injected(patterns.join(", ")));
    }
    let class = context.machine.class.as_deref().filter(|_| context.isa_cap.is_none()).ok_or(Refusal::NoClass)?;
    if report.cases.values().all(|row| row.throughput.value.is_none() && row.latency.p50_ns.is_none()) {
        return Err(Refusal::Empty);
    }
    if !allowed.dirty && context.git.as_ref().is_none_or(|git| git.dirty) {
        return Err(Refusal::Dirty);
    }
    if !allowed.incomplete {
        let without: Vec<_> =
            report.cases.iter().filter(|(_, row)| row.status != Status::Measured || lacks_a_number(row)).collect();
        if let Some((first, row)) = without.first() {
            let why = row.reason.clone().or_else(|| row.unmeasured.values().next().cloned()).unwrap_or_default();
            return Err(Refusal::Incomplete { count: without.len(), first: (*first).clone(), why });
        }
    }
    Ok(class)
}

/// Whether a measured case is without a number that it should have: throughput and latency, or of an imported case, whose
/// source may tell one of them alone, either.
fn lacks_a_number(row: &CaseRow) -> bool {
    let (throughput, latency) = (row.throughput.value.is_some(), row.latency.p50_ns.is_some());
    let is_imported = row.work.is_none();
    if is_imported { !throughput && !latency } else { !throughput || !latency }
}

/// What became of the section when a session entered it.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// It is the first one.
    First,
    /// It is one more of the same code.
    Added {
        /// How many sessions there are now.
        sessions: usize,
    },
    /// The code is another: what was there goes to the archive.
    Replaced {
        /// What was there.
        archived: ClassBaseline,
    },
    /// The very same session was there already.
    Known,
}

/// Puts a session into its platform's section.
///
/// Sessions of the same code add up, since how much one differs from the next can be learnt from several only. A
/// session of other code replaces what was there.
#[must_use]
pub fn enter(baselines: &mut Baselines, report: Report, class: &str, now: Timestamp) -> Entry {
    let platform = report.platform;
    let session = Session::from(report);
    let section = baselines.baselines.entry(platform).or_default().entry(class.to_owned()).or_default();
    baselines.updated = now;
    if section.sessions.contains(&session) {
        return Entry::Known;
    }
    let same_code = section.sessions.iter().all(|earlier| is_same_code(&earlier.context, &session.context));
    if same_code {
        section.sessions.push(session);
        section.sessions.sort_by_key(|session| session.created);
        return match section.sessions.len() {
            1 => Entry::First,
            sessions => Entry::Added { sessions },
        };
    }
    Entry::Replaced { archived: std::mem::replace(section, ClassBaseline { sessions: vec![session] }) }
}

/// Whether two runs measured the same code: the same program, or the same clean commit built in the same way.
pub(crate) fn is_same_code(one: &Context, other: &Context) -> bool {
    let clean = |context: &Context| context.git.as_ref().filter(|git| !git.dirty).map(|git| git.commit.clone());
    one.program_sha256.is_some() && one.program_sha256 == other.program_sha256
        || clean(one).is_some() && clean(one) == clean(other) && one.toolchain == other.toolchain
}
