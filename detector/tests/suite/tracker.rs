//! Issues over simulated nights: which are opened, edited, closed and opened again, and what they say.

use detector::{
    github::{Author, Issue, IssueState, Label},
    history::{self, reports},
    output::BODY_CHARS,
    tracker::{
        Action, Fate, Night, Place, Plan, Step,
        owners::Owners,
        past::{Past, PastSession, wanted},
        plan,
    },
    watch::Rate,
};
use jiff::{Timestamp, ToSpan};
use schema::{
    comparison::{Certainty, Comparison, Known, Metric, Row, Severity, Verdict},
    context::Git,
};

use statistics::change_points::Method;

use crate::bench::{CASE, around, calmly_beside, of, pair, paired, platform, report};

const OTHER: &str = "softmax_f32/avx2/n1000";

/// What GitHub has, and what was said on it.
struct World {
    issues: Vec<Issue>,
    comments: Vec<(u64, String)>,
    earlier: Vec<Comparison>,
    has_history: bool,
    owners: Owners,
}

impl World {
    fn new() -> Self {
        Self {
            issues: Vec::new(),
            comments: Vec::new(),
            earlier: Vec::new(),
            has_history: true,
            owners: Owners::default(),
        }
    }

    /// A night of several platforms: what was planned, after GitHub did it.
    fn nights(&mut self, comparisons: &[Comparison]) -> Plan {
        let wanted = wanted(comparisons);
        let earlier = if self.has_history { self.earlier.as_slice() } else { &[] };
        let sessions = earlier.iter().map(|comparison| PastSession::new(comparison, &wanted)).collect();
        let place = Place {
            server_url: "https://github.com".to_owned(),
            repository: "tide/gauge".to_owned(),
            run_url: Some("https://github.com/tide/gauge/actions/runs/1".to_owned()),
        };
        let past = Past::new(sessions, Vec::new(), None);
        let night = Night { comparisons, past: &past, owners: &self.owners, place: &place, authors: &authors() };
        let planned = plan(&night, &self.issues);
        for step in &planned.steps {
            self.apply(step);
        }
        self.earlier.extend_from_slice(comparisons);
        planned
    }

    fn night(&mut self, day: i64, rows: &[Row]) -> Plan {
        self.nights(&[comparison(day, rows)])
    }

    fn apply(&mut self, step: &Step) {
        match &step.action {
            Action::Nothing => {}
            Action::Open(draft, _) => {
                let labels = draft.labels.clone();
                self.issues.push(issue(self.issues.len() as u64 + 1, &draft.title, &draft.body, labels));
            }
            Action::Edit(change, remark) => {
                let number = step.number.expect("an issue that is edited has a number");
                let issue = self.issues.iter_mut().find(|issue| issue.number == number).expect("it is there");
                let change = change.clone();
                issue.title = change.title.unwrap_or_else(|| issue.title.clone());
                issue.body = change.body.or_else(|| issue.body.clone());
                issue.state = change.state.unwrap_or(issue.state);
                if let Some(labels) = change.labels {
                    issue.labels = labels.into_iter().map(|name| Label { name }).collect();
                }
                self.comments.extend(remark.iter().map(|remark| (number, remark.body.clone())));
            }
        }
    }

    fn close(&mut self, number: u64) {
        self.at(number).state = IssueState::Closed;
    }

    fn at(&mut self, number: u64) -> &mut Issue {
        self.issues.iter_mut().find(|issue| issue.number == number).expect("it is there")
    }

    fn open(&self) -> usize {
        self.issues.iter().filter(|issue| issue.state == IssueState::Open).count()
    }

    fn body(&self) -> &str {
        self.issues.last().and_then(|issue| issue.body.as_deref()).expect("an issue with a body")
    }

    fn has_label(&self, name: &str) -> bool {
        self.issues.last().expect("an issue").labels.iter().any(|label| label.name == name)
    }

    /// The last comment.
    fn said(&self) -> &str {
        self.comments.last().map_or("", |(_, body)| body)
    }
}

/// Who alarms.
fn authors() -> [String; 1] {
    ["github-actions[bot]".to_owned()]
}

fn issue(number: u64, title: &str, body: &str, labels: Vec<String>) -> Issue {
    Issue {
        number,
        html_url: format!("https://github.com/tide/gauge/issues/{number}"),
        state: IssueState::Open,
        title: title.to_owned(),
        body: Some(body.to_owned()),
        labels: labels.into_iter().map(|name| Label { name }).collect(),
        locked: false,
        user: Some(Author { login: "github-actions[bot]".to_owned(), kind: "Bot".to_owned() }),
        author_association: "NONE".to_owned(),
        created_at: time(1),
        closed_at: None,
        pull_request: None,
    }
}

/// Four in the morning of a day, the first of which is the first of the year.
fn time(day: i64) -> Timestamp {
    let first: Timestamp = "2026-01-01T04:00:00Z".parse().expect("a time");
    first + ((day - 1) * 24).hours()
}

/// The commit of a day.
fn commit(day: i64) -> String {
    format!("{day:040x}")
}

fn comparison(day: i64, rows: &[Row]) -> Comparison {
    let mut comparison = paired(&pair(calmly_beside(1.0)));
    comparison.created = time(day) + 1.hour();
    comparison.baseline.created = Some(time(0));
    comparison.baseline.git = Some(Git { commit: commit(0xba5e), branch: None, dirty: false });
    comparison.candidate.created = Some(time(day));
    comparison.candidate.git = Some(Git { commit: commit(day), branch: None, dirty: false });
    comparison.rows = rows.to_vec();
    comparison
}

