//! What else a reader must know: in which ways the two sides are not alike, and what could not be judged.

use std::collections::BTreeMap;

use schema::{
    baselines::Session,
    context::{Context, Setting},
    pair::Pair,
    report::Report,
};

use super::{case::Finding, sentence::plural};

/// The most names that a note lists.
const NAMES_MOST: usize = 5;

/// In which ways the candidate's context is unlike the last session's.
pub(super) fn of_context(candidate: &Report, sessions: &[&Session]) -> Vec<String> {
    let mut notes = of_candidate(&candidate.context);
    let Some(last) = sessions.last() else {
        return notes;
    };
    let dirty = sessions.iter().filter(|session| is_dirty(&session.context)).count();
    if dirty > 0 {
        notes.push(format!("{} of the baseline came from uncommitted changes", plural(dirty, "session")));
    }
    let (then, now) = (&last.context, &candidate.context);
    notes.extend(between(then, now));
    if then.program_sha256.is_some() && then.program_sha256 == now.program_sha256 {
        notes.push("both sides are the same program: what differs is the machine or chance".to_owned());
    }
    if last.profile != candidate.profile {
        notes.push(format!(
            "the baseline was measured with the profile {}, the candidate with {}; they have other cases",
            last.profile, candidate.profile
        ));
    }
    notes
}

/// That the baseline has cases that the candidate was not asked for, where it has.
pub(super) fn unasked(count: usize, candidate: &Report) -> Option<String> {
    (count > 0).then(|| {
        let cases = plural(count, "case");
        format!("not judged: {cases} of the baseline that the candidate's profile {} does not have", candidate.profile)
    })
}

/// In which ways a pair's sides are unlike each other, beside their code.
pub(super) fn of_pair(pair: &Pair) -> Vec<String> {
    let (then, now) = (&pair.baseline, &pair.candidate);
    let mut notes = of_candidate(now);
    if is_dirty(then) {
        notes.push("the baseline was built from uncommitted changes".to_owned());
    }
    if let Some(cap) = now.isa_cap {
        notes.push(format!("both ran under TIDEGAUGE_ISA={cap}, and not as they would without it"));
    }
    notes.extend(between(then, now));
    if then.program_sha256.is_some() && then.program_sha256 == now.program_sha256 && now.injected.is_empty() {
        notes.push("both sides are the same program: what differs is chance".to_owned());
    }
    notes
}

/// In which ways two contexts are unlike each other.
fn between(then: &Context, now: &Context) -> Vec<String> {
    let mut notes = Vec::new();
    for (held, lost) in [(now, then), (then, now)] {
        for setting in lost_settings(held, lost) {
            let side = if std::ptr::eq(lost, now) { "candidate" } else { "baseline" };
            let remedy = setting.remedy.as_ref().map_or_else(String::new, |remedy| format!("; {remedy}"));
            notes.push(format!("{} did not hold in the {side}, and held in the other{remedy}", setting.name));
        }
    }
    if let (Some(then), Some(now)) = (&then.toolchain, &now.toolchain)
        && then != now
    {
        notes.push(format!(
            "another toolchain built the candidate ({}, not {}), which may move many cases at once",
            join([&now.rustc, &now.target, &now.rustflags, &now.profile]),
            join([&then.rustc, &then.target, &then.rustflags, &then.profile])
        ));
    }
    if let (Some(then), Some(now)) = (then.seed, now.seed)
        && then != now
    {
        notes.push(format!("the operands differ: seed {then} in the baseline, {now} in the candidate"));
    }
    let variables = differing(&then.environment, &now.environment);
    if !variables.is_empty() {
        notes.push(format!("the measured processes had another environment: {}", list(&variables)));
    }
    notes
}

