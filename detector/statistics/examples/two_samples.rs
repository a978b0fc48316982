//! How often a comparison of two samples alarms, and how much it finds: seeded trials of this crate beside the field's
//! usual methods.
//!
//! ```text
//! cargo run --release -p statistics --example two_samples                  the table
//! cargo run --release -p statistics --example two_samples -- --sensitivity each constant halved and doubled
//! cargo run --release -p statistics --example two_samples -- 1000          so many trials a figure, in place of 10,000
//! ```
//!
//! A launch is the median of 20 iterations of a spread of 1 %, of which 3 % are slowed by 10 to 100 %; launches spread
//! by 1.5 % within a session, sessions as the column says. Each figure is the share of trials that were called a
//! regression, in percent.

use std::{env, process::ExitCode, thread};

use statistics::{Assumptions, CaseSpread, Kind, Prior, median, moderated_ratio, student};

const LAUNCH_SD: f64 = 0.015;
const ITERATION_SD: f64 = 0.01;
const ITERATIONS: usize = 20;
const SLOW_SHARE: f64 = 0.03;
const TRIALS: u32 = 10_000;
/// The share below the bootstrap's 2.5 % quantile then has a standard error of 0.7 %.
const RESAMPLES: usize = 500;

/// A launch is its iterations, a session its launches, a side its sessions: logarithms of times.
type Launch = Vec<f64>;
type Session = Vec<Launch>;

fn main() -> ExitCode {
    let mut trials = TRIALS;
    let mut sensitivity = false;
    for argument in env::args().skip(1) {
        match (argument.as_str(), argument.parse()) {
            ("--sensitivity", _) => sensitivity = true,
            (_, Ok(count)) if count > 0 => trials = count,
            _ => {
                println!("usage: two_samples [--sensitivity] [TRIALS], found {argument:?}");
                return ExitCode::from(2);
            }
        }
    }
    if sensitivity {
        print_sensitivity(trials);
    } else {
        print_methods(trials);
    }
    ExitCode::SUCCESS
}

/// A kind of trial.
#[derive(Clone, Copy)]
struct World {
    /// Sessions of the baseline; the candidate has one.
    sessions: usize,
    /// Launches of each session, of both sides.
    launches: usize,
    /// Other cases of the same kind in the baseline.
    others: usize,
    session_sd: f64,
    /// How much of what a night does to one case it does to all of its kind, from 0 to 1: a correlation.
    shared: f64,
    /// The share of launches slowed by 5 to 60 %.
    slipped: f64,
}

const USUAL: World = World { sessions: 6, launches: 5, others: 0, session_sd: 0.0, shared: 0.0, slipped: 0.0 };
const ONE: World = World { sessions: 1, ..USUAL };

/// What one trial has to judge.
struct Trial {
    baseline: Vec<Session>,
    candidate: Session,
    /// Launch medians of the baseline's other cases of the kind.
    others: Vec<Vec<Vec<f64>>>,
}

impl World {
    fn trial(&self, slowdown: f64, random: &mut Random) -> Trial {
        let nights: Vec<f64> = (0..=self.sessions).map(|_| random.normal()).collect();
        let session = |night: f64, slowdown: f64, random: &mut Random| -> Session {
            let own = (1.0 - self.shared).sqrt() * random.normal();
            let level = slowdown.ln_1p() + self.session_sd * (self.shared.sqrt() * night + own);
            (0..self.launches).map(|_| self.launch(level, random)).collect()
        };
        let baseline = (0..self.sessions).map(|which| session(nights[which], 0.0, random)).collect();
        let candidate = session(nights[self.sessions], slowdown, random);
        let case = |random: &mut Random| -> Vec<Vec<f64>> {
            (0..self.sessions).map(|which| medians(&session(nights[which], 0.0, random))).collect()
        };
        let others = (0..self.others).map(|_| case(random)).collect();
        Trial { baseline, candidate, others }
    }