/// What a pair says of a case that takes that many times as long.
fn row(case: &str, factor: f64) -> Row {
    Row { case: case.to_owned(), ..of(&paired(&pair(calmly_beside(factor))), Metric::LatencyP50) }
}

/// The same of its throughput.
fn throughput(case: &str, factor: f64) -> Row {
    Row { case: case.to_owned(), ..of(&paired(&pair(calmly_beside(factor))), Metric::Throughput) }
}

fn bad(case: &str) -> Row {
    row(case, 1.4)
}

fn good(case: &str) -> Row {
    row(case, 1.0)
}

/// The same by a report alone.
fn suspected(case: &str) -> Row {
    Row { interleaved: None, certainty: Some(Certainty::Suspected), ..bad(case) }
}

fn unsure(case: &str) -> Row {
    Row { verdict: Verdict::Inconclusive, certainty: None, reason: "the interval is wide".to_owned(), ..good(case) }
}

fn fates(plan: &Plan) -> Vec<Fate> {
    plan.steps.iter().map(|step| step.fate).collect()
}

/// A world with an issue of one case, opened on the second day.
fn opened() -> World {
    let mut world = World::new();
    world.night(1, &[good(CASE), good(OTHER)]);
    assert_eq!(fates(&world.night(2, &[bad(CASE), good(OTHER)])), [Fate::Opened]);
    world
}

/// The same after two good nights.
fn closed() -> World {
    let mut world = opened();
    world.night(3, &[good(CASE)]);
    assert_eq!(fates(&world.night(4, &[good(CASE)])), [Fate::Closed]);
    world
}

#[test]
fn a_confirmed_critical_row_opens_an_issue() {
    let world = opened();
    assert_eq!((world.open(), world.issues[0].title.as_str()), (1, "linux-x86_64: dot_f32/avx2/n10000 is slower"));
}

#[test]
fn a_new_issue_has_the_labels_of_its_platform_and_severity() {
    let world = opened();
    for label in ["tidegauge", "platform:linux-x86_64", "severity:moderate"] {
        assert!(world.has_label(label), "{label}");
    }
}

#[test]
fn a_row_that_is_only_suspected_opens_none() {
    let mut world = World::new();
    let suspected = Row { certainty: Some(Certainty::Suspected), ..bad(CASE) };
    assert_eq!(fates(&world.night(1, &[suspected])), []);
}

#[test]
fn a_row_without_a_pair_opens_none() {
    let mut world = World::new();
    assert_eq!(fates(&world.night(1, &[Row { interleaved: None, ..bad(CASE) }])), []);
}

#[test]
fn a_warning_opens_none() {
    let mut world = World::new();
    assert_eq!(fates(&world.night(1, &[row(CASE, 1.2)])), []);
}

#[test]
fn what_an_alarm_alone_keeps_critical_opens_none() {
    let mut world = World::new();
    assert_eq!(fates(&world.night(1, &[Row { verdict: Verdict::Critical, ..row(CASE, 1.2) }])), []);
}

#[test]
fn an_issue_that_lasts_says_tonights_figures_and_no_comment_is_made() {
    let mut world = opened();
    assert_eq!(fates(&world.night(3, &[row(CASE, 1.45)])), [Fate::Updated]);
    assert!(world.body().contains("+45.0 %") && !world.body().contains("+40.0 %"), "{}", world.body());
    assert!(world.comments.is_empty());
}

#[test]
fn rows_that_begin_in_one_commit_range_are_one_issue() {
    let mut world = World::new();
    world.night(1, &[good(CASE), good(OTHER)]);
    assert_eq!(fates(&world.night(2, &[bad(CASE), bad(OTHER)])), [Fate::Opened]);
    assert!(world.body().contains(CASE) && world.body().contains(OTHER));
    assert_eq!(world.issues[0].title, "linux-x86_64: dot_f32/avx2/n10000 is slower, and 1 more case");
}

#[test]
fn a_row_of_the_same_commit_range_joins_the_open_issue_and_a_comment_says_so() {
    let mut world = World::new();
    world.night(1, &[good(CASE), good(OTHER)]);
    // It is past the threshold, but nobody has confirmed it yet.
    world.night(2, &[bad(CASE), suspected(OTHER)]);
    assert_eq!(fates(&world.night(3, &[bad(CASE), bad(OTHER)])), [Fate::Updated]);
    assert_eq!(world.issues.len(), 1);
    assert!(world.said().contains(OTHER) && !world.said().contains(CASE), "{}", world.said());
}

#[test]
fn a_session_that_cannot_tell_does_not_part_what_began_together() {
    let mut world = World::new();
    world.night(1, &[good(CASE), good(OTHER)]);
    world.night(2, &[bad(CASE), unsure(OTHER)]);
    world.night(3, &[bad(CASE), bad(OTHER)]);
    assert_eq!(world.issues.len(), 1);
}

#[test]
fn a_row_of_another_commit_range_is_another_issue() {
    let mut world = opened();
    assert_eq!(fates(&world.night(3, &[bad(CASE), bad(OTHER)])), [Fate::Opened, Fate::Updated]);
    assert_eq!(world.issues.len(), 2);
}

