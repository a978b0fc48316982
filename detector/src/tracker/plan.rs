//! Which issues to open, edit, close and open again.
//!
//! | tonight | an issue that is open | one that a person closed | one that is over |
//! |---|---|---|---|
//! | a row of it lasts | says tonight's figures | stays closed | – |
//! | its last row is fine for the second time | is closed with a word | is forgotten | – |
//! | a row of it is critical again | says so | is opened, had the row recovered | is opened again |
//! | a row that began with it is critical | takes it in | – | – |
//! | nobody can tell | stays | stays | – |
//! | it is fine, on a class of machine on which it was never confirmed | stays | stays | – |
//!
//! An issue of ours whose hidden line was taken out is known by its title and labels: it gets its line back when what it
//! is of is critical again, and until then the summary says that nobody can tell.
//!
//! What it remembers stands in its own body, so that a second run of the same night finds everything done.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use platforms::PlatformKey;
use schema::comparison::{Comparison, Metric, Row, Severity};

use super::{
    Action, Fate, Key, Night, Plan, Step, body, labels,
    marker::{Closed, Marked, Marker, Standing, hash_of, is_by},
    moment,
    past::Range,
    remark::{self, Events},
    session,
    title::{beginning, title},
    tonight::{Tonight, by_key, is_opening},
};
use crate::{
    comparison::plural,
    github::{Issue, IssueDraft, IssueEdit, IssueState},
};

/// How long after its end an issue is opened again if a row of it returns; later it is a regression of its own.
const RETURN: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Which issues there should be after `night`, where these stand on GitHub.
#[must_use]
pub fn plan(night: &Night<'_>, issues: &[Issue]) -> Plan {
    let mut issues: Vec<&Issue> = issues.iter().collect();
    issues.sort_by_key(|issue| issue.number);
    issues.dedup_by_key(|issue| issue.number);
    let mut orphans: Vec<&Issue> = issues.iter().copied().filter(|issue| is_orphan(issue, night.authors)).collect();
    let mut tracked: Vec<Tracked<'_>> =
        issues.into_iter().filter_map(|issue| Tracked::of(issue, night.authors)).collect();
    let false_alarms = tracked.iter().filter(|one| one.is_false_alarm()).count() as u64;
    let is_unread = |one: &&Tracked<'_>| one.issue.state == IssueState::Open && !one.is_false_alarm();
    let mut unread = tracked.iter().filter(is_unread).count() as u64;
    let mut ours = tracked.len() as u64;
    let mut steps = Vec::new();
    for comparison in night.comparisons {
        let of_platform: Vec<&mut Tracked<'_>> =
            tracked.iter_mut().filter(|one| one.marker.platform == comparison.platform).collect();
        steps.extend(Platform::new(night, comparison, of_platform, &mut orphans).steps());
    }
    let judged: BTreeSet<PlatformKey> = night.comparisons.iter().map(|comparison| comparison.platform).collect();
    let unjudged = tracked.iter().filter(|one| !judged.contains(&one.marker.platform));
    steps.extend(unjudged.filter_map(|one| one.untouched("there is no comparison of its platform tonight")));
    steps.extend(orphans.iter().filter_map(|issue| left_alone(issue)));
    let opened = steps.iter().filter(|step| step.fate == Fate::Opened).count() as u64;
    ours += opened;
    unread += opened;
    Plan { steps, ours, unread, false_alarms }
}

/// An issue of ours, as it stands and as it should.
struct Tracked<'i> {
    issue: &'i Issue,
    before: Marker,
    marker: Marker,
    events: Events,
    /// Whether it already knows a later session.
    is_late: bool,
    /// Whether it should be open.
    state: IssueState,
}

impl<'i> Tracked<'i> {
    fn of(issue: &'i Issue, authors: &[String]) -> Option<Self> {
        let marker = Marker::of(issue, authors)?;
        let events = Events::default();
        Some(Self { issue, before: marker.clone(), marker, events, is_late: false, state: issue.state })
    }

    fn is_false_alarm(&self) -> bool {
        labels::has(self.issue, labels::FALSE_ALARM)
    }

    /// Whether it lasts, whoever closed it.
    fn is_live(&self) -> bool {
        !self.is_late && self.marker.closed.is_none()
    }

    fn is_open(&self) -> bool {
        self.is_live() && self.state == IssueState::Open
    }

