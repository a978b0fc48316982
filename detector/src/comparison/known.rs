//! What is to say of a change where some of it is known: judged by what is beyond the accepted level, with the same
//! thresholds, so that it alarms again as soon as it moves again.

use std::collections::BTreeMap;

use schema::comparison::{Known, Metric, Verdict};

use super::{case::Finding, judgement::OneMetric, metric};
use crate::{
    policy::{Expected, Level},
    verdict::{Bars, Change, verdict},
};

/// A verdict, and what it was found against.
pub(super) struct Ruling {
    pub(super) verdict: Verdict,
    pub(super) known: Option<KnownRuling>,
}

/// How an accepted change came in.
pub(super) struct KnownRuling {
    /// The entry, with its level in percent where that is known.
    pub(super) known: Known,
    pub(super) index: usize,
    /// The change beyond the accepted level; `None` where the level is not known.
    pub(super) beyond: Option<Change>,
    pub(super) standing: KnownStanding,
}

impl KnownRuling {
    /// Whether the row was judged by it.
    pub(super) fn applies(&self) -> bool {
        self.standing != KnownStanding::Gone
    }

    /// Whether nothing tells how far an accepted change goes that would alarm otherwise.
    pub(super) fn is_untold(&self) -> bool {
        self.applies() && self.beyond.is_none()
    }
}

/// What became of an accepted change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KnownStanding {
    /// It is there, as it was accepted or otherwise.
    Holds,
    /// It is there, as it was found: an entry with this figure would tell the next session.
    Untold,
    /// Surely nothing of it is left that matters.
    Gone,
}

/// What an accepted change did to a row, for the notes.
pub(super) struct Mark {
    pub(super) index: usize,
    pub(super) standing: KnownStanding,
    /// The change as it was found, in percent.
    pub(super) found_percent: f64,
}

/// The verdict on `change`, of which `expected` is known.
pub(super) fn rule(metric: Metric, change: Change, bars: Bars, expected: Option<&Expected>) -> Ruling {
    let against_baseline = verdict(change, bars);
    let Some(expected) = expected else {
        return Ruling { verdict: against_baseline, known: None };
    };
    let ruling = |verdict, change_percent, beyond, standing| Ruling {
        verdict,
        known: Some(KnownRuling {
            known: Known { since: expected.since.clone(), reason: expected.reason.clone(), change_percent },
            index: expected.index,
            beyond,
            standing,
        }),
    };
    // What does not alarm against the baseline needs nobody's leave.
    if matches!(against_baseline, Verdict::Stable | Verdict::Improved) {
        return ruling(against_baseline, None, None, KnownStanding::Gone);
    }
    let found_percent = || metric::percent(metric, metric::sign_of_worse(metric) * change.estimate);
    let (level, percent, standing) = match expected.level {
        Level::Given(percent) => {
            (metric::sign_of_worse(metric) * metric::log_of_percent(metric, percent), percent, KnownStanding::Holds)
        }
        Level::AsFound => (change.estimate, found_percent(), KnownStanding::Untold),
        Level::Unknown => return ruling(Verdict::Inconclusive, None, None, KnownStanding::Untold),
    };
    let beyond = Change { estimate: change.estimate - level, low: change.low - level, high: change.high - level };
    let verdict = match verdict(beyond, bars) {
        // Less than was accepted is still more than the baseline.
        Verdict::Improved => Verdict::Stable,
        other => other,
    };
    ruling(verdict, Some(percent), Some(beyond), standing)
}

impl OneMetric {
    /// The sentence of a row that an accepted change is known of.
    pub(super) fn known_reason(&self, ruling: &Ruling, known: &KnownRuling, change: Change) -> String {
        let commit: String = known.known.since.chars().take(12).collect();
        let because = format!("known since {commit}, because {}", known.known.reason);
        let all = self.amount_of(ruling.verdict, change.estimate);
        let Some((beyond, percent)) = known.beyond.zip(known.known.change_percent) else {
            return format!(
                "{all}; a change is {because}, but accepted[{}] does not tell how far it goes, so nobody can say whether \
                 it moved again; write \"changes\" into it",
                known.index
            );
        };
        let level = self.number(self.worse(metric::log_of_percent(self.metric, percent)));
        match ruling.verdict {
            Verdict::Critical | Verdict::Warning => format!(
                "it moved again: {all}, which is {} beyond the {level} {because}; {}",
                self.number(beyond.estimate),
                self.thresholds()
            ),
            Verdict::Stable if beyond.estimate < 0.0 => format!("{because}: {all}, of {level} accepted"),
            Verdict::Stable => {
                format!("{because}: {all}, at most {} beyond the {level} accepted", self.number(beyond.high))
            }
            _ => format!(
                "{all}; between {} and {} beyond the {level} {because}; {}",
                self.amount(beyond.low),
                self.amount(beyond.high),
                self.thresholds()
            ),
        }
    }
}

/// What the entries of `accepted` need: figures, or to be taken out.
pub(super) fn notes(findings: &[Finding], baseline_commit: Option<&str>) -> Vec<String> {
    let mut gone: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let mut there: BTreeMap<usize, bool> = BTreeMap::new();
    let mut notes = Vec::new();
    for finding in findings {
        let mut untold: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for judged in &finding.rows {
            let (Some(mark), Some(metric)) = (&judged.accepted, judged.row.metric) else { continue };
            match mark.standing {
                KnownStanding::Gone => gone.entry(mark.index).or_default().push(finding.case.clone()),
                KnownStanding::Holds => _ = there.insert(mark.index, true),
                KnownStanding::Untold => {
                    there.insert(mark.index, true);
                    let digits = if mark.found_percent.abs() < 1.0 { 6 } else { 1 };
                    let figure = format!("\"{}\": {:.digits$}", metric.name(), mark.found_percent);
                    untold.entry(mark.index).or_default().push(figure);
                }
            }
        }
        for (index, figures) in untold {
            let baseline = baseline_commit.map_or_else(String::new, |commit| format!(", \"baseline\": \"{commit}\""));
            notes.push(format!(
                "accepted[{index}] does not tell how far {} moved, and the next session cannot know; if it is this, write \
                 \"changes\": {{ {} }}{baseline}",
                finding.case,
                figures.join(", ")
            ));
        }
    }
    for (index, mut cases) in gone.into_iter().filter(|(index, _)| !there.contains_key(index)) {
        cases.dedup();
        notes.push(format!(
            "accepted[{index}] can be taken out: nothing that matters is left of it in {}",
            super::notes::list(&cases)
        ));
    }
    notes
}