#[test]
fn metrics_of_one_case_are_one_issue() {
    let mut world = World::new();
    world.night(1, &[good(CASE), throughput(CASE, 1.0)]);
    assert_eq!(fates(&world.night(2, &[bad(CASE), throughput(CASE, 1.4)])), [Fate::Opened]);
    assert!(world.body().contains("latency_p50") && world.body().contains("throughput"));
}

#[test]
fn a_second_platform_is_another_issue() {
    let mut world = World::new();
    let (one, mut other) = (comparison(1, &[bad(CASE)]), comparison(1, &[bad(CASE)]));
    other.platform = platform("linux-aarch64");
    assert_eq!(fates(&world.nights(&[one, other])), [Fate::Opened, Fate::Opened]);
    assert!(world.has_label("platform:linux-aarch64"));
}

/// A night on which the machine moved.
fn shifted(day: i64, rows: &[Row]) -> Comparison {
    let mut comparison = comparison(day, rows);
    comparison.summary.machine_change = Some("the machine is slower".to_owned());
    comparison
}

#[test]
fn a_shift_of_the_machine_opens_none_by_itself() {
    let mut world = World::new();
    assert_eq!(fates(&world.nights(&[shifted(1, &[suspected(CASE), unsure(OTHER)])])), []);
}

#[test]
fn a_shift_of_the_machine_opens_at_most_one_whenever_its_rows_began() {
    let mut world = World::new();
    world.night(1, &[good(CASE), good(OTHER)]);
    world.night(2, &[good(CASE), suspected(OTHER)]);
    let third = "exp_f32/avx2/n1000";
    assert_eq!(fates(&world.nights(&[shifted(3, &[bad(CASE), bad(OTHER), good(third)])])), [Fate::Opened]);
    world.nights(&[shifted(4, &[bad(CASE), bad(OTHER), bad(third)])]);
    assert_eq!(world.issues.len(), 1);
    assert!(world.body().contains("the machine is slower"));
}

#[test]
fn one_good_night_leaves_it_open_and_the_second_closes_it_with_a_word() {
    let mut world = opened();
    assert_eq!(fates(&world.night(3, &[good(CASE)])), [Fate::Updated]);
    assert!(world.body().contains("fine (0.00 %), 1 of 2 sessions"), "{}", world.body());
    assert_eq!((world.open(), world.comments.len()), (1, 0));
    let plan = world.night(4, &[good(CASE)]);
    assert_eq!((fates(&plan), plan.steps[0].why.as_str()), (vec![Fate::Closed], "recovered"));
    assert!(world.open() == 0 && world.said().contains("**Recovered**"), "{}", world.said());
}

#[test]
fn a_recovery_beside_a_renewed_baseline_is_told_as_one() {
    let mut world = opened();
    for day in [3, 4] {
        let mut tonight = comparison(day, &[good(CASE)]);
        tonight.baseline.created = Some(time(2));
        world.nights(&[tonight]);
    }
    let said = "in a row, beside a baseline that was renewed meanwhile, in the session of 2026-01-02 04:00 UTC";
    assert!(world.said().contains(said), "{}", world.said());
}

#[test]
fn a_recovery_beside_the_same_baseline_is_told_without_it() {
    let mut world = opened();
    world.night(3, &[good(CASE)]);
    world.night(4, &[good(CASE)]);
    assert!(!world.said().contains("renewed"), "{}", world.said());
}

#[test]
fn an_improvement_is_a_recovery() {
    let mut world = opened();
    world.night(3, &[row(CASE, 0.7)]);
    assert_eq!(fates(&world.night(4, &[row(CASE, 0.7)])), [Fate::Closed]);
}

#[test]
fn a_bad_night_between_two_good_ones_starts_the_count_anew() {
    for between in [bad(CASE), suspected(CASE), row(CASE, 1.2)] {
        let mut world = opened();
        world.night(3, &[good(CASE)]);
        world.night(4, &[between]);
        world.night(5, &[good(CASE)]);
        assert_eq!(world.open(), 1);
    }
}

#[test]
fn a_rerun_of_the_same_session_changes_nothing() {
    let mut world = opened();
    for rows in [[bad(CASE)], [good(CASE)]] {
        world.night(3, &rows);
        let (issues, comments) = (world.issues.clone(), world.comments.clone());
        assert_eq!(fates(&world.night(3, &rows)), [Fate::LeftAlone]);
        assert_eq!((issues, comments), (world.issues.clone(), world.comments.clone()));
    }
}

#[test]
fn a_good_session_counts_once_however_often_it_is_told() {
    let mut world = opened();
    for _ in 0..3 {
        world.night(3, &[good(CASE)]);
    }
    assert_eq!(world.open(), 1);
}

#[test]
fn an_earlier_session_than_the_issue_knows_is_left_out() {
    let mut world = closed();
    let before = world.issues.clone();
    assert_eq!(fates(&world.night(3, &[bad(CASE)])), []);
    assert_eq!(before, world.issues);
}

#[test]
fn what_returns_opens_its_issue_again_and_a_comment_says_so() {
    let mut world = closed();
    assert_eq!(fates(&world.night(5, &[bad(CASE)])), [Fate::Reopened]);
    assert_eq!((world.issues.len(), world.open()), (1, 1));
    assert!(world.said().contains("**It has returned**"), "{}", world.said());
}

#[test]
fn what_returns_says_since_when_it_is_back() {
    let mut world = closed();
    world.night(5, &[bad(CASE)]);
    assert!(world.body().contains(&format!("{}...{}", commit(4), commit(5))), "{}", world.body());
}

