//! The whole life of an issue, night by night, through the program.

use std::{fs, time::Duration};

use jiff::{Timestamp, ToSpan};
use schema::{
    comparison::{Comparison, Metric, Row},
    context::Git,
    file,
};

use crate::{
    bench::{CASE, calmly_beside, of, pair, paired},
    fake::{Account, Fault, Issue, Recorded},
    stage::{Ran, Stage, scenarios},
};

const OTHER: &str = "softmax_f32/avx2/n1000";

/// One platform's nights, the first of which is the first of the year; before each of them stands what the others left.
struct Nights<'a> {
    stage: &'a Stage<'a>,
    day: i64,
    /// What the workflow calls the repository, whatever it is called now.
    repo: String,
}

impl<'a> Nights<'a> {
    fn new(stage: &'a Stage<'a>) -> Self {
        fs::create_dir(stage.path("history")).expect("the folder is new");
        Self { stage, day: 0, repo: stage.repository.full_name() }
    }

    /// The nights up to the one on which `CASE` is found 40 % slower, on which `fault` meets the requests that fit.
    fn opened(stage: &'a Stage<'a>) -> Self {
        let mut nights = Self::new(stage);
        nights.night(&[(CASE, 1.0), (OTHER, 1.0)]).ends(0);
        nights.night(&[(CASE, 1.4), (OTHER, 1.0)]).ends(0);
        assert_eq!(stage.repository.issues().len(), 1);
        nights
    }

    /// A night on which each case takes that many times as long as its baseline, both programs side by side.
    fn night(&mut self, cases: &[(&str, f64)]) -> Ran {
        self.day += 1;
        self.write(&comparison(self.day, cases));
        self.alert()
    }

    /// The comparison of the last night, beside those before it.
    fn write(&self, comparison: &Comparison) {
        file::write(&self.stage.path("comparison.json"), comparison).expect("the scenario's folder");
    }

    /// Alarms once more of the last night.
    fn alert(&self) -> Ran {
        let ran = self.stage.detector(&[
            "alert",
            "--comparison",
            "comparison.json",
            "--repo",
            &self.repo,
            "--history",
            "history",
            "--out",
            "out",
        ]);
        let session = time(self.day).strftime("%Y%m%dT%H%M%SZ");
        let kept = self.stage.path("history/linux-x86_64").join(format!("{session}-{:012x}", self.day));
        fs::create_dir_all(&kept).expect("the scenario's folder");
        fs::copy(self.stage.path("comparison.json"), kept.join("comparison.json")).expect("the scenario's folder");
        ran
    }

    /// What GitHub did not take.
    fn undelivered(&self) -> Option<String> {
        fs::read_to_string(self.stage.path("out/undelivered.json")).ok()
    }

    /// The only issue.
    #[track_caller]
    fn issue(&self) -> Issue {
        let issues = self.stage.repository.issues();
        assert_eq!(issues.len(), 1, "{issues:#?}");
        issues.into_iter().next().expect("one was counted")
    }

    /// The lines of the writes since this was last asked.
    fn writes(&self) -> Vec<String> {
        let lines = self.stage.repository.writes().iter().map(Recorded::line).collect();
        self.stage.repository.forget_requests();
        lines
    }
}

/// Four in the morning of a day.
fn time(day: i64) -> Timestamp {
    let first: Timestamp = "2026-01-01T04:00:00Z".parse().expect("a time");
    first + ((day - 1) * 24).hours()
}

fn comparison(day: i64, cases: &[(&str, f64)]) -> Comparison {
    let git = |commit: i64| Some(Git { commit: format!("{commit:040x}"), branch: None, dirty: false });
    let mut comparison = paired(&pair(calmly_beside(1.0)));
    comparison.created = time(day) + 1.hour();
    comparison.baseline.created = Some(time(0));
    comparison.baseline.git = git(0xba5e);
    comparison.candidate.created = Some(time(day));
    comparison.candidate.git = git(day);
    let row = |&(case, factor): &(&str, f64)| {
        let judged = of(&paired(&pair(calmly_beside(factor))), Metric::LatencyP50);
        Row { case: case.to_owned(), ..judged }
    };
    comparison.rows = cases.iter().map(row).collect();
    comparison
}