    /// Takes in what a session says of its rows.
    fn follow(&mut self, heard: &Heard<'_>) {
        self.is_late = heard.now < self.marker.session;
        if !self.is_live() {
            return;
        }
        let counts = heard.now > self.marker.session;
        self.marker.session = heard.now;
        let is_false_alarm = self.is_false_alarm();
        let Self { marker, events, state, .. } = self;
        let class = marker.class(heard.class);
        let mut confirmed = Vec::new();
        let mut hear = |key: Key, tonight: Tonight<'_>, standing: &mut Standing| match tonight {
            Tonight::Confirmed(_) => confirmed.push(key),
            Tonight::Accepted(_) if !standing.is_over() => {
                standing.accept();
                events.accepted.push(key);
            }
            // What is slower on one class of machine may well be fine on another.
            _ if !standing.is_told_by(class) => {}
            // Who has recovered stays so until it is confirmed that it returned.
            Tonight::Lasting(_) if !standing.is_over() => standing.last(),
            Tonight::Fine(_) if counts && !standing.is_over() => {
                standing.recover();
                if standing.is_over() {
                    events.recovered.push(key);
                }
            }
            Tonight::Lasting(_) | Tonight::Fine(_) | Tonight::Accepted(_) | Tonight::Unknown(_) => {}
        };
        for marked in &mut marker.rows {
            let key = (marked.case.clone(), marked.metric);
            let tonight = Tonight::of(heard.rows.get(&key).copied());
            hear(key, tonight, &mut marked.standing);
        }
        if !marker.folded.is_empty() {
            for (key, row) in heard.rows {
                if let Some(standing) = marker.folded.get_mut(&hash_of(&key.0, key.1)) {
                    hear(key.clone(), Tonight::of(Some(*row)), standing);
                }
            }
        }
        for key in confirmed {
            if marker.confirm(&key, heard) {
                events.returned.push(key);
                if !is_false_alarm {
                    *state = IssueState::Open;
                }
            }
        }
    }

    /// Takes in rows that are critical tonight, and of which it has not known that. One that had no room for all of its
    /// rows, even by their hashes, cannot tell which are new.
    fn take_in(&mut self, group: &Group<'_>, heard: &Heard<'_>) {
        if self.marker.more > 0 && self.before.closed.is_none() {
            return;
        }
        for (row, metric) in &group.rows {
            let key = (row.case.clone(), *metric);
            if self.marker.has(&row.case, *metric) {
                self.marker.confirm(&key, heard);
                self.events.returned.push(key);
            } else {
                let class = self.marker.class_confirmed(heard.class);
                self.marker.rows.push(marked_of(row, *metric, Standing::new(class)));
                self.events.added.push(key);
            }
        }
    }

    /// Ends it where every row is over, and was so tonight, as far as tonight's machine can tell.
    fn end(&mut self, heard: &Heard<'_>) {
        if !self.is_live() {
            return;
        }
        let class = self.marker.class(heard.class);
        let is_fine = |standing: Standing, row: Option<&Row>| {
            let is_fine = matches!(Tonight::of(row), Tonight::Fine(_) | Tonight::Accepted(_));
            standing.is_over() && (is_fine || !standing.is_told_by(class))
        };
        let of_key = |marked: &Marked| heard.rows.get(&(marked.case.clone(), marked.metric)).copied();
        let folded = &self.marker.folded;
        let of_hash: BTreeMap<String, &Row> = if folded.is_empty() {
            BTreeMap::new()
        } else {
            heard.rows.iter().map(|((case, metric), row)| (hash_of(case, *metric), *row)).collect()
        };
        let are_back = self.marker.rows.iter().all(|marked| is_fine(marked.standing, of_key(marked)))
            && folded.iter().all(|(hash, standing)| is_fine(*standing, of_hash.get(hash).copied()));
        let is_heard = self.marker.standings().any(|standing| standing.is_accepted() || standing.is_told_by(class));
        if are_back && is_heard {
            let is_accepted = self.marker.standings().any(Standing::is_accepted);
            self.marker.closed = Some(if is_accepted { Closed::Accepted } else { Closed::Recovered });
            self.events.closed = self.marker.closed;
            self.state = IssueState::Closed;
        }
    }

    /// The step of one that is left as it is, but for labels that are missing; `None` where it is over and nobody asks.
    fn untouched(&self, why: &str) -> Option<Step> {
        let is_missing = !labels::has(self.issue, labels::LABEL);
        let labels =
            is_missing.then(|| labels::changed(self.issue, self.marker.platform, self.marker.severity())).flatten();
        if labels.is_none() && self.marker.closed.is_some() && self.issue.state == IssueState::Closed {
            return None;
        }
        Some(match labels {
            None => self.step(Fate::LeftAlone, why.to_owned(), Action::Nothing),
            Some(labels) => {
                let change = IssueEdit { labels: Some(labels), ..IssueEdit::default() };
                self.step(Fate::Updated, "its labels were taken away".to_owned(), Action::Edit(change, None))
            }
        })
    }

    fn step(&self, fate: Fate, why: String, action: Action) -> Step {
        let (number, title) = (Some(self.issue.number), self.issue.title.clone());
        Step { platform: self.marker.platform, number, title, fate, why, action }
    }
}

