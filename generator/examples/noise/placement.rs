//! Pages, addresses, stack, environment and address space randomisation: what each does to a case's median.

use std::time::Duration;

use anyhow::Context;
use kernels::{Case, registry, shape::Shape};
use platforms::isa;

use crate::{
    child::{Job, Launch},
    estimators::{Estimator, relative_range, relative_spread},
    gating::{Floors, NEEDED, Rule},
    recording::{Pages, Plan, Series},
    table::{Table, percent},
};

const CASES: [(&str, &str); 4] =
    [("add_f32", "n1000"), ("dot_f32", "n1000"), ("add_f32", "n10000"), ("matmul_f32", "m256n256k256")];

/// A case of `kernel` with the highest ISA level that this CPU has.
pub(crate) fn best_isa(kernel: &str, shape: &str) -> anyhow::Result<String> {
    let kernel = registry::kernel(kernel).context("a kernel of the registry")?;
    let isa = kernels::dispatch(kernel, isa::detected());
    Ok(Case::new(kernel, isa, shape.parse::<Shape>()?)?.to_string())
}

/// The cases by their best ISA.
pub(crate) fn cases() -> anyhow::Result<Vec<String>> {
    CASES.iter().map(|(kernel, shape)| best_isa(kernel, shape)).collect()
}

/// Runs the experiments.
pub(crate) fn run(full: bool) -> anyhow::Result<()> {
    let launches = if full { 40 } else { 15 };
    pages(launches)?;
    addresses(if full { 40 } else { 10 })?;
    environment(if full { 8 } else { 3 })?;
    randomisation(launches)
}

/// The median of what the integer probe keeps.
pub(crate) fn median(series: &Series, floors: Floors) -> Option<f64> {
    let kept = Rule::Integer(generator::probe::TOLERANCE).keep(&series.samples, floors);
    (kept.len() >= NEEDED).then(|| Estimator::Median.of(&kept))?
}

/// The share of samples that the integer probe keeps.
fn kept<'a>(series: impl Iterator<Item = &'a Series>, floors: Floors) -> Option<f64> {
    let (mut kept, mut all) = (0, 0);
    for series in series {
        kept += Rule::Integer(generator::probe::TOLERANCE).keep(&series.samples, floors).len();
        all += series.samples.len();
    }
    (all > 0).then(|| kept as f64 / all as f64)
}

/// Small and large pages, the first place and the fastest of eight.
fn pages(launches: usize) -> anyhow::Result<()> {
    const PLACES: usize = 8;
    let cases = cases()?;
    let mut recorded = vec![[Vec::new(), Vec::new()]; cases.len()];
    for _ in 0..launches {
        for (id, by_pages) in cases.iter().zip(&mut recorded) {
            let each = id.parse::<Case>()?.layout().arena_bytes().next_multiple_of(4096);
            for (pages, launches) in [Pages::Small, Pages::Large].into_iter().zip(by_pages) {
                let offsets = (0..PLACES).map(|place| place * each).collect();
                let plan = Plan { pages, offsets, passes: 2, ..Plan::of(id, Duration::from_millis(3)) };
                launches.push(Launch::new(Job::Record(plan)).answer::<Vec<Series>>()?);
            }
        }
    }
    let floors = Floors::of(recorded.iter().flatten().flatten().flatten());
    let title = format!(
        "Pages under the operands, {launches} launches each: robust sd of launch medians in the first place and in the \
         fastest of eight, the slowest launch over the fastest, and the share of all places over 5 % slow; all in %"
    );
    let mut table =
        Table::new(&title, &["case", "sd first", "sd best", "slowest first", "slowest best", "slow places", "kept"]);
    for (id, by_pages) in cases.iter().zip(&recorded) {
        for (name, launches) in ["small pages", "large pages"].into_iter().zip(by_pages) {
            let first: Vec<f64> = launches.iter().filter_map(|launch| median(&launch[0], floors)).collect();
            let best: Vec<f64> = launches.iter().filter_map(|launch| median_of_fastest(launch, floors)).collect();
            let places: Vec<f64> = launches.iter().flatten().filter_map(|series| median(series, floors)).collect();
            let fast = statistics::quantile(&places, 0.1).unwrap_or(f64::INFINITY);
            let slow = places.iter().filter(|&&place| place > fast * 1.05).count() as f64 / places.len() as f64;
            let shares = [
                relative_spread(&first),
                relative_spread(&best),
                relative_range(&first),
                relative_range(&best),
                Some(slow),
                kept(launches.iter().flatten(), floors),
            ];
            table.row(format!("{id}, {name}"), shares.into_iter().map(percent));
        }
    }
    table.print();
    Ok(())
}

/// The place is chosen by the fastest of its first half of samples, and measured by the second.
fn median_of_fastest(places: &[Series], floors: Floors) -> Option<f64> {
    let fastest = |series: &&Series| {
        let first = &series.samples[..series.samples.len() / 2];
        first.iter().map(|sample| sample.call_ns).fold(f64::INFINITY, f64::min)
    };
    let best = places.iter().min_by(|a, b| fastest(a).total_cmp(&fastest(b)))?;
    median(&Series { samples: best.samples[best.samples.len() / 2..].to_vec(), ..best.clone() }, floors)
}

