//! `generator doctor`: which settings hold, what this machine can see, and what to do about the rest.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use generator::{
    context,
    environment::Advice,
    protocol::{Answer, Task},
    table::{Table, time},
};
use platforms::PlatformKey;
use schema::exit::Exit;

use super::Place;

/// Shows which deterministic settings hold here, how quiet the machine is, and what to do about the rest.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// The platform, which must be this host's
    #[arg(long, value_name = "KEY")]
    platform: Option<PlatformKey>,
    /// Write it here instead of to standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Long enough for a hundred bursts of a neighbour, and for a person to wait.
const LISTEN: Duration = Duration::from_secs(2);

impl Doctor {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        let place = Place::here(self.platform)?;
        let machine = context::machine(place.cap);
        let launch = place.launcher.launch(Task::Calibrate { duration: LISTEN }, 10 * LISTEN);
        launch.end?;
        let mut settings = Table::new(&["setting", "asked for", "held"]);
        let mut facts = Table::new(&["machine", ""]);
        let mut advice: Vec<String> = Vec::new();
        facts.push(vec!["platform".to_owned(), place.platform.to_string()]);
        facts.push(vec!["CPU".to_owned(), machine.cpu_model.clone()]);
        facts.push(vec!["class".to_owned(), machine.class.clone().unwrap_or_else(|| "none".to_owned())]);
        for answer in launch.answers {
            match answer {
                Answer::Settled { settings: held } => {
                    for setting in held {
                        let yes = if setting.held { "yes" } else { "no" };
                        settings.push(vec![setting.name, setting.requested, yes.to_owned()]);
                        advice.extend(setting.remedy.filter(|remedy| !advice.contains(remedy)));
                    }
                }
                Answer::Calibrated { clock_precision_ns, calibration } => {
                    facts.push(vec!["clock".to_owned(), format!("{} fine", time(clock_precision_ns))]);
                    facts.push(vec!["probe's floor".to_owned(), time(calibration.floor_ns)]);
                    facts.push(vec![
                        "quiet".to_owned(),
                        format!("{:.0} % of the time", calibration.quiet_share * 100.0),
                    ]);
                    if calibration.quiet_share < 0.9 {
                        advice.push(Advice::Neighbour { quiet_share: calibration.quiet_share }.to_string());
                    }
                }
                _ => {}
            }
        }
        let more = [
            (machine.emulated, Advice::Emulated),
            (place.cap.is_some(), Advice::Capped),
            (context::git().is_none_or(|git| git.dirty), Advice::Dirty),
            (machine.logical_cpus == 1, Advice::OneCpu),
        ];
        advice.extend(more.into_iter().filter(|(holds, _)| *holds).map(|(_, advice)| advice.to_string()));
        let advice: Vec<String> = advice.into_iter().map(|advice| format!("- {advice}\n")).collect();
        let text = format!("{}\n{}\n{}", facts.aligned(), settings.aligned(), advice.concat());
        super::print(&text, self.output.as_deref())?;
        Ok(Exit::Nothing)
    }
}
