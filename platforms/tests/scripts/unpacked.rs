//! The scripts in sources that were unpacked in a folder of somebody else's repository, as one that packages them has them:
//! that repository's commit says nothing of them.

use std::{fs, process::Command};

use super::place::{Place, ended, root};

/// A machine with another repository, `src` in which has the sources; git is to look at nothing of them.
fn place() -> Place {
    let place = Place::of("linux-x86_64");
    place.write("packaging/.gitignore", "src/\n");
    for name in [
        "Cargo.toml",
        "generator/build.rs",
        "platforms/platforms.toml",
        "scripts/build.sh",
        "scripts/build-options.sh",
        "scripts/package.sh",
        "scripts/readme.sh",
        "scripts/toolchain.sh",
    ] {
        let text = fs::read_to_string(root().join(name)).expect("the file is there");
        place.write(&format!("packaging/src/{name}"), &text);
    }
    commit(&place, "packaging", ".gitignore");
    place
}

/// Makes a folder a repository in which a file is committed.
fn commit(place: &Place, folder: &str, file: &str) {
    git(place, folder, &["init", "--quiet"]);
    git(place, folder, &["add", "--force", file]);
    let person = ["-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false"];
    git(place, folder, &[&person[..], &["commit", "--quiet", "-m", "test"]].concat());
}

fn git(place: &Place, folder: &str, arguments: &[&str]) {
    ended(Command::new("git").arg("-C").arg(place.path(folder)).args(arguments), 0);
}

fn script(place: &Place, name: &str) -> Command {
    let mut command = place.command();
    command.arg(place.path("packaging/src/scripts").join(name));
    command
}

/// Whether the scripts take `root` for a checkout, where that is this folder.
fn is_checkout(place: &Place, folder: &str) -> bool {
    let line = format!("root='{}'; if is_checkout; then echo yes; else echo no; fi", place.path(folder).display());
    place.toolchain(&line) == "yes\n"
}

#[test]
fn a_repository_is_a_checkout_where_it_has_these_sources_at_its_top() {
    let place = place();
    assert!(!is_checkout(&place, "packaging/src"), "a folder of another repository");
    fs::copy(root().join("Cargo.toml"), place.path("packaging/Cargo.toml")).expect("it can be copied");
    assert!(!is_checkout(&place, "packaging"), "at the top, but not of it");
    commit(&place, "packaging/src", "Cargo.toml");
    assert!(is_checkout(&place, "packaging/src"), "a repository of its own");
    git(&place, "packaging", &["init", "--quiet", "empty"]);
    assert!(!is_checkout(&place, "packaging/empty"), "nothing is committed");
}

#[test]
fn a_file_of_the_same_name_at_the_others_top_makes_it_none() {
    let place = place();
    place.write("packaging/Cargo.toml", "");
    commit(&place, "packaging", "Cargo.toml");
    assert!(!is_checkout(&place, "packaging/src"));
}

#[test]
fn a_build_is_of_no_commit_there() {
    let place = place();
    ended(script(&place, "build.sh").arg("--out").arg(place.path("dist")), 0);
    let environment = place.read("target/build/native/release/environment");
    for line in ["TIDEGAUGE_SEEN_COMMIT=\n", "TIDEGAUGE_SEEN_DIRTY=true\n", "SOURCE_DATE_EPOCH=0\n"] {
        assert!(environment.contains(line), "{line}: {environment}");
    }
}

#[test]
fn what_needs_a_checkout_says_so_before_anything_is_built() {
    for name in ["package.sh", "readme.sh"] {
        let place = place();
        let (_, stderr) = ended(&mut script(&place, name), 2);
        assert!(stderr.contains("packaging/src is no git checkout"), "{name}: {stderr}");
        assert_eq!(place.log(), "", "{name}");
    }
}

#[test]
fn the_version_is_told_there_all_the_same() {
    let place = place();
    let (stdout, _) = ended(script(&place, "package.sh").arg("--version"), 0);
    assert_eq!(stdout.trim_end(), env!("CARGO_PKG_VERSION"));
}