/// Offsets of all operands together, in lines, in elements, and other addresses of the same memory.
fn addresses(passes: u32) -> anyhow::Result<()> {
    let block = Duration::from_millis(1);
    let questions: [(&str, Pages, usize, Vec<usize>); 4] = [
        ("the same place again, 16 times", Pages::Large, 1, vec![0; 16]),
        ("64 lines of a page", Pages::Large, 1, (0..64).map(|line| line * 64).collect()),
        ("16 elements of a line", Pages::Large, 1, (0..16).map(|element| element * 4).collect()),
        ("8 addresses of the same pages", Pages::Shared, 8, vec![0]),
    ];
    let cases = cases()?;
    let title = "Addresses of the operands in one process: the slowest over the fastest median, %";
    let mut columns = vec!["moved by"];
    columns.extend(cases.iter().map(String::as_str));
    let mut table = Table::new(title, &columns);
    for (name, pages, regions, offsets) in questions {
        let mut cells = Vec::new();
        for id in &cases {
            let again = offsets.iter().all(|&offset| offset == 0) && offsets.len() > 1;
            let medians: Vec<f64> = if again {
                let mut launch_medians = Vec::new();
                let plan = Plan { pages, regions, passes: passes * 16, ..Plan::of(id, block) };
                let series: Vec<Series> = Launch::new(Job::Record(plan)).answer()?;
                let floors = Floors::of(series.iter());
                // Dealt out in turns, as the places of the other rows are visited.
                for turn in 0..offsets.len() {
                    let samples = series[0].samples.chunks(series[0].samples.len().div_ceil(16 * passes as usize));
                    let samples = samples.skip(turn).step_by(16).flatten().copied().collect();
                    launch_medians.extend(median(&Series { samples, ..series[0].clone() }, floors));
                }
                launch_medians
            } else {
                let plan = Plan { pages, regions, offsets: offsets.clone(), passes, ..Plan::of(id, block) };
                let series: Vec<Series> = Launch::new(Job::Record(plan)).answer()?;
                let floors = Floors::of(series.iter());
                series.iter().filter_map(|series| median(series, floors)).collect()
            };
            cells.push(percent(relative_range(&medians)));
        }
        table.row(name, cells);
    }
    table.print();
    Ok(())
}

/// The size of the environment, which moves the stack.
fn environment(rounds: usize) -> anyhow::Result<()> {
    let sizes: Vec<usize> = (0..16).map(|step| 16 + step * 272).collect();
    let cases = cases()?;
    let mut recorded = vec![vec![Vec::new(); sizes.len()]; cases.len()];
    for _ in 0..rounds {
        for (size, &environment_bytes) in sizes.iter().enumerate() {
            for (id, by_size) in cases.iter().zip(&mut recorded) {
                by_size[size].push(fastest_of_eight(id, |launch| launch.environment_bytes = environment_bytes)?);
            }
        }
    }
    let title = format!(
        "Environments of 16 to 4096 bytes, {rounds} launches each: sizes apart (the slowest median over the fastest), and \
         launches of the same size apart (median); %"
    );
    let mut table = Table::new(&title, &["case", "sizes apart", "same size apart", "sd of all"]);
    for (id, by_size) in cases.iter().zip(&recorded) {
        let floors = Floors::of(by_size.iter().flatten().flatten());
        let medians = |launches: &Vec<Vec<Series>>| {
            launches.iter().filter_map(|launch| median_of_fastest(launch, floors)).collect::<Vec<f64>>()
        };
        let by_size: Vec<Vec<f64>> = by_size.iter().map(medians).collect();
        let of_sizes: Vec<f64> = by_size.iter().filter_map(|medians| statistics::median(medians)).collect();
        let same: Vec<f64> = by_size.iter().filter_map(|medians| relative_range(medians)).collect();
        let shares = [relative_range(&of_sizes), statistics::median(&same), relative_spread(&by_size.concat())];
        table.row(id, shares.into_iter().map(percent));
    }
    table.print();
    Ok(())
}

/// A launch that takes the fastest of eight places, as the generator does.
fn fastest_of_eight(id: &str, settle: impl FnOnce(&mut Launch)) -> anyhow::Result<Vec<Series>> {
    let each = id.parse::<Case>()?.layout().arena_bytes().next_multiple_of(4096);
    let offsets = (0..8).map(|place| place * each).collect();
    let mut launch = Launch::new(Job::Record(Plan { offsets, passes: 2, ..Plan::of(id, Duration::from_millis(2)) }));
    settle(&mut launch);
    launch.answer()
}

/// Address space randomisation on and off.
fn randomisation(launches: usize) -> anyhow::Result<()> {
    let cases = cases()?;
    let mut recorded = vec![[Vec::new(), Vec::new()]; cases.len()];
    for _ in 0..launches {
        for (id, by_setting) in cases.iter().zip(&mut recorded) {
            for (random, launches) in [false, true].into_iter().zip(by_setting) {
                launches.push(fastest_of_eight(id, |launch| launch.random = random)?);
            }
        }
    }
    let title = format!(
        "Address space randomisation, {launches} launches each, in the fastest of eight places: robust sd of launch medians, \
         slowest over fastest, and the median on over the median off; %"
    );
    let mut table =
        Table::new(&title, &["case", "sd off", "sd on", "slowest off", "slowest on", "on over off", "kept"]);
    for (id, by_setting) in cases.iter().zip(&recorded) {
        let floors = Floors::of(by_setting.iter().flatten().flatten());
        let medians = |launches: &Vec<Vec<Series>>| {
            launches.iter().filter_map(|launch| median_of_fastest(launch, floors)).collect::<Vec<f64>>()
        };
        let [off, on] = [medians(&by_setting[0]), medians(&by_setting[1])];
        let bias = statistics::median(&on).zip(statistics::median(&off)).map(|(on, off)| on / off - 1.0);
        let shares = [
            relative_spread(&off),
            relative_spread(&on),
            relative_range(&off),
            relative_range(&on),
            bias,
            kept(by_setting.iter().flatten().flatten(), floors),
        ];
        table.row(id, shares.into_iter().map(percent));
    }
    table.print();
    Ok(())
}
