//! `scripts/nightly.sh`: which step ends how, and what reaches which program. The programs are the test's own, and write down
//! what they are asked.

use std::{fs, process::Command};

use super::place::{Place, ended};

/// A place with a run folder in which a session was measured.
fn place() -> Place {
    let place = Place::new();
    place.write("run/report.json", "{\n  \"platform\": \"linux-x86_64\"\n}\n");
    fs::create_dir_all(place.path("run/logs")).expect("the folder can be made");
    place
}

/// A program that writes its arguments down and then does `what`.
pub(crate) fn program(place: &Place, name: &str, what: &str) {
    let file = place.path(&format!("{name}.arguments"));
    place.program(name, &format!("printf '%s ' \"$@\" >>'{0}'; echo >>'{0}'\n{what}", file.display()));
}

/// What it was asked, a line a call.
pub(crate) fn asked(place: &Place, name: &str) -> String {
    fs::read_to_string(place.path(&format!("{name}.arguments")))
        .unwrap_or_default()
        .replace(place.path("").to_str().expect("a text"), "")
}

/// A detector whose verdict is `code`; it writes what `--output` asks for.
fn judges(place: &Place, code: u8) {
    program(
        place,
        "detector",
        &format!("while (($#)); do [[ $1 != --output ]] || echo judged >\"$2\"; shift; done\nexit {code}"),
    );
}

fn step(place: &Place, step: &str) -> Command {
    steps(place, &[step])
}

pub(crate) fn steps(place: &Place, steps: &[&str]) -> Command {
    let mut command = place.script("nightly.sh", steps);
    command.env("DETECTOR", place.path("detector")).env("GENERATOR", place.path("generator"));
    command
        .env("RUN", place.path("run"))
        .env("HISTORY", place.path("history"))
        .env("BASELINES", place.path("baselines"));
    command.env("RUNS", place.path("runs")).env("TOLD", place.path("told")).env("PLATFORM", "linux-x86_64");
    command.env("OWNERS", place.path("owners")).env("LOCK", place.path("lock"));
    command
}

/// The step `plan`, beside a remote without a history.
fn plan(place: &Place) -> Command {
    ended(place.command("git").args(["init", "--quiet", "--bare"]).arg(place.path("remote.git")), 0);
    let mut command = step(place, "plan");
    command.env("PLATFORM_LIST", place.path("platforms"));
    command
}

const MATRIX: &str = r#"echo '{"include":[{"platform":"a-b","runner":"r"},{"platform":"c-d","runner":"r"}]}'"#;

#[test]
fn the_plan_has_the_jobs_their_platforms_and_whether_there_is_a_history() {
    let place = place();
    program(&place, "platforms", MATRIX);
    let expected = "matrix={\"include\":[{\"platform\":\"a-b\",\"runner\":\"r\"},{\"platform\":\"c-d\",\"runner\":\"r\"}]}\n\
                    platforms=a-b,c-d\nhistory=false\n";
    assert_eq!(ended(plan(&place).env("PLATFORMS", "a-b, c-d"), 0).0, expected);
    assert_eq!(asked(&place, "platforms"), "matrix --format github --platform a-b,c-d \n");
}

#[test]
fn a_platform_that_there_is_not_ends_the_plan() {
    let place = place();
    program(&place, "platforms", "exit 2");
    assert_eq!(ended(plan(&place).env("PLATFORMS", "vax"), 2).0, "");
}

#[test]
fn what_makes_the_plan_sees_no_token() {
    let place = place();
    program(&place, "platforms", &format!("[[ -z ${{GITHUB_TOKEN+set}} ]]\n{MATRIX}"));
    ended(plan(&place).env("GITHUB_TOKEN", "ghs_secret"), 0);
}

#[test]
fn a_critical_regression_fails_the_last_step_and_none_before_it() {
    let place = place();
    judges(&place, 1);
    ended(&mut step(&place, "compare"), 0);
    ended(&mut step(&place, "judge"), 0);
    ended(&mut step(&place, "verdict"), 1);
}

#[test]
fn what_cannot_be_told_fails_the_last_step_and_offers_a_refresh() {
    let place = place();
    judges(&place, 4);
    ended(&mut step(&place, "judge"), 0);
    let (_, stderr) = ended(&mut step(&place, "verdict"), 4);
    assert!(stderr.contains("workflow refresh"), "{stderr}");
}

#[test]
fn a_comparison_that_could_not_be_made_fails_at_once() {
    let place = place();
    judges(&place, 2);
    ended(&mut step(&place, "compare"), 2);
    ended(&mut step(&place, "judge"), 2);
    assert!(!place.path("run/logs/verdict").exists());
}

#[test]
fn without_a_judgement_the_last_step_fails() {
    ended(&mut step(&place(), "verdict"), 2);
}

#[test]
fn the_summary_gets_the_table() {
    let place = place();
    judges(&place, 0);
    ended(step(&place, "judge").env("GITHUB_STEP_SUMMARY", place.path("summary")), 0);
    assert_eq!(place.read("summary"), "judged\n");
}

