//! Which probe tells that cache or memory is disturbed, and what it costs.
//!
//! Every sample of a case stands between two runs of a candidate and two of the integer probe. Blocks of candidates take
//! turns in one process, and launches take turns under four loads. A good candidate keeps many samples, of which few are
//! slow, and lets launches agree; a bad one pushes the operands out of the cache and makes the case slow itself.

use std::time::Duration;

use crate::{
    child::{Job, Launch},
    estimators::{Estimator, rank_correlation, relative_spread},
    gating::{Floors, Outcome, Rule, judge},
    hog::Load,
    placement::best_isa,
    probes::Candidate,
    recording::{Plan, Sample, Series},
    table::{Table, ns, percent},
};

/// Operands in the second and third-level cache, and larger ones. What they are bound by changes with the neighbours.
const CASES: [(&str, &str); 5] = [
    ("dot_f32", "n50000"),
    ("add_f32", "n34000"),
    ("gemv_i2s", "m4096k4096"),
    ("dot_f32", "n1000000"),
    ("add_f32", "n1000000"),
];

/// The first of these have 400 KB of operands.
const SMALL_CASES: usize = 2;

/// As the generator has it.
const INTEGER: f64 = generator::probe::TOLERANCE;

struct Recorded {
    case: usize,
    load: Load,
    series: Vec<Series>,
}

/// Runs the experiment.
pub(crate) fn run(full: bool) -> anyhow::Result<()> {
    let (rounds, block) = if full { (20, Duration::from_millis(30)) } else { (10, Duration::from_millis(15)) };
    let cases: Vec<String> = CASES.iter().map(|(kernel, shape)| best_isa(kernel, shape)).collect::<Result<_, _>>()?;
    let mut all = Vec::new();
    for _ in 0..rounds {
        for load in Load::ALL {
            let hog = load.start()?;
            for (case, id) in cases.iter().enumerate() {
                let plan = Plan { candidates: Candidate::ALL.to_vec(), passes: 2, ..Plan::of(id, block) };
                all.push(Recorded { case, load, series: Launch::new(Job::Record(plan)).answer()? });
            }
            drop(hog);
        }
    }
    print_cost(&all, &cases);
    for load in Load::ALL {
        print_rules(&all, load, rounds);
    }
    print_correlations(&all, &cases);
    print_witnesses(&all);
    print_estimators(&all);
    print_lengths(&all, rounds);
    Ok(())
}

/// The series of one case, load and candidate, a launch each.
fn launches(all: &[Recorded], case: usize, load: Load, candidate: Candidate) -> Vec<&Series> {
    all.iter()
        .filter(|recorded| recorded.case == case && recorded.load == load)
        .flat_map(|recorded| &recorded.series)
        .filter(|series| series.candidate == candidate)
        .collect()
}

/// The floors beside one case, of its quiet launches. The case itself decides how much of a candidate's memory is left in
/// the caches, so that a candidate has no floor of the machine; the integer probe has.
fn floors(all: &[Recorded], case: usize, candidate: Candidate) -> Floors {
    let quiet = all.iter().filter(|recorded| recorded.load == Load::Quiet);
    let series = |recorded: &&Recorded| recorded.case == case;
    let candidate_ns = Floors::of(of(quiet.clone().filter(series), candidate)).candidate_ns;
    Floors { integer_ns: Floors::of(of(quiet, candidate)).integer_ns, candidate_ns }
}

fn of<'a>(
    recorded: impl Iterator<Item = &'a Recorded> + Clone,
    candidate: Candidate,
) -> impl Iterator<Item = &'a Series> + Clone {
    recorded.flat_map(|recorded| &recorded.series).filter(move |series| series.candidate == candidate)
}

fn outcome(all: &[Recorded], case: usize, load: Load, candidate: Candidate, rule: Rule) -> Outcome {
    judge(rule, &launches(all, case, load, candidate), floors(all, case, candidate), Estimator::Median)
}

