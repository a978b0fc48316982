//! A table for people: worst first, as wide in a log as on a terminal, and without what nobody has to read.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use schema::comparison::{Comparison, Metric, Row, Verdict};
use unicode_width::UnicodeWidthStr;

use super::{
    escape::visible,
    quantity,
    words::{ALIKE_MOST, NAMES_MOST, aspect, consequence, headline, is_alike, machine, notes, side, together},
};

/// The most stable rows that are listed unasked: what fits on a screen beside the rest.
const STABLE_ROWS_MOST: usize = 12;

const HEAD: [&str; COLUMNS] =
    ["verdict", "case", "metric", "baseline", "candidate", "change", "95 % interval", "could see"];
const COLUMNS: usize = 8;

/// The column of names.
const CASE: usize = 1;

/// The widest name that stands beside its figures: wider than any of our own.
const NAME_COLUMNS_MOST: usize = 60;

/// The columns of figures, aligned on the right.
const FIGURES: std::ops::Range<usize> = 3..COLUMNS;

/// One line of the table, with what is said below it.
struct Line {
    verdict: Option<Verdict>,
    cells: [String; COLUMNS],
    below: Vec<String>,
}

/// The comparison, with colours as ANSI escapes.
pub(super) fn print(comparison: &Comparison, all: bool) -> String {
    let mut text = String::new();
    let worst = comparison.rows.first().map_or(Verdict::Stable, |row| row.verdict);
    for said in together(comparison) {
        let loud = AnsiColor::Yellow.on_default().bold();
        let _ = writeln!(text, "{loud}{said}{loud:#}");
    }
    let mark = style(worst).bold();
    let _ = writeln!(text, "{mark}{}{mark:#}", headline(comparison));
    let _ = writeln!(text, "{}\n", consequence(comparison));
    let _ = writeln!(text, "baseline   {}", side(&comparison.baseline));
    let _ = writeln!(text, "candidate  {}", side(&comparison.candidate));
    let _ = writeln!(text, "machine    {}\n", machine(comparison));

    let (stable, telling): (Vec<&Row>, Vec<&Row>) =
        comparison.rows.iter().partition(|row| row.verdict == Verdict::Stable && !is_telling(row));
    let folded = !all && stable.len() > STABLE_ROWS_MOST;
    let mut lines = if all {
        telling.into_iter().map(line).collect()
    } else {
        grouped(&telling, comparison.summary.machine_change.is_some())
    };
    // What the exit already says is not said again.
    for line in &mut lines {
        line.below.retain(|said| *said != visible(&comparison.summary.exit_reason));
    }
    if !folded {
        lines.extend(stable.iter().map(|row| line(row)));
    }
    if !lines.is_empty() {
        write_table(&mut text, &lines);
    }
    if folded {
        let gap = if lines.is_empty() { "" } else { "\n" };
        let _ = writeln!(text, "{gap}{}", folding(&stable));
    }
    for (index, note) in notes(comparison).enumerate() {
        let gap = if index == 0 { "\n" } else { "" };
        let _ = writeln!(text, "{gap}note: {note}");
    }
    text
}

/// The rows, with cases of which the same is said in one line, and those that nobody can judge on this machine in another.
fn grouped(rows: &[&Row], is_other_machine: bool) -> Vec<Line> {
    let (untold, told): (Vec<&Row>, Vec<&Row>) =
        rows.iter().partition(|row| is_other_machine && is_withheld_timing(row) && row.alarm.is_none());
    let mut lines = of_alike(&told);
    if untold.len() <= ALIKE_MOST {
        lines.extend(untold.into_iter().map(line));
        return lines;
    }
    // The rows are sorted: those that moved most are named.
    let mut named: Vec<String> = untold
        .iter()
        .take(NAMES_MOST)
        .map(|row| format!("{} {} {}", visible(&row.case), aspect(row).unwrap_or_default(), quantity::change(row)))
        .collect();
    if untold.len() > NAMES_MOST {
        named.push(format!("and {} more (--all lists them)", untold.len() - NAMES_MOST));
    }
    let mut one = line(untold[0]);
    one.cells = std::array::from_fn(|column| match column {
        0 => untold[0].verdict.name().to_owned(),
        1 => format!("{} rows", untold.len()),
        _ => quantity::NOTHING.to_owned(),
    });
    one.below = vec!["the machine changed, so that only `generator pair` can judge".to_owned()];
    one.below.extend(named);
    lines.push(one);
    lines
}

/// Whether a row is a timing that a change of the machine makes untold.
fn is_withheld_timing(row: &Row) -> bool {
    let is_timing = !matches!(row.metric, None | Some(Metric::Memory | Metric::Accuracy | Metric::Instructions));
    row.verdict == Verdict::Inconclusive && is_timing && row.rule.is_none() && row.interleaved.is_none()
}

