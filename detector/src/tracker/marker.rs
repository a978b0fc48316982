//! What an issue of ours remembers, in a comment that nobody sees: `<!-- tidegauge {"v":1,…} -->` on a line of its own.
//!
//! Anybody may write such a line into an issue, and a program may quote it there. It counts only as the very first line,
//! and where the author is one who may write to the repository, or one whose token alarms; what is damaged, of another
//! version or out of range does not count either.

use std::{collections::BTreeMap, fmt::Write};

use jiff::Timestamp;
use platforms::PlatformKey;
use schema::{
    comparison::{Metric, Severity},
    report::CASE_ID_BYTES,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

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

/// The most rows that are remembered by their hashes alone: five metrics of 300 cases, more than a night has. They take
/// 30 kB at most, and leave some room for the figures of others.
const FOLDED_MOST: usize = 1500;

/// The most classes of machines that are told apart; all others are one more.
const CLASSES_MOST: usize = 15;

/// The most characters of a machine's name that are kept.
const MACHINE_CHARACTERS: usize = 200;

/// Digits of a hash: of a thousand rows, one in a thousand million is mistaken for another.
const HASH_DIGITS: usize = 10;

/// How many sessions in a row make a row recovered.
pub(super) const SESSIONS_TO_RECOVER: u8 = 2;

/// What an issue remembers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Marker {
    v: u32,
    pub(super) platform: PlatformKey,
    /// When the last session that counted began.
    pub(super) session: Timestamp,
    /// When the last session began in which a row of it was confirmed.
    pub(super) confirmed: Timestamp,
    /// The class of machine of that session; `None` of a machine of none.
    pub(super) machine: Option<String>,
    /// Between which states of the code it began.
    pub(super) range: Range,
    /// Whether it began with a shift of the machine, and so stands for all that began with it.
    pub(super) is_machine: bool,
    /// The classes of machines on which a row of it was confirmed, by their hashes.
    classes: Vec<String>,
    /// Those that are shown.
    pub(super) rows: Vec<Marked>,
    /// Those for whose figures there is no room, by the hashes of case and metric.
    pub(super) folded: BTreeMap<String, Standing>,
    /// How many rows beside these have no room at all.
    pub(super) more: u64,
    /// Why it was closed by us, or forgotten after a person closed it; `None` while it lasts.
    pub(super) closed: Option<Closed>,
}

/// A row of an issue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Marked {
    pub(super) case: String,
    pub(super) metric: Metric,
    pub(super) standing: Standing,
    pub(super) severity: Severity,
    /// The change and its interval, in percent, as both programs side by side last showed it.
    pub(super) change: [f64; 3],
}

/// How far a row is from its end. Short, since there are hundreds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u8, u16)", into = "(u8, u16)")]
pub(super) struct Standing {
    /// How many sessions in a row it was stable or improved, at most two; more where the change was accepted.
    back: u8,
    /// The classes on which it was confirmed, a bit each: only they tell whether it is back.
    classes: u16,
}

/// Why an issue is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Closed {
    Recovered,
    Accepted,
}

impl From<(u8, u16)> for Standing {
    fn from((back, classes): (u8, u16)) -> Self {
        Self { back, classes }
    }
}

impl From<Standing> for (u8, u16) {
    fn from(Standing { back, classes }: Standing) -> Self {
        (back, classes)
    }
}

impl Standing {
    /// What stands for a change that was accepted.
    const ACCEPTED: u8 = SESSIONS_TO_RECOVER + 1;

    /// That of a row that was confirmed on that class.
    pub(super) const fn new(class: Class) -> Self {
        Self { back: 0, classes: class.0 }
    }

    /// How many sessions in a row it was fine, where it is not over.
    pub(super) const fn back(self) -> u8 {
        self.back
    }

    pub(super) const fn is_accepted(self) -> bool {
        self.back == Self::ACCEPTED
    }

    /// Whether it needs nothing more.
    pub(super) const fn is_over(self) -> bool {
        self.back >= SESSIONS_TO_RECOVER
    }

    /// Whether it lasted when it was last heard of.
    pub(super) const fn lasts(self) -> bool {
        self.back == 0
    }

    /// Whether a session on that class can tell how it goes.
    pub(super) const fn is_told_by(self, class: Class) -> bool {
        self.classes & class.0 != 0
    }

    /// It was confirmed. Where it returns, only the class that says so can tell when it is back.
    pub(super) const fn confirm(&mut self, class: Class) {
        let before = if self.is_over() { 0 } else { self.classes };
        *self = Self { back: 0, classes: before | class.0 };
    }