    fn launch(&self, level: f64, random: &mut Random) -> Launch {
        let slip = if random.uniform() < self.slipped { (0.05 + 0.55 * random.uniform()).ln_1p() } else { 0.0 };
        let level = level + LAUNCH_SD * random.normal() + slip;
        (0..ITERATIONS)
            .map(|_| {
                let slow = if random.uniform() < SLOW_SHARE { (0.1 + 0.9 * random.uniform()).ln_1p() } else { 0.0 };
                level + ITERATION_SD * random.normal() + slow
            })
            .collect()
    }

    /// The share of trials that `calls` calls a regression, in percent, on all cores.
    fn percent(&self, slowdown: f64, trials: u32, calls: &(dyn Fn(&Trial, &mut Random) -> bool + Sync)) -> f64 {
        let workers = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let called: usize = thread::scope(|scope| {
            let running: Vec<_> = (0..workers)
                .map(|worker| {
                    scope.spawn(move || {
                        // Each trial has a seed of its own, so that the figures do not depend on how many cores there
                        // are.
                        let mine = (0..trials).skip(worker).step_by(workers);
                        mine.filter(|&trial| {
                            let mut random = Random(u64::from(trial) << 20);
                            calls(&self.trial(slowdown, &mut random), &mut random)
                        })
                        .count()
                    })
                })
                .collect();
            running.into_iter().map(|worker| worker.join().expect("no trial panics")).sum()
        });
        called as f64 * 100.0 / f64::from(trials)
    }
}

/// The launch medians of a session, as times.
fn medians(session: &Session) -> Vec<f64> {
    session.iter().filter_map(|launch| median(launch)).map(f64::exp).collect()
}

/// This crate's, as the detector uses it.
fn moderated(trial: &Trial, assumptions: Assumptions) -> bool {
    let baseline: Vec<Vec<f64>> = trial.baseline.iter().map(medians).collect();
    let others: Vec<CaseSpread> = trial.others.iter().map(|case| CaseSpread::of(case, &assumptions)).collect();
    let prior = Prior::learn(&CaseSpread::of(&baseline, &assumptions), &Kind::of(&others), assumptions);
    moderated_ratio(&baseline, &[medians(&trial.candidate)], &prior)
        .and_then(|ratio| ratio.interval)
        .is_some_and(|interval| interval.low > 0.0)
}

/// The same without a prior: what two sides alone can tell.
fn unmoderated(trial: &Trial) -> bool {
    let baseline: Vec<Vec<f64>> = trial.baseline.iter().map(medians).collect();
    statistics::log_ratio(&baseline, &[medians(&trial.candidate)])
        .and_then(|ratio| ratio.interval)
        .is_some_and(|interval| interval.low > 0.0)
}

/// Welch's t on the logarithms of launch medians, two-sided at 5 %, sessions not told apart. Welch, "The generalization
/// of 'Student's' problem", 1947.
fn welch(trial: &Trial) -> bool {
    let logs = |sessions: &[Session]| -> Vec<f64> { sessions.iter().flatten().filter_map(|one| median(one)).collect() };
    let (baseline, candidate) = (logs(&trial.baseline), logs(std::slice::from_ref(&trial.candidate)));
    let part = |numbers: &[f64]| -> (f64, f64, f64) {
        let count = numbers.len() as f64;
        let mean = numbers.iter().sum::<f64>() / count;
        let variance = numbers.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / (count - 1.0);
        (mean, variance / count, count - 1.0)
    };
    let ((one, its, its_freedom), (other, others, others_freedom)) = (part(&baseline), part(&candidate));
    let variance = its + others;
    let degrees_of_freedom = variance.powi(2) / (its.powi(2) / its_freedom + others.powi(2) / others_freedom);
    other - one > student::standard_errors(degrees_of_freedom) * variance.sqrt()
}

