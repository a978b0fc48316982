//! The program against the fake: run as a workflow runs it, with a token in the environment and nowhere else.

use assert_cmd::{Command, assert::Assert};

use crate::fake::Fake;

#[path = "../suite/program.rs"]
mod bare;

pub(crate) use bare::{stderr, stdout};

/// The token of all tests; it stands in no output.
pub(crate) const TOKEN: &str = "ghs_secretoftests";

/// Runs a verb with a token.
pub(crate) fn run(fake: &Fake, arguments: &[&str]) -> Assert {
    run_with(fake, Some(TOKEN), arguments)
}

/// Runs a verb, and checks that it does not tell the token.
#[track_caller]
pub(crate) fn run_with(fake: &Fake, token: Option<&str>, arguments: &[&str]) -> Assert {
    let mut command = Command::from_std(program());
    command.env("GITHUB_API_URL", fake.api_url()).env("GITHUB_SERVER_URL", fake.server_url());
    command.envs(token.map(|token| ("GITHUB_TOKEN", token)));
    let assert = command.args(arguments).args(["--patience", "4s", "--pause", "0"]).assert();
    for text in [stdout(&assert), stderr(&assert)] {
        assert!(!text.contains(TOKEN), "{text}");
    }
    assert
}

/// The program, which knows no token and no GitHub of whoever runs the tests.
pub(crate) fn program() -> std::process::Command {
    let mut command = bare::program();
    for name in
        ["GITHUB_TOKEN", "GH_TOKEN", "GITHUB_API_URL", "GITHUB_SERVER_URL", "HTTPS_PROXY", "https_proxy", "RUST_LOG"]
    {
        command.env_remove(name);
    }
    command
}
