//! What an issue of ours remembers, in a comment that nobody sees: `<!-- tidegauge {"v":1,…} -->` on a line of its own.
//!
//! Anybody may write such a line into an issue. It counts only where the author is one who may write to the repository,
//! or a program; what is damaged, of another version or out of range does not count either.

use std::fmt::Write;

use jiff::Timestamp;
use platforms::PlatformKey;
use schema::{
    comparison::{Metric, Severity},
    report::CASE_ID_BYTES,
};
use serde::{Deserialize, Serialize};

use super::past::Range;
use crate::github::Issue;

/// How the line begins.
const BEGIN: &str = "<!-- tidegauge {";

/// How it ends.
const END: &str = " -->";

/// The version of what it holds.
const VERSION: u32 = 1;

/// The longest marker, in bytes: the rest of a body is for people.
const BYTES_MOST: usize = 40_000;

/// How many sessions in a row make a row recovered.
pub(super) const SESSIONS_TO_RECOVER: u8 = 2;

/// What an issue remembers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Marker {
    v: u32,
    pub(super) platform: PlatformKey,
    /// When the last session that counted began.
    pub(super) session: Timestamp,
    /// Between which states of the code it began.
    pub(super) range: Range,
    /// Whether it began with a shift of the machine, and so stands for all that began with it.
    pub(super) is_machine: bool,
    pub(super) rows: Vec<Marked>,
    /// How many rows beside these have no room here.
    pub(super) more: u64,
    /// Why it was closed by us, or forgotten after a person closed it; `None` while it lasts.
    pub(super) closed: Option<Closed>,
}

/// A row of an issue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Marked {
    pub(super) case: String,
    pub(super) metric: Metric,
    /// How many sessions in a row it was stable or improved, at most two.
    pub(super) back: u8,
    /// Whether the change was accepted.
    pub(super) accepted: bool,
    pub(super) severity: Severity,
    /// The change and its interval, in percent, as both programs side by side last showed it.
    pub(super) change: [f64; 3],
}

/// Why an issue is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Closed {
    Recovered,
    Accepted,
}

impl Marked {
    /// Whether it needs nothing more.
    pub(super) fn is_over(&self) -> bool {
        self.accepted || self.back >= SESSIONS_TO_RECOVER
    }

    pub(super) fn is(&self, case: &str, metric: Metric) -> bool {
        self.case == case && self.metric == metric
    }
}

impl Marker {
    pub(super) fn new(platform: PlatformKey, session: Timestamp, range: Range) -> Self {
        Self { v: VERSION, platform, session, range, is_machine: false, rows: Vec::new(), more: 0, closed: None }
    }

    /// Its line. Rows for which there is no room are counted and forgotten.
    pub(super) fn line(&mut self) -> String {
        loop {
            let json = escaped(&serde_json::to_string(self).expect("a marker is made of text and finite numbers"));
            if json.len() <= BYTES_MOST || self.rows.len() <= 1 {
                return format!("<!-- tidegauge {json}{END}");
            }
            let kept = (self.rows.len() * BYTES_MOST / json.len()).clamp(1, self.rows.len() - 1);
            self.more += (self.rows.len() - kept) as u64;
            self.rows.truncate(kept);
        }
    }

    /// Reads the first such line of a body; `None` where it has none, or one that is no marker of ours.
    fn parse(body: &str) -> Option<Self> {
        let line = body.lines().find(|line| line.starts_with(BEGIN))?.trim_end();
        let json = line.strip_prefix("<!-- tidegauge ")?.strip_suffix(END)?;
        let marker: Self = serde_json::from_str(json).ok()?;
        marker.is_sound().then_some(marker)
    }

    fn is_sound(&self) -> bool {
        let is_row = |row: &Marked| {
            let finite = row.change.iter().all(|percent| percent.is_finite());
            finite && row.back <= SESSIONS_TO_RECOVER && !row.case.is_empty() && row.case.len() <= CASE_ID_BYTES
        };
        self.v == VERSION && !self.rows.is_empty() && self.rows.iter().all(is_row) && self.range.is_sound()
    }

    /// The marker of an issue that counts as ours.
    pub(super) fn of(issue: &Issue) -> Option<Self> {
        if issue.pull_request.is_some() || !issue.is_from_insider() {
            return None;
        }
        Self::parse(issue.body.as_deref()?)
    }

