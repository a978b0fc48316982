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
        format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH).parse().ok()
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
        known.map(|platform| Self(&platform.key)).ok_or_else(|| UnknownPlatform { text: text.to_owned() })
    }
}

impl Serialize for PlatformKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for PlatformKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A text that is no platform's key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown platform {text:?}; the platforms are {}", known())]
pub struct UnknownPlatform {
    text: String,
}

fn known() -> String {
    platform::list().iter().map(|platform| platform.key.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Vec<PlatformKey> {
        platform::list().iter().map(|platform| platform.key.parse().expect("a listed key")).collect()
    }

    #[test]
    fn every_listed_key_parses_back_from_its_text() {
        for key in keys() {
            assert_eq!(key.to_string().parse(), Ok(key));
        }
    }

    #[test]
    fn keys_sort_by_their_text() {
        let texts: Vec<&str> = keys().iter().map(|key| key.as_str()).collect();
        assert!(keys().is_sorted() && texts.is_sorted());
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_known_ones() {
        let message = "linux-vax".parse::<PlatformKey>().expect_err("no such platform").to_string();
        for key in keys() {
            assert!(message.contains(key.as_str()), "{message}");
        }
    }

    #[test]
    fn a_key_in_capitals_is_refused() {
        assert!("Linux-x86_64".parse::<PlatformKey>().is_err());
    }

    #[test]
    fn a_key_is_padded_like_a_text() {
        let key: PlatformKey = "linux-x86_64".parse().expect("a listed key");
        assert_eq!(format!("{key:>14}"), "  linux-x86_64");
    }

    #[test]
    fn a_key_is_written_as_its_text() {
        for key in keys() {
            assert_eq!(toml::Value::try_from(key).expect("a text").as_str(), Some(key.as_str()));
        }
    }

    #[test]
    fn an_unknown_key_in_a_document_is_refused_by_name() {
        let refusal = toml::Value::from("linux-vax").try_into::<PlatformKey>().expect_err("no such platform");
        assert!(refusal.to_string().contains("linux-vax"), "{refusal}");
    }

    #[test]
    fn the_key_of_this_build_is_its_operating_system_and_architecture() {
        let key = PlatformKey::of_this_build().expect("tests run on listed platforms");
        assert_eq!(key.as_str(), format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH));
    }
}
