//! The same code in programs that were linked in another order: each launch asks every program in turn.

use std::path::PathBuf;

use kernels::Case;

use crate::{
    child::{Job, Launch},
    estimators::{relative_range, relative_spread},
    gating::Floors,
    placement::{self, best_isa},
    recording::{Plan, Series},
    table::{Table, percent},
};

/// A case of every kernel that is short enough for its code to matter.
const CASES: [(&str, &str); 8] = [
    ("add_f32", "n100"),
    ("add_f32", "n1000"),
    ("dot_f32", "n1000"),
    ("sum_f32", "n1000"),
    ("max_f32", "n1000"),
    ("tensor_add_f32", "r100c100"),
    ("matmul_f32", "m100n100k100"),
    ("gemv_i2s", "m256k1024"),
];

const SCALAR_CASES: [&str; 4] =
    ["add_f32/scalar/n100", "add_f32/scalar/n1000", "max_f32/scalar/n1000", "gemv_i2s/scalar/m256k1024"];

/// Runs the experiment.
pub(crate) fn run(programs: &[PathBuf], full: bool) -> anyhow::Result<()> {
    let rounds = if full { 20 } else { 6 };
    let mut cases: Vec<String> =
        CASES.iter().map(|(kernel, shape)| best_isa(kernel, shape)).collect::<Result<_, _>>()?;
    cases.extend(SCALAR_CASES.map(str::to_owned));
    let mut recorded: Vec<Vec<Vec<Series>>> = vec![vec![Vec::new(); programs.len()]; cases.len()];
    for _ in 0..rounds {
        for (id, by_program) in cases.iter().zip(&mut recorded) {
            let each = id.parse::<Case>()?.layout().arena_bytes().next_multiple_of(4096);
            for (program, launches) in programs.iter().zip(by_program) {
                let offsets = (0..8).map(|place| place * each).collect();
                let plan = Plan { offsets, passes: 2, ..Plan::of(id, std::time::Duration::from_millis(2)) };
                let mut launch = Launch::new(Job::Record(plan));
                launch.program.clone_from(program);
                let places: Vec<Series> = launch.answer()?;
                // As the generator does it: the place is chosen by the fastest sample.
                let fastest =
                    |series: &Series| series.samples.iter().map(|sample| sample.call_ns).fold(f64::INFINITY, f64::min);
                launches.extend(places.into_iter().min_by(|a, b| fastest(a).total_cmp(&fastest(b))));
            }
        }
    }
    let title = format!(
        "{} programs of the same code linked in another order, {rounds} launches each: programs apart (the slowest median \
         over the fastest), robust sd of one program's launches (median); %",
        programs.len()
    );
    let mut table = Table::new(&title, &["case", "programs apart", "sd of launches"]);
    for (id, by_program) in cases.iter().zip(&recorded) {
        let floors = Floors::of(by_program.iter().flatten());
        let medians: Vec<Vec<f64>> = by_program
            .iter()
            .map(|launches| launches.iter().filter_map(|series| placement::median(series, floors)).collect())
            .collect();
        let of_programs: Vec<f64> = medians.iter().filter_map(|medians| statistics::median(medians)).collect();
        let spreads: Vec<f64> = medians.iter().filter_map(|medians| relative_spread(medians)).collect();
        table.row(id, [relative_range(&of_programs), statistics::median(&spreads)].map(percent));
    }
    table.print();
    Ok(())
}
