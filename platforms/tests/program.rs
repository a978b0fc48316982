//! The program from outside: what it prints where, and how it ends.

use std::fs;

use assert_cmd::{Command, cargo::cargo_bin};
use predicates::prelude::*;
use serde_json::Value;

/// The program, run as cargo was told to run this target's, with nothing of the caller's settings.
fn platforms(arguments: &[&str]) -> Command {
    let program = cargo_bin!("platforms");
    let runner = runner().unwrap_or_default();
    let mut words = runner.split_whitespace();
    let mut command = match words.next() {
        Some(first) => {
            let mut command = Command::new(first);
            command.args(words).arg(program);
            command
        }
        None => Command::new(program),
    };
    command.env_remove("TIDEGAUGE_ISA").args(arguments);
    command
}

/// What cargo was told to run this target's programs with: an emulator where it is not this machine's.
fn runner() -> Option<String> {
    let arch = std::env::consts::ARCH.to_uppercase();
    let is_runner = |name: &str| name.starts_with(&format!("CARGO_TARGET_{arch}_")) && name.ends_with("_RUNNER");
    std::env::vars().find_map(|(name, value)| is_runner(&name).then_some(value))
}

fn stdout_of(command: &mut Command) -> String {
    let output = command.assert().success().get_output().stdout.clone();
    String::from_utf8(output).expect("the program prints UTF-8")
}

fn json_of(command: &mut Command) -> Value {
    serde_json::from_str(&stdout_of(command)).expect("JSON")
}

fn detected() -> Value {
    json_of(&mut platforms(&["detect", "--format", "json"]))
}

mod list {
    use super::*;

    #[test]
    fn every_platform_is_listed() {
        let text = stdout_of(&mut platforms(&["list"]));
        for key in ["linux-aarch64", "linux-x86_64", "macos-aarch64", "macos-x86_64"] {
            assert!(text.lines().any(|line| line.starts_with(key)), "{text}");
        }
    }

    #[test]
    fn json_has_the_merged_environment() {
        let list = json_of(&mut platforms(&["list", "--platform", "macos-aarch64", "--format", "json"]));
        let environment = &list[0]["environment"];
        assert_eq!(
            (&environment["RAYON_NUM_THREADS"], &environment["VECLIB_MAXIMUM_THREADS"]),
            (&"1".into(), &"1".into())
        );
    }

    #[test]
    fn an_unknown_platform_ends_in_2_and_names_the_known_ones() {
        let refused = platforms(&["list", "--platform", "linux-vax"]).assert().code(2).stdout("");
        refused.stderr(predicate::str::contains("linux-vax").and(predicate::str::contains("linux-x86_64")));
    }
}

mod detect {
    use super::*;

    #[test]
    fn the_platform_is_the_one_it_was_built_for() {
        assert_eq!(detected()["platform"], format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH));
    }

    #[test]
    fn people_see_key_class_and_levels() {
        let shown = platforms(&["detect"]).assert().success();
        shown.stdout(
            predicate::str::is_match(r"(?m)^platform +\S+-\S+\nclass +\S+\nISA levels +scalar").expect("a pattern"),
        );
    }

    #[test]
    fn nothing_is_said_beside_the_data() {
        platforms(&["detect"]).assert().success().stderr("");
    }

    #[test]
    fn a_cap_leaves_what_is_at_most_it() {
        let host = json_of(platforms(&["detect", "--format", "json"]).env("TIDEGAUGE_ISA", "scalar"));
        assert_eq!((&host["isa_cap"], &host["isa_available"]), (&"scalar".into(), &vec!["scalar"].into()));
    }

    #[test]
    fn a_cap_does_not_change_what_the_machine_is() {
        let capped = json_of(platforms(&["detect", "--format", "json"]).env("TIDEGAUGE_ISA", "scalar"));
        let free = detected();
        assert_eq!((&capped["class"], &capped["isa_levels"]), (&free["class"], &free["isa_levels"]));
    }

    #[test]
    fn an_empty_cap_is_none() {
        let host = json_of(platforms(&["detect", "--format", "json"]).env("TIDEGAUGE_ISA", ""));
        assert_eq!(host["isa_cap"], Value::Null);
    }

    #[test]
    fn a_cap_that_names_no_level_ends_in_2_and_names_the_levels() {
        let refused = platforms(&["detect"]).env("TIDEGAUGE_ISA", "fast").assert().code(2).stdout("");
        refused.stderr(predicate::str::contains("TIDEGAUGE_ISA").and(predicate::str::contains("scalar, sse41")));
    }

    #[test]
    fn a_cap_of_another_architecture_ends_in_2() {
        let foreign = if cfg!(target_arch = "aarch64") { "avx2" } else { "neon" };
        let refused = platforms(&["detect"]).env("TIDEGAUGE_ISA", foreign).assert().code(2).stdout("");
        refused.stderr(predicate::str::contains(foreign));
    }
}

mod matrix {
    use super::*;

    #[test]
    fn github_gets_one_line_with_a_job_for_each_platform() {
        let text = stdout_of(&mut platforms(&["matrix", "--format", "github"]));
        let matrix: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!((text.lines().count(), matrix["include"].as_array().map(Vec::len)), (1, Some(4)));
    }

