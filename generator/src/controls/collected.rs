//! What the controls said over a session.

use std::{collections::BTreeMap, time::Duration};

use schema::report::Control;

use crate::{
    floor::Floor,
    launch::{LaunchError, Launcher},
    protocol::{Answer, Task},
    session::SessionError,
};

/// The machine itself, measured between the cases: nanoseconds a step, by control.
#[derive(Debug, Default)]
pub(crate) struct Controls(BTreeMap<String, Vec<f64>>);

impl Controls {
    /// Measures those that are too dear for every launch, in a process of their own.
    pub(crate) fn measure(&mut self, limit: Duration, launcher: &Launcher, floor: &Floor) -> Result<(), SessionError> {
        let launch = launcher.launch(Task::Control { probe_floor_ns: floor.floor_ns }, limit);
        match launch.end {
            Err(LaunchError::Interrupted) => return Err(SessionError::Interrupted),
            Err(error) => tracing::warn!("the controls were not measured in this round: {error}"),
            Ok(()) => {}
        }
        for answer in launch.answers {
            if let Answer::Controlled { alu_step_ns, others_step_ns } = answer {
                self.add(&alu_step_ns.map(|step_ns| ("alu".to_owned(), step_ns)).into_iter().collect());
                self.add(&others_step_ns);
            }
        }
        Ok(())
    }

    /// Adds what a launch measured.
    pub(crate) fn add(&mut self, steps_ns: &BTreeMap<String, f64>) {
        for (name, &step_ns) in steps_ns {
            self.0.entry(name.clone()).or_default().push(step_ns);
        }
    }

    pub(crate) fn into_rows(self) -> BTreeMap<String, Control> {
        self.0.into_iter().map(|(name, launches)| (name, Control { launches })).collect()
    }
}
