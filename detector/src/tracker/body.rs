//! What an issue says. Whatever comes from outside passes [`crate::output::escape`].

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use schema::comparison::{Comparison, Metric, Row};

use super::{
    Key, Night, Place,
    marker::{Class, Marked, Marker, SESSIONS_TO_RECOVER, Standing, hash_of},
    moment,
    past::Point,
    reproduce, session,
    tonight::Tonight,
};
use crate::{
    comparison::plural,
    output::{
        BODY_CHARS, Glyphs,
        escape::{markdown_code, markdown_sentence},
        quantity::{self, NOTHING},
        sparkline::sparkline,
    },
};

/// The most rows that are drawn.
const PICTURES_MOST: usize = 4;

/// Columns of a picture.
const PICTURE_COLUMNS: usize = 60;

/// The most characters of a reason, or of a machine's name.
const SENTENCE_MOST: usize = 300;

/// What an issue is made from.
pub(super) struct Sources<'a> {
    pub(super) night: &'a Night<'a>,
    pub(super) comparison: &'a Comparison,
    pub(super) rows: &'a BTreeMap<Key, &'a Row>,
}

impl Sources<'_> {
    fn tonight(&self, marked: &Marked) -> Tonight<'_> {
        Tonight::of(self.rows.get(&(marked.case.clone(), marked.metric)).copied())
    }
}

/// The body of the issue that `marker` remembers. What has no room in it is counted; the marker forgets rows likewise.
pub(super) fn body(marker: &mut Marker, sources: &Sources<'_>) -> String {
    let line = marker.line();
    let head = format!("{line}\n{}", head(marker, sources));
    let mut tail = String::new();
    write_since(&mut tail, marker, sources.night.place);
    write_machine(&mut tail, marker, sources);
    write_pictures(&mut tail, marker, sources);
    write_reproduction(&mut tail, marker, sources.comparison);
    write_end(&mut tail);
    let table = table(marker, sources, BODY_CHARS.saturating_sub(head.len() + tail.len()));
    format!("{head}{table}{tail}")
}

/// `2 of 3 rows last, the largest by +40.0 % (+39.7 to +40.3 %).` Of what tonight cannot tell it says so.
fn head(marker: &Marker, sources: &Sources<'_>) -> String {
    let class = marker.class(sources.comparison.candidate.class.as_deref());
    let is_seen = |standing: Standing, tonight: Tonight<'_>| match tonight {
        Tonight::Confirmed(_) => true,
        Tonight::Lasting(_) => standing.lasts() && standing.is_told_by(class),
        Tonight::Fine(_) | Tonight::Accepted(_) | Tonight::Unknown(_) => false,
    };
    let (lasting, others): (Vec<&Marked>, Vec<&Marked>) =
        marker.rows.iter().partition(|marked| is_seen(marked.standing, sources.tonight(marked)));
    let is_folded = |(key, row): &(&Key, &&Row)| {
        let standing = marker.folded.get(&hash_of(&key.0, key.1));
        standing.is_some_and(|standing| is_seen(*standing, Tonight::of(Some(**row))))
    };
    let folded = if marker.folded.is_empty() { 0 } else { sources.rows.iter().filter(is_folded).count() };
    let (seen, all) = (lasting.len() + folded, marker.standings().count());
    let untold = marker.standings().filter(|standing| standing.lasts()).count().saturating_sub(seen);
    let worst = |rows: &[&Marked]| {
        let rows = rows.iter().filter(|row| row.standing.lasts());
        let worst = rows.max_by(|one, other| one.change[0].abs().total_cmp(&other.change[0].abs()));
        worst.map(|Marked { change: [change, low, high], metric, .. }| {
            format!("{} ({})", self::change(*change, *metric), interval(*low, *high, *metric))
        })
    };
    let confirmed = format!("last confirmed in the session of {}", moment(marker.confirmed));
    let said = match (worst(&lasting), worst(&others)) {
        (Some(size), _) => match (seen, all) {
            (_, 1) => format!("It lasts: {size}."),
            (1, all) => format!("1 of {all} rows lasts, by {size}."),
            (count, all) if all == count => format!("All {all} rows last, the largest by {size}."),
            (count, all) => format!("{count} of {all} rows last, the largest by {size}."),
        },
        (None, _) if folded > 0 => format!("What lasts has no room here: {}.", plural(folded, "row")),
        (None, Some(size)) => format!("Tonight cannot tell whether it lasts; {confirmed}: {size}."),
        (None, None) if untold > 0 => format!("Tonight cannot tell whether it lasts; {confirmed}."),
        (None, None) if marker.standings().all(Standing::is_over) => "Nothing of it lasts.".to_owned(),
        (None, None) => {
            "Nothing of it was seen in the last session that can tell; another such session closes it.".to_owned()
        }
    };
    let rest = if seen > 0 && untold > 0 {
        format!(" Of {} tonight cannot tell.", plural(untold, "row"))
    } else {
        String::new()
    };
    let time = moment(session(sources.comparison));
    format!(
        "**{said}**{rest} As of the session of {time} on `{}`{}.\n\n",
        marker.platform,
        run_link(sources.night.place)
    )
}

