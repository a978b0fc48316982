//! May the two be compared at all, and against which sessions?

use std::collections::BTreeMap;

use schema::{
    baselines::{Baselines, Session},
    context::Context,
    pair::Pair,
    report::Report,
};

/// How candidate and baseline stand to each other.
pub(super) enum Standing<'a> {
    /// They may be compared: the sessions of the candidate's class, oldest first, at least one.
    Comparable(Vec<&'a Session>),
    /// There is a baseline, and it says nothing of this candidate: why, and what to do.
    Incomparable(String),
    /// There is no baseline: why, and what to do.
    NoBaseline(String),
}

impl<'a> Standing<'a> {
    /// How `candidate` stands to what `baselines` has of its platform and class.
    pub(super) fn of(candidate: &Report, baselines: &'a Baselines, notes: &mut Vec<String>) -> Self {
        let machine = &candidate.context.machine;
        let Some(classes) = baselines.baselines.get(&candidate.platform).filter(|classes| !classes.is_empty()) else {
            return Self::NoBaseline(format!(
                "there is no baseline of {0}; measure one there with `generator baseline`",
                candidate.platform
            ));
        };
        if machine.emulated {
            return Self::Incomparable("the candidate ran under emulation, whose timings mean nothing".to_owned());
        }
        if let Some(cap) = candidate.context.isa_cap {
            return Self::Incomparable(format!(
                "the candidate ran under TIDEGAUGE_ISA={cap} and is of no machine class; measure without it"
            ));
        }
        let Some(class) = &machine.class else {
            return Self::Incomparable("the candidate is of no machine class".to_owned());
        };
        let Some(baseline) = classes.get(class) else {
            let known: Vec<&str> = classes.keys().map(String::as_str).collect();
            return Self::Incomparable(format!(
                "the candidate ran on another machine, of class {class}; the baseline knows {}; compare on one of those, \
                 or add a session of this class with `generator baseline`",
                known.join(", ")
            ));
        };
        let mut sessions: Vec<&Session> = baseline.sessions.iter().filter(|session| is_usable(session)).collect();
        let unusable = baseline.sessions.len() - sessions.len();
        if unusable > 0 {
            notes.push(format!(
                "{unusable} of the baseline's sessions ran under emulation, slowed on purpose or capped, and do not count"
            ));
        }
        let usable = sessions.len();
        // A run says nothing about itself: it would be stable whatever it found.
        sessions.retain(|session| !is_same_run(session, candidate));
        if sessions.len() < usable {
            notes.push("the candidate itself is one of the baseline's sessions, which does not count".to_owned());
        }
        sessions.sort_by_key(|session| session.created);
        if sessions.is_empty() {
            return Self::NoBaseline(format!(
                "the baseline of {} has no session to compare with; add one with `generator baseline`",
                candidate.platform
            ));
        }
        Self::Comparable(sessions)
    }

    /// How the two sides of a pair stand to each other; the sessions are none, since it needs none.
    pub(super) fn of_pair(pair: &Pair) -> Self {
        let (baseline, candidate) = (&pair.baseline, &pair.candidate);
        if baseline.machine.emulated || candidate.machine.emulated {
            return Self::Incomparable("the pair ran under emulation, whose timings mean nothing".to_owned());
        }
        if !baseline.injected.is_empty() {
            return Self::Incomparable(
                "the pair's baseline was slowed on purpose, so the candidate would pass for faster; slow the candidate"
                    .to_owned(),
            );
        }
        if (&baseline.machine.class, baseline.isa_cap) != (&candidate.machine.class, candidate.isa_cap) {
            let name = |context: &Context| {
                let class = context.machine.class.clone().unwrap_or_else(|| "no machine class".to_owned());
                context.isa_cap.map_or(class.clone(), |cap| format!("{class} under TIDEGAUGE_ISA={cap}"))
            };
            return Self::Incomparable(format!(
                "the pair's baseline ran on {}, its candidate on {}; a pair is of one machine",
                name(baseline),
                name(candidate)
            ));
        }
        Self::Comparable(Vec::new())
    }

    /// The last session of each class of the candidate's platform: what made the baseline, wherever that was.
    pub(super) fn last_sessions(&self, candidate: &Report, baselines: &'a Baselines) -> Vec<&'a Session> {
        if let Self::Comparable(sessions) = self {
            return sessions.last().copied().into_iter().collect();
        }
        let classes = baselines.baselines.get(&candidate.platform).into_iter().flat_map(BTreeMap::values);
        let last = |sessions: &'a [Session]| {
            sessions.iter().filter(|session| is_usable(session)).max_by_key(|session| session.created)
        };
        classes.filter_map(|class| last(&class.sessions)).collect()
    }

    /// The sessions to compare with; none where they may not be compared.
    pub(super) fn sessions(&self) -> &[&'a Session] {
        match self {
            Self::Comparable(sessions) => sessions,
            Self::Incomparable(_) | Self::NoBaseline(_) => &[],
        }
    }
}

/// What the generator would never have taken may still have been put into the file by hand.
fn is_usable(session: &Session) -> bool {
    let context = &session.context;
    !context.machine.emulated && context.injected.is_empty() && context.isa_cap.is_none()
}

fn is_same_run(session: &Session, candidate: &Report) -> bool {
    session.created == candidate.created && session.cases == candidate.cases
}
