//! The sentences that all formats for people share.

use schema::{
    comparison::{Comparison, Metric, Row, Rule, Side, Verdict},
    exit::Exit,
};

use super::escape::visible;

/// The most cases of which the same is said, one by one; of more, a few are named.
pub(super) const ALIKE_MOST: usize = 3;

/// The most cases that are named in one row.
pub(super) const NAMES_MOST: usize = 5;

/// The comparison in one line: `1 of 40 cases is critical; 2 inconclusive, 37 stable`.
pub(super) fn headline(comparison: &Comparison) -> String {
    let counts: Vec<(Verdict, u32)> =
        Verdict::ALL.into_iter().map(|verdict| (verdict, count(comparison, verdict))).filter(|(_, n)| *n > 0).collect();
    let all: u32 = counts.iter().map(|(_, count)| count).sum();
    let Some(((worst, first), others)) = counts.split_first() else {
        return "no cases were compared".to_owned();
    };
    let cases = if all == 1 { "case" } else { "cases" };
    let share = if *first == all && all > 1 { format!("all {all}") } else { format!("{first} of {all}") };
    let others: Vec<String> = others.iter().map(|(verdict, count)| format!("{count} {}", verdict.name())).collect();
    let others = if others.is_empty() { String::new() } else { format!("; {}", others.join(", ")) };
    format!("{share} {cases} {}{others}", are(*first, *worst))
}

/// `is critical`, `are at warning`.
pub(super) fn are(count: u32, verdict: Verdict) -> String {
    format!("{} {}", if count == 1 { "is" } else { "are" }, phrase(verdict))
}

/// A verdict in a sentence about cases.
const fn phrase(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Warning => "at warning",
        _ => verdict.name(),
    }
}

/// What follows from it: `exit 1: 1 case is critical`.
pub(super) fn consequence(comparison: &Comparison) -> String {
    format!("exit {}: {}", comparison.summary.exit_code, visible(&comparison.summary.exit_reason))
}

/// How many cases have `verdict` as their worst.
pub(super) fn count(comparison: &Comparison, verdict: Verdict) -> u32 {
    comparison.summary.cases.get(verdict.name()).copied().unwrap_or(0)
}

/// Where a side came from: file, sessions, time and commit.
pub(super) fn side(side: &Side) -> String {
    let sessions = match side.sessions {
        0 => "no session to compare with".to_owned(),
        1 => "1 session".to_owned(),
        count => format!("{count} sessions, the last"),
    };
    let created = side.created.map(|time| format!("of {}", time.strftime("%Y-%m-%d %H:%M UTC")));
    let git = side.git.as_ref().map(|git| {
        let commit: String = git.commit.chars().take(12).collect();
        format!("at {}{}", visible(&commit), if git.dirty { " with uncommitted changes" } else { "" })
    });
    let rest: Vec<String> = [sessions].into_iter().chain(created).chain(git).collect();
    format!("{}: {}", visible(&side.file), rest.join(" "))
}

/// The platform and the candidate's machine class.
pub(super) fn machine(comparison: &Comparison) -> String {
    let class = comparison.candidate.class.as_deref().map_or_else(|| "of no machine class".to_owned(), visible);
    format!("{}, {class}", comparison.platform)
}

/// What a row is about beside its case: the rule that found it, else its metric.
pub(super) fn aspect(row: &Row) -> Option<&'static str> {
    row.rule.map(Rule::name).or_else(|| row.metric.map(Metric::name))
}

/// What is said of all cases together, and so before any of them: that they moved together, or that the machine did.
pub(super) fn together(comparison: &Comparison) -> impl Iterator<Item = String> {
    let summary = &comparison.summary;
    let wide = summary.wide_change.iter().map(|wide| &wide.reason);
    wide.chain(&summary.machine_change).map(|said| visible(said))
}

/// What a reader must know beside the rows.
pub(super) fn notes(comparison: &Comparison) -> impl Iterator<Item = String> {
    comparison.summary.notes.iter().map(|note| visible(note))
}

/// Whether the same is said of both, of each case as a whole.
pub(super) fn is_alike(one: &Row, other: &Row) -> bool {
    one.metric.is_none() && other.metric.is_none() && one.verdict == other.verdict && one.reason == other.reason
}

/// The names with commas; of many, the first few and how many more.
pub(super) fn listed(names: &[&str]) -> String {
    let mut listed: Vec<String> = names.iter().take(NAMES_MOST).map(|name| visible(name)).collect();
    if names.len() > NAMES_MOST {
        listed.push(format!("and {} more", names.len() - NAMES_MOST));
    }
    listed.join(", ")
}

/// Whether a verdict made the comparison fail.
pub(super) fn is_failure(comparison: &Comparison, verdict: Verdict) -> bool {
    match verdict {
        Verdict::Critical | Verdict::Missing | Verdict::Incomparable => true,
        Verdict::Warning => comparison.summary.exit_code == Exit::Warning.code(),
        Verdict::Inconclusive | Verdict::Improved | Verdict::New | Verdict::Stable => false,
    }
}

/// Whether it failed since cases are inconclusive, and for no other reason.
pub(super) fn is_failed_by_doubt(comparison: &Comparison) -> bool {
    let cannot_tell = comparison.summary.exit_code == Exit::CannotTell.code();
    cannot_tell && [Verdict::Missing, Verdict::Incomparable].into_iter().all(|other| count(comparison, other) == 0)
}
