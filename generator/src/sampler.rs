//! The sampler: how one launch spends its time on one case.
//!
//! Probe, sample, probe, sample, probe: each sample stands between two probes, and counts only if both were quiet. The
//! sampler sees the world through [`Instrument`], so that its tests need no clock.

use std::time::Duration;

use kernels::batch::{Batch, Mode};
use serde::{Deserialize, Serialize};

use crate::probe;

/// What the sampler drives: a clock, a probe, and the code to be measured.
pub trait Instrument {
    /// The clock, in nanoseconds.
    fn now_ns(&mut self) -> u64;
    /// Runs the probe once.
    fn probe(&mut self);
    /// What comes before each sample, and is no part of it.
    fn rewind(&mut self) {}
    /// Runs a batch of calls.
    fn run(&mut self, batch: Batch);
    /// Times this process was taken off its CPU against its will.
    fn switches(&mut self) -> u64;
    /// Nanoseconds since any fixed moment in which this process had no CPU.
    fn off_cpu_ns(&mut self) -> u64;
}

/// How long to sample, and what to expect.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The clock's precision in nanoseconds.
    pub clock_precision_ns: f64,
    /// The probe's floor in nanoseconds.
    pub probe_floor_ns: f64,
    /// Calls before the first sample, for this long.
    pub warm_up: Duration,
    /// How long each of the two modes is sampled when the machine is quiet.
    pub quiet: Duration,
    /// How long at most, when the machine is not and accepted samples are too few.
    pub limit: Duration,
    /// The factor of time of a slowdown put in on purpose, 1 for none.
    pub slowdown: f64,
}

/// Accepted samples that a launch goes on for, up to its limit: the median of 30 repeats to a fifth of their spread.
pub const ACCEPTED_WANTED: usize = 30;

/// Accepted samples below which a launch has no median to state.
pub const ACCEPTED_NEEDED: usize = 5;

/// The shortest sample that is believed, in nanoseconds, however fine the clock.
const SAMPLE_NS: f64 = 10_000.0;

/// The shortest sample in steps of the clock: then a step is 0.1 %.
const SAMPLE_PRECISIONS: f64 = 1_000.0;

/// From here on a call is its own sample in both modes, and the fence between calls is less than 0.01 % of it.
const SINGLE_MODE_NS: f64 = 1e6;

/// The samples of one mode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Samples {
    /// Calls in each sample.
    pub iterations: u64,
    /// Nanoseconds of one call, of each sample that counts.
    pub accepted_ns: Vec<f64>,
    /// Nanoseconds of one call, of each sample that does not.
    pub disturbed_ns: Vec<f64>,
}

impl Samples {
    /// How many were taken.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.accepted_ns.len() + self.disturbed_ns.len()
    }

    /// The median of what counts, where that is enough to have one.
    #[must_use]
    pub fn median_ns(&self) -> Option<f64> {
        (self.accepted_ns.len() >= ACCEPTED_NEEDED).then(|| statistics::median(&self.accepted_ns))?
    }

    /// The median of all samples, disturbed or not.
    #[must_use]
    pub fn ungated_median_ns(&self) -> Option<f64> {
        statistics::median(&[self.accepted_ns.as_slice(), &self.disturbed_ns].concat())
    }
}

/// What one launch found of one case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sampled {
    /// Independent calls, back to back.
    pub independent: Samples,
    /// Calls that wait for each other; `None` where calls are so long that it makes no difference.
    pub dependent: Option<Samples>,
}

impl Sampled {
    /// Whether both modes have a median.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        let has_median = |samples: &Samples| samples.accepted_ns.len() >= ACCEPTED_NEEDED;
        has_median(&self.independent) && self.dependent.as_ref().is_none_or(has_median)
    }
}

/// Samples both modes of a case.
pub fn sample(instrument: &mut impl Instrument, plan: &Plan) -> Sampled {
    let call_ns = warm_up(instrument, plan);
    if call_ns >= SINGLE_MODE_NS {
        return Sampled { independent: sample_mode(instrument, plan, Mode::Dependent), dependent: None };
    }
    Sampled {
        independent: sample_mode(instrument, plan, Mode::Independent),
        dependent: Some(sample_mode(instrument, plan, Mode::Dependent)),
    }
}