fn an_issue_lives_from_its_first_night_to_its_recovery_and_again(stage: &Stage<'_>) {
    let mut nights = Nights::new(stage);
    nights.night(&[(CASE, 1.0)]).ends(0);
    assert!(stage.repository.issues().is_empty());

    nights.night(&[(CASE, 1.4)]).ends(0);
    let opened = nights.issue();
    assert!(opened.title.contains(CASE), "{}", opened.title);
    assert!(opened.labels.contains(&"tidegauge".to_owned()), "{:?}", opened.labels);
    assert!(opened.labels.contains(&"platform:linux-x86_64".to_owned()), "{:?}", opened.labels);

    nights.night(&[(CASE, 1.45)]).ends(0);
    let lasting = nights.issue();
    assert_ne!(lasting.body, opened.body);
    assert!(lasting.comments.is_empty(), "{:?}", lasting.comments);

    nights.night(&[(CASE, 1.0)]).ends(0);
    assert!(nights.issue().open);
    nights.night(&[(CASE, 1.0)]).ends(0);
    let recovered = nights.issue();
    assert_eq!((recovered.open, recovered.state_reason.as_deref()), (false, Some("completed")));
    assert_eq!(recovered.comments.len(), 1);

    nights.night(&[(CASE, 1.4)]).ends(0);
    let returned = nights.issue();
    assert!(returned.open);
    assert_eq!(returned.comments.len(), 2);
}

fn the_same_night_once_more_changes_nothing(stage: &Stage<'_>) {
    let mut nights = Nights::opened(stage);
    for factor in [1.4, 1.45, 1.0, 1.0, 1.4] {
        nights.night(&[(CASE, factor), (OTHER, 1.0)]).ends(0);
        let before = format!("{:?}", nights.issue());
        nights.writes();
        nights.alert().ends(0);
        assert_eq!(nights.writes(), [""; 0], "{factor}");
        assert_eq!(format!("{:?}", nights.issue()), before, "{factor}");
    }
}

fn a_second_regression_is_an_issue_of_its_own(stage: &Stage<'_>) {
    let mut nights = Nights::opened(stage);
    nights.night(&[(CASE, 1.4), (OTHER, 1.5)]).ends(0);
    let titles: Vec<String> = stage.repository.issues().into_iter().map(|issue| issue.title).collect();
    assert_eq!(titles.len(), 2, "{titles:?}");
    assert!(titles[0].contains(CASE) && titles[1].contains(OTHER), "{titles:?}");
    nights.night(&[(CASE, 1.4), (OTHER, 1.5)]).ends(0);
    assert_eq!(stage.repository.issues().len(), 2);
}

fn a_shift_of_the_machine_is_one_issue(stage: &Stage<'_>) {
    let mut nights = Nights::new(stage);
    nights.night(&[(CASE, 1.0), (OTHER, 1.0)]).ends(0);
    for _ in 0..2 {
        nights.day += 1;
        let mut shifted = comparison(nights.day, &[(CASE, 1.4), (OTHER, 1.5)]);
        shifted.summary.machine_change = Some("the machine is slower".to_owned());
        nights.write(&shifted);
        nights.alert().ends(0);
        nights.issue();
    }
}

fn what_a_person_closed_is_left_closed_until_it_has_recovered_once(stage: &Stage<'_>) {
    let mut nights = Nights::opened(stage);
    stage.repository.close(1, "not_planned");
    nights.night(&[(CASE, 1.4)]).ends(0);
    nights.night(&[(CASE, 1.5)]).ends(0);
    assert!(!nights.issue().open);
    for _ in 0..2 {
        nights.night(&[(CASE, 1.0)]).ends(0);
    }
    assert!(!nights.issue().open);
    nights.night(&[(CASE, 1.4)]).ends(0);
    let open = stage.repository.issues().iter().filter(|issue| issue.open).count();
    assert_eq!(open, 1, "it recovered, and a person hears of its return");
}

fn a_label_that_was_taken_away_is_given_again(stage: &Stage<'_>) {
    let mut nights = Nights::opened(stage);
    stage.repository.remove_label(1, "tidegauge");
    stage.repository.add_label(1, "a person's own");
    nights.night(&[(CASE, 1.4)]).ends(0);
    let labels = nights.issue().labels;
    assert!(labels.contains(&"tidegauge".to_owned()) && labels.contains(&"a person's own".to_owned()), "{labels:?}");
}