/// What of two contexts may move many cases at once, where it differs.
pub(crate) fn differences(then: &Context, now: &Context) -> Vec<String> {
    let mut differences = Vec::new();
    if let (Some(then), Some(now)) = (&then.toolchain, &now.toolchain) {
        let parts = [
            ("rustc", &then.rustc, &now.rustc),
            ("target", &then.target, &now.target),
            ("rustflags", &then.rustflags, &now.rustflags),
            ("profile", &then.profile, &now.profile),
        ];
        differences.extend(
            parts
                .into_iter()
                .filter(|(_, then, now)| then != now)
                .map(|(name, then, now)| format!("{name} is {now:?}, and was {then:?}")),
        );
    }
    let variables = differing(&then.environment, &now.environment);
    if !variables.is_empty() {
        differences.push(format!("the environment differs: {}", list(&variables)));
    }
    differences
}

/// The kernels of which the candidate would use another variant than the session did, where there are any.
pub(super) fn other_variants(candidate: &Report, last: &Session) -> Option<String> {
    let other: Vec<String> = candidate
        .dispatch
        .iter()
        .filter_map(|(kernel, now)| {
            let then = last.dispatch.get(kernel).filter(|then| *then != now)?;
            Some(format!("{kernel} from {then} to {now}"))
        })
        .collect();
    (!other.is_empty()).then(|| format!("other variants are used: {}", list(&other)))
}

fn of_candidate(context: &Context) -> Vec<String> {
    let mut notes = Vec::new();
    if !context.injected.is_empty() {
        let injected: Vec<String> =
            context.injected.iter().map(|(pattern, factor)| format!("{pattern}={factor}")).collect();
        notes.push(format!("the candidate was slowed on purpose: {}", list(&injected)));
    }
    if is_dirty(context) {
        notes.push("the candidate was built from uncommitted changes".to_owned());
    }
    notes
}

fn is_dirty(context: &Context) -> bool {
    context.git.as_ref().is_some_and(|git| git.dirty)
}

/// Settings that held in one context and not in the other, as the other has them.
fn lost_settings<'a>(held: &'a Context, lost: &'a Context) -> impl Iterator<Item = &'a Setting> {
    lost.settings
        .iter()
        .filter(|setting| !setting.held && held.settings.iter().any(|other| other.name == setting.name && other.held))
}

/// Whether a setting held on one side and not on the other.
pub(super) fn settings_differ(candidate: &Report, sessions: &[&Session]) -> bool {
    sessions.last().is_some_and(|last| {
        let (then, now) = (&last.context, &candidate.context);
        lost_settings(then, now).chain(lost_settings(now, then)).next().is_some()
    })
}

/// What only all findings together show.
pub(super) fn of_findings(findings: &[Finding]) -> Vec<String> {
    let mut notes = Vec::new();
    let other: Vec<String> =
        findings.iter().filter(|finding| finding.other_checksum).map(|finding| finding.case.clone()).collect();
    if !other.is_empty() {
        notes.push(format!(
            "{} another checksum than in the baseline: {}; the output of an exact kernel changed, or the operands did",
            if other.len() == 1 { "1 case has".to_owned() } else { format!("{} cases have", other.len()) },
            list(&other)
        ));
    }
    let unjudged = findings.iter().filter(|finding| finding.unjudged > 0).count();
    if unjudged > 0 {
        notes.push(format!(
            "tail latencies of {} are not judged: a session gives one value, and it takes {} baseline sessions to know \
             how they spread",
            plural(unjudged, "case"),
            statistics::sessions::SESSIONS_LEAST
        ));
    }
    notes
}

fn differing(then: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Vec<String> {
    let mut names: Vec<String> =
        then.keys().chain(now.keys()).filter(|name| then.get(*name) != now.get(*name)).cloned().collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn join(parts: [&String; 4]) -> String {
    let given: Vec<&str> = parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    given.join(" ")
}

/// The names, with commas; of many, the first few and how many more.
pub(crate) fn list(names: &[String]) -> String {
    let shown = names.iter().take(NAMES_MOST).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMES_MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