#[test]
fn what_returns_after_months_is_an_issue_of_its_own() {
    let mut world = closed();
    assert_eq!(fates(&world.night(60, &[bad(CASE)])), [Fate::Opened]);
}

#[test]
fn what_returns_after_a_false_alarm_is_an_issue_of_its_own() {
    let mut world = closed();
    world.at(1).labels.push(Label { name: "false-alarm".to_owned() });
    assert_eq!(fates(&world.night(5, &[bad(CASE)])), [Fate::Opened]);
}

#[test]
fn one_that_a_person_closed_while_it_lasts_stays_closed() {
    let mut world = opened();
    world.close(1);
    for day in 3..6 {
        assert_eq!(fates(&world.night(day, &[bad(CASE)])), [Fate::LeftAlone]);
    }
    assert_eq!((world.issues.len(), world.open(), world.comments.len()), (1, 0, 0));
}

#[test]
fn one_that_a_person_closed_opens_again_once_it_has_recovered_and_returned() {
    let mut world = opened();
    world.close(1);
    world.night(3, &[good(CASE)]);
    world.night(4, &[good(CASE)]);
    assert!(world.open() == 0 && world.comments.is_empty());
    assert_eq!(fates(&world.night(5, &[bad(CASE)])), [Fate::Reopened]);
}

#[test]
fn one_good_night_is_no_recovery_of_one_that_a_person_closed() {
    let mut world = opened();
    world.close(1);
    world.night(3, &[good(CASE)]);
    world.night(4, &[bad(CASE)]);
    assert_eq!((world.issues.len(), world.open()), (1, 0));
}

#[test]
fn one_that_a_person_opened_again_is_left_open() {
    let mut world = closed();
    world.at(1).state = IssueState::Open;
    assert_eq!(fates(&world.night(5, &[good(CASE)])), [Fate::LeftAlone]);
    assert_eq!(world.open(), 1);
}

#[test]
fn other_figures_of_a_case_whose_issue_a_person_closed_open_none() {
    let mut world = World::new();
    world.night(1, &[good(CASE), throughput(CASE, 1.0)]);
    world.night(2, &[bad(CASE), Row { interleaved: None, ..throughput(CASE, 1.4) }]);
    world.close(1);
    world.night(3, &[bad(CASE), throughput(CASE, 1.4)]);
    assert_eq!((world.issues.len(), world.open()), (1, 0));
}

#[test]
fn labels_that_were_taken_away_are_put_back_and_those_of_people_stay() {
    let mut world = opened();
    world.at(1).labels = vec![Label { name: "mine".to_owned() }];
    world.night(3, &[bad(CASE)]);
    assert_eq!(world.issues.len(), 1);
    for label in ["mine", "tidegauge", "platform:linux-x86_64", "severity:moderate"] {
        assert!(world.has_label(label), "{label}");
    }
}

#[test]
fn a_label_is_put_back_even_where_the_issue_is_over() {
    let mut world = closed();
    world.at(1).labels = Vec::new();
    assert_eq!(fates(&world.night(5, &[good(CASE)])), [Fate::Updated]);
    assert!(world.has_label("tidegauge"));
}

#[test]
fn a_locked_issue_is_edited_without_a_comment() {
    let mut world = opened();
    world.at(1).locked = true;
    world.night(3, &[good(CASE)]);
    let plan = world.night(4, &[good(CASE)]);
    assert_eq!((fates(&plan), world.comments.len()), (vec![Fate::Closed], 0));
    assert!(plan.steps[0].why.contains("locked"), "{}", plan.steps[0].why);
}

#[test]
fn another_severity_is_another_label_and_a_comment() {
    let mut world = opened();
    world.night(3, &[row(CASE, 1.8)]);
    assert!(world.has_label("severity:severe") && !world.has_label("severity:moderate"));
    assert!(world.said().contains("**severe now**"), "{}", world.said());
}

#[test]
fn a_change_at_the_edge_of_two_severities_is_not_told_every_night() {
    let mut world = opened();
    for (day, factor) in (3..).zip([1.51, 1.49, 1.51, 1.49]) {
        world.night(day, &[row(CASE, factor)]);
    }
    assert_eq!(world.comments.len(), 1);
}

#[test]
fn a_title_that_a_person_gave_stays() {
    let mut world = World::new();
    world.night(1, &[good(CASE), good(OTHER)]);
    world.night(2, &[bad(CASE), suspected(OTHER)]);
    world.at(1).title = "ours".to_owned();
    world.night(3, &[bad(CASE), bad(OTHER)]);
    assert_eq!(world.issues[0].title, "ours");
}

/// The issue of `world`, as somebody else would have written it.
fn forged(world: &World) -> Issue {
    let user = Some(Author { login: "stranger".to_owned(), kind: "User".to_owned() });
    Issue { user, ..world.issues[0].clone() }
}

#[test]
fn a_marker_that_a_stranger_wrote_does_not_count() {
    let mut world = opened();
    world.issues = vec![forged(&world)];
    let before = world.issues.clone();
    assert_eq!(fates(&world.night(3, &[bad(CASE)])), [Fate::Opened]);
    assert_eq!(world.issues[..1], before);
}

#[test]
fn a_marker_that_a_collaborator_wrote_counts() {
    let mut world = opened();
    world.issues = vec![Issue { author_association: "COLLABORATOR".to_owned(), ..forged(&world) }];
    assert_eq!(fates(&world.night(3, &[bad(CASE)])), [Fate::Updated]);
}

