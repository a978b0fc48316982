//! The CPU's clock over time, by a chain of multiplications that nothing but the clock moves.

use std::time::Duration;

use crate::{
    calibration::{Heard, Listen},
    child::{Job, Launch},
    estimators::relative_range,
    table::{Table, ns, percent},
};

/// Runs the experiment.
pub(crate) fn run(full: bool) -> anyhow::Result<()> {
    let seconds = if full { 120 } else { 15 };
    let mut table = Table::new(
        &format!("The clock over {seconds} s, a row a fifth: floor and median of chain and probe in windows of 0.5 s"),
        &[
            "time",
            "chain floor, ns",
            "range, %",
            "chain median, ns",
            "range, %",
            "probe floor, ns",
            "range, %",
            "quiet, %",
        ],
    );
    let mut heard: Vec<Heard> = Vec::new();
    for _ in 0..2 * seconds {
        heard.push(Launch::new(Job::Listen(Listen { length: Duration::from_millis(500) })).answer()?);
    }
    let floor_ns =
        heard.iter().filter_map(|heard| statistics::quantile(&heard.probe_ns, 0.01)).fold(f64::INFINITY, f64::min);
    let fifth = heard.len() / 5;
    let parts = heard.chunks(fifth).enumerate().map(|(part, heard)| {
        let begin = part * fifth / 2;
        (format!("{begin}-{} s", begin + fifth / 2), heard)
    });
    for (name, heard) in parts.chain([("all".to_owned(), heard.as_slice())]) {
        let each = |value: &dyn Fn(&Heard) -> Option<f64>| heard.iter().filter_map(value).collect::<Vec<f64>>();
        let chain_floor = each(&|heard| statistics::quantile(&heard.chain_ns, 0.01));
        let chain_median = each(&|heard| statistics::median(&heard.chain_ns));
        let probe_floor = each(&|heard| statistics::quantile(&heard.probe_ns, 0.01));
        let quiet = each(&|heard| {
            let quiet = heard.probe_ns.iter().filter(|&&probe| probe <= floor_ns * 1.04).count();
            Some(quiet as f64 / heard.probe_ns.len() as f64)
        });
        table.row(
            name,
            [
                ns(statistics::median(&chain_floor)),
                percent(relative_range(&chain_floor)),
                ns(statistics::median(&chain_median)),
                percent(relative_range(&chain_median)),
                ns(statistics::median(&probe_floor)),
                percent(relative_range(&probe_floor)),
                percent(statistics::median(&quiet)),
            ],
        );
    }
    table.print();
    Ok(())
}
