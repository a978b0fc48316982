//! `scripts/history.sh`: the branch that keeps every night.

use std::{fs, path::PathBuf};

use super::place::{Place, ended, root};

/// A place with a remote that has a main branch with one file, and no history.
fn remote() -> Place {
    let place = Place::new();
    ended(place.command("git").args(["init", "--quiet", "--bare"]).arg(place.path("remote.git")), 0);
    let work = place.path("main");
    ended(place.command("git").args(["init", "--quiet", "--initial-branch=main"]).arg(&work), 0);
    place.write("main/code", "fn main() {}\n");
    for arguments in [
        vec!["add", "--all"],
        vec!["-c", "user.name=a", "-c", "user.email=a@localhost", "commit", "--quiet", "--message=Begin"],
        vec!["push", "--quiet", place.path("remote.git").to_str().expect("a text"), "main"],
    ] {
        ended(place.command("git").current_dir(&work).args(arguments), 0);
    }
    place
}

/// The folder of a run that was made at `minute`, as a measuring job leaves it.
fn run(place: &Place, minute: u32) -> PathBuf {
    let folder = place.path(&format!("run-{minute}"));
    fs::create_dir_all(&folder).expect("the folder can be made");
    let results = place.write("results.txt", "goos: linux\ngoarch: amd64\nBenchmarkSum-2 100 20.5 ns/op\n");
    let created = format!("2026-11-21T04:{minute:02}:00Z");
    let mut import = place.command(place.detector());
    import.args(["import", "--from", "go", "--created", &created]).arg(results).arg("--out");
    ended(import.arg(folder.join("report.json")), 0);
    folder
}

fn append(place: &Place, checkout: &str, runs: &[PathBuf]) -> std::process::Command {
    let mut command = place.script("history.sh", &["append"]);
    command.arg(place.path(checkout)).args(runs);
    command
}

/// What the remote's history says to a git command.
fn git(place: &Place, arguments: &[&str]) -> String {
    ended(place.command("git").arg("-C").arg(place.path("remote.git")).args(arguments), 0).0
}

/// How many reports the remote's history keeps.
fn reports(place: &Place) -> usize {
    git(place, &["ls-tree", "-r", "--name-only", "history"])
        .lines()
        .filter(|path| path.ends_with("/report.json"))
        .count()
}

