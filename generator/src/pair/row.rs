//! A pair's row: what a case's launches of both programs come to, and a reason for every number that there is not.

use std::collections::BTreeMap;

use kernels::Case;
use schema::{
    case::{Launch, Status},
    pair::{PairRow, PairSide, Ratio},
};

use super::{
    interleaving::{Outcome, Side},
    turns::{Turns, pooled},
};
use crate::{
    protocol::{Measured, Verified},
    row,
    sampler::{ACCEPTED_NEEDED, Sampled, Samples},
};

/// A launch of each program, side by side.
#[derive(Clone, Debug)]
pub(super) struct LaunchPair {
    /// Calls back to back.
    independent: Turns,
    /// Calls that wait for each other; `None` where calls are so long that it makes no difference.
    dependent: Option<Turns>,
    /// What is known of both processes beside their samples: the baseline's, the candidate's.
    processes: [Process; 2],
    /// Whether the operands of both lay on large pages; `None` where the operating system does not tell.
    pub(super) large_pages: Option<bool>,
}

#[derive(Clone, Copy, Debug)]
struct Process {
    peak_memory_bytes: Option<u64>,
    cpu_percent: Option<f64>,
    stolen_ns: Option<u64>,
    switches: Option<u64>,
}

impl LaunchPair {
    /// Of two workers that took turns.
    #[must_use]
    pub(super) fn of_slices(outcome: Outcome) -> Self {
        let process = |finished: &crate::protocol::Finished| Process {
            peak_memory_bytes: finished.peak_memory_bytes,
            // A worker that waits for its turn uses no CPU, and what was stolen meanwhile was not stolen from it.
            cpu_percent: None,
            stolen_ns: None,
            switches: Some(finished.switches),
        };
        Self {
            processes: [process(&outcome.baseline), process(&outcome.candidate)],
            independent: outcome.independent,
            dependent: outcome.dependent,
            large_pages: outcome.large_pages,
        }
    }

    /// Of two launches, one after the other.
    #[must_use]
    pub(super) fn of_launches(baseline: Measured, candidate: Measured) -> Self {
        let process = |measured: &Measured| Process {
            peak_memory_bytes: measured.peak_memory_bytes,
            cpu_percent: measured.cpu_percent,
            stolen_ns: measured.stolen_ns,
            switches: measured.switches,
        };
        let processes = [process(&baseline), process(&candidate)];
        let large_pages = baseline.large_pages.zip(candidate.large_pages).map(|(one, other)| one && other);
        let turns =
            |baseline: Samples, candidate: Samples| Turns { baseline: vec![baseline], candidate: vec![candidate] };
        let (baseline, candidate): (Sampled, Sampled) = (baseline.sampled, candidate.sampled);
        let dependent = baseline.dependent.zip(candidate.dependent).map(|(one, other)| turns(one, other));
        Self { independent: turns(baseline.independent, candidate.independent), dependent, processes, large_pages }
    }

    /// Whether both modes have a ratio.
    #[must_use]
    pub(super) fn is_quiet(&self) -> bool {
        self.independent.are_quiet() && self.dependent.as_ref().is_none_or(Turns::are_quiet)
    }

    fn latency(&self) -> &Turns {
        self.dependent.as_ref().unwrap_or(&self.independent)
    }

    fn launch(&self, side: Side, amount: f64) -> Launch {
        let of = |turns: &Turns| match side {
            Side::Baseline => pooled(&turns.baseline),
            Side::Candidate => pooled(&turns.candidate),
        };
        let process = self.processes[usize::from(side == Side::Candidate)];
        let sampled = Sampled { independent: of(&self.independent), dependent: self.dependent.as_ref().map(of) };
        Launch {
            peak_memory_bytes: process.peak_memory_bytes,
            cpu_percent: process.cpu_percent,
            stolen_ns: process.stolen_ns,
            switches: process.switches,
            ..row::launch_of(&sampled, amount)
        }
    }
}

/// The row of a case: measured where there is no `failure`. `verified` is the baseline's, then the candidate's.
#[must_use]
pub(super) fn row(
    case: &Case,
    verified: [Option<&Verified>; 2],
    pairs: &[LaunchPair],
    instructions: &[Result<u64, String>; 2],
    failure: Option<(Side, Status, &str)>,
) -> PairRow {
    let amount = case.work().amount(case.unit()).unwrap_or_default() as f64;
    let side = |side: Side, verified: Option<&Verified>| {
        let launches: Vec<Launch> = pairs.iter().map(|pair| pair.launch(side, amount)).collect();
        PairSide {
            status: match failure {
                Some((failed, status, _)) if failed == side => status,
                _ => Status::Measured,
            },
            peak_memory_bytes: launches.iter().filter_map(|launch| launch.peak_memory_bytes).max(),
            launches,
            accuracy: verified.map(|verified| verified.accuracy),
            instructions: instructions[usize::from(side == Side::Candidate)].as_ref().ok().copied(),
            checksum: verified.map(|verified| row::checksum(case, verified)),
        }
    };
    let (status, reason) = match failure {
        Some((side, status, why)) => (status, Some(format!("{}: {why}", side.name()))),
        None => (Status::Measured, None),
    };
    let measured = status == Status::Measured;
    let ratio = |of: fn(&LaunchPair) -> &Turns| if measured { ratio(pairs.iter().map(of)) } else { None };
    let mut row = PairRow {
        status,
        reason,
        bound: Some(row::bound(case)),
        work: Some(row::work(case)),
        unit: Some(row::unit(case.unit())),
        baseline: side(Side::Baseline, verified[0]),
        candidate: side(Side::Candidate, verified[1]),
        throughput_time: ratio(|pair| &pair.independent),
        latency_p50_time: ratio(LaunchPair::latency),
        unmeasured: BTreeMap::new(),
    };
    let one_pair = "one pair of launches had enough undisturbed samples, and it takes two".to_owned();
    let reasons = BTreeMap::from([
        ("throughput_time.interval", one_pair.clone()),
        ("latency_p50_time.interval", one_pair),
        ("instructions", instructions.iter().find_map(|count| count.clone().err()).unwrap_or_default()),
        ("peak_memory_bytes", "the operating system does not tell".to_owned()),
    ]);
    let otherwise =
        format!("in no launch both sides had {ACCEPTED_NEEDED} undisturbed samples; measure again when it is quiet");
    if measured {
        row.explain_nulls(&reasons, &otherwise);
    }
    row
}

/// The half-width of the interval of either ratio, whichever is wider, in percent; `None` where one has none.
#[must_use]
pub(super) fn interval_percent(pairs: &[LaunchPair]) -> Option<f64> {
    let half_width = |of: fn(&LaunchPair) -> &Turns| {
        let logs: Vec<f64> = pairs.iter().map(of).filter_map(Turns::log_ratio).collect();
        let interval = statistics::paired_ratio(&logs)?.interval?;
        Some(statistics::percent_of_log((interval.high - interval.low) / 2.0))
    };
    Some(half_width(|pair| &pair.independent)?.max(half_width(LaunchPair::latency)?))
}

fn ratio<'t>(turns: impl Iterator<Item = &'t Turns>) -> Option<Ratio> {
    let logs: Vec<f64> = turns.filter_map(Turns::log_ratio).collect();
    let paired = statistics::paired_ratio(&logs)?;
    Some(Ratio {
        launches: logs.iter().map(|log| log.exp()).collect(),
        value: paired.estimate.exp(),
        interval: paired.interval.map(|interval| [interval.low.exp(), interval.high.exp()]),
    })
}
