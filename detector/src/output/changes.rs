//! What a history shows: events of many series first, then the changes of each, the worst first, with a picture of the series.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write,
};

use anstyle::{AnsiColor, Style};
use jiff::Timestamp;
use schema::{
    changes::{Cause, Change, Changes, Creep, Event, Series},
    comparison::Certainty,
};
use unicode_width::UnicodeWidthStr;

use super::{Glyphs, escape::visible, quantity::signed, sparkline::sparkline};
use crate::history::Timeline;

/// The most rows that are listed unasked.
const ROWS_MOST: usize = 40;

/// Columns of a picture.
const PICTURE_COLUMNS: usize = 60;

const HEAD: [&str; COLUMNS] = ["cause", "certainty", "change", "95 % interval", "from", "series"];
const COLUMNS: usize = 6;

/// The columns of figures, aligned on the right.
const FIGURES: std::ops::Range<usize> = 2..4;

/// A change and whose it is.
struct Row<'a> {
    name: &'a str,
    series: &'a Series,
    change: &'a Change,
}

impl Row<'_> {
    /// The most urgent first: the code's, confirmed, for the worse; then by size.
    fn rank(&self) -> (bool, bool, u8, f64) {
        let direction = match self.change.is_worse {
            Some(true) => 0,
            None => 1,
            Some(false) => 2,
        };
        let is_suspected = self.change.certainty == Certainty::Suspected;
        (self.change.cause == Cause::Machine, is_suspected, direction, -self.change.change_percent.abs())
    }

    /// Whether it is listed unasked: what people can act on.
    fn is_telling(&self) -> bool {
        self.change.cause == Cause::Code && !self.series.is_control
    }
}

/// The changes, with colours as ANSI escapes. `all` lists those of the machine and of its controls, too.
#[must_use]
pub fn print(changes: &Changes, timelines: &[Timeline], all: bool, glyphs: Glyphs) -> String {
    let by_name: HashMap<&str, &Timeline> =
        timelines.iter().map(|timeline| (timeline.name.as_str(), timeline)).collect();
    let mut rows: Vec<Row<'_>> = changes
        .series
        .iter()
        .flat_map(|(name, series)| series.changes.iter().map(move |change| Row { name, series, change }))
        .collect();
    rows.sort_by(|one, other| {
        let (one_rank, other_rank) = (one.rank(), other.rank());
        let by_rank = (one_rank.0, one_rank.1, one_rank.2).cmp(&(other_rank.0, other_rank.1, other_rank.2));
        by_rank.then(one_rank.3.total_cmp(&other_rank.3)).then(one.name.cmp(other.name))
    });
    let mut text = String::new();
    let _ = writeln!(text, "{}", headline(changes, &rows));
    let machine = only_machine(changes);
    if let Some(machine) = machine {
        let _ = writeln!(text, "machine  {}", visible(machine));
    }
    let watched: HashSet<&str> = changes
        .series
        .values()
        .filter(|series| series.is_control)
        .filter_map(|series| series.machine.as_deref())
        .collect();
    for event in &changes.events {
        let loud = AnsiColor::Yellow.on_default().bold();
        let _ = writeln!(text, "{loud}{}{loud:#}", of_event(event, watched.contains(event.machine.as_str())));
    }
    let listed: Vec<&Row<'_>> = rows.iter().filter(|row| all || row.is_telling()).collect();
    let most = if all { listed.len() } else { ROWS_MOST.min(listed.len()) };
    if most > 0 {
        text.push('\n');
        write_table(&mut text, &listed[..most], &by_name, machine, glyphs);
    }
    let left = rows.len() - most;
    if left > 0 {
        let _ = writeln!(text, "\n{left} further {} (--all lists them)", changes_in_words(left));
    }
    write_creep(&mut text, changes, machine);
    for (index, note) in changes.notes.iter().enumerate() {
        let gap = if index == 0 { "\n" } else { "" };
        let _ = writeln!(text, "{gap}note: {}", visible(note));
    }
    text
}

const fn changes_in_words(count: usize) -> &'static str {
    if count == 1 { "change" } else { "changes" }
}

