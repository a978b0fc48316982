//! Platform keys: our names for what we ship to, `linux-x86_64` and the like.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::platform;

/// The key of a platform that stands in `platforms.toml`. Sorts by its text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlatformKey(&'static str);

impl PlatformKey {
    /// The platform that this program was built for, `None` where the list does not have it.
    #[must_use]
    pub fn of_this_build() -> Option<Self> {
        format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH)
            .parse()
            .ok()
    }

    /// Its text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for PlatformKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl fmt::Debug for PlatformKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl FromStr for PlatformKey {
    type Err = UnknownPlatform;

    fn from_str(text: &str) -> Result<Self, UnknownPlatform> {
        let known = platform::list().iter().find(|platform| platform.key == text);
        known
            .map(|platform| Self(&platform.key))
            .ok_or_else(|| UnknownPlatform { text: text.to_owned() })
    }
}

impl Serialize for PlatformKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for PlatformKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// A text that is no platform's key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown platform {text:?}; the platforms are {}", known())]
pub struct UnknownPlatform {
    text: String,
}

fn known() -> String {
    platform::list()
        .iter()
        .map(|platform| platform.key.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}
