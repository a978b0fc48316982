//! Places where a step may be: too many, found quickly, by ranks alone and as if the noise had no memory.

use super::{
    Method,
    evidence::{self, Views},
};
use crate::ranks::{COMPONENTS, cosines};

/// The places, in order, at least a stretch apart from each other.
///
/// Windows of every length down to four stretches, half overlapping (seeded intervals), give one place each, where the ranks of
/// the two sides differ most. The strongest is taken, the windows that contain it fall, and so on.
pub(super) fn proposals(logs: &[f64], method: &Method) -> Vec<usize> {
    // However clear a step is, the ranks of a few points cannot show more than about their number.
    let most = logs.len() as f64 / 2.0;
    let mut found: Vec<(f64, usize, usize, usize)> = windows(logs.len(), 4 * method.stretch_least)
        .filter_map(|(from, to)| {
            let (at, evidence) = best_split(&logs[from..to], method.stretch_least)?;
            (evidence > method.bar(to - from).min(most)).then_some((evidence, from + at, from, to))
        })
        .collect();
    found.sort_unstable_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
    let mut places: Vec<usize> = Vec::new();
    for (_, at, from, to) in found {
        let is_free = |place: &usize| (*place <= from || *place >= to) && place.abs_diff(at) >= method.stretch_least;
        if places.iter().all(is_free) {
            places.push(at);
        }
    }
    places.sort_unstable();
    places
}

/// Windows of `count` points, halves of them, and so on, none shorter than `least`; those of one length overlap by half.
fn windows(count: usize, least: usize) -> impl Iterator<Item = (usize, usize)> {
    let lengths = std::iter::successors(Some(count), |length| Some(length / 2));
    lengths.take_while(move |&length| length >= least).flat_map(move |length| {
        let number = 2 * count.div_ceil(length) - 1;
        (0..number).map(move |index| {
            let from = index * (count - length) / (number - 1).max(1);
            (from, from + length)
        })
    })
}

/// Where the two sides' ranks differ most, and by how much.
fn best_split(window: &[f64], least: usize) -> Option<(usize, f64)> {
    let count = window.len();
    let mut sums: Views = [0.0; COMPONENTS + 1];
    let mut best: Option<(usize, f64)> = None;
    for (at, cosines) in cosines(window).iter().enumerate() {
        if at >= least && at + least <= count {
            let weight = count as f64 / (at * (count - at)) as f64;
            let each = sums.map(|sum| sum * sum * weight);
            let evidence = evidence::of_ranks(&each, COMPONENTS);
            if best.is_none_or(|(_, most)| evidence > most) {
                best = Some((at, evidence));
            }
        }
        for (sum, cosine) in sums[1..].iter_mut().zip(cosines) {
            *sum += cosine;
        }
    }
    best
}
