//! By which factor two sides differ, where each session gave one number: a tail percentile, a count.
//!
//! Nothing is known of such numbers beforehand, so nothing is assumed: how they spread is learnt from the sessions
//! alone.

use crate::{
    log_ratio::{Interval, LogRatio},
    prior::Assumptions,
    trimmed::mean,
};

/// The least number of baseline sessions whose spread makes an interval worth having. With two it reaches 13 standard
/// errors to each side, with three 4.
pub const SESSIONS_LEAST: usize = 3;

/// The logarithm of candidate over baseline, one number a session, all above 0 and finite. `None` where a side has
/// none; the interval is `None` where the baseline has fewer than [`SESSIONS_LEAST`].
///
/// Student's two-sample t on logarithms, the variance pooled: `s² (1/k_b + 1/k_c)`, `k_b + k_c - 2` degrees of freedom.
#[must_use]
pub fn session_ratio(baseline: &[f64], candidate: &[f64]) -> Option<LogRatio> {
    let (baseline_mean, baseline_squares) = place(baseline)?;
    let (candidate_mean, candidate_squares) = place(candidate)?;
    let estimate = candidate_mean - baseline_mean;
    let interval = (baseline.len() >= SESSIONS_LEAST).then(|| {
        let degrees_of_freedom = (baseline.len() + candidate.len() - 2) as f64;
        let variance = (baseline_squares + candidate_squares) / degrees_of_freedom;
        let share = 1.0 / baseline.len() as f64 + 1.0 / candidate.len() as f64;
        // Equal numbers are not known to be exactly equal: clocks and counters have steps.
        Interval::of_sessions(
            estimate,
            variance.max(Assumptions::default().launch_sd_least.powi(2)) * share,
            degrees_of_freedom,
        )
    });
    Some(LogRatio { baseline: baseline_mean.exp(), candidate: candidate_mean.exp(), estimate, interval })
}

/// The mean of the logarithms, and the sum of squares about it.
fn place(numbers: &[f64]) -> Option<(f64, f64)> {
    if numbers.is_empty() {
        return None;
    }
    let mean = mean(numbers.iter().map(|number| number.ln()));
    Some((mean, numbers.iter().map(|number| (number.ln() - mean).powi(2)).sum()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_sessions_give_an_estimate_without_an_interval() {
        let ratio = session_ratio(&[100.0, 110.0], &[210.0]).expect("numbers");
        assert!((ratio.estimate - 2f64.ln()).abs() < 0.01);
        assert_eq!(ratio.interval, None);
    }

    #[test]
    fn three_sessions_give_the_interval_of_a_t_test() {
        let logs: [f64; 3] = [0.99, 1.0, 1.01];
        let ratio = session_ratio(&logs.map(f64::exp), &[1.1f64.exp()]).expect("numbers");
        let interval = ratio.interval.expect("three");
        // s = 0.01, s sqrt(1/3 + 1) = 0.011547, t with 2 degrees of freedom is 5.4551.
        assert!((interval.standard_error - 0.011_547).abs() < 1e-6);
        assert!((interval.low - (0.1 - 0.062_990)).abs() < 1e-5, "{interval:?}");
    }

    #[test]
    fn equal_numbers_have_an_interval_all_the_same() {
        let interval = session_ratio(&[5.0; 4], &[5.0]).expect("numbers").interval;
        assert!(interval.expect("four").half_width() > 0.0);
    }
}
