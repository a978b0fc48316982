//! The probe's floor: how long to listen, what carries it to another clock, and what the tolerance keeps.

use std::time::Duration;

use generator::{clock::Clock, controls, probe::CHAIN_STEPS};
use serde::{Deserialize, Serialize};

use crate::{
    child::{Job, Launch},
    estimators::{Estimator, relative_range, relative_spread},
    gating::{Floors, Rule, judge},
    hog::Load,
    placement, probes,
    recording::{Plan, Series, time_ns},
    table::{Table, ns, percent},
};

/// Listen to the probe and to a chain of multiplications, in turns.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Listen {
    /// How long.
    pub(crate) length: Duration,
}

/// What was heard: times in nanoseconds, and when.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "a name ends with its unit, and all three are times")]
pub(crate) struct Heard {
    /// When each pair began.
    pub(crate) at_ns: Vec<u64>,
    /// The probe's.
    pub(crate) probe_ns: Vec<f64>,
    /// The chain's.
    pub(crate) chain_ns: Vec<f64>,
}

/// Listens.
pub(crate) fn listen(listen: &Listen) -> Heard {
    let clock = Clock::start();
    let mut heard = Heard::default();
    let begin_ns = clock.now_ns();
    loop {
        let at_ns = clock.now_ns() - begin_ns;
        if u128::from(at_ns) >= listen.length.as_nanos() {
            return heard;
        }
        heard.at_ns.push(at_ns);
        heard.probe_ns.push(time_ns(&clock, probes::integer));
        heard.chain_ns.push(time_ns(&clock, || controls::multiply_chain(CHAIN_STEPS)));
    }
}

/// The floor's quantile in the generator.
const FLOOR: f64 = 0.01;

/// Runs the experiment.
pub(crate) fn run(full: bool) -> anyhow::Result<()> {
    let (rounds, length) = if full { (6, Duration::from_secs(6)) } else { (3, Duration::from_secs(3)) };
    let mut recordings = vec![Vec::new(); Load::ALL.len()];
    for _ in 0..rounds {
        for (load, recordings) in Load::ALL.into_iter().zip(&mut recordings) {
            let hog = load.start()?;
            recordings.push(Launch::new(Job::Listen(Listen { length })).answer::<Heard>()?);
            drop(hog);
        }
    }
    let all: Vec<f64> = recordings.iter().flatten().flat_map(|heard| heard.probe_ns.iter().copied()).collect();
    let truth_ns = statistics::quantile(&all, 0.001).unwrap_or_default();
    print_lengths(&recordings, rounds, truth_ns);
    print_chain(&recordings);
    tolerances(full)
}

/// The floors of every window of this length, in all recordings of a load.
fn floors(recordings: &[Heard], window: Duration, floor: impl Fn(&Heard) -> f64) -> Vec<f64> {
    let window_ns = u64::try_from(window.as_nanos()).unwrap_or(u64::MAX);
    let mut floors = Vec::new();
    for heard in recordings {
        let mut begin = 0;
        for end in 1..=heard.at_ns.len() {
            let is_over = end == heard.at_ns.len();
            if is_over || heard.at_ns[end] / window_ns != heard.at_ns[begin] / window_ns {
                // A last window that is not whole says nothing about its length.
                if !is_over || (heard.at_ns[end - 1] - heard.at_ns[begin]) * 10 > window_ns * 9 {
                    floors.push(floor(&Heard {
                        at_ns: heard.at_ns[begin..end].to_vec(),
                        probe_ns: heard.probe_ns[begin..end].to_vec(),
                        chain_ns: heard.chain_ns[begin..end].to_vec(),
                    }));
                }
                begin = end;
            }
        }
    }
    floors
}

fn print_lengths(recordings: &[Vec<Heard>], rounds: usize, truth_ns: f64) {
    let title = format!(
        "The probe's floor by how long it listened, {rounds} recordings a load: how far the median and the worst window's \
         floor lie above the run's lowest ({truth_ns:.0} ns, one probe in a thousand is below), and the share of windows \
         over the tolerance of 4 %; all in %"
    );
    let columns = [
        "load",
        "quantile",
        "0.1 s median",
        "worst",
        "lost",
        "0.3 s median",
        "worst",
        "lost",
        "1 s median",
        "worst",
        "lost",
        "3 s median",
        "worst",
        "lost",
    ];
    let mut table = Table::new(&title, &columns);
    for (load, recordings) in Load::ALL.into_iter().zip(recordings) {
        for level in [0.001, FLOOR, 0.05] {
            let mut cells = vec![format!("{level}")];
            for millis in [100, 300, 1000, 3000] {
                let quantile =
                    |heard: &Heard| statistics::quantile(&heard.probe_ns, level).unwrap_or_default() / truth_ns - 1.0;
                let above = floors(recordings, Duration::from_millis(millis), quantile);
                let lost = above.iter().filter(|&&above| above > generator::probe::TOLERANCE).count() as f64;
                cells.push(percent(statistics::median(&above)));
                cells.push(percent(above.iter().copied().reduce(f64::max)));
                cells.push(percent(Some(lost / above.len() as f64)));
            }
            table.row(load.name(), cells);
        }
    }
    table.print();
}

