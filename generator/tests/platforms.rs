//! `--platform`: every verb that has it refuses a platform that this host is not.

use assert_cmd::Command;
use platforms::{PlatformKey, platform};
use predicates::{prelude::PredicateBooleanExt, str::contains};
use tempfile::TempDir;

fn generator() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_generator"));
    command.env_remove("TIDEGAUGE_ISA").env_remove("RUST_LOG").timeout(std::time::Duration::from_mins(1));
    command
}

fn stdout(arguments: &[&str]) -> String {
    let assert = generator().args(arguments).assert().success();
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

/// The verbs of the help that have the option.
fn verbs() -> Vec<String> {
    let help = stdout(&["--help"]);
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // What a verb does may go on in the next line, further to the right.
    let verbs = commands.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let verbs = verbs.filter(|&verb| !verb.is_empty() && verb != "help");
    let has_option = |verb: &&str| stdout(&[verb, "--help"]).contains("--platform <KEY>");
    verbs.filter(has_option).map(str::to_owned).collect()
}

/// What a verb must be told beside.
fn owed(verb: &str) -> &'static [&'static str] {
    match verb {
        "measure" => &["--out", "out"],
        "pair" => &["--base", "base", "--out", "out"],
        "baseline" => &["--allow-dirty", "--baselines", "baselines.json"],
        _ => &[],
    }
}

#[test]
fn every_verb_refuses_a_platform_that_this_host_is_not() {
    let verbs = verbs();
    for known in ["baseline", "doctor", "measure", "pair", "verify"] {
        assert!(verbs.iter().any(|verb| verb == known), "{known} has --platform: {verbs:?}");
    }
    let here = PlatformKey::of_this_build().expect("tests run on listed platforms");
    for platform in platform::list().iter().filter(|platform| platform.key != here.as_str()) {
        for verb in &verbs {
            let folder = TempDir::new().unwrap();
            let mut command = generator();
            command.current_dir(folder.path()).args([verb, "--platform", &platform.key]).args(owed(verb));
            let why = format!("--platform {}: this host is {here}; run it there", platform.key);
            command.assert().code(2).stdout("").stderr(contains(why).and(contains("\n").count(1)));
            let left = folder.path().read_dir().unwrap().count();
            assert_eq!(left, 0, "{verb} left something behind");
        }
    }
}

#[test]
fn every_verb_refuses_a_platform_that_is_not_listed() {
    for verb in verbs() {
        let mut command = generator();
        command.args([&verb, "--platform", "amiga-68k"]).args(owed(&verb));
        command.assert().code(2).stderr(contains("amiga-68k").and(contains("the platforms are")));
    }
}