#[test]
fn a_marker_that_a_foreign_program_wrote_does_not_count() {
    let mut world = opened();
    let user = Some(Author { login: "feedback-form[bot]".to_owned(), kind: "Bot".to_owned() });
    world.issues = vec![Issue { user, state: IssueState::Closed, ..world.issues[0].clone() }];
    let before = world.issues.clone();
    assert_eq!(fates(&world.night(3, &[bad(CASE)])), [Fate::Opened]);
    assert_eq!(world.issues[..1], before);
}

#[test]
fn an_issue_whose_hidden_line_was_taken_out_or_damaged_gets_it_back() {
    let mut world = opened();
    let body = world.body().to_owned();
    let damaged = body.replace("\"v\":1", "\"v\":1,,");
    let (_, without) = body.split_once('\n').expect("lines");
    for (day, body) in (3..).zip([damaged, without.to_owned()]) {
        world.at(1).body = Some(body);
        assert_eq!(fates(&world.night(day, &[bad(CASE)])), [Fate::Updated]);
    }
    world.night(5, &[good(CASE)]);
    assert_eq!(fates(&world.night(6, &[good(CASE)])), [Fate::Closed]);
    assert_eq!(world.issues.len(), 1);
}

#[test]
fn an_issue_without_its_hidden_line_is_told_where_nobody_can_say_what_it_is_of() {
    let mut world = opened();
    world.at(1).body = Some("nothing of it".to_owned());
    let plan = world.night(3, &[good(CASE)]);
    assert_eq!(fates(&plan), [Fate::LeftAlone]);
    assert!(plan.steps[0].why.contains("hidden line"), "{}", plan.steps[0].why);
}

#[test]
fn an_issue_that_a_person_labelled_like_ours_is_none() {
    let mut world = opened();
    world.issues = vec![Issue { body: None, author_association: "OWNER".to_owned(), ..forged(&world) }];
    assert_eq!(fates(&world.night(3, &[bad(CASE)])), [Fate::Opened]);
}

#[test]
fn a_change_that_was_accepted_closes_at_once() {
    let mut world = opened();
    let known = Some(Known { since: "abcd".to_owned(), reason: "wanted".to_owned(), change_percent: Some(40.0) });
    let accepted = Row { known, verdict: Verdict::Stable, certainty: None, ..bad(CASE) };
    assert_eq!(fates(&world.night(3, &[accepted])), [Fate::Closed]);
    assert!(world.said().contains("**Accepted**"), "{}", world.said());
}

#[test]
fn nights_that_cannot_tell_leave_it_open() {
    let missing = Row { verdict: Verdict::Missing, certainty: None, ..good(CASE) };
    for rows in [vec![unsure(CASE)], vec![missing], vec![]] {
        let mut world = opened();
        world.night(3, &rows);
        world.night(4, &rows);
        assert_eq!((world.open(), world.comments.len()), (1, 0));
    }
}

#[test]
fn a_night_that_cannot_tell_does_not_undo_a_good_one() {
    let mut world = opened();
    world.night(3, &[good(CASE)]);
    world.night(4, &[unsure(CASE)]);
    assert_eq!(fates(&world.night(5, &[good(CASE)])), [Fate::Closed]);
}

#[test]
fn one_row_that_recovers_is_told_and_the_issue_stays_open_for_the_rest() {
    let mut world = World::new();
    world.night(1, &[good(CASE), good(OTHER)]);
    world.night(2, &[bad(CASE), bad(OTHER)]);
    world.night(3, &[good(CASE), bad(OTHER)]);
    world.night(4, &[good(CASE), bad(OTHER)]);
    assert_eq!((world.open(), world.comments.len()), (1, 1));
    assert!(
        world.said().contains("**Recovered**, the rest lasts") && !world.said().contains(OTHER),
        "{}",
        world.said()
    );
}

#[test]
fn a_platform_without_a_comparison_leaves_its_issues_alone() {
    let mut world = opened();
    let mut other = comparison(3, &[good(CASE)]);
    other.platform = platform("linux-aarch64");
    let plan = world.nights(&[other]);
    assert_eq!(fates(&plan), [Fate::LeftAlone]);
    assert!(plan.steps[0].why.contains("no comparison"), "{}", plan.steps[0].why);
}

#[test]
fn without_a_history_it_began_after_the_baseline() {
    let mut world = World { has_history: false, ..World::new() };
    world.night(2, &[bad(CASE)]);
    assert!(world.body().contains(&format!("{}...{}", commit(0xba5e), commit(2))), "{}", world.body());
}

#[test]
fn with_a_history_it_began_after_the_last_session_in_which_it_was_fine() {
    let mut world = World::new();
    world.night(1, &[good(CASE)]);
    world.night(2, &[good(CASE)]);
    world.night(3, &[suspected(CASE)]);
    world.night(4, &[bad(CASE)]);
    assert!(world.body().contains(&format!("{}...{}", commit(2), commit(3))), "{}", world.body());
}