/// Calls in a sample of each mode: what [`slice()`] needs to know.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sizes {
    /// Nanoseconds of the fastest call while it warmed up.
    pub call_ns: f64,
    /// Calls in a sample, back to back.
    pub independent: u64,
    /// Calls in a sample that wait for each other; `None` where calls are so long that it makes no difference.
    pub dependent: Option<u64>,
}

/// Warms up, and finds how many calls make a sample.
pub fn sizes(instrument: &mut impl Instrument, plan: &Plan) -> Sizes {
    let call_ns = warm_up(instrument, plan);
    if call_ns >= SINGLE_MODE_NS {
        return Sizes { call_ns, independent: size(instrument, plan, Mode::Dependent), dependent: None };
    }
    Sizes {
        call_ns,
        independent: size(instrument, plan, Mode::Independent),
        dependent: Some(size(instrument, plan, Mode::Dependent)),
    }
}

/// Samples one mode for `duration`, and once at least. The first batch only brings back what the process that ran before
/// this one took from the caches.
pub fn slice(
    instrument: &mut impl Instrument,
    plan: &Plan,
    mode: Mode,
    iterations: u64,
    duration: Duration,
) -> Samples {
    let batch = Batch { iterations: slowed(iterations, plan.slowdown), mode };
    time(instrument, batch);
    let begin_ns = instrument.now_ns();
    sample_until(instrument, plan, batch, iterations, |_, _, now_ns| {
        u128::from(now_ns - begin_ns) >= duration.as_nanos()
    })
}

/// Calls until caches, predictors and the clock of the CPU have settled. Nanoseconds of the fastest call.
pub fn warm_up(instrument: &mut impl Instrument, plan: &Plan) -> f64 {
    let begin_ns = instrument.now_ns();
    let mut fastest_ns = f64::INFINITY;
    let mut iterations = 1;
    loop {
        let call_ns = time(instrument, Batch { iterations, mode: Mode::Independent }) / iterations as f64;
        fastest_ns = fastest_ns.min(call_ns);
        if u128::from(instrument.now_ns() - begin_ns) >= plan.warm_up.as_nanos() {
            return fastest_ns;
        }
        // Single calls of a short kernel are lost in the clock; batches grow until they are not.
        if call_ns * (iterations as f64) < SAMPLE_NS {
            iterations *= 2;
        }
    }
}

fn sample_mode(instrument: &mut impl Instrument, plan: &Plan, mode: Mode) -> Samples {
    let iterations = size(instrument, plan, mode);
    let batch = Batch { iterations: slowed(iterations, plan.slowdown), mode };
    let begin_ns = instrument.now_ns();
    sample_until(instrument, plan, batch, iterations, |samples, call_ns, now_ns| {
        let passed_ns = u128::from(now_ns - begin_ns);
        let enough = samples.accepted_ns.len() >= ACCEPTED_WANTED
            || samples.accepted_ns.len() >= ACCEPTED_NEEDED && {
                // Where a whole quiet phase has not room for so many, a few will do.
                call_ns * (ACCEPTED_WANTED as f64) * iterations as f64 > plan.quiet.as_nanos() as f64
            };
        passed_ns >= plan.limit.as_nanos() || enough && passed_ns >= plan.quiet.as_nanos()
    })
}

/// Takes samples until `is_done` says so of the samples, the last call's time and the clock.
fn sample_until(
    instrument: &mut impl Instrument,
    plan: &Plan,
    batch: Batch,
    iterations: u64,
    is_done: impl Fn(&Samples, f64, u64) -> bool,
) -> Samples {
    let mut samples = Samples { iterations, accepted_ns: Vec::new(), disturbed_ns: Vec::new() };
    let mut before = is_quiet(instrument, plan);
    let mut switches = instrument.switches();
    loop {
        let off_cpu_before_ns = instrument.off_cpu_ns();
        let sample_ns = time(instrument, batch);
        let off_cpu_ns = instrument.off_cpu_ns().saturating_sub(off_cpu_before_ns);
        let call_ns = sample_ns / iterations as f64;
        let after = is_quiet(instrument, plan);
        // The probes stand at its ends; a long sample may have lost the CPU and got it back between them.
        let switches_before = std::mem::replace(&mut switches, instrument.switches());
        let kept_cpu = switches == switches_before || is_moment(off_cpu_ns, sample_ns);
        if before && after && kept_cpu { &mut samples.accepted_ns } else { &mut samples.disturbed_ns }.push(call_ns);
        before = after;
        if is_done(&samples, call_ns, instrument.now_ns()) {
            return samples;
        }
    }
}

