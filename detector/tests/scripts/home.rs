//! `scripts/nightly.sh` without steps: a whole night, as a person or cron starts it at home. The generator is the test's own,
//! and so is the detector where a test is not about what it writes.

use std::{
    fs,
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::{
    night::{asked, program, steps},
    place::{Place, ended, root},
};

/// A generator that measures: it writes a report where `measure` is to.
fn measures(place: &Place) {
    measures_after(place, "");
}

/// The same, after it did `what`.
fn measures_after(place: &Place, what: &str) {
    let report = place.path("run/report.json");
    let writes = format!("[[ $1 != measure ]] || printf '{{\\n  \"platform\": \"x\"\\n}}\\n' >'{}'", report.display());
    program(place, "generator", &format!("{what}\n{writes}"));
}

fn night(place: &Place, arguments: &[&str]) -> Command {
    steps(place, arguments)
}

/// A place where a night has the verdict `code`.
fn place(code: u8) -> Place {
    let place = Place::new();
    measures(&place);
    detects(&place, &format!("[[ $1 != compare ]] || exit {code}"));
    place
}

/// A detector that writes what `--output` asks for, and then does `what`.
fn detects(place: &Place, what: &str) {
    let writes = "arguments=(\"$@\")\nwhile (($#)); do [[ $1 != --output ]] || echo judged >\"$2\"; shift; done";
    program(place, "detector", &format!("{writes}\nset -- \"${{arguments[@]}}\"\n{what}"));
}

/// The verbs that the detector was asked for, in their order.
fn verbs(place: &Place) -> Vec<String> {
    asked(place, "detector").lines().map(|line| line.split(' ').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_night_does_its_steps_in_their_order_and_needs_no_build_of_programs_that_are_named() {
    let place = place(0);
    place.program("bin/cargo", "exit 1");
    let mut night = night(&place, &[]);
    let path = std::env::var("PATH").expect("a PATH");
    let (stdout, _) = ended(night.env("PATH", format!("{}:{path}", place.path("bin").display())), 0);
    let steps: Vec<&str> = stdout.lines().filter_map(|line| line.strip_prefix("=== ")).collect();
    assert_eq!(
        steps,
        ["verify", "measure", "compare", "confirm", "judge", "watch", "file", "changes", "night"],
        "{stdout}"
    );
    assert_eq!(verbs(&place), ["compare", "compare", "compare", "compare", "watch", "record", "changes"]);
}

#[test]
fn a_night_says_how_it_ended_and_where_everything_is() {
    let place = place(1);
    let (stdout, _) = ended(&mut night(&place, &[]), 1);
    let run = place.path("run").display().to_string();
    let end = format!(
        "=== night\nlinux-x86_64: exit code 1, a critical regression\njudged\ndocuments  {run}\n\
         log        {run}/logs/night.txt\n"
    );
    assert!(stdout.ends_with(&end), "{stdout}");
    assert_eq!(place.read("run/logs/night.txt"), stdout);
}

#[test]
fn a_quiet_night_with_nothing_to_act_on_prints_nothing() {
    let place = place(0);
    assert_eq!(ended(&mut night(&place, &["--quiet"]), 0), (String::new(), String::new()));
    assert!(place.read("run/logs/night.txt").contains("=== measure\n"));
}

#[test]
fn a_quiet_night_with_a_regression_prints_how_it_ended_and_no_more() {
    let (stdout, stderr) = ended(&mut night(&place(1), &["--quiet"]), 1);
    assert!(stdout.starts_with("=== night\nlinux-x86_64: exit code 1, a critical regression\njudged\n"), "{stdout}");
    assert_eq!(stderr, "");
}

#[test]
fn a_quiet_night_in_which_a_step_failed_prints_what_that_said() {
    let place = place(0);
    measures_after(&place, "[[ $1 != verify ]] || { echo wrong >&2; exit 1; }");
    let (stdout, _) = ended(&mut night(&place, &["--quiet"]), 1);
    let expected =
        "=== verify\nwrong\n\n=== night\nlinux-x86_64: exit code 1, something failed\nthe step verify failed\n";
    assert!(stdout.starts_with(expected), "{stdout}");
    assert_eq!(asked(&place, "detector"), "");
}

#[test]
fn a_night_is_judged_without_a_confirmation_too() {
    let place = place(0);
    measures_after(&place, "[[ $* != *--confirm* ]] || exit 2");
    let (stdout, _) = ended(&mut night(&place, &[]), 0);
    assert!(stdout.contains("the night goes on without a confirmation"), "{stdout}");
    assert!(place.path("run/comparison.json").exists());
}

#[test]
fn what_was_measured_is_kept_though_it_could_not_be_watched() {
    let place = place(0);
    detects(&place, "[[ $1 != watch ]] || exit 2");
    let (stdout, _) = ended(&mut night(&place, &[]), 2);
    assert!(stdout.contains("exit code 2, something failed\nthe step watch failed\n"), "{stdout}");
    assert!(asked(&place, "detector").contains("record --history history run "));
}

#[test]
fn an_earlier_night_is_not_taken_for_tonight_s() {
    let place = place(1);
    ended(&mut night(&place, &[]), 1);
    program(&place, "generator", "exit 2");
    let (stdout, _) = ended(&mut night(&place, &[]), 2);
    assert!(stdout.contains("the step verify failed\ndocuments"), "{stdout}");
    assert!(!place.path("run/comparison.json").exists());
}

#[test]
fn where_the_programs_cannot_be_built_the_night_says_so_and_ends_with_2() {
    let place = place(0);
    place.program("bin/cargo", "echo no compiler >&2; exit 101");
    let mut night = night(&place, &["--quiet"]);
    night.env_remove("DETECTOR").env("PATH", format!("{}:/usr/bin:/bin", place.path("bin").display()));
    let (stdout, _) = ended(&mut night, 2);
    assert!(stdout.starts_with("=== build\nno compiler\n"), "{stdout}");
    assert_eq!(asked(&place, "generator"), "");
}

/// A place whose detector is the real one, but for `watch`, and whose generator leaves another report each night, in folders
/// with blanks in their names.
fn real() -> Place {
    let place = Place::new();
    let results = place.write("results.txt", "goos: linux\ngoarch: amd64\nBenchmarkSum-2 100 20.5 ns/op\n");
    let counts = place.path("nights");
    let imports = format!(
        "[[ $1 == measure ]] || exit 0\necho >>'{counts}'\nwhile (($#)); do [[ $1 != --out ]] || out=$2; shift; done\n\
         '{detector}' import --from go --created \"2026-11-2$(wc -l <'{counts}' | tr -d ' ')T04:00:00Z\" '{results}' \
         --out \"$out/report.json\"",
        counts = counts.display(),
        detector = place.detector().display(),
        results = results.display(),
    );
    program(&place, "generator", &imports);
    program(&place, "detector", &format!("[[ $1 == watch ]] || exec '{}' \"$@\"", place.detector().display()));
    fs::copy(root().join("platforms/baselines.json"), place.path("baselines")).expect("it can be copied");
    place
}

/// A night of it, in the environment that cron gives: no terminal, hardly a PATH, and the folder is anywhere.
fn cron(place: &Place) -> Command {
    let mut night = steps(place, &["--quiet"]);
    night.env_remove("PLATFORM").env_remove("TMPDIR").env("PATH", "/usr/bin:/bin").current_dir("/");
    night.env("RUN", place.path("a run")).env("HISTORY", place.path("the history"));
    night
}

#[test]
fn the_next_night_finds_the_one_before_in_a_plain_folder() {
    let place = real();
    for kept in [": 1 night of linux-x86_64, ", ": 2 nights of linux-x86_64, "] {
        let (stdout, _) = ended(&mut cron(&place), 4);
        assert!(stdout.contains(kept), "{stdout}");
    }
    assert!(place.path("the history/linux-x86_64/20261121T040000Z-nocommit/comparison.json").is_file());
    assert!(place.path("the history/linux-x86_64/20261122T040000Z-nocommit/comparison.json").is_file());
    let asked = asked(&place, "detector");
    let looks_back = |line: &&str| line.contains("--history the history --previous the history ");
    // Four times a night: suspected, as a document, as a table, and for people.
    assert_eq!(asked.lines().filter(looks_back).count(), 4, "{asked}");
}

#[test]
fn a_first_night_without_a_baseline_is_kept_and_says_how_one_is_made() {
    let place = real();
    let (stdout, stderr) = ended(&mut cron(&place), 4);
    assert!(stdout.contains("exit code 4, it cannot be told whether something regressed\n"), "{stdout}");
    let command = format!(
        " {} baseline --profile nightly --baselines {} --keep-program {} \n",
        place.path("generator").display(),
        place.path("baselines").display(),
        place.path("a\\ run.programs").display()
    );
    assert!(stdout.contains(&command), "{stdout}");
    assert_eq!(stderr, "");
}

#[test]
fn where_there_is_a_baseline_none_is_asked_for() {
    let place = place(4);
    let compares = "while (($#)); do [[ $1 != --output ]] || printf '{\\n  \"baseline\": {\\n    \"sessions\": 3,\\n  },\\n  \
                    \"candidate\": {\\n    \"sessions\": 0,\\n' >\"$2\"; shift; done\nexit 4";
    program(&place, "detector", &format!("[[ $1 == compare ]] || exit 0\n{compares}"));
    let (stdout, _) = ended(&mut night(&place, &[]), 4);
    assert!(!stdout.contains("no baseline"), "{stdout}");
}

#[test]
fn what_changed_is_shown_and_a_long_list_of_it_is_cut() {
    let place = place(0);
    detects(&place, "[[ $1 != changes ]] || seq 1 50 >\"${!#}\"");
    let (stdout, _) = ended(&mut night(&place, &[]), 0);
    assert!(stdout.contains("\n39\n40\n… the rest is in ") && !stdout.contains("\n41\n"), "{stdout}");
    assert_eq!(place.read("run/changes.txt").lines().count(), 50);
}

/// A detector that writes down which verbs see a token, and whose verdict is `code` and alarm ends with `alert`.
fn tells(place: &Place, code: u8, alert: u8) {
    let sees = place.path("sees");
    detects(
        place,
        &format!(
            "[[ -z ${{GITHUB_TOKEN:-}}${{GH_TOKEN:-}} ]] || echo \"$1 $GITHUB_TOKEN\" >>'{}'\ncase $1 in\ncompare) exit {code} ;;\n\
             alert) while (($#)); do [[ $1 != --alarms ]] || echo '{{}}' >\"$2\"; shift; done; exit {alert} ;;\nesac",
            sees.display()
        ),
    );
}

#[test]
fn only_what_tells_github_sees_the_token() {
    for name in ["GITHUB_TOKEN", "GH_TOKEN"] {
        let place = place(0);
        tells(&place, 0, 0);
        measures_after(&place, "[[ -z ${GITHUB_TOKEN:-}${GH_TOKEN:-} ]]");
        ended(night(&place, &[]).env(name, "secret").env("GITHUB_REPOSITORY", "owner/name"), 0);
        assert_eq!(place.read("sees"), "alert secret\nrecord secret\n");
    }
}

#[test]
fn github_is_told_of_this_platform_by_the_rules_of_the_workflow() {
    let place = place(0);
    tells(&place, 0, 0);
    ended(night(&place, &["--quiet"]).env("GITHUB_TOKEN", "secret").env("GITHUB_REPOSITORY", "owner/name"), 0);
    let asked = asked(&place, "detector");
    let told = "alert --comparison run/comparison.json --repo owner/name --expect linux-x86_64 --out told --alarms told/alarms.json --format markdown \n\
                record --history history --alarms told/alarms.json \n";
    assert!(asked.contains(told), "{asked}");
}

#[test]
fn without_a_token_or_a_repository_github_is_not_told() {
    for (name, value) in [("GITHUB_TOKEN", "secret"), ("GITHUB_REPOSITORY", "owner/name")] {
        let place = place(0);
        ended(night(&place, &[]).env(name, value), 0);
        assert!(!verbs(&place).contains(&"alert".to_owned()), "{name}");
    }
}

#[test]
fn github_is_told_of_a_night_that_failed() {
    let place = place(0);
    tells(&place, 0, 4);
    program(&place, "generator", "exit 2");
    let mut night = night(&place, &["--quiet"]);
    let (stdout, _) = ended(night.env("GITHUB_TOKEN", "secret").env("GITHUB_REPOSITORY", "owner/name"), 2);
    assert!(stdout.contains("the step verify failed\nthe step tell failed\n"), "{stdout}");
    assert!(asked(&place, "detector").starts_with("alert --repo owner/name --expect linux-x86_64 "));
}

#[test]
fn the_worst_of_what_happened_is_the_exit_code() {
    for (verdict, alert, worst) in [(0, 5, 5), (1, 5, 1), (4, 5, 4), (3, 5, 5), (1, 2, 2), (1, 70, 70), (0, 137, 2)] {
        let place = place(0);
        tells(&place, verdict, alert);
        let mut night = night(&place, &["--quiet"]);
        night.env("GITHUB_TOKEN", "secret").env("GITHUB_REPOSITORY", "owner/name");
        ended(&mut night, worst);
    }
}

/// A night that measures until the file `go` is there, at most half a minute, once it does so.
fn started(place: &Place) -> Child {
    let (there, go) = (place.path("there"), place.path("go"));
    let waits = "for ((i = 0; i < 600; i++)); do [[ ! -e GO ]] || break; sleep 0.05; done"
        .replace("GO", &go.display().to_string());
    measures_after(place, &format!("[[ $1 != measure ]] || {{ touch '{}'; {waits}; }}", there.display()));
    let mut night = night(place, &["--quiet"]);
    let child = night.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    until(|| there.exists());
    child
}

#[track_caller]
fn until(holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(20), "it did not come to that");
        thread::sleep(Duration::from_millis(20));
    }
}

fn signal(name: &str, process: &str) {
    assert!(Command::new("kill").args([name, process]).status().expect("it starts").success());
}

/// How it ended, and what it said.
fn end(child: Child) -> (Option<i32>, String) {
    let Output { status, stdout, .. } = child.wait_with_output().expect("it ends");
    (status.code(), String::from_utf8_lossy(&stdout).into_owned())
}

#[test]
fn a_night_does_not_begin_while_another_is_still_running() {
    let place = place(0);
    let first = started(&place);
    let (stdout, stderr) = ended(&mut night(&place, &["--quiet"]), 4);
    assert_eq!(stdout, "");
    assert!(
        stderr.contains(&format!("still running, as process {}; this one measured nothing", first.id())),
        "{stderr}"
    );
    place.write("go", "");
    assert_eq!(end(first), (Some(0), String::new()));
    assert!(!place.path("lock").is_symlink());
}

#[test]
fn the_lock_of_a_night_that_was_killed_is_taken_over() {
    let place = place(0);
    let killed = started(&place);
    signal("-KILL", &killed.id().to_string());
    end(killed);
    let step = step(&place);
    place.write("go", "");
    until(|| members(&step).is_empty());
    let (_, stderr) = ended(&mut night(&place, &["--quiet"]), 0);
    assert!(stderr.contains("is taken over"), "{stderr}");
    assert!(!place.path("lock").is_symlink());
}

#[test]
fn a_night_does_not_begin_while_a_step_of_one_that_was_killed_is_still_running() {
    let place = place(0);
    let killed = started(&place);
    signal("-KILL", &killed.id().to_string());
    end(killed);
    let step = step(&place);
    let (_, stderr) = ended(&mut night(&place, &["--quiet"]), 4);
    assert!(stderr.contains(&format!("still running, as process group {step}; this night measured")), "{stderr}");
    assert_eq!(asked(&place, "generator").matches("measure ").count(), 1);
    // Nor is the lock gone: the one after it looks again.
    ended(&mut night(&place, &["--quiet"]), 4);
    place.write("go", "");
    until(|| members(&step).is_empty());
}

#[test]
fn nor_while_only_the_generator_is_left_of_it() {
    let place = place(0);
    let killed = started(&place);
    let step = step(&place);
    signal("-KILL", &killed.id().to_string());
    signal("-KILL", &step);
    end(killed);
    until(|| members(&step).iter().all(|command| !command.contains("nightly.sh")));
    let (_, stderr) = ended(&mut night(&place, &["--quiet"]), 4);
    assert!(stderr.contains(&format!("process group {step}")), "{stderr}");
    place.write("go", "");
    until(|| members(&step).is_empty());
}

#[test]
fn a_step_of_a_night_whose_lock_was_taken_over_does_nothing() {
    let place = place(0);
    std::os::unix::fs::symlink("2:3", place.path("lock")).expect("it can be made");
    let (_, stderr) = ended(steps(&place, &["measure"]).env("TIDEGAUGE_NIGHT", "1"), 2);
    assert!(stderr.contains("is no longer of the night of process 1"), "{stderr}");
    assert_eq!(asked(&place, "generator"), "");
}

/// The process group of the step that the lock names.
fn step(place: &Place) -> String {
    let lock = fs::read_link(place.path("lock")).expect("there is a lock").display().to_string();
    lock.split_once(':').expect("a night and its step").1.to_owned()
}

/// The command lines of the processes of a group, without those that ended and nobody waited for.
fn members(group: &str) -> Vec<String> {
    let listed = Command::new("ps").args(["-A", "-ww", "-o", "pgid=", "-o", "stat=", "-o", "command="]).output();
    String::from_utf8_lossy(&listed.expect("there is a ps").stdout)
        .lines()
        .filter(|line| {
            let mut words = line.split_whitespace();
            words.next() == Some(group) && words.next().is_some_and(|state| !state.starts_with('Z'))
        })
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_lock_whose_process_is_something_else_by_now_is_taken_over() {
    let place = place(0);
    let mut other = Command::new("sleep").arg("60").process_group(0).spawn().expect("it starts");
    let lock = format!("{0}:{0}", other.id());
    std::os::unix::fs::symlink(lock, place.path("lock")).expect("it can be made");
    let (_, stderr) = ended(&mut night(&place, &["--quiet"]), 0);
    assert!(stderr.contains("its lock") && stderr.contains("is taken over"), "{stderr}");
    other.kill().expect("it can be ended");
    other.wait().expect("it ends");
}

#[test]
fn a_lock_that_cannot_be_made_is_an_error() {
    let place = place(0);
    let lock = place.path("nowhere/lock");
    let (_, stderr) = ended(night(&place, &["--quiet"]).env("LOCK", &lock), 2);
    assert!(stderr.contains("nowhere/lock cannot be made; set LOCK"), "{stderr}");
}

#[test]
fn a_folder_is_no_lock() {
    let place = place(0);
    let lock = place.path("folder");
    fs::create_dir(&lock).expect("it can be made");
    let (_, stderr) = ended(night(&place, &["--quiet"]).env("LOCK", &lock), 2);
    assert!(stderr.contains("folder is a folder; set LOCK"), "{stderr}");
    assert_eq!(fs::read_dir(&lock).expect("it is there").count(), 0, "nothing is put into it");
}

#[test]
fn where_no_folder_can_be_made_it_is_no_verdict() {
    let place = place(0);
    place.write("file", "");
    let (_, stderr) = ended(night(&place, &["--quiet"]).env("RUN", place.path("file/run")), 2);
    assert!(stderr.contains("no folder can be made there; set RUN"), "{stderr}");
}

#[test]
fn an_interrupt_reaches_what_measures_and_nothing_of_the_night_is_kept() {
    for name in ["-TERM", "-INT", "-HUP"] {
        let place = place(0);
        let night = started(&place);
        signal(name, &night.id().to_string());
        let (code, said) = end(night);
        assert_eq!(code, Some(130), "{name}: {said}");
        assert!(said.contains("exit code 130, interrupted\n"), "{name}: {said}");
        assert_eq!(verbs(&place), Vec::<String>::new());
        assert!(!place.path("lock").is_symlink() && !is_running(&place.path("go")), "{name}");
    }
}

/// Whether a generator of the test still waits for the file.
fn is_running(file: &Path) -> bool {
    let listed = Command::new("ps").args(["-A", "-ww", "-o", "command="]).output().expect("there is a ps").stdout;
    let folder = file.parent().expect("a folder").display().to_string();
    String::from_utf8_lossy(&listed).contains(&folder)
}

/// `scripts/nightly.sh` in an archive that was unpacked in the folder `un packed`, with programs that it finds there.
fn unpacked(place: &Place) -> Command {
    let folder = place.path("un packed");
    for name in ["scripts/nightly.sh", "scripts/toolchain.sh", "platforms/baselines.json"] {
        fs::create_dir_all(folder.join(name).parent().expect("a folder")).expect("it can be made");
        fs::copy(root().join(name), folder.join(name)).expect("it can be copied");
    }
    fs::create_dir_all(folder.join("bin")).expect("it can be made");
    for name in ["generator", "detector"] {
        fs::copy(place.path(name), folder.join("bin").join(name)).expect("it can be copied");
    }
    let mut night = place.command("bash");
    night.arg(folder.join("scripts/nightly.sh")).current_dir("/");
    night.env_remove("DETECTOR").env("PATH", "/usr/bin:/bin").env("LOCK", place.path("lock"));
    night
}

#[test]
fn the_night_of_an_unpacked_archive_needs_neither_cargo_nor_a_checkout() {
    let place = place(0);
    ended(unpacked(&place).arg("--quiet").env("RUN", place.path("run")), 0);
    let asked = asked(&place, "detector");
    // Whatever is kept outlives the folder.
    assert!(asked.contains(" --baselines tidegauge/baselines.json "), "{asked}");
    assert!(asked.contains("record --history tidegauge/history run"), "{asked}");
    assert_eq!(place.read("tidegauge/baselines.json"), place.read("un packed/platforms/baselines.json"));
}

#[test]
fn quiet_is_of_the_whole_night() {
    let (_, stderr) = ended(&mut night(&place(0), &["--quiet", "measure"]), 2);
    assert!(stderr.contains("--quiet is of the whole night"), "{stderr}");
}

#[test]
fn an_unpacked_archive_has_no_step_of_a_checkout() {
    let place = place(0);
    for step in ["build", "detector", "plan", "record", "keep", "beside"] {
        let (_, stderr) = ended(unpacked(&place).arg(step), 2);
        assert!(stderr.contains(&format!("this is an archive, and the step {step} is of a checkout")), "{stderr}");
    }
}

#[test]
fn without_a_home_an_unpacked_archive_keeps_nothing() {
    let place = place(0);
    let (_, stderr) = ended(unpacked(&place).arg("--quiet").env_remove("HOME"), 2);
    assert!(stderr.contains("HOME is not set; set it, or RUN"), "{stderr}");
}

#[test]
fn a_step_without_a_name_is_not_the_whole_night() {
    let place = place(0);
    let (_, stderr) = ended(&mut night(&place, &[""]), 2);
    assert!(stderr.contains("a step has a name"), "{stderr}");
    assert_eq!(verbs(&place), Vec::<String>::new());
}
