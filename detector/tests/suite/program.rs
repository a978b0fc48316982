//! The program as tests run it, and what it says.

use std::process::Command;

use assert_cmd::assert::Assert;

/// The program, run as cargo was told to run this target's: under an emulator where it is not this machine's.
pub(crate) fn program() -> Command {
    let arch = std::env::consts::ARCH.to_uppercase();
    let is_runner = |name: &str| name.starts_with(&format!("CARGO_TARGET_{arch}_")) && name.ends_with("_RUNNER");
    let runner = std::env::vars().find_map(|(name, value)| is_runner(&name).then_some(value)).unwrap_or_default();
    let mut words = runner.split_whitespace().chain([env!("CARGO_BIN_EXE_detector")]);
    let mut command = Command::new(words.next().expect("the program is the last word"));
    command.args(words);
    command
}

pub(crate) fn stdout(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).expect("it prints text")
}

pub(crate) fn stderr(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stderr.clone()).expect("it prints text")
}