fn print_cost(all: &[Recorded], cases: &[String]) {
    let mut columns = vec!["quiet, integer probe"];
    columns.extend(Candidate::ALL.iter().map(|candidate| candidate.name()));
    let mut table =
        Table::new("What each candidate does to the case: median against the integer probe's alone, %", &columns);
    let median = |case, candidate| {
        let outcome = outcome(all, case, Load::Quiet, candidate, Rule::Integer(INTEGER));
        statistics::median(&outcome.medians)
    };
    for (case, id) in cases.iter().enumerate() {
        let alone = median(case, Candidate::Integer);
        let cost = |&candidate: &Candidate| {
            percent(median(case, candidate).zip(alone).map(|(with, alone)| with / alone - 1.0))
        };
        table.row(id, Candidate::ALL.iter().map(cost));
    }
    table.print();
    let mut table = Table::new("The candidates' floors beside each case, ns", &columns);
    for (case, id) in cases.iter().enumerate() {
        let floor = |&candidate: &Candidate| {
            let floors = floors(all, case, candidate);
            ns(Some(if candidate == Candidate::Integer { floors.integer_ns } else { floors.candidate_ns }))
        };
        table.row(id, Candidate::ALL.iter().map(floor));
    }
    table.print();
}

/// A candidate that says little of single samples may still say that a whole launch met a neighbour.
fn print_witnesses(all: &[Recorded]) {
    let mut columns = vec!["load"];
    columns.extend(Candidate::ALL.iter().flat_map(|candidate| [candidate.name(), "told apart"]));
    let title = "A candidate's median over a launch: how far above that of quiet launches (mean over cases), and the share of \
                 launches above every quiet launch of the case; %";
    let mut table = Table::new(title, &columns);
    let launch_medians = |case, load, candidate| {
        let of_launch = |series: &&Series| {
            let probe = |sample: &Sample| {
                if candidate == Candidate::Integer { sample.integer_ns } else { sample.candidate_ns }
            };
            statistics::median(&series.samples.iter().map(probe).collect::<Vec<f64>>())
        };
        launches(all, case, load, candidate).iter().filter_map(of_launch).collect::<Vec<f64>>()
    };
    for load in Load::ALL {
        let mut cells = Vec::new();
        for candidate in Candidate::ALL {
            let (mut above, mut told, mut count) = (Vec::new(), 0, 0);
            for case in 0..CASES.len() {
                let (quiet, medians) =
                    (launch_medians(case, Load::Quiet, candidate), launch_medians(case, load, candidate));
                let greatest = quiet.iter().copied().fold(0.0, f64::max);
                above.extend(
                    statistics::median(&medians)
                        .zip(statistics::median(&quiet))
                        .map(|(load, quiet)| load / quiet - 1.0),
                );
                told += medians.iter().filter(|&&median| median > greatest).count();
                count += medians.len();
            }
            cells.push(percent(mean(above.into_iter())));
            cells.push(percent(Some(told as f64 / count as f64)));
        }
        table.row(load.name(), cells);
    }
    table.print();
}

fn print_rules(all: &[Recorded], load: Load, rounds: usize) {
    let title = format!(
        "{}: mean over cases of kept, of the kept over 3 % and 10 % slow, of the robust sd of {rounds} launch medians, \
         and of the median over the quiet one of the same rule, all in %; launches with a median",
        load.name()
    );
    let columns = [
        "400 KB", "kept", ">3 %", ">10 %", "sd", "off", "launches", "4-12 MB", "kept", ">3 %", ">10 %", "sd", "off",
        "launches",
    ];
    let mut table = Table::new(&title, &columns);
    let mut add = |candidate, rule: Rule| {
        let mut cells = Vec::new();
        for (half, cases) in [0..SMALL_CASES, SMALL_CASES..CASES.len()].into_iter().enumerate() {
            if half > 0 {
                cells.push(String::new());
            }
            let under = |load| cases.clone().map(|case| outcome(all, case, load, candidate, rule)).collect::<Vec<_>>();
            let (outcomes, quiet) = (under(load), under(Load::Quiet));
            let mean = |value: &dyn Fn(&Outcome) -> Option<f64>| {
                let values: Vec<f64> = outcomes.iter().filter_map(value).filter(|value| value.is_finite()).collect();
                percent((!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64))
            };
            cells.push(mean(&|outcome| Some(outcome.kept)));
            cells.push(mean(&|outcome| Some(outcome.slow)));
            cells.push(mean(&|outcome| Some(outcome.very_slow)));
            cells.push(mean(&|outcome| relative_spread(&outcome.medians)));
            let off: Vec<f64> = outcomes
                .iter()
                .zip(&quiet)
                .filter_map(|(under, quiet)| {
                    Some(statistics::median(&under.medians)? / statistics::median(&quiet.medians)? - 1.0)
                })
                .collect();
            cells.push(percent((!off.is_empty()).then(|| off.iter().sum::<f64>() / off.len() as f64)));
            let with: usize = outcomes.iter().map(|outcome| outcome.medians.len()).sum();
            cells.push(format!("{with}/{}", outcomes.iter().map(|outcome| outcome.launches).sum::<usize>()));
        }
        table.row(rule.name(candidate), cells);
    };
    add(Candidate::Integer, Rule::All);
    add(Candidate::Integer, Rule::Integer(INTEGER));
    for candidate in &Candidate::ALL[1..] {
        for rule in [Rule::Both(INTEGER, 0.1), Rule::Both(INTEGER, 0.25), Rule::BestHalf(INTEGER)] {
            add(*candidate, rule);
        }
    }
    table.print();
}

