//! Writes down what is being built: the commit, the compiler, the flags. A report states them as they were at the
//! build, not as they are when it runs.

use std::{env, path::Path, process::Command};

/// What goes into the program. A change elsewhere (a workflow, a baseline) makes no other program.
const SOURCES: [&str; 10] = [
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
    "detector/statistics",
    "generator",
    "kernels",
    "platforms/Cargo.toml",
    "platforms/manual",
    "platforms/platforms.toml",
    "platforms/src",
];

fn main() {
    let root = Path::new("..");
    for source in SOURCES {
        println!("cargo::rerun-if-changed={}", root.join(source).display());
    }
    for file in ["HEAD", "index", "logs/HEAD"] {
        if let Some(path) = output("git", &["-C", "..", "rev-parse", "--git-path", file]) {
            println!("cargo::rerun-if-changed={}", root.join(path).display());
        }
    }
    let (commit, dirty, branch) = match output("git", &["-C", "..", "rev-parse", "HEAD"]) {
        Some(commit) => {
            let mut status = vec!["-C", "..", "status", "--porcelain", "--"];
            status.extend(SOURCES);
            let dirty = output("git", &status).is_none_or(|changed| !changed.is_empty());
            (commit, dirty.to_string(), output("git", &["-C", "..", "symbolic-ref", "--short", "HEAD"]))
        }
        None => (seen("TIDEGAUGE_SEEN_COMMIT"), seen("TIDEGAUGE_SEEN_DIRTY"), Some(seen("TIDEGAUGE_SEEN_BRANCH"))),
    };
    if !commit.is_empty() {
        println!("cargo::rustc-env=TIDEGAUGE_COMMIT={commit}");
        println!("cargo::rustc-env=TIDEGAUGE_DIRTY={dirty}");
    }
    if let Some(branch) = branch.filter(|branch| !branch.is_empty()) {
        println!("cargo::rustc-env=TIDEGAUGE_BRANCH={branch}");
    }
    let rustc = output(&variable("RUSTC"), &["--version"]).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env=TIDEGAUGE_RUSTC={rustc}");
    println!("cargo::rustc-env=TIDEGAUGE_TARGET={}", variable("TARGET"));
    println!("cargo::rustc-env=TIDEGAUGE_RUSTFLAGS={}", rustflags(&variable("CARGO_ENCODED_RUSTFLAGS")));
    println!("cargo::rustc-env=TIDEGAUGE_PROFILE={}", variable("PROFILE"));
}

/// What `scripts/build.sh` saw of the checkout, for a build in a container that has no git or only part of the checkout.
/// Where git answers, nobody is asked.
fn seen(name: &str) -> String {
    println!("cargo::rerun-if-env-changed={name}");
    variable(name)
}

/// The flags that rustc is given, but for those that replace paths: they change no instruction, and name folders of this
/// machine.
fn rustflags(encoded: &str) -> String {
    let mut flags = encoded.split('\x1f');
    let mut kept = Vec::new();
    while let Some(flag) = flags.next() {
        match flag {
            "--remap-path-prefix" => drop(flags.next()),
            _ if flag.starts_with("--remap-path-prefix=") => {}
            _ => kept.push(flag),
        }
    }
    kept.join(" ")
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

/// What a program prints, without the end of its last line; `None` where it fails.
fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_that_replace_paths_are_left_out() {
        assert_eq!(rustflags("--remap-path-prefix=/home/a=."), "");
        assert_eq!(rustflags("-g\x1f--remap-path-prefix\x1f/home/a=.\x1f-Cdebuginfo=1"), "-g -Cdebuginfo=1");
    }

    #[test]
    fn other_flags_stand_as_they_were_given() {
        assert_eq!(rustflags("-C\x1ftarget-cpu=x86-64-v3"), "-C target-cpu=x86-64-v3");
    }
}
