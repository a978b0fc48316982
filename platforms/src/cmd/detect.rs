//! `platforms detect`: which platform and which machine this is.

use std::fmt::Write as _;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use platforms::{
    Fingerprint, IsaLevel, IsaSet, PlatformKey, fingerprint, isa,
    virtualization::{self, Emulator},
};
use serde::Serialize;

use crate::output::Output;

/// This host: its platform, what its CPU can do, and which machine it is.
///
/// The class names the machines whose numbers may be compared with this one's. Where the platform is not listed, all
/// the rest is printed, and the exit code is 2.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Lines for people, or JSON
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    #[command(flatten)]
    output: Output,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Human,
    Json,
}

/// Prints what this host is.
///
/// # Errors
///
/// When `TIDEGAUGE_ISA` cannot be followed, the output cannot be written, or the platform is not listed.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let host = Host::this()?;
    let text = match arguments.format {
        Format::Human => host.to_human(),
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&host)?),
    };
    arguments.output.write(&text)?;
    host.checked()
}

/// What this host is.
#[derive(Serialize)]
struct Host {
    /// `null` where the platform is not listed.
    platform: Option<PlatformKey>,
    #[serde(flatten)]
    machine: Fingerprint,
    /// What translates the instructions; `null` where nothing seems to.
    emulator: Option<Emulator>,
    /// What `TIDEGAUGE_ISA` says; `null` where it is unset. A run under it is of no class.
    isa_cap: Option<IsaLevel>,
    /// The levels in use: those detected, up to the cap.
    isa_available: Vec<IsaLevel>,
}

impl Host {
    fn this() -> Result<Self> {
        let isa_cap = isa::cap().context("reading the environment")?;
        let machine = fingerprint();
        let detected: IsaSet = machine.isa_levels.iter().copied().collect();
        let available = isa_cap.map_or(detected, |cap| detected.capped(cap));
        Ok(Self {
            platform: PlatformKey::of_this_build(),
            machine,
            emulator: virtualization::emulator(),
            isa_cap,
            isa_available: available.iter().collect(),
        })
    }

    fn checked(&self) -> Result<()> {
        if self.platform.is_none() {
            let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
            bail!("{os}-{arch} is not listed; add it to platforms/platforms.toml, build anew, and run the tests here");
        }
        Ok(())
    }

    fn to_human(&self) -> String {
        let machine = &self.machine;
        let caches = machine.caches_bytes.iter().map(|(name, &bytes)| format!("{name} {}", binary(bytes)));
        let emulator =
            self.emulator.map_or_else(|| "no".to_owned(), |by| format!("yes, by {by}: timings mean nothing"));
        let lines = [
            ("platform", self.platform.map_or("not listed", PlatformKey::as_str).to_owned()),
            ("class", machine.class.clone()),
            ("ISA levels", names(&machine.isa_levels)),
            ("ISA in use", self.isa_in_use()),
            ("CPU", format!("{} ({})", machine.cpu_model, machine.cpu_id)),
            ("caches", or_unknown(caches.collect::<Vec<_>>().join(", "))),
            ("logical CPUs", machine.logical_cpus.to_string()),
            ("memory", machine.memory_bytes.map_or_else(|| "unknown".to_owned(), binary)),
            ("system", machine.os.clone()),
            ("kernel", machine.kernel.clone()),
            ("virtualised", machine.virtualized.map_or("unknown", |yes| if yes { "yes" } else { "no" }).to_owned()),
            ("emulated", emulator),
        ];
        let mut text = String::new();
        for (name, value) in lines {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{name:<14}{value}");
        }
        text
    }

    fn isa_in_use(&self) -> String {
        let levels = names(&self.isa_available);
        match self.isa_cap {
            Some(cap) => format!("{levels} ({}={cap}: a run under it is of no class)", isa::CAP_VARIABLE),
            None => levels,
        }
    }
}

fn names(levels: &[IsaLevel]) -> String {
    levels.iter().copied().map(IsaLevel::name).collect::<Vec<_>>().join(" ")
}

fn or_unknown(text: String) -> String {
    if text.is_empty() { "unknown".to_owned() } else { text }
}

/// In the largest unit of which there is at least one, to a tenth.
fn binary(bytes: u64) -> String {
    let units = [(1_u64 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match units.into_iter().find(|&(unit, _)| bytes >= unit) {
        Some((unit, name)) if bytes.is_multiple_of(unit) => format!("{} {name}", bytes / unit),
        Some((unit, name)) => format!("{:.1} {name}", bytes as f64 / unit as f64),
        None => format!("{bytes} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host() -> Host {
        Host {
            platform: None,
            machine: Fingerprint {
                cpu_model: "AMD EPYC".to_owned(),
                cpu_id: "AuthenticAMD-25-17-1".to_owned(),
                isa_levels: vec![IsaLevel::Scalar, IsaLevel::Sse41],
                logical_cpus: 2,
                memory_bytes: None,
                caches_bytes: [("l1d".to_owned(), 32 << 10), ("l2".to_owned(), 1 << 20)].into(),
                os: "Plan 9".to_owned(),
                kernel: "4".to_owned(),
                virtualized: None,
                emulated: true,
                class: "plan9-x86_64.unknown".to_owned(),
            },
            emulator: Some(Emulator::Qemu),
            isa_cap: Some(IsaLevel::Scalar),
            isa_available: vec![IsaLevel::Scalar],
        }
    }

    #[track_caller]
    fn check_line(name: &str, value: &str) {
        let text = host().to_human();
        assert!(text.lines().any(|line| line == format!("{name:<14}{value}")), "{text}");
    }

    #[test]
    fn a_platform_that_is_not_listed_is_an_error_that_says_what_to_do() {
        let refusal = host().checked().expect_err("not listed").to_string();
        assert!(refusal.contains("add it to platforms/platforms.toml"), "{refusal}");
    }

    #[test]
    fn a_listed_platform_is_no_error() {
        assert!(Host { platform: PlatformKey::of_this_build(), ..host() }.checked().is_ok());
    }

    #[test]
    fn an_unlisted_platform_is_told_to_people() {
        check_line("platform", "not listed");
    }

    #[test]
    fn an_emulator_is_named_with_what_it_means() {
        check_line("emulated", "yes, by qemu: timings mean nothing");
    }

    #[test]
    fn a_cap_is_told_with_what_it_means() {
        check_line("ISA in use", "scalar (TIDEGAUGE_ISA=scalar: a run under it is of no class)");
    }

    #[test]
    fn what_is_unknown_is_called_so() {
        check_line("memory", "unknown");
    }

    #[test]
    fn caches_are_told_in_binary_units() {
        check_line("caches", "l1d 32 KiB, l2 1 MiB");
    }

    #[test]
    fn json_has_null_for_what_is_unknown() {
        let json = serde_json::to_value(host()).expect("a document");
        assert_eq!((&json["platform"], &json["virtualized"]), (&serde_json::Value::Null, &serde_json::Value::Null));
    }

    #[test]
    fn an_uneven_size_is_told_to_a_tenth() {
        assert_eq!(binary((23 << 30) + (1 << 29)), "23.5 GiB");
    }
}