/// The past of forty nights, of which the comparisons were fine for thirty and could not tell since, while the reports
/// tell of a slower program from the thirty-fourth on.
fn forty_nights(tonight: &Comparison) -> Past {
    let reports = (1..=40).map(|day| {
        let noise = 1.0 + 0.001 * f64::from(i32::try_from(day * 7 % 5).expect("it is below 5"));
        let mut report = report(1, around(noise * if day < 34 { 1.0 } else { 1.4 }));
        (report.created, report.context.git) =
            (time(day), Some(Git { commit: commit(day), branch: None, dirty: false }));
        report
    });
    let (timelines, _) = reports::timelines(reports.collect());
    let request = history::Request {
        source: "a test".to_owned(),
        replay: false,
        method: Method::default(),
        notes: Vec::new(),
        now: time(40),
    };
    let changes = history::changes(&timelines, &(), &request);
    let wanted = wanted(std::slice::from_ref(tonight));
    let said = |day| comparison(day, &[if day <= 30 { good(CASE) } else { unsure(CASE) }]);
    Past::new((1..40).map(|day| PastSession::new(&said(day), &wanted)).collect(), timelines, Some(changes))
}

#[test]
fn a_change_point_tells_when_it_began_where_the_sessions_alone_could_not() {
    let tonight = comparison(40, &[bad(CASE)]);
    let place =
        Place { server_url: "https://github.com".to_owned(), repository: "tide/gauge".to_owned(), run_url: None };
    let past = forty_nights(&tonight);
    let (comparisons, owners) = ([tonight], Owners::default());
    let plan = plan(
        &Night { comparisons: &comparisons, past: &past, owners: &owners, place: &place, authors: &authors() },
        &[],
    );
    let Action::Open(draft, _) = &plan.steps[0].action else { panic!("it is opened") };
    assert!(draft.body.contains(&format!("{}...{}", commit(33), commit(34))), "{}", draft.body);
}

#[test]
fn what_is_no_commit_is_no_link() {
    let mut world = World { has_history: false, ..World::new() };
    let mut tonight = comparison(2, &[bad(CASE)]);
    tonight.candidate.git = Some(Git { commit: "x/../../evil".to_owned(), branch: None, dirty: false });
    world.nights(&[tonight]);
    assert!(!world.body().contains("/compare/"), "{}", world.body());
}

#[test]
fn a_new_issue_is_assigned_to_who_owns_the_file() {
    let mut world = World::new();
    world.owners = Owners::parse("* @org/team\n/kernels/src/dot_f32/ @dots").0;
    let plan = world.night(1, &[bad(CASE)]);
    let Action::Open(draft, _) = &plan.steps[0].action else { panic!("it is opened") };
    assert_eq!(draft.assignees, ["dots"]);
}

#[test]
fn issues_of_ours_and_false_alarms_are_counted() {
    let mut world = closed();
    world.at(1).labels.push(Label { name: "false-alarm".to_owned() });
    let plan = world.night(5, &[good(CASE), bad(OTHER)]);
    assert_eq!((plan.ours, plan.unread, plan.false_alarms), (2, 1, 1));
}

#[test]
fn an_alarm_that_nobody_has_judged_is_not_counted_as_right() {
    let mut world = World::new();
    let plan = world.night(1, &[bad(CASE)]);
    assert_eq!((plan.ours, plan.precision().all), (1, 0));
    let plan = closed().night(5, &[good(CASE), bad(OTHER)]);
    assert_eq!((plan.ours, plan.precision()), (2, Rate { of: 1, all: 1 }));
}

/// Names that would do something, were they not made harmless.
const HOSTILE: [&str; 9] = [
    "@everyone",
    "see #1 and https://example.org/x",
    "<img src=x onerror=alert(1)>",
    "[link](https://example.org)",
    "--> <!-- tidegauge {\"v\":1} -->",
    "a|b`c``d```e",
    "'; rm -rf ~; echo '$(id)`id`",
    "##[add-mask]x",
    "\u{202e}gnp.exe",
];

#[test]
fn nothing_that_a_case_is_called_is_read_as_markdown_or_html() {
    for case in HOSTILE {
        let mut world = World::new();
        world.night(1, &[bad(case)]);
        let (body, title) = (world.body().to_owned(), world.issues[0].title.clone());
        let text: Vec<&str> = body.lines().skip(1).collect();
        for line in &text {
            let line = line.replace("<code>", "").replace("</code>", "");
            let harmless = !line.contains(['@', '<', '>', '\u{202e}']) && !line.contains("example.org");
            assert!(harmless && !line.contains("](http") || line.contains("/tide/gauge/"), "{line}");
            assert!(!line.contains("##[") && !line.starts_with("::"), "{line}");
        }
        assert_eq!(text.iter().filter(|line| line.starts_with("```")).count(), 2, "{body}");
        assert_eq!(body.lines().filter(|line| line.contains("<!--") || line.contains("-->")).count(), 1, "{body}");
        let is_plain = |sign: char| sign.is_ascii_alphanumeric() || " _-+/.,:%()=".contains(sign);
        assert!(title.chars().all(is_plain) && !title.contains("//"), "{title}");
    }
}

#[test]
fn an_issue_of_a_hostile_name_is_found_again() {
    for case in HOSTILE {
        let mut world = World::new();
        world.night(1, &[bad(case)]);
        assert_eq!(fates(&world.night(2, &[bad(case)])), [Fate::Updated], "{case}");
    }
}

#[test]
fn an_issue_is_found_again_whatever_its_commits_are_called() {
    for name in ["", "--> <!-- x", &"f".repeat(5000)] {
        let mut world = World::new();
        for (day, fate) in [(1, Fate::Opened), (2, Fate::Updated)] {
            let mut tonight = comparison(day, &[bad(CASE)]);
            let git = Some(Git { commit: name.to_owned(), branch: None, dirty: true });
            (tonight.baseline.git, tonight.candidate.git) = (git.clone(), git);
            assert_eq!(fates(&world.nights(&[tonight])), [fate], "{name}");
        }
    }
}

