//! What to make of several launches when disturbance only ever slows: a pool of the generator's own launches, taken under
//! four loads, from which five at a time are drawn.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use anyhow::Context;
use generator::{
    launch::Launcher,
    protocol::{Answer, Task},
    sampler::Plan,
};

use crate::{
    child,
    estimators::{Estimator, relative_spread},
    hog::Load,
    placement::best_isa,
    table::{Table, percent},
};

const CASES: [(&str, &str); 7] = [
    ("add_f32", "n1000"),
    ("add_f32", "n10000"),
    ("dot_f32", "n1000"),
    ("dot_f32", "n10000"),
    ("matmul_f32", "m100n100k100"),
    ("gemv_i2s", "m4096k4096"),
    ("add_f32", "n1000000"),
];

/// Launches drawn at a time, as many as a quick session makes.
const DRAWN: usize = 5;

const SEED: u64 = 42;

/// The medians of one case's launches, by load.
#[derive(Debug, Default)]
struct Pool {
    gated: [Vec<f64>; 4],
    ungated: [Vec<f64>; 4],
    accepted: usize,
    taken: usize,
}

/// Gated or ungated medians of a pool.
type Take = fn(&Pool) -> [Vec<f64>; 4];

/// Those of some loads.
type Mix = fn(&[Vec<f64>; 4]) -> Vec<f64>;

/// Runs the experiment.
pub(crate) fn run(full: bool) -> anyhow::Result<()> {
    let rounds = if full { 30 } else { 12 };
    let mut cases = vec!["add_f32/scalar/n10000".to_owned()];
    for (kernel, shape) in CASES {
        cases.push(best_isa(kernel, shape)?);
    }
    let pools = collect(&cases, rounds)?;
    let title = format!(
        "The pools, {rounds} launches a load: share of samples accepted, launches with a median, robust sd of them, %"
    );
    let mut table = Table::new(&title, &["case", "accepted", "with a median", "sd quiet", "sd all", "sd all, ungated"]);
    for (id, pool) in cases.iter().zip(&pools) {
        let all = pool.gated.concat();
        table.row(
            id,
            [
                percent(Some(pool.accepted as f64 / pool.taken as f64)),
                format!("{}/{}", all.len(), 4 * rounds),
                percent(relative_spread(&pool.gated[0])),
                percent(relative_spread(&all)),
                percent(relative_spread(&pool.ungated.concat())),
            ],
        );
    }
    table.print();
    print_estimators(&pools);
    Ok(())
}

/// Draws of five launches, and what each estimator makes of them against the quiet launches' median.
fn print_estimators(pools: &[Pool]) {
    let title = "Five launches drawn from a pool, 4000 times. Bias: against the median of the quiet gated launches. The rest \
                 against the same estimator's mean over quiet gated draws, since it cancels in a comparison: what the load \
                 moves it by, sd, and 95th percentile of the absolute error; mean over cases and worst case; all in %";
    let columns = ["pool", "estimator", "bias", "moved", "sd", "95th", "worst bias", "worst moved", "worst 95th"];
    let mut table = Table::new(title, &columns);
    let quiet = |medians: &[Vec<f64>; 4]| medians[0].clone();
    let mixed = |medians: &[Vec<f64>; 4]| medians.concat();
    let gated = |pool: &Pool| pool.gated.clone();
    let ungated = |pool: &Pool| pool.ungated.clone();
    let rows: [(&str, Take, Mix); 4] = [
        ("gated, quiet", gated, quiet),
        ("gated, mixed", gated, mixed),
        ("ungated, quiet", ungated, quiet),
        ("ungated, mixed", ungated, mixed),
    ];
    for (name, take, mix) in rows {
        for estimator in Estimator::ALL {
            let errors: Vec<Errors> =
                pools.iter().filter_map(|pool| Errors::of(&mix(&take(pool)), &pool.gated[0], estimator)).collect();
            let mean =
                |value: fn(&Errors) -> f64| percent(Some(errors.iter().map(value).sum::<f64>() / errors.len() as f64));
            let worst = |value: fn(&Errors) -> f64| {
                percent(errors.iter().map(value).max_by(|a, b| a.abs().total_cmp(&b.abs())))
            };
            table.row(
                name,
                [
                    estimator.name().to_owned(),
                    mean(|errors| errors.bias),
                    mean(|errors| errors.moved),
                    mean(|errors| errors.sd),
                    mean(|errors| errors.p95),
                    worst(|errors| errors.bias),
                    worst(|errors| errors.moved),
                    worst(|errors| errors.p95),
                ],
            );
        }
    }
    table.print();
}

