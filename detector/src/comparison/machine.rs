//! The machine: whether the controls moved, and what then can still be said.
//!
//! What slows a machine is no common factor: contention that adds 90 % to an addition adds 20 % to a dot product and nothing
//! to a sum, so that a shift which is taken from all cases makes regressions up. Nothing is subtracted: where the controls
//! moved, no timing of that session tells anything of the code, and only both programs side by side do.

use schema::{
    baselines::Session,
    comparison::{Row, Verdict},
    report::Report,
};

use super::{
    case::{Finding, Judged, WhyWithheld, Withheld},
    metric,
};

/// How far a control may move before the machine is said to have changed, on the scale of logarithms. On a shared host
/// with other work beside it, six runs of the generator lay apart by 0.0 % in chains of arithmetic, 0.1 % in system calls,
/// 4 % in reads of memory, 7 % in reads of the second-level cache and 10 % in branches; a chain that moves by 5 % moves
/// kernels too, the others by twice their spread.
const CONTROL_CHANGES: [(&str, f64); 4] = [("branches", 0.2), ("dram", 0.15), ("l2", 0.15), ("syscall", 0.1)];

/// The same of every other control: of chains of arithmetic, and of those that an importer names.
pub(super) const CONTROL_CHANGE: f64 = 0.05;

fn control_change(name: &str) -> f64 {
    CONTROL_CHANGES.iter().find(|(control, _)| *control == name).map_or(CONTROL_CHANGE, |(_, change)| *change)
}

/// What the controls say.
pub(super) struct Controls {
    /// How many could be held against the baseline's.
    pub(super) compared: usize,
    /// The machine's change, where there is one.
    pub(super) change: Option<MachineChange>,
}

/// The machine is another than in the baseline.
pub(super) struct MachineChange {
    /// What moved, in a sentence.
    pub(super) reason: String,
    /// By how much the control that gained most got faster, on the scale of logarithms: what a regression may hide behind.
    gain: f64,
}

/// Holds the candidate's controls against those of the baseline's sessions.
pub(super) fn controls(candidate: &Report, sessions: &[&Session]) -> Controls {
    let mut compared = 0;
    let mut moved = Vec::new();
    let mut gain: f64 = 0.0;
    for (name, control) in &candidate.controls {
        let baseline: Vec<Vec<f64>> =
            sessions.iter().filter_map(|session| Some(session.controls.get(name)?.launches.clone())).collect();
        let Some(ratio) = statistics::log_ratio(&baseline, std::slice::from_ref(&control.launches)) else {
            continue;
        };
        let Some(interval) = ratio.interval else {
            continue;
        };
        compared += 1;
        let is_sure = interval.low > 0.0 || interval.high < 0.0;
        if is_sure && ratio.estimate.abs() >= control_change(name) {
            let percent = statistics::percent_of_log(ratio.estimate);
            moved.push(format!("{name} takes {percent:+.1} % time"));
            gain = gain.max(-ratio.estimate);
        }
    }
    let change = (!moved.is_empty()).then(|| MachineChange {
        reason: format!(
            "the machine itself changed: {}; no change of the code can be told from that, but by `generator pair`",
            moved.join(", ")
        ),
        gain,
    });
    Controls { compared, change }
}

/// What is said where the machine was watched in the baseline and is no longer.
pub(super) const UNWATCHED: &str = "the baseline has controls and the candidate has none of them, so that nobody knows whether the \
    machine changed; measure with the same generator, or hold both programs side by side with `generator pair`";

/// Whether the machine was watched in the baseline and is no longer.
pub(super) fn is_unwatched(candidate: &Report, sessions: &[&Session]) -> bool {
    let watched = |session: &&Session| !session.controls.is_empty();
    sessions.iter().any(watched)
        && !candidate.controls.keys().any(|name| sessions.iter().any(|session| session.controls.contains_key(name)))
}

/// Makes every timing inconclusive that no pair has decided. Memory, accuracy and instructions do not depend on how fast the
/// machine is.
pub(super) fn withhold(findings: &mut [Finding], change: &MachineChange) {
    for judged in findings.iter_mut().flat_map(|finding| &mut finding.rows).filter(|judged| is_timing(&judged.row)) {
        judged.withheld = Some(Withheld { verdict: at_worst(judged, change), why: WhyWithheld::Machine });
        let row = &mut judged.row;
        row.reason = format!(
            "the machine changed, so that only `generator pair` can judge; by these figures it would be {}: {}",
            row.verdict.name(),
            row.reason
        );
        row.verdict = Verdict::Inconclusive;
        (row.certainty, row.severity, row.further_launches) = (None, None, None);
    }
}

/// Whether a row is a timing of this session held against another one's.
fn is_timing(row: &Row) -> bool {
    row.rule.is_none() && row.interleaved.is_none() && row.metric.is_some_and(metric::is_speed)
}

/// What a row may be at worst: what it looks like, or what a machine that got faster hides.
fn at_worst(judged: &Judged, change: &MachineChange) -> Verdict {
    let hidden = judged.worse.filter(|_| change.gain > 0.0).map(|(estimate, bars)| {
        let worst = estimate + change.gain;
        match worst {
            _ if worst >= bars.critical => Verdict::Critical,
            _ if worst >= bars.warning => Verdict::Warning,
            _ => Verdict::Stable,
        }
    });
    // An inconclusive row did not matter before, and does now only where something can hide in it.
    hidden.map_or(judged.row.verdict, |hidden| hidden.min(judged.row.verdict))
}
