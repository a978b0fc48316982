//! What a step took, kept beside what it wrote.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result};
use schema::file;
use serde::{Deserialize, Serialize};

/// The file in a step's folder.
const FILE: &str = "took.json";

/// What one step took.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Step {
    /// From its start to its end, in seconds.
    seconds: f64,
}

/// What the steps of a kind took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Took {
    /// Steps that are done.
    pub steps: u64,
    /// Those of which the time was kept. A study that was killed between a step and its time has not all.
    pub timed: u64,
    /// What those took, in seconds.
    pub seconds: f64,
}

/// The time of each kind of steps.
pub type Times = BTreeMap<String, Took>;

impl Took {
    /// Adds a step, with its seconds where they were kept.
    pub fn add(&mut self, seconds: Option<f64>) {
        self.steps += 1;
        self.timed += u64::from(seconds.is_some());
        self.seconds += seconds.unwrap_or_default();
    }

    /// Seconds of one step; `None` where none was timed.
    #[must_use]
    pub fn mean_seconds(&self) -> Option<f64> {
        (self.timed > 0).then(|| self.seconds / self.timed as f64)
    }
}

/// Keeps what the step in `folder` took.
///
/// # Errors
///
/// When the folder cannot be written.
pub fn keep(folder: &Path, seconds: f64) -> Result<()> {
    Ok(file::write_bytes(&folder.join(FILE), &serde_json::to_vec(&Step { seconds })?)?)
}

/// What the step in `folder` took; `None` where that was not kept.
///
/// # Errors
///
/// When it was kept and cannot be read.
pub fn of(folder: &Path) -> Result<Option<f64>> {
    let path = folder.join(FILE);
    if !path.is_file() {
        return Ok(None);
    }
    let text = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
    let step: Step = serde_json::from_slice(&text).with_context(|| format!("reading {}", path.display()))?;
    Ok(Some(step.seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_without_a_time_is_a_step_all_the_same() {
        let mut took = Took::default();
        for seconds in [Some(4.0), None, Some(6.0)] {
            took.add(seconds);
        }
        assert_eq!((took.steps, took.timed, took.mean_seconds()), (3, 2, Some(5.0)));
        assert_eq!(Took::default().mean_seconds(), None);
    }
}
