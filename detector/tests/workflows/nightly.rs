//! `nightly.yml`, played: a night with a platform that is measured here and now, and one that failed.

use serde_json::{Map, Value, json};

use crate::{
    github::Github,
    player::{self, End, Event, Part, host},
    workflow,
};

/// A night that a person starts by hand, of these platforms, as small as a night can be.
fn by_hand(github: &Github, platforms: &str) -> Event {
    let inputs = [("platforms", json!(platforms)), ("profile", json!("smoke"))];
    Event {
        name: "workflow_dispatch",
        payload: json!({ "inputs": {} }),
        reference: "refs/heads/main".to_owned(),
        sha: github.commit_at("refs/heads/main").expect("it was made from the working tree"),
        inputs: inputs.map(|(name, value)| (name.to_owned(), value)).into_iter().collect::<Map<_, _>>(),
    }
}

#[test]
fn a_night() {
    let mut github = Github::with_working_tree();
    github.settings.insert("WATCH_CASES".to_owned(), "^dot_f32/scalar/n10000$".to_owned());
    let nightly = &workflow::all()["nightly.yml"];
    let host = host();
    let other = if host == "linux-aarch64" { "linux-x86_64" } else { "linux-aarch64" };
    let event = by_hand(&github, &format!("{host},{other}"));
    let part = |id: &str, matrix: &Value| {
        if id == "measure" && matrix["platform"] == other { Part::Lost } else { Part::Played }
    };
    let night = player::play(&github, nightly, &event, &part);
    println!("{}", night.story());
    assert_eq!(night.job("plan", None).end, End::Success);
}
