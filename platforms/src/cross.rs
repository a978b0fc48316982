//! The tool `cross`: which version of it builds, and its file `Cross.toml`, which is made of `platforms.toml`.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::platform::{Builder, Platform};

/// What `platforms.toml` says of the tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cross {
    /// Its version, which is that of the images of its containers too.
    pub version: String,
    /// The variables that a container takes from its caller's environment, beside cargo's own.
    pub passthrough: Vec<String>,
}

impl Cross {
    /// `Cross.toml` for those of `platforms` that it builds.
    #[must_use]
    pub fn to_toml<'p>(&self, platforms: impl IntoIterator<Item = &'p Platform>) -> String {
        // Names of variables are written in TOML as they are in Rust, and a list as Rust writes it at length.
        let mut text = format!(
            "# Made of platforms/platforms.toml by `platforms matrix --format cross`; change that, and make this anew.\n\n\
             [build.env]\npassthrough = {:#?}\n",
            self.passthrough
        );
        for Platform { target, .. } in platforms.into_iter().filter(|platform| platform.builder == Builder::Cross) {
            let version = &self.version;
            // Writing to a String cannot fail.
            let _ = write!(text, "\n[target.{target}]\nimage = \"ghcr.io/cross-rs/{target}:{version}\"\n");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform;

    fn cross() -> Cross {
        Cross { version: "1.2.3".to_owned(), passthrough: vec!["A".to_owned(), "B".to_owned()] }
    }

    fn read(text: &str) -> toml::Table {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn the_variables_are_passed_through() {
        let file = read(&cross().to_toml([]));
        assert_eq!(file["build"]["env"]["passthrough"], vec!["A", "B"].into());
    }

    #[test]
    fn a_platform_that_it_builds_has_the_image_of_its_version() {
        let built: Vec<&Platform> = platform::list().iter().filter(|it| it.builder == Builder::Cross).collect();
        let file = read(&cross().to_toml(built.iter().copied()));
        for Platform { target, .. } in built {
            let image = file["target"][target.as_str()]["image"].as_str().expect("a text");
            assert!(image.ends_with(&format!("/{target}:1.2.3")), "{image}");
        }
    }

    #[test]
    fn a_platform_that_is_built_on_its_own_machines_is_left_out() {
        let native = platform::list().iter().filter(|it| it.builder == Builder::Native);
        assert!(!read(&cross().to_toml(native)).contains_key("target"));
    }
}