/// What an estimator's errors come to, as shares.
struct Errors {
    bias: f64,
    moved: f64,
    sd: f64,
    p95: f64,
}

impl Errors {
    fn of(pool: &[f64], quiet: &[f64], estimator: Estimator) -> Option<Self> {
        let usual = mean(&draws(quiet, estimator)?)?;
        let drawn = draws(pool, estimator)?;
        let moved = mean(&drawn)? / usual - 1.0;
        let errors: Vec<f64> = drawn.iter().map(|drawn| drawn / usual - 1.0).collect();
        let squares: Vec<f64> = errors.iter().map(|error| (error - moved).powi(2)).collect();
        let sizes: Vec<f64> = errors.iter().map(|error| error.abs()).collect();
        Some(Self {
            bias: mean(&drawn)? / statistics::median(quiet)? - 1.0,
            moved,
            sd: mean(&squares)?.sqrt(),
            p95: statistics::quantile(&sizes, 0.95)?,
        })
    }
}

/// What an estimator makes of five launches drawn at random, time and again.
fn draws(pool: &[f64], estimator: Estimator) -> Option<Vec<f64>> {
    const DRAWS: usize = 4000;
    let mut chance = SEED;
    (0..DRAWS)
        .map(|_| {
            let five: Vec<f64> =
                (0..DRAWN).map(|_| pool.get(draw(&mut chance, pool.len())?).copied()).collect::<Option<_>>()?;
            estimator.of(&five)
        })
        .collect()
}

fn mean(numbers: &[f64]) -> Option<f64> {
    (!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / numbers.len() as f64)
}

/// The next number below `count` of a sequence (xorshift64*); `None` of no numbers.
fn draw(state: &mut u64, count: usize) -> Option<usize> {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    let number = state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
    usize::try_from(number).ok()?.checked_rem(count)
}

fn collect(cases: &[String], rounds: usize) -> anyhow::Result<Vec<Pool>> {
    let launcher = Launcher {
        protocol: generator::protocol::PROTOCOL,
        program: "/proc/self/exe".into(),
        runner: Vec::new(),
        variables: BTreeMap::new(),
        cpu: child::cpu(),
        interrupted: Arc::new(AtomicBool::new(false)),
    };
    let limit = Duration::from_mins(1);
    let ask = |task| {
        let launch = launcher.launch(task, limit);
        launch.end.map(|()| launch.answers)
    };
    let (mut floor_ns, mut precision_ns) = (f64::INFINITY, 0.0);
    for _ in 0..3 {
        for answer in ask(Task::Calibrate { duration: Duration::from_secs(1) })? {
            if let Answer::Calibrated { clock_precision_ns, calibration } = answer {
                floor_ns = calibration.floor_ns.min(floor_ns);
                precision_ns = clock_precision_ns;
            }
        }
    }
    let mut all_checksums = Vec::new();
    for id in cases {
        let answers = ask(Task::Verify { cases: vec![id.clone()], seed: SEED })?;
        let checksums = answers.into_iter().find_map(|answer| match answer {
            Answer::Verified(verified) => Some(verified.checksums),
            _ => None,
        });
        all_checksums.push(checksums.context("a case is verified")?);
    }
    let plan = Plan {
        clock_precision_ns: precision_ns,
        probe_floor_ns: floor_ns,
        warm_up: Duration::from_millis(3),
        quiet: Duration::from_millis(20),
        limit: Duration::from_millis(80),
        slowdown: 1.0,
    };
    let mut pools: Vec<Pool> = cases.iter().map(|_| Pool::default()).collect();
    for _ in 0..rounds {
        for (number, load) in Load::ALL.into_iter().enumerate() {
            let hog = load.start()?;
            for ((id, checksums), pool) in cases.iter().zip(&all_checksums).zip(&mut pools) {
                let task = Task::Measure { case: id.clone(), seed: SEED, plan, checksums: checksums.clone() };
                for answer in ask(task)? {
                    if let Answer::Measured(measured) = answer {
                        let samples = &measured.sampled.independent;
                        pool.gated[number].extend(samples.median_ns());
                        pool.ungated[number].extend(samples.ungated_median_ns());
                        pool.accepted += samples.accepted_ns.len();
                        pool.taken += samples.taken();
                    }
                }
            }
            drop(hog);
        }
    }
    Ok(pools)
}
