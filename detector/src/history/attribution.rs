//! Code or machine: what changed together with a control is the machine's, and so is what changed while the code did not; where
//! many series changed and no control did, it was the code, and is told as one.
//!
//! No shift is subtracted: what slows a machine slows its cases by different factors, and some not at all.

use std::{collections::BTreeMap, sync::Arc};

use schema::changes::{Cause, Event};

use super::{
    Attributed, Subject, Timeline,
    search::{Found, NEAR_POINTS},
};
use crate::comparison::{metric, wide};

/// A change as its machine sees it.
#[derive(Clone, Copy)]
struct Seen {
    /// Its place among all points of the machine.
    place: usize,
    series: usize,
    change: usize,
    /// When it was raised, as a place; the end of the history where the whole was looked at.
    raised: usize,
    /// Whether it takes more time, or more of whatever a CSV file has.
    is_more: bool,
}

/// Says of each change what it is of.
pub(super) fn attribute(timelines: &[Timeline], found: &[Found]) -> Attributed {
    let mut causes: Vec<Vec<Cause>> = found.iter().map(|found| vec![Cause::Code; found.changes.len()]).collect();
    let mut machines: BTreeMap<&Arc<str>, Vec<usize>> = BTreeMap::new();
    for (index, timeline) in timelines.iter().enumerate() {
        if let Some(machine) = &timeline.machine {
            machines.entry(machine).or_default().push(index);
        }
    }
    let mut events = Vec::new();
    for (machine, members) in machines {
        let places = places(timelines, &members);
        let seen = |is_control: bool| -> Vec<Seen> {
            let members = members.iter().filter(|index| timelines[**index].is_control == is_control);
            let mut seen: Vec<Seen> = members.flat_map(|&series| seen_by(timelines, found, &places, series)).collect();
            seen.sort_unstable_by_key(|seen| (seen.place, seen.series));
            seen
        };
        let (controls, others) = (seen(true), seen(false));
        for case in &others {
            // What was not known when a change was raised has no say in what it was raised as; and a machine that got faster
            // slowed no case.
            let with = |control: &Seen| {
                control.place.abs_diff(case.place) <= NEAR_POINTS
                    && control.raised <= case.raised
                    && control.is_more == case.is_more
            };
            if controls.iter().any(with) || is_same_code(&timelines[case.series], &found[case.series], case.change) {
                causes[case.series][case.change] = Cause::Machine;
            }
        }
        let subject = |series: usize| subject(&timelines[series]);
        let count = distinct(
            members.iter().filter(|index| !timelines[**index].is_control).filter_map(|series| subject(*series)),
        );
        let event = |first: &Seen, cause, controls: Vec<String>, changed: usize| {
            let timeline = &timelines[first.series];
            let point = found[first.series].changes[first.change].change.index;
            Event {
                machine: machine.to_string(),
                cause,
                index: timeline.indices[point],
                time: timeline.times.get(point).copied(),
                controls,
                changed: changed as u64,
                series: count as u64,
            }
        };
        for together in groups(&controls) {
            let mut names: Vec<String> =
                together.iter().map(|control| short_name(&timelines[control.series]).to_owned()).collect();
            names.dedup();
            let is_near =
                |case: &&Seen| together.iter().any(|control| control.place.abs_diff(case.place) <= NEAR_POINTS);
            let changed = distinct(others.iter().filter(is_near).filter_map(|case| subject(case.series)));
            events.push((together[0].place, event(&together[0], Cause::Machine, names, changed)));
        }
        let of_code: Vec<Seen> =
            others.iter().copied().filter(|case| causes[case.series][case.change] == Cause::Code).collect();
        for together in groups(&of_code) {
            let changed = distinct(together.iter().filter_map(|case| subject(case.series)));
            if changed >= wide::CASES_LEAST && changed as f64 >= wide::SHARE * count as f64 {
                events.push((together[0].place, event(&together[0], Cause::Code, Vec::new(), changed)));
            }
        }
    }
    events.sort_by(|(one, a), (other, b)| a.machine.cmp(&b.machine).then(one.cmp(other)));
    Attributed { causes, events: events.into_iter().map(|(_, event)| event).collect() }
}

/// Whether the code was the same before a change and after it, wherever within its doubt the change lies: then it was not the
/// code's, whatever the controls say.
fn is_same_code(timeline: &Timeline, found: &Found, change: usize) -> bool {
    let index = found.changes[change].change.index;
    let near = index.saturating_sub(NEAR_POINTS + 1)..(index + NEAR_POINTS).min(timeline.values.len());
    let Some(commits) = timeline.commits.get(near) else {
        return false;
    };
    let is_known = |commit: &Arc<str>| !commit.ends_with("-dirty");
    commits
        .first()
        .is_some_and(|first| first.as_ref().is_some_and(is_known) && commits.iter().all(|commit| commit == first))
}

/// Every point of a machine, in order: series that miss some nights still meet at the others.
fn places(timelines: &[Timeline], members: &[usize]) -> Vec<i128> {
    let points = |index: usize| (0..timelines[index].values.len()).map(move |point| timelines[index].key(point));
    let mut places: Vec<i128> = members.iter().flat_map(|index| points(*index)).collect();
    places.sort_unstable();
    places.dedup();
    places
}

fn seen_by(timelines: &[Timeline], found: &[Found], places: &[i128], series: usize) -> Vec<Seen> {
    let place = |point: usize| places.partition_point(|place| *place < timelines[series].key(point));
    let changes = found[series].changes.iter().enumerate();
    changes
        .map(|(change, raised)| Seen {
            place: place(raised.change.index),
            series,
            change,
            raised: raised.raised.map_or(places.len(), place),
            is_more: (raised.change.estimate > 0.0) == timelines[series].is_more_worse().unwrap_or(true),
        })
        .collect()
}

/// Changes in order of their places, cut where the next is farther from the group's first than one change may seem from
/// another.
fn groups(seen: &[Seen]) -> Vec<&[Seen]> {
    let mut groups = Vec::new();
    let mut rest = seen;
    while let Some(first) = rest.first() {
        let count = rest.partition_point(|seen| seen.place <= first.place + NEAR_POINTS);
        let (group, after) = rest.split_at(count);
        groups.push(group);
        rest = after;
    }
    groups
}

/// How many there are, each counted once.
fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> usize {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.dedup();
    names.len()
}

/// What counts as one where many change together: a case, by how fast it is; a series of a CSV file. `None` of what is no speed.
fn subject(timeline: &Timeline) -> Option<&str> {
    let Some(Subject { case, metric, .. }) = &timeline.subject else {
        return Some(&timeline.name);
    };
    case.as_deref().filter(|_| metric.is_some_and(metric::is_speed))
}

/// A series' name without its machine.
fn short_name(timeline: &Timeline) -> &str {
    let machine = timeline.machine.as_deref().unwrap_or("");
    timeline.name.strip_prefix(machine).map_or(timeline.name.as_str(), |rest| rest.trim_start_matches('/'))
}
