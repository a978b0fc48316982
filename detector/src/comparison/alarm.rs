//! Alarms: opened by a critical row, closed only when the change is back under the warning threshold for two sessions. One
//! session at the edge of a threshold would otherwise open and close an issue every other night.
//!
//! | the session says | an open alarm |
//! |---|---|
//! | critical | stays |
//! | warning | stays, and the row stays critical |
//! | stable, improved | is closed by the second such session in a row |
//! | stable, since the change is accepted | is closed |
//! | inconclusive, or nothing | stays as it was: who cannot tell does not count |

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schema::{
    comparison::{Alarm, Comparison, Metric, Row, Rule, Verdict},
    report::Report,
};

use super::{
    CompareError, Previous, Request,
    case::{Finding, Judged},
    clean_commit,
    evidence::sized,
};

/// How many sessions in a row close an alarm.
const SESSIONS_TO_CLOSE: u8 = 2;

/// What an alarm is of.
type Key = (String, Option<Metric>, Option<Rule>);

fn key(row: &Row) -> Key {
    (row.case.clone(), row.metric, row.rule)
}

/// Passes the comparison of an earlier session on the same machines.
///
/// # Errors
///
/// When it is of another platform or machine class, or not of an earlier session.
pub(super) fn check(candidate: &Report, request: &Request) -> Result<(), CompareError> {
    let Some(Previous { comparison, file }) = &request.previous else {
        return Ok(());
    };
    let refused = |what: String| CompareError::OtherPrevious { file: file.clone(), what };
    if comparison.platform != candidate.platform {
        return Err(refused(format!("it is of {}, and the report of {}", comparison.platform, candidate.platform)));
    }
    let (then, now) = (&comparison.candidate.class, &candidate.context.machine.class);
    if then != now {
        let name = |class: &Option<String>| class.as_deref().unwrap_or("no class").to_owned();
        return Err(refused(format!("it is of a machine of {}, and the report of one of {}", name(then), name(now))));
    }
    match comparison.candidate.created {
        Some(then) if then < candidate.created => Ok(()),
        Some(then) => Err(refused(format!(
            "it is of the session of {}, and the report's began on {}, not later",
            moment(then),
            moment(candidate.created)
        ))),
        None => Err(refused("it does not tell when its session began".to_owned())),
    }
}

/// Opens alarms, and carries those of the session before on; returns what was closed, in sentences.
pub(super) fn follow(
    findings: &mut Vec<Finding>,
    previous: Option<&Comparison>,
    candidate: &Report,
    cases: &BTreeSet<&str>,
) -> Vec<String> {
    let mut open: BTreeMap<Key, Alarm> = previous
        .iter()
        .flat_map(|previous| &previous.rows)
        .filter_map(|row| Some((key(row), row.alarm.clone()?)))
        .collect();
    let mut notes = Vec::new();
    for judged in findings.iter_mut().flat_map(|finding| &mut finding.rows) {
        let before = open.remove(&key(&judged.row));
        follow_row(&mut judged.row, before, candidate, &mut notes);
    }
    for ((case, metric, rule), alarm) in open {
        if !cases.contains(case.as_str()) {
            notes.push(format!(
                "closed: the alarm of {}; neither side has the case any more",
                title(&case, metric, &alarm)
            ));
            continue;
        }
        let reason = format!("not judged in this session; {}", still_open(&alarm));
        let row =
            Row { metric, rule, alarm: Some(alarm), ..Row::without_figures(&case, Verdict::Inconclusive, reason) };
        let carried = Judged::new(row, 0.0);
        match findings.iter_mut().find(|finding| finding.case == case) {
            Some(finding) => finding.rows.push(carried),
            None => findings.push(Finding { rows: vec![carried], ..Finding::without_rows(&case) }),
        }
    }
    notes
}

fn follow_row(row: &mut Row, before: Option<Alarm>, candidate: &Report, notes: &mut Vec<String>) {
    let Some(alarm) = before else {
        row.alarm = (row.verdict == Verdict::Critical).then(|| Alarm {
            since: candidate.created,
            commit: clean_commit(&candidate.context).map(str::to_owned),
            sessions_back: 0,
        });
        return;
    };
    let title = title(&row.case, row.metric, &alarm);
    match row.verdict {
        Verdict::Critical => row.alarm = Some(Alarm { sessions_back: 0, ..alarm }),
        Verdict::Warning => {
            row.verdict = Verdict::Critical;
            row.reason = format!(
                "{}; critical still, since the alarm of {} closes only after {SESSIONS_TO_CLOSE} sessions in a row under \
                 the warning threshold",
                row.reason,
                opened(&alarm)
            );
            row.alarm = Some(Alarm { sessions_back: 0, ..alarm });
        }
        Verdict::Stable | Verdict::Improved if row.known.is_some() => {
            notes.push(format!("closed: the alarm of {title}; the change is accepted"));
        }
        Verdict::Stable | Verdict::Improved if alarm.sessions_back + 1 >= SESSIONS_TO_CLOSE => {
            notes.push(format!(
                "closed: the alarm of {title}, after {SESSIONS_TO_CLOSE} sessions in a row under the warning threshold"
            ));
        }
        Verdict::Stable | Verdict::Improved => {
            let alarm = Alarm { sessions_back: alarm.sessions_back + 1, ..alarm };
            row.reason = format!("{}; {}", row.reason, still_open(&alarm));
            row.alarm = Some(alarm);
        }
        Verdict::Missing | Verdict::Incomparable | Verdict::Inconclusive | Verdict::New => {
            // A session that cannot tell leaves an alarm as it was; one that looks past the threshold is not back.
            let is_past = sized(row).is_some_and(|(change, bars)| change.estimate >= bars.warning);
            let alarm = if is_past { Alarm { sessions_back: 0, ..alarm } } else { alarm };
            row.reason = format!("{}; {}", row.reason, still_open(&alarm));
            row.alarm = Some(alarm);
        }
    }
}

/// `alarm open since 2026-01-31 at c0ffee…; one more session under the warning threshold closes it`.
fn still_open(alarm: &Alarm) -> String {
    let more = if alarm.sessions_back == 0 { "two sessions in a row" } else { "one more session" };
    let closes = if alarm.sessions_back == 0 { "close" } else { "closes" };
    format!("alarm open since {}; {more} under the warning threshold {closes} it", opened(alarm))
}

/// `dot_f32/avx2/n10000 latency_p50, open since 2026-01-31 at c0ffee…`.
fn title(case: &str, metric: Option<Metric>, alarm: &Alarm) -> String {
    let metric = metric.map_or_else(String::new, |metric| format!(" {}", metric.name()));
    format!("{case}{metric}, open since {}", opened(alarm))
}

fn opened(alarm: &Alarm) -> String {
    let commit = alarm.commit.as_deref().map(|commit| format!(" at {}", commit.chars().take(12).collect::<String>()));
    format!("{}{}", alarm.since.strftime("%Y-%m-%d"), commit.unwrap_or_default())
}

fn moment(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