fn a_label_that_was_removed_from_the_repository_is_made_again(stage: &Stage<'_>) {
    let mut nights = Nights::opened(stage);
    stage.repository.delete_label("tidegauge");
    nights.night(&[(CASE, 1.4)]).ends(0);
    assert!(nights.issue().labels.contains(&"tidegauge".to_owned()));
    let label = stage.repository.labels().into_iter().find(|label| label.name == "tidegauge").expect("the label");
    assert_ne!(label.colour, "ededed", "GitHub made it by itself");
}

fn a_locked_issue_is_edited_and_not_commented_on(stage: &Stage<'_>) {
    let mut nights = Nights::opened(stage);
    stage.repository.lock(1, true);
    let opened = nights.issue();
    for _ in 0..2 {
        nights.night(&[(CASE, 1.0)]).ends(0);
    }
    let closed = nights.issue();
    assert!(!closed.open && closed.comments.is_empty(), "{closed:#?}");
    assert_ne!(closed.body, opened.body);
}

fn an_issue_that_is_locked_in_the_meantime_is_edited_all_the_same(stage: &Stage<'_>) {
    let mut nights = Nights::opened(stage);
    stage.repository.fault_on("POST issues/1/comments", 1, Fault::Locked);
    for _ in 0..2 {
        nights.night(&[(CASE, 1.0)]).ends(0);
    }
    assert!(!nights.issue().open);
    assert_eq!(nights.undelivered(), None);
}

fn a_renamed_repository_keeps_its_issue(stage: &Stage<'_>) {
    let mut nights = Nights::opened(stage);
    stage.repository.rename(&format!("{}-renamed", stage.repository.full_name()));
    nights.night(&[(CASE, 1.45)]).ends(0);
    assert!(nights.issue().body.is_some_and(|body| body.contains("45.0")));
    for _ in 0..2 {
        nights.night(&[(CASE, 1.0)]).ends(0);
    }
    assert!(!nights.issue().open);
}

fn an_issue_is_found_behind_more_than_a_hundred_others(stage: &Stage<'_>) {
    let mut nights = Nights::opened(stage);
    for at in 0..130 {
        let author = Account::person("keeper", "OWNER");
        stage.repository.open_issue(author, &format!("About tide gauges {at}"), "nothing of ours", &["tidegauge"]);
    }
    nights.night(&[(CASE, 1.45)]).ends(0);
    assert_eq!(stage.repository.issues().len(), 131);
    assert!(stage.repository.issue(1).body.is_some_and(|body| body.contains("45.0")));
}

fn an_issue_that_a_stranger_copied_is_not_taken_for_ours(stage: &Stage<'_>) {
    let mut nights = Nights::new(stage);
    nights.night(&[(CASE, 1.0)]).ends(0);
    let other = stage.beside("copied");
    Nights::opened(&other);
    let copy = other.repository.issue(1).body.expect("a body");
    let stranger = Account::person("stranger", "NONE");
    stage.repository.open_issue(stranger, "linux-x86_64: copied", &copy, &["tidegauge"]);
    nights.night(&[(CASE, 1.4)]).ends(0);
    assert_eq!(stage.repository.issues().len(), 2);
    assert_eq!(stage.repository.issue(1).body.as_deref(), Some(copy.as_str()));
}

fn a_platform_without_a_comparison_is_told_and_its_issue_left_alone(stage: &Stage<'_>) {
    let nights = Nights::opened(stage);
    let before = format!("{:?}", nights.issue());
    let ran = stage.detector(&["alert", "--expect", "linux-x86_64", "--repo", &nights.repo, "--out", "out"]);
    assert!(ran.stdout.contains("linux-x86_64"), "{}", ran.stdout);
    ran.ends(4);
    assert_eq!(format!("{:?}", nights.issue()), before);
}

