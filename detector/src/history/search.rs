//! Where each series changed: as the whole of it shows, or as it would have been raised, looking after each point.

use rayon::prelude::*;
use statistics::change_points::{Change, Creep, Method, WINDOW, change_points};

use super::Timeline;

/// What is found of a series.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Found {
    pub(super) changes: Vec<Raised>,
    pub(super) creeps: Vec<Creep>,
}

/// A change, and when it would have been raised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Raised {
    pub(super) change: Change,
    /// The last point that was known then; `None` where the whole series was.
    pub(super) raised: Option<usize>,
}

/// Changes so near to each other are one, seen twice: where a change lies moves by a few points as more of them come.
pub(super) const NEAR_POINTS: usize = 5;

/// Searches all of them, on all CPUs; the order is that of `timelines`.
pub(super) fn all(timelines: &[Timeline], method: &Method, replay: bool) -> Vec<Found> {
    let search = if replay { replayed } else { at_once };
    timelines.par_iter().map(|timeline| search(timeline, method)).collect()
}

fn logs(timeline: &Timeline) -> Vec<f64> {
    timeline.values.iter().map(|value| value.ln()).collect()
}

fn at_once(timeline: &Timeline, method: &Method) -> Found {
    let found = change_points(&logs(timeline), method);
    Found {
        changes: found.changes.into_iter().map(|change| Raised { change, raised: None }).collect(),
        creeps: found.creeps,
    }
}

/// What is alarming after a point is raised once, and is confirmed if it lasts. A control raises what is only suspected, too: the
/// doubt is whether the machine is to blame, and the code must not be blamed meanwhile.
fn replayed(timeline: &Timeline, method: &Method) -> Found {
    let logs = logs(timeline);
    let mut raised: Vec<Raised> = Vec::new();
    let mut creeps = Vec::new();
    for last in 0..logs.len() {
        // A look takes in a window at most; what lies before has been looked at.
        let from = (last + 1).saturating_sub(WINDOW);
        let found = change_points(&logs[from..=last], method);
        for change in found.changes {
            let change = Change { index: from + change.index, ..change };
            // The way back from a stretch of a few points is no other sight of the way there.
            let is_same = |known: &&mut Raised| {
                known.change.index.abs_diff(change.index) <= NEAR_POINTS
                    && known.change.estimate.signum() == change.estimate.signum()
            };
            if let Some(known) = raised.iter_mut().find(is_same) {
                known.change.is_confirmed |= change.is_confirmed;
            } else if change.is_alarming || timeline.is_control {
                raised.push(Raised { change, raised: Some(last) });
            }
        }
        if last + 1 == logs.len() {
            let shifted = |creep: Creep| Creep { from: from + creep.from, to: from + creep.to, ..creep };
            creeps = found.creeps.into_iter().map(shifted).collect();
        }
    }
    raised.sort_by_key(|raised| raised.change.index);
    Found { changes: raised, creeps }
}
