//! `scripts/build.sh`: what it refuses, what it hands out, and what it tells the compiler.

use std::{fs, process::Command};

use super::place::{Place, cargo, ended, root};

/// A Linux machine that has Rust for everything.
fn place() -> Place {
    let place = Place::of("linux-x86_64");
    for target in ["aarch64-unknown-linux-gnu", "aarch64-apple-darwin", "x86_64-apple-darwin"] {
        place.has_library("sysroot", target);
    }
    place
}

fn build(place: &Place, arguments: &[&str]) -> Command {
    let mut command = place.script("build.sh", arguments);
    command.arg("--out").arg(place.path("dist"));
    command
}

/// What the compiler was told for this machine's platform, a variable a line.
fn environment(place: &Place) -> String {
    place.read("target/build/native/release/environment")
}

#[test]
fn a_platform_that_there_is_not_is_refused_with_those_that_there_are() {
    let (_, stderr) = ended(&mut build(&place(), &["--platform", "linux-vax"]), 2);
    for platform in platforms::platform::list() {
        assert!(stderr.contains("no platform linux-vax") && stderr.contains(&platform.key), "{stderr}");
    }
}

#[test]
fn a_builder_that_there_is_not_is_refused() {
    let (_, stderr) = ended(&mut build(&place(), &["--builder", "make"]), 2);
    assert!(stderr.contains("there is no builder make; the builders are auto cross"), "{stderr}");
}

#[test]
fn a_flag_without_its_value_is_refused() {
    for arguments in [["--builder"], ["--out"], ["--platform"]] {
        ended(&mut place().script("build.sh", &arguments), 2);
    }
    ended(&mut build(&place(), &["--platform", "--builder", "auto"]), 2);
}

#[test]
fn a_platform_that_is_named_twice_is_built_once() {
    let twice = ["--platform", "linux-x86_64", "linux-x86_64", "--platform", "linux-x86_64"];
    let (stdout, _) = ended(&mut build(&place(), &twice), 0);
    assert_eq!(stdout.lines().filter(|line| line.contains(" generator ")).count(), 1, "{stdout}");
}

#[test]
fn programs_are_handed_out_with_their_checksums() {
    let place = place();
    let (stdout, _) = ended(&mut build(&place, &[]), 0);
    let sums = place.read("dist/linux-x86_64/SHA256SUMS");
    for program in ["generator", "detector", "platforms"] {
        let sum = sums.lines().find_map(|line| line.strip_suffix(program)).expect("a line a program").trim_end();
        assert!(stdout.lines().any(|line| line.contains(program) && line.ends_with(sum)), "{stdout}\n{sums}");
    }
    let mut names: Vec<_> = fs::read_dir(place.path("dist/linux-x86_64"))
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be read").file_name().into_string().expect("a text"))
        .collect();
    names.sort();
    assert_eq!(names, ["SHA256SUMS", "detector", "generator", "platforms"]);
}

#[test]
fn several_platforms_are_built_in_one_go() {
    let place = place();
    place.program("aarch64-linux-gnu-gcc", "echo 14.2.0");
    let (stdout, _) = ended(&mut build(&place, &["--platform", "linux-aarch64", "linux-x86_64"]), 0);
    assert!(stdout.contains("rustc 1.95.0, aarch64-linux-gnu-gcc 14.2.0"), "{stdout}");
    place.read("dist/linux-aarch64/SHA256SUMS");
    place.read("dist/linux-x86_64/SHA256SUMS");
}

#[test]
fn paths_of_this_machine_are_replaced() {
    let place = place();
    ended(&mut build(&place, &[]), 0);
    let environment = environment(&place);
    for (path, by) in [
        (root(), "."),
        (place.path("cargo-home"), "/cargo"),
        (place.path("cargo-home/registry/src/host-1"), "/crates"),
        (place.path("target/build/native"), "/target"),
        (place.path("sysroot/lib/rustlib/src/rust"), "/rustc/0123abc"),
    ] {
        let flag = format!("--remap-path-prefix={}={by}", path.display());
        assert!(environment.contains(&flag), "{flag} is not in {environment}");
    }
}

#[test]
fn a_program_that_names_a_folder_of_this_machine_is_not_handed_out() {
    let place = place();
    let says = format!("{}/src/lib.rs", place.path("cargo-home").display());
    let (_, stderr) = ended(build(&place, &[]).env("SAYS", says), 70);
    assert!(stderr.contains("generator names this machine's folder"), "{stderr}");
    assert!(!place.path("dist/linux-x86_64/generator").exists());
}

/// A place whose cargo keeps its files where it always did, whatever `CARGO_HOME` says.
fn place_that_claims_another_cargo_home() -> Place {
    let place = place();
    let elsewhere =
        format!("CARGO_HOME='{}'\n{}", place.path("cargo-home").display(), cargo(&place.path("log"), "cargo"));
    place.program("cargo", &elsewhere);
    place
}

#[test]
fn a_folder_of_one_name_is_not_sought_within_other_paths() {
    let place = place_that_claims_another_cargo_home();
    let replaced = "/rustc/0123abc/library/alloc/src/vec.rs generator/src/main.rs ./src/lib.rs";
    ended(build(&place, &[]).env("CARGO_HOME", "/src").env("SAYS", replaced), 0);
    for left in ["/src/registry/x.rs", "at:/src/registry/x.rs"] {
        let (_, stderr) = ended(build(&place, &[]).env("CARGO_HOME", "/src").env("SAYS", left), 70);
        assert!(stderr.contains("names this machine's folder /src;"), "{stderr}");
    }
}

#[test]
fn what_paths_are_replaced_by_is_no_path_of_this_machine() {
    let place = place_that_claims_another_cargo_home();
    ended(build(&place, &[]).env("CARGO_HOME", "/cargo").env("SAYS", " /cargo/git/x.rs"), 0);
}

