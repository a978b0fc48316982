//! Turns: what two programs measured while they took turns on one CPU, and the ratio that comes of it. Pure.

use crate::sampler::{ACCEPTED_NEEDED, Samples};

/// The slices of both sides in one mode; slice `i` of one ran right before or right after slice `i` of the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Turns {
    /// What is expected.
    pub(super) baseline: Vec<Samples>,
    /// What is judged.
    pub(super) candidate: Vec<Samples>,
}

impl Turns {
    /// The logarithm of candidate over baseline, as these turns have it; `None` where a side had too few undisturbed
    /// samples.
    ///
    /// It is the trimmed mean over turns of the ratio of both sides' trimmed means within the turn: what slows the machine
    /// for longer than a turn slows both, and unlike a median it is finer than a step of the clock. Where too few turns
    /// have samples of both sides, it is the ratio of the medians of all.
    #[must_use]
    pub(super) fn log_ratio(&self) -> Option<f64> {
        let pooled = (pooled(&self.candidate).median_ns()? / pooled(&self.baseline).median_ns()?).ln();
        let in_turn =
            |(baseline, candidate): (&Samples, &Samples)| Some((middle_ns(candidate)? / middle_ns(baseline)?).ln());
        let turns: Vec<f64> = self.baseline.iter().zip(&self.candidate).filter_map(in_turn).collect();
        if turns.len() < TURNS_NEEDED {
            return Some(pooled);
        }
        statistics::location(&turns).map(|turns| turns.mean)
    }

    /// Whether both sides have enough undisturbed samples for a ratio.
    #[must_use]
    pub(super) fn are_quiet(&self) -> bool {
        [&self.baseline, &self.candidate].into_iter().all(|side| accepted(side) >= ACCEPTED_NEEDED)
    }

    /// The undisturbed samples of the side that has fewer.
    #[must_use]
    pub(super) fn accepted(&self) -> usize {
        accepted(&self.baseline).min(accepted(&self.candidate))
    }
}

/// Turns with samples of both sides from which on their median is taken: of fewer it is no better than any one of them.
const TURNS_NEEDED: usize = 5;

/// Where the undisturbed samples of a slice lie.
fn middle_ns(samples: &Samples) -> Option<f64> {
    statistics::location(&samples.accepted_ns).map(|samples| samples.mean)
}

fn accepted(slices: &[Samples]) -> usize {
    slices.iter().map(|samples| samples.accepted_ns.len()).sum()
}

/// All slices of a side as one.
#[must_use]
pub(super) fn pooled(slices: &[Samples]) -> Samples {
    Samples {
        iterations: slices.first().map_or(1, |samples| samples.iterations),
        accepted_ns: slices.iter().flat_map(|samples| &samples.accepted_ns).copied().collect(),
        disturbed_ns: slices.iter().flat_map(|samples| &samples.disturbed_ns).copied().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slice(accepted_ns: &[f64]) -> Samples {
        Samples { iterations: 10, accepted_ns: accepted_ns.to_vec(), disturbed_ns: vec![900.0] }
    }

    /// Turns of a machine that becomes slower by and by; the candidate takes 2 % more.
    fn drifting(turns: u32) -> Turns {
        let side = |factor: f64| {
            let slow = |turn: u32| 100.0 * (1.0 + 0.1 * f64::from(turn)) * factor;
            (0..turns).map(|turn| slice(&[slow(turn); 3])).collect()
        };
        Turns { baseline: side(1.0), candidate: side(1.02) }
    }

    #[test]
    fn what_slows_both_for_longer_than_a_turn_is_not_in_the_ratio() {
        let log = drifting(20).log_ratio().unwrap();
        assert!((log - 1.02f64.ln()).abs() < 1e-12, "{log}");
    }

    #[test]
    fn a_turn_in_which_one_side_was_never_quiet_does_not_count() {
        let mut turns = drifting(20);
        for index in [0, 3, 5] {
            turns.candidate[index].accepted_ns.clear();
        }
        assert!((turns.log_ratio().unwrap() - 1.02f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn few_turns_have_the_ratio_of_their_medians() {
        let turns = Turns {
            baseline: vec![slice(&[100.0, 101.0, 102.0, 103.0, 104.0])],
            candidate: vec![slice(&[204.0, 204.0, 204.0, 204.0, 204.0])],
        };
        assert!((turns.log_ratio().unwrap() - 2f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn a_side_with_too_few_quiet_samples_has_no_ratio() {
        let mut turns = drifting(20);
        turns.baseline.iter_mut().skip(1).for_each(|samples| samples.accepted_ns.clear());
        assert_eq!(turns.log_ratio(), None);
        assert!(!turns.are_quiet());
        assert_eq!(turns.accepted(), 3);
    }

    #[test]
    fn all_slices_of_a_side_are_pooled_with_what_was_disturbed() {
        let pooled = pooled(&drifting(4).baseline);
        assert_eq!((pooled.accepted_ns.len(), pooled.disturbed_ns.len(), pooled.iterations), (12, 4, 10));
    }
}
