//! What speaks for a step at one place of a stretch: more than the noise would show by chance, and more than a bend explains.
//!
//! A stretch is seen in nine views: the winsorised values, which count how far a step reaches, and the eight cosines of the
//! ranks, which see also what a step does to numbers of several modes. In each, the step's contrast over its variance under the
//! noise's memory is a squared normal number if there is no step. The values speak for themselves; of the cosines the first
//! one, two, four or eight together do, whichever are the most telling, less what so many would show by chance.

use super::{Method, noise::Noise};
use crate::{
    median,
    ranks::{COMPONENTS, cosines},
};

/// How many views there are: the values first.
pub(super) const VIEWS: usize = COMPONENTS + 1;

/// A number for each view.
pub(super) type Views = [f64; VIEWS];

/// By how much more the sum of so many squared normal numbers, 1, 2, 4 or 8, exceeds what one exceeds by chance once in a hundred
/// thousand times: quantiles of chi-squared, less that of one degree of freedom.
const EXCESS: [(usize, f64); 4] = [(1, 0.0), (2, 3.5), (4, 8.6), (8, 16.3)];

/// Of the first views of ranks, no more than `order`.
pub(super) fn of_ranks(each: &Views, order: usize) -> f64 {
    let mut best = 0.0_f64;
    let mut sum = 0.0;
    let mut summed = 0;
    for (number, excess) in EXCESS.iter().filter(|(number, _)| *number <= order.max(1)) {
        sum += each[summed + 1..=*number].iter().sum::<f64>();
        summed = *number;
        best = best.max(sum - excess);
    }
    best
}

/// How many cosines a side of so few points can tell: four points a cosine.
fn order(before: usize, after: usize) -> usize {
    before.min(after) / 4
}

/// The place in a stretch where a step explains most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Step {
    /// The first point after it.
    pub(super) at: usize,
    /// What it shows, bend or not.
    pub(super) shown: f64,
    /// What it shows beyond what it must; below 0 it is none.
    pub(super) margin: f64,
    /// The same without the advantage over a bend; what people are told is measured by it.
    pub(super) sure: f64,
}

/// The least number of points on each side of a place whose spread may count in place of that of the whole look: where the noise
/// swells for a while, a step must be large there.
const NEAR_LEAST: usize = 20;

/// Looks for the best place between `from` and `to`, where one is known at `at`, given that so many points were looked at.
pub(super) fn best_step(logs: &[f64], [from, at, to]: [usize; 3], noise: &Noise, method: &Method) -> Step {
    let bar = method.bar(logs.len());
    let views = views(logs, [from, at, to], noise, method);
    let count = views.len();
    let bend = Bend::of(&views, noise);
    let (mut sums, mut shares) = ([0.0; VIEWS], [0.0; 2]);
    let mut plain: Option<(f64, usize, Views)> = None;
    let mut beside: Option<(f64, usize)> = None;
    for (before, view) in views.iter().enumerate() {
        let after = count - before;
        if before >= method.stretch_least && after >= method.stretch_least {
            let (one, other) = (noise.of_mean(before), noise.of_mean(after));
            let weight = count as f64 / (before * after) as f64;
            let step: Views = std::array::from_fn(|k| (sums[k] * weight).powi(2) / (one[k] + other[k]));
            let order = order(before, after);
            // Both kinds of view have a say in the place.
            let telling = step[0] + of_ranks(&step, order);
            if plain.is_none_or(|(most, ..)| telling > most) {
                plain = Some((telling, before, step));
            }
            let left = 1.0 / weight - shares[0] * shares[0] - shares[1] * shares[1];
            if left * weight > BEND_LEAVES_LEAST {
                let step: Views = std::array::from_fn(|k| {
                    let contrast = sums[k] - shares[0] * bend.along[0][k] - shares[1] * bend.along[1][k];
                    contrast * contrast * weight / left / (one[k] + other[k])
                });
                let evidence = step[0].max(of_ranks(&step, order));
                if beside.is_none_or(|(most, _)| evidence > most) {
                    beside = Some((evidence, before));
                }
            }
        }
        for (sum, value) in sums.iter_mut().zip(view) {
            *sum += value;
        }
        for (share, shape) in shares.iter_mut().zip(bend.shapes(before)) {
            *share += shape;
        }
    }
    let none = Step { at, shown: 0.0, margin: f64::NEG_INFINITY, sure: f64::NEG_INFINITY };
    let plain = plain.map_or(none, |(_, before, step)| {
        let order = order(before, count - before);
        // A step must beat the bend in the same kind of view.
        let kinds = [(step[0], bend.shown[0]), (of_ranks(&step, order), of_ranks(&bend.shown, order))];
        let best = |advantage: f64| {
            kinds
                .map(|(step, bend)| (step - bar).min(step - bend + advantage))
                .into_iter()
                .fold(f64::NEG_INFINITY, f64::max)
        };
        let shown = kinds[0].0.max(kinds[1].0);
        Step { at: from + before, shown, margin: best(method.bend_advantage), sure: best(0.0) }
    });
    let beside = beside.map_or(none, |(evidence, before)| Step {
        at: from + before,
        shown: evidence,
        margin: evidence - bar,
        sure: evidence - bar,
    });
    if plain.margin < 0.0 && beside.margin >= 0.0 { beside } else { plain }
}

