//! Estimators of where numbers lie, for numbers that are only ever too large.

/// One estimator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Estimator {
    /// The middle number.
    Median,
    /// The mean without a fifth at each end.
    Trimmed,
    /// A quarter lies below it.
    LowerQuartile,
    /// The mean of the shortest half.
    Shorth,
    /// The least.
    Least,
}

impl Estimator {
    /// Every estimator.
    pub(crate) const ALL: [Self; 5] = [Self::Median, Self::Trimmed, Self::LowerQuartile, Self::Shorth, Self::Least];

    /// Its name in a table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Median => "median",
            Self::Trimmed => "trimmed mean",
            Self::LowerQuartile => "lower quartile",
            Self::Shorth => "shorth",
            Self::Least => "least",
        }
    }

    /// Its value; `None` of no numbers.
    pub(crate) fn of(self, numbers: &[f64]) -> Option<f64> {
        match self {
            Self::Median => statistics::median(numbers),
            Self::Trimmed => statistics::trimmed::location(numbers).map(|location| location.mean),
            Self::LowerQuartile => statistics::quantile(numbers, 0.25),
            Self::Shorth => shorth(numbers),
            Self::Least => numbers.iter().copied().reduce(f64::min),
        }
    }
}

/// The mean of the half of the numbers that lie closest together: of `n`, `n / 2 + 1`.
fn shorth(numbers: &[f64]) -> Option<f64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2 + 1;
    let width = |window: &&[f64]| window[window.len() - 1] - window[0];
    let shortest = sorted.windows(half.min(sorted.len()).max(1)).min_by(|a, b| width(a).total_cmp(&width(b)))?;
    Some(shortest.iter().sum::<f64>() / shortest.len() as f64)
}

/// The robust standard deviation as a share of the median.
pub(crate) fn relative_spread(numbers: &[f64]) -> Option<f64> {
    Some(statistics::robust_sd(numbers)? / statistics::median(numbers)?)
}

/// The greatest over the least, less one.
pub(crate) fn relative_range(numbers: &[f64]) -> Option<f64> {
    let least = numbers.iter().copied().reduce(f64::min)?;
    Some(numbers.iter().copied().reduce(f64::max)? / least - 1.0)
}

/// The correlation of ranks of two series, from -1 to 1.
pub(crate) fn rank_correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    let (a, b) = (ranks(a), ranks(b));
    let mean = (a.len() as f64 - 1.0) / 2.0;
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>();
    let scale = (product(&a, &a) * product(&b, &b)).sqrt();
    (scale > 0.0).then(|| product(&a, &b) / scale)
}

/// The place of each number among all; equal numbers share the mean of theirs.
fn ranks(numbers: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    order.sort_by(|&a, &b| numbers[a].total_cmp(&numbers[b]));
    let mut ranks = vec![0.0; numbers.len()];
    let mut begin = 0;
    for run in order.chunk_by(|&a, &b| numbers[a].total_cmp(&numbers[b]).is_eq()) {
        let rank = begin as f64 + (run.len() as f64 - 1.0) / 2.0;
        for &index in run {
            ranks[index] = rank;
        }
        begin += run.len();
    }
    ranks
}