/// `2 of 38 series changed; 3 changes of the code (2 confirmed), 4 of the machine`.
fn headline(changes: &Changes, rows: &[Row<'_>]) -> String {
    let told: Vec<&Series> = changes.series.values().filter(|series| !series.is_control).collect();
    let (series, points) = (told.len(), told.iter().map(|series| series.points).sum::<u64>());
    let moved = told.iter().filter(|series| !series.changes.is_empty()).count();
    let of = |cause: Cause| rows.iter().filter(move |row| !row.series.is_control && row.change.cause == cause);
    let code = of(Cause::Code).count();
    let confirmed = of(Cause::Code).filter(|row| row.change.certainty == Certainty::Confirmed).count();
    let looked = if changes.replayed { ", looking after each point" } else { "" };
    format!(
        "{moved} of {series} series changed ({points} points{looked}): {code} {} of the code, {confirmed} of them confirmed, \
         {} of the machine",
        changes_in_words(code),
        of(Cause::Machine).count()
    )
}

fn of_event(event: &Event, is_watched: bool) -> String {
    let when = event.time.map_or_else(|| format!("at {}", event.index), |time| format!("at {time}"));
    let machine = visible(&event.machine);
    match event.cause {
        Cause::Machine => {
            let controls: Vec<String> = event.controls.iter().map(|control| visible(control)).collect();
            format!(
                "the machine {machine} changed {when}: {}; {} of {} changed with it",
                controls.join(", "),
                event.changed,
                event.series
            )
        }
        Cause::Code => {
            let (what, why) = if is_watched {
                ("a wide change of the code", "and the controls did not")
            } else {
                ("a wide change", "of the code or of the machine, which has no controls to tell")
            };
            format!("{what} {when} on {machine}: {} of {} changed together, {why}", event.changed, event.series)
        }
    }
}

fn write_table(
    text: &mut String,
    rows: &[&Row<'_>],
    by_name: &HashMap<&str, &Timeline>,
    machine: Option<&str>,
    glyphs: Glyphs,
) {
    let cells: Vec<[String; COLUMNS]> =
        std::iter::once(HEAD.map(str::to_owned)).chain(rows.iter().map(|row| cells(row, machine))).collect();
    let widths: [usize; COLUMNS] =
        std::array::from_fn(|column| cells.iter().map(|cells| cells[column].width()).max().unwrap_or(0));
    for (index, cells) in cells.iter().enumerate() {
        let row = index.checked_sub(1).map(|index| rows[index]);
        let mark = row.map_or(Style::new().underline(), |row| style(row.change));
        let padded: Vec<String> = cells
            .iter()
            .zip(widths)
            .enumerate()
            .map(|(column, (cell, width))| {
                let padding = " ".repeat(width.saturating_sub(cell.width()));
                if FIGURES.contains(&column) { format!("{padding}{cell}") } else { format!("{cell}{padding}") }
            })
            .collect();
        let _ = writeln!(text, "{mark}{}{mark:#}  {}", padded[0], padded[1..].join("  ").trim_end());
        let Some(row) = row else {
            continue;
        };
        if let Some(timeline) = by_name.get(row.name) {
            let marks: Vec<usize> =
                timeline.indices.iter().position(|index| *index == row.change.index).into_iter().collect();
            let (picture, below) = sparkline(&timeline.values, &marks, PICTURE_COLUMNS, glyphs);
            let _ = writeln!(text, "{:indent$}  {picture}\n{:indent$}  {below}", "", "", indent = widths[0]);
        }
    }
}

fn cells(row: &Row<'_>, machine: Option<&str>) -> [String; COLUMNS] {
    let change = row.change;
    let [low, high] = change.interval_percent;
    let cause = match change.cause {
        Cause::Code if row.series.is_control => "control",
        Cause::Code => "code",
        Cause::Machine => "machine",
    };
    let certainty = match change.certainty {
        Certainty::Confirmed => "confirmed",
        Certainty::Suspected => "suspected",
    };
    let moment = |time: Timestamp| time.strftime("%Y-%m-%d %H:%M").to_string();
    let place = change.time.map_or_else(|| change.index.to_string(), moment);
    let commits = change
        .commits
        .as_ref()
        .map_or_else(String::new, |range| format!(", {}..{}", short(&range.after), short(&range.to)));
    let raised = change.raised_index.map_or_else(String::new, |raised| format!(", raised at {raised}"));
    [
        cause.to_owned(),
        certainty.to_owned(),
        format!("{} %", signed(change.change_percent, 1)),
        format!("{} to {} %", signed(low, 1), signed(high, 1)),
        visible(&format!("{place}{commits}{raised}")),
        visible(short_name(row.name, machine)),
    ]
}

/// The machine of all series, where a history of reports has only one: then no name needs it.
fn only_machine(changes: &Changes) -> Option<&str> {
    let mut machines =
        changes.series.values().map(|series| series.machine.as_deref().filter(|_| series.platform.is_some()));
    let first = machines.next()??;
    machines.all(|machine| machine == Some(first)).then_some(first)
}

/// A series' name without its machine.
fn short_name<'n>(name: &'n str, machine: Option<&str>) -> &'n str {
    machine.and_then(|machine| name.strip_prefix(machine)?.strip_prefix('/')).unwrap_or(name)
}

/// A commit as people write it.
fn short(commit: &str) -> String {
    let mark = if commit.ends_with("-dirty") { "-dirty" } else { "" };
    format!("{}{mark}", commit.get(..8).unwrap_or(commit))
}

const fn style(change: &Change) -> Style {
    let color = match (change.cause, change.is_worse, change.certainty) {
        (Cause::Machine, ..) => AnsiColor::Magenta,
        (_, Some(true), Certainty::Confirmed) => AnsiColor::Red,
        (_, Some(false), _) => AnsiColor::Green,
        (_, Some(true) | None, _) => AnsiColor::Yellow,
    };
    color.on_default()
}

/// The most series whose creep is told one by one.
const CREEPS_MOST: usize = 10;

/// What creeps to this day, the fastest first.
fn write_creep(text: &mut String, changes: &Changes, machine: Option<&str>) {
    let mut creeps: Vec<(&str, &Creep)> = changes
        .series
        .iter()
        .filter(|(_, series)| !series.is_control)
        .filter_map(|(name, series)| Some((name.as_str(), series.creep.last()?)))
        .collect();
    creeps.sort_by(|(_, one), (_, other)| {
        other.percent_per_100_points.abs().total_cmp(&one.percent_per_100_points.abs())
    });
    for (index, (name, creep)) in creeps.iter().take(CREEPS_MOST).enumerate() {
        let gap = if index == 0 { "\n" } else { "" };
        let [low, high] = creep.interval_percent;
        let _ = writeln!(
            text,
            "{gap}creeps {:+.2} % in 100 points ({low:+.2} to {high:+.2} %), from {} to {}: {}",
            creep.percent_per_100_points,
            creep.from_index,
            creep.to_index,
            visible(short_name(name, machine))
        );
    }
    if creeps.len() > CREEPS_MOST {
        let _ = writeln!(text, "and {} further series creep", creeps.len() - CREEPS_MOST);
    }
}
