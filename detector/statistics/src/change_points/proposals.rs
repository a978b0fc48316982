//! Places where a step may be: too many, found quickly, as if the noise had no memory.

use super::{
    Method, SD_LEAST,
    evidence::{self, Views},
};
use crate::ranks::{COMPONENTS, cosines};

/// The places, in order, at least a stretch apart from each other.
///
/// Windows of every length down to four stretches, half overlapping (seeded intervals), give one place each, where the two
/// sides differ most. The strongest is taken, the windows that contain it fall, and so on.
pub(super) fn proposals(logs: &[f64], method: &Method) -> Vec<usize> {
    // However clear a step is, the ranks of a few points cannot show more than about their number.
    let most = logs.len() as f64 / 2.0;
    let best = |(from, to): (usize, usize)| {
        let (at, evidence) = best_by_ranks(&logs[from..to], method.stretch_least)?;
        (evidence > method.bar(to - from).min(most)).then_some((evidence, from + at, from, to))
    };
    apart(windows(logs.len(), 4 * method.stretch_least).filter_map(best).collect(), method)
}

/// Places about stretches of so few points that their ranks cannot show how clear they are: where the means of a short window's two
/// sides lie far apart. Modes that the noise dwells in look the same, so these places count only once the noise is known.
pub(super) fn of_short_stretches(logs: &[f64], method: &Method) -> Vec<usize> {
    let best = |(from, to): (usize, usize)| {
        let (at, evidence) = best_by_means(&logs[from..to], SHORT_LEAST.max(method.stretch_least))?;
        (evidence > method.bar(to - from)).then_some((evidence, from + at, from, to))
    };
    let short = windows(logs.len(), 4 * method.stretch_least).filter(|(from, to)| to - from <= FEW);
    apart(short.filter_map(best).collect(), method)
}

/// The fewest points of a short stretch. Where one run in twenty is wild, three in a row are within some thousand, and four are not.
const SHORT_LEAST: usize = 4;

/// Of more points ranks show what there is to see.
const FEW: usize = 32;

/// The strongest of what was found in some windows, those apart whose window contains a stronger one or that lie too near to one.
fn apart(mut found: Vec<(f64, usize, usize, usize)>, method: &Method) -> Vec<usize> {
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
fn best_by_ranks(window: &[f64], least: usize) -> Option<(usize, f64)> {
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

/// Where the two sides' means differ most, and by how much: twice the logarithm of the likelihood ratio of normal numbers.
fn best_by_means(window: &[f64], least: usize) -> Option<(usize, f64)> {
    let count = window.len();
    let number = count as f64;
    let mean = window.iter().sum::<f64>() / number;
    let squares: f64 = window.iter().map(|value| (value - mean).powi(2)).sum::<f64>().max(number * SD_LEAST.powi(2));
    let mut sum = 0.0;
    let mut best: Option<(usize, f64)> = None;
    for (at, value) in window.iter().enumerate() {
        if at >= least && at + least <= count {
            let explained = sum * sum * number / (at * (count - at)) as f64 / squares;
            let evidence = -number * (1.0 - explained).max(f64::EPSILON).ln();
            if best.is_none_or(|(_, most)| evidence > most) {
                best = Some((at, evidence));
            }
        }
        sum += value - mean;
    }
    best
}
