//! Where the level crept: slowly and steadily, and not at once.
//!
//! A slope that all stretches share is found with the steps, see [`alignment`](super::alignment). Creep that begins or ends within a
//! stretch shows here: two lines that meet at a hinge, held against the noise about them.

use super::{
    Creep, Method,
    alignment::{shared_slope, tamed},
    bounds,
    noise::Noise,
};
use crate::student::standard_errors;

/// The fewest points of a stretch that is searched for creep, three of these parts.
const POINTS_LEAST: usize = 30;

/// So many places of a hinge are tried: its place is not told, only on which side what happens.
const HINGES: usize = 32;

/// How many standard errors a rate must reach to be told: there are two of each hinge, and hinges at many places.
const ERRORS_LEAST: f64 = 4.0;

/// What creeps in a look of `logs` about `cuts`, in order; `slope` is what all stretches share, 0 where they share none.
pub(super) fn creeps(
    logs: &[f64],
    cuts: &[usize],
    slope: f64,
    noise: &Noise,
    proposals: &[usize],
    method: &Method,
) -> Vec<Creep> {
    if slope != 0.0 {
        return shared(logs, cuts, slope, noise, method).into_iter().collect();
    }
    let tame = tamed(logs, proposals, method);
    bounds(cuts, logs.len()).windows(2).flat_map(|ends| hinged(&tame[ends[0]..ends[1]], ends[0], method)).collect()
}

/// The slope that all stretches share, measured anew about the steps that were found beside it.
fn shared(logs: &[f64], cuts: &[usize], slope: f64, noise: &Noise, method: &Method) -> Option<Creep> {
    let straight: Vec<f64> = logs.iter().enumerate().map(|(time, log)| log - slope * time as f64).collect();
    let (further, _) = shared_slope(&tamed(&straight, cuts, method), cuts);
    let bounds = bounds(cuts, logs.len());
    let squares: f64 = bounds.windows(2).map(|ends| ((ends[1] - ends[0]) as f64).powi(3) / 12.0).sum();
    let freedom = (logs.len() - bounds.len()).max(1) as f64;
    let half_width = standard_errors(freedom) * noise.sd * (noise.inflation(logs.len()) / squares).sqrt();
    let rate = slope + further;
    let creep = Creep { from: 0, to: logs.len(), rate, low: rate - half_width, high: rate + half_width };
    (creep.low > 0.0 || creep.high < 0.0).then_some(creep)
}

/// Two lines that meet.
struct Hinge {
    at: usize,
    /// Their slopes, before and after.
    rates: [f64; 2],
    /// By how many points of noise each slope's variance is known: the diagonal of the inverse normal matrix.
    leverage: [f64; 2],
    /// What is left of the squares.
    left: f64,
}

/// What creeps in a stretch whose first point is `from`.
fn hinged(values: &[f64], from: usize, method: &Method) -> Vec<Creep> {
    let count = values.len();
    if count < POINTS_LEAST {
        return Vec::new();
    }
    let mean = values.iter().sum::<f64>() / count as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    // Cheaply first: what a parabola does not see at all, no hinge explains.
    let bar = 2.0 * method.bar(count);
    if bend(values, mean) * (count as f64) < 0.5 * bar * squares {
        return Vec::new();
    }
    let part = count / 10;
    let places = (part..count - part).step_by((count / HINGES).max(1));
    let Some(best) = places.filter_map(|at| fit(values, at)).min_by(|one, other| one.left.total_cmp(&other.left))
    else {
        return Vec::new();
    };
    let level = |time: usize| {
        let distance = time as f64 - best.at as f64;
        if time < best.at { best.rates[0] * distance } else { best.rates[1] * distance }
    };
    let residuals: Vec<f64> = values.iter().enumerate().map(|(time, value)| value - level(time)).collect();
    let noise = Noise::about(&residuals, &[], method);
    let inflation = noise.inflation(count).max(1.0);
    if (squares - best.left) / (noise.sd * noise.sd * inflation) < bar {
        return Vec::new();
    }
    let freedom = (count as f64 / inflation - 3.0).max(1.0);
    let sides = [(0, best.at), (best.at, count)];
    let told = sides.into_iter().zip(best.rates.into_iter().zip(best.leverage)).filter_map(
        |((begin, end), (rate, leverage))| {
            let error = noise.sd * (inflation * leverage).sqrt();
            let matters =
                rate.abs() * (end - begin) as f64 >= method.change_least && rate.abs() >= ERRORS_LEAST * error;
            let half_width = standard_errors(freedom) * error;
            matters.then(|| Creep {
                from: from + begin,
                to: from + end,
                rate,
                low: rate - half_width,
                high: rate + half_width,
            })
        },
    );
    told.collect()
}

/// What a line and a parabola explain of the squares.
fn bend(values: &[f64], mean: f64) -> f64 {
    let count = values.len() as f64;
    let (middle, mean_square) = ((count - 1.0) / 2.0, (count * count - 1.0) / 12.0);
    let mut along = [0.0; 2];
    let mut squares = [0.0; 2];
    for (time, value) in values.iter().enumerate() {
        let distance = time as f64 - middle;
        for (shape, (along, squares)) in
            [distance, distance * distance - mean_square].into_iter().zip(along.iter_mut().zip(&mut squares))
        {
            *along += shape * (value - mean);
            *squares += shape * shape;
        }
    }
    along.into_iter().zip(squares).map(|(along, squares)| along * along / squares).sum()
}

/// Least squares of a level and two slopes that meet at `at`.
fn fit(values: &[f64], at: usize) -> Option<Hinge> {
    let shapes = |time: usize| {
        let distance = time as f64 - at as f64;
        if time < at { [1.0, distance, 0.0] } else { [1.0, 0.0, distance] }
    };
    let mut normal = [[0.0; 3]; 3];
    let mut along = [0.0; 3];
    for (time, value) in values.iter().enumerate() {
        let shapes = shapes(time);
        for (row, one) in shapes.iter().enumerate() {
            along[row] += one * value;
            for (column, other) in shapes.iter().enumerate() {
                normal[row][column] += one * other;
            }
        }
    }
    let inverse = inverse(normal)?;
    let coefficients: [f64; 3] =
        std::array::from_fn(|row| inverse[row].iter().zip(along).map(|(one, other)| one * other).sum());
    let [level, before, after] = coefficients;
    let left = values
        .iter()
        .enumerate()
        .map(|(time, value)| {
            let [_, one, other] = shapes(time);
            (value - level - before * one - after * other).powi(2)
        })
        .sum();
    Some(Hinge { at, rates: [before, after], leverage: [inverse[1][1], inverse[2][2]], left })
}

/// The inverse of a symmetric matrix whose two last rows have nothing to do with each other; `None` where it has none.
fn inverse(matrix: [[f64; 3]; 3]) -> Option<[[f64; 3]; 3]> {
    let [[count, one, other], [_, first, _], [_, _, second]] = matrix;
    let rest = count - one * one / first - other * other / second;
    if !(first > 0.0 && second > 0.0 && rest > 0.0) {
        return None;
    }
    let level = 1.0 / rest;
    let (from_first, from_second) = (-one / first * level, -other / second * level);
    let cross = one / first * other / second * level;
    Some([
        [level, from_first, from_second],
        [from_first, 1.0 / first + (one / first).powi(2) * level, cross],
        [from_second, cross, 1.0 / second + (other / second).powi(2) * level],
    ])
}
