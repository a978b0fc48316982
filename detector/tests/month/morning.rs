//! What a person finds each morning of a month, beside what is known to have happened in it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use schema::comparison::{Comparison, Row, Verdict};

use crate::{
    calendar::{Calendar, NIGHTS, Slowdown},
    documents::World,
    github::{GitHub, Issue},
    nightly::{Alert, Run, Workplace},
    places::Place,
};

/// One morning.
pub(crate) struct Morning {
    pub(crate) night: u32,
    /// What the platforms' jobs left.
    pub(crate) runs: Vec<Run>,
    pub(crate) alert: Alert,
    /// The issues before the night.
    pub(crate) before: BTreeMap<u64, Issue>,
    /// And after it.
    pub(crate) issues: BTreeMap<u64, Issue>,
}

/// All mornings of a month.
pub(crate) struct Month {
    pub(crate) world: World,
    pub(crate) mornings: Vec<Morning>,
}

impl Month {
    /// Runs every night of it through the program.
    pub(crate) fn pass(world: World) -> Self {
        let (workplace, github) = (Workplace::new(world), GitHub::start());
        let mut mornings: Vec<Morning> = Vec::new();
        for night in 1..=NIGHTS {
            let before = mornings.last().map(|morning| morning.issues.clone()).unwrap_or_default();
            github.set_night(World::created(Place::LinuxX86, night));
            let runs = workplace.night(night);
            let alert = workplace.alert(night, &runs, &github);
            mornings.push(Morning { night, runs, alert, before, issues: github.issues() });
        }
        Self { world: workplace.world, mornings }
    }

    /// The issues as they stand at the end.
    pub(crate) fn issues(&self) -> &BTreeMap<u64, Issue> {
        &self.mornings[self.mornings.len() - 1].issues
    }

    /// A table of it: a line a night.
    pub(crate) fn table(&self) -> String {
        let mut text = format!("seed {}\nnight", self.world.seed);
        for place in Place::ALL {
            let _ = write!(text, "  {:<22}", place.name());
        }
        let _ = writeln!(text, "  {:<8}{:<8}what alert did", "open", "closed");
        for morning in &self.mornings {
            let _ = write!(text, "{:>5}", morning.night);
            for place in Place::ALL {
                let _ = write!(text, "  {:<22}", self.word(morning, place));
            }
            let numbers = |is_open: bool| {
                let issues = morning.issues.values().filter(|issue| issue.is_open == is_open);
                listed(issues.map(|issue| format!("#{}", issue.number)))
            };
            let failed = if morning.alert.code == Some(0) {
                String::new()
            } else {
                format!("; exit {}", morning.alert.code.map_or("?".to_owned(), |code| code.to_string()))
            };
            let _ = writeln!(text, "  {:<8}{:<8}{}{failed}", numbers(true), numbers(false), listed(morning.changes()));
        }
        let opened = self.issues().len();
        let open = self.issues().values().filter(|issue| issue.is_open).count();
        let comments: usize = self.issues().values().map(|issue| issue.comments.len()).sum();
        let _ = writeln!(
            text,
            "{opened} opened, {} false, {open} open at the end; comments: {comments}",
            self.false_ones()
        );
        text
    }

    /// How many issues are of nothing that happened.
    fn false_ones(&self) -> usize {
        let is_true = |issue: &&Issue| {
            let slowdowns = self.world.calendar.slowdowns.iter();
            slowdowns.clone().any(|slowdown| issue.place() == Some(slowdown.place) && issue.cases() == slowdown.ids())
        };
        self.issues().values().filter(|issue| !is_true(issue)).count()
    }

    /// What a platform's comparison says, in a word or two.
    fn word(&self, morning: &Morning, place: Place) -> String {
        let Some(run) = morning.run(place) else {
            return "FAILED".to_owned();
        };
        let Comparison { rows, summary, .. } = &run.comparison;
        let critical: BTreeSet<&str> =
            rows.iter().filter(|row| row.verdict == Verdict::Critical).map(|row| row.case.as_str()).collect();
        let said = match critical.len() {
            0 if summary.machine_change.is_some() => "machine moved".to_owned(),
            0 => "nothing".to_owned(),
            count => format!("{count} critical"),
        };
        let is_elsewhere = self.world.calendar.is_elsewhere(place, morning.night);
        if is_elsewhere { format!("{said}, other class") } else { said }
    }
}

impl Morning {
    pub(crate) fn run(&self, place: Place) -> Option<&Run> {
        self.runs.iter().find(|run| run.place == place)
    }

    /// What became of the issues in the night, one entry a change.
    pub(crate) fn changes(&self) -> Vec<String> {
        let mut changes = Vec::new();
        for (number, issue) in &self.issues {
            let Some(before) = self.before.get(number) else {
                changes.push(format!("opened #{number}"));
                continue;
            };
            match (before.is_open, issue.is_open) {
                (true, false) => changes.push(format!("closed #{number}")),
                (false, true) => changes.push(format!("opened #{number} again")),
                _ if before.body != issue.body => changes.push(format!("edited #{number}")),
                _ => {}
            }
            for _ in before.comments.len()..issue.comments.len() {
                changes.push(format!("commented on #{number}"));
            }
        }
        changes
    }
}

fn listed(words: impl IntoIterator<Item = String>) -> String {
    let words: Vec<String> = words.into_iter().collect();
    if words.is_empty() { "-".to_owned() } else { words.join(", ") }
}

