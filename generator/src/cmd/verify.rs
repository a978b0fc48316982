//! `generator verify`: every case against its reference, without timing.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use generator::{
    protocol::Verified,
    selection,
    table::Table,
    verification::{self, Finding},
};
use platforms::PlatformKey;
use regex::Regex;
use schema::exit::Exit;
use serde_json::json;

use super::{
    Format, Place, Profile, Shown,
    measure::{ended, seconds},
};

/// Holds every case against its reference, without timing.
///
/// Exit code 1 where one disagrees, dies or takes too long.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Only the cases of this profile; all that this CPU can run where it is left out
    #[arg(long)]
    profile: Option<Profile>,
    /// Only cases whose ids match this regular expression
    #[arg(long, value_name = "REGEX")]
    filter: Option<Regex>,
    /// Leave out cases of which a verification takes more operations, as an emulated CPU needs a second for ten million
    #[arg(long, value_name = "N")]
    most_flops: Option<u64>,
    /// The platform, which must be this host's
    #[arg(long, value_name = "KEY")]
    platform: Option<PlatformKey>,
    /// The seed of the operands
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// The longest that the cases of one kernel and shape may take, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "120")]
    case_limit: Duration,
    /// How to print the findings
    #[arg(long, default_value = "human")]
    format: Format,
    /// Write them here instead of to standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Verify {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        let place = Place::here(self.platform)?;
        let mut cases =
            selection::choose(self.profile.and_then(Profile::of_registry), self.filter.as_ref(), place.isas, &[])?;
        if let Some(most) = self.most_flops {
            for case in cases.extract_if(.., |case| case.calls() * case.work().flops > most) {
                super::tell(format_args!("left out: {case}, of more than {most} operations"));
            }
        }
        let findings = verification::verify(cases, self.seed, self.case_limit, &place.launcher, &mut Shown::new())
            .map_err(ended)?;
        let failed = findings.iter().filter(|finding| finding.failure.is_some()).count();
        let text = match self.format {
            Format::Human => {
                let mut table = Table::new(&["case", ">agrees", ">largest error", "checksum", "remarks"]);
                for finding in &findings {
                    let told = |tell: fn(&Verified) -> Option<String>| {
                        finding.verified.as_ref().and_then(tell).unwrap_or_else(|| "–".to_owned())
                    };
                    table.push(vec![
                        finding.case.to_string(),
                        told(|verified| Some(format!("{} %", verified.accuracy * 100.0))),
                        told(|verified| verified.largest_error.map(|error| format!("{error:.2e}"))),
                        told(|verified| Some(verified.checksums.output.clone())),
                        failure(finding).unwrap_or_default(),
                    ]);
                }
                format!(
                    "{}\n{} of {} cases agree with their reference\n",
                    table.aligned(),
                    findings.len() - failed,
                    findings.len()
                )
            }
            Format::Json => {
                let rows: Vec<_> = findings
                    .iter()
                    .map(|finding| {
                        let case = finding.case.to_string();
                        json!({ "case": case, "verified": finding.verified, "failure": failure(finding) })
                    })
                    .collect();
                serde_json::to_string_pretty(&rows)? + "\n"
            }
        };
        super::print(&text, self.output.as_deref())?;
        Ok(if failed == 0 { Exit::Nothing } else { Exit::Critical })
    }
}

fn failure(finding: &Finding) -> Option<String> {
    finding.failure.as_ref().map(|(_, reason)| reason.clone())
}