#[test]
fn a_case_of_a_name_that_no_report_can_have_opens_none() {
    let mut world = World::new();
    assert_eq!(fates(&world.night(1, &[bad(""), bad(&"x".repeat(301))])), []);
}

#[test]
fn the_command_holds_no_sign_that_a_shell_would_read() {
    for case in HOSTILE {
        let mut world = World::new();
        world.night(1, &[bad(case)]);
        let command = world.body().lines().find(|line| line.starts_with("cargo run")).expect("a command").to_owned();
        let parts: Vec<&str> = command.split('\'').collect();
        assert_eq!(parts.len(), 3, "{command}");
        let is_safe = |sign: char| sign.is_ascii_alphanumeric() || "^$_-/\\.{}()|".contains(sign);
        assert!(parts[1].chars().all(is_safe), "{command}");
    }
}

#[test]
fn a_title_has_at_most_120_characters() {
    let mut world = World::new();
    world.night(1, &[bad(&"x".repeat(300)), bad(OTHER)]);
    assert_eq!(world.issues[0].title.chars().count(), 120);
    assert!(world.issues[0].title.ends_with(".. is slower, and 1 more case"), "{}", world.issues[0].title);
}

#[test]
fn a_body_is_never_longer_than_github_takes_and_nothing_of_it_is_opened_twice() {
    for count in [1500, 2500] {
        let mut world = World::new();
        let rows: Vec<Row> = (0..count).map(|index| bad(&format!("{index:04}{}", "@".repeat(290)))).collect();
        world.night(1, &rows);
        assert!(world.body().len() <= BODY_CHARS && world.body().contains("further rows"), "{}", world.body().len());
        let further =
            |world: &World| world.body().lines().find(|line| line.contains("further rows")).map(str::to_owned);
        let before = further(&world);
        world.night(2, &rows);
        assert_eq!((world.issues.len(), world.comments.len(), further(&world)), (1, 0, before), "{count}");
        assert!(world.body().len() <= BODY_CHARS, "{}", world.body().len());
    }
}

/// The rows of a night of 300 cases and three metrics.
fn wide(factor: f64) -> Vec<Row> {
    let one = [row(CASE, factor), throughput(CASE, factor)];
    let third = Row { metric: Some(Metric::LatencyP95), ..row(CASE, factor) };
    let of_case = |index: usize| {
        let case = format!("dot_f32/avx2/n{index}");
        one.iter().chain([&third]).map(|row| Row { case: case.clone(), ..row.clone() }).collect::<Vec<Row>>()
    };
    (0..300).flat_map(of_case).collect()
}

/// A world with an issue of a change that is as wide as can be.
fn overfull() -> World {
    let mut world = World::new();
    world.night(1, &[wide(1.0), vec![good(OTHER)]].concat());
    assert_eq!(fates(&world.night(2, &[wide(1.4), vec![good(OTHER)]].concat())), [Fate::Opened]);
    world
}

#[test]
fn a_change_as_wide_as_can_be_is_one_issue_and_told_once() {
    let mut world = overfull();
    let before = world.body().lines().find(|line| line.contains("further rows")).expect("a line").to_owned();
    for day in 3..6 {
        assert_eq!(fates(&world.night(day, &wide(1.4))), [Fate::Updated]);
        assert!(world.body().contains(&before), "{}", world.body());
    }
    assert_eq!(fates(&world.night(5, &wide(1.4))), [Fate::LeftAlone]);
    assert_eq!((world.issues.len(), world.comments.len()), (1, 0));
}

#[test]
fn a_later_regression_does_not_vanish_in_an_overfull_issue() {
    for count in [900, 2500] {
        let mut world = World::new();
        let named = |index| bad(&format!("{}/avx2/n{index}", "x".repeat(100)));
        let rows: Vec<Row> = (0..count).map(named).collect();
        let fine: Vec<Row> = rows.iter().map(|row| good(&row.case)).chain([good(OTHER)]).collect();
        world.night(1, &fine);
        world.night(2, &[rows.clone(), vec![good(OTHER)]].concat());
        world.night(3, &[rows, vec![bad(OTHER)]].concat());
        assert_eq!((world.issues.len(), world.comments.len()), (2, 0), "{count}");
        assert!(world.issues[1].title.contains(OTHER), "{}", world.issues[1].title);
    }
}

#[test]
fn an_overfull_issue_lasts_as_long_as_any_of_its_rows() {
    let mut world = overfull();
    // Whichever of its rows are shown, those of the last cases are among the others.
    let rows: Vec<Row> =
        wide(1.0).into_iter().enumerate().map(|(index, row)| if index < 897 { row } else { bad(&row.case) }).collect();
    for day in 3..6 {
        world.night(day, &rows);
    }
    assert_eq!((world.issues.len(), world.open()), (1, 1));
    assert!(world.body().contains("What lasts has no room here: "), "{}", world.body());
    world.night(6, &wide(1.0));
    assert_eq!(fates(&world.night(7, &wide(1.0))), [Fate::Closed]);
    assert_eq!(fates(&world.night(8, &wide(1.4))), [Fate::Reopened]);
    assert_eq!(world.issues.len(), 1);
}

