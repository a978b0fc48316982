//! Changes that somebody decided to live with: which entries count tonight, and up to which level.
//!
//! An entry tells its level by its figures. One without figures accepts what is found at its commit: a candidate of that
//! commit shows it, and `--previous` carries it on from there. Where nothing tells, the level is [`Level::Unknown`], and
//! nobody can say whether the change moved again.

use jiff::civil::Date;
use platforms::PlatformKey;
use regex::Regex;
use schema::{
    baselines::{Accepted, AcceptedChanges},
    comparison::{Metric, Rule},
};

use super::{PolicyError, pattern};

/// The commits that are compared.
#[derive(Clone, Copy, Debug, Default)]
pub struct Commits<'a> {
    /// Of the baseline's sessions; those that are not known do not stand here.
    pub baseline: &'a [&'a str],
    /// Of the candidate; `None` where it is not known, or files differed from it.
    pub candidate: Option<&'a str>,
    /// Whether the baseline may be another than that of the file: then only an entry that names it counts.
    pub is_foreign: bool,
}

/// What is expected of a metric in place of no change.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// The place of the entry in `accepted`.
    pub index: usize,
    /// The commit that brought it, as the entry names it.
    pub since: String,
    /// Why it is accepted.
    pub reason: String,
    /// How far.
    pub level: Level,
}

/// How far an accepted change goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Level {
    /// From baseline to candidate, in percent, or in points for accuracy.
    Given(f64),
    /// What the candidate shows: it is of the commit that brought the change.
    AsFound,
    /// Nothing tells, unless an earlier comparison does.
    Unknown,
}

/// The entries of one platform.
#[derive(Default)]
pub(super) struct Accepting {
    entries: Vec<Entry>,
    /// Entries that no longer count, in sentences.
    ended: Vec<String>,
}

struct Entry {
    index: usize,
    case: Regex,
    since: String,
    reason: String,
    changes: AcceptedChanges,
    rule: Option<Rule>,
    /// Whether the candidate is of the commit that brought the change.
    is_at_since: bool,
}

/// The entries that match one case.
pub(super) struct OfCase<'a>(Vec<&'a Entry>);

impl Accepting {
    /// Takes the entry with that index, where it is of the platform and counts.
    pub(super) fn add(
        &mut self,
        index: usize,
        one: &Accepted,
        platform: PlatformKey,
        today: Date,
        commits: Commits<'_>,
    ) -> Result<(), PolicyError> {
        let Accepted { platform: platforms, case, since, reason, changes, baseline, rule, until } = one;
        if !pattern(&format!("accepted[{index}].platform"), platforms)?.is_match(platform.as_str()) {
            return Ok(());
        }
        let case = pattern(&format!("accepted[{index}].case"), case)?;
        let is_at_since = commits.candidate.is_some_and(|commit| is_commit(commit, since));
        let has_it = !commits.baseline.is_empty() && commits.baseline.iter().all(|commit| is_commit(commit, since));
        let why_not = match (until, baseline) {
            (Some(until), _) if *until < today => Some(format!("ended on {until}")),
            (_, Some(named)) if !commits.baseline.iter().any(|commit| is_commit(commit, named)) => {
                let other =
                    if commits.baseline.is_empty() { "nothing tells that this is it" } else { "this is another" };
                Some(format!("counts from a baseline of {named}, and {other}"))
            }
            (_, None) if commits.is_foreign => {
                Some("does not name the baseline that it counts from, and a pair's may be another".to_owned())
            }
            // A rule looks at the candidate alone, so that no baseline can have what it found.
            _ if rule.is_none() && has_it && !is_at_since => {
                Some(format!("is of {since}, which the baseline has already"))
            }
            _ => None,
        };
        match why_not {
            Some(why_not) => {
                let remedy = if commits.is_foreign { "give it \"baseline\"" } else { "renew it, or take it out" };
                self.ended.push(format!("accepted[{index}] {why_not}, and does not count ({reason}); {remedy}"));
            }
            None => self.entries.push(Entry {
                index,
                case,
                since: since.clone(),
                reason: reason.clone(),
                changes: *changes,
                rule: *rule,
                is_at_since,
            }),
        }
        Ok(())
    }

    pub(super) fn ended(&self) -> &[String] {
        &self.ended
    }

    /// Place and pattern of each entry that counts.
    pub(super) fn patterns(&self) -> impl Iterator<Item = (String, &Regex)> {
        self.entries.iter().map(|one| (format!("accepted[{}]", one.index), &one.case))
    }

    pub(super) fn of_case(&self, case: &str) -> OfCase<'_> {
        OfCase(self.entries.iter().filter(|one| one.case.is_match(case)).collect())
    }
}

impl OfCase<'_> {
    /// What the last entry that covers it tells of a metric, or of what a rule finds in it.
    pub(super) fn expected(&self, metric: Option<Metric>, rule: Option<Rule>) -> Option<Expected> {
        self.0.iter().rev().filter(|one| one.rule == rule).find_map(|one| {
            let level = match metric.and_then(|metric| one.changes.of(metric)) {
                Some(percent) => Level::Given(percent),
                None if !one.changes.is_empty() => return None,
                None if one.is_at_since => Level::AsFound,
                None => Level::Unknown,
            };
            Some(Expected { index: one.index, since: one.since.clone(), reason: one.reason.clone(), level })
        })
    }
}

