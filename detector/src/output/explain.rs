//! One case, explained to people: the launches behind each row, what was reckoned from them, and how that became a verdict.
//!
//! As wide in a log as on a terminal.

use std::fmt::Write;

use schema::{
    comparison::{Certainty, Comparison, Metric, Row, Verdict},
    pair::Interleaved,
};
use statistics::{Interval, percent_of_log};

use super::{
    escape::visible,
    human::style,
    plot::{Glyphs, Strip, plot},
    quantity,
    words::{aspect, consequence, machine, notes, side},
};
use crate::{
    comparison::evidence::{Evidence, Numbers, Run, SideBySide, sized},
    verdict::{Bars, Change, verdict},
};

/// Columns of what is wrapped: a plot with its labels and remarks has as many.
const COLUMNS: usize = 96;

/// Columns of a step's name with the spaces about it.
const NAME_COLUMNS: usize = 14;

/// The case of `evidence` as `comparison`, which must be made of the same documents, judges it; with colours as ANSI escapes.
#[must_use]
pub fn explain(comparison: &Comparison, evidence: &Evidence, glyphs: Glyphs) -> String {
    let mut rows: Vec<&Row> = comparison.rows.iter().filter(|row| row.case == evidence.case).collect();
    let worst = rows.first().map_or(Verdict::Stable, |row| row.verdict);
    rows.sort_by_key(|row| row.metric);

    let mut text = String::new();
    let mark = style(worst).bold();
    let _ = writeln!(text, "{mark}{}: {}{mark:#}\n", visible(&evidence.case), worst.name());
    write_step(&mut text, "baseline", &side(&comparison.baseline));
    write_step(&mut text, "candidate", &side(&comparison.candidate));
    write_step(&mut text, "machine", &machine(comparison));
    let _ = writeln!(text, "\n{}", glyphs.legend());

    for row in &rows {
        match row.metric {
            Some(_) if row.rule.is_some() => write_rule(&mut text, row),
            Some(metric) => write_metric(&mut text, comparison, evidence, row, metric, glyphs),
            None => write_whole(&mut text, evidence, row, glyphs),
        }
    }
    if !text.ends_with("\n\n") {
        text.push('\n');
    }
    for note in notes(comparison) {
        write_step(&mut text, "note", &note);
    }
    write_step(&mut text, "all cases", &consequence(comparison));
    text
}

/// A case of which there is one thing to say, with the numbers that a side has all the same.
fn write_whole(text: &mut String, evidence: &Evidence, row: &Row, glyphs: Glyphs) {
    text.push('\n');
    write_step(text, "verdict", &ruled(row));
    for (index, (&metric, numbers)) in evidence.metrics.iter().enumerate() {
        let gap = if index == 0 { "\n" } else { "" };
        let _ = writeln!(text, "{gap}{}\n", metric.name());
        write_plots(text, numbers, metric, glyphs);
    }
}

/// What a rule found. Its numbers are of another kind than those of the case's sessions: a variant beside plain code.
fn write_rule(text: &mut String, row: &Row) {
    let mark = style(row.verdict).bold();
    let _ = writeln!(text, "\n{mark}{}: {}{mark:#}\n", aspect(row).unwrap_or("rule"), row.verdict.name());
    write_step(text, "change", &change(row));
    write_step(text, "verdict", &ruled(row));
}

fn write_metric(
    text: &mut String,
    comparison: &Comparison,
    evidence: &Evidence,
    row: &Row,
    metric: Metric,
    glyphs: Glyphs,
) {
    let mark = style(row.verdict).bold();
    let better = if is_better_high(metric) { "more is better" } else { "less is better" };
    let _ = writeln!(text, "\n{mark}{}: {}{mark:#} ({better})\n", metric.name(), row.verdict.name());
    let nothing = Numbers::default();
    let numbers = evidence.metrics.get(&metric).unwrap_or(&nothing);
    write_plots(text, numbers, metric, glyphs);
    write_step(text, "change", &change(row));
    if let Some(said) = precision(row, numbers) {
        write_step(text, "precision", &said);
    }
    if let Some(said) = variance(row, numbers) {
        write_step(text, "variance", &said);
    }
    write_step(text, "thresholds", &thresholds(row));
    write_step(text, "real?", &real(row));
    write_step(text, "matters?", &matters(row));
    write_step(text, "machine?", &code_or_machine(comparison, evidence, row));
    write_step(text, "confirmed?", &confirmed(comparison, row));
    write_step(text, "verdict", &ruled(row));
}

/// A name and what is to say of it, wrapped.
fn write_step(text: &mut String, name: &str, said: &str) {
    let rest = format!("{:NAME_COLUMNS$}", "");
    let first = format!("{:NAME_COLUMNS$}", format!("  {name}"));
    // A name with hyphens in it stays whole where it can, to be copied.
    let splitter = textwrap::WordSplitter::NoHyphenation;
    let options =
        textwrap::Options::new(COLUMNS).initial_indent(&first).subsequent_indent(&rest).word_splitter(splitter);
    // A number and its percent sign stay together.
    for line in textwrap::wrap(&said.replace(" %", "\u{a0}%"), options) {
        let _ = writeln!(text, "{}", line.replace('\u{a0}', " "));
    }
}

