//! `scripts/comment.sh`: what of a stranger's artifacts reaches the detector, and how.

use std::{fs, os::unix::fs::symlink};

use super::place::{Place, ended};

/// A place with a detector that writes its arguments down, a line each.
fn place() -> Place {
    let place = Place::new();
    let file = place.path("arguments");
    place.program("detector", &format!("printf '%s\\n' \"$@\" >'{}'", file.display()));
    fs::create_dir_all(place.path("untrusted")).expect("the folder can be made");
    place
}

fn comment(place: &Place, branch: &str) -> std::process::Command {
    let mut command = place.script("comment.sh", &[]);
    command.env("DETECTOR", place.path("detector")).env("UNTRUSTED", place.path("untrusted"));
    command.env("GITHUB_REPOSITORY", "owner/name").env("HEAD_OWNER", "stranger").env("HEAD_BRANCH", branch);
    command.env("HEAD_SHA", "0123456789012345678901234567890123456789");
    command
}

#[test]
fn the_pull_request_is_the_one_that_github_tells() {
    let place = place();
    place.write("untrusted/pull-request-linux-x86_64/comparison.json", "{}");
    ended(&mut comment(&place, "work"), 0);
    let file = place.path("untrusted/pull-request-linux-x86_64/comparison.json");
    let expected = format!(
        "comment\n--comparison\n{}\n--repo=owner/name\n--head=stranger:work\n--head-sha=0123456789012345678901234567890123456789\n",
        file.display()
    );
    assert_eq!(place.read("arguments"), expected);
}

#[test]
fn a_branch_named_like_an_option_or_a_command_is_a_name() {
    let place = place();
    place.write("untrusted/pull-request-linux-x86_64/comparison.json", "{}");
    ended(&mut comment(&place, "--pull-request=1;$(touch owned)"), 0);
    assert!(place.read("arguments").contains("\n--head=stranger:--pull-request=1;$(touch owned)\n"));
}

#[test]
fn artifacts_of_other_names_are_not_looked_at() {
    let place = place();
    for name in ["pull-request-linux-vax", "pull-request-$(id)", "pull-request-linux-x86_64 --dry-run"] {
        place.write(&format!("untrusted/{name}/comparison.json"), "{}");
    }
    ended(&mut comment(&place, "work"), 0);
    let said = place.read("arguments");
    assert!(said.starts_with("comment\n--nothing\n--repo=") && !said.contains("--comparison"), "{said}");
}

#[test]
fn a_link_reaches_the_detector_as_one_which_refuses_it() {
    let place = place();
    fs::create_dir_all(place.path("untrusted/pull-request-linux-x86_64")).expect("the folder can be made");
    symlink("/etc/passwd", place.path("untrusted/pull-request-linux-x86_64/comparison.json"))
        .expect("the link can be made");
    ended(&mut comment(&place, "work"), 0);
    assert!(place.read("arguments").contains("pull-request-linux-x86_64/comparison.json"));
}

#[test]
fn what_is_not_set_is_no_verdict() {
    let place = place();
    place.write("untrusted/pull-request-linux-x86_64/comparison.json", "{}");
    for name in ["UNTRUSTED", "GITHUB_REPOSITORY", "HEAD_OWNER", "HEAD_BRANCH", "HEAD_SHA"] {
        let (_, stderr) = ended(comment(&place, "work").env_remove(name), 2);
        assert!(stderr.contains(&format!("error: set {name} to ")), "{stderr}");
    }
}