    /// It is past a threshold, and nothing confirms it.
    pub(super) const fn last(&mut self) {
        self.back = 0;
    }

    /// It was fine in one session more.
    pub(super) const fn recover(&mut self) {
        self.back += 1;
    }

    /// The change was accepted.
    pub(super) const fn accept(&mut self) {
        self.back = Self::ACCEPTED;
    }

    const fn is_sound(self) -> bool {
        self.back <= Self::ACCEPTED
    }
}

/// A class of machines, as an issue knows it: a bit; none of one that it does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Class(u16);

impl Marked {
    pub(super) fn is(&self, case: &str, metric: Metric) -> bool {
        self.case == case && self.metric == metric
    }
}

/// By which a row without room for its figures is known.
pub(super) fn hash_of(case: &str, metric: Metric) -> String {
    hash(&format!("{} {case}", metric.name()))
}

fn hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let mut digits = String::with_capacity(HASH_DIGITS);
    for byte in digest.iter().take(HASH_DIGITS / 2) {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

fn is_hash(text: &str) -> bool {
    text.len() == HASH_DIGITS && text.bytes().all(|digit| digit.is_ascii_hexdigit())
}

impl Marker {
    pub(super) const fn new(platform: PlatformKey, session: Timestamp, range: Range) -> Self {
        Self {
            v: VERSION,
            platform,
            session,
            confirmed: session,
            machine: None,
            range,
            is_machine: false,
            classes: Vec::new(),
            rows: Vec::new(),
            folded: BTreeMap::new(),
            more: 0,
            closed: None,
        }
    }

    /// Its line. The figures of rows for which there is no room are forgotten, the least severe first; rows that have no
    /// room even so are counted.
    pub(super) fn line(&mut self) -> String {
        let mut is_sorted = false;
        loop {
            let json = escaped(&serde_json::to_string(self).expect("a marker is made of text and finite numbers"));
            if json.len() <= BYTES_MOST || self.rows.len() <= 1 {
                return format!("<!-- tidegauge {json}{END}");
            }
            if !is_sorted {
                self.rows.sort_by_key(|row| (row.standing.is_over(), std::cmp::Reverse(row.severity)));
                is_sorted = true;
            }
            let kept = (self.rows.len() * BYTES_MOST / json.len()).clamp(1, self.rows.len() - 1);
            for row in self.rows.drain(kept..) {
                if self.folded.len() < FOLDED_MOST {
                    self.folded.insert(hash_of(&row.case, row.metric), row.standing);
                } else {
                    self.more += 1;
                }
            }
        }
    }

    /// Reads the first line of a body; `None` where it is no marker of ours.
    fn parse(body: &str) -> Option<Self> {
        let line = body.lines().next().filter(|line| line.starts_with(BEGIN))?.trim_end();
        let json = line.strip_prefix("<!-- tidegauge ")?.strip_suffix(END)?;
        let marker: Self = serde_json::from_str(json).ok()?;
        marker.is_sound().then_some(marker)
    }

    fn is_sound(&self) -> bool {
        let is_row = |row: &Marked| {
            let finite = row.change.iter().all(|percent| percent.is_finite());
            finite && row.standing.is_sound() && !row.case.is_empty() && row.case.len() <= CASE_ID_BYTES
        };
        let is_folded = self.folded.iter().all(|(hash, standing)| is_hash(hash) && standing.is_sound());
        let is_short = self.classes.len() <= CLASSES_MOST && self.classes.iter().all(|class| is_hash(class));
        let has_rows = !self.rows.is_empty() && self.rows.iter().all(is_row);
        let is_named = self.machine.as_ref().is_none_or(|name| name.chars().count() <= MACHINE_CHARACTERS);
        self.v == VERSION && is_named && has_rows && is_folded && is_short && self.range.is_sound()
    }

    /// The marker of an issue that counts as ours, where `authors` alarm.
    pub(super) fn of(issue: &Issue, authors: &[String]) -> Option<Self> {
        if issue.pull_request.is_some() || !(issue.is_from_member() || is_by(issue, authors)) {
            return None;
        }
        Self::parse(issue.body.as_deref()?)
    }

    /// Whether it has a row of that metric of that case.
    pub(super) fn has(&self, case: &str, metric: Metric) -> bool {
        let is_folded = || !self.folded.is_empty() && self.folded.contains_key(&hash_of(case, metric));
        self.rows.iter().any(|row| row.is(case, metric)) || is_folded()
    }

    /// Whether it has a row of that case.
    pub(super) fn has_case(&self, case: &str) -> bool {
        Metric::ALL.iter().any(|metric| self.has(case, *metric))
    }

    /// How many rows of it have no room for their figures.
    pub(super) fn unlisted(&self) -> u64 {
        self.folded.len() as u64 + self.more
    }

    /// The standings of all of its rows.
    pub(super) fn standings(&self) -> impl Iterator<Item = Standing> {
        self.rows.iter().map(|row| row.standing).chain(self.folded.values().copied())
    }

    /// A class of machines as this issue knows it; `None` is that of machines of no class.
    pub(super) fn class(&self, name: Option<&str>) -> Class {
        let name = hash(name.unwrap_or_default());
        match self.classes.iter().position(|class| *class == name) {
            Some(place) => Class(1 << place),
            None if self.classes.len() < CLASSES_MOST => Class(0),
            None => Class(1 << CLASSES_MOST),
        }
    }

    /// The same, on which a row of it was confirmed in this session.
    pub(super) fn class_confirmed(&mut self, name: Option<&str>) -> Class {
        self.confirmed = self.session;
        self.machine = name.map(|name| name.chars().take(MACHINE_CHARACTERS).collect());
        if self.class(name) == Class(0) {
            self.classes.push(hash(name.unwrap_or_default()));
        }
        self.class(name)
    }

    /// The worst severity of what still lasts; of everything where nothing does.
    pub(super) fn severity(&self) -> Severity {
        let of = |rows: &mut dyn Iterator<Item = &Marked>| rows.map(|row| row.severity).max();
        of(&mut self.rows.iter().filter(|row| !row.standing.is_over()))
            .or_else(|| of(&mut self.rows.iter()))
            .unwrap_or(Severity::Minor)
    }
}

/// Whether one of `authors` wrote it. GitHub tells logins apart whatever their letters' case.
pub(super) fn is_by(issue: &Issue, authors: &[String]) -> bool {
    issue.user.as_ref().is_some_and(|user| authors.iter().any(|author| author.eq_ignore_ascii_case(&user.login)))
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
            standing: Standing { back: 1, classes: 1 },
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
            line.replace("\"standing\":[1,1]", "\"standing\":[9,1]"),
            line.replace("\"folded\":{}", "\"folded\":{\"a hash\":[0,1]}"),
            line.replace("\"classes\":[]", "\"classes\":[\"a class\"]"),
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
    fn a_marker_that_is_quoted_does_not_count() {
        assert_eq!(Marker::parse(&format!("Feedback form:\n{}", marker("a").line())), None);
    }

    /// A marker of that many rows.
    fn wide(rows: usize) -> Marker {
        let mut marker = marker("a");
        let row = marker.rows[0].clone();
        let named = |index| Marked { case: format!("dot_f32/avx2/n{index}"), ..row.clone() };
        marker.rows = (0..rows).map(named).collect();
        marker
    }

    #[test]
    fn every_row_of_a_night_of_300_cases_and_3_metrics_is_remembered() {
        let mut marker = wide(900);
        let marker = Marker::parse(&marker.line()).expect("a marker");
        assert!((0..900).all(|index| marker.has(&format!("dot_f32/avx2/n{index}"), Metric::Throughput)));
        assert!(!marker.has("dot_f32/avx2/n900", Metric::Throughput));
        assert!(!marker.has("dot_f32/avx2/n899", Metric::LatencyP50));
    }

    #[test]
    fn the_figures_of_the_most_severe_rows_are_kept() {
        let mut marker = wide(900);
        marker.rows[899].severity = Severity::Severe;
        marker.line();
        assert_eq!((marker.severity(), marker.rows[0].case.as_str()), (Severity::Severe, "dot_f32/avx2/n899"));
    }

    #[test]
    fn a_marker_has_its_length_and_counts_the_rows_without_room() {
        let mut marker = wide(5000);
        assert!(marker.line().len() <= BYTES_MOST + 100);
        assert_eq!((marker.rows.len() + marker.folded.len()) as u64 + marker.more, 5000);
        assert!(marker.more > 0 && marker.rows.len() > 20, "{}", marker.rows.len());
    }

    #[test]
    fn classes_beyond_the_last_that_can_be_told_apart_are_one() {
        let mut marker = marker("a");
        let classes: Vec<Class> =
            (0..20).map(|index| marker.class_confirmed(Some(&format!("class {index}")))).collect();
        assert!(classes[..=CLASSES_MOST].windows(2).all(|pair| pair[0] != pair[1]), "{classes:?}");
        assert!(classes[CLASSES_MOST..].iter().all(|class| *class == classes[19]), "{classes:?}");
        assert!(Marker::parse(&marker.line()).is_some());
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