/// The nights in which a slowdown's issue is open in the morning: from the first on, and until the job has been fine
/// for two sessions.
fn open_nights(calendar: &Calendar, slowdown: &Slowdown) -> std::ops::Range<u32> {
    let has_run = |night: &u32| !calendar.has_failed(slowdown.place, *night);
    let first = slowdown.nights.clone().find(has_run).expect("a slowdown is seen at least once");
    let closes = (slowdown.nights.end() + 1..=NIGHTS).filter(has_run).nth(1);
    first..closes.unwrap_or(NIGHTS + 1)
}

/// What was false or missing about a month, one line each: nothing, where the alarms are to be believed.
pub(crate) fn lies(month: &Month) -> Vec<String> {
    month.mornings.iter().flat_map(|morning| lies_of(month, morning)).collect()
}

fn lies_of(month: &Month, morning: &Morning) -> Vec<String> {
    let (calendar, night) = (&month.world.calendar, morning.night);
    let mut lies = Vec::new();
    let mut lie = |what: String| lies.push(format!("night {night}: {what}"));
    // Every issue is one slowdown's, and every slowdown that lasts has one.
    let mut owners: BTreeMap<u64, &Slowdown> = BTreeMap::new();
    for slowdown in &calendar.slowdowns {
        let cases = slowdown.ids();
        let of_it: Vec<&Issue> = morning
            .issues
            .values()
            .filter(|issue| issue.place() == Some(slowdown.place))
            .filter(|issue| issue.cases() == cases)
            .collect();
        let has_begun = open_nights(calendar, slowdown).start <= night;
        let is_open = open_nights(calendar, slowdown).contains(&night);
        match of_it.as_slice() {
            [] if !has_begun => {}
            [issue] if has_begun => {
                owners.insert(issue.number, slowdown);
                if issue.is_open != is_open {
                    lie(format!("#{} should be {}", issue.number, if is_open { "open" } else { "closed" }));
                }
                for unsaid in unsaid(month, morning, slowdown, issue) {
                    lie(format!("#{} does not say {unsaid:?}", issue.number));
                }
            }
            _ => lie(format!("{} issues are of {cases:?} alone", of_it.len())),
        }
    }
    for issue in morning.issues.values().filter(|issue| !owners.contains_key(&issue.number)) {
        lie(format!("#{} is false: {}", issue.number, issue.title));
    }
    // A comment is a mail: none without a change of what it is about.
    let comments = |issues: &BTreeMap<u64, Issue>| issues.values().map(|issue| issue.comments.len()).sum::<usize>();
    let turned = morning
        .issues
        .iter()
        .filter(|(number, issue)| morning.before.get(number).is_some_and(|before| before.is_open != issue.is_open));
    let (said, turned) = (comments(&morning.issues) - comments(&morning.before), turned.count());
    if said != turned {
        lie(format!("{said} comments on {turned} changes"));
    }
    // A platform that left nothing is told, and its issues stay as they are.
    let failed: Vec<Place> = Place::ALL.into_iter().filter(|&place| calendar.has_failed(place, night)).collect();
    let expected = if failed.is_empty() { 0 } else { 4 };
    if morning.alert.code != Some(expected) {
        lie(format!("alert ended with {:?}: {}", morning.alert.code, morning.alert.said));
    }
    for place in failed {
        if !morning.alert.printed.contains(place.name()) {
            lie(format!("{} failed, and the summary does not say so: {}", place.name(), morning.alert.printed));
        }
        let of_it = |issues: &BTreeMap<u64, Issue>| -> Vec<Issue> {
            issues.values().filter(|issue| issue.place() == Some(place)).cloned().collect()
        };
        if of_it(&morning.before) != of_it(&morning.issues) {
            lie(format!("{} failed, and its issues changed", place.name()));
        }
    }
    // Nothing is told twice.
    for (number, issue) in &morning.issues {
        let is_beside = |other: &&Issue| other.number > *number && other.place() == issue.place();
        for other in morning.issues.values().filter(is_beside) {
            if !issue.cases().is_disjoint(&other.cases()) {
                lie(format!("#{number} and #{} are both of {:?}", other.number, issue.cases()));
            }
        }
    }
    lies
}

/// What an issue should say of its slowdown in the morning, and does not.
fn unsaid(month: &Month, morning: &Morning, slowdown: &Slowdown, issue: &Issue) -> Vec<String> {
    let (world, place) = (&month.world, slowdown.place);
    let opened = open_nights(&world.calendar, slowdown).start;
    let ran_before = (0..opened).rev().find(|night| !world.calendar.has_failed(place, *night)).unwrap_or(0);
    let mut expected = vec![format!("/compare/{}...{}", world.commit(ran_before), world.commit(opened))];
    if let Some(run) = morning.run(place).filter(|_| issue.is_open) {
        let session = run.comparison.candidate.created.expect("a comparison tells when its session began");
        expected.push(format!("As of the session of {}", session.strftime("%Y-%m-%d %H:%M UTC")));
        expected.push(format!("/actions/runs/{}", morning.night));
        let is_told = |row: &&Row| row.verdict == Verdict::Critical && issue.cases().contains(&row.case);
        for row in run.comparison.rows.iter().filter(is_told) {
            // An issue remembers hundredths, and shows tenths of those.
            let change = row.change_percent.expect("a critical row has a change");
            expected.push(format!("{:+.1} %", (change * 100.0).round() / 100.0));
        }
    }
    expected.retain(|said| !issue.body.contains(said));
    if !issue.is_open && !issue.comments.last().is_some_and(|comment| comment.contains("Recovered")) {
        expected.push("that it recovered".to_owned());
    }
    for label in ["tidegauge", if slowdown.factor < 1.25 { "severity:minor" } else { "severity:moderate" }] {
        if !issue.labels.contains(label) {
            expected.push(label.to_owned());
        }
    }
    expected
}
