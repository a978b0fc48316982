//! Tables for people: aligned on a terminal, Markdown in a file. The one module that writes either.

mod decoding;

use std::fmt::Write;

use schema::{
    case::{CaseRow, Status},
    context::Context,
    pair::{Interleaved, Pair, PairRow, PairSide},
    report::Report,
};

/// Rows of text under headings.
#[derive(Clone, Debug, Default)]
pub struct Table {
    headings: Vec<String>,
    /// Whether a column is aligned to the right, as numbers are.
    numeric: Vec<bool>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns; `>` before a heading aligns it to the right.
    #[must_use]
    pub fn new(columns: &[&str]) -> Self {
        Self {
            headings: columns.iter().map(|column| column.trim_start_matches('>').to_owned()).collect(),
            numeric: columns.iter().map(|column| column.starts_with('>')).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row, a cell a column.
    pub fn push(&mut self, cells: Vec<String>) {
        debug_assert_eq!(cells.len(), self.headings.len(), "a cell a column");
        self.rows.push(cells);
    }

    /// Aligned with spaces.
    #[must_use]
    pub fn aligned(&self) -> String {
        let lines = || std::iter::once(&self.headings).chain(&self.rows);
        let width = |column: usize| lines().map(|cells| cells[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.headings.len()).map(width).collect();
        let mut text = String::new();
        for cells in lines() {
            let mut line = String::new();
            for ((cell, &width), &numeric) in cells.iter().zip(&widths).zip(&self.numeric) {
                let padding = " ".repeat(width - cell.chars().count());
                let (before, after) = if numeric { (padding.as_str(), "") } else { ("", padding.as_str()) };
                line.extend([before, cell, after, "  "]);
            }
            text += line.trim_end();
            text.push('\n');
        }
        text
    }

    /// As Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = format!("| {} |\n|", self.headings.join(" | "));
        for &numeric in &self.numeric {
            text += if numeric { "---:|" } else { "---|" };
        }
        text.push('\n');
        for cells in &self.rows {
            let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        }
        text
    }
}

/// A report on a terminal: its cases, and what the columns mean.
#[must_use]
pub fn for_people(report: &Report) -> String {
    let models = decoding::of_models(&report.cases).map(|table| format!("\n{}\n{}", table.aligned(), decoding::LEGEND));
    format!("{}\n{LEGEND}{}", of_cases(report).aligned(), models.unwrap_or_default())
}

/// What the columns of [`of_cases`] mean.
const LEGEND: &str = "\
    ±: the 95 % interval of this session alone · sees: the smallest change that two such sessions can show\n\
    quiet: samples that no neighbour disturbed\n\
    agrees: outputs that agree with the reference · used: what a program uses on this CPU\n";

/// The cases of a report: what was not measured first, then in order.
fn of_cases(report: &Report) -> Table {
    let mut table = Table::new(&[
        "case",
        ">throughput",
        ">latency p50",
        ">±",
        ">sees",
        ">quiet",
        ">agrees",
        ">peak memory",
        "remarks",
    ]);
    let mut cases: Vec<_> = report.cases.iter().collect();
    cases.sort_by_key(|(_, row)| row.status == Status::Measured && row.throughput.value.is_some());
    for (id, row) in cases {
        table.push(cells(report, id, row));
    }
    table
}

fn cells(report: &Report, id: &str, row: &CaseRow) -> Vec<String> {
    let shares: Vec<f64> = row.launches.iter().filter_map(|launch| launch.accepted_share).collect();
    let unit = row.throughput.unit.map_or("", schema::case::ThroughputUnit::symbol);
    vec![
        id.to_owned(),
        number(row.throughput.value, |value| rate(value, unit)),
        number(row.latency.p50_ns, time),
        number(row.interval_percent, |percent| format!("{percent:.2} %")),
        number(row.smallest_change_percent, |percent| format!("{percent:.1} %")),
        number(statistics::median(&shares), |share| format!("{:.0} %", share * 100.0)),
        number(row.accuracy, share),
        number(row.peak_memory_bytes.map(|bytes| bytes as f64), memory),
        remark(report, id, row),
    ]
}

fn remark(report: &Report, id: &str, row: &CaseRow) -> String {
    let why = row.reason.as_deref().or_else(|| row.unmeasured.get("throughput.value").map(String::as_str));
    match (row.status, why) {
        (Status::Measured, None) => {}
        (Status::Measured, Some(why)) => return why.to_owned(),
        (Status::Failed, why) => return format!("FAILED: {}", why.unwrap_or_default()),
        (Status::TimedOut, why) => return format!("TIMED OUT: {}", why.unwrap_or_default()),
        (Status::Skipped, why) => return format!("skipped: {}", why.unwrap_or_default()),
    }
    let used = is_used(report, id).then(|| "used".to_owned());
    let faster = times_scalar(report, id, row).map(|times| format!("{times:.1} × scalar"));
    used.into_iter().chain(faster).collect::<Vec<_>>().join(", ")
}

/// Whether a program uses the case's variant on this CPU.
fn is_used(report: &Report, id: &str) -> bool {
    let mut parts = id.split('/');
    let dispatched = parts.next().and_then(|kernel| report.dispatch.get(kernel));
    dispatched.map(|isa| isa.name()) == parts.next()
}

/// How many times as fast as the scalar variant, where that was measured too.
fn times_scalar(report: &Report, id: &str, row: &CaseRow) -> Option<f64> {
    let [kernel, isa, shape] = id.split('/').collect::<Vec<_>>()[..] else { return None };
    let scalar = report.cases.get(&format!("{kernel}/scalar/{shape}")).filter(|_| isa != "scalar")?;
    Some(row.throughput.value? / scalar.throughput.value?)
}

/// A share in percent.
fn share(share: f64) -> String {
    format!("{:.4} %", share * 100.0).replace("100.0000", "100")
}

/// Bytes of memory.
fn memory(bytes: f64) -> String {
    format!("{:.1} MiB", bytes / f64::from(1 << 20))
}

/// A number, or a dash where there is none.
fn number(value: Option<f64>, print: impl Fn(f64) -> String) -> String {
    value.map_or_else(|| "–".to_owned(), print)
}

/// A time with three significant digits in the unit that suits it.
#[must_use]
pub fn time(ns: f64) -> String {
    scaled(ns, &[(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")])
}

/// A rate with three significant digits and an SI prefix.
#[must_use]
pub fn rate(per_second: f64, unit: &str) -> String {
    let text = scaled(per_second, &[(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, "")]);
    format!("{text}{unit}")
}

fn scaled(value: f64, scales: &[(f64, &str)]) -> String {
    let least = scales.last().expect("there is a scale");
    let (scale, unit) = scales.iter().find(|(scale, _)| value >= *scale).unwrap_or(least);
    let value = value / scale;
    let digits = if value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    };
    format!("{value:.digits$} {unit}")
}

/// A report as Markdown, for people and job summaries.
#[must_use]
pub fn markdown(report: &Report) -> String {
    let context = &report.context;
    let machine = &context.machine;
    let commit = context.git.as_ref().map_or_else(
        || "no commit".to_owned(),
        |git| format!("commit {}{}", git.commit, if git.dirty { ", changed since" } else { "" }),
    );
    let settings = context.settings.iter().map(|setting| {
        let remedy = setting.remedy.as_ref().map(|remedy| format!(": {remedy}")).unwrap_or_default();
        format!(
            "- {} ({}) {}{remedy}\n",
            setting.name,
            setting.requested,
            if setting.held { "held" } else { "did not hold" }
        )
    });
    let injected = context.injected.iter().map(|(pattern, factor)| {
        format!("**`{pattern}` was slowed on purpose, {factor} times; this report is no baseline.**\n\n")
    });
    let models = decoding::of_models(&report.cases)
        .map(|table| format!("## Decoding\n\n{}\n{}\n", table.markdown(), decoding::LEGEND));
    format!(
        "# Tidegauge: {} · {} · {}\n\n{}{} cases, {commit}, on {} ({}).\n\n{}\n{}## The machine\n\n{}\n## Settings\n\n{}",
        report.platform,
        report.profile,
        report.created,
        injected.collect::<String>(),
        report.cases.len(),
        machine.cpu_model,
        machine.class.as_deref().unwrap_or("of no class: TIDEGAUGE_ISA was set"),
        of_cases(report).markdown() + "\n" + LEGEND,
        models.unwrap_or_default(),
        of_controls(report).markdown(),
        settings.collect::<String>(),
    )
}

/// What the machine itself did: each control's median, and how far one launch lies from the next.
fn of_controls(report: &Report) -> Table {
    let mut table = Table::new(&["control", ">a step", ">launches differ", ">launches"]);
    for (name, control) in &report.controls {
        let logs: Vec<f64> = control.launches.iter().map(|step_ns| step_ns.ln()).collect();
        table.push(vec![
            name.clone(),
            number(statistics::median(&control.launches), time),
            number(statistics::robust_sd(&logs), |sd| format!("{:.2} %", sd * 100.0)),
            control.launches.len().to_string(),
        ]);
    }
    table
}

/// A pair on a terminal: its cases, the most changed first.
#[must_use]
pub fn pair_for_people(pair: &Pair) -> String {
    format!("{}\n{PAIR_LEGEND}", of_pair(pair).aligned())
}

/// What the columns of [`of_pair`] mean.
const PAIR_LEGEND: &str = "\
    change: of the time of a call, candidate over baseline, with its 95 % interval · quiet: samples that no neighbour \
    disturbed\n";

fn of_pair(pair: &Pair) -> Table {
    let mut table = Table::new(&[
        "case",
        ">baseline",
        ">candidate",
        ">throughput time",
        ">95 % interval",
        ">latency time",
        ">95 % interval",
        ">quiet",
        "remarks",
    ]);
    let mut cases: Vec<_> = pair.cases.iter().collect();
    let change = |row: &PairRow| row.throughput_time.as_ref().map_or(f64::INFINITY, |ratio| ratio.value.ln().abs());
    cases.sort_by(|(_, one), (_, other)| change(other).total_cmp(&change(one)));
    for (id, row) in cases {
        table.push(pair_cells(id, row));
    }
    table
}

fn pair_cells(id: &str, row: &PairRow) -> Vec<String> {
    let unit = row.unit.map_or("", schema::case::ThroughputUnit::symbol);
    let throughput = |side: &PairSide| {
        let values: Vec<f64> = side.launches.iter().filter_map(|launch| launch.throughput).collect();
        number(statistics::median(&values), |value| rate(value, unit))
    };
    let launches = row.baseline.launches.iter().chain(&row.candidate.launches);
    let shares: Vec<f64> = launches.filter_map(|launch| launch.accepted_share).collect();
    let percent = |factor: f64| (factor - 1.0) * 100.0;
    let ratios = [&row.throughput_time, &row.latency_p50_time].map(|ratio| {
        let interval = ratio.as_ref().and_then(|ratio| ratio.interval);
        [
            number(ratio.as_ref().map(|ratio| ratio.value), |value| format!("{:+.2} %", percent(value))),
            interval
                .map_or_else(|| "–".to_owned(), |[low, high]| format!("[{:+.2}, {:+.2}]", percent(low), percent(high))),
        ]
    });
    let remark = row.reason.clone().or_else(|| row.unmeasured.get("throughput_time").cloned()).unwrap_or_default();
    let mut cells = vec![id.to_owned(), throughput(&row.baseline), throughput(&row.candidate)];
    cells.extend(ratios.into_iter().flatten());
    cells.push(number(statistics::median(&shares), |share| format!("{:.0} %", share * 100.0)));
    cells.push(remark);
    cells
}

/// A pair as Markdown, for people and job summaries.
#[must_use]
pub fn pair_markdown(pair: &Pair) -> String {
    let side = |context: &Context| {
        let commit = context.git.as_ref().map_or("of no known commit", |git| &git.commit);
        let hash: String = context.program_sha256.iter().flat_map(|hash| hash.chars().take(12)).collect();
        let injected: Vec<String> = context
            .injected
            .iter()
            .map(|(pattern, factor)| format!("; **`{pattern}` slowed on purpose, {factor} times**"))
            .collect();
        format!("{commit} (program {hash}){}", injected.concat())
    };
    format!(
        "# Tidegauge: a pair · {} · {} · {}\n\n- baseline: {}\n- candidate: {}\n- interleaved by {}\n\n{}\n{PAIR_LEGEND}",
        pair.platform,
        pair.profile,
        pair.created,
        side(&pair.baseline),
        side(&pair.candidate),
        match pair.interleaved {
            Interleaved::Slices => "slices",
            Interleaved::Launches => "launches",
        },
        of_pair(pair).markdown(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_rates_have_three_digits() {
        assert_eq!(time(1_052.4), "1.05 µs");
        assert_eq!(time(0.5), "0.50 ns");
        assert_eq!(time(25_400_000.0), "25.4 ms");
        assert_eq!(rate(1.9e10, "flop/s"), "19.0 Gflop/s");
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(&["case", ">time"]);
        table.push(vec!["a".to_owned(), "10 µs".to_owned()]);
        table.push(vec!["longer".to_owned(), "1 µs".to_owned()]);
        assert_eq!(table.aligned(), "case     time\na       10 µs\nlonger   1 µs\n");
    }

    #[test]
    fn a_cell_cannot_end_its_markdown_cell() {
        let mut table = Table::new(&["case"]);
        table.push(vec!["a|b".to_owned()]);
        assert_eq!(table.markdown(), "| case |\n|---|\n| a\\|b |\n");
    }
}
