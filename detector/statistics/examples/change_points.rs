//! How often the search for change points alarms, how much it finds, how soon, and how fast it is: on made-up histories with known
//! truth.
//!
//! ```text
//! cargo run --release -p statistics --example change_points                  the table, by noise
//! cargo run --release -p statistics --example change_points -- --sensitivity each assumption halved and doubled
//! cargo run --release -p statistics --example change_points -- --replay      looking after each point
//! cargo run --release -p statistics --example change_points -- --speed       on one core
//! ```
//!
//! Alarms are changes found in 24 histories of 400 points that have none, for each 1,000 points; found are steps up and down, 24
//! of each size in histories of 200 points, within five points of their place, in percent.

use std::{env, process::ExitCode, time::Instant};

use statistics::change_points::{Method, WINDOW, change_points};

#[path = "../tests/histories/mod.rs"]
mod histories;

use histories::Noise;

const SIZES: [f64; 5] = [0.01, 0.02, 0.03, 0.05, 0.10];
const NEAR: usize = 5;
const SEEDS: u64 = 24;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => table(),
        ["--sensitivity"] => sensitivity(),
        ["--replay"] => replay(),
        ["--speed"] => speed(),
        _ => {
            println!("usage: change_points [--sensitivity | --replay | --speed], found {arguments:?}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

/// What a method does on a kind of noise.
struct Score {
    alarms_per_1000: f64,
    found_percent: [f64; SIZES.len()],
}

fn score(noise: Noise, method: &Method) -> Score {
    let alarms: usize =
        (0..SEEDS).map(|seed| change_points(&noise.history(400, seed, None), method).changes.len()).sum();
    let hit = |seed: u64, size: f64| {
        let (logs, at) = noise.stepped(seed, size);
        change_points(&logs, method).changes.iter().any(|change| change.index.abs_diff(at) <= NEAR)
    };
    let share = |size: f64| (0..SEEDS).filter(|&seed| hit(seed, size)).count() as f64 * 100.0 / SEEDS as f64;
    Score { alarms_per_1000: alarms as f64 * 1000.0 / (400.0 * SEEDS as f64), found_percent: SIZES.map(share) }
}

fn mean(scores: &[Score]) -> Score {
    let count = scores.len() as f64;
    Score {
        alarms_per_1000: scores.iter().map(|score| score.alarms_per_1000).sum::<f64>() / count,
        found_percent: std::array::from_fn(|size| {
            scores.iter().map(|score| score.found_percent[size]).sum::<f64>() / count
        }),
    }
}

fn print(name: &str, score: &Score) {
    let found: Vec<String> = score.found_percent.iter().map(|found| format!("{found:5.0}")).collect();
    println!("{name:34} {:7.2}   {}", score.alarms_per_1000, found.join(" "));
}

fn head(what: &str) {
    println!("{what:34}  alarms   {}", SIZES.map(|size| format!("{:3.0} %", size * 100.0)).join(" "));
}

fn table() {
    head("noise");
    let scores: Vec<Score> = Noise::ALL.iter().map(|noise| score(*noise, &Method::default())).collect();
    for (noise, score) in Noise::ALL.iter().zip(&scores) {
        print(&format!("{noise:?}"), score);
    }
    print("mean", &mean(&scores));
}

/// An assumption by its name, and the method with it times a factor.
type Changed = (&'static str, fn(&Method, f64) -> Method);

fn sensitivity() {
    const ASSUMPTIONS: [Changed; 8] = [
        ("penalty", |method, by| Method { penalty: method.penalty * by, ..*method }),
        ("penalty_of_alignment", |method, by| Method {
            penalty_of_alignment: method.penalty_of_alignment * by,
            ..*method
        }),
        ("bend_advantage", |method, by| Method { bend_advantage: method.bend_advantage * by, ..*method }),
        ("alarm", |method, by| Method { alarm: method.alarm * by, ..*method }),
        ("memory_prior_points", |method, by| Method {
            memory_prior_points: method.memory_prior_points * by,
            ..*method
        }),
        ("clip_sd", |method, by| Method { clip_sd: method.clip_sd * by, ..*method }),
        ("stretch_least", |method, by| Method {
            stretch_least: if by < 1.0 { 2 } else { 2 * method.stretch_least },
            ..*method
        }),
        ("change_least", |method, by| Method { change_least: method.change_least * by, ..*method }),
    ];
    head("assumption");
    let all = |method: &Method| mean(&Noise::ALL.map(|noise| score(noise, method)));
    let usual = Method::default();
    print("as it is", &all(&usual));
    for (name, changed) in ASSUMPTIONS {
        for (how, by) in [("halved", 0.5), ("doubled", 2.0)] {
            print(&format!("{name} {how}"), &all(&changed(&usual, by)));
        }
    }
    println!("\nalarm decides what is raised when each point is looked at:");
    for by in [0.5, 1.0, 2.0] {
        let method = Method { alarm: usual.alarm * by, ..usual };
        let (alarms, late) = replayed(&method);
        println!("alarm {:<28} {alarms:7.2} alarms in 1,000 points, {late:.1} points late", method.alarm);
    }
}

/// When each change would have been raised, and where it is: looking after each point.
fn raised(logs: &[f64], method: &Method) -> Vec<(usize, usize)> {
    let mut raised: Vec<(usize, usize)> = Vec::new();
    for last in 0..logs.len() {
        let from = (last + 1).saturating_sub(WINDOW);
        for change in change_points(&logs[from..=last], method).changes.iter().filter(|change| change.is_alarming) {
            let at = from + change.index;
            if raised.iter().all(|(_, known)| known.abs_diff(at) > NEAR) {
                raised.push((last, at));
            }
        }
    }
    raised
}

/// Alarms in 1,000 points over all kinds of noise, and how many points late a step of 5 % is raised, the median.
fn replayed(method: &Method) -> (f64, f64) {
    let each: Vec<(f64, Vec<f64>)> = Noise::ALL.iter().map(|noise| replayed_in(*noise, method)).collect();
    let late: Vec<f64> = each.iter().flat_map(|(_, late)| late.clone()).collect();
    let alarms = each.iter().map(|(alarms, _)| alarms).sum::<f64>() / each.len() as f64;
    (alarms, statistics::median(&late).unwrap_or(f64::NAN))
}

/// The same of one kind, with each step's delay; a step that is never raised counts as 999 points late.
fn replayed_in(noise: Noise, method: &Method) -> (f64, Vec<f64>) {
    let histories = SEEDS / 3;
    let alarms: usize = (0..histories).map(|seed| raised(&noise.history(400, seed, None), method).len()).sum();
    let late = (0..SEEDS).map(|seed| {
        let (logs, at) = noise.stepped(seed, 0.05);
        let near = |(last, place): &(usize, usize)| (place.abs_diff(at) <= NEAR && *last >= at).then(|| last - at);
        raised(&logs, method).iter().filter_map(near).min().map_or(999.0, |late| late as f64)
    });
    (alarms as f64 * 1000.0 / (400 * histories) as f64, late.collect())
}

fn replay() {
    println!("{:34}  alarms   5 % late (median)", "noise");
    let method = Method::default();
    for noise in Noise::ALL {
        let (alarms, late) = replayed_in(noise, &method);
        println!("{:34} {alarms:7.2}   {:.1}", format!("{noise:?}"), statistics::median(&late).unwrap_or(f64::NAN));
    }
    let (alarms, late) = replayed(&method);
    println!("{:34} {alarms:7.2}   {late:.1}", "all");
}

fn speed() {
    let method = Method::default();
    let time = |what: &str, histories: &[Vec<f64>]| {
        let begin = Instant::now();
        let found: usize = histories.iter().map(|logs| change_points(logs, &method).changes.len()).sum();
        println!("{what:44} {:8.1} ms, {found} changes", begin.elapsed().as_secs_f64() * 1000.0);
    };
    for noise in [Noise::Quiet, Noise::Memory, Noise::Drift] {
        time(&format!("10,000 points of {noise:?} in one series"), &[noise.history(10_000, 1, None)]);
    }
    for count in [1_000, 10_000, 100_000] {
        time(&format!("{count} points of Normal in one series"), &[Noise::Normal.history(count, 1, None)]);
    }
    let many: Vec<Vec<f64>> =
        (0..10_000).zip(Noise::ALL.iter().cycle()).map(|(seed, noise)| noise.history(400, seed, None)).collect();
    time("10,000 series of 400 points, all noises", &many);
}
