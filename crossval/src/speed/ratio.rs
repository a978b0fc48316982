//! By which factor one contestant is faster than another, over all launches of a row.
//!
//! In each round in which both samples count, `log (time of the other / time of the one)`; of a launch the median of these; of
//! all launches their trimmed mean with Student's interval, see [`statistics::paired`]. Rounds of one process share its
//! placement and its state, so that they are no independent evidence: launches are.

use schema::crossval::SpeedRatio;
use statistics::student;

use super::protocol::Timed;

/// Rounds in which both samples count, over all launches, below which there is no ratio.
pub const ROUNDS_NEEDED: usize = 11;

/// Rounds of a launch below which it does not count: the median of three is not that of the worst.
pub const ROUNDS_OF_LAUNCH_NEEDED: usize = 3;

/// Throughput of `one` over that of `other`, or why there is no such number.
///
/// # Errors
///
/// When too few rounds or launches count.
pub fn ratio(launches: &[Timed], one: &str, other: &str) -> Result<SpeedRatio, String> {
    let logs: Vec<Vec<f64>> = launches.iter().map(|launch| logs(launch, one, other)).collect();
    let counted: Vec<&Vec<f64>> = logs.iter().filter(|logs| logs.len() >= ROUNDS_OF_LAUNCH_NEEDED).collect();
    let rounds: usize = counted.iter().map(|logs| logs.len()).sum();
    if rounds < ROUNDS_NEEDED {
        let all: usize = logs.iter().map(Vec::len).sum();
        return Err(format!(
            "both were undisturbed in {all} rounds of {} launches; {ROUNDS_NEEDED} are needed, {ROUNDS_OF_LAUNCH_NEEDED} a launch",
            logs.len()
        ));
    }
    let medians: Vec<f64> = counted.iter().filter_map(|logs| statistics::median(logs)).collect();
    let paired = statistics::paired_ratio(&medians).ok_or("no launch counts")?;
    let interval = paired.interval.ok_or("one launch alone has no interval")?;
    let (value, lower, upper) = (paired.estimate.exp(), interval.low.exp(), interval.high.exp());
    if !(lower > 0.0 && upper.is_finite()) {
        return Err("its launches differ so much that it has no interval".to_owned());
    }
    Ok(SpeedRatio { value, lower, upper, confidence: student::COVERAGE, rounds: rounds as u64 })
}

/// Of each round in which both samples count.
fn logs(launch: &Timed, one: &str, other: &str) -> Vec<f64> {
    let place = |name| launch.contestants.iter().position(|contestant| contestant == name);
    let (Some(one), Some(other)) = (place(one), place(other)) else { return Vec::new() };
    launch.rounds.iter().filter_map(|round| Some((round[other]? / round[one]?).ln())).collect()
}

/// Nanoseconds of a call of `name`: of each launch, of the samples that count.
#[must_use]
pub fn call_ns(launches: &[Timed], name: &str) -> Vec<Vec<f64>> {
    let of_launch = |launch: &Timed| {
        let place = launch.contestants.iter().position(|contestant| contestant == name)?;
        Some(launch.rounds.iter().filter_map(|round| round[place]).collect())
    };
    launches.iter().filter_map(of_launch).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Launches of rounds, all of them accepted, of contestants `a` and `b`.
    fn launches(rounds: &[Vec<(f64, f64)>]) -> Vec<Timed> {
        let timed = |rounds: &Vec<(f64, f64)>| Timed {
            contestants: vec!["a".to_owned(), "b".to_owned()],
            iterations: vec![1, 1],
            rounds: rounds.iter().map(|&(a, b)| vec![Some(a), Some(b)]).collect(),
            tries: vec![rounds.len() as u64; 2],
            large_pages: None,
        };
        rounds.iter().map(timed).collect()
    }

    #[test]
    fn twice_the_time_is_half_the_throughput() {
        let found = ratio(&launches(&vec![vec![(200.0, 100.0); 6]; 3]), "a", "b").unwrap();
        assert!((found.value - 0.5).abs() < 1e-12, "{found:?}");
        assert!(found.lower > 0.49 && found.upper < 0.51, "{found:?}");
        assert_eq!(found.rounds, 18);
    }

    #[test]
    fn exchanged_sides_give_the_reciprocal() {
        let launches = launches(&[vec![(100.0, 103.0); 5], vec![(100.0, 104.0); 5], vec![(100.0, 105.0); 5]]);
        let (one, other) = (ratio(&launches, "a", "b").unwrap(), ratio(&launches, "b", "a").unwrap());
        assert!((one.value * other.value - 1.0).abs() < 1e-12);
        assert!((one.lower * other.upper - 1.0).abs() < 1e-12);
    }

    #[test]
    fn what_slows_both_alike_is_not_seen() {
        let rounds: Vec<(f64, f64)> =
            (0..12).map(|round| 1.0 + f64::from(round)).map(|x| (100.0 * x, 150.0 * x)).collect();
        let found = ratio(&launches(&[rounds.clone(), rounds]), "a", "b").unwrap();
        assert!((found.value - 1.5).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn launches_that_differ_widen_the_interval_however_calm_their_rounds() {
        let found =
            ratio(&launches(&[vec![(100.0, 100.0); 30], vec![(100.0, 110.0); 30], vec![(100.0, 90.0); 30]]), "a", "b");
        let found = found.unwrap();
        assert!(found.lower < 0.85 && found.upper > 1.15, "{found:?}");
    }

    #[test]
    fn a_disturbed_sample_takes_its_round_away_from_its_pairs_alone() {
        let mut launches = launches(&vec![vec![(100.0, 100.0); 6]; 3]);
        launches[0].rounds[0][1] = None;
        assert_eq!(ratio(&launches, "a", "b").unwrap().rounds, 17);
        assert_eq!(call_ns(&launches, "a")[0].len(), 6);
    }

    #[test]
    fn too_few_rounds_are_a_reason_and_no_number() {
        let reason = ratio(&launches(&vec![vec![(100.0, 100.0); 5]; 2]), "a", "b").unwrap_err();
        assert!(reason.contains("10 rounds of 2 launches"), "{reason}");
    }

    #[test]
    fn one_launch_alone_has_no_interval() {
        let reason = ratio(&launches(&[vec![(100.0, 100.0); 30]]), "a", "b").unwrap_err();
        assert!(reason.contains("no interval"), "{reason}");
    }

    #[test]
    fn who_did_not_take_part_has_no_ratio() {
        assert!(ratio(&launches(&vec![vec![(100.0, 100.0); 30]; 3]), "a", "c").unwrap_err().contains("0 rounds"));
    }
}