/// The fewest digits that name a commit, as git has it.
const COMMIT_DIGITS_LEAST: usize = 4;

/// Whether `named`, a commit or its first digits, is `commit`.
fn is_commit(commit: &str, named: &str) -> bool {
    named.len() >= COMMIT_DIGITS_LEAST
        && commit.get(..named.len()).is_some_and(|first| first.eq_ignore_ascii_case(named))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use schema::baselines::Baselines;

    use super::*;
    use crate::policy::Policy;

    const CASE: &str = "dot_f32/avx2/n10000";

    const SINCE: &str = "0123456789abcdef";

    fn accepted(changes: AcceptedChanges) -> Accepted {
        Accepted {
            platform: "linux".to_owned(),
            case: "^dot".to_owned(),
            since: SINCE.to_owned(),
            reason: "known".to_owned(),
            changes,
            baseline: None,
            rule: None,
            until: None,
        }
    }

    fn accepting(one: Accepted, commits: Commits<'_>) -> Policy {
        let baselines = Baselines { accepted: vec![one], ..Baselines::new(Timestamp::UNIX_EPOCH) };
        let platform = "linux-x86_64".parse().expect("it stands in platforms.toml");
        Policy::new(&baselines, platform, day("2026-02-01"), commits).expect("patterns")
    }

    fn day(text: &str) -> Date {
        text.parse().expect("a day")
    }

    /// The level of latency that an entry accepts; `None` where it does not count.
    fn level(one: Accepted, commits: Commits<'_>) -> Option<Level> {
        let policy = accepting(one, commits);
        let expected = policy.of_case(CASE).expect("a policy").expected(Some(Metric::LatencyP50), None);
        expected.map(|expected| expected.level)
    }

    #[test]
    fn an_entry_accepts_what_its_figures_tell_and_no_other_metric() {
        let figures = |changes| level(accepted(changes), Commits::default());
        let latency = AcceptedChanges { latency_p50: Some(40.0), ..AcceptedChanges::default() };
        let memory = AcceptedChanges { memory: Some(40.0), ..AcceptedChanges::default() };
        assert_eq!((figures(latency), figures(memory)), (Some(Level::Given(40.0)), None));
    }

    #[test]
    fn an_entry_without_figures_accepts_what_its_own_commit_shows_and_knows_nothing_of_others() {
        let without = || accepted(AcceptedChanges::default());
        let of = |candidate| Commits { candidate: Some(candidate), ..Commits::default() };
        assert_eq!(level(without(), of(SINCE)), Some(Level::AsFound));
        assert_eq!(level(without(), of("fedcba9876543210")), Some(Level::Unknown));
    }

    #[test]
    fn the_first_digits_of_a_commit_are_enough_and_three_are_not() {
        let of = |since: &str| Accepted { since: since.to_owned(), ..accepted(AcceptedChanges::default()) };
        let commits = Commits { candidate: Some(SINCE), ..Commits::default() };
        assert_eq!(level(of("0123"), commits), Some(Level::AsFound));
        assert_eq!(level(of("012"), commits), Some(Level::Unknown));
    }

    #[track_caller]
    fn check_ended(one: Accepted, commits: Commits<'_>, said: &str) {
        assert_eq!(level(one.clone(), commits), None);
        let policy = accepting(one, commits);
        let ended: Vec<&str> = policy.ended().collect();
        assert!(ended.len() == 1 && ended[0].starts_with(said), "{ended:?}");
    }

    #[test]
    fn an_entry_does_not_count_once_the_baseline_is_of_its_commit() {
        let commits = Commits { baseline: &[SINCE], candidate: Some("fedcba9876543210"), is_foreign: false };
        check_ended(accepted(AcceptedChanges::default()), commits, "accepted[0] is of 0123456789abcdef, which the");
    }

    #[test]
    fn an_entry_does_not_count_beside_another_baseline_than_it_names() {
        let one = Accepted { baseline: Some("aaaa".to_owned()), ..accepted(AcceptedChanges::default()) };
        let commits = Commits { baseline: &["bbbbbbbb"], ..Commits::default() };
        check_ended(one.clone(), commits, "accepted[0] counts from a baseline of aaaa");
        assert!(level(one, Commits { baseline: &["aaaaaaaa"], ..Commits::default() }).is_some());
    }

    #[test]
    fn an_entry_does_not_count_after_its_last_day() {
        let until = |text| Accepted { until: Some(day(text)), ..accepted(AcceptedChanges::default()) };
        check_ended(until("2026-01-31"), Commits::default(), "accepted[0] ended on 2026-01-31");
        assert!(level(until("2026-02-01"), Commits::default()).is_some());
    }

    #[test]
    fn an_entry_without_a_baseline_does_not_count_beside_a_foreign_one() {
        let commits = Commits { is_foreign: true, ..Commits::default() };
        check_ended(accepted(AcceptedChanges::default()), commits, "accepted[0] does not name the baseline");
    }

    #[test]
    fn an_entry_that_matches_no_case_is_told() {
        let one = Accepted { case: "^dto".to_owned(), ..accepted(AcceptedChanges::default()) };
        let policy = accepting(one, Commits::default());
        let unmatched: Vec<String> = policy.unmatched([CASE].into_iter()).collect();
        assert_eq!(unmatched, [r#"accepted[0] matches no case: "^dto"; is it misspelt, or for another profile?"#]);
    }
}
