//! Where a scenario plays: a repository of its own on a fake, and the detector as it speaks to it.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use detector::github::{Client, Settings, Token};
use tempfile::TempDir;

use crate::{
    fake::{Fake, Repository},
    program::{TOKEN, program},
};

/// How long the client waits for GitHub in all; a request may take a quarter of it.
const PATIENCE: Duration = Duration::from_secs(8);

/// The same where every request and answer is looked at, which takes its time while other scenarios are played.
const PATIENCE_CHECKED: Duration = Duration::from_secs(24);

/// A scenario: it says what it expects by panicking.
pub(crate) type Scenario = fn(&Stage<'_>);

/// Names scenarios: each is a test against a fake of its own, and all of them are played through Prism.
macro_rules! scenarios {
    ($($name:ident),+ $(,)?) => {
        /// The scenarios of this file with their names.
        pub(crate) const ALL: &[(&str, $crate::stage::Scenario)] = &[$((stringify!($name), $name)),+];

        mod alone {
            $(#[test]
            fn $name() {
                $crate::stage::Stage::alone(super::$name);
            })+
        }
    };
}
pub(crate) use scenarios;

/// What a scenario has.
pub(crate) struct Stage<'a> {
    pub(crate) fake: &'a Fake,
    pub(crate) repository: Repository,
    /// How long the client waits for GitHub in all.
    pub(crate) patience: Duration,
    /// How long it waits between two writes, and at first before it tries again.
    pub(crate) pause: Duration,
    folder: TempDir,
}

/// What the program did.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl<'a> Stage<'a> {
    /// Plays a scenario against a fake of its own.
    pub(crate) fn alone(scenario: Scenario) {
        let fake = Fake::start();
        scenario(&Stage::on(&fake, "tide/gauge"));
    }

    /// A stage with an empty repository of that name.
    pub(crate) fn on(fake: &'a Fake, full_name: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let patience = if fake.is_checked() { PATIENCE_CHECKED } else { PATIENCE };
        Self { fake, repository: fake.repository(full_name), patience, pause: Duration::ZERO, folder }
    }

    /// Another stage on the same fake, its repository empty and named after this one's.
    pub(crate) fn beside(&self, name: &str) -> Self {
        let aside = Self::on(self.fake, &format!("{}-{name}", self.repository.full_name()));
        Self { patience: self.patience, pause: self.pause, ..aside }
    }

    /// Plays each variant on a stage beside this one, all at once: most of their time they wait.
    pub(crate) fn each<T: Send>(
        &self,
        variants: impl IntoIterator<Item = (&'static str, T)>,
        play: impl Fn(Stage<'_>, T) + Sync,
    ) {
        thread::scope(|scope| {
            for (name, variant) in variants {
                let (aside, play) = (self.beside(name), &play);
                scope.spawn(move || play(aside, variant));
            }
        });
    }

    /// The client, with little patience.
    pub(crate) fn client(&self) -> Client {
        self.client_with(self.patience)
    }

    /// The client, with that much patience.
    pub(crate) fn client_with(&self, patience: Duration) -> Client {
        let token = Token::new(TOKEN);
        let settings = Settings { api_url: self.fake.api_url(), token, patience, pause: self.pause };
        let name = self.repository.full_name().parse().expect("a repository's name");
        Client::new(settings, name).expect("settings that make sense")
    }

    /// What is too long for one request.
    pub(crate) fn too_long(&self) -> Duration {
        self.patience / 4
    }

    /// A place for a file of this scenario.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a verb that speaks to GitHub in the scenario's folder, and sees to it that it tells nobody the token.
    pub(crate) fn detector(&self, arguments: &[&str]) -> Ran {
        let [patience, pause] = [self.patience, self.pause].map(|time| format!("{}ms", time.as_millis()));
        let output = program()
            .current_dir(self.folder.path())
            .env("GITHUB_API_URL", self.fake.api_url())
            .env("GITHUB_SERVER_URL", self.fake.server_url())
            .env("GITHUB_TOKEN", TOKEN)
            .args(arguments)
            .args(["--patience", &patience, "--pause", &pause])
            .output()
            .expect("the program starts");
        let ran = Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("UTF-8 on stdout"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8 on stderr"),
        };
        assert!(!ran.stdout.contains(TOKEN), "the token is on stdout: {}", ran.stdout);
        assert!(!ran.stderr.contains(TOKEN), "the token is on stderr: {}", ran.stderr);
        assert_no_token(self.folder.path());
        ran
    }
}

impl Ran {
    /// Sees to it that the program ended with that code.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }
}

/// No file that was written holds the token.
fn assert_no_token(folder: &Path) {
    for entry in fs::read_dir(folder).expect("the scenario's folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            assert_no_token(&path);
        } else {
            let bytes = fs::read(&path).expect("a file of the scenario");
            assert!(!String::from_utf8_lossy(&bytes).contains(TOKEN), "the token is in {}", path.display());
        }
    }
}