/// A night on that class of machine.
fn on(class: &str, day: i64, rows: &[Row]) -> Comparison {
    let mut comparison = comparison(day, rows);
    comparison.candidate.class = Some(class.to_owned());
    comparison
}

/// Nights one after the other from the second day on, each on a class of machine.
fn nights_on(world: &mut World, nights: &[(&str, Row)]) {
    for (day, (class, row)) in (2..).zip(nights) {
        world.nights(&[on(class, day, std::slice::from_ref(row))]);
    }
}

#[test]
fn good_nights_on_another_class_of_machine_are_no_recovery() {
    let mut world = World::new();
    nights_on(&mut world, &[("a", bad(CASE)), ("b", good(CASE)), ("b", good(CASE))]);
    assert_eq!((world.open(), world.comments.len()), (1, 0));
    assert!(world.body().contains("fine, on a class of machine on which it was never confirmed"), "{}", world.body());
}

#[test]
fn a_night_that_cannot_tell_does_not_say_that_it_lasts_nor_that_its_machine_showed_it() {
    for row in [unsure(CASE), good(CASE), bad(OTHER)] {
        let mut world = World::new();
        world.nights(&[on("class-a", 2, &[bad(CASE)])]);
        world.nights(&[on("class-b", 3, &[row])]);
        let body = world.issues[0].body.as_deref().expect("a body");
        let said =
            "**Tonight cannot tell whether it lasts; last confirmed in the session of 2026-01-02 04:00 UTC: +40.0 %";
        assert!(body.contains(said) && !body.contains("It lasts"), "{body}");
        let place = "the machine `class-a`, confirmed for the last time in the session of 2026-01-02 04:00 UTC. \
                     Tonight's is another, the machine `class-b`.";
        assert!(body.contains(place), "{body}");
    }
}

#[test]
fn rows_of_which_a_night_cannot_tell_are_counted_beside_those_that_last() {
    let mut world = World::new();
    world.night(2, &[bad(CASE), bad(OTHER)]);
    world.night(3, &[bad(CASE), unsure(OTHER)]);
    let said = "**1 of 2 rows lasts, by +40.0 % (+39.7 to +40.3 %).** Of 1 row tonight cannot tell.";
    assert!(world.body().contains(said), "{}", world.body());
}

#[test]
fn good_nights_on_the_class_of_machine_where_it_was_seen_close_it_whatever_is_between_them() {
    for between in [("b", good(CASE)), ("b", suspected(CASE))] {
        let mut world = World::new();
        nights_on(&mut world, &[("a", bad(CASE)), ("a", good(CASE)), between, ("a", good(CASE))]);
        assert_eq!(world.open(), 0);
    }
}

#[test]
fn a_class_of_machine_on_which_it_is_confirmed_too_tells_when_it_is_back() {
    let mut world = World::new();
    nights_on(&mut world, &[("a", bad(CASE)), ("b", bad(CASE)), ("b", good(CASE)), ("b", good(CASE))]);
    assert_eq!((world.issues.len(), world.open()), (1, 0));
}

#[test]
fn what_returns_on_one_class_of_machine_alone_does_not_recover_on_another() {
    let mut world = World::new();
    nights_on(&mut world, &[("a", bad(CASE)), ("b", bad(CASE)), ("b", good(CASE)), ("b", good(CASE))]);
    for (day, (class, row)) in (6..).zip([("a", bad(CASE)), ("b", good(CASE)), ("b", good(CASE))]) {
        world.nights(&[on(class, day, &[row])]);
    }
    assert_eq!((world.issues.len(), world.open(), world.comments.len()), (1, 1, 2));
}

#[test]
fn a_change_that_was_accepted_closes_on_every_class_of_machine() {
    let mut world = World::new();
    let known = Some(Known { since: "abcd".to_owned(), reason: "wanted".to_owned(), change_percent: Some(40.0) });
    let accepted = Row { known, verdict: Verdict::Stable, certainty: None, ..bad(CASE) };
    nights_on(&mut world, &[("a", bad(CASE)), ("b", accepted)]);
    assert_eq!(world.open(), 0);
}

#[test]
fn since_when_it_is_worse_is_told_by_its_own_class_of_machine() {
    let mut world = World::new();
    for (day, (class, row)) in
        (1..).zip([("a", good(CASE)), ("b", good(CASE)), ("a", suspected(CASE)), ("b", good(CASE)), ("a", bad(CASE))])
    {
        world.nights(&[on(class, day, &[row])]);
    }
    assert!(world.body().contains(&format!("{}...{}", commit(1), commit(3))), "{}", world.body());
}

#[test]
fn a_change_out_of_all_proportion_is_remembered() {
    let mut world = World::new();
    let row = Row { change_percent: Some(f64::MAX), interval_percent: Some([1.0, f64::MAX]), ..bad(CASE) };
    world.night(1, std::slice::from_ref(&row));
    assert_eq!(fates(&world.night(2, &[row])), [Fate::Updated]);
}

#[test]
fn the_body_of_an_issue() {
    let mut world = World::new();
    world.night(1, &[good(CASE), throughput(CASE, 1.0), good(OTHER)]);
    world.night(2, &[bad(CASE), throughput(CASE, 1.4), bad(OTHER)]);
    world.night(3, &[Row { severity: Some(Severity::Moderate), ..bad(CASE) }, good(OTHER)]);
    insta::assert_snapshot!(world.body());
}
