//! Controls: fixed loops that measure the machine, and that no change of the code can move.
//!
//! | file | controls | a step |
//! |---|---|---|
//! | `crate::chain` | `alu` | an integer multiplication that waits for the one before it: the CPU's clock |
//! | `fma` | `fma` | a fused multiply-add that waits for the one before it |
//! | `branches` | `branches` | a branch that nobody can foresee: half of a misprediction |
//! | `syscall` | `syscall` | a call of the operating system that does next to nothing |
//! | `reads` | `l2`, `dram` | 64 bytes read one after the other, from the second-level cache and from memory |
//!
//! `collected` keeps what they said over a session.

mod branches;
mod collected;
mod fma;
mod reads;
mod syscall;

use std::collections::BTreeMap;

pub(crate) use collected::Controls;

use crate::{chain::multiply_chain, clock::Clock, environment::accounting, probe, sampler::Samples};

/// Samples of a control in every launch, of which the quiet ones count: 1 ms for all of them together.
const SAMPLES_A_LAUNCH: u32 = 15;

/// Samples of a control in a launch of its own, once a round.
const SAMPLES_A_ROUND: u32 = 200;

/// Nanoseconds a step of the controls that cost little, by name: for every launch. One that was never quiet is left out.
#[must_use]
pub fn in_every_launch(clock: &Clock, probe_floor_ns: f64) -> BTreeMap<String, f64> {
    let mut sampler = Sampler { clock, probe_floor_ns, samples: SAMPLES_A_LAUNCH, steps_ns: BTreeMap::new() };
    sampler.cheap();
    sampler.steps_ns
}

/// Nanoseconds a step of every control, by name: once a round, in a process of its own.
#[must_use]
pub fn once_a_round(clock: &Clock, probe_floor_ns: f64) -> BTreeMap<String, f64> {
    let mut sampler = Sampler { clock, probe_floor_ns, samples: SAMPLES_A_ROUND, steps_ns: BTreeMap::new() };
    sampler.cheap();
    let caches = platforms::cpu::this().caches;
    match reads::L2::new(caches.l2_bytes) {
        Ok(mut l2) => sampler.sample("l2", l2.lines(), || l2.read()),
        Err(error) => tracing::debug!("the control `l2` has no memory: {error}"),
    }
    match reads::Dram::new(caches.l3_bytes) {
        Ok(mut dram) => sampler.sample("dram", reads::Dram::LINES, || dram.read()),
        Err(error) => tracing::debug!("the control `dram` has no memory: {error}"),
    }
    sampler.steps_ns
}

struct Sampler<'a> {
    clock: &'a Clock,
    probe_floor_ns: f64,
    samples: u32,
    steps_ns: BTreeMap<String, f64>,
}

impl Sampler<'_> {
    fn cheap(&mut self) {
        const CHAIN: u64 = 10_000;
        self.sample("alu", CHAIN, || multiply_chain(CHAIN));
        if fma::has_fma() {
            self.sample("fma", CHAIN, || {
                fma::fma_chain(CHAIN);
            });
        }
        let mut branches = branches::Branches::new();
        self.sample("branches", branches::STEPS, || branches.take());
        self.sample("syscall", syscall::CALLS, syscall::call);
    }

    fn sample(&mut self, name: &str, steps: u64, mut run: impl FnMut()) {
        let sampled = sample(self.clock, self.probe_floor_ns, self.samples, &mut run);
        if let Some(median_ns) = statistics::median(&sampled.accepted_ns) {
            self.steps_ns.insert(name.to_owned(), median_ns / steps as f64);
        }
    }
}

/// Samples a loop between probes, so often: of each sample one run, after one that brings code and data into the caches.
/// What counts was quiet and kept its CPU.
#[must_use]
pub fn sample(clock: &Clock, probe_floor_ns: f64, samples: u32, mut run: impl FnMut()) -> Samples {
    let is_quiet = || {
        let begin_ns = clock.now_ns();
        probe::run();
        probe::is_quiet(clock.now_ns() - begin_ns, probe_floor_ns)
    };
    run();
    let mut before = is_quiet();
    let mut switches = accounting::switches();
    let mut found = Samples { iterations: 1, accepted_ns: Vec::new(), disturbed_ns: Vec::new() };
    for _ in 0..samples {
        let begin_ns = clock.now_ns();
        run();
        let passed_ns = (clock.now_ns() - begin_ns) as f64;
        let after = is_quiet();
        let switches_before = std::mem::replace(&mut switches, accounting::switches());
        if before && after && switches == switches_before {
            found.accepted_ns.push(passed_ns);
        } else {
            found.disturbed_ns.push(passed_ns);
        }
        before = after;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_control_has_a_step_that_takes_time() {
        // A floor so high that every sample is quiet.
        let steps_ns = once_a_round(&Clock::start(), 1e12);
        let mut names: Vec<&str> = steps_ns.keys().map(String::as_str).collect();
        names.retain(|&name| name != "fma");
        assert_eq!(names, ["alu", "branches", "dram", "l2", "syscall"]);
        assert_eq!(steps_ns.contains_key("fma"), fma::has_fma());
        for (name, step_ns) in steps_ns {
            assert!(step_ns.is_finite() && step_ns > 0.0, "{name}: {step_ns}");
        }
    }

    #[test]
    fn a_control_that_was_never_quiet_has_no_figure() {
        assert_eq!(in_every_launch(&Clock::start(), 1e-3), BTreeMap::new());
    }
}