/// What a folder holds, in order.
fn names(place: &Place, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(place.path(folder)).expect("a folder").flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn where_there_is_no_history_that_is_what_it_says() {
    assert_eq!(ended(&mut remote().script("history.sh", &["exists"]), 0).0, "false\n");
}

#[test]
fn the_remote_of_the_repository_around_unpacked_sources_is_not_theirs() {
    let place = remote();
    let work = place.path("main");
    let remote = place.path("remote.git");
    ended(place.command("git").arg("-C").arg(&work).args(["remote", "add", "origin"]).arg(remote), 0);
    place.write("main/src/Cargo.toml", "");
    for script in ["history.sh", "toolchain.sh", "with-token.sh"] {
        let text = fs::read_to_string(root().join("scripts").join(script)).expect("the script is there");
        place.write(&format!("main/src/scripts/{script}"), &text);
    }
    let mut exists = place.command("bash");
    exists.arg(work.join("src/scripts/history.sh")).arg("exists").env_remove("HISTORY_REMOTE");
    let (_, stderr) = ended(&mut exists, 2);
    assert!(stderr.contains("main/src is no git checkout, which has no remote origin"), "{stderr}");
}

#[test]
fn a_remote_that_does_not_answer_is_not_one_without_a_history() {
    let place = Place::new();
    let (stdout, stderr) = ended(&mut place.script("history.sh", &["exists"]), 2);
    assert_eq!(stdout, "");
    assert!(stderr.contains("did not say whether"), "{stderr}");
}

#[test]
fn before_the_first_night_the_history_is_an_empty_folder() {
    let place = remote();
    ended(place.script("history.sh", &["fetch"]).arg(place.path("history")), 0);
    assert_eq!(names(&place, "history"), [".git"]);
}

#[test]
fn the_first_night_makes_a_branch_that_shares_nothing_with_the_code() {
    let place = remote();
    ended(&mut append(&place, "history", &[run(&place, 0)]), 0);
    assert_eq!(git(&place, &["rev-list", "--count", "history"]), "1\n");
    assert_eq!(
        git(&place, &["ls-tree", "-r", "--name-only", "history"]).lines().collect::<Vec<_>>(),
        ["README.md", "linux-x86_64/20261121T040000Z-nocommit/report.json"]
    );
}

#[test]
fn the_next_night_stands_beside_it() {
    let place = remote();
    ended(&mut append(&place, "history", &[run(&place, 0)]), 0);
    ended(&mut append(&place, "another", &[run(&place, 1)]), 0);
    assert_eq!((reports(&place), git(&place, &["rev-list", "--count", "history"])), (2, "2\n".to_owned()));
}

#[test]
fn a_night_that_is_recorded_again_changes_nothing() {
    let place = remote();
    let run = run(&place, 0);
    ended(&mut append(&place, "history", std::slice::from_ref(&run)), 0);
    let before = git(&place, &["rev-parse", "history"]);
    ended(&mut append(&place, "another", &[run]), 0);
    assert_eq!(git(&place, &["rev-parse", "history"]), before);
}

#[test]
fn nights_that_are_recorded_at_once_are_all_kept() {
    let place = remote();
    let runs: Vec<PathBuf> = (0..5).map(|minute| run(&place, minute)).collect();
    let started: Vec<_> = (0..5)
        .map(|number| {
            let mut command = append(&place, &format!("history-{number}"), &runs[number..=number]);
            command.env("HISTORY_ATTEMPTS", "40").spawn().expect("it starts")
        })
        .collect();
    for mut child in started {
        assert!(child.wait().expect("it ends").success());
    }
    assert_eq!(reports(&place), 5);
}

#[test]
fn a_push_that_came_second_is_tried_again_on_top_of_the_first() {
    let place = remote();
    ended(&mut append(&place, "history", &[run(&place, 0)]), 0);
    // The remote moves between the fetch and the push, once.
    let other = append(&place, "other", &[run(&place, 1)]);
    let line: Vec<String> = other.get_args().map(|word| format!("'{}'", word.to_string_lossy())).collect();
    let moves = format!(
        "[[ -e moved ]] || {{ touch moved; env -u GIT_DIR -u GIT_QUARANTINE_PATH bash {}; exit 1; }}",
        line.join(" ")
    );
    place.program("remote.git/hooks/pre-receive", &moves);
    ended(&mut append(&place, "history", &[run(&place, 2)]), 0);
    assert_eq!(reports(&place), 3);
}

#[test]
fn where_the_remote_is_away_what_was_fetched_before_stays() {
    let place = remote();
    ended(&mut append(&place, "history", &[run(&place, 0)]), 0);
    fs::rename(place.path("remote.git"), place.path("away.git")).expect("it can be moved");
    let (_, stderr) = ended(place.script("history.sh", &["fetch"]).arg(place.path("history")), 2);
    assert!(stderr.contains("did not say whether"), "{stderr}");
    assert_eq!(names(&place, "history/linux-x86_64"), ["20261121T040000Z-nocommit"]);
}

#[test]
fn a_push_that_is_never_taken_ends_and_says_so() {
    let place = remote();
    place.program("remote.git/hooks/pre-receive", "echo >>tries; exit 1");
    let (_, stderr) = ended(append(&place, "history", &[run(&place, 0)]).env("HISTORY_ATTEMPTS", "3"), 2);
    assert!(stderr.contains("took no push in 3 attempts"), "{stderr}");
    assert_eq!(place.read("remote.git/tries").lines().count(), 3);
}

#[test]
fn what_is_kept_is_never_changed() {
    let place = remote();
    let run = run(&place, 0);
    ended(&mut append(&place, "history", std::slice::from_ref(&run)), 0);
    let before = git(&place, &["rev-parse", "history"]);
    // A detector that goes wrong: $3 is the history folder.
    let wrong = place.program("wrong", "echo '{}' >\"$3/linux-x86_64/20261121T040000Z-nocommit/report.json\"");
    let (_, stderr) = ended(append(&place, "another", &[run]).env("DETECTOR", wrong), 2);
    assert!(stderr.contains("would be changed"), "{stderr}");
    assert_eq!(git(&place, &["rev-parse", "history"]), before);
}

#[test]
fn only_the_newest_runs_are_checked_out_and_the_others_are_kept() {
    let place = remote();
    for setting in ["uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"] {
        git(&place, &["config", setting, "true"]);
    }
    let runs: Vec<PathBuf> = (0..3).map(|minute| run(&place, minute)).collect();
    ended(&mut append(&place, "history", &runs), 0);
    ended(append(&place, "another", &[run(&place, 3)]).env("HISTORY_NEWEST", "1"), 0);
    assert_eq!(names(&place, "another/linux-x86_64"), ["20261121T040200Z-nocommit", "20261121T040300Z-nocommit"]);
    assert_eq!(reports(&place), 4);
}

#[test]
fn a_run_that_is_kept_and_not_checked_out_is_not_changed_either() {
    let place = remote();
    let first = run(&place, 0);
    ended(&mut append(&place, "history", &[first.clone(), run(&place, 1)]), 0);
    let before = git(&place, &["rev-parse", "history"]);
    let text = fs::read_to_string(first.join("report.json")).expect("a report");
    fs::write(first.join("report.json"), text.replace("20.5", "21.5")).expect("the file can be written");
    let (_, stderr) = ended(append(&place, "another", &[first]).env("HISTORY_NEWEST", "1"), 2);
    assert!(stderr.contains("would be changed"), "{stderr}");
    assert_eq!(git(&place, &["rev-parse", "history"]), before);
}

#[test]
fn a_damaged_run_keeps_no_other_out() {
    let place = remote();
    place.write("damaged/report.json", "{");
    let (_, stderr) = ended(&mut append(&place, "history", &[place.path("damaged"), run(&place, 0)]), 2);
    assert!(stderr.contains("could not be recorded") && stderr.contains("damaged"), "{stderr}");
    assert_eq!(reports(&place), 1);
}

#[test]
fn a_platform_that_left_no_report_keeps_no_other_out() {
    let place = remote();
    fs::create_dir_all(place.path("failed/logs")).expect("the folder can be made");
    ended(&mut append(&place, "history", &[place.path("failed"), run(&place, 0)]), 0);
    assert_eq!(reports(&place), 1);
}

#[test]
fn a_folder_that_is_something_else_is_left_alone() {
    let place = remote();
    place.write("precious/file", "mine");
    let (_, stderr) = ended(place.script("history.sh", &["fetch"]).arg(place.path("precious")), 2);
    assert!(stderr.contains("no checkout of the history"), "{stderr}");
    assert_eq!(place.read("precious/file"), "mine");
}

#[test]
fn a_checkout_of_something_else_is_left_alone_too() {
    let place = remote();
    place.write("main/precious", "mine");
    let (_, stderr) = ended(place.script("history.sh", &["fetch"]).arg(place.path("main")), 2);
    assert!(stderr.contains("no checkout of the history"), "{stderr}");
    assert_eq!(place.read("main/precious"), "mine");
    assert_eq!(place.read("main/code"), "fn main() {}\n");
}

#[test]
fn how_right_the_alarms_were_is_kept_beside_the_runs() {
    let place = remote();
    ended(&mut append(&place, "a", &[run(&place, 0)]), 0);
    let alarms =
        r#"{"schema_version": 3, "created": "2026-11-21T05:00:00Z", "right": 1, "unread": 1, "false_alarms": 0}"#;
    let file = place.write("alarms.json", alarms);
    ended(&mut append(&place, "b", &[file]), 0);
    let kept = git(&place, &["ls-tree", "-r", "--name-only", "history"]);
    assert!(kept.lines().any(|path| path == "alarms/20261121T050000Z.json"), "{kept}");
    assert_eq!(reports(&place), 1);
}
