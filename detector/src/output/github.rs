//! Workflow commands, which GitHub shows as annotations beside a run: one a case, the worst first.
//!
//! | level | what |
//! |---|---|
//! | error | critical, missing, incomparable; what made the comparison fail; the summary where it failed |
//! | warning | warning; another machine |
//! | notice | inconclusive past the warning threshold; the notes; the summary where there is nothing to act on |
//!
//! Each is one line, whatever stands in the names and reasons. GitHub shows no more than ten of a level in a step, so that the
//! tenth says what else there is.

use std::{collections::BTreeMap, fmt::Write};

use schema::{
    comparison::{Comparison, Row, Verdict},
    exit::Exit,
};

use super::{
    escape::{runner_message, runner_property, visible},
    quantity,
    words::{ALIKE_MOST, are, consequence, headline, is_alike, is_failed_by_doubt, listed},
};

/// The most annotations of a level that GitHub shows of a step.
const ANNOTATIONS_MOST: usize = 10;

/// The most characters of a name in a title, which stands in one line; a longer one stands in the message in full.
const TITLE_CHARACTERS_MOST: usize = 100;

/// How loud an annotation is, the loudest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Error,
    Warning,
    Notice,
}

impl Level {
    const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Notice];

    /// The command.
    const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

struct Annotation {
    level: Level,
    title: String,
    message: String,
}

/// The comparison.
pub(super) fn print(comparison: &Comparison) -> String {
    let annotations = annotations(comparison);
    let mut text = String::new();
    for level in Level::ALL {
        let of_level: Vec<&Annotation> = annotations.iter().filter(|one| one.level == level).collect();
        let shown = if of_level.len() > ANNOTATIONS_MOST { ANNOTATIONS_MOST - 1 } else { of_level.len() };
        let (shown, more) = of_level.split_at(shown);
        for one in shown {
            write(&mut text, level, &one.title, &one.message);
        }
        if !more.is_empty() {
            let titles: Vec<&str> = more.iter().map(|one| one.title.as_str()).collect();
            write(&mut text, level, &format!("and {} more of this level", more.len()), &listed(&titles));
        }
    }
    text
}

fn write(text: &mut String, level: Level, title: &str, message: &str) {
    let _ = writeln!(text, "::{} title={}::{}", level.name(), runner_property(title), runner_message(message));
}

/// All there is to say, the worst first.
fn annotations(comparison: &Comparison) -> Vec<Annotation> {
    let mut annotations = vec![summary(comparison)];
    annotations.extend(cases(comparison));
    let notes = &comparison.summary;
    let of =
        |level, title: &str, message: &String| Annotation { level, title: title.to_owned(), message: message.clone() };
    annotations.extend(notes.machine_change.iter().map(|change| of(Level::Warning, "another machine", change)));
    annotations.extend(notes.notes.iter().map(|note| of(Level::Notice, "note", note)));
    annotations
}

fn summary(comparison: &Comparison) -> Annotation {
    let has_failed = comparison.summary.exit_code != Exit::Nothing.code();
    Annotation {
        level: if has_failed { Level::Error } else { Level::Notice },
        title: format!("detector compare on {}", comparison.platform),
        message: format!("{}. {}", headline(comparison), consequence(comparison)),
    }
}

/// One annotation a case that is to be looked at; one for many of which the same is said.
fn cases(comparison: &Comparison) -> Vec<Annotation> {
    let telling: Vec<(Level, &Row)> =
        comparison.rows.iter().filter_map(|row| Some((level(comparison, row)?, row))).collect();
    let mut of_cases: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for (_, row) in &telling {
        of_cases.entry(&row.case).or_default().push(row);
    }
    let mut annotations = Vec::new();
    for alike in telling.chunk_by(|(_, one), (_, other)| is_alike(one, other)) {
        let (level, first) = alike[0];
        if alike.len() > ALIKE_MOST {
            // Of a baseline that cannot be used at all, the summary says why.
            if first.reason != comparison.summary.exit_reason {
                let names: Vec<&str> = alike.iter().map(|(_, row)| row.case.as_str()).collect();
                let total = u32::try_from(alike.len()).unwrap_or(u32::MAX);
                annotations.push(Annotation {
                    level,
                    title: format!("{total} cases {}", are(total, first.verdict)),
                    message: format!("{}: {}", first.reason, listed(&names)),
                });
            }
            continue;
        }
        for (level, row) in alike {
            // The worst row of a case stands for all of them.
            if let Some(rows) = of_cases.remove(row.case.as_str()) {
                annotations.push(of_case(*level, row, &rows));
            }
        }
    }
    annotations
}

/// The annotation of a case: what is to say of its metrics, the worst first.
fn of_case(level: Level, worst: &Row, rows: &[&Row]) -> Annotation {
    let name = visible(&worst.case);
    let short: String = name.chars().take(TITLE_CHARACTERS_MOST).collect();
    let is_cut = short.len() < name.len();
    let mut said: Vec<String> = if is_cut { vec![name] } else { Vec::new() };
    said.extend(rows.iter().map(|row| sentence(row)));
    Annotation {
        level,
        title: format!("{}: {short}{}", worst.verdict.name(), if is_cut { "…" } else { "" }),
        message: said.join(". "),
    }
}

/// `latency_p50 1.05 µs, now 1.37 µs (+30.0 %, +28.1 to +31.9 %): REASON`
fn sentence(row: &Row) -> String {
    let Some(metric) = row.metric else {
        return row.reason.clone();
    };
    let figures = quantity::figures(row).map_or_else(String::new, |figures| format!(" {figures}"));
    format!("{}{figures}: {}", metric.name(), row.reason)
}

/// How loud a row is; `None` where nobody has to look.
fn level(comparison: &Comparison, row: &Row) -> Option<Level> {
    let exit = comparison.summary.exit_code;
    match row.verdict {
        Verdict::Critical | Verdict::Missing | Verdict::Incomparable => Some(Level::Error),
        Verdict::Warning if exit == Exit::Warning.code() => Some(Level::Error),
        Verdict::Warning => Some(Level::Warning),
        Verdict::Inconclusive if is_failed_by_doubt(comparison) => Some(Level::Error),
        Verdict::Inconclusive => row.is_past_warning().then_some(Level::Notice),
        Verdict::Improved | Verdict::New | Verdict::Stable => None,
    }
}