/// Mann–Whitney on all iterations, two-sided at 5 %, by the normal approximation: what a comparison of two processes
/// does. Mann & Whitney, "On a test of whether one of two random variables is stochastically larger than the other",
/// 1947.
fn mann_whitney(trial: &Trial) -> bool {
    let mut all: Vec<(f64, bool)> = trial.baseline.iter().flatten().flatten().map(|&time| (time, false)).collect();
    all.extend(trial.candidate.iter().flatten().map(|&time| (time, true)));
    all.sort_by(|one, other| one.0.total_cmp(&other.0));
    let ranks: f64 = all.iter().enumerate().filter(|(_, time)| time.1).map(|(place, _)| (place + 1) as f64).sum();
    let candidate = all.iter().filter(|time| time.1).count() as f64;
    let baseline = all.len() as f64 - candidate;
    let above = ranks - candidate * (candidate + 1.0) / 2.0 - candidate * baseline / 2.0;
    above / (candidate * baseline * (candidate + baseline + 1.0) / 12.0).sqrt() > 1.96
}

/// The bootstrap of Kalibera & Jones 2013 over launches and their iterations: the 95 % interval of the ratio of means.
/// With more than one session in the baseline, over sessions too.
fn bootstrap(trial: &Trial, random: &mut Random) -> bool {
    let candidate = std::slice::from_ref(&trial.candidate);
    let mut differences: Vec<f64> =
        (0..RESAMPLES).map(|_| resampled(candidate, random) - resampled(&trial.baseline, random)).collect();
    differences.sort_by(f64::total_cmp);
    differences[RESAMPLES / 40] > 0.0
}

/// The mean of a side drawn again from itself, with replacement, at each level.
fn resampled(sessions: &[Session], random: &mut Random) -> f64 {
    let mut sum = 0.0;
    let mut count = 0.0;
    for _ in 0..sessions.len() {
        let session = random.one_of(sessions);
        for _ in 0..session.len() {
            let launch = random.one_of(session);
            for _ in 0..launch.len() {
                sum += random.one_of(launch);
                count += 1.0;
            }
        }
    }
    sum / count
}

const SLOWDOWNS: [f64; 4] = [0.0, 0.02, 0.03, 0.05];

type Calls = Box<dyn Fn(&Trial, &mut Random) -> bool + Sync>;

fn print_methods(trials: u32) {
    let usual = || -> Calls { Box::new(|trial, _| moderated(trial, Assumptions::default())) };
    // What the anchor's prototype took for granted: that sessions do not differ.
    let no_sessions = || -> Calls {
        let sessions_alike =
            Assumptions { session_sd: 1e-4, session_sd_degrees_of_freedom: 1e6, ..Assumptions::default() };
        Box::new(move |trial, _| moderated(trial, sessions_alike))
    };
    println!("{trials} trials a figure; called a regression, in percent\n");
    println!("| method | baseline | launches | session sd % | no change | 2 % | 3 % | 5 % |");
    println!("|---|---|---|---|---|---|---|---|");
    for (name, calls) in peers() {
        row(name, &ONE, trials, &calls);
    }
    row("moderated t, sessions taken to be alike", &World { others: 6, ..ONE }, trials, &no_sessions());
    row("moderated t, sessions taken to be alike", &World { others: 6, launches: 3, ..ONE }, trials, &no_sessions());
    row("moderated t", &World { others: 6, ..ONE }, trials, &usual());
    for launches in [5, 3] {
        for others in [0, 8] {
            row("moderated t", &World { launches, others, ..USUAL }, trials, &usual());
        }
    }
    for session_sd in [0.005, 0.01, 0.02, 0.03] {
        println!("|  |  |  |  |  |  |  |  |");
        for (name, calls) in peers() {
            row(name, &World { session_sd, ..USUAL }, trials, &calls);
        }
        for sessions in [1, 2, 3, 4, 6, 10] {
            for others in [0, 8] {
                row("moderated t", &World { sessions, others, session_sd, ..USUAL }, trials, &usual());
            }
        }
        for sessions in [2, 3, 6] {
            let shared = World { sessions, others: 8, session_sd, shared: 1.0, ..USUAL };
            row("moderated t, nights shared by the kind", &shared, trials, &usual());
        }
    }
    println!("|  |  |  |  |  |  |  |  |");
    for (name, calls) in peers() {
        row(&format!("{name}, 10 % of launches slipped"), &World { slipped: 0.1, ..USUAL }, trials, &calls);
    }
    for session_sd in [0.0, 0.01] {
        let slipped = World { slipped: 0.1, session_sd, ..USUAL };
        row("moderated t, 10 % of launches slipped", &slipped, trials, &usual());
        row("moderated t, 10 % of launches slipped", &World { others: 8, ..slipped }, trials, &usual());
    }
}