/// What a night says to an issue.
struct Heard<'h> {
    rows: &'h BTreeMap<Key, &'h Row>,
    /// When its session began.
    now: Timestamp,
    /// On which class of machine.
    class: Option<&'h str>,
}

impl Marker {
    /// Takes in that a row of it was confirmed tonight; returns whether it had recovered.
    fn confirm(&mut self, key: &Key, heard: &Heard<'_>) -> bool {
        let class = self.class_confirmed(heard.class);
        let marked = self.rows.iter_mut().find(|marked| marked.is(&key.0, key.1));
        let (Some(marked), Some(row)) = (marked, heard.rows.get(key)) else {
            let folded = self.folded.get_mut(&hash_of(&key.0, key.1));
            return folded.is_some_and(|standing| {
                let was_over = standing.is_over();
                standing.confirm(class);
                was_over
            });
        };
        let (was_over, severity) = (marked.standing.is_over(), steadied(marked.severity, row));
        marked.standing.confirm(class);
        *marked = Marked { severity, ..marked_of(row, key.1, marked.standing) };
        was_over
    }
}

/// What a row of tonight leaves in a marker.
fn marked_of(row: &Row, metric: Metric, standing: Standing) -> Marked {
    let change = row.change_percent.unwrap_or(0.0);
    let [low, high] = row.interval_percent.unwrap_or([change, change]);
    let severity = row.severity.unwrap_or(Severity::Minor);
    Marked { case: row.case.clone(), metric, standing, severity, change: [change, low, high].map(hundredths) }
}

/// The largest change that is remembered, in percent: what is out of all proportion need not be exact, and stays finite.
const PERCENT_MOST: f64 = 1e9;

/// A figure for people, short enough to be remembered of hundreds of rows.
fn hundredths(percent: f64) -> f64 {
    (percent.clamp(-PERCENT_MOST, PERCENT_MOST) * 100.0).round() / 100.0
}

/// The severity of a row, which falls only when the change is well below the size at which its word begins: at the edge
/// it would be another one every night.
fn steadied(before: Severity, row: &Row) -> Severity {
    let now = row.severity.unwrap_or(Severity::Minor);
    let nearly = row.change_percent.and_then(|percent| crate::severity::severity(percent / 0.9));
    if now < before { nearly.map_or(now, |nearly| nearly.min(before)) } else { now }
}

/// Rows that are critical tonight, have no issue, and began together.
struct Group<'r> {
    range: Range,
    rows: Vec<(&'r Row, Metric)>,
}

/// A platform's night.
struct Platform<'p, 'i> {
    night: &'p Night<'p>,
    comparison: &'p Comparison,
    rows: BTreeMap<Key, &'p Row>,
    tracked: Vec<&'p mut Tracked<'i>>,
    orphans: &'p mut Vec<&'i Issue>,
}

impl<'p, 'i> Platform<'p, 'i> {
    fn new(
        night: &'p Night<'p>,
        comparison: &'p Comparison,
        tracked: Vec<&'p mut Tracked<'i>>,
        orphans: &'p mut Vec<&'i Issue>,
    ) -> Self {
        Self { night, comparison, rows: by_key(comparison), tracked, orphans }
    }

    fn steps(mut self) -> Vec<Step> {
        for one in &mut self.tracked {
            one.follow(&heard(self.comparison, &self.rows));
        }
        let mut steps = Vec::new();
        for group in self.groups() {
            match self.place(&group) {
                Some(place) => self.join(place, &group),
                None => steps.push(self.open(group)),
            }
        }
        for place in 0..self.tracked.len() {
            self.tracked[place].end(&heard(self.comparison, &self.rows));
            steps.extend(self.settled(place));
        }
        steps
    }

    fn is_machine(&self) -> bool {
        self.comparison.summary.machine_change.is_some()
    }

