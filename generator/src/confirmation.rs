//! What is to be confirmed of a comparison, and beside which program: the one that made the baseline. Pure: no file.

use regex::Regex;
use schema::{
    baselines::{Baselines, Session},
    comparison::Comparison,
    context::Context,
};

/// The program that made a baseline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// Its hash, by which it is kept.
    pub sha256: Option<String>,
    /// The commit that it can be built from again; `None` where it was built from uncommitted changes.
    pub commit: Option<String>,
}

/// The cases that only a pair can settle, as a filter on whole ids; `None` where there are none.
///
/// # Panics
///
/// Never: escaped ids make a regular expression.
#[must_use]
pub fn filter(comparison: &Comparison) -> Option<Regex> {
    let suspects: Vec<String> = comparison.suspects().into_iter().map(regex::escape).collect();
    (!suspects.is_empty())
        .then(|| Regex::new(&format!("^(?:{})$", suspects.join("|"))).expect("escaped ids make a regular expression"))
}

/// The program that made the baseline of the comparison's platform: of its machine class, else the last one of any, since a
/// hosted runner may be a machine that no baseline knows. `None` where the platform has no baseline.
#[must_use]
pub fn base(comparison: &Comparison, baselines: &Baselines) -> Option<Base> {
    let classes = baselines.baselines.get(&comparison.platform)?;
    let of_class = comparison.candidate.class.as_ref().and_then(|class| classes.get(class));
    let last = |sessions: &[Session]| sessions.iter().max_by_key(|session| session.created).cloned();
    let session = of_class.and_then(|class| last(&class.sessions)).or_else(|| {
        let all = classes.values().filter_map(|class| last(&class.sessions));
        all.max_by_key(|session| session.created)
    })?;
    Some(of_context(&session.context))
}

fn of_context(context: &Context) -> Base {
    Base {
        sha256: context.program_sha256.clone(),
        commit: context.git.as_ref().filter(|git| !git.dirty).map(|git| git.commit.clone()),
    }
}
