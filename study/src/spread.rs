//! How far one launch lies from the next: robust standard deviations within runs that changed nothing.

use std::collections::BTreeMap;

use schema::{
    case::{Bound, Launch},
    report::Report,
};

/// The spread of one case's launches about the mean of their run, in percent: a robust standard deviation over all runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    /// What bounds the case.
    pub bound: Bound,
    /// Of medians of undisturbed samples.
    pub gated_percent: f64,
    /// Of medians of all samples.
    pub ungated_percent: f64,
}

/// The spread of each case's throughput.
#[must_use]
pub fn of(sessions: &[Report]) -> BTreeMap<String, Spread> {
    let mut pools: BTreeMap<&str, Pool> = BTreeMap::new();
    for (case, row) in sessions.iter().flat_map(|session| &session.cases) {
        let pool = pools.entry(case).or_default();
        pool.bound = row.bound;
        pool.gated.extend(residuals(&row.launches, |launch| launch.throughput));
        pool.ungated.extend(residuals(&row.launches, |launch| launch.ungated_throughput));
    }
    pools.into_iter().filter_map(|(case, pool)| Some((case.to_owned(), pool.spread()?))).collect()
}

/// The residuals of one case, of all runs.
#[derive(Default)]
struct Pool {
    bound: Option<Bound>,
    gated: Vec<f64>,
    ungated: Vec<f64>,
}

impl Pool {
    fn spread(&self) -> Option<Spread> {
        Some(Spread {
            bound: self.bound?,
            gated_percent: statistics::robust_sd(&self.gated)? * 100.0,
            ungated_percent: statistics::robust_sd(&self.ungated)? * 100.0,
        })
    }
}

/// The median over cases of these kinds, gated and not, with how many cases there were.
#[must_use]
pub fn median_of(spreads: &BTreeMap<String, Spread>, kinds: &[Bound]) -> Option<(f64, f64, usize)> {
    let chosen: Vec<&Spread> = spreads.values().filter(|spread| kinds.contains(&spread.bound)).collect();
    let median =
        |of: fn(&Spread) -> f64| statistics::median(&chosen.iter().map(|spread| of(spread)).collect::<Vec<_>>());
    Some((median(|spread| spread.gated_percent)?, median(|spread| spread.ungated_percent)?, chosen.len()))
}

/// How far each launch of a run lies from their mean, on the scale of logarithms, and as if the mean were known: of three
/// launches, the mean takes a third of the variance with it.
fn residuals(launches: &[Launch], value: impl Fn(&Launch) -> Option<f64>) -> Vec<f64> {
    let logs: Vec<f64> = launches.iter().filter_map(|launch| Some(value(launch)?.ln())).collect();
    if logs.len() < 2 {
        return Vec::new();
    }
    let count = logs.len() as f64;
    let mean = logs.iter().sum::<f64>() / count;
    let scale = (count / (count - 1.0)).sqrt();
    logs.into_iter().map(|log| (log - mean) * scale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn launch(throughput: f64) -> Launch {
        Launch {
            throughput: Some(throughput),
            latency_p50_ns: None,
            samples: Some(1),
            accepted_share: None,
            ungated_throughput: None,
            ungated_p50_ns: None,
            iterations_per_sample: Some(1),
            peak_memory_bytes: None,
            cpu_percent: None,
            stolen_ns: None,
            switches: None,
        }
    }

    #[test]
    fn residuals_have_the_variance_of_a_launch() {
        let launches = [99.0, 100.0, 101.0].map(launch);
        let residuals = residuals(&launches, |launch| launch.throughput);
        let variance = residuals.iter().map(|residual| residual.powi(2)).sum::<f64>() / 3.0;
        assert!((variance.sqrt() - 0.01).abs() < 1e-5, "{residuals:?}");
        assert!(super::residuals(&launches[..1], |launch| launch.throughput).is_empty());
    }
}
