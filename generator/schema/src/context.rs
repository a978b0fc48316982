//! The context of a run: which code, on which machine, under which settings.

use std::collections::BTreeMap;

use platforms::{IsaLevel, PlatformKey, platform};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::document::{Invalid, above_zero};

/// Everything beside the numbers that another run must share to be comparable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// Where the code came from; `null` where the build was not in a git checkout.
    pub git: Option<Git>,
    /// The machine.
    pub machine: Machine,
    /// SHA-256 of the program that measured, in hexadecimal; `null` for imported numbers.
    pub program_sha256: Option<String>,
    /// What built it; `null` for imported numbers.
    pub toolchain: Option<Toolchain>,
    /// The deterministic settings: what was asked for, and whether it held.
    pub settings: Vec<Setting>,
    /// The whole environment of the measured processes.
    pub environment: BTreeMap<String, String>,
    /// The smallest step of the clock, in nanoseconds; `null` for imported numbers.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub clock_precision_ns: Option<f64>,
    /// What the probe takes on an undisturbed core, in nanoseconds; `null` where there was no probe.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub probe_floor_ns: Option<f64>,
    /// The seed of the operands and of the order of cases; `null` for imported numbers.
    pub seed: Option<u64>,
    /// Slowdowns put in on purpose: pattern of case ids, and the factor of time. Never a baseline.
    #[schemars(extend("additionalProperties" = json!({ "type": "number", "exclusiveMinimum": 0 })))]
    pub injected: BTreeMap<String, f64>,
    /// The highest ISA level that the run was allowed, where `TIDEGAUGE_ISA` set one. Never a baseline.
    #[schemars(with = "Option<String>")]
    pub isa_cap: Option<IsaLevel>,
}

/// A state of the source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Git {
    /// The commit, in hexadecimal.
    pub commit: String,
    /// The branch; `null` where none was checked out.
    pub branch: Option<String>,
    /// Whether files differed from the commit; `platforms/baselines*.json` do not count.
    pub dirty: bool,
}

/// A machine's fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// The CPU's name for people; `unknown` where nothing tells it.
    pub cpu_model: String,
    /// The CPU's vendor, family, model and stepping; `unknown` where nothing tells it.
    pub cpu_id: String,
    /// The ISA levels it has, lowest first.
    #[schemars(with = "Vec<String>")]
    pub isa_levels: Vec<IsaLevel>,
    /// CPUs as the operating system counts them; `null` for imported numbers that do not tell.
    pub logical_cpus: Option<u32>,
    /// Memory, in bytes; `null` where it could not be read.
    pub memory_bytes: Option<u64>,
    /// Caches by name (`l1d`, `l2`, `l3`), one instance each, in bytes.
    pub caches_bytes: BTreeMap<String, u64>,
    /// The operating system and its version; `unknown` where nothing tells it.
    pub os: String,
    /// The kernel's version; `unknown` where nothing tells it.
    pub kernel: String,
    /// Whether a hypervisor runs it; `null` where that could not be told.
    pub virtualized: Option<bool>,
    /// Whether the CPU is emulated. Never a baseline.
    pub emulated: bool,
    /// The machines whose numbers may be compared with this one's; `null` under `TIDEGAUGE_ISA`.
    pub class: Option<String>,
}

/// What built the program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Toolchain {
    /// `rustc --version`.
    pub rustc: String,
    /// The target triple.
    pub target: String,
    /// Further flags to rustc.
    pub rustflags: String,
    /// Cargo's profile.
    pub profile: String,
}

/// One deterministic setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Its name, `cpu_pin`.
    pub name: String,
    /// What was asked for.
    pub requested: String,
    /// Whether it held.
    pub held: bool,
    /// What a person can do where it did not.
    pub remedy: Option<String>,
}

impl Context {
    /// Passes what may have been measured on `platform`.
    pub(crate) fn check(&self, platform: PlatformKey) -> Result<(), Invalid> {
        self.check_is_of_no_other(platform)?;
        above_zero("clock_precision_ns", self.clock_precision_ns)?;
        above_zero("probe_floor_ns", self.probe_floor_ns)?;
        for (pattern, &factor) in &self.injected {
            above_zero(&format!("injected.{pattern}"), Some(factor))?;
        }
        Ok(())
    }
    /// Else numbers would be held against those of another platform.
    fn check_is_of_no_other(&self, platform: PlatformKey) -> Result<(), Invalid> {
        let stands = |found: &str| format!("must be one of {platform}, as the document is, found {found:?}");
        let class = self.machine.class.as_deref().filter(|class| is_class_of_another(class, platform));
        if let Some(class) = class {
            return Err(Invalid::new("machine.class", stands(class)));
        }
        // Imported numbers have none.
        let target = self.toolchain.as_ref().map(|toolchain| &*toolchain.target);
        if let Some(target) = target.filter(|target| is_target_of_another(target, platform)) {
            return Err(Invalid::new("toolchain.target", stands(target)));
        }
        Ok(())
    }
}

/// Whether a machine class says that it is of another platform than this one. A class of the tool's own begins with its
/// platform, one of imported numbers with `imported.` and that; a person may have named it as they like.
#[must_use]
pub fn is_class_of_another(class: &str, platform: PlatformKey) -> bool {
    let class = class.strip_prefix("imported.").unwrap_or(class);
    let said = class.split('.').next().unwrap_or_default();
    said != platform.as_str() && platform::list().iter().any(|other| other.key == said)
}

/// Whether rustc builds for the system and processor of another platform with it, and not of this one: another C library
/// (`x86_64-unknown-linux-musl`) makes no other platform.
fn is_target_of_another(target: &str, platform: PlatformKey) -> bool {
    /// The processor and the system.
    fn parts(target: &str) -> (Option<&str>, Option<&str>) {
        let mut parts = target.split('-');
        (parts.next(), parts.nth(1))
    }
    let of = platform::list().iter().find(|of| parts(&of.target) == parts(target));
    of.is_some_and(|of| of.key != platform.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(key: &str) -> PlatformKey {
        key.parse().expect("it is listed")
    }

    #[test]
    fn a_class_says_whose_it_is() {
        for class in ["linux-x86_64.AMD", "linux-x86_64", "imported.linux-x86_64.AMD"] {
            assert!(is_class_of_another(class, key("linux-aarch64")), "{class}");
            assert!(!is_class_of_another(class, key("linux-x86_64")), "{class}");
        }
        for class in ["rack-7", "linux-x86_64-example", "imported.", "imported.rack.linux-x86_64"] {
            assert!(!is_class_of_another(class, key("linux-aarch64")), "{class}");
        }
    }

    #[test]
    fn a_target_is_of_the_platform_of_its_system_and_processor() {
        for target in ["x86_64-unknown-linux-gnu", "x86_64-unknown-linux-musl"] {
            assert!(is_target_of_another(target, key("linux-aarch64")), "{target}");
            assert!(is_target_of_another(target, key("macos-x86_64")), "{target}");
            assert!(!is_target_of_another(target, key("linux-x86_64")), "{target}");
        }
        for target in ["", "x86_64", "riscv64gc-unknown-linux-gnu"] {
            assert!(!is_target_of_another(target, key("linux-x86_64")), "{target}");
        }
    }
}