/// ` ([run](https://…))`, where it is known.
pub(super) fn run_link(place: &Place) -> String {
    place.run_url.as_ref().map_or_else(String::new, |url| format!(" ([run]({url}))"))
}

fn table(marker: &Marker, sources: &Sources<'_>, room: usize) -> String {
    let mut text = String::from(
        "| case | metric | baseline | candidate | change | 95 % interval | severity | tonight |\n\
         |---|---|--:|--:|--:|--:|---|---|\n",
    );
    let end = "\nThe figures are those of both programs side by side, on one machine in the same hour, of each row when it was \
               last confirmed.\n\n";
    let mut unlisted = marker.unlisted();
    for (index, marked) in marker.rows.iter().enumerate() {
        let line = table_line(marked, marker.class(sources.comparison.candidate.class.as_deref()), sources);
        // Some are left for the line that counts the others.
        if text.len() + line.len() + end.len() + 100 > room {
            unlisted += (marker.rows.len() - index) as u64;
            break;
        }
        text.push_str(&line);
    }
    if unlisted > 0 {
        let _ = writeln!(text, "\nAnd {unlisted} further rows, for which there is no room here.");
    }
    text + end
}

fn table_line(marked: &Marked, class: Class, sources: &Sources<'_>) -> String {
    let tonight = sources.tonight(marked);
    // The change is the last one that was confirmed; values of another night would contradict it.
    let (baseline, candidate) = match tonight {
        Tonight::Confirmed(row) => (quantity::value(row.baseline, row.unit), quantity::value(row.candidate, row.unit)),
        _ => (NOTHING.to_owned(), NOTHING.to_owned()),
    };
    let [change, low, high] = marked.change;
    format!(
        "| {} | {} | {baseline} | {candidate} | {} | {} | {} | {} |\n",
        markdown_code(&marked.case),
        marked.metric.name(),
        self::change(change, marked.metric),
        interval(low, high, marked.metric),
        marked.severity.name(),
        standing(marked.standing, class, tonight),
    )
}