    /// Whether it has a row of that metric of that case.
    pub(super) fn has(&self, case: &str, metric: Metric) -> bool {
        self.rows.iter().any(|row| row.is(case, metric))
    }

    /// The worst severity of what still lasts; of everything where nothing does.
    pub(super) fn severity(&self) -> Severity {
        let of = |rows: &mut dyn Iterator<Item = &Marked>| rows.map(|row| row.severity).max();
        of(&mut self.rows.iter().filter(|row| !row.is_over()))
            .or_else(|| of(&mut self.rows.iter()))
            .unwrap_or(Severity::Minor)
    }
}

/// Whether an issue is of ours, by its marker and its author.
#[must_use]
pub fn is_ours(issue: &Issue) -> bool {
    Marker::of(issue).is_some()
}

/// JSON in which nothing ends the comment early, mentions anybody, or commands the runner that prints it: all of these
/// only ever stand inside of its texts, where every character may be written by its number.
fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        let is_plain = character.is_ascii_alphanumeric() || r#" {}[]":,._/+\"#.contains(character);
        // The sign of a number stays; there are never two in a row, and no text has one.
        if is_plain || (character == '-' && !escaped.ends_with('-')) {
            escaped.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tracker::past::Point;

    fn time(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn marker(case: &str) -> Marker {
        let point = |day: &str, commit: &str| Point {
            session: Some(time(&format!("2026-01-{day}T04:00:00Z"))),
            commit: Some(commit.repeat(8)),
        };
        let range = Range { after: point("30", "c0ffe"), to: point("31", "decaf"), is_seen: true };
        let platform = "linux-x86_64".parse().expect("a platform");
        let mut marker = Marker::new(platform, time("2026-01-31T04:00:00Z"), range);
        marker.rows.push(Marked {
            case: case.to_owned(),
            metric: Metric::Throughput,
            back: 1,
            accepted: false,
            severity: Severity::Moderate,
            change: [-20.0, -21.5, -18.5],
        });
        marker
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut marker = marker("dot_f32/avx2/n10000");
        let body = format!("{}\nsome text", marker.line());
        assert_eq!(Marker::parse(&body), Some(marker));
    }

    #[test]
    fn a_damaged_marker_is_none() {
        let mut marker = marker("a");
        let line = marker.line();
        for damaged in [
            line.replace("\"v\":1", "\"v\":2"),
            line.replace("\"v\":1,", ""),
            line.replace("\"back\":1", "\"back\":9"),
            line.replace("-20.0", "1e999"),
            line.replace("linux-x86_64", "amiga-68000"),
            line.replace("-->", ""),
            line[..line.len() / 2].to_owned(),
        ] {
            assert!(damaged != line && Marker::parse(&damaged).is_none(), "{damaged}");
        }
    }

    #[test]
    fn the_first_marker_of_a_body_counts() {
        let (mut one, mut other) = (marker("one"), marker("other"));
        let body = format!("{}\n```\n{}\n```", one.line(), other.line());
        assert_eq!(Marker::parse(&body), Some(one));
    }

    #[test]
    fn rows_without_room_are_counted() {
        let mut marker = marker("a");
        let row = marker.rows[0].clone();
        marker.rows = (0..5000).map(|index| Marked { case: format!("case{index}"), ..row.clone() }).collect();
        assert!(marker.line().len() <= BYTES_MOST + 100);
        assert_eq!(marker.rows.len() as u64 + marker.more, 5000);
    }

    proptest! {
        #[test]
        fn whatever_a_case_is_called_the_comment_ends_where_it_should(
            case in r"(-->|<!--|@me|##\[x\]|--|-|[\pL\pS\pP ]){1,20}"
        ) {
            let mut marker = marker(&case);
            let line = marker.line();
            let inner = line.strip_prefix("<!--").and_then(|line| line.strip_suffix("-->")).expect("a comment");
            prop_assert!(!inner.contains("--") && !inner.contains(['<', '>', '@', '#', '`', '&', '\n']), "{}", line);
            prop_assert_eq!(Marker::parse(&line), Some(marker));
        }
    }
}
