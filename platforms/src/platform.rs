//! A platform: one entry of `platforms.toml`, read when the program is built.

use std::{collections::BTreeMap, sync::OnceLock};

use serde::{Deserialize, Serialize};

use crate::{cross::Cross, isa::IsaLevel, key::PlatformKey};

/// What `platforms.toml` says of one platform; the file explains each field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Platform {
    /// Our name for it, `<os>-<arch>`.
    pub key: String,
    /// rustc's name for it.
    pub target: String,
    /// The label of the hosted runner that measures it.
    pub runner: String,
    /// How its release programs are built.
    pub builder: Builder,
    /// Where its tests run when no such machine is at hand.
    pub runs: Runs,
    /// ISA levels that no machine of the platform has.
    pub unavailable: Vec<IsaLevel>,
    /// What every measured process finds set: the file's common variables and this platform's own.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
}

/// How a platform's release programs are built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Builder {
    /// By cargo, on a machine of the platform.
    Native,
    /// By the tool `cross`, on another.
    Cross,
}

impl Builder {
    /// Its name, as it stands in the file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Cross => "cross",
        }
    }
}

/// Where a platform's tests run when no such machine is at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Runs {
    /// On the machine itself.
    Native,
    /// Under qemu's user emulation.
    QemuUser,
    /// Only on such a machine.
    Nowhere,
}

impl Runs {
    /// Its name, as it stands in the file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::QemuUser => "qemu-user",
            Self::Nowhere => "nowhere",
        }
    }
}

/// Every platform, in the file's order, which is that of the keys.
///
/// # Panics
///
/// Never in a build that passed its tests: the file is part of the program, and a test reads it.
#[must_use]
pub fn list() -> &'static [Platform] {
    &file().platform
}

/// The tool `cross`, which builds some of them.
///
/// # Panics
///
/// Never in a build that passed its tests, like [`list`].
#[must_use]
pub fn cross() -> &'static Cross {
    &file().cross
}

/// The platforms of `keys`, each once, in the file's order; every platform where there are no keys.
pub fn selected(keys: &[PlatformKey]) -> impl Iterator<Item = &'static Platform> {
    list().iter().filter(move |platform| keys.is_empty() || keys.iter().any(|key| key.as_str() == platform.key))
}

/// The entry of `key`.
///
/// # Panics
///
/// Never: a key exists only for an entry.
#[must_use]
pub fn get(key: PlatformKey) -> &'static Platform {
    list().iter().find(|platform| platform.key == key.as_str()).expect("a key is made from the list")
}

/// `platforms.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    cross: Cross,
    environment: BTreeMap<String, String>,
    platform: Vec<Platform>,
}

fn file() -> &'static File {
    static FILE: OnceLock<File> = OnceLock::new();
    FILE.get_or_init(|| parsed(include_str!("../platforms.toml")).expect("platforms.toml is valid"))
}

