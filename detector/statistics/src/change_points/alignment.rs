//! Which places the noise is measured about, and whether the series creeps.
//!
//! Memory and steps explain each other: about too few places a step passes for a long memory, about too many a wave of the memory
//! passes for steps. So each nested choice of places is held against the others by what an autoregression leaves unexplained of
//! the values about them, with a penalty a place; and all of it once more with the slope that the stretches share taken out, for
//! the price of one place.

use super::{Method, bounds, rough_sd};
use crate::median;

/// What is chosen.
pub(super) struct Alignment {
    /// The creep, a point, on the scale of logarithms; 0 where the series does not creep.
    pub(super) slope: f64,
    /// The places.
    pub(super) cuts: Vec<usize>,
}

/// The order of the autoregression.
const ORDER: usize = 3;

/// Products of values and of values so many points later, summed.
type Products = [f64; ORDER + 1];

/// Chooses among `proposals`.
pub(super) fn alignment(logs: &[f64], proposals: &[usize], method: &Method) -> Alignment {
    let price = 2.0 * (logs.len() as f64).ln() + method.penalty_of_alignment;
    let tame = tamed(logs, proposals, method);
    let (flat_cost, flat) = cheapest(&tame, proposals, price);
    let (mut slope, mut cuts) = (0.0, flat.clone());
    let mut best = (flat_cost, Alignment { slope: 0.0, cuts: flat });
    let mut straight = tame.clone();
    // Fewer places show the slope better, and a better slope needs fewer places.
    for _ in 0..3 {
        let (further, errors) = shared_slope(&straight, &cuts);
        if slope == 0.0 && further.abs() < 2.0 * errors {
            break;
        }
        slope += further;
        straight = tame.iter().enumerate().map(|(time, log)| log - slope * time as f64).collect();
        let cost;
        (cost, cuts) = cheapest(&straight, proposals, price);
        if cost + price < best.0 {
            best = (cost + price, Alignment { slope, cuts: cuts.clone() });
        }
    }
    best.1
}

/// The values, wild ones drawn in toward the median of their stretch between proposals.
pub(super) fn tamed(logs: &[f64], proposals: &[usize], method: &Method) -> Vec<f64> {
    let mut levels = Vec::with_capacity(logs.len());
    for ends in bounds(proposals, logs.len()).windows(2) {
        let level = median(&logs[ends[0]..ends[1]]).unwrap_or(0.0);
        levels.resize(ends[1], level);
    }
    let residuals: Vec<f64> = logs.iter().zip(&levels).map(|(log, level)| log - level).collect();
    let clip = method.clip_sd * rough_sd(&residuals);
    levels.iter().zip(&residuals).map(|(level, residual)| level + residual.clamp(-clip, clip)).collect()
}

/// Of the nested choices from all of `cuts` to none, each without the place that is missed least, the cheapest.
fn cheapest(values: &[f64], cuts: &[usize], price: f64) -> (f64, Vec<usize>) {
    let count = values.len();
    let mut cuts = cuts.to_vec();
    let mut residuals = vec![0.0; count];
    for ends in bounds(&cuts, count).windows(2) {
        center(&values[ends[0]..ends[1]], &mut residuals[ends[0]..ends[1]]);
    }
    let mut products = products(&residuals, 0, count);
    let mut best = (unexplained(&products, count) + price * cuts.len() as f64, cuts.clone());
    let mut merged = Vec::new();
    while !cuts.is_empty() {
        let around = bounds(&cuts, count);
        let mut least: Option<(f64, usize, Products)> = None;
        for (index, ends) in around.windows(3).enumerate() {
            let (from, to) = (ends[0], ends[2]);
            // Only what lies between the neighbours changes, and what is later by no more than the order.
            let (begin, end) = (from.saturating_sub(ORDER), (to + ORDER).min(count));
            merged.clear();
            merged.extend_from_slice(&residuals[begin..end]);
            center(&values[from..to], &mut merged[from - begin..to - begin]);
            let (before, after) = (self::products(&residuals, begin, end), self::products(&merged, 0, merged.len()));
            let without: Products = std::array::from_fn(|lag| products[lag] - before[lag] + after[lag]);
            let cost = unexplained(&without, count);
            if least.is_none_or(|(known, ..)| cost < known) {
                least = Some((cost, index, without));
            }
        }
        let Some((cost, index, without)) = least else {
            break;
        };
        let (from, to) = (around[index], around[index + 2]);
        center(&values[from..to], &mut residuals[from..to]);
        products = without;
        cuts.remove(index);
        let cost = cost + price * cuts.len() as f64;
        if cost < best.0 {
            best = (cost, cuts.clone());
        }
    }
    best
}

/// The values about their mean.
fn center(values: &[f64], residuals: &mut [f64]) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    for (residual, value) in residuals.iter_mut().zip(values) {
        *residual = value - mean;
    }
}

/// Over `from..to` alone.
fn products(residuals: &[f64], from: usize, to: usize) -> Products {
    let residuals = &residuals[from..to];
    std::array::from_fn(|lag| {
        residuals.iter().zip(residuals.get(lag..).unwrap_or(&[])).map(|(one, other)| one * other).sum()
    })
}

/// `n ln` of what an autoregression of the order that explains best leaves of the variance; two for each coefficient
/// (Akaike 1974; Durbin 1960 for the recursion).
fn unexplained(products: &Products, count: usize) -> f64 {
    let number = count as f64;
    let mut left = (products[0] / number).max(super::SD_LEAST.powi(2));
    let mut coefficients = [0.0; ORDER + 1];
    let mut best = number * left.ln();
    for order in 1..=ORDER {
        let explained: f64 = (1..order).map(|lag| coefficients[lag] * products[order - lag] / number).sum();
        let reflection = ((products[order] / number - explained) / left).clamp(-1.0, 1.0);
        let before = coefficients;
        coefficients[order] = reflection;
        for lag in 1..order {
            coefficients[lag] = before[lag] - reflection * before[order - lag];
        }
        left *= (1.0 - reflection * reflection).max(f64::EPSILON);
        best = best.min(number * left.ln() + 2.0 * order as f64);
    }
    best
}

/// The slope that all stretches share, by least squares, and its standard error as if the noise had no memory.
pub(super) fn shared_slope(values: &[f64], cuts: &[usize]) -> (f64, f64) {
    let (mut along, mut squares, mut rest) = (0.0, 0.0, 0.0);
    for ends in bounds(cuts, values.len()).windows(2) {
        let stretch = &values[ends[0]..ends[1]];
        let (mean, middle) = (stretch.iter().sum::<f64>() / stretch.len() as f64, (stretch.len() - 1) as f64 / 2.0);
        for (time, value) in stretch.iter().enumerate() {
            let (time, value) = (time as f64 - middle, value - mean);
            along += time * value;
            squares += time * time;
            rest += value * value;
        }
    }
    let variance = rest / values.len() as f64;
    if squares > 0.0 { (along / squares, (variance / squares).sqrt()) } else { (0.0, f64::INFINITY) }
}