fn write_plots(text: &mut String, numbers: &Numbers, metric: Metric, glyphs: Glyphs) {
    let value = |number: f64| numbers.unit.map_or_else(String::new, |unit| quantity::precise(number, unit));
    // Counted numbers are exact: there is nothing to see in how they lie.
    let is_drawn = !is_counted(metric);
    let strip = |name: &str, run: &Run| Strip {
        label: format!("  {name:<NAME$}{}", run.created.strftime("%Y-%m-%d %H:%M"), NAME = NAME_COLUMNS - 2),
        numbers: if is_drawn { run.launches.clone() } else { Vec::new() },
        place: run.place.filter(|_| is_drawn),
        remark: run.place.map_or_else(String::new, value),
    };
    let names = std::iter::once("baseline").chain(std::iter::repeat(""));
    let mut strips: Vec<Strip> = names.zip(&numbers.baseline).map(|(name, run)| strip(name, run)).collect();
    strips.extend(numbers.candidate.iter().map(|run| strip("candidate", run)));
    if let Some(pair) = &numbers.pair {
        strips.push(strip("pair: base", &pair.baseline));
        strips.push(strip("pair: cand.", &pair.candidate));
    }
    if strips.is_empty() {
        return;
    }
    let mut lines = plot(&strips, value, glyphs);
    if let Some(pair) = numbers.pair.as_ref().filter(|pair| !pair.ratios.is_empty()) {
        lines.push(String::new());
        lines.extend(plot(&ratio_strips(pair), percent_of_ratio, glyphs));
    }
    for line in lines {
        let _ = writeln!(text, "{line}");
    }
    text.push('\n');
}

/// The launches of a pair, each beside the other's, and where no change would be.
fn ratio_strips(pair: &SideBySide) -> [Strip; 2] {
    let label = |name: &str| format!("  {name:<28}");
    [
        Strip {
            label: label("candidate beside baseline"),
            numbers: pair.ratios.clone(),
            place: pair.place,
            remark: pair.place.map_or_else(String::new, percent_of_ratio),
        },
        Strip { label: label("no change"), numbers: Vec::new(), place: Some(1.0), remark: String::new() },
    ]
}

fn percent_of_ratio(ratio: f64) -> String {
    quantity::percent(percent_of_log(ratio.ln()))
}

/// `1.05 µs, now 1.37 µs (+30.0 %, +28.1 to +31.9 %), with its 95 % interval; a change of 3.9 % could have been seen`
fn change(row: &Row) -> String {
    let Some(figures) = quantity::figures(row) else {
        return "not known".to_owned();
    };
    let interval = if row.interval_percent.is_some() { ", with its 95 % interval" } else { "" };
    let seen = row
        .smallest_change_percent
        .map_or_else(String::new, |_| format!("; a change of {} could have been seen", quantity::smallest(row)));
    format!("{figures}{interval}{seen}")
}

/// What the interval was reckoned from; `None` where there is none.
fn precision(row: &Row, numbers: &Numbers) -> Option<String> {
    let (standard_error, degrees_of_freedom) = match (row.interleaved, &numbers.pair, &numbers.interval) {
        (Some(_), Some(pair), _) => {
            pair.interval.map(|interval| (interval.standard_error, interval.degrees_of_freedom))?
        }
        (None, _, Some(interval)) => (interval.standard_error, interval.degrees_of_freedom),
        _ => return None,
    };
    let change = (row.change_percent? / 100.0).ln_1p();
    Some(format!(
        "standard error {}, {degrees_of_freedom:.1} degrees of freedom, t = {} (of logarithms)",
        share(standard_error),
        quantity::signed(change / standard_error, 1)
    ))
}

/// A standard error in percent, with the digits that it has.
fn share(log: f64) -> String {
    format!("{:.2} %", percent_of_log(log))
}

/// Where the doubt comes from; `None` where that is not known.
fn variance(row: &Row, numbers: &Numbers) -> Option<String> {
    if row.interleaved.is_some() {
        return numbers.pair.as_ref()?.interval.map(|_| {
            "all of it from launches: of hour and host nothing is left between two that ran side by side".to_owned()
        });
    }
    let interval: &Interval = numbers.interval.as_ref()?;
    let whole = interval.standard_error.powi(2);
    let percent = |part: f64| format!("{:.0} %", part / whole * 100.0);
    Some(format!(
        "{} by which sessions differ, {} by the baseline's launches, {} by the candidate's",
        percent(interval.variance_of_sessions()),
        percent(interval.variance_of_baseline_launches()),
        percent(interval.variance_of_candidate_launches())
    ))
}

fn thresholds(row: &Row) -> String {
    let Some(applied) = &row.thresholds else {
        return "none".to_owned();
    };
    let unit = quantity::symbol(row);
    let direction = if row.metric.is_some_and(is_better_high) { "less" } else { "more" };
    format!(
        "a warning from {} {unit} {direction}, critical from {} {unit}; given by {}",
        applied.warning_percent,
        applied.critical_percent,
        visible(&applied.source)
    )
}

