//! `scripts/refresh.sh`: what of the sessions becomes the baselines, and how the branch is pushed. It runs in a small checkout
//! of its own, since it commits.

use std::{fs, process::Command};

use super::place::{Place, ended, root};

/// A checkout with the scripts and baselines, and its remote.
fn checkout() -> Place {
    let place = Place::new();
    fs::create_dir_all(place.path("work/scripts")).expect("the folder can be made");
    for script in ["refresh.sh", "toolchain.sh", "with-token.sh"] {
        fs::copy(root().join("scripts").join(script), place.path("work/scripts").join(script)).expect("a copy");
    }
    place.write("work/platforms/baselines.json", "old\n");
    place.write("work/.gitignore", "/out/\n/runs/\n");
    ended(place.command("git").args(["init", "--quiet", "--bare"]).arg(place.path("remote.git")), 0);
    git(&place, &["init", "--quiet", "--initial-branch=main"]);
    git(&place, &["remote", "add", "origin", place.path("remote.git").to_str().expect("a text")]);
    commit(&place, "Begin");
    git(&place, &["push", "--quiet", "origin", "main"]);
    place
}

fn git(place: &Place, arguments: &[&str]) -> String {
    ended(place.command("git").current_dir(place.path("work")).args(arguments), 0).0
}

fn commit(place: &Place, message: &str) {
    git(place, &["add", "--all"]);
    git(place, &["-c", "user.name=a", "-c", "user.email=a@localhost", "commit", "--quiet", "--message", message]);
}

fn refresh(place: &Place, step: &str) -> Command {
    let mut command = place.command("bash");
    command.current_dir(place.path("work")).arg("scripts/refresh.sh").arg(step);
    command.env("EXPECT", "linux-aarch64,linux-x86_64").env("GITHUB_REPOSITORY", "owner/name").env("BASE", "main");
    command.env("DETECTOR", place.path("detector")).env("GENERATOR", place.path("generator"));
    command.env("GITHUB_OUTPUT", place.path("outputs"));
    let file = place.path("arguments");
    place.program("detector", &format!("printf '%s ' \"$@\" >'{}'", file.display()));
    command
}

/// A generator that adds the platform to the baselines, and knows none of `refused`.
fn generator(place: &Place, refused: &str) {
    place.program(
        "generator",
        &format!("[[ $3 != '{refused}' ]] || exit 2\n[[ $2 == --platform && ${{@: -2:1}} == --baselines ]]\necho \"$3\" >>\"${{@: -1}}\""),
    );
}

fn session(place: &Place, platform: &str, number: u32) {
    place.write(&format!("work/runs/refresh-{platform}/session-{number}/report.json"), "{}");
}

#[test]
fn every_platform_enters_the_baselines() {
    let place = checkout();
    generator(&place, "");
    session(&place, "linux-aarch64", 1);
    session(&place, "linux-x86_64", 1);
    ended(&mut refresh(&place, "merge"), 0);
    assert_eq!(place.read("work/out/refresh/baselines.json"), "old\nlinux-aarch64\nlinux-x86_64\n");
    assert_eq!(place.read("outputs"), "changed=true\n");
}

#[test]
fn a_platform_that_failed_is_named_and_keeps_no_other_out() {
    let place = checkout();
    generator(&place, "");
    session(&place, "linux-x86_64", 1);
    let (_, stderr) = ended(&mut refresh(&place, "merge"), 2);
    assert!(stderr.contains("no new baseline of linux-aarch64"), "{stderr}");
    assert_eq!(place.read("work/out/refresh/baselines.json"), "old\nlinux-x86_64\n");
}

#[test]
fn where_every_platform_is_refused_nothing_changed() {
    let place = checkout();
    place.program("generator", "exit 2");
    session(&place, "linux-x86_64", 1);
    ended(&mut refresh(&place, "merge"), 2);
    assert_eq!(place.read("outputs"), "changed=false\n");
}