/// The file of that text, the common environment merged into each platform's; where both set a variable, the platform's
/// own value stands.
fn parsed(text: &str) -> Result<File, toml::de::Error> {
    let mut file: File = toml::from_str(text)?;
    for Platform { environment, .. } in &mut file.platform {
        let own = std::mem::replace(environment, file.environment.clone());
        environment.extend(own);
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const ONE: &str = r#"
[cross]
version = "0.0.0"
passthrough = []

[environment]
A = "common"
B = "common"

[[platform]]
key = "linux-x86_64"
target = "x86_64-unknown-linux-gnu"
runner = "ubuntu-24.04"
builder = "native"
runs = "native"
unavailable = []
environment = { B = "own", C = "own" }
"#;

    fn environment_of_one() -> BTreeMap<String, String> {
        parsed(ONE).expect("valid").platform.remove(0).environment
    }

    #[test]
    fn a_platform_has_the_common_environment() {
        assert_eq!(environment_of_one()["A"], "common");
    }

    #[test]
    fn a_platforms_own_value_stands_before_the_common_one() {
        assert_eq!(environment_of_one()["B"], "own");
    }

    #[test]
    fn a_platform_adds_to_the_common_environment() {
        assert_eq!(environment_of_one()["C"], "own");
    }

    #[test]
    fn a_misspelt_field_is_refused() {
        assert!(parsed(&ONE.replace("runner", "runer")).is_err());
    }

    #[test]
    fn an_isa_level_unknown_to_us_is_refused() {
        assert!(parsed(&ONE.replace("unavailable = []", r#"unavailable = ["avx3"]"#)).is_err());
    }

    #[test]
    fn the_four_platforms_are_listed() {
        let keys: Vec<&str> = list().iter().map(|platform| platform.key.as_str()).collect();
        assert_eq!(keys, ["linux-aarch64", "linux-x86_64", "macos-aarch64", "macos-x86_64"]);
    }

    #[test]
    fn the_platforms_stand_in_the_order_of_their_keys() {
        assert!(list().is_sorted_by(|one, next| one.key < next.key));
    }

    #[test]
    fn a_key_is_an_operating_system_and_an_architecture() {
        for Platform { key, .. } in list() {
            let (os, arch) = key.split_once('-').expect("a hyphen");
            let is_word = |word: &str, also: &str| {
                !word.is_empty()
                    && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || also.contains(c))
            };
            assert!(is_word(os, "") && is_word(arch, "_"), "{key}");
        }
    }

    #[test]
    fn a_target_is_of_the_keys_operating_system_and_architecture() {
        for Platform { key, target, .. } in list() {
            let (os, arch) = key.split_once('-').expect("a hyphen");
            let os = if os == "macos" { "darwin" } else { os };
            assert!(target.starts_with(&format!("{arch}-")) && target.contains(os), "{key}: {target}");
        }
    }

    #[test]
    fn no_target_is_listed_twice() {
        let targets: BTreeSet<&str> = list().iter().map(|platform| platform.target.as_str()).collect();
        assert_eq!(targets.len(), list().len());
    }

    #[test]
    fn every_platform_measures_on_a_runner() {
        for Platform { key, runner, .. } in list() {
            assert!(!runner.trim().is_empty(), "{key}");
        }
    }

    #[test]
    fn measured_processes_run_on_one_thread_everywhere() {
        for Platform { key, environment, .. } in list() {
            for variable in ["OMP_NUM_THREADS", "RAYON_NUM_THREADS"] {
                assert_eq!(environment.get(variable).map(String::as_str), Some("1"), "{key}: {variable}");
            }
        }
    }

    #[test]
    fn apples_mathematics_runs_on_one_thread() {
        for Platform { key, environment, .. } in list().iter().filter(|platform| platform.key.starts_with("macos-")) {
            assert_eq!(environment.get("VECLIB_MAXIMUM_THREADS").map(String::as_str), Some("1"), "{key}");
        }
    }

    #[test]
    fn every_platform_has_the_same_seed() {
        let seeds: BTreeSet<Option<&String>> =
            list().iter().map(|platform| platform.environment.get("TIDEGAUGE_SEED")).collect();
        assert_eq!(seeds.len(), 1);
    }

    #[test]
    fn what_is_unavailable_is_a_level_of_the_architecture() {
        for Platform { key, unavailable, .. } in list() {
            for level in unavailable {
                let is_arm = level.with_those_below().contains(IsaLevel::Neon);
                assert!(*level != IsaLevel::Scalar && is_arm == key.ends_with("-aarch64"), "{key}: {level}");
            }
        }
    }

    #[test]
    fn a_name_is_what_the_file_says() {
        for Platform { builder, runs, .. } in list() {
            let text = |value| toml::Value::as_str(&value).map(str::to_owned);
            let written = [toml::Value::try_from(builder), toml::Value::try_from(runs)];
            let written = written.map(|value| text(value.expect("a text")));
            assert_eq!(written, [Some(builder.name().to_owned()), Some(runs.name().to_owned())]);
        }
    }
}
