//! Large operands: one region of memory, or the fastest of several.
//!
//! Operands beyond a large page have no choice of places within one. Here each launch asks for several regions, records
//! the case in every one in turn, and the table compares launches that take the first with launches that take the best.

use std::time::Duration;

use crate::{
    child::{Job, Launch},
    estimators::{Estimator, relative_range, relative_spread},
    gating::{Floors, NEEDED, Rule},
    placement::best_isa,
    recording::{Plan, Sample, Series},
    table::{Table, percent},
};

const CASES: [(&str, &str); 5] = [
    ("dot_f32", "n50000"),
    ("add_f32", "n34000"),
    ("gemv_i2s", "m4096k4096"),
    ("dot_f32", "n1000000"),
    ("add_f32", "n1000000"),
];

/// How many regions a launch has.
const REGIONS: usize = 4;

/// Runs the experiment.
pub(crate) fn run(full: bool) -> anyhow::Result<()> {
    let (launches, block) = if full { (30, Duration::from_millis(20)) } else { (12, Duration::from_millis(12)) };
    let cases: Vec<String> = CASES.iter().map(|(kernel, shape)| best_isa(kernel, shape)).collect::<Result<_, _>>()?;
    let mut recorded: Vec<Vec<Vec<Series>>> = vec![Vec::new(); cases.len()];
    for _ in 0..launches {
        for (id, launches) in cases.iter().zip(&mut recorded) {
            let plan = Plan { regions: REGIONS, passes: 2, ..Plan::of(id, block) };
            launches.push(Launch::new(Job::Record(plan)).answer()?);
        }
    }
    let title = format!(
        "Regions of memory for a case's operands, {launches} launches: robust sd of launch medians with the first region, \
         with the fastest of two and of four, by the fastest sample and by the median; the slowest launch over the fastest; \
         how far the regions of one launch lie apart (median), and two halves of the samples of one; all in %"
    );
    let columns = [
        "case",
        "sd 1",
        "sd of 2",
        "sd of 4",
        "by median",
        "slowest 1",
        "slowest of 4",
        "by median",
        "regions apart",
        "halves apart",
        "kept",
    ];
    let mut table = Table::new(&title, &columns);
    let floors = Floors::of(recorded.iter().flatten().flatten());
    for (id, launches) in cases.iter().zip(&recorded) {
        let best = |count: usize, choice: Choice| {
            launches.iter().filter_map(|launch| choice.median(&launch[..count], floors)).collect::<Vec<f64>>()
        };
        let (one, two) = (best(1, Choice::Fastest), best(2, Choice::Fastest));
        let (four, by_median) = (best(REGIONS, Choice::Fastest), best(REGIONS, Choice::Median));
        let halves: Vec<f64> = launches
            .iter()
            .flatten()
            .filter_map(|series| {
                let (first, second) = series.samples.split_at(series.samples.len() / 2);
                Some((median(first, floors)? / median(second, floors)? - 1.0).abs())
            })
            .collect();
        let apart: Vec<f64> = launches
            .iter()
            .filter_map(|launch| {
                relative_range(
                    &launch.iter().filter_map(|series| median(&series.samples, floors)).collect::<Vec<f64>>(),
                )
            })
            .collect();
        let all: usize = launches.iter().flatten().map(|series| series.samples.len()).sum();
        let kept: usize = launches.iter().flatten().map(|series| keep(&series.samples, floors).len()).sum();
        let shares = [
            relative_spread(&one),
            relative_spread(&two),
            relative_spread(&four),
            relative_spread(&by_median),
            relative_range(&one),
            relative_range(&four),
            relative_range(&by_median),
            statistics::median(&apart),
            statistics::median(&halves),
            Some(kept as f64 / all as f64),
        ];
        table.row(id, shares.into_iter().map(percent));
    }
    table.print();
    Ok(())
}

fn keep(samples: &[Sample], floors: Floors) -> Vec<f64> {
    Rule::Integer(generator::probe::TOLERANCE).keep(samples, floors)
}

fn median(samples: &[Sample], floors: Floors) -> Option<f64> {
    let kept = keep(samples, floors);
    (kept.len() >= NEEDED).then(|| Estimator::Median.of(&kept))?
}

/// How a region is chosen: by its first half of samples. It is measured by the second.
#[derive(Clone, Copy, Debug)]
enum Choice {
    /// By the fastest sample, as the generator chooses places.
    Fastest,
    /// By the median of what the probe keeps.
    Median,
}

impl Choice {
    fn median(self, regions: &[Series], floors: Floors) -> Option<f64> {
        let merit = |series: &&Series| {
            let first = &series.samples[..series.samples.len() / 2];
            match self {
                Self::Fastest => first.iter().map(|sample| sample.call_ns).fold(f64::INFINITY, f64::min),
                Self::Median => median(first, floors).unwrap_or(f64::INFINITY),
            }
        };
        let best = regions.iter().min_by(|a, b| merit(a).total_cmp(&merit(b)))?;
        median(&best.samples[best.samples.len() / 2..], floors)
    }
}
