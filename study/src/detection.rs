//! Which slowdowns are found: by a pair, and by a run held against earlier ones; and how sure a pair is of a ratio.

use anyhow::Result;
use schema::{
    comparison::{Metric, Verdict},
    pair::{Pair, PairRow, Ratio},
    report::Report,
};

use crate::{
    alarms::{self, Judged},
    draw::Draw,
};

/// Counts over the ratios of many pairs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Detection {
    /// What was asked: one a case and mode, with an interval or without.
    pub ratios: u64,
    /// Those whose interval lies wholly on the slow side.
    pub found: u64,
    /// Those whose interval lies wholly on the fast side.
    pub reversed: u64,
    /// Those whose interval misses the factor that was put in.
    pub missed_truth: u64,
    /// Those without an interval, which found nothing: too few undisturbed samples, or a case that failed.
    pub without: u64,
    /// Half-widths of the intervals, in percent.
    pub half_widths_percent: Vec<f64>,
}

impl Detection {
    /// Counts the ratios of these pairs, into which `factor` was put.
    #[must_use]
    pub fn of<'p>(pairs: impl IntoIterator<Item = &'p Pair>, factor: f64) -> Self {
        let mut detection = Self::default();
        for row in pairs.into_iter().flat_map(|pair| pair.cases.values()) {
            for of in MODES {
                detection.add(of(row).and_then(|ratio| ratio.interval), factor);
            }
        }
        detection
    }

    fn add(&mut self, interval: Option<[f64; 2]>, factor: f64) {
        self.ratios += 1;
        let Some([low, high]) = interval else {
            self.without += 1;
            return;
        };
        self.found += u64::from(low > 1.0);
        self.reversed += u64::from(high < 1.0);
        self.missed_truth += u64::from(!(low..=high).contains(&factor));
        self.half_widths_percent.push((high / low).ln() / 2.0 * 100.0);
    }
}

/// Independent calls, and calls that wait for each other.
const MODES: [fn(&PairRow) -> Option<&Ratio>; 2] =
    [|row| row.throughput_time.as_ref(), |row| row.latency_p50_time.as_ref()];

/// What the detector said of comparisons, by its thresholds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flagged {
    /// Comparisons of one metric of one case.
    pub comparisons: u64,
    /// Those whose interval lies wholly on the slow side, whatever the thresholds say.
    pub surely_worse: u64,
    /// Those called critical.
    pub critical: u64,
    /// Those called a warning.
    pub warning: u64,
    /// Those called inconclusive.
    pub inconclusive: u64,
}

impl Flagged {
    /// By the pair alone, in these metrics.
    ///
    /// # Errors
    ///
    /// When the detector cannot compare its sides.
    pub fn of_pairs<'p>(pairs: impl IntoIterator<Item = &'p Pair>, metrics: &[Metric]) -> Result<Self> {
        let mut flagged = Self::default();
        for pair in pairs {
            flagged.add(&alarms::pair_verdicts(pair)?, metrics);
        }
        Ok(flagged)
    }

    /// By holding each slowed run against the last `count` runs before it that changed nothing, in these metrics. Runs
    /// with fewer before them do not count.
    ///
    /// # Errors
    ///
    /// When the detector cannot compare them.
    pub fn of_runs(sessions: &[Report], slowed: &[Report], count: usize, metrics: &[Metric]) -> Result<Self> {
        let mut flagged = Self::default();
        for candidate in slowed {
            let earlier: Vec<&Report> = sessions.iter().filter(|session| session.created < candidate.created).collect();
            if let Some(first) = earlier.len().checked_sub(count) {
                flagged.add(&alarms::verdicts(&earlier[first..], candidate)?, metrics);
            }
        }
        Ok(flagged)
    }

    /// A row of a case as a whole counts in every metric: nothing was found in it.
    fn add(&mut self, judged: &[Judged], metrics: &[Metric]) {
        let asked: Vec<&Judged> =
            judged.iter().filter(|judged| judged.metric.is_none_or(|metric| metrics.contains(&metric))).collect();
        let count = |verdict: Verdict| asked.iter().filter(|judged| judged.verdict == verdict).count() as u64;
        self.comparisons += asked.len() as u64;
        self.surely_worse += asked.iter().filter(|judged| judged.is_surely_worse).count() as u64;
        self.critical += count(Verdict::Critical);
        self.warning += count(Verdict::Warning);
        self.inconclusive += count(Verdict::Inconclusive);
    }
}

/// Detection from a pool: for each ratio one of the pairs that changed nothing is drawn, then as many of its own launches
/// as it has, slowed by `factor` in arithmetic. A pair stays whole, since its launches share its minute.
#[must_use]
pub fn resampled(pairs: &[Pair], factor: f64, draws: usize, seed: u64) -> Detection {
    let mut draw = Draw::new(seed);
    let mut detection = Detection::default();
    let pools = pools(pairs);
    for pool in &pools {
        for _ in 0..draws.div_ceil(pools.len()) {
            let logs = redrawn(draw.one(pool).as_slice(), &mut draw);
            let slowed: Vec<f64> = logs.iter().map(|log| log + factor.ln()).collect();
            let interval = statistics::paired_ratio(&slowed).and_then(|paired| paired.interval);
            detection.add(interval.map(|interval| [interval.low.exp(), interval.high.exp()]), factor);
        }
    }
    detection
}

fn redrawn(logs: &[f64], draw: &mut Draw) -> Vec<f64> {
    if logs.is_empty() { Vec::new() } else { draw.some(logs, logs.len()) }
}

/// For each case and mode, the launches of each pair: the logarithms of their factors.
fn pools(pairs: &[Pair]) -> Vec<Vec<Vec<f64>>> {
    let Some(first) = pairs.first() else { return Vec::new() };
    let of_pair = |pair: &Pair, case: &str, of: fn(&PairRow) -> Option<&Ratio>| -> Vec<f64> {
        let ratio = pair.cases.get(case).and_then(of);
        ratio.map_or_else(Vec::new, |ratio| ratio.launches.iter().map(|factor| factor.ln()).collect())
    };
    let of_case = |case: &String| MODES.map(|of| pairs.iter().map(|pair| of_pair(pair, case, of)).collect());
    first.cases.keys().flat_map(of_case).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_found_where_its_interval_lies_on_the_slow_side() {
        let mut detection = Detection::default();
        for (value, half) in [(1.02, 0.01), (1.005, 0.01), (0.98, 0.01), (1.20, 0.05)] {
            detection.add(Some([value - half, value + half]), 1.02);
        }
        assert_eq!((detection.ratios, detection.found, detection.reversed), (4, 2, 1));
        // 0.995 to 1.015 does not reach 1.02.
        assert_eq!(detection.missed_truth, 3);
    }

    #[test]
    fn a_ratio_without_an_interval_found_nothing_and_counts_all_the_same() {
        let mut detection = Detection::default();
        detection.add(Some([1.01, 1.03]), 1.02);
        detection.add(None, 1.02);
        assert_eq!((detection.ratios, detection.found, detection.without), (2, 1, 1));
    }
}
