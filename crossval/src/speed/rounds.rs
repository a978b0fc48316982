//! Rounds: in each, every contestant takes one sample between two probes, in an order that changes.
//!
//! What a neighbour does to a minute it does to all who take part in it, so that the ratio of two samples of one round is
//! worth more than that of two medians. Pure: it sees the world through [`Stage`], so that its tests need no clock.

use std::time::Duration;

use generator::{
    checksum,
    sampler::{self, Instrument, Plan},
};
use kernels::batch::{Batch, Mode};

/// Contestants on a core: a clock, a probe, and everyone's code.
pub trait Stage {
    /// The clock, in nanoseconds.
    fn now_ns(&mut self) -> u64;
    /// Runs the probe once.
    fn probe(&mut self);
    /// Times this process was taken off its CPU against its will.
    fn switches(&mut self) -> u64;
    /// Nanoseconds since any fixed moment in which this process had no CPU.
    fn off_cpu_ns(&mut self) -> u64;
    /// Runs calls of one contestant, back to back.
    fn run(&mut self, contestant: usize, iterations: u64);
}

/// One contestant as the sampler's instrument.
struct Turn<'s, S> {
    stage: &'s mut S,
    contestant: usize,
}

impl<S: Stage> Instrument for Turn<'_, S> {
    #[inline]
    fn now_ns(&mut self) -> u64 {
        self.stage.now_ns()
    }

    #[inline]
    fn probe(&mut self) {
        self.stage.probe();
    }

    #[inline]
    fn run(&mut self, batch: Batch) {
        self.stage.run(self.contestant, batch.iterations);
    }

    fn switches(&mut self) -> u64 {
        self.stage.switches()
    }

    fn off_cpu_ns(&mut self) -> u64 {
        self.stage.off_cpu_ns()
    }
}

/// How the calls of a contestant are sampled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// Calls in a sample.
    pub iterations: u64,
    /// Nanoseconds of a sample, about.
    pub sample_ns: f64,
}

/// A first call of so many nanoseconds is sample enough: it is a thousand times the shortest one, and to try it again for the
/// fastest of several would take a second.
const SINGLE_NS: f64 = 20e6;

/// Where every contestant's sample takes so many nanoseconds, none is preceded by an untimed batch: to read a whole third-level
/// cache anew takes 2 ms. All are, or none is, lest those that are slower pay for it.
const LONG_NS: f64 = 100e6;

/// Warms a contestant up, and finds how many of its calls make a sample.
pub fn size(stage: &mut impl Stage, contestant: usize, plan: &Plan) -> Size {
    let mut turn = Turn { stage, contestant };
    let first_ns = sampler::time(&mut turn, Batch::ONE);
    if first_ns >= SINGLE_NS {
        return Size { iterations: 1, sample_ns: first_ns };
    }
    sampler::warm_up(&mut turn, plan);
    let iterations = sampler::size(&mut turn, plan, Mode::Independent);
    let sample_ns = sampler::time(&mut turn, Batch { iterations, mode: Mode::Independent });
    Size { iterations, sample_ns }
}

/// Nanoseconds of a contestant's fastest call over a millisecond: how a place suits it. `None` where a call is so long that the
/// place of its operands in their pages is nothing to it.
pub fn fastest_ns(stage: &mut impl Stage, contestant: usize, plan: &Plan) -> Option<f64> {
    const LONG_CALL_NS: f64 = 1e6;
    let mut turn = Turn { stage, contestant };
    let first_ns = sampler::time(&mut turn, Batch::ONE);
    // A tenth of the quiet phase is what the sampler takes for it.
    let plan = Plan { quiet: Duration::from_millis(10), ..*plan };
    (first_ns < LONG_CALL_NS).then(|| sampler::fastest_call_ns(&mut turn, &plan))
}

/// When a launch has enough rounds, and in which order turns go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Enough {
    /// Rounds of each pair in which both samples are accepted, before a launch may end early.
    pub rounds_needed: usize,
    /// As many are always enough.
    pub rounds_wanted: usize,
    /// Of the order.
    pub seed: u64,
    /// Of the order too: which launch it is.
    pub launch: u32,
}