#[test]
fn where_nothing_can_be_written_nothing_is_built() {
    let place = place();
    place.write("file", "");
    for script in ["build.sh", "package.sh"] {
        let mut command = place.script(script, &["--out"]);
        let (_, stderr) = ended(command.arg(place.path("file/dist")), 2);
        assert!(stderr.contains("/file/dist; name another folder"), "{stderr}");
    }
    assert_eq!(place.log(), "");
}

#[test]
fn what_two_builds_at_once_leave_together_is_handed_out_by_neither_unseen() {
    let place = place();
    // The other's sums come last.
    place.program("mv", "[[ ${!#} != */SHA256SUMS ]] || echo other >>\"${!#%/*}/platforms\"\nexec /bin/mv \"$@\"");
    let (_, stderr) = ended(&mut build(&place, &[]), 70);
    assert!(stderr.contains("something else wrote to"), "{stderr}");
}

#[test]
fn what_another_build_is_writing_is_left_alone() {
    let place = place();
    place.write("dist/.partial.other/generator", "half of it");
    ended(&mut build(&place, &[]), 0);
    assert_eq!(place.read("dist/.partial.other/generator"), "half of it");
    let left = fs::read_dir(place.path("dist")).expect("the folder is there").count();
    assert_eq!(left, 2, "the platform's folder, and the other's");
}

#[test]
fn the_callers_own_flags_are_kept_and_come_last() {
    let place = place();
    ended(build(&place, &[]).env("RUSTFLAGS", " -C  opt-level=2 "), 0);
    assert!(environment(&place).contains("\u{1f}-C\u{1f}opt-level=2"), "{}", environment(&place));
}

#[test]
fn a_container_is_told_what_is_being_built() {
    let place = place();
    ended(&mut build(&place, &[]), 0);
    let mut git = Command::new("git");
    let (commit, _) = ended(git.args(["rev-parse", "HEAD"]).current_dir(root()), 0);
    assert!(environment(&place).contains(&format!("TIDEGAUGE_SEEN_COMMIT={commit}")));
    // It goes in only by name.
    let passed = fs::read_to_string(root().join("Cross.toml")).expect("the file is there");
    for line in environment(&place).lines().filter(|line| line.starts_with("TIDEGAUGE_SEEN_")) {
        let (name, _) = line.split_once('=').expect("a variable");
        assert!(passed.contains(&format!("\"{name}\"")), "{name} is not in {passed}");
    }
}

#[test]
fn for_a_mac_elsewhere_it_only_compiles_and_says_so() {
    let place = place();
    place.program("cargo-zigbuild", &cargo(&place.path("log"), "cargo-zigbuild"));
    place.program("zig", "echo 0.17.1");
    let (stdout, stderr) = ended(&mut build(&place, &["--platform", "macos-aarch64"]), 4);
    assert!(stderr.contains("compiled, not linked: its programs need Apple's frameworks"), "{stderr}");
    assert!(stdout.contains("compiled, not linked"), "{stdout}");
    assert!(place.log().contains("cargo-zigbuild zigbuild --target aarch64-apple-darwin"), "{}", place.log());
    assert!(!place.path("dist/macos-aarch64").exists());
}

#[test]
fn a_platform_that_cannot_be_built_leaves_the_others_to_be() {
    let place = place();
    let (stdout, stderr) = ended(&mut build(&place, &["--platform", "macos-aarch64", "linux-x86_64"]), 4);
    assert!(stderr.contains("setup-perf-env.sh --cross --target macos-aarch64"), "{stderr}");
    assert!(stdout.contains("not built"), "{stdout}");
    place.read("dist/linux-x86_64/SHA256SUMS");
}

#[test]
fn a_builder_that_does_not_do_here_is_told_why() {
    for (builder, key, why) in [
        ("native", "linux-aarch64", "this machine, which is linux-x86_64"),
        ("cross", "linux-aarch64", "Docker or Podman with a server"),
        ("cross", "macos-aarch64", "no container for a Mac"),
        ("system", "macos-aarch64", "a compiler for a Mac comes with a Mac"),
        ("system", "linux-aarch64", "there is no aarch64-linux-gnu-gcc; run scripts/setup-perf-env.sh"),
        ("zigbuild", "linux-aarch64", "there is no cargo-zigbuild; run scripts/setup-perf-env.sh"),
    ] {
        let (_, stderr) = ended(&mut build(&place(), &["--platform", key, "--builder", builder]), 4);
        assert!(stderr.contains(why), "{builder} for {key}: {stderr}");
    }
}

#[test]
fn where_docker_runs_cross_builds() {
    let place = place();
    place.program("docker", "");
    place.program("cross", &cargo(&place.path("log"), "cross"));
    ended(&mut build(&place, &["--platform", "linux-aarch64"]), 0);
    assert!(
        place.log().contains("cross build --target aarch64-unknown-linux-gnu --release --locked"),
        "{}",
        place.log()
    );
    place.read("dist/linux-aarch64/SHA256SUMS");
}

#[test]
fn zig_of_another_version_is_none() {
    let place = place();
    place.program("cargo-zigbuild", "");
    place.program("zig", "echo 0.9.0");
    let (_, stderr) = ended(&mut build(&place, &["--platform", "macos-aarch64"]), 4);
    assert!(stderr.contains("there is no zig 0.17.1"), "{stderr}");
}

#[test]
fn a_build_that_fails_leaves_nothing() {
    let place = place();
    place.program("cargo", "[[ $1 == fetch ]] || exit 101");
    ended(&mut build(&place, &[]), 101);
    assert!(!place.path("dist").exists());
}