/// Nanoseconds of the fastest call, over as many batches as fit into a tenth of a quiet phase, and five at least.
pub fn fastest_call_ns(instrument: &mut impl Instrument, plan: &Plan) -> f64 {
    const BATCHES_LEAST: u32 = 5;
    let mode = Mode::Independent;
    let batch = Batch { iterations: size(instrument, plan, mode), mode };
    let begin_ns = instrument.now_ns();
    let mut fastest_ns = f64::INFINITY;
    for batches in 1.. {
        fastest_ns = fastest_ns.min(time(instrument, batch));
        let passed_ns = u128::from(instrument.now_ns() - begin_ns);
        if batches >= BATCHES_LEAST && passed_ns >= plan.quiet.as_nanos() / 10 {
            break;
        }
    }
    fastest_ns / batch.iterations as f64
}

/// How many calls make a sample that is long enough, and of which the slowdown is a whole number more.
pub fn size(instrument: &mut impl Instrument, plan: &Plan, mode: Mode) -> u64 {
    /// The most that a batch grows: a call takes at least a tenth of a nanosecond.
    const MOST: u64 = 1 << 30;
    /// A batch is timed this often, and the fastest counts: disturbance only ever slows.
    const TRIES: u32 = 5;
    let shortest_ns = SAMPLE_NS.max(SAMPLE_PRECISIONS * plan.clock_precision_ns);
    let mut iterations = 1;
    while iterations < MOST {
        let batch = Batch { iterations, mode };
        // A long call needs no second try: one is enough already, and would still be if it were twice as fast.
        let first_ns = time(instrument, batch);
        let tries = if first_ns > 2.0 * shortest_ns { 0 } else { TRIES };
        let fastest_ns = (0..tries).map(|_| time(instrument, batch)).fold(first_ns, f64::min);
        if fastest_ns >= shortest_ns {
            break;
        }
        iterations *= 2;
    }
    iterations.next_multiple_of(whole_multiple(plan.slowdown))
}

/// As many calls as take `slowdown` times as long.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number of calls, at most 100 times 2^30"
)]
fn slowed(calls: u64, slowdown: f64) -> u64 {
    (calls as f64 * slowdown).round() as u64
}

/// The smallest number of calls of which `slowdown` times are, within 0.01 %, a whole number.
pub(crate) fn whole_multiple(slowdown: f64) -> u64 {
    const MOST: u64 = 1000;
    let is_whole = |calls: &u64| (slowed(*calls, slowdown) as f64 / *calls as f64 / slowdown - 1.0).abs() <= 0.0001;
    (1..MOST).find(is_whole).unwrap_or(MOST)
}

/// Runs the probe: whether nobody disturbs the core now.
pub fn is_quiet(instrument: &mut impl Instrument, plan: &Plan) -> bool {
    let begin_ns = instrument.now_ns();
    instrument.probe();
    probe::is_quiet(instrument.now_ns() - begin_ns, plan.probe_floor_ns)
}

/// Whether so long without the CPU is nothing to a sample: a process that took it for some microseconds of a call that takes
/// half a second did nothing to it.
#[must_use]
pub fn is_moment(off_cpu_ns: u64, sample_ns: f64) -> bool {
    const SHARE: f64 = 0.001;
    off_cpu_ns as f64 <= SHARE * sample_ns
}