fn print_correlations(all: &[Recorded], cases: &[String]) {
    let mut columns = vec!["case"];
    columns.extend(Candidate::ALL.iter().map(|candidate| candidate.name()));
    let title =
        "Rank correlation of a sample's time and its probes', median over all launches (1 would be a perfect witness)";
    let mut table = Table::new(title, &columns);
    for (case, id) in cases.iter().enumerate() {
        let correlation = |&candidate: &Candidate| {
            let of_launch = |series: &&Series| {
                let calls: Vec<f64> = series.samples.iter().map(|sample| sample.call_ns).collect();
                let probe = |sample: &Sample| {
                    if candidate == Candidate::Integer { sample.integer_ns } else { sample.candidate_ns }
                };
                rank_correlation(&calls, &series.samples.iter().map(probe).collect::<Vec<f64>>())
            };
            let loads = Load::ALL.iter().flat_map(|&load| launches(all, case, load, candidate));
            let correlations: Vec<f64> = loads.collect::<Vec<_>>().iter().filter_map(of_launch).collect();
            statistics::median(&correlations).map_or_else(|| "–".to_owned(), |value| format!("{value:.2}"))
        };
        table.row(id, Candidate::ALL.iter().map(correlation));
    }
    table.print();
}

fn print_estimators(all: &[Recorded]) {
    let title = "What a launch makes of its samples (integer probe): mean over cases of the robust sd of launches, \
                 and of how far it is off the quiet one, %";
    let columns = [
        "",
        "400 KB: quiet",
        "spin beside",
        "stream beside",
        "on top",
        "stream off",
        "4-12 MB: quiet",
        "spin beside",
        "stream beside",
        "on top",
        "stream off",
    ];
    let mut table = Table::new(title, &columns);
    for estimator in Estimator::ALL {
        let mut cells = Vec::new();
        for cases in [0..SMALL_CASES, SMALL_CASES..CASES.len()] {
            let values = |load, case| {
                judge(
                    Rule::Integer(INTEGER),
                    &launches(all, case, load, Candidate::Integer),
                    floors(all, case, Candidate::Integer),
                    estimator,
                )
                .medians
            };
            for load in Load::ALL {
                cells.push(percent(mean(cases.clone().filter_map(|case| relative_spread(&values(load, case))))));
            }
            let off = |case| {
                Some(
                    statistics::median(&values(Load::StreamBeside, case))?
                        / statistics::median(&values(Load::Quiet, case))?
                        - 1.0,
                )
            };
            cells.push(percent(mean(cases.filter_map(off))));
        }
        table.row(estimator.name(), cells);
    }
    table.print();
}

fn print_lengths(all: &[Recorded], rounds: usize) {
    let title =
        format!("How long to sample (integer probe, median): mean over cases of the robust sd of {rounds} launches, %");
    let columns = [
        "share of the time",
        "400 KB: quiet",
        "spin beside",
        "stream beside",
        "on top",
        "4-12 MB: quiet",
        "spin beside",
        "stream beside",
        "on top",
    ];
    let mut table = Table::new(&title, &columns);
    for parts in [8, 4, 2, 1] {
        let mut cells = Vec::new();
        for cases in [0..SMALL_CASES, SMALL_CASES..CASES.len()] {
            for load in Load::ALL {
                let spread = |case| {
                    let shorter: Vec<Series> = launches(all, case, load, Candidate::Integer)
                        .into_iter()
                        .map(|series| {
                            let count = series.samples.len() / parts;
                            Series { samples: series.samples[..count].to_vec(), ..series.clone() }
                        })
                        .collect();
                    let floors = floors(all, case, Candidate::Integer);
                    relative_spread(
                        &judge(Rule::Integer(INTEGER), &shorter.iter().collect::<Vec<_>>(), floors, Estimator::Median)
                            .medians,
                    )
                };
                cells.push(percent(mean(cases.clone().filter_map(spread))));
            }
        }
        table.row(format!("1/{parts}"), cells);
    }
    table.print();
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}
