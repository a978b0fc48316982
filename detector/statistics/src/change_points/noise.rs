//! The noise about some places: how far it spreads, and how long it remembers.

use super::{
    Method, bounds,
    evidence::{VIEWS, Views},
    rough_sd,
};
use crate::{location, median, ranks::cosines, student::standard_errors, trimmed::Location};

/// The noise of a look.
pub(super) struct Noise {
    /// The standard deviation of winsorised values about their stretch.
    pub(super) sd: f64,
    /// By view, the variance of a mean of so many points, the variance of one being 1; the number is the index.
    of_mean: Vec<Views>,
    /// The variance of one point in effect, where levels are trimmed means.
    of_level: f64,
    freedom: f64,
}

/// How much a view resembles itself so many points later: `share · persistence^lag`, the share being what is not noise of one
/// point alone.
#[derive(Clone, Copy)]
struct Memory {
    share: f64,
    persistence: f64,
}

const FORGETFUL: Memory = Memory { share: 0.0, persistence: 0.0 };

/// Memory as benchmarks' series have it: half of the variance lasts for two or three runs. Believed until a series shows its own.
const EXPECTED: Memory = Memory { share: 0.5, persistence: 0.7 };

/// The persistences that are tried: half of a memory fades in half a point, one, two, … thirty-four.
const PERSISTENCES: [f64; 8] = [0.25, 0.5, 0.65, 0.75, 0.85, 0.9, 0.95, 0.98];

/// The fewest points of a stretch whose spread about its trimmed mean is counted.
const LEVEL_LEAST: usize = 8;

/// The longest lag whose resemblance is measured.
const LAG_MOST: usize = 30;

impl Memory {
    /// The variance of the mean of `1..=most` points; index 0 stands for none.
    fn of_mean(self, most: usize) -> impl Iterator<Item = f64> {
        // V(m) = (1 + 2 share · Σ over lags h < m of (1 − h/m) persistence^h) / m, the sum built up term by term.
        let (mut power, mut sum, mut weighted) = (1.0, 0.0, 0.0);
        std::iter::once(1.0).chain((1..=most).map(move |count| {
            let number = count as f64;
            let variance = (1.0 + 2.0 * self.share * (sum - weighted / number)) / number;
            power *= self.persistence;
            sum += power;
            weighted += number * power;
            variance
        }))
    }

    /// The variance of the mean of `count` points over what it were without memory.
    fn inflation(self, count: usize) -> f64 {
        self.of_mean(count).last().unwrap_or(1.0) * count as f64
    }

    /// The memory whose resemblances lie nearest to `seen`, that of lag 1 first, by least squares.
    fn nearest(seen: &[f64]) -> Self {
        let fits = PERSISTENCES.map(|persistence| {
            let powers = || std::iter::successors(Some(persistence), |power| Some(power * persistence)).zip(seen);
            let (along, squares) = powers()
                .fold((0.0, 0.0), |(along, squares), (power, seen)| (along + power * seen, squares + power * power));
            let share = (along / squares).clamp(0.0, 1.0);
            let misfit: f64 = powers().map(|(power, seen)| (seen - share * power).powi(2)).sum();
            (misfit, Self { share, persistence })
        });
        fits.into_iter().min_by(|one, other| one.0.total_cmp(&other.0)).map_or(FORGETFUL, |(_, memory)| memory)
    }
}