/// The chain is bound by latency: a neighbour hardly slows it, so it tells the clock, and the clock tells the floor.
fn print_chain(recordings: &[Vec<Heard>]) {
    let title = "The probe's floor and the chain's in windows of 1 s: median, and greatest over least in %; the chain's \
                 median over its own floor in %; the probe's floor over the chain's";
    let columns =
        ["load", "floor, ns", "range", "chain, ns", "range", "chain median", "probe median", "floor/chain", "range"];
    let mut table = Table::new(title, &columns);
    let second = Duration::from_secs(1);
    for (load, recordings) in Load::ALL.into_iter().zip(recordings) {
        let probe =
            floors(recordings, second, |heard| statistics::quantile(&heard.probe_ns, FLOOR).unwrap_or_default());
        let chain =
            floors(recordings, second, |heard| statistics::quantile(&heard.chain_ns, FLOOR).unwrap_or_default());
        let ratio: Vec<f64> = probe.iter().zip(&chain).map(|(probe, chain)| probe / chain).collect();
        let over = |of: fn(&Heard) -> &Vec<f64>| {
            let above = |heard: &Heard| {
                statistics::median(of(heard)).unwrap_or_default()
                    / statistics::quantile(of(heard), FLOOR).unwrap_or_default()
                    - 1.0
            };
            percent(statistics::median(&floors(recordings, second, above)))
        };
        table.row(
            load.name(),
            [
                ns(statistics::median(&probe)),
                percent(relative_range(&probe)),
                ns(statistics::median(&chain)),
                percent(relative_range(&chain)),
                over(|heard| &heard.chain_ns),
                over(|heard| &heard.probe_ns),
                statistics::median(&ratio).map_or_else(String::new, |ratio| format!("{ratio:.4}")),
                percent(relative_range(&ratio)),
            ],
        );
    }
    table.print();
}

/// What tolerances keep and lose, of code that is bound by throughput.
fn tolerances(full: bool) -> anyhow::Result<()> {
    let rounds = if full { 20 } else { 8 };
    let mut cases = placement::cases()?;
    cases.push("add_f32/scalar/n10000".to_owned());
    let mut recorded: Vec<Vec<Vec<Series>>> = vec![vec![Vec::new(); cases.len()]; Load::ALL.len()];
    for _ in 0..rounds {
        for (load, by_case) in Load::ALL.into_iter().zip(&mut recorded) {
            let hog = load.start()?;
            for (id, series) in cases.iter().zip(by_case) {
                let plan = Plan::of(id, Duration::from_millis(60));
                series.extend(Launch::new(Job::Record(plan)).answer::<Vec<Series>>()?);
            }
            drop(hog);
        }
    }
    let floors = Floors::of(recorded.iter().flatten().flatten());
    let title = format!(
        "What a tolerance keeps, {} cases bound by throughput, {rounds} launches each: mean over cases of kept, of the kept \
         over 3 % and 10 % slow, and of the robust sd of launch medians; all in %",
        cases.len()
    );
    let columns = ["load", "tolerance", "kept", ">3 %", ">10 %", "sd", "launches with a median"];
    let mut table = Table::new(&title, &columns);
    let rules = [Rule::Integer(0.02), Rule::Integer(0.04), Rule::Integer(0.08), Rule::Integer(0.15), Rule::All];
    for (load, by_case) in Load::ALL.into_iter().zip(&recorded) {
        for rule in rules {
            let outcomes: Vec<_> = by_case
                .iter()
                .map(|series| judge(rule, &series.iter().collect::<Vec<_>>(), floors, Estimator::Median))
                .collect();
            let mean = |value: &dyn Fn(&crate::gating::Outcome) -> Option<f64>| {
                let values: Vec<f64> = outcomes.iter().filter_map(value).filter(|value| value.is_finite()).collect();
                percent((!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64))
            };
            let with: usize = outcomes.iter().map(|outcome| outcome.medians.len()).sum();
            let tolerance =
                if let Rule::Integer(tolerance) = rule { percent(Some(tolerance)) } else { "none".to_owned() };
            table.row(
                load.name(),
                [
                    tolerance,
                    mean(&|outcome| Some(outcome.kept)),
                    mean(&|outcome| Some(outcome.slow)),
                    mean(&|outcome| Some(outcome.very_slow)),
                    mean(&|outcome| relative_spread(&outcome.medians)),
                    format!("{with}/{}", rounds * cases.len()),
                ],
            );
        }
    }
    table.print();
    Ok(())
}
