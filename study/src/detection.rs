//! Which slowdowns a pair finds, and how sure it is of a ratio.

use schema::pair::{Pair, PairRow, Ratio};

use crate::{alarms, draw::Draw};

/// Counts over the ratios of many pairs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Detection {
    /// Ratios: one a case and mode.
    pub ratios: u64,
    /// Those whose interval lies wholly on the slow side.
    pub found: u64,
    /// Those whose interval lies wholly on the fast side.
    pub reversed: u64,
    /// Those whose interval misses the factor that was put in.
    pub missed_truth: u64,
    /// Those that are critical by the default thresholds.
    pub critical: u64,
    /// Cases and modes without an interval: too few undisturbed samples.
    pub without: u64,
    /// Half-widths of the intervals, in percent.
    pub half_widths_percent: Vec<f64>,
}

impl Detection {
    /// Counts the ratios of these pairs, into which `factor` was put.
    #[must_use]
    pub fn of(pairs: &[Pair], factor: f64) -> Self {
        let mut detection = Self::default();
        for row in pairs.iter().flat_map(|pair| pair.cases.values()) {
            for ratio in [&row.throughput_time, &row.latency_p50_time] {
                match ratio.as_ref().and_then(|ratio| Some((ratio, ratio.interval?))) {
                    Some((ratio, interval)) => detection.add(ratio, interval, factor),
                    None => detection.without += 1,
                }
            }
        }
        detection
    }

    fn add(&mut self, ratio: &Ratio, [low, high]: [f64; 2], factor: f64) {
        self.ratios += 1;
        self.found += u64::from(low > 1.0);
        self.reversed += u64::from(high < 1.0);
        self.missed_truth += u64::from(!(low..=high).contains(&factor));
        self.critical += u64::from(alarms::is_critical(ratio));
        self.half_widths_percent.push((high / low).ln() / 2.0 * 100.0);
    }
}

/// The same from a pool: pairs of launches drawn from those that changed nothing, as many as a pair has, slowed by
/// `factor` in arithmetic, each case and mode on its own.
#[must_use]
pub fn resampled(pairs: &[Pair], factor: f64, draws: usize, seed: u64) -> Detection {
    let mut draw = Draw::new(seed);
    let mut detection = Detection::default();
    let pools = pools(pairs);
    for pool in pools.iter().filter(|pool| pool.logs.len() >= pool.launches) {
        for _ in 0..draws.div_ceil(pools.len()) {
            let logs: Vec<f64> = draw.some(&pool.logs, pool.launches).iter().map(|log| log + factor.ln()).collect();
            let Some((paired, interval)) =
                statistics::paired_ratio(&logs).and_then(|paired| Some((paired, paired.interval?)))
            else {
                continue;
            };
            let ratio = Ratio {
                launches: Vec::new(),
                value: paired.estimate.exp(),
                interval: Some([interval.low.exp(), interval.high.exp()]),
            };
            detection.add(&ratio, [interval.low.exp(), interval.high.exp()], factor);
        }
    }
    detection
}

/// The launches of one case and mode, of all pairs.
struct Pool {
    logs: Vec<f64>,
    /// How many one pair has.
    launches: usize,
}

fn pools(pairs: &[Pair]) -> Vec<Pool> {
    let Some(first) = pairs.first() else { return Vec::new() };
    let mut pools = Vec::new();
    for case in first.cases.keys() {
        let modes: [fn(&PairRow) -> Option<&Ratio>; 2] =
            [|row| row.throughput_time.as_ref(), |row| row.latency_p50_time.as_ref()];
        for of in modes {
            let ratios: Vec<&Ratio> = pairs.iter().filter_map(|pair| of(pair.cases.get(case)?)).collect();
            let launches = ratios.iter().map(|ratio| ratio.launches.len()).min().unwrap_or(0);
            let logs = ratios.iter().flat_map(|ratio| &ratio.launches).map(|factor| factor.ln()).collect();
            if launches > 1 {
                pools.push(Pool { logs, launches });
            }
        }
    }
    pools
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(value: f64, half: f64) -> (Ratio, [f64; 2]) {
        let interval = [value - half, value + half];
        (Ratio { launches: vec![value], value, interval: Some(interval) }, interval)
    }

    #[test]
    fn a_ratio_is_found_where_its_interval_lies_on_the_slow_side() {
        let mut detection = Detection::default();
        for (value, half) in [(1.02, 0.01), (1.005, 0.01), (0.98, 0.01), (1.20, 0.05)] {
            let (ratio, interval) = ratio(value, half);
            detection.add(&ratio, interval, 1.02);
        }
        assert_eq!((detection.ratios, detection.found, detection.reversed), (4, 2, 1));
        assert_eq!((detection.missed_truth, detection.critical), (3, 1));
    }
}