fn peers() -> [(&'static str, Calls); 4] {
    [
        ("Mann–Whitney on iterations", Box::new(|trial, _| mann_whitney(trial))),
        ("Kalibera–Jones bootstrap", Box::new(bootstrap)),
        ("Welch on launch medians", Box::new(|trial, _| welch(trial))),
        ("two sides alone, no prior", Box::new(|trial, _| unmoderated(trial))),
    ]
}

fn row(name: &str, world: &World, trials: u32, calls: &Calls) {
    let figures: Vec<String> =
        SLOWDOWNS.iter().map(|&slowdown| format!("{:.1}", world.percent(slowdown, trials, calls.as_ref()))).collect();
    let others = if world.others == 0 { String::new() } else { format!(", {} cases beside", world.others) };
    println!(
        "| {name} | {} × {}{others} | {} | {:.1} | {} |",
        world.sessions,
        world.launches,
        world.launches,
        world.session_sd * 100.0,
        figures.join(" | ")
    );
}

fn print_sensitivity(trials: u32) {
    let usual = Assumptions::default();
    let times = |factor: f64| {
        [
            ("session_sd", Assumptions { session_sd: usual.session_sd * factor, ..usual }),
            (
                "session_sd_degrees_of_freedom",
                Assumptions { session_sd_degrees_of_freedom: usual.session_sd_degrees_of_freedom * factor, ..usual },
            ),
            ("launch_sd_least", Assumptions { launch_sd_least: usual.launch_sd_least * factor, ..usual }),
            // Half as many are trimmed, or twice as many: two of five at each end, which leaves one and no spread.
            ("share trimmed", Assumptions { trimmed_one_of: usual.trimmed_one_of / factor, ..usual }),
            ("reach", Assumptions { reach: usual.reach * factor, ..usual }),
            ("level", Assumptions { level: usual.level * factor, ..usual }),
            ("outlying", Assumptions { outlying: usual.outlying * factor, ..usual }),
            ("excess_times", Assumptions { excess_times: usual.excess_times * factor, ..usual }),
        ]
    };
    println!("{trials} trials a figure; called a regression, in percent: no change / 3 % / 5 %\n");
    println!(
        "| constant | 6 × 5 | 6 × 5, sessions 1 % | 6 × 5, sessions 3 % | 2 × 5, sessions 1 % | 6 × 5, slipped \
         | 6 × 5, 8 cases beside | the same, sessions 1 % |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let line = |name: &str, assumptions: Assumptions| {
        let worlds = [
            USUAL,
            World { session_sd: 0.01, ..USUAL },
            World { session_sd: 0.03, ..USUAL },
            World { session_sd: 0.01, sessions: 2, ..USUAL },
            World { slipped: 0.1, ..USUAL },
            World { others: 8, ..USUAL },
            World { others: 8, session_sd: 0.01, ..USUAL },
        ];
        let cells: Vec<String> = worlds
            .iter()
            .map(|world| {
                let share = |slowdown| world.percent(slowdown, trials, &|trial, _| moderated(trial, assumptions));
                format!("{:.1} / {:.1} / {:.1}", share(0.0), share(0.03), share(0.05))
            })
            .collect();
        println!("| {name} | {} |", cells.join(" | "));
    };
    line("as it is", usual);
    for (half, double) in times(0.5).into_iter().zip(times(2.0)) {
        line(&format!("`{}` halved", half.0), half.1);
        line(&format!("`{}` doubled", double.0), double.1);
    }
}

/// A seeded generator: `SplitMix64`, with normal numbers by Box and Muller.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.uniform()).ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let which = (u128::from(self.next()) * all.len() as u128) >> 64;
        #[expect(clippy::cast_possible_truncation, reason = "it is less than the length")]
        &all[which as usize]
    }
}