/// What tonight, on that class of machine, says of a row.
fn standing(standing: Standing, class: Class, tonight: Tonight<'_>) -> String {
    let is_told = standing.is_told_by(class);
    match tonight {
        Tonight::Confirmed(_) => "lasts".to_owned(),
        Tonight::Accepted(row) => {
            let reason = row.known.as_ref().map_or("", |known| known.reason.as_str());
            format!("accepted: {}", markdown_sentence(&cut(reason)))
        }
        Tonight::Fine(_) | Tonight::Lasting(_) if !is_told => {
            let said = if matches!(tonight, Tonight::Fine(_)) { "fine" } else { "past the warning threshold" };
            format!("{said}, on a class of machine on which it was never confirmed, which does not count")
        }
        Tonight::Lasting(_) if standing.is_over() => "worse by the report alone, after it had recovered".to_owned(),
        Tonight::Lasting(_) => "still past the warning threshold".to_owned(),
        Tonight::Fine(_) if standing.is_over() => "recovered".to_owned(),
        Tonight::Fine(row) => {
            let change =
                if row.interleaved.is_some() { format!(" ({})", quantity::change(row)) } else { String::new() };
            format!("fine{change}, {} of {SESSIONS_TO_RECOVER} sessions", standing.back())
        }
        Tonight::Unknown(Some(row)) => {
            format!("cannot be told, {}: {}", row.verdict.name(), markdown_sentence(&cut(&row.reason)))
        }
        Tonight::Unknown(None) => "not judged".to_owned(),
    }
}

/// The first characters of a text of any length.
fn cut(text: &str) -> String {
    if text.chars().count() <= SENTENCE_MOST {
        return text.to_owned();
    }
    text.chars().take(SENTENCE_MOST).chain("...".chars()).collect()
}

/// `+40.0 %`, or `-0.5 pt` of accuracy.
pub(super) fn change(percent: f64, metric: Metric) -> String {
    format!("{} {}", quantity::signed(percent, 1), unit(metric))
}

/// `+39.7 to +40.3 %`.
pub(super) fn interval(low: f64, high: f64, metric: Metric) -> String {
    format!("{} to {} {}", quantity::signed(low, 1), quantity::signed(high, 1), unit(metric))
}

const fn unit(metric: Metric) -> &'static str {
    if matches!(metric, Metric::Accuracy) { "pt" } else { "%" }
}

fn write_since(text: &mut String, marker: &Marker, place: &Place) {
    let range = &marker.range;
    text.push_str("#### Since when\n\n");
    let (fine, known) =
        if range.is_seen { ("Fine for the last time", "") } else { ("Fine in the baseline,", " that is known,") };
    let _ = write!(text, "{fine} {}; worse for the first time{known} {}", point(&range.after), point(&range.to));
    match (range.after.clean_commit(), range.to.clean_commit()) {
        (Some(after), Some(to)) if after == to => {
            text.push_str(". Both are the same commit: the toolchain, the machine or a setting may have changed.\n\n");
        }
        (Some(after), Some(to)) => {
            let Place { server_url, repository, .. } = place;
            let _ = writeln!(text, ": [the commits between]({server_url}/{repository}/compare/{after}...{to}).\n");
        }
        _ => text.push_str(".\n\n"),
    }
}