/// Is there a change at all?
fn real(row: &Row) -> String {
    match (row.metric, row.change_percent, row.interval_percent) {
        (_, None, _) => "not known: one side has no number".to_owned(),
        (Some(metric), Some(change), _) if is_counted(metric) => {
            let answer = if change == 0.0 { "no: it is the same" } else { "yes: it differs" };
            format!("{answer}, and it is counted, not timed")
        }
        (_, _, Some([low, high])) if low > 0.0 || high < 0.0 => "yes: 0 % lies outside the 95 % interval".to_owned(),
        (_, _, Some(_)) => "not surely: 0 % lies within the 95 % interval".to_owned(),
        (_, Some(_), None) => "not known: the change has no interval".to_owned(),
    }
}

/// Is it large enough to matter? By size alone, whatever else made the verdict.
fn matters(row: &Row) -> String {
    let Some((change, bars)) = sized(row) else {
        return "not known: that takes an interval".to_owned();
    };
    let by_size = verdict(change, bars);
    let answer = by_numbers(row, by_size, change, bars);
    if by_size == row.verdict { answer } else { format!("{answer}; by its size it would be {}", by_size.name()) }
}

fn by_numbers(row: &Row, by_size: Verdict, change: Change, bars: Bars) -> String {
    let estimate = quantity::change(row);
    let [worst, best] = ends(row);
    match by_size {
        Verdict::Critical => {
            format!("yes: {estimate} is past the critical threshold, and even {best} past the warning one")
        }
        Verdict::Warning if change.estimate >= bars.critical => {
            format!(
                "yes: {estimate} is past the critical threshold; {best}, which it may be, is not past the warning one"
            )
        }
        Verdict::Warning => format!("yes: {estimate} is past the warning threshold, and even {best} is for the worse"),
        Verdict::Improved => {
            format!(
                "yes: {estimate} is as far past the warning threshold the other way, and even {worst} is for the better"
            )
        }
        Verdict::Stable => format!("no: {worst} is the worst that it may be, and below the warning threshold"),
        _ if change.estimate >= bars.warning => {
            format!("not known: {estimate} is past the warning threshold, and it may be {best}, which is no regression")
        }
        _ => format!("not known: {estimate} is below the warning threshold, and it may be {worst}, which is past it"),
    }
}

/// The end of the interval that is worst, and the other; of a counted number both are the change.
fn ends(row: &Row) -> [String; 2] {
    let change = row.change_percent.unwrap_or_default();
    let [low, high] = row.interval_percent.unwrap_or([change, change]);
    let ends = if row.metric.is_some_and(is_better_high) { [low, high] } else { [high, low] };
    ends.map(|percent| quantity::like_change(row, percent))
}

/// Did the machine change?
fn code_or_machine(comparison: &Comparison, evidence: &Evidence, row: &Row) -> String {
    if row.interleaved.is_some() {
        return "the same for both: they ran side by side".to_owned();
    }
    match (&comparison.summary.machine_change, evidence.controls) {
        (Some(change), _) => visible(change),
        (None, 0) => "not known: there are no controls that both sides measured".to_owned(),
        (None, 1) => "as it was, as far as is known: the one control did not move".to_owned(),
        (None, count) => format!("as it was, as far as is known: none of the {count} controls moved"),
    }
}

/// Was it seen again?
fn confirmed(comparison: &Comparison, row: &Row) -> String {
    let answer = match (row.certainty, row.interleaved) {
        (None, _) => "there is nothing to confirm".to_owned(),
        (Some(Certainty::Confirmed), Some(Interleaved::Slices)) => {
            "yes: side by side, in turns of a few milliseconds".to_owned()
        }
        (Some(Certainty::Confirmed), Some(Interleaved::Launches)) => "yes: side by side, launch by launch".to_owned(),
        (Some(Certainty::Confirmed), None) => match comparison.baseline.sessions {
            0 | 1 => "yes".to_owned(),
            count => format!("yes: against {count} sessions of the baseline"),
        },
        (Some(Certainty::Suspected), _) => {
            "not yet: a pair with the program that made the baseline would tell (generator pair)".to_owned()
        }
    };
    match row.report_verdict {
        Some(before) => format!("{answer}; the report alone said {}", before.name()),
        None => answer,
    }
}

/// The verdict with its sentence.
fn ruled(row: &Row) -> String {
    let certainty = match row.certainty {
        Some(Certainty::Suspected) => ", suspected",
        Some(Certainty::Confirmed) => ", confirmed",
        None => "",
    };
    format!("{}{certainty}: {}", row.verdict.name(), visible(&row.reason))
}

const fn is_better_high(metric: Metric) -> bool {
    matches!(metric, Metric::Throughput | Metric::Accuracy)
}

const fn is_counted(metric: Metric) -> bool {
    matches!(metric, Metric::Accuracy | Metric::Instructions)
}