#[test]
fn the_branch_has_one_commit_with_the_baselines_alone() {
    let place = checkout();
    place.write("work/out/refresh/baselines.json", "new\n");
    ended(&mut refresh(&place, "propose"), 0);
    git(&place, &["fetch", "--quiet", "origin", "refresh-baselines"]);
    assert_eq!(git(&place, &["diff", "--name-only", "main", "FETCH_HEAD"]), "platforms/baselines.json\n");
    assert_eq!(git(&place, &["rev-list", "--count", "main..FETCH_HEAD"]), "1\n");
    assert_eq!(git(&place, &["show", "FETCH_HEAD:platforms/baselines.json"]), "new\n");
    assert_eq!(place.read("work/out/refresh/current.json"), "old\n");
}

#[test]
fn a_later_proposal_takes_the_place_of_the_one_before() {
    let place = checkout();
    place.write("work/out/refresh/baselines.json", "new\n");
    ended(&mut refresh(&place, "propose"), 0);
    git(&place, &["checkout", "--quiet", "--force", "main"]);
    place.write("work/out/refresh/baselines.json", "newer\n");
    ended(&mut refresh(&place, "propose"), 0);
    git(&place, &["fetch", "--quiet", "origin", "refresh-baselines"]);
    assert_eq!(git(&place, &["rev-list", "--count", "main..FETCH_HEAD"]), "1\n");
    assert_eq!(git(&place, &["show", "FETCH_HEAD:platforms/baselines.json"]), "newer\n");
}

#[test]
fn what_a_person_committed_to_the_branch_is_not_pushed_over() {
    let place = checkout();
    git(&place, &["checkout", "--quiet", "-b", "refresh-baselines"]);
    place.write("work/platforms/baselines.json", "by hand\n");
    commit(&place, "Correct a threshold");
    git(&place, &["push", "--quiet", "origin", "refresh-baselines"]);
    git(&place, &["checkout", "--quiet", "main"]);
    place.write("work/out/refresh/baselines.json", "new\n");
    let (_, stderr) = ended(&mut refresh(&place, "propose"), 2);
    assert!(stderr.contains("somebody has committed to the branch"), "{stderr}");
    git(&place, &["fetch", "--quiet", "origin", "refresh-baselines"]);
    assert_eq!(git(&place, &["show", "FETCH_HEAD:platforms/baselines.json"]), "by hand\n");
}

#[test]
fn the_programs_are_proposed_with_the_baselines() {
    let place = checkout();
    place.write("work/out/refresh/baselines.json", "new\n");
    place.write("work/runs/refresh-linux-x86_64/programs/generator-abc", "");
    ended(&mut refresh(&place, "propose"), 0);
    assert_eq!(
        place.read("arguments"),
        "propose --baselines out/refresh/baselines.json --current out/refresh/current.json --repo owner/name --head \
         refresh-baselines --base main --reason asked for by hand --program \
         runs/refresh-linux-x86_64/programs/generator-abc "
    );
}

#[test]
fn a_number_of_sessions_that_is_none_is_refused() {
    let place = checkout();
    let (_, stderr) = ended(refresh(&place, "measure").env("SESSIONS", "many"), 2);
    assert!(stderr.contains("found 'many'"), "{stderr}");
}

#[test]
fn the_program_is_kept_under_its_hash_beside_its_sessions() {
    let place = checkout();
    place.program("generator", "mkdir -p \"${@: -1}\"\necho '{}' >\"${@: -1}/report.json\"");
    ended(refresh(&place, "measure").env("SESSIONS", "2"), 0);
    for number in 1..=2 {
        assert_eq!(place.read(&format!("work/out/refresh/session-{number}/report.json")), "{}\n");
    }
    let kept =
        fs::read_dir(place.path("work/out/refresh/programs")).expect("a folder").flatten().next().expect("a program");
    let name = kept.file_name().into_string().expect("a text");
    assert_eq!(name.len(), "generator-".len() + 64, "{name}");
    assert_eq!(fs::read(kept.path()).expect("a file"), fs::read(place.path("generator")).expect("a file"));
}