    /// What is critical tonight and has no issue, by when it began. Of a shift of the machine nobody can tell: all is
    /// one.
    fn groups(&mut self) -> Vec<Group<'p>> {
        let mut groups: Vec<Group<'p>> = Vec::new();
        for row in &self.comparison.rows {
            let Some(metric) = row.metric.filter(|_| is_opening(row)) else {
                continue;
            };
            // One that knows a later session has decided already.
            let is_held = |one: &Tracked<'_>| (one.is_live() || one.is_late) && one.marker.has(&row.case, metric);
            if self.tracked.iter().any(|one| is_held(one)) {
                continue;
            }
            let range = self.night.past.began(self.comparison, &row.case, metric);
            // A person who closed the issue of a case meant its other figures, too.
            let is_dismissed = |one: &Tracked<'_>| {
                let is_closed = one.is_live() && !one.is_open();
                let has_case = || one.marker.more > 0 || one.marker.has_case(&row.case);
                is_closed && one.marker.range.is_same(&range) && has_case()
            };
            if let Some(one) = self.tracked.iter_mut().find(|one| is_dismissed(one)) {
                one.take_in(&Group { range, rows: vec![(row, metric)] }, &heard(self.comparison, &self.rows));
                continue;
            }
            let is_together = |group: &Group<'_>| {
                let has_case = group.rows.iter().any(|(other, _)| other.case == row.case);
                self.is_machine() || has_case || group.range.is_same(&range)
            };
            match groups.iter().position(is_together) {
                Some(place) => {
                    let group = &mut groups[place];
                    if range.is_seen && range.is_within(&group.range) {
                        group.range = range;
                    }
                    group.rows.push((row, metric));
                }
                None => groups.push(Group { range, rows: vec![(row, metric)] }),
            }
        }
        groups
    }

    /// The issue that a group belongs to, where there is one.
    fn place(&self, group: &Group<'_>) -> Option<usize> {
        let stands_for_all = |one: &Tracked<'_>| self.is_machine() && one.marker.is_machine;
        let position = |fits: &dyn Fn(&Tracked<'_>) -> bool| self.tracked.iter().position(|one| fits(one));
        let now = session(self.comparison);
        let returns = |one: &Tracked<'_>| {
            let known = group.rows.iter().filter(|(row, metric)| one.marker.has(&row.case, *metric)).count();
            let is_over = one.marker.closed == Some(Closed::Recovered) && !one.is_late && !one.is_false_alarm();
            is_over && 2 * known >= group.rows.len() && known > 0 && now.duration_since(one.marker.session) <= RETURN
        };
        position(&|one| one.is_open() && stands_for_all(one))
            .or_else(|| position(&|one| one.is_open() && one.marker.range.is_same(&group.range)))
            .or_else(|| self.tracked.iter().rposition(|one| returns(one)))
    }

    /// Puts a group into the issue at `place`, and opens that again where it was over.
    fn join(&mut self, place: usize, group: &Group<'_>) {
        let (now, is_machine) = (session(self.comparison), self.is_machine());
        let one = &mut *self.tracked[place];
        if one.marker.closed.take().is_some() {
            one.marker.range = group.range.clone();
            one.marker.session = now;
            one.marker.is_machine = is_machine;
            one.marker.more = 0;
            one.state = IssueState::Open;
        }
        one.take_in(group, &heard(self.comparison, &self.rows));
    }

    fn open(&mut self, group: Group<'_>) -> Step {
        let mut marker = Marker::new(self.comparison.platform, session(self.comparison), group.range);
        marker.is_machine = self.is_machine();
        let standing = Standing::new(marker.class_confirmed(self.comparison.candidate.class.as_deref()));
        marker.rows = group.rows.iter().map(|(row, metric)| marked_of(row, *metric, standing)).collect();
        let cases: BTreeSet<&str> = group.rows.iter().map(|(row, _)| row.case.as_str()).collect();
        let assignees = self.night.owners.of_cases(cases.iter().copied());
        let body = self.body(&mut marker);
        let title = title(&marker);
        if let Some(issue) = self.orphan(&title) {
            let (platform, severity) = (marker.platform, marker.severity());
            let labels = labels::changed(issue, platform, severity);
            return Step {
                platform,
                number: Some(issue.number),
                title: issue.title.clone(),
                fate: Fate::Updated,
                why: "the hidden line that was taken out of it is put back".to_owned(),
                action: Action::Edit(IssueEdit { body: Some(body), labels, ..IssueEdit::default() }, None),
            };
        }
        let draft = IssueDraft {
            title: title.clone(),
            body,
            labels: labels::of(marker.platform, marker.severity()),
            assignees,
        };
        let why = format!("{} confirmed by both programs side by side", are(group.rows.len()));
        let action = Action::Open(draft, marker.line());
        Step { platform: marker.platform, number: None, title, fate: Fate::Opened, why, action }
    }

    /// The issue of that title whose hidden line was taken out, which is one no longer.
    fn orphan(&mut self, title: &str) -> Option<&'i Issue> {
        let is_it = |issue: &&Issue| beginning(&issue.title) == beginning(title);
        let place = self.orphans.iter().position(is_it)?;
        Some(self.orphans.remove(place))
    }

    fn body(&self, marker: &mut Marker) -> String {
        body::body(marker, &body::Sources { night: self.night, comparison: self.comparison, rows: &self.rows })
    }

    /// What becomes of the issue at `place`, now that everything is known of it.
    fn settled(&self, place: usize) -> Option<Step> {
        let one = &self.tracked[place];
        let (issue, platform) = (one.issue, self.comparison.platform);
        if one.is_late {
            let known = moment(one.marker.session);
            return one.untouched(&format!("it knows a later session than this one already, that of {known}"));
        }
        if one.marker.closed.is_some() && one.before.closed.is_some() {
            return one.untouched("a person opened it again after it had recovered");
        }
        let mut marker = one.marker.clone();
        let mut events = one.events.clone();
        let was_dismissed = issue.state == IssueState::Closed && one.before.closed.is_none();
        // Nobody reads along in one that a person closed: only what must be remembered is written.
        if was_dismissed && one.state == IssueState::Closed && !forgets(&one.before, &marker) {
            return one.untouched("a person closed it while it lasts; it may open again once it has recovered");
        }
        let severity = marker.severity();
        events.severity = (one.before.severity() != severity).then(|| (one.before.severity(), severity));
        let body = self.body(&mut marker);
        let is_other_body =
            issue.body.as_deref().map(|body| body.replace("\r\n", "\n")).as_deref() != Some(body.as_str());
        let before = title(&one.before);
        let change = IssueEdit {
            // One that a person gave stays.
            title: Some(title(&marker)).filter(|title| issue.title == before && *title != before),
            body: Some(body).filter(|_| is_other_body),
            state: Some(one.state).filter(|state| *state != issue.state),
            state_reason: match (one.state == issue.state, one.state, marker.closed) {
                (true, ..) => None,
                (_, IssueState::Open, _) => Some("reopened"),
                (_, IssueState::Closed, Some(Closed::Accepted)) => Some("not_planned"),
                (_, IssueState::Closed, _) => Some("completed"),
            },
            labels: labels::changed(issue, platform, severity),
        };
        if change == IssueEdit::default() {
            return Some(one.step(Fate::LeftAlone, "it says all of this already".to_owned(), Action::Nothing));
        }
        let fate = match change.state {
            Some(IssueState::Open) => Fate::Reopened,
            Some(IssueState::Closed) => Fate::Closed,
            None => Fate::Updated,
        };
        let is_read = issue.state == IssueState::Open || one.state == IssueState::Open;
        let remark = is_read.then(|| remark::remark(&events, &marker, self.night, self.comparison)).flatten();
        let locked = if issue.locked && remark.is_some() { "; it is locked, so that no comment says so" } else { "" };
        let why = format!("{}{locked}", events.why(was_dismissed));
        Some(one.step(fate, why, Action::Edit(change, remark.filter(|_| !issue.locked))))
    }
}