/// The share of a step's contrast that a bend must leave for the step to be told beside it.
const BEND_LEAVES_LEAST: f64 = 0.02;

/// What the stretch `a..b` between others shows against both of them together: a stretch that comes and goes.
pub(super) fn of_episode(logs: &[f64], [from, begin, end, to]: [usize; 4], noise: &Noise, method: &Method) -> f64 {
    let mut joined = logs[from..begin].to_vec();
    joined.extend_from_slice(&logs[end..to]);
    let outside = joined.len();
    joined.extend_from_slice(&logs[begin..end]);
    let (count, inside) = (joined.len(), end - begin);
    let views = views(&joined, [0, outside, count], noise, method);
    let sums: Views = std::array::from_fn(|k| views[outside..].iter().map(|view| view[k]).sum());
    let weight = count as f64 / (outside * inside) as f64;
    let (one, other) = (noise.of_mean(outside), noise.of_mean(inside));
    let step: Views = std::array::from_fn(|k| (sums[k] * weight).powi(2) / (one[k] + other[k]));
    step[0].max(of_ranks(&step, order(outside, inside)))
}

/// The views of each point of a stretch with a place in it; each view sums to 0.
fn views(logs: &[f64], [from, at, to]: [usize; 3], noise: &Noise, method: &Method) -> Vec<Views> {
    let stretch = &logs[from..to];
    let middles = [&logs[from..at], &logs[at..to]].map(|side| median(side).unwrap_or(0.0));
    // Each side keeps its level, however far they lie apart.
    let reach = method.clip_sd * noise.sd;
    let (low, high) = (middles[0].min(middles[1]) - reach, middles[0].max(middles[1]) + reach);
    let near = (2 * (at - from).min(to - at)).max(NEAR_LEAST);
    let squares =
        |part: &[f64], middle: f64| part.iter().map(|log| (log.clamp(low, high) - middle).powi(2)).sum::<f64>();
    let (before, after) = (&logs[from.max(at.saturating_sub(near))..at], &logs[at..to.min(at + near)]);
    let freedom = (before.len() + after.len()).saturating_sub(2).max(1) as f64;
    let local = ((squares(before, middles[0]) + squares(after, middles[1])) / freedom).sqrt();
    let sd = noise.sd.max(local);
    let mean = stretch.iter().map(|log| log.clamp(low, high)).sum::<f64>() / stretch.len() as f64;
    let view = |(log, cosines): (&f64, [f64; COMPONENTS])| {
        let mut view = [0.0; VIEWS];
        view[0] = (log.clamp(low, high) - mean) / sd;
        view[1..].copy_from_slice(&cosines);
        view
    };
    stretch.iter().zip(cosines(stretch)).map(view).collect()
}

/// What a smooth bend over the stretch, a polynomial of degree two, explains.
struct Bend {
    middle: f64,
    /// The mean square of the distance from the middle.
    mean_square: f64,
    /// The lengths of the two polynomials, before they are made of length 1.
    lengths: [f64; 2],
    /// By polynomial and view, how far the views lie along it.
    along: [Views; 2],
    /// By view, the evidence for both together.
    shown: Views,
}

impl Bend {
    fn of(views: &[Views], noise: &Noise) -> Self {
        let count = views.len();
        let number = count as f64;
        let (middle, mean_square) = ((number - 1.0) / 2.0, (number * number - 1.0) / 12.0);
        let mut bend = Self { middle, mean_square, lengths: [1.0; 2], along: [[0.0; VIEWS]; 2], shown: [0.0; VIEWS] };
        let squares = (0..count)
            .map(|time| bend.shapes(time))
            .fold([0.0; 2], |sums, shapes| [sums[0] + shapes[0] * shapes[0], sums[1] + shapes[1] * shapes[1]]);
        bend.lengths = squares.map(|square| square.sqrt().max(f64::MIN_POSITIVE));
        for (time, view) in views.iter().enumerate() {
            let shapes = bend.shapes(time);
            for (along, shape) in bend.along.iter_mut().zip(shapes) {
                for (sum, value) in along.iter_mut().zip(view) {
                    *sum += shape * value;
                }
            }
        }
        let long = noise.of_mean(count);
        bend.shown =
            std::array::from_fn(|k| (bend.along[0][k].powi(2) + bend.along[1][k].powi(2)) / (long[k] * number));
        bend
    }

    /// The two polynomials at a point of the stretch: the line and the parabola, orthogonal to each other and to a level.
    fn shapes(&self, time: usize) -> [f64; 2] {
        let distance = time as f64 - self.middle;
        [distance / self.lengths[0], (distance * distance - self.mean_square) / self.lengths[1]]
    }
}
