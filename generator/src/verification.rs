//! Verification: every case held against its reference before it is timed, by the program that will run it.

use std::time::Duration;

use kernels::Case;
use schema::case::Status;

use crate::{
    launch::{LaunchError, Launcher},
    protocol::{Answer, Task, Verified},
    session::{Progress, SessionError},
};

/// How one case stands to its reference.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The case.
    pub case: Case,
    /// What its worker found; `None` where it died or took too long.
    pub verified: Option<Verified>,
    /// What is wrong, and what becomes of the case; `None` where it agrees.
    pub failure: Option<(Status, String)>,
}

/// Holds every case against its reference, which is computed once a kernel and shape. Cases of one kernel and shape stand
/// side by side in `cases`, as in the registry's order.
///
/// # Errors
///
/// When a person ended it.
pub fn verify(
    cases: Vec<Case>,
    seed: u64,
    limit: Duration,
    launcher: &Launcher,
    progress: &mut impl Progress,
) -> Result<Vec<Finding>, SessionError> {
    let mut findings: Vec<Finding> =
        cases.into_iter().map(|case| Finding { case, verified: None, failure: None }).collect();
    progress.begin("verifying", findings.len());
    for group in
        findings.chunk_by_mut(|a, b| a.case.kernel().id == b.case.kernel().id && a.case.shape() == b.case.shape())
    {
        for finding in &*group {
            progress.step(&finding.case.to_string());
        }
        verify_group(group, seed, limit, launcher)?;
    }
    Ok(findings)
}

/// Verifies cases of one kernel and shape. Where one of them ends the worker, the others get another worker.
fn verify_group(
    mut group: &mut [Finding],
    seed: u64,
    limit: Duration,
    launcher: &Launcher,
) -> Result<(), SessionError> {
    while !group.is_empty() {
        let cases = group.iter().map(|finding| finding.case.to_string()).collect();
        let launch = launcher.launch(Task::Verify { cases, seed }, limit);
        let verified = launch.answers.into_iter().filter_map(|answer| match answer {
            Answer::Verified(verified) => Some(verified),
            _ => None,
        });
        let mut done = 0;
        for (finding, verified) in group.iter_mut().zip(verified) {
            done += 1;
            if let Some(disagreement) = &verified.disagreement {
                let reason = format!("it disagrees with its reference: {disagreement}");
                finding.failure = Some((Status::Failed, reason));
            }
            finding.verified = Some(verified);
        }
        if let Err(error) = launch.end {
            let Some(culprit) = group.get_mut(done) else { return Ok(()) };
            culprit.failure = Some(failure(&culprit.case, &error)?);
            done += 1;
        } else if done < group.len() {
            let error = LaunchError::Garbled("no answer for this case".to_owned());
            group[done].failure = Some(failure(&group[done].case, &error)?);
            done += 1;
        }
        group = &mut group[done..];
    }
    Ok(())
}

/// Why there will be no number of this case; an interrupted one ends the session.
pub(crate) fn failure(case: &Case, error: &LaunchError) -> Result<(Status, String), SessionError> {
    let status = match error {
        LaunchError::Interrupted => return Err(SessionError::Interrupted),
        LaunchError::TimedOut { .. } => Status::TimedOut,
        _ => Status::Failed,
    };
    tracing::warn!("{case}: {error}");
    Ok((status, error.to_string()))
}