/// Nanoseconds of the whole batch.
pub fn time(instrument: &mut impl Instrument, batch: Batch) -> f64 {
    instrument.rewind();
    let begin_ns = instrument.now_ns();
    instrument.run(batch);
    (instrument.now_ns() - begin_ns) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine without a clock: every call takes `call_ns`, and a neighbour comes and goes.
    struct Mock {
        now_ns: f64,
        call_ns: f64,
        /// A neighbour disturbs the core in the first part of every period.
        disturbed: std::ops::Range<f64>,
        period_ns: f64,
        runs: u64,
        switches: u64,
        /// Another process takes the CPU in every so many batches, and gives it back after so many nanoseconds.
        switch_every: Option<(u64, f64)>,
        off_cpu_ns: f64,
    }

    const FLOOR_NS: f64 = 2_000.0;

    impl Mock {
        fn quiet(call_ns: f64) -> Self {
            Self {
                now_ns: 0.0,
                call_ns,
                disturbed: 0.0..0.0,
                period_ns: 1e9,
                runs: 0,
                switches: 0,
                switch_every: None,
                off_cpu_ns: 0.0,
            }
        }

        fn disturbed(call_ns: f64, share: f64) -> Self {
            Self { disturbed: 0.0..5e6 * share, period_ns: 5e6, ..Self::quiet(call_ns) }
        }

        fn pass(&mut self, ns: f64) {
            let factor = if self.disturbed.contains(&(self.now_ns % self.period_ns)) { 1.6 } else { 1.0 };
            self.now_ns += ns * factor;
        }
    }

    impl Instrument for Mock {
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
        fn run(&mut self, batch: Batch) {
            let dependence_ns = if batch.mode == Mode::Dependent { 10.0 } else { 0.0 };
            self.pass(batch.iterations as f64 * (self.call_ns + dependence_ns));
            self.runs += 1;
            if let Some((every, off_cpu_ns)) = self.switch_every
                && self.runs.is_multiple_of(every)
            {
                self.switches += 1;
                self.now_ns += off_cpu_ns;
                self.off_cpu_ns += off_cpu_ns;
            }
        }
        fn switches(&mut self) -> u64 {
            self.switches
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a test's time is short and above 0"
        )]
        fn off_cpu_ns(&mut self) -> u64 {
            self.off_cpu_ns.round() as u64
        }
    }

    fn plan() -> Plan {
        Plan {
            clock_precision_ns: 20.0,
            probe_floor_ns: FLOOR_NS,
            warm_up: Duration::from_millis(1),
            quiet: Duration::from_millis(20),
            limit: Duration::from_millis(100),
            slowdown: 1.0,
        }
    }

    #[test]
    fn a_quiet_machine_yields_the_time_of_a_call() {
        let sampled = sample(&mut Mock::quiet(100.0), &plan());
        assert!((sampled.independent.median_ns().unwrap() - 100.0).abs() < 0.1);
        assert!((sampled.dependent.unwrap().median_ns().unwrap() - 110.0).abs() < 0.1);
    }

    #[test]
    fn disturbed_samples_do_not_count() {
        let samples = sample(&mut Mock::disturbed(100.0, 0.7), &plan()).independent;
        assert!((samples.median_ns().unwrap() - 100.0).abs() < 0.1, "{:?}", samples.median_ns());
        assert!(samples.ungated_median_ns().unwrap() > 150.0);
        assert!((samples.disturbed_ns.len() as f64 / samples.taken() as f64 - 0.7).abs() < 0.2);
    }

    #[test]
    fn a_sample_that_lost_the_cpu_does_not_count() {
        let mut mock = Mock { switch_every: Some((2, 4e6)), ..Mock::quiet(3e6) };
        let samples = sample(&mut mock, &plan()).independent;
        assert!(samples.accepted_ns.iter().all(|&call_ns| (call_ns / 3e6 - 1.0).abs() < 0.01), "{samples:?}");
        assert!(!samples.disturbed_ns.is_empty());
    }

    #[test]
    fn a_long_sample_that_lost_the_cpu_for_a_moment_counts() {
        let mut mock = Mock { switch_every: Some((1, 20e3)), ..Mock::quiet(50e6) };
        assert!(sample(&mut mock, &plan()).independent.disturbed_ns.is_empty());
    }

    #[test]
    fn a_machine_that_is_never_quiet_yields_no_median() {
        let samples = sample(&mut Mock::disturbed(100.0, 1.0), &plan()).independent;
        assert_eq!(samples.median_ns(), None);
        assert!(samples.ungated_median_ns().is_some());
    }

    #[test]
    fn a_noisy_machine_is_waited_for_up_to_the_limit() {
        let mut mock = Mock::disturbed(100.0, 1.0);
        sample(&mut mock, &plan());
        assert!((200e6..215e6).contains(&mock.now_ns), "{} ns", mock.now_ns);
    }

    #[test]
    fn a_sample_takes_a_thousand_steps_of_the_clock() {
        let samples = sample(&mut Mock::quiet(100.0), &plan()).independent;
        assert_eq!(samples.iterations, 256);
    }

    #[test]
    fn a_long_call_is_a_sample_of_its_own_and_serves_both_modes() {
        let sampled = sample(&mut Mock::quiet(3e6), &plan());
        assert_eq!(sampled.independent.iterations, 1);
        assert_eq!(sampled.dependent, None);
    }

    #[test]
    fn a_call_longer_than_the_limit_is_still_sampled() {
        let sampled = sample(&mut Mock::quiet(3e8), &plan());
        assert_eq!(sampled.independent.taken(), 1);
    }

    #[test]
    fn a_slice_lasts_as_long_as_it_is_told_and_its_first_batch_does_not_count() {
        let mut mock = Mock::quiet(100.0);
        let samples = slice(&mut mock, &plan(), Mode::Independent, 100, Duration::from_millis(1));
        assert!((1e6..1.1e6).contains(&mock.now_ns), "{} ns", mock.now_ns);
        assert_eq!(samples.taken() as u64 + 1, mock.runs);
        assert!((samples.median_ns().unwrap() - 100.0).abs() < 0.1);
    }

    #[test]
    fn a_slice_of_a_long_call_has_a_sample() {
        let samples = slice(&mut Mock::quiet(3e8), &plan(), Mode::Dependent, 1, Duration::from_millis(1));
        assert_eq!(samples.taken(), 1);
    }

    #[test]
    fn a_slowdown_slows_a_slice_by_its_factor() {
        let plan = Plan { slowdown: 1.05, ..plan() };
        let sizes = sizes(&mut Mock::quiet(100.0), &plan);
        let samples = slice(&mut Mock::quiet(100.0), &plan, Mode::Independent, sizes.independent, plan.quiet);
        assert!((samples.median_ns().unwrap() / 105.0 - 1.0).abs() < 0.002, "{:?}", samples.median_ns());
    }

    #[test]
    fn the_fastest_call_is_that_of_the_quiet_core() {
        let fastest_ns = fastest_call_ns(&mut Mock::disturbed(100.0, 0.3), &plan());
        assert!((fastest_ns - 100.0).abs() < 1.0, "{fastest_ns}");
    }

    #[test]
    fn the_calls_of_a_slowdown_are_a_whole_number_and_no_more_than_it_takes() {
        for (slowdown, calls) in [(1.0, 1), (1.3, 10), (1.05, 20), (1.02, 50), (1.01, 100), (2.0, 1)] {
            assert_eq!(whole_multiple(slowdown), calls, "{slowdown}");
            assert!((slowed(calls, slowdown) as f64 / calls as f64 / slowdown - 1.0).abs() < 1e-12, "{slowdown}");
        }
    }

    #[test]
    fn a_slowdown_slows_by_its_factor() {
        for (call_ns, slowdown) in [(100.0, 1.3), (30_000.0, 1.3), (30_000.0, 1.05), (100.0, 2.0)] {
            let plan = Plan { slowdown, ..plan() };
            let median_ns = sample(&mut Mock::quiet(call_ns), &plan).independent.median_ns().unwrap();
            assert!((median_ns / call_ns / slowdown - 1.0).abs() < 0.002, "{call_ns} ns x {slowdown}: {median_ns}");
        }
    }
}
