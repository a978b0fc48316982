//! What must hold after every workflow that was played: no token in a log, none near measured code, and no request beyond
//! what its job may do.

use crate::{
    fake::Recorded,
    github::Github,
    player::Played,
    workflow::{Access, Permissions},
};

/// Looks over all that a run did. The requests are those of all runs so far.
#[track_caller]
pub(crate) fn audit(github: &Github, played: &Played) {
    for job in &played.jobs {
        for step in &job.steps {
            assert!(!step.log.contains(&job.token), "{}: {} prints its token", job.id, step.title);
        }
        assert!(!job.summary.contains(&job.token), "{}", job.id);
        let writes = job.permissions.values().any(|access| *access == Access::Write);
        let measures = job.started.iter().any(|started| runs_measured_code(&started.line));
        // What is built has others' build scripts in it.
        if measures || writes {
            for started in &job.started {
                assert!(!started.environment.contains(&job.token), "{}: {} sees the token", job.id, started.line);
            }
        }
        if measures {
            for step in &job.steps {
                let sees = step.environment.values().any(|value| value.contains(&job.token));
                assert!(!sees, "{}: {} sees the token, and the job measures", job.id, step.title);
            }
        }
        // No argument has it, whoever looks at the list of processes.
        assert!(job.started.iter().all(|started| !started.line.contains(&job.token)), "{}", job.id);
    }
    for recorded in github.fake.requests() {
        if let Some(needed) = needed(&recorded) {
            let token = token_of(&recorded).unwrap_or_else(|| panic!("{} came without a token", recorded.line()));
            let given = github.server.permissions_of(&token);
            let given = given.unwrap_or_else(|| panic!("{} came with a token of nobody's", recorded.line()));
            assert!(may(&given, needed), "{} needs one of {needed:?}, and its job has {given:?}", recorded.line());
        }
    }
}

/// Whether a command that was started builds or runs code that is measured.
fn runs_measured_code(line: &str) -> bool {
    line.starts_with("generator ") || (line.starts_with("cargo ") && line.contains("-p generator"))
}

fn may(given: &Permissions, needed: &[&str]) -> bool {
    needed.iter().any(|scope| given.get(*scope) == Some(&Access::Write))
}

fn token_of(recorded: &Recorded) -> Option<String> {
    let header = recorded.request.header("authorization")?;
    header.split_once(' ').map(|(_, token)| token.to_owned())
}

/// The permissions of which a request needs one to write; `None` for what only reads.
fn needed(recorded: &Recorded) -> Option<&'static [&'static str]> {
    if !recorded.request.is_write() {
        return None;
    }
    let path = &recorded.request.path;
    let rest = path.split_once("/repos/").or_else(|| path.split_once("/repositories/")).map_or("", |(_, rest)| rest);
    let mut segments = rest.split('/').skip(if path.contains("/repos/") { 2 } else { 1 });
    Some(match (segments.next(), segments.next(), segments.next()) {
        (Some("issues"), Some(_), Some(_)) | (Some("labels"), ..) => &["issues", "pull-requests"],
        (Some("issues"), ..) => &["issues"],
        (Some("pulls"), ..) => &["pull-requests"],
        (Some("releases"), ..) => &["contents"],
        other => panic!("{}: {other:?} is not known", recorded.line()),
    })
}
