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
    let known = commit(root);
    if known.is_some() {
        for file in ["HEAD", "index", "logs/HEAD"] {
            if let Some(path) = git(root, &["rev-parse", "--git-path", file]) {
                println!("cargo::rerun-if-changed={}", root.join(path).display());
            }
        }
    }
    let seen = [seen("TIDEGAUGE_SEEN_COMMIT"), seen("TIDEGAUGE_SEEN_DIRTY")];
    // A program that is handed out is of a commit, whichever branch had it: its bytes are the same on all.
    let branch = if seen[0].is_empty() { git(root, &["symbolic-ref", "--short", "HEAD"]) } else { None };
    let (commit, dirty) = match known {
        Some(commit) => {
            let status = [&["status", "--porcelain", "--"][..], &SOURCES].concat();
            let dirty = git(root, &status).is_none_or(|changed| !changed.is_empty());
            (commit, dirty.to_string())
        }
        None => seen.into(),
    };
    if !commit.is_empty() {
        println!("cargo::rustc-env=TIDEGAUGE_COMMIT={commit}");
        println!("cargo::rustc-env=TIDEGAUGE_DIRTY={dirty}");
    }
    if let Some(branch) = branch.filter(|_| !commit.is_empty()) {
        println!("cargo::rustc-env=TIDEGAUGE_BRANCH={branch}");
    }
    let rustc = output(&variable("RUSTC"), &["--version"]).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env=TIDEGAUGE_RUSTC={rustc}");
    println!("cargo::rustc-env=TIDEGAUGE_TARGET={}", variable("TARGET"));
    println!("cargo::rustc-env=TIDEGAUGE_RUSTFLAGS={}", rustflags(&variable("CARGO_ENCODED_RUSTFLAGS")));
    println!("cargo::rustc-env=TIDEGAUGE_PROFILE={}", variable("PROFILE"));
}

/// The commit that is checked out at `root`; `None` where git knows none, or where these sources lie in a folder of somebody
/// else's repository, whose commit says nothing of them. `is_checkout` of `scripts/toolchain.sh` is the same rule.
fn commit(root: &Path) -> Option<String> {
    let is_top = git(root, &["rev-parse", "--show-prefix"])?.is_empty();
    let has_us = git(root, &["ls-tree", "--name-only", "HEAD", "Cargo.toml"])? == "Cargo.toml";
    if is_top && has_us { git(root, &["rev-parse", "HEAD"]) } else { None }
}

/// What `scripts/build.sh` saw of the checkout, for a build in a container that has no git or only part of the checkout.
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

/// What git prints of the checkout at `root`.
fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    output("git", &[&["-C", root.to_str()?], arguments].concat())
}

/// What a program prints, without the end of its last line; `None` where it fails.
fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn flags_that_replace_paths_are_left_out() {
        assert_eq!(rustflags("--remap-path-prefix=/home/a=."), "");
        assert_eq!(rustflags("-g\x1f--remap-path-prefix\x1f/home/a=.\x1f-Cdebuginfo=1"), "-g -Cdebuginfo=1");
    }

    /// A repository in `root` of which the file `tracked` is committed.
    fn repository(root: &Path, tracked: &str) {
        let file = root.join(tracked);
        fs::create_dir_all(file.parent().expect("a folder")).expect("the folder can be made");
        fs::write(file, "[workspace]\n").expect("the file can be written");
        git(root, &["init", "--quiet"]).expect("git makes a repository");
        git(root, &["add", "--force", tracked]).expect("git adds a file");
        let person = ["-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false"];
        git(root, &[&person[..], &["commit", "--quiet", "-m", "test"]].concat()).expect("git commits");
    }

    #[test]
    fn a_checkout_has_its_commit() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        repository(folder.path(), "Cargo.toml");
        assert_eq!(commit(folder.path()), git(folder.path(), &["rev-parse", "HEAD"]));
        assert!(commit(folder.path()).is_some());
    }

    #[test]
    fn sources_in_a_folder_of_another_repository_have_none() {
        for tracked in ["PKGBUILD", "src/Cargo.toml"] {
            let folder = tempfile::tempdir().expect("a temporary folder");
            repository(folder.path(), tracked);
            let sources = folder.path().join("src");
            fs::create_dir_all(&sources).expect("the folder can be made");
            assert_eq!(commit(&sources), None, "{tracked}");
        }
    }

    #[test]
    fn sources_at_the_top_of_a_repository_that_does_not_have_them_have_none() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        repository(folder.path(), "PKGBUILD");
        fs::write(folder.path().join("Cargo.toml"), "").expect("the file can be written");
        assert_eq!(commit(folder.path()), None);
    }

    #[test]
    fn other_flags_stand_as_they_were_given() {
        assert_eq!(rustflags("-C\x1ftarget-cpu=x86-64-v3"), "-C target-cpu=x86-64-v3");
    }
}