/// What may happen to one request, and be over the next time.
fn passing_faults(stage: &Stage<'_>) -> [(&'static str, Fault); 11] {
    [
        ("500", Fault::Status(500)),
        ("502", Fault::Status(502)),
        ("503", Fault::Status(503)),
        ("429", Fault::RetryAfter(429, 1)),
        ("403", Fault::RetryAfter(403, 1)),
        ("limit", Fault::RateLimit(1)),
        ("dropped-before", Fault::DroppedBefore),
        ("dropped-after", Fault::DroppedAfter),
        ("slow", Fault::Slow(stage.too_long() + Duration::from_millis(300))),
        ("garbage", Fault::Garbage),
        ("truncated", Fault::Truncated),
    ]
}

fn an_issue_is_opened_once_whatever_becomes_of_the_request(stage: &Stage<'_>) {
    stage.each(passing_faults(stage), |stage, fault| {
        let mut nights = Nights::new(&stage);
        nights.night(&[(CASE, 1.0)]).ends(0);
        stage.repository.fault_on("POST issues", 1, fault.clone());
        nights.night(&[(CASE, 1.4)]).ends(0);
        assert!(nights.issue().open, "{fault:?}");
        assert_eq!(nights.undelivered(), None, "{fault:?}");
    });
}

fn an_issue_is_closed_with_one_word_whatever_becomes_of_the_requests(stage: &Stage<'_>) {
    stage.each(passing_faults(stage), |stage, fault| {
        let mut nights = Nights::opened(&stage);
        nights.night(&[(CASE, 1.0)]).ends(0);
        stage.repository.fault_on("PATCH issues/1", 1, fault.clone());
        stage.repository.fault_on("POST issues/1/comments", 1, fault.clone());
        nights.night(&[(CASE, 1.0)]).ends(0);
        let issue = nights.issue();
        assert_eq!((issue.open, issue.comments.len()), (false, 1), "{fault:?}");
    });
}

fn a_list_that_fails_at_first_does_not_hide_the_issue(stage: &Stage<'_>) {
    stage.each(passing_faults(stage), |stage, fault| {
        let mut nights = Nights::opened(&stage);
        stage.repository.fault_on("GET issues", 1, fault.clone());
        nights.night(&[(CASE, 1.45)]).ends(0);
        assert!(nights.issue().body.is_some_and(|body| body.contains("45.0")), "{fault:?}");
    });
}

fn where_github_stays_away_the_findings_are_kept_and_delivered_later(stage: &Stage<'_>) {
    let away = [
        ("all", ("* *", Fault::Status(503))),
        ("dropping", ("* *", Fault::DroppedBefore)),
        ("writes", ("POST *", Fault::Status(500))),
        ("forbidden", ("POST *", Fault::Refused(403, "Resource not accessible by integration"))),
        ("asked-to-wait", ("POST *", Fault::RetryAfter(429, 3600))),
        ("secondary", ("POST *", Fault::SecondaryLimit)),
    ];
    stage.each(away, |mut stage, (pattern, fault)| {
        stage.patience /= 4;
        let mut nights = Nights::new(&stage);
        nights.night(&[(CASE, 1.0)]).ends(0);
        stage.repository.fault_on(pattern, usize::MAX, fault.clone());
        let ran = nights.night(&[(CASE, 1.4)]).ends(5);
        assert!(stage.repository.issues().is_empty(), "{fault:?}");
        let kept = nights.undelivered().unwrap_or_else(|| panic!("{fault:?}: nothing is kept: {}", ran.stderr));
        assert!(kept.contains(CASE) && kept.contains("/issues"), "{fault:?}: {kept}");

        stage.repository.clear_faults();
        nights.alert().ends(0);
        nights.issue();
        assert_eq!(nights.undelivered(), None, "{fault:?}: what was delivered is no longer kept");
    });
}

fn an_issue_that_github_made_before_it_went_away_is_not_opened_again(stage: &Stage<'_>) {
    let last = [("dropped", Fault::DroppedAfter), ("garbage", Fault::Garbage), ("cut", Fault::Truncated)];
    stage.each(last, |mut stage, fault| {
        stage.patience /= 4;
        let mut nights = Nights::new(&stage);
        nights.night(&[(CASE, 1.0)]).ends(0);
        stage.repository.fault_after("POST issues", fault.clone(), Fault::Status(503));
        nights.night(&[(CASE, 1.4)]).ends(5);
        assert!(nights.issue().open, "{fault:?}: GitHub made it");
        assert!(nights.undelivered().is_some(), "{fault:?}: nobody could know");

        stage.repository.clear_faults();
        nights.alert().ends(0);
        nights.issue();
    });
}