impl Noise {
    /// Of `logs` about `cuts`.
    pub(super) fn about(logs: &[f64], cuts: &[usize], method: &Method) -> Self {
        let count = logs.len();
        let bounds = bounds(cuts, count);
        let stretches = bounds.len() - 1;
        let mut residuals = Vec::with_capacity(count);
        for ends in bounds.windows(2) {
            let stretch = &logs[ends[0]..ends[1]];
            let middle = median(stretch).unwrap_or(0.0);
            residuals.extend(stretch.iter().map(|log| log - middle));
        }
        let clip = method.clip_sd * rough_sd(&residuals);
        let mut views: Vec<Views> = Vec::with_capacity(count);
        for ends in bounds.windows(2) {
            let stretch = &residuals[ends[0]..ends[1]];
            let mean = stretch.iter().map(|residual| residual.clamp(-clip, clip)).sum::<f64>() / stretch.len() as f64;
            views.extend(stretch.iter().zip(cosines(stretch)).map(|(residual, cosines)| {
                let mut view = [0.0; VIEWS];
                view[0] = residual.clamp(-clip, clip) - mean;
                view[1..].copy_from_slice(&cosines);
                view
            }));
        }
        let squares: f64 = views.iter().map(|view| view[0] * view[0]).sum();
        let freedom = count.saturating_sub(stretches).max(1) as f64;
        // Where the noise has modes far apart, a trimmed mean spreads by more than winsorised values let expect.
        let located: Vec<Location> = bounds
            .windows(2)
            .filter_map(|ends| location(&logs[ends[0]..ends[1]]))
            .filter(|place| place.count >= LEVEL_LEAST)
            .collect();
        let known: f64 = located.iter().map(|place| place.degrees_of_freedom).sum();
        let weighted: f64 = located.iter().filter_map(|place| Some(place.variance? * place.degrees_of_freedom)).sum();
        let variance = (squares / freedom).max(super::SD_LEAST.powi(2));
        let of_level = if known > 0.0 { (weighted / known).max(variance) } else { variance };
        let memories = memories(&views, stretches, method);
        let mut of_mean = vec![[0.0; VIEWS]; count + 1];
        for (view, memory) in memories.into_iter().enumerate() {
            for (slot, variance) in of_mean.iter_mut().zip(memory.of_mean(count)) {
                slot[view] = variance;
            }
        }
        Self { sd: variance.sqrt(), of_mean, of_level, freedom }
    }

    /// By view, the variance of a mean of `count` points, at most as many as the look has.
    pub(super) fn of_mean(&self, count: usize) -> &Views {
        &self.of_mean[count]
    }

    /// The variance of a mean of `count` values over what it were without memory.
    pub(super) fn inflation(&self, count: usize) -> f64 {
        self.of_mean[count][0] * count as f64
    }

    /// Half of the 95 % interval of a step between stretches of so many points.
    pub(super) fn half_width(&self, before: usize, after: usize) -> f64 {
        let variance = self.of_mean[before][0] + self.of_mean[after][0];
        let inflation = self.inflation(self.of_mean.len() - 1).max(1.0);
        standard_errors((self.freedom / inflation).max(1.0)) * (self.of_level * variance).sqrt()
    }
}

/// The memory of each view.
fn memories(views: &[Views], stretches: usize, method: &Method) -> [Memory; VIEWS] {
    let count = views.len();
    let lags = (count / 8).clamp(1, LAG_MOST);
    let products = |lag: usize| {
        let mut sums = [0.0; VIEWS];
        for (one, other) in views.iter().zip(&views[lag..]) {
            for ((sum, one), other) in sums.iter_mut().zip(one).zip(other) {
                *sum += one * other;
            }
        }
        sums
    };
    let squares = products(0);
    let by_lag: Vec<Views> = (1..=lags).map(products).collect();
    let doubt = method.memory_prior_points.powi(2);
    let doubt = doubt / (doubt + (count * count) as f64);
    std::array::from_fn(|view| {
        if squares[view] <= f64::MIN_POSITIVE {
            return FORGETFUL;
        }
        let mut memory = FORGETFUL;
        for _ in 0..3 {
            // The means taken out of the stretches took resemblance with them, the more of it the longer the memory.
            let lost = stretches as f64 * memory.inflation(count / stretches) / count as f64;
            let expected = std::iter::successors(Some(EXPECTED.share * EXPECTED.persistence), |one| {
                Some(one * EXPECTED.persistence)
            });
            let seen: Vec<f64> = by_lag
                .iter()
                .zip(expected)
                .map(|(sums, expected)| (1.0 - doubt) * (sums[view] / squares[view] + lost) + doubt * expected)
                .collect();
            memory = Memory::nearest(&seen);
        }
        memory
    })
}
