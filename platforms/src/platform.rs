//! A platform: one entry of `platforms.toml`, read when the program is built.

use std::{collections::BTreeMap, sync::OnceLock};

use serde::{Deserialize, Serialize};

use crate::{isa::IsaLevel, key::PlatformKey};

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
    /// What every measured process finds set.
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

/// Every platform, in the file's order.
///
/// # Panics
///
/// Never in a build that passed its tests: the file is part of the program, and a test reads it.
#[must_use]
pub fn list() -> &'static [Platform] {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        platform: Vec<Platform>,
    }
    static LIST: OnceLock<Vec<Platform>> = OnceLock::new();
    LIST.get_or_init(|| {
        let file: File = toml::from_str(include_str!("../platforms.toml")).expect("platforms.toml is valid");
        file.platform
    })
}

/// The entry of `key`.
///
/// # Panics
///
/// Never: a key exists only for an entry.
#[must_use]
pub fn get(key: PlatformKey) -> &'static Platform {
    list()
        .iter()
        .find(|platform| platform.key == key.as_str())
        .expect("a key is made from the list")
}