#[test]
fn a_case_that_failed_does_not_end_the_night() {
    let place = place();
    program(&place, "generator", &format!("echo '{{}}' >'{}'; exit 1", place.path("run/report.json").display()));
    let (_, stderr) = ended(&mut step(&place, "measure"), 0);
    assert!(stderr.contains("warning: some cases could not be measured"), "{stderr}");
}

#[test]
fn a_session_that_left_no_report_fails_and_an_earlier_one_is_not_taken_for_it() {
    let place = place();
    program(&place, "generator", "exit 1");
    ended(&mut step(&place, "measure"), 1);
    assert!(!place.path("run/report.json").exists());
}

#[test]
fn the_history_is_looked_at_where_it_has_this_platform() {
    let place = place();
    judges(&place, 0);
    place.write("history/linux-aarch64/20261121T040000Z-nocommit/report.json", "{}");
    ended(&mut step(&place, "compare"), 0);
    assert!(!asked(&place, "detector").contains("--history"));
    place.write("history/linux-x86_64/20261121T040000Z-nocommit/report.json", "{}");
    ended(&mut step(&place, "compare"), 0);
    assert!(asked(&place, "detector").contains(" --history history --previous history "));
}

#[test]
fn a_pair_alone_is_judged_alone() {
    let place = place();
    judges(&place, 0);
    fs::rename(place.path("run/report.json"), place.path("run/pair.json")).expect("the file can be moved");
    ended(&mut step(&place, "judge"), 0);
    let asked = asked(&place, "detector");
    assert!(asked.contains("--pair run/pair.json") && !asked.contains("--report"), "{asked}");
}

/// A generator that names `base` as the program to hold suspects against.
fn confirms(place: &Place, base: &str) {
    program(place, "generator", &format!("[[ $* != *--print-base* ]] || echo '{base}'"));
}

/// The step, with `kept` as what is kept under the hash `base`.
fn confirm(place: &Place, base: &str, kept: &str) -> Command {
    place.write(&format!("server/owner/name/releases/download/baseline-programs/generator-{base}"), kept);
    let mut command = step(place, "confirm");
    command.env("GITHUB_SERVER_URL", format!("file://{}", place.path("server").display()));
    command.env("GITHUB_REPOSITORY", "owner/name");
    command
}

/// The hash of `kept\n`.
const KEPT: &str = "78051faade059d70866df6a3fb83ef348721fd74a87e93ef95c493f87d0d236b";

#[test]
fn the_program_that_made_the_baseline_is_fetched_by_its_hash() {
    let place = place();
    confirms(&place, KEPT);
    ended(&mut confirm(&place, KEPT, "kept\n"), 0);
    assert_eq!(place.read(&format!("run.programs/generator-{KEPT}")), "kept\n");
    assert!(asked(&place, "generator").contains("--programs run.programs --out run"));
}

#[test]
fn where_this_very_program_made_the_baseline_it_is_neither_fetched_nor_built() {
    let place = place();
    let own = "{ sha256sum <\"$0\" || shasum -a 256 <\"$0\"; } 2>/dev/null | cut -d ' ' -f 1";
    program(&place, "generator", &format!("[[ $* != *--print-base* ]] || {own}"));
    let (_, stderr) = ended(&mut step(&place, "confirm"), 0);
    assert!(!stderr.contains("it will be built"), "{stderr}");
    let kept = fs::read_dir(place.path("run.programs")).expect("a folder").flatten().next().expect("a program");
    assert_eq!(fs::read_to_string(kept.path()).expect("a text"), place.read("generator"));
}

#[test]
fn another_program_under_its_name_is_thrown_away() {
    let place = place();
    confirms(&place, KEPT);
    let (_, stderr) = ended(&mut confirm(&place, KEPT, "something else\n"), 0);
    assert!(stderr.contains("is another program"), "{stderr}");
    assert_eq!(fs::read_dir(place.path("run.programs")).expect("a folder").count(), 0);
}

#[test]
fn a_program_that_is_not_kept_is_left_to_be_built() {
    let place = place();
    confirms(&place, KEPT);
    let (_, stderr) = ended(&mut confirm(&place, "0", "kept\n"), 0);
    assert!(stderr.contains("it will be built from its commit"), "{stderr}");
}

#[test]
fn where_nothing_is_to_be_confirmed_nothing_is_fetched() {
    let place = place();
    confirms(&place, "");
    ended(&mut confirm(&place, "0", "kept\n"), 0);
    assert!(!place.path("run.programs").exists());
}

#[test]
fn what_nothing_can_be_held_against_stays_suspected_and_fails_no_step() {
    let place = place();
    program(&place, "generator", "exit 4");
    let (_, stderr) = ended(&mut confirm(&place, "0", "kept\n"), 0);
    assert!(stderr.contains("nothing could be confirmed"), "{stderr}");
}

