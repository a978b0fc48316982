//! A folder to run scripts in, with nothing of the caller's settings.

use std::{
    ffi::OsStr,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

/// A temporary folder, and scripts that run in this checkout with paths that lie in it.
pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let place = Self { folder: TempDir::new().expect("a temporary folder") };
        // Under an emulator where it is not this machine's.
        let arch = std::env::consts::ARCH.to_uppercase();
        let is_runner = |name: &str| name.starts_with(&format!("CARGO_TARGET_{arch}_")) && name.ends_with("_RUNNER");
        let runner = std::env::vars().find_map(|(name, value)| is_runner(&name).then_some(value)).unwrap_or_default();
        place.program("real/detector", &format!("exec {runner} '{}' \"$@\"", env!("CARGO_BIN_EXE_detector")));
        place
    }

    /// The detector, as a program that starts anywhere.
    pub(crate) fn detector(&self) -> PathBuf {
        self.path("real/detector")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A script of the project. Of the environment it has what finds programs, and a detector that is built.
    pub(crate) fn script(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = self.command("bash");
        command.arg(root().join("scripts").join(name)).args(arguments);
        command
    }

    /// A program, in the environment of a script.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().current_dir(root()).env("HOME", self.folder.path()).env("GIT_CONFIG_NOSYSTEM", "1");
        command.env("PATH", std::env::var_os("PATH").expect("a PATH")).env("TMPDIR", self.folder.path());
        command.env("DETECTOR", self.detector()).env("HISTORY_REMOTE", self.path("remote.git"));
        command.env("HISTORY_PAUSE", "0");
        command
    }

    /// A program of the test's own making, and its path.
    pub(crate) fn program(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        self.write(name, &format!("#!/usr/bin/env bash\nset -euo pipefail\n{text}\n"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("the program may be run");
        path
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
        fs::write(&path, text).expect("the file can be written");
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }
}

/// This checkout.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// What a command printed, once it ended with `code`.
#[track_caller]
pub(crate) fn ended(command: &mut Command, code: i32) -> (String, String) {
    let Output { status, stdout, stderr } = command.output().expect("the command starts");
    let (stdout, stderr) =
        (String::from_utf8_lossy(&stdout).into_owned(), String::from_utf8_lossy(&stderr).into_owned());
    assert_eq!(status.code(), Some(code), "{command:?}\nstdout: {stdout}\nstderr: {stderr}");
    (stdout, stderr)
}