    #[test]
    fn a_job_has_what_a_workflow_needs_and_no_more() {
        let matrix = json_of(&mut platforms(&["matrix", "--format", "github"]));
        let mut fields: Vec<&String> = matrix["include"][0].as_object().expect("an object").keys().collect();
        fields.sort();
        assert_eq!(fields, ["builder", "platform", "runner", "runs", "target"]);
    }

    #[test]
    fn platforms_given_with_commas_are_all_followed() {
        let keys = "linux-x86_64,macos-aarch64";
        let text = stdout_of(&mut platforms(&["matrix", "--format", "table", "--platform", keys]));
        assert_eq!(text.lines().count(), 3, "{text}");
    }

    #[test]
    fn platforms_given_one_by_one_are_all_followed() {
        let arguments = ["matrix", "--format", "table", "--platform", "linux-x86_64", "--platform", "macos-aarch64"];
        assert_eq!(stdout_of(&mut platforms(&arguments)).lines().count(), 3);
    }

    #[test]
    fn a_format_must_be_chosen() {
        platforms(&["matrix"]).assert().code(2).stdout("");
    }
}

mod output {
    use super::*;

    const LIST: [&str; 3] = ["list", "--format", "json"];

    fn list_into(file: &str) -> Command {
        platforms(&[&LIST[..], &["--output", file]].concat())
    }

    #[test]
    fn a_file_gets_what_would_be_printed() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("list.json");
        list_into(&file.to_string_lossy()).assert().success().stdout("");
        assert_eq!(fs::read_to_string(file).expect("the file"), stdout_of(&mut platforms(&LIST)));
    }

    #[test]
    fn only_the_file_is_left_in_its_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        list_into(&folder.path().join("list.json").to_string_lossy()).assert().success();
        assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1);
    }

    #[test]
    fn a_longer_file_is_replaced_wholly() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("list.json");
        fs::write(&file, "x".repeat(1 << 20)).expect("writable");
        list_into(&file.to_string_lossy()).assert().success();
        assert_eq!(fs::read_to_string(file).expect("the file"), stdout_of(&mut platforms(&LIST)));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, link) = (folder.path().join("list.json"), folder.path().join("link"));
        fs::write(&file, "").expect("writable");
        std::os::unix::fs::symlink(&file, &link).expect("a link");
        list_into(&link.to_string_lossy()).assert().success();
        assert!(link.is_symlink() && fs::metadata(&file).expect("the file").len() > 0);
    }

    #[test]
    fn a_folder_that_is_not_there_ends_in_2_and_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("absent").join("list.json");
        let file = file.to_string_lossy();
        list_into(&file).assert().code(2).stderr(predicate::str::contains(file.as_ref()));
    }

    #[test]
    fn a_folder_in_place_of_a_file_ends_in_2() {
        let folder = tempfile::tempdir().expect("a folder");
        list_into(&folder.path().to_string_lossy()).assert().code(2);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_ends_in_2() {
        list_into("/dev/full").assert().code(2).stderr(predicate::str::contains("/dev/full"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_standard_output_that_takes_nothing_ends_in_2() {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
        let status = std_command(&LIST).stdout(full).stderr(std::process::Stdio::null()).status();
        assert_eq!(status.expect("it starts").code(), Some(2));
    }

    #[test]
    fn a_reader_that_goes_away_is_no_failure() {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = std_command(&LIST).stdout(writer).output().expect("it starts");
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
    }

    /// For what `assert_cmd` always takes itself: standard output.
    fn std_command(arguments: &[&str]) -> std::process::Command {
        let command = platforms(arguments);
        let mut started = std::process::Command::new(command.get_program());
        started.args(command.get_args());
        started
    }
}

/// Emulation, tried on real emulators.
#[cfg(target_os = "linux")]
mod emulation {
    use super::*;

    #[test]
    fn the_program_is_emulated_where_its_runner_is_qemu_and_not_where_it_has_none() {
        let expected = match runner() {
            Some(runner) if runner.contains("qemu") => true,
            // The tool `cross` has one of its own, which may or may not emulate.
            Some(_) => return,
            None => false,
        };
        let hint = "where programs are emulated without cargo knowing, set CARGO_TARGET_<TARGET>_RUNNER";
        assert_eq!(detected()["emulated"], expected, "{hint}");
    }

    /// Built for this machine's own architecture, the program has nothing but CPUID and qemu's traces to go by.
    #[cfg(target_arch = "x86_64")]
    #[test]
    fn the_program_notices_qemu_of_its_own_architecture() {
        let detect = std::process::Command::new("qemu-x86_64")
            .args(["-cpu", "max"])
            .arg(cargo_bin!("platforms"))
            .args(["detect", "--format", "json"])
            .env_remove("TIDEGAUGE_ISA")
            .output();
        let output = match detect {
            Ok(output) => output,
            Err(error) => {
                assert!(
                    std::env::var_os("CI").is_none_or(|ci| ci != "true"),
                    "starting qemu-x86_64, of the package qemu-user: {error}"
                );
                println!("skipped: qemu-x86_64 is not installed; it comes with the package qemu-user");
                return;
            }
        };
        let host: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!((&host["emulated"], &host["emulator"]), (&true.into(), &"qemu".into()));
    }
}