#[test]
fn a_confirmation_that_broke_off_fails_and_says_what_that_means() {
    let place = place();
    for breaks_off in ["[[ $* == *--print-base* ]] || exit 2", "exit 2"] {
        program(&place, "generator", breaks_off);
        let (_, stderr) = ended(confirm(&place, "0", "kept\n").env("GITHUB_ACTIONS", "true"), 2);
        assert!(stderr.contains("::error::the confirmation ended with 2: no suspect of this night"), "{stderr}");
    }
}

#[test]
fn help_tells_the_steps() {
    let (stdout, _) = ended(&mut place().script("nightly.sh", &["--help"]), 0);
    assert!(stdout.starts_with("A night, step by step") && stdout.contains("\n  file       adds the run"), "{stdout}");
    assert!(!stdout.contains("pipefail"), "{stdout}");
}

#[test]
fn the_program_is_watched_beside_a_copy_of_it_as_it_is_and_slowed() {
    let place = place();
    program(&place, "generator", "");
    program(&place, "detector", "");
    ended(&mut step(&place, "watch"), 0);
    // As a second night finds it.
    ended(&mut step(&place, "watch"), 0);
    assert_eq!(place.read("run.programs/copy"), place.read("generator"));
    let asked = asked(&place, "generator");
    let beside = "pair --base run.programs/copy --candidate generator --platform linux-x86_64";
    assert_eq!(asked.lines().filter(|line| line.starts_with(beside)).count(), 4, "{asked}");
    assert_eq!(asked.lines().filter(|line| line.ends_with(" --inject .*=1.10 ")).count(), 2, "{asked}");
}

#[test]
fn the_alarm_hears_of_every_platform_that_should_have_run() {
    let place = place();
    program(&place, "detector", "echo told");
    place.write("runs/nightly-linux-x86_64/comparison.json", "{}");
    place.write("runs/nightly-somewhere-else/comparison.json", "{}");
    let mut command = step(&place, "alert");
    command.env("EXPECT", "linux-x86_64,linux-aarch64").env("GITHUB_REPOSITORY", "owner/name");
    ended(command.env("GITHUB_STEP_SUMMARY", place.path("summary")), 0);
    assert_eq!(
        asked(&place, "detector"),
        "alert --comparison runs/nightly-linux-x86_64/comparison.json --repo owner/name --expect linux-x86_64,linux-aarch64 \
         --out told --alarms told/alarms.json --format markdown \n"
    );
    assert_eq!(place.read("summary"), "told\n");
}

#[test]
fn the_alarm_sees_the_history_and_the_baselines() {
    let place = place();
    program(&place, "detector", "");
    fs::create_dir_all(place.path("history")).expect("the folder can be made");
    let mut command = step(&place, "alert");
    ended(command.env("EXPECT", "linux-x86_64").env("GITHUB_REPOSITORY", "owner/name"), 0);
    assert!(asked(&place, "detector").starts_with("alert --history history --baselines baselines --repo owner/name "));
}

#[test]
fn the_alarm_says_where_it_could_look_at_no_history() {
    let place = place();
    program(&place, "detector", "");
    let mut command = step(&place, "alert");
    command.env("EXPECT", "linux-x86_64").env("GITHUB_REPOSITORY", "owner/name");
    fs::create_dir_all(place.path("history/.git/refs")).expect("the folder can be made");
    assert!(ended(&mut command, 0).1.contains("no history could be looked at"));
    fs::create_dir_all(place.path("history/linux-x86_64/20261121T040000Z-nocommit")).expect("the folder can be made");
    assert_eq!(ended(&mut command, 0).1, "");
}

#[test]
fn what_github_did_not_take_is_told_and_fails() {
    let place = place();
    program(&place, "detector", "echo told; exit 5");
    let mut command = step(&place, "alert");
    command.env("EXPECT", "linux-x86_64").env("GITHUB_REPOSITORY", "owner/name");
    ended(command.env("GITHUB_STEP_SUMMARY", place.path("summary")), 5);
    assert_eq!(place.read("summary"), "told\n");
}

#[test]
fn a_step_that_there_is_not_ends_in_2_before_any_runs() {
    let place = place();
    judges(&place, 0);
    ended(step(&place, "judge").arg("jugde"), 2);
    assert_eq!(asked(&place, "detector"), "");
}

#[test]
fn what_is_not_set_is_no_verdict() {
    let place = place();
    program(&place, "detector", "");
    let (_, stderr) = ended(step(&place, "alert").env("EXPECT", "linux-x86_64"), 2);
    assert!(stderr.contains("set GITHUB_REPOSITORY to OWNER/NAME"), "{stderr}");
    assert!(ended(&mut step(&place, "beside"), 2).1.contains("set BASE_SHA"));
}

#[test]
fn a_folder_with_a_report_alone_is_judged() {
    let place = place();
    judges(&place, 0);
    fs::remove_dir(place.path("run/logs")).expect("it is empty");
    ended(&mut step(&place, "judge"), 0);
}