/// What came of the rounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Rounds {
    /// Nanoseconds of a call by round and contestant; `None` where each try was disturbed.
    pub call_ns: Vec<Vec<Option<f64>>>,
    /// Samples that each contestant tried to take.
    pub tries: Vec<u64>,
}

impl Rounds {
    /// In how many rounds both samples count.
    #[must_use]
    pub fn of_both(&self, one: usize, other: usize) -> usize {
        self.call_ns.iter().filter(|round| round[one].is_some() && round[other].is_some()).count()
    }

    /// The fewest rounds that any contestant shares with the first.
    fn fewest(&self) -> usize {
        (0..self.tries.len()).map(|other| self.of_both(0, other)).min().unwrap_or(0)
    }
}

/// Rounds until there are enough of each contestant beside the first, or the plan's limit is over; one at the least. Where
/// calls are so long that the limit has no room for the rounds that are needed, it is as long as twice these take.
pub fn rounds(stage: &mut impl Stage, sizes: &[Size], plan: &Plan, enough: &Enough) -> Rounds {
    let mut rounds = Rounds { call_ns: Vec::new(), tries: vec![0; sizes.len()] };
    let is_warmed = sizes.iter().any(|size| size.sample_ns < LONG_NS);
    let batches = if is_warmed { 2.0 } else { 1.0 };
    let round_ns: f64 = sizes.iter().map(|size| size.sample_ns * batches).sum();
    let limit_ns = (plan.limit.as_nanos() as f64).max(2.0 * round_ns * enough.rounds_needed as f64);
    let begin_ns = stage.now_ns();
    for number in 0_u32.. {
        let mut round = vec![None; sizes.len()];
        for contestant in order(sizes.len(), enough, number) {
            let turn = Turn { stage: &mut *stage, contestant };
            let iterations = sizes[contestant].iterations;
            round[contestant] = sample(turn, iterations, is_warmed, plan, &mut rounds.tries[contestant]);
        }
        rounds.call_ns.push(round);
        let passed_ns = (stage.now_ns() - begin_ns) as f64;
        let fewest = rounds.fewest();
        let is_enough = fewest >= enough.rounds_wanted
            || fewest >= enough.rounds_needed && passed_ns >= plan.quiet.as_nanos() as f64;
        if is_enough || passed_ns >= limit_ns {
            break;
        }
    }
    rounds
}

/// How often a contestant may try in its turn.
const TRIES: u32 = 3;

/// How long a try waits for the neighbour's burst to end, which takes some 5 ms.
const WAIT_NS: u64 = 8_000_000;

/// One sample of a contestant: nanoseconds of a call, or `None` where each try was disturbed. A sample counts by the probes at
/// its ends and by whether the process kept its CPU, never by its own time.
fn sample(
    mut turn: Turn<'_, impl Stage>,
    iterations: u64,
    is_warmed: bool,
    plan: &Plan,
    tries: &mut u64,
) -> Option<f64> {
    let batch = Batch { iterations, mode: Mode::Independent };
    for _ in 0..TRIES {
        *tries += 1;
        if is_warmed {
            // The others had the caches and the predictors to themselves meanwhile.
            turn.run(batch);
        }
        // The probe is of registers alone, so that waiting leaves the caches as they are.
        let begin_ns = turn.now_ns();
        let mut switches = turn.switches();
        let mut before = sampler::is_quiet(&mut turn, plan);
        while !before && turn.now_ns() - begin_ns < WAIT_NS {
            switches = turn.switches();
            before = sampler::is_quiet(&mut turn, plan);
        }
        if !before {
            continue;
        }
        let off_cpu_before_ns = turn.off_cpu_ns();
        let sample_ns = sampler::time(&mut turn, batch);
        let off_cpu_ns = turn.off_cpu_ns().saturating_sub(off_cpu_before_ns);
        let after = sampler::is_quiet(&mut turn, plan);
        if after && (turn.switches() == switches || sampler::is_moment(off_cpu_ns, sample_ns)) {
            return Some(sample_ns / iterations as f64);
        }
    }
    None
}

