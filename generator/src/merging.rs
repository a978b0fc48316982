//! Several files of baselines in one: classes apart, sessions of a class together, and nothing lost without a word.

use std::{collections::BTreeMap, fmt};

use clap::ValueEnum;
use jiff::Timestamp;
use platforms::PlatformKey;
use schema::baselines::{Baselines, ClassBaseline, Session};

use crate::section::is_same_code;

/// One of the files.
#[derive(Clone, Debug)]
pub struct Source {
    /// What messages call it.
    pub name: String,
    /// What it holds.
    pub baselines: Baselines,
}

/// Which of two different entries for the same thing to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Keep {
    /// That of the file that is named first
    First,
    /// That of the file that is named last
    Last,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// All in one; it was updated when the latest of them was.
    pub baselines: Baselines,
    /// What is not in it, and what is in its place.
    pub discarded: Vec<Conflict>,
}

/// Two different entries for the same thing. As an error it says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{one} and {other} {what}, or pass --keep first or --keep last to take what one of them has")]
pub struct Conflict {
    /// What they disagree on.
    pub what: What,
    /// The file that came first, or whose entry was kept.
    pub one: String,
    /// The other file.
    pub other: String,
}

impl Conflict {
    /// What was discarded, in favour of what.
    #[must_use]
    pub fn discarded(&self) -> String {
        let Self { what, one, other } = self;
        match what {
            What::Written { field } => format!("discarded the {field} of {other}: those of {one} stay"),
            What::Moment { place, created } => {
                format!("discarded the session of {place}, {created}, of {other}: {one} tells it otherwise")
            }
            What::Code { place, created, codes: [kept, _] } => {
                format!("discarded the session of {place}, {created}, of {other}: {one} has sessions of {kept}")
            }
        }
    }
}

/// What two files disagree on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// What people write.
    Written {
        /// `thresholds`, `overrides` or `accepted`.
        field: &'static str,
    },
    /// Two sessions of one class that began in the same moment.
    Moment {
        /// Of which platform and class.
        place: Place,
        /// When both began.
        created: Timestamp,
    },
    /// Sessions of one class that measured different code.
    Code {
        /// Of which platform and class.
        place: Place,
        /// When that of the other file began.
        created: Timestamp,
        /// Which code they measured.
        codes: [String; 2],
    },
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Written { field } => write!(f, "have different {field}; make them the same"),
            Self::Moment { place, created } => {
                write!(f, "have different sessions of {place}, that began at the same time, {created}; remove one")
            }
            Self::Code { place, codes: [one, other], .. } => {
                write!(
                    f,
                    "have sessions of different code of {place}: of {one}, and of {other}; measure one of them anew"
                )
            }
        }
    }
}

/// A section of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The platform.
    pub platform: PlatformKey,
    /// The machine class.
    pub class: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, class {}", self.platform, self.class)
    }
}

/// Sessions, each with the index of the file that it is from, by platform and class.
type Sections = BTreeMap<PlatformKey, BTreeMap<String, Vec<(usize, Session)>>>;

/// All in one. Where nothing is in conflict, the order of the files makes no difference.
///
/// # Errors
///
/// Where two files have different entries for the same thing, and `keep` does not say which one counts.
pub fn merge(first: Source, others: Vec<Source>, keep: Option<Keep>) -> Result<Merged, Box<Conflict>> {
    let mut sources = vec![first];
    sources.extend(others);
    // What is to be kept comes first.
    if keep == Some(Keep::Last) {
        sources.reverse();
    }
    let mut discarded = Vec::new();
    let mut settle = |conflict| {
        if keep.is_none() {
            return Err(Box::new(conflict));
        }
        discarded.push(conflict);
        Ok(())
    };
    let mut sections = Sections::new();
    for (index, source) in sources.iter().enumerate() {
        let conflict = |what, one: usize| Conflict { what, one: sources[one].name.clone(), other: source.name.clone() };
        for field in different(&sources[0].baselines, &source.baselines) {
            settle(conflict(What::Written { field }, 0))?;
        }
        for (&platform, classes) in &source.baselines.baselines {
            let of_platform = sections.entry(platform).or_default();
            for (class, section) in classes {
                let kept = of_platform.entry(class.clone()).or_default();
                for session in &section.sessions {
                    if kept.iter().any(|(_, known)| known == session) {
                        continue;
                    }
                    // What a file has side by side, somebody put there.
                    let mut earlier = kept.iter().filter(|(of, _)| *of != index);
                    let place = || Place { platform, class: class.clone() };
                    match earlier.find_map(|(of, known)| Some((*of, disagreement(known, session, place)?))) {
                        Some((of, what)) => settle(conflict(what, of))?,
                        None => kept.push((index, session.clone())),
                    }
                }
            }
        }
    }
    let updated = sources.iter().map(|source| source.baselines.updated).max();
    let first = sources.swap_remove(0).baselines;
    let updated = updated.unwrap_or(first.updated);
    let baselines = sections.into_iter().map(|(platform, classes)| {
        (platform, classes.into_iter().map(|(class, sessions)| (class, in_order(sessions))).collect())
    });
    Ok(Merged { baselines: Baselines { updated, baselines: baselines.collect(), ..first }, discarded })
}

/// The parts that people write, where they differ.
fn different(one: &Baselines, other: &Baselines) -> impl Iterator<Item = &'static str> {
    let parts = [
        ("thresholds", one.thresholds != other.thresholds),
        ("overrides", one.overrides != other.overrides),
        ("accepted changes", one.accepted != other.accepted),
    ];
    parts.into_iter().filter_map(|(field, differs)| differs.then_some(field))
}

/// Why two different sessions of a class cannot both stand, if they cannot.
fn disagreement(one: &Session, other: &Session, place: impl Fn() -> Place) -> Option<What> {
    let created = other.created;
    if one.created == created {
        return Some(What::Moment { place: place(), created });
    }
    let is_same = is_same_code(&one.context, &other.context);
    (!is_same).then(|| What::Code { place: place(), created, codes: [code(one), code(other)] })
}

/// Which code a session measured, in a few words.
fn code(session: &Session) -> String {
    let short = |text: &str| text.chars().take(12).collect::<String>();
    let commit = session.context.git.as_ref().map_or("no known commit".to_owned(), |git| {
        let changed = if git.dirty { ", changed" } else { "" };
        format!("commit {}{changed}", short(&git.commit))
    });
    match &session.context.program_sha256 {
        Some(hash) => format!("{commit} (program {})", short(hash)),
        None => commit,
    }
}

/// Oldest first; what began in the same moment by its content, so that the order of files makes no difference.
fn in_order(sessions: Vec<(usize, Session)>) -> ClassBaseline {
    let mut sessions: Vec<Session> = sessions.into_iter().map(|(_, session)| session).collect();
    sessions.sort_by_cached_key(|session| (session.created, serde_json::to_string(session).unwrap_or_default()));
    ClassBaseline { sessions }
}
