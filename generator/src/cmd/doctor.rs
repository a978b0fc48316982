//! `generator doctor`: which settings hold, what this machine can see, and what to do about the rest.

use std::path::PathBuf;

use clap::Args;
use generator::{
    context,
    diagnosis::Diagnosis,
    sight,
    table::{Table, time},
};
use platforms::PlatformKey;
use schema::exit::Exit;

use super::{Clock, Format, Place, Shown, measure::ended};

/// Shows which deterministic settings hold here, which change this machine can see, and what to do about the rest.
///
/// It takes some five seconds: the probe listens for one, then one short case of each kind is launched a few times, as in
/// a session. `launches differ` is how far one launch is from the next; `side by side` and `night to night` are the
/// smallest changes that two sets of such launches could show, taken in turns or hours apart.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// The platform, which must be this host's
    #[arg(long, value_name = "KEY")]
    platform: Option<PlatformKey>,
    /// How to print it
    #[arg(long, default_value = "human")]
    format: Format,
    /// Write it here instead of to standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    clock: Clock,
}

impl Doctor {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        let place = Place::here(self.platform)?;
        let machine = context::machine(place.cap);
        // As in a session, so that what is shown is what a session has.
        let held = self.clock.hold(&place);
        let look =
            sight::look(&place.launcher, place.isas, machine.class.as_deref(), &mut Shown::new()).map_err(ended)?;
        let mut settings = look.floor.settings.clone();
        held.put_back(&mut settings).iter().for_each(super::tell);
        let diagnosis = Diagnosis::new(place.platform, machine, settings, look);
        let text = match self.format {
            Format::Human => for_people(&diagnosis),
            Format::Json => serde_json::to_string_pretty(&diagnosis)? + "\n",
        };
        super::print(&text, self.output.as_deref())?;
        Ok(Exit::Nothing)
    }
}

fn for_people(diagnosis: &Diagnosis) -> String {
    let remedies: Vec<String> = diagnosis.remedies.iter().map(|remedy| format!("- {remedy}\n")).collect();
    let tables = [facts(diagnosis), settings(diagnosis), sights(diagnosis)].map(|table| table.aligned() + "\n");
    let end = if remedies.is_empty() { String::new() } else { format!("\n{}", remedies.concat()) };
    format!("{}{}\n{end}", tables.concat(), diagnosis.answer)
}

fn facts(diagnosis: &Diagnosis) -> Table {
    let machine = &diagnosis.machine;
    let mut table = Table::new(&["machine", ""]);
    for (name, value) in [
        ("platform", diagnosis.platform.to_string()),
        ("CPU", machine.cpu_model.clone()),
        ("class", machine.class.clone().unwrap_or_else(|| "none".to_owned())),
        ("clock", format!("{} fine", time(diagnosis.clock_precision_ns))),
        ("probe's floor", time(diagnosis.probe_floor_ns)),
        ("quiet", format!("{:.0} % of the time", diagnosis.quiet_share * 100.0)),
    ] {
        table.push(vec![name.to_owned(), value]);
    }
    table
}

fn settings(diagnosis: &Diagnosis) -> Table {
    let mut table = Table::new(&["setting", "asked for", "held"]);
    for setting in &diagnosis.settings {
        let held = if setting.held { "yes" } else { "no" };
        table.push(vec![setting.name.clone(), setting.requested.clone(), held.to_owned()]);
    }
    table
}

fn sights(diagnosis: &Diagnosis) -> Table {
    let percent = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |percent| format!("{percent:.2} %"));
    let mut table = Table::new(&[
        "kind",
        "case",
        ">quiet launches",
        ">accepted",
        ">launches differ",
        ">side by side",
        ">night to night",
    ]);
    for sight in &diagnosis.sights {
        table.push(vec![
            sight::code(sight.bound).to_owned(),
            sight.case.clone(),
            format!("{} of {}", sight.quiet_launches, sight.launches),
            sight.accepted_share.map_or_else(|| "–".to_owned(), |share| format!("{:.0} %", share * 100.0)),
            percent(sight.launch_sd_percent),
            percent(sight.side_by_side_percent),
            percent(sight.night_to_night_percent),
        ]);
    }
    table
}