/// A different order for each round and launch, the same for the same seed: sorted by a hash.
fn order(contestants: usize, enough: &Enough, round: u32) -> Vec<usize> {
    let Enough { seed, launch, .. } = enough;
    let mut order: Vec<usize> = (0..contestants).collect();
    order
        .sort_by_cached_key(|contestant| checksum::short([format!("{seed}/{launch}/{round}/{contestant}").as_bytes()]));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A core without a clock: each contestant's call takes its time, and a neighbour comes and goes.
    struct Mock {
        now_ns: f64,
        call_ns: Vec<f64>,
        /// A neighbour disturbs the core in this part of every period.
        disturbed: std::ops::Range<f64>,
        period_ns: f64,
        switches: u64,
        /// This contestant loses the CPU in each of its batches.
        loses_cpu: Option<usize>,
        off_cpu_ns: u64,
        /// This contestant's call takes so much longer after another's.
        cold: Option<(usize, f64)>,
        last: Option<usize>,
        turns: Vec<usize>,
    }

    const FLOOR_NS: f64 = 2_000.0;

    impl Mock {
        fn quiet(call_ns: &[f64]) -> Self {
            Self {
                now_ns: 0.0,
                call_ns: call_ns.to_vec(),
                disturbed: 0.0..0.0,
                period_ns: 1e9,
                switches: 0,
                loses_cpu: None,
                off_cpu_ns: 0,
                cold: None,
                last: None,
                turns: Vec::new(),
            }
        }

        fn pass(&mut self, ns: f64) {
            /// A neighbour may come or go in the midst of a sample.
            const STEP_NS: f64 = 20_000.0;
            let mut left_ns = ns;
            while left_ns > 0.0 {
                let factor = if self.disturbed.contains(&(self.now_ns % self.period_ns)) { 1.6 } else { 1.0 };
                self.now_ns += left_ns.min(STEP_NS) * factor;
                left_ns -= STEP_NS;
            }
        }
    }

    impl Stage for Mock {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a test's time is short and above 0"
        )]
        fn now_ns(&mut self) -> u64 {
            self.now_ns.round() as u64
        }

        fn probe(&mut self) {
            self.pass(FLOOR_NS);
        }

        fn switches(&mut self) -> u64 {
            self.switches
        }

        fn off_cpu_ns(&mut self) -> u64 {
            self.off_cpu_ns
        }

        fn run(&mut self, contestant: usize, iterations: u64) {
            if self.last != Some(contestant) {
                self.turns.push(contestant);
                if let Some((cold, ns)) = self.cold
                    && cold == contestant
                {
                    self.pass(ns);
                }
            }
            self.last = Some(contestant);
            if self.loses_cpu == Some(contestant) {
                self.switches += 1;
                self.off_cpu_ns += 1_000_000;
                self.now_ns += 4e6;
            }
            self.pass(iterations as f64 * self.call_ns[contestant]);
        }
    }

    const ENOUGH: Enough = Enough { rounds_needed: 3, rounds_wanted: 30, seed: 42, launch: 0 };

    fn plan() -> Plan {
        Plan {
            clock_precision_ns: 20.0,
            probe_floor_ns: FLOOR_NS,
            warm_up: Duration::from_millis(1),
            quiet: Duration::from_millis(50),
            limit: Duration::from_millis(500),
            slowdown: 1.0,
        }
    }

    fn run(mock: &mut Mock) -> Rounds {
        let sizes: Vec<Size> = (0..mock.call_ns.len()).map(|contestant| size(mock, contestant, &plan())).collect();
        mock.turns.clear();
        rounds(mock, &sizes, &plan(), &ENOUGH)
    }

    fn ratios(found: &Rounds, one: usize, other: usize) -> Vec<f64> {
        found.call_ns.iter().filter_map(|round| Some(round[other]? / round[one]?)).collect()
    }

    #[test]
    fn a_contestant_twice_as_slow_is_twice_as_slow_in_every_round() {
        let found = run(&mut Mock::quiet(&[100.0, 200.0, 3e6]));
        assert!(ratios(&found, 1, 0).iter().all(|ratio| (ratio - 0.5).abs() < 0.001), "{found:?}");
        assert_eq!(found.of_both(0, 2), found.call_ns.len());
    }

    #[test]
    fn disturbed_samples_do_not_count() {
        // A fifth of the time that is quiet as they begin, they do not end quiet.
        let call_ns = [3.1e5, 4.7e5];
        let mut mock = Mock { disturbed: 0.0..3e6, period_ns: 5e6, ..Mock::quiet(&call_ns) };
        let found = run(&mut mock);
        let counted: Vec<f64> = found
            .call_ns
            .iter()
            .flat_map(|round| round.iter().zip(call_ns))
            .filter_map(|(got, call_ns)| Some((*got)? / call_ns))
            .collect();
        assert!(counted.iter().all(|share| (share - 1.0).abs() < 0.001), "{counted:?}");
        assert!(counted.len() >= 2 * ENOUGH.rounds_needed);
    }

    #[test]
    fn a_core_that_is_never_quiet_yields_no_sample_and_ends_at_the_limit() {
        let mut mock = Mock { disturbed: 0.0..1e9, ..Mock::quiet(&[100.0, 100.0]) };
        let found = run(&mut mock);
        assert_eq!(found.call_ns.iter().flatten().copied().flatten().count(), 0);
        assert!(mock.now_ns < 1e9, "{}", mock.now_ns);
        assert_eq!(found.tries[0], u64::from(TRIES) * found.call_ns.len() as u64);
    }

    #[test]
    fn a_sample_that_lost_the_cpu_does_not_count_and_the_others_do() {
        let mut mock = Mock { loses_cpu: Some(1), ..Mock::quiet(&[1e6, 1e6, 1e6]) };
        let found = run(&mut mock);
        assert_eq!(found.of_both(0, 1), 0);
        assert!(found.of_both(0, 2) > 0);
    }

    #[test]
    fn what_a_contestant_fetches_anew_in_its_turn_is_not_timed() {
        let mut mock = Mock { cold: Some((1, 50_000.0)), ..Mock::quiet(&[1_000.0, 1_000.0]) };
        let found = run(&mut mock);
        assert!(ratios(&found, 0, 1).iter().all(|ratio| (ratio - 1.0).abs() < 0.001), "{found:?}");
    }

    #[test]
    fn where_one_contestant_is_warmed_all_are_however_long_their_calls() {
        let mut mock = Mock { cold: Some((1, 5e6)), ..Mock::quiet(&[9.9e7, 1e8]) };
        let found = run(&mut mock);
        assert!(found.call_ns.iter().all(|round| round[1] == Some(1e8)), "{found:?}");
    }

    #[test]
    fn every_contestant_has_one_turn_a_round_and_the_order_changes() {
        let mut mock = Mock::quiet(&[100.0; 5]);
        let found = run(&mut mock);
        let orders: Vec<Vec<usize>> = (0..3).map(|number| order(5, &ENOUGH, number)).collect();
        assert!(orders[0] != orders[1] || orders[1] != orders[2], "{orders:?}");
        // Who ends a round and begins the next has no turn of its own in this count.
        assert!(mock.turns.len() > 3 * found.call_ns.len(), "{:?}", mock.turns);
        let mut sorted = orders[1].clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_quiet_core_is_done_after_the_rounds_that_are_wanted() {
        assert_eq!(run(&mut Mock::quiet(&[100.0, 200.0])).call_ns.len(), ENOUGH.rounds_wanted);
    }

    #[test]
    fn long_calls_are_done_after_the_rounds_that_are_needed() {
        let found = run(&mut Mock::quiet(&[1.7e8, 2e8]));
        assert_eq!(found.call_ns.len(), ENOUGH.rounds_needed);
        assert_eq!(found.tries, [3, 3]);
    }
}