fn a_comment_that_was_not_taken_is_kept(stage: &Stage<'_>) {
    let mut nights = Nights::opened(stage);
    nights.night(&[(CASE, 1.0)]).ends(0);
    stage.repository.fault_on("POST issues/1/comments", usize::MAX, Fault::Refused(403, "Forbidden"));
    nights.night(&[(CASE, 1.0)]).ends(5);
    let kept = nights.undelivered().expect("the comment is kept");
    assert!(kept.contains("/issues/1/comments") && kept.contains("Recovered"), "{kept}");
}

fn an_issue_without_the_labels_that_github_dropped_is_not_opened_again(stage: &Stage<'_>) {
    let mut nights = Nights::new(stage);
    nights.night(&[(CASE, 1.0)]).ends(0);
    stage.repository.fault_on("* issues*", usize::MAX, Fault::LabelsDropped);
    let ran = nights.night(&[(CASE, 1.4)]).ends(5);
    assert!(ran.stderr.contains("issues: write"), "{}", ran.stderr);
    nights.night(&[(CASE, 1.4)]);
    nights.issue();
    stage.repository.clear_faults();
    nights.night(&[(CASE, 1.4)]).ends(0);
    assert!(nights.issue().labels.contains(&"tidegauge".to_owned()));
}

fn a_wait_that_github_asks_for_is_kept_to_between_the_writes(stage: &Stage<'_>) {
    let mut nights = Nights::new(stage);
    nights.night(&[(CASE, 1.0)]).ends(0);
    stage.repository.fault_on("POST issues", 1, Fault::RetryAfter(403, 2));
    nights.night(&[(CASE, 1.4)]).ends(0);
    let writes = stage.repository.writes();
    let at = writes.iter().position(|recorded| recorded.fault.is_some()).expect("the fault was met");
    let waited = writes[at + 1].at - writes[at].at;
    assert!(waited >= Duration::from_secs(2), "{waited:?}");
}

fn a_refusal_that_repeats_the_token_does_not_tell_it(stage: &Stage<'_>) {
    let mut nights = Nights::new(stage);
    nights.night(&[(CASE, 1.0)]).ends(0);
    stage.repository.fault_on("POST issues", usize::MAX, Fault::Refused(403, crate::program::TOKEN));
    // The stage looks at what was said and at all files.
    nights.night(&[(CASE, 1.4)]).ends(5);
    assert!(nights.undelivered().is_some());
}

scenarios! {
    an_issue_lives_from_its_first_night_to_its_recovery_and_again,
    the_same_night_once_more_changes_nothing,
    a_second_regression_is_an_issue_of_its_own,
    a_shift_of_the_machine_is_one_issue,
    what_a_person_closed_is_left_closed_until_it_has_recovered_once,
    a_label_that_was_taken_away_is_given_again,
    a_label_that_was_removed_from_the_repository_is_made_again,
    a_locked_issue_is_edited_and_not_commented_on,
    an_issue_that_is_locked_in_the_meantime_is_edited_all_the_same,
    a_renamed_repository_keeps_its_issue,
    an_issue_is_found_behind_more_than_a_hundred_others,
    an_issue_that_a_stranger_copied_is_not_taken_for_ours,
    a_platform_without_a_comparison_is_told_and_its_issue_left_alone,
    an_issue_is_opened_once_whatever_becomes_of_the_request,
    an_issue_is_closed_with_one_word_whatever_becomes_of_the_requests,
    a_list_that_fails_at_first_does_not_hide_the_issue,
    where_github_stays_away_the_findings_are_kept_and_delivered_later,
    an_issue_that_github_made_before_it_went_away_is_not_opened_again,
    a_comment_that_was_not_taken_is_kept,
    an_issue_without_the_labels_that_github_dropped_is_not_opened_again,
    a_wait_that_github_asks_for_is_kept_to_between_the_writes,
    a_refusal_that_repeats_the_token_does_not_tell_it,
}
