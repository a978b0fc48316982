//! The build matrix: one job for each platform, as a hosted workflow takes it.

use std::fmt;

use serde::Serialize;

use crate::{
    key::PlatformKey,
    platform::{self, Builder, Platform, Runs},
    table::{Table, markdown},
};

/// The jobs of a workflow. As JSON it is what `strategy.matrix` takes: `{"include":[…]}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Matrix {
    /// A job for each platform, in the order of `platforms.toml`.
    pub include: Vec<Job>,
}

/// A platform's job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Job {
    /// The platform's key, as text: a matrix holds only texts.
    pub platform: String,
    /// rustc's name for it.
    pub target: String,
    /// The label of the hosted runner.
    pub runner: String,
    /// How its release programs are built.
    pub builder: Builder,
    /// Where its tests run when no such machine is at hand.
    pub runs: Runs,
}

impl Matrix {
    /// The jobs of `keys`, each once; of every platform where there are no keys.
    #[must_use]
    pub fn of(keys: &[PlatformKey]) -> Self {
        Self { include: platform::selected(keys).map(Job::of).collect() }
    }

    /// One line of JSON for `fromJSON`.
    ///
    /// # Panics
    ///
    /// Never: it is lists and texts.
    #[must_use]
    pub fn to_github(&self) -> String {
        serde_json::to_string(self).expect("lists and texts have a JSON")
    }

    /// The README's table: what a newcomer wants to know of each platform.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let head = ["platform", "target", "tested, and measured every night, on", "built", "tests on another machine"];
        let code = |text: &str| format!("`{text}`");
        let rows = self.include.iter().map(|Job { platform, target, runner, builder, runs }| {
            let built = match builder {
                Builder::Native => "on such a machine",
                Builder::Cross => "anywhere, with `cross`",
            };
            let tests = match runs {
                Runs::Native => "–",
                Runs::QemuUser => "run under `qemu-user`",
                Runs::Nowhere => "are compiled, and do not run",
            };
            [code(platform), code(target), code(runner), built.to_owned(), tests.to_owned()]
        });
        markdown(head, rows)
    }
}

impl Job {
    fn of(platform: &Platform) -> Self {
        let Platform { key, target, runner, builder, runs, .. } = platform;
        Self { platform: key.clone(), target: target.clone(), runner: runner.clone(), builder: *builder, runs: *runs }
    }
}

/// A table for people.
impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new(["platform", "target", "runner", "builder", "runs"]);
        for job in &self.include {
            let Job { platform, target, runner, builder, runs } = job;
            table.push([platform, target, runner, builder.name(), runs.name()]);
        }
        table.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> PlatformKey {
        text.parse().expect("a known key")
    }

    #[test]
    fn without_keys_every_platform_has_a_job() {
        let platforms: Vec<String> = Matrix::of(&[]).include.into_iter().map(|job| job.platform).collect();
        let expected: Vec<&str> = platform::list().iter().map(|platform| platform.key.as_str()).collect();
        assert_eq!(platforms, expected);
    }

    #[test]
    fn a_key_selects_its_platform_alone() {
        let matrix = Matrix::of(&[key("linux-aarch64")]);
        assert_eq!(matrix.include.iter().map(|job| job.platform.as_str()).collect::<Vec<_>>(), ["linux-aarch64"]);
    }

    #[test]
    fn every_key_is_followed_and_none_twice() {
        let matrix = Matrix::of(&[key("linux-x86_64"), key("linux-aarch64"), key("linux-x86_64")]);
        assert_eq!(matrix.include.len(), 2);
    }

    #[test]
    fn github_takes_one_line() {
        assert!(!Matrix::of(&[]).to_github().contains('\n'));
    }

    #[test]
    fn github_takes_the_jobs_under_include() {
        let expected = concat!(
            r#"{"include":[{"platform":"linux-aarch64","target":"aarch64-unknown-linux-gnu","#,
            r#""runner":"ubuntu-24.04-arm","builder":"cross","runs":"qemu-user"}]}"#
        );
        assert_eq!(Matrix::of(&[key("linux-aarch64")]).to_github(), expected);
    }

    #[test]
    fn the_readmes_table_has_a_row_a_platform_under_a_head() {
        let text = Matrix::of(&[]).to_markdown();
        let begun: Vec<&str> = text.lines().skip(2).filter_map(|line| line.split('`').nth(1)).collect();
        let expected: Vec<&str> = platform::list().iter().map(|platform| platform.key.as_str()).collect();
        assert_eq!(begun, expected, "{text}");
    }

    #[test]
    fn the_readmes_table_tells_the_runner_and_how_else_tests_run() {
        let text = Matrix::of(&[key("linux-aarch64")]).to_markdown();
        let row = text.lines().nth(2).expect("a row");
        assert!(row.contains("| `ubuntu-24.04-arm` | anywhere, with `cross` | run under `qemu-user` |"), "{row}");
    }

    #[test]
    fn the_table_has_a_row_a_platform_and_a_head() {
        assert_eq!(Matrix::of(&[]).to_string().lines().count(), 1 + platform::list().len());
    }
}