/// Whether an issue is one that we opened, and of which nothing is known any more.
fn is_orphan(issue: &Issue, authors: &[String]) -> bool {
    let is_ours = is_by(issue, authors) && issue.pull_request.is_none() && labels::has(issue, labels::LABEL);
    is_ours && issue.state == IssueState::Open && Marker::of(issue, authors).is_none()
}

/// The step of one whose hidden line was taken out; `None` where its labels do not tell its platform either.
fn left_alone(issue: &Issue) -> Option<Step> {
    let platform = issue.labels.iter().find_map(|label| labels::platform(&label.name))?;
    let why = "its hidden line was taken out, so that nobody can tell how it goes; close it when it is settled";
    let (number, title) = (Some(issue.number), issue.title.clone());
    Some(Step { platform, number, title, fate: Fate::LeftAlone, why: why.to_owned(), action: Action::Nothing })
}

/// Whether something of it has come nearer to its end, or begun anew.
fn forgets(before: &Marker, after: &Marker) -> bool {
    before.closed != after.closed || !before.standings().eq(after.standings())
}

/// What the night of a comparison says to an issue.
fn heard<'h>(comparison: &'h Comparison, rows: &'h BTreeMap<Key, &'h Row>) -> Heard<'h> {
    Heard { rows, now: session(comparison), class: comparison.candidate.class.as_deref() }
}

fn are(rows: usize) -> String {
    format!("{} {}", plural(rows, "row"), if rows == 1 { "is" } else { "are" })
}