/// `in the session of 2026-01-31 04:00 UTC, at c0ffeec0ffee`.
fn point(point: &Point) -> String {
    let when = point.session.map(|session| format!("in the session of {}", moment(session)));
    let commit = point.commit.as_deref().map(|commit| {
        let mark = if commit.ends_with("-dirty") { " with uncommitted changes" } else { "" };
        let short: String = commit.chars().take(12).collect();
        format!("at {}{mark}", markdown_code(&short))
    });
    match (when, commit) {
        (Some(when), Some(commit)) => format!("{when}, {commit}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => "in a session of which nothing is known".to_owned(),
    }
}

fn write_machine(text: &mut String, marker: &Marker, sources: &Sources<'_>) {
    let Comparison { platform, candidate, summary, .. } = sources.comparison;
    let named =
        |class: Option<&str>| class.map_or_else(|| "of no class".to_owned(), |class| markdown_code(&cut(class)));
    let (seen, tonight) = (named(marker.machine.as_deref()), named(candidate.class.as_deref()));
    let time = moment(marker.confirmed);
    let _ = write!(
        text,
        "#### Where\n\nOn `{platform}`, the machine {seen}, confirmed for the last time in the session of {time}."
    );
    if seen != tonight {
        let _ = write!(text, " Tonight's is another, the machine {tonight}.");
    }
    text.push('\n');
    let wide = summary.wide_change.iter().map(|wide| &wide.reason);
    for said in wide.chain(&summary.machine_change) {
        let _ = writeln!(text, "\n{}", markdown_sentence(&cut(said)));
    }
    text.push('\n');
}

fn write_pictures(text: &mut String, marker: &Marker, sources: &Sources<'_>) {
    let past = sources.night.past;
    let mut drawn = 0;
    for marked in &marker.rows {
        let Some(series) = past.series(sources.comparison, &marked.case, marked.metric, &marker.range) else {
            continue;
        };
        if drawn == PICTURES_MOST {
            break;
        }
        if drawn == 0 {
            text.push_str("#### How it went\n\n");
        }
        drawn += 1;
        let timeline = series.timeline;
        let marks: Vec<usize> = series.began.into_iter().collect();
        let (picture, below) = sparkline(&timeline.values, &marks, PICTURE_COLUMNS, Glyphs::Unicode);
        let below = if below.is_empty() { String::new() } else { format!("{below}\n") };
        let unit = sources.tonight(marked).row().and_then(|row| row.unit);
        let extreme = |pick: fn(f64, f64) -> f64| quantity::value(timeline.values.iter().copied().reduce(pick), unit);
        let day = |time: Option<&jiff::Timestamp>| {
            time.map_or_else(|| NOTHING.to_owned(), |time| time.strftime("%Y-%m-%d").to_string())
        };
        let _ = writeln!(
            text,
            "{} {}, {} on this class of machine, {} to {}, from {} to {}:\n\n```text\n{picture}\n{below}```\n",
            markdown_code(&marked.case),
            marked.metric.name(),
            plural(timeline.values.len(), "session"),
            day(timeline.times.first()),
            day(timeline.times.last()),
            extreme(f64::min),
            extreme(f64::max),
        );
    }
}

fn write_reproduction(text: &mut String, marker: &Marker, comparison: &Comparison) {
    text.push_str("#### To see it yourself\n\n");
    let baseline = comparison.baseline.git.as_ref().map(|git| git.commit.as_str()).filter(|commit| is_hex(commit));
    let Some(commit) = baseline.or_else(|| marker.range.after.clean_commit()) else {
        text.push_str("The commit of the baseline is not known, so that nothing can be built to compare with.\n\n");
        return;
    };
    let lasting: BTreeSet<&str> =
        marker.rows.iter().filter(|row| !row.standing.is_over()).map(|row| row.case.as_str()).collect();
    let all: BTreeSet<&str> = marker.rows.iter().map(|row| row.case.as_str()).collect();
    let cases: Vec<&str> = if lasting.is_empty() { all } else { lasting }.into_iter().collect();
    let (command, named) = reproduce::command(commit, &cases);
    let rest = if named < cases.len() { format!(", for {named} of the {} cases", cases.len()) } else { String::new() };
    let candidate = marker.range.to.clean_commit();
    let checkout =
        candidate.map_or_else(|| "a checkout".to_owned(), |commit| format!("a checkout of `{}`", &commit[..12]));
    let _ = writeln!(text, "On a machine of `{}`, in {checkout}{rest}:\n\n```sh\n{command}\n```\n", marker.platform);
}

/// Whether a revision is nothing but digits, which no shell and no git reads otherwise.
fn is_hex(commit: &str) -> bool {
    (7..=64).contains(&commit.len()) && commit.bytes().all(|digit| digit.is_ascii_hexdigit())
}

fn write_end(text: &mut String) {
    let _ = writeln!(
        text,
        "#### What closes it\n\n\
         Two sessions in a row in which every row is stable or improved, on a class of machine on which it was \
         confirmed; or an entry under `accepted` in `platforms/baselines.json`. Closed by hand it stays so until it has recovered once. If it is no regression, the \
         label `false-alarm` says so and counts against the precision of the alarms. This text is written anew every \
         night; a comment stays."
    );
}