fn of_alike(rows: &[&Row]) -> Vec<Line> {
    let mut lines = Vec::new();
    for alike in rows.chunk_by(|one, other| is_alike(one, other)) {
        if alike.len() <= ALIKE_MOST {
            lines.extend(alike.iter().map(|row| line(row)));
            continue;
        }
        // A name must not stand at the beginning of a line, where it could be a command to the runner of a workflow.
        let mut named: Vec<String> =
            alike.iter().take(NAMES_MOST).map(|row| format!("- {}", visible(&row.case))).collect();
        if alike.len() > NAMES_MOST {
            named.push(format!("and {} more (--all lists them)", alike.len() - NAMES_MOST));
        }
        let mut one = line(alike[0]);
        one.cells[CASE] = format!("{} cases", alike.len());
        one.below.extend(named);
        lines.push(one);
    }
    lines
}

/// Whether a stable row says more than its figures: an alarm that is open, a change that is accepted, a suspicion that a pair
/// refuted, a sure change that only an override lets pass, or a change of speed that is sure and too small for a verdict, which
/// is what people measure side by side for. Memory moves by a page or two between any programs.
fn is_telling(row: &Row) -> bool {
    let is_speed = matches!(row.metric, Some(Metric::Throughput | Metric::LatencyP50));
    let is_sure = row.interval_percent.is_some_and(|[low, high]| low > 0.0 || high < 0.0);
    let is_followed = row.alarm.is_some() || row.known.is_some();
    let is_excused = is_sure && row.thresholds.as_ref().is_some_and(|thresholds| thresholds.source != "thresholds");
    is_followed || is_excused || row.report_verdict.is_some() || (row.interleaved.is_some() && is_speed && is_sure)
}

fn line(row: &Row) -> Line {
    Line {
        verdict: Some(row.verdict),
        cells: [
            row.verdict.name().to_owned(),
            visible(&row.case),
            aspect(row).unwrap_or(quantity::NOTHING).to_owned(),
            quantity::value(row.baseline, row.unit),
            quantity::value(row.candidate, row.unit),
            quantity::change(row),
            quantity::interval(row),
            quantity::smallest(row),
        ],
        below: if row.verdict == Verdict::Stable && !is_telling(row) {
            // Of a stable row the figures say enough.
            Vec::new()
        } else {
            vec![visible(&row.reason)]
        },
    }
}

fn write_table(text: &mut String, lines: &[Line]) {
    let head = Line { verdict: None, cells: HEAD.map(str::to_owned), below: Vec::new() };
    let lines: Vec<&Line> = std::iter::once(&head).chain(lines).collect();
    let widths: [usize; COLUMNS] = std::array::from_fn(|column| {
        let widths = lines.iter().map(|line| line.cells[column].width());
        widths.filter(|&width| column != CASE || width <= NAME_COLUMNS_MOST).max().unwrap_or(0)
    });
    for line in lines {
        let mark = line.verdict.map_or(Style::new().underline(), style);
        let mut cells: Vec<String> = Vec::new();
        for (column, (cell, width)) in line.cells.iter().zip(widths).enumerate() {
            let padding = " ".repeat(width.saturating_sub(cell.width()));
            cells.push(if FIGURES.contains(&column) { format!("{padding}{cell}") } else { format!("{cell}{padding}") });
        }
        if line.cells[CASE].width() > widths[CASE] {
            // A name that would push all figures out of sight has a line of its own.
            let _ = writeln!(text, "{mark}{}{mark:#}  {}", cells[0], cells[CASE]);
            cells[0] = " ".repeat(widths[0]);
            cells[CASE] = " ".repeat(widths[CASE]);
        }
        let (first, rest) = (&cells[0], cells[1..].join("  "));
        let _ = writeln!(text, "{mark}{first}{mark:#}  {}", rest.trim_end());
        for below in &line.below {
            let _ = writeln!(text, "{:indent$}  {below}", "", indent = widths[0]);
        }
    }
}

/// The stable rows as a count, with what could have been seen in them.
fn folding(rows: &[&Row]) -> String {
    let mut cases: Vec<&str> = rows.iter().map(|row| row.case.as_str()).collect();
    cases.sort_unstable();
    cases.dedup();
    let smallest: Vec<f64> = rows.iter().filter_map(|row| row.smallest_change_percent).collect();
    let seen = match (statistics::median(&smallest), statistics::quantile(&smallest, 1.0)) {
        (Some(middle), Some(most)) => {
            format!("; a change of {middle:.1} % would have been seen in half of them, of {most:.1} % in all")
        }
        _ => String::new(),
    };
    format!("stable     {} rows of {} cases{seen} (--all lists them)", rows.len(), cases.len())
}

pub(super) const fn style(verdict: Verdict) -> Style {
    let color = match verdict {
        Verdict::Critical => AnsiColor::Red,
        Verdict::Missing | Verdict::Incomparable => AnsiColor::Magenta,
        Verdict::Warning => AnsiColor::Yellow,
        Verdict::Inconclusive => AnsiColor::Cyan,
        Verdict::Improved => AnsiColor::Green,
        Verdict::New => AnsiColor::Blue,
        Verdict::Stable => return Style::new(),
    };
    color.on_default()
}
