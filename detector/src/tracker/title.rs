//! What an issue is called: short, plain, and the same from night to night, since every change of it is an entry of its
//! own in the issue.

use std::collections::BTreeSet;

use schema::comparison::Metric;

use super::marker::Marker;
use crate::output::escape::plain;

/// The longest title, in characters.
const CHARACTERS_MOST: usize = 120;

/// What of a title stays whatever else joins the issue.
pub(super) fn beginning(title: &str) -> &str {
    title.split_once(", and ").map_or(title, |(beginning, _)| beginning)
}

/// `linux-x86_64: dot_f32/avx2/n10000 is slower, and 3 more cases`.
pub(super) fn title(marker: &Marker) -> String {
    let first = &marker.rows[0];
    let what = match first.metric {
        Metric::Throughput | Metric::LatencyP50 => "is slower",
        Metric::LatencyP95 | Metric::LatencyP99 => "is slower at times",
        Metric::Memory => "takes more memory",
        Metric::Accuracy => "is less accurate",
        Metric::Instructions => "takes more instructions",
    };
    let cases: BTreeSet<&str> = marker.rows.iter().map(|row| row.case.as_str()).collect();
    let more = match (cases.len() - 1, marker.unlisted()) {
        (0, 0) => String::new(),
        (1, 0) => ", and 1 more case".to_owned(),
        (count, 0) => format!(", and {count} more cases"),
        (count, _) => format!(", and more than {count} more cases"),
    };
    let begin = format!("{}: ", marker.platform);
    let end = format!(" {what}{more}");
    let room = CHARACTERS_MOST - begin.len() - end.len();
    let name = plain(&first.case);
    // It is plain ASCII, of which every byte is a character.
    let name = if name.len() > room { format!("{}..", &name[..room - 2]) } else { name };
    format!("{begin}{name}{end}")
}
