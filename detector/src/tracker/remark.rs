//! What a comment says, and when there is something to say: only what changed, since a comment is a mail to everybody
//! who watches the repository.

use std::fmt::Write;

use jiff::Timestamp;
use schema::comparison::{Comparison, Severity};

use super::{
    Key, Night, Remark, body,
    marker::{Closed, Marker, SESSIONS_TO_RECOVER},
    moment, session,
};
use crate::{comparison::plural, output::escape::markdown_code};

/// The most rows that are named one by one.
const NAMES_MOST: usize = 8;

/// What a night changed about an issue.
#[derive(Clone, Debug, Default)]
pub(super) struct Events {
    pub(super) added: Vec<Key>,
    pub(super) returned: Vec<Key>,
    pub(super) recovered: Vec<Key>,
    pub(super) accepted: Vec<Key>,
    pub(super) severity: Option<(Severity, Severity)>,
    pub(super) closed: Option<Closed>,
}

impl Events {
    /// In words, for the summary.
    pub(super) fn why(&self, was_dismissed: bool) -> String {
        let mut said = Vec::new();
        match self.closed {
            Some(Closed::Recovered) if was_dismissed => said.push("recovered after a person had closed it".to_owned()),
            Some(Closed::Recovered) => said.push("recovered".to_owned()),
            Some(Closed::Accepted) => said.push("the change was accepted".to_owned()),
            None => {
                for (rows, what) in [(&self.recovered, "recovered"), (&self.accepted, "accepted")] {
                    if !rows.is_empty() {
                        said.push(format!("{} {what}", plural(rows.len(), "row")));
                    }
                }
            }
        }
        for (rows, what) in [(&self.added, "more"), (&self.returned, "returned")] {
            if !rows.is_empty() {
                said.push(format!("{} {what}", plural(rows.len(), "row")));
            }
        }
        if let Some((from, to)) = self.severity.filter(|_| self.closed.is_none()) {
            said.push(format!("{} now, {} before", to.name(), from.name()));
        }
        if said.is_empty() { "tonight's figures".to_owned() } else { said.join(", ") }
    }
}

/// The comment on what changed; `None` where nothing did.
pub(super) fn remark(events: &Events, marker: &Marker, night: &Night<'_>, comparison: &Comparison) -> Option<Remark> {
    let mut text = String::new();
    let mut say = |what: &str, keys: &[Key]| {
        if !keys.is_empty() {
            let _ = writeln!(text, "{what}:\n\n{}", listed(keys, marker));
        }
    };
    say("**It has returned**, confirmed by both programs side by side", &events.returned);
    say("**More of the same commit range**, confirmed by both programs side by side", &events.added);
    if events.closed.is_none() {
        say("**Recovered**, the rest lasts", &events.recovered);
        say("**Accepted**, the rest lasts", &events.accepted);
        if let Some((from, to)) = events.severity {
            let _ = writeln!(text, "**{} now**, {} before.\n", to.name(), from.name());
        }
    }
    match events.closed {
        Some(Closed::Recovered) => {
            let _ = writeln!(
                text,
                "**Recovered**: every row was stable or better in {SESSIONS_TO_RECOVER} sessions in a row{}. It is opened \
                 again if it returns.\n",
                renewed(marker, comparison)
            );
        }
        Some(Closed::Accepted) => {
            let _ = writeln!(
                text,
                "**Accepted**: `accepted` in the baselines has the change now; a further one alarms anew.\n"
            );
        }
        None => {}
    }
    if text.is_empty() {
        return None;
    }
    let time = session(comparison);
    let _ = write!(text, "As of the session of {}{}.", moment(time), body::run_link(night.place));
    let marker = line(time);
    Some(Remark { body: format!("{marker}\n{text}"), marker })
}

/// What is better only beside another baseline has not become faster.
fn renewed(marker: &Marker, comparison: &Comparison) -> String {
    let baseline = comparison.baseline.created.filter(|baseline| Some(*baseline) >= marker.range.to.session);
    baseline.map_or_else(String::new, |baseline| {
        format!(", beside a baseline that was renewed meanwhile, in the session of {}", moment(baseline))
    })
}

/// By which a comment on a session is found again.
fn line(session: Timestamp) -> String {
    format!("<!-- tidegauge-remark {session} -->")
}

fn listed(keys: &[Key], marker: &Marker) -> String {
    let mut text = String::new();
    for (case, metric) in keys.iter().take(NAMES_MOST) {
        let change = marker.rows.iter().find(|row| row.is(case, *metric)).map_or_else(String::new, |row| {
            let [change, low, high] = row.change;
            format!(": {} ({})", body::change(change, *metric), body::interval(low, high, *metric))
        });
        let _ = writeln!(text, "- {} {}{change}", markdown_code(case), metric.name());
    }
    if keys.len() > NAMES_MOST {
        let _ = writeln!(text, "- and {} more", keys.len() - NAMES_MOST);
    }
    text
}
