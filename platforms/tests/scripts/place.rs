//! A machine made for a test: what is in its PATH, and nothing else.

use std::{
    env, fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

/// What the scripts may take for granted on any machine.
const EVERYWHERE: [&str; 28] = [
    "awk",
    "bash",
    "cat",
    "chmod",
    "cp",
    "cut",
    "dirname",
    "env",
    "git",
    "grep",
    "head",
    "ln",
    "ls",
    "mkdir",
    "mktemp",
    "mv",
    "paste",
    "printf",
    "rm",
    "rmdir",
    "sed",
    "sha256sum",
    "shasum",
    "sort",
    "tail",
    "touch",
    "tr",
    "wc",
];

/// A machine with its programs, its Rust, and a folder for each of cargo's.
pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    /// A machine of the platform `key`, with Rust and a C++ compiler, and with no Docker, no distribution and no zig.
    pub(crate) fn of(key: &str) -> Self {
        let place = Self { folder: TempDir::new().expect("a temporary folder") };
        fs::create_dir(place.path("bin")).expect("the folder can be made");
        let path = env::var_os("PATH").expect("a PATH");
        for name in EVERYWHERE {
            if let Some(found) = env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file()) {
                symlink(found, place.path("bin").join(name)).expect("the link can be made");
            }
        }
        let (os, arch) = key.split_once('-').expect("a key has two words");
        let (os, arch) = match os {
            "macos" => ("Darwin", if arch == "aarch64" { "arm64" } else { arch }),
            _ => ("Linux", arch),
        };
        place.program("uname", &format!("case $1 in -s) echo {os} ;; -m) echo {arch} ;; esac"));
        place.program("rustc", &rustc(&place.path("sysroot")));
        place.program("cargo", &cargo(&place.path("log"), "cargo"));
        place.program("c++", "");
        place
    }

    /// Puts Rust's standard library for a target into the sysroot.
    pub(crate) fn has_library(&self, sysroot: &str, target: &str) {
        self.write(&format!("{sysroot}/lib/rustlib/{target}/lib/libstd-0.rlib"), "");
    }

    /// Installs the distribution's Rust beside the PATH, with its library for a target.
    pub(crate) fn has_distribution_rust(&self, target: &str) {
        for (name, text) in [("cargo", cargo(&self.path("log"), "distribution")), ("rustc", rustc(&self.path("usr")))] {
            self.executable(&format!("distribution/{name}"), &text);
        }
        self.has_library("usr", target);
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a program into the PATH.
    pub(crate) fn program(&self, name: &str, text: &str) {
        self.executable(&format!("bin/{name}"), text);
    }

    fn executable(&self, name: &str, text: &str) {
        // A link leads to this machine's own program, which would be written over.
        let _ = fs::remove_file(self.path(name));
        let path = self.write(name, &format!("#!/usr/bin/env bash\nset -euo pipefail\n{text}\n"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("the program may be run");
    }

    /// Puts a program into the PATH that writes down that it was called, and with what.
    pub(crate) fn logs(&self, name: &str, then: &str) {
        let log = self.path("log");
        self.program(name, &format!("echo \"{name} $*\" >>'{}'\n{then}", log.display()));
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

    /// What was called so far, a line each.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// A script of this checkout, on this machine.
    pub(crate) fn script(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = self.command();
        command.arg(root().join("scripts").join(name)).args(arguments);
        command
    }

    /// What `scripts/toolchain.sh` makes of a line of shell.
    pub(crate) fn toolchain(&self, line: &str) -> String {
        let root = root();
        let mut command = self.command();
        command
            .arg("-c")
            .arg(format!("set -euo pipefail; root='{0}'; . '{0}/scripts/toolchain.sh'; {line}", root.display()));
        ended(&mut command, 0).0
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(self.path("bin/bash"));
        command.env_clear().current_dir(self.folder.path());
        command.env("PATH", self.path("bin")).env("HOME", self.folder.path()).env("TMPDIR", self.folder.path());
        command.env("CARGO_HOME", self.path("cargo-home")).env("CARGO_TARGET_DIR", self.path("target"));
        command.env("DISTRIBUTION_BIN", self.path("distribution")).env("OS_RELEASE", self.path("os-release"));
        command
    }
}

/// A compiler that knows where its libraries are.
fn rustc(sysroot: &Path) -> String {
    format!(
        "case $* in\n'--print sysroot') echo '{}' ;;\n-vV) echo 'commit-hash: 0123abc' ;;\n--version) echo 'rustc 1.95.0 (0123abc)' ;;\n\
         '--print deployment-target '*) echo MACOSX_DEPLOYMENT_TARGET=11.0 ;;\nesac",
        sysroot.display()
    )
}

/// A cargo that writes down what it was called with, and leaves programs where cargo would.
pub(crate) fn cargo(log: &Path, name: &str) -> String {
    format!(
        r#"[[ $1 != --version ]] || exit 0
echo "{name} $*" >>'{log}'
[[ " $* " != *' fetch '* ]] || {{ mkdir -p "$CARGO_HOME/registry/src/host-1"; exit; }}
[[ " $* " == *' --bins'* && " $* " != *' check '* ]] || exit 0
folder=$CARGO_TARGET_DIR given="$* "
if [[ $given == *'--target '* ]]; then given=${{given#*--target }}; folder+=/${{given%%[ .]*}}; fi
mkdir -p "$folder/release"
for program in generator detector platforms; do echo "$program ${{SAYS:-}}" >"$folder/release/$program"; done
env >"$folder/release/environment""#,
        log = log.display()
    )
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
