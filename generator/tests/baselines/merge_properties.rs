//! What holds of every merging: of files that agree, their order makes no difference; of others, nothing is lost silently.

use std::collections::BTreeSet;

use generator::merging::{self, Conflict, Keep, Merged, Source, What};
use jiff::{SignedDuration, Timestamp};
use platforms::{PlatformKey, platform};
use proptest::prelude::*;
use schema::baselines::{Baselines, Session};

use crate::bench::{of_other_code, report};

/// A session by what tells it from others. Small numbers, so that files often have the same ones.
#[derive(Clone, Debug)]
struct Entry {
    platform: usize,
    class: u8,
    hour: i64,
    /// Which code it measured.
    is_other_code: bool,
    /// What stands in it.
    tale: u64,
}

fn any_entry() -> impl Strategy<Value = Entry> {
    (0..2_usize, 0..2_u8, 0..4_i64, any::<bool>(), 0..2_u64)
        .prop_map(|(platform, class, hour, is_other_code, tale)| Entry { platform, class, hour, is_other_code, tale })
}

/// One that no other can contradict: of its class all are of one code, and of its hour all tell the same.
fn peaceful_entry() -> impl Strategy<Value = Entry> {
    any_entry().prop_map(|entry| Entry { is_other_code: entry.class == 1, tale: 0, ..entry })
}

fn session(entry: &Entry) -> Session {
    let report = report(|report| {
        report.created += SignedDuration::from_hours(entry.hour);
        report.context.seed = Some(entry.tale);
        if entry.is_other_code {
            of_other_code(report);
        }
    });
    Session::from(report)
}

/// Three files of a few.
fn three(entry: impl Strategy<Value = Entry>) -> impl Strategy<Value = Vec<Vec<Entry>>> {
    prop::collection::vec(prop::collection::vec(entry, 0..6), 3)
}

/// A file of them, the name of which is its number.
fn source((index, entries): (usize, &Vec<Entry>)) -> Source {
    let mut baselines = Baselines::new(Timestamp::UNIX_EPOCH);
    for entry in entries {
        let key: PlatformKey = platform::list()[entry.platform].key.parse().expect("a listed key");
        let class = format!("testbench.{}", entry.class);
        let section = baselines.baselines.entry(key).or_default().entry(class).or_default();
        // As `baseline` leaves it: a moment has one session.
        if section.sessions.iter().all(|known| known.created != session(entry).created) {
            section.sessions.push(session(entry));
        }
    }
    Source { name: index.to_string(), baselines }
}

fn sources(files: &[Vec<Entry>]) -> Vec<Source> {
    files.iter().enumerate().map(source).collect()
}

fn merge(sources: &[Source], keep: Option<Keep>) -> Result<Merged, Box<Conflict>> {
    merging::merge(sources[0].clone(), sources[1..].to_vec(), keep)
}

/// Merges files that agree.
fn merged(sources: &[Source]) -> Source {
    let merged = merge(sources, None).unwrap_or_else(|conflict| panic!("{conflict}"));
    Source { name: "merged".to_owned(), baselines: merged.baselines }
}

/// Every session of a file, with its place and when it began.
fn sessions(baselines: &Baselines) -> Vec<(PlatformKey, String, &Session)> {
    let classes =
        baselines.baselines.iter().flat_map(|(platform, classes)| classes.iter().map(move |it| (platform, it)));
    let sessions = classes.flat_map(|(&platform, (class, section))| {
        section.sessions.iter().map(move |session| (platform, class.clone(), session))
    });
    sessions.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn files_that_agree_merge_in_any_order(files in three(peaceful_entry())) {
        let sources = sources(&files);
        let [a, b, c] = &sources[..] else { panic!("three files") };
        let all = merged(&sources).baselines;
        for others in [[a, c, b], [b, a, c], [c, b, a], [b, c, a]] {
            prop_assert_eq!(&merged(&others.map(Clone::clone)).baselines, &all);
        }
    }

    #[test]
    fn files_that_agree_merge_in_any_grouping(files in three(peaceful_entry())) {
        let sources = sources(&files);
        let (left, right) = (merged(&sources[..2]), merged(&sources[1..]));
        let left = merged(&[left, sources[2].clone()]);
        let right = merged(&[sources[0].clone(), right]);
        prop_assert_eq!(left.baselines, right.baselines);
    }

    #[test]
    fn what_is_merged_with_itself_or_a_part_of_it_stays(files in three(any_entry())) {
        let all = merge(&sources(&files), Some(Keep::First)).expect("nothing is refused").baselines;
        let source = Source { name: "all".to_owned(), baselines: all.clone() };
        prop_assert_eq!(&merged(&[source.clone(), source.clone()]).baselines, &all);
        prop_assert_eq!(&merged(&[source]).baselines, &all);
    }

    #[test]
    fn what_is_refused_is_what_a_choice_discards(files in three(any_entry())) {
        let sources = sources(&files);
        let chosen = merge(&sources, Some(Keep::First)).expect("nothing is refused");
        prop_assert_eq!(merge(&sources, None).is_err(), !chosen.discarded.is_empty());
    }

    #[test]
    fn every_session_is_kept_or_told(files in three(any_entry()), last: bool) {
        let sources = sources(&files);
        let keep = if last { Keep::Last } else { Keep::First };
        let Merged { baselines, discarded } = merge(&sources, Some(keep)).expect("nothing is refused");
        let kept = sessions(&baselines);
        let told: BTreeSet<(String, PlatformKey, String, Timestamp)> = discarded.iter().filter_map(|Conflict { what, other, .. }| {
            let (What::Moment { place, created } | What::Code { place, created, .. }) = what else { return None };
            Some((other.clone(), place.platform, place.class.clone(), *created))
        }).collect();
        for Source { name, baselines } in &sources {
            for (platform, class, session) in sessions(baselines) {
                let is_kept = kept.contains(&(platform, class.clone(), session));
                let is_told = told.contains(&(name.clone(), platform, class, session.created));
                prop_assert!(is_kept != is_told, "{name}: {platform}, {}: kept {is_kept}, told {is_told}", session.created);
            }
        }
    }

    #[test]
    fn keeping_the_last_is_keeping_the_first_of_the_files_the_other_way_round(
        files in three(any_entry())
    ) {
        let mut sources = sources(&files);
        let last = merge(&sources, Some(Keep::Last)).expect("nothing is refused");
        sources.reverse();
        prop_assert_eq!(merge(&sources, Some(Keep::First)).expect("nothing is refused"), last);
    }
}
