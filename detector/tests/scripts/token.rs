//! `scripts/with-token.sh`: who sees the token.

use super::place::{Place, ended};

const TOKEN: &str = "ghs_0123456789";

/// What git would send to `url` beside its own headers.
fn header(place: &Place, url: &str) -> String {
    let mut command = place.script("with-token.sh", &["git", "config", "--get-urlmatch", "http.extraheader", url]);
    let output = command.env("GITHUB_TOKEN", TOKEN).env("GITHUB_SERVER_URL", "https://git.example.com").output();
    String::from_utf8(output.expect("git starts").stdout).expect("text")
}

#[test]
fn the_server_of_the_repository_gets_the_token() {
    // x-access-token:ghs_0123456789
    let expected = "AUTHORIZATION: basic eC1hY2Nlc3MtdG9rZW46Z2hzXzAxMjM0NTY3ODk=\n";
    assert_eq!(header(&Place::new(), "https://git.example.com/owner/name"), expected);
}

#[test]
fn another_server_gets_none() {
    assert_eq!(header(&Place::new(), "https://git.example.com.evil.example/owner/name"), "");
}

#[test]
fn the_settings_that_a_caller_gave_to_git_stay() {
    let place = Place::new();
    let mut command = place.script("with-token.sh", &["git", "config", "--get", "user.name"]);
    command.env("GITHUB_TOKEN", TOKEN).env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", "user.name");
    assert_eq!(ended(command.env("GIT_CONFIG_VALUE_0", "A person"), 0).0, "A person\n");
}

#[test]
fn without_a_token_the_command_runs_as_it_is() {
    let place = Place::new();
    let (said, _) = ended(&mut place.script("with-token.sh", &["env"]), 0);
    assert!(!said.contains("GIT_CONFIG_KEY"), "{said}");
}
