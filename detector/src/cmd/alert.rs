//! `detector alert`: one issue a platform and regression, opened, kept up to date and closed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use detector::{
    github::{Client, Comment, GithubError, Issue, IssueEdit, Repository},
    history::{self, BaselineLevels, Expected, reports},
    output::{
        self,
        night::{Done, Summary},
        visible,
    },
    tracker::{
        self, Action, LABEL, Night, Place, Plan, Remark, Step,
        owners::Owners,
        past::{Past, PastSession, wanted},
    },
    watch::{Rate, Rates},
};
use jiff::Timestamp;
use platforms::PlatformKey;
use schema::{
    SCHEMA_VERSION, alarms::Alarms, baselines::Baselines, comparison::Comparison, exit::Exit, file, report::Report,
    watch::Watch,
};
use serde::Serialize;
use statistics::change_points::Method;

use super::{
    delivery,
    folder::{self, Visitor},
    network::{self, NetworkArguments},
};

/// The most sessions of a platform whose series are looked at: half a year of nights. Of years, hundreds of cases would
/// fill the memory; since when a row is worse is found in all comparisons, however old.
const SESSIONS_MOST: usize = 180;

/// The file of what GitHub did not take.
const UNDELIVERED: &str = "undelivered.json";

/// Tells people what a night found: one issue a platform and regression, opened only on what both programs side by side
/// confirmed, kept up to date every night while it lasts, and closed with a word when it has recovered.
///
/// Regressions that began in the same commit range are one issue. What an issue is of stands in a hidden line of its
/// text, by which it is found again: a second run of the same night changes nothing. An issue that a person closes
/// stays closed until it has recovered once.
///
/// The token needs `issues: write`.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The comparisons of the night, one a platform, as `detector compare --format json` writes them
    #[arg(long, value_name = "FILE", num_args = 1.., required_unless_present = "expect")]
    comparison: Vec<PathBuf>,
    /// The platforms that should have one: of each that has none it is said that it failed, and the exit code is 4
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    expect: Vec<PlatformKey>,
    /// A history folder, as `detector record` writes it: since when it is worse, between which commits, and how it went
    #[arg(long, value_name = "DIR")]
    history: Option<PathBuf>,
    /// What is expected: says, with --history, where it no longer describes what is seen
    #[arg(long, value_name = "FILE", requires = "history")]
    baselines: Option<PathBuf>,
    /// Write to this file how right the alarms were, as people have judged them: for `record --alarms`
    #[arg(long, value_name = "FILE")]
    alarms: Option<PathBuf>,
    /// Who owns which files, in GitHub's format of CODEOWNERS: whom a new issue is assigned to
    #[arg(long, value_name = "FILE")]
    owners: Option<PathBuf>,
    /// The accounts whose tokens alarm: their issues with the hidden line are ours, as are those of people who belong to the
    /// repository. An app other than that of Actions is named `APP[bot]`
    #[arg(long, value_name = "LOGIN", value_delimiter = ',', default_value = "github-actions[bot]")]
    author: Vec<String>,
    /// The workflow run that asks, for a link
    #[arg(long, value_name = "URL", value_parser = run_url)]
    run_url: Option<String>,
    /// The folder that keeps what GitHub did not take
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// How to print what was done and how things stand
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Write it to a file in place of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    network: NetworkArguments,
}

/// Not in the doc comment: clap would flow it together.
const AFTER_HELP: &str = "\
Exit codes, the first that applies: 2 wrong usage or unreadable input, of which the summary
says so, after the rest was told; 4 an expected platform has no comparison; 5 GitHub did not take something, which is kept in --out as undelivered.json
(run it again with the same files); 0 otherwise, whatever the comparisons found.

Example:
  detector alert --comparison */comparison.json --repo tide/gauge --history history --dry-run";

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Lines for a terminal or a log
    Human,
    /// Tables for the summary of a job on GitHub
    Markdown,
}

/// Plans, delivers, and tells with what to exit.
///
/// # Errors
///
/// When the settings make no sense, or an output cannot be written. An input that cannot be read is told, and the exit code
/// after all was delivered is 2; what GitHub does not take ends in exit code 5.
pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    let inputs = arguments.comparison.iter().chain(&arguments.baselines).chain(&arguments.owners);
    delivery::check_is_another(arguments.output.as_deref(), inputs.map(PathBuf::as_path))?;
    let (comparisons, unread) = comparisons(arguments);
    let mut unusable = Vec::new();
    let owners = owners(arguments, &mut unusable);
    let mut history = History::of(arguments, &comparisons, &mut unusable);
    history.notes.splice(0..0, owners.notes);
    history.notes.splice(0..0, unusable.iter().cloned());
    let (server_url, repository) = (network::server_url(), arguments.network.repository().to_string());
    let issues_url = format!("{server_url}/{repository}/issues");
    let place = Place { server_url, repository, run_url: arguments.run_url.clone() };
    let night = Night {
        comparisons: &comparisons,
        past: &history.past,
        owners: &owners.table,
        place: &place,
        authors: &arguments.author,
    };

    let client = arguments.network.client()?;
    let mut undelivered = Undelivered::new(arguments)?;
    let (done, precision) = match issues(&client, &arguments.author) {
        Ok(issues) => {
            let plan = tracker::plan(&night, &issues);
            let (precision, alarms) = (plan.precision(), alarms(&plan));
            let done: Vec<Done> = plan.steps.into_iter().map(|step| deliver(&client, step, &mut undelivered)).collect();
            if let Some(path) = &arguments.alarms {
                file::write(path, &alarms)?;
            }
            (Some(done), precision)
        }
        Err(error @ GithubError::Settings(_)) => return Err(error.into()),
        Err(error) => {
            // What to edit is not known; what would be opened, had it no issue yet, is the most that can be kept.
            tracing::error!("{}", visible(&error.to_string()));
            let findings = tracker::plan(&night, &[]);
            for step in &findings.steps {
                undelivered.keep(step, Rest::All, &error);
            }
            undelivered.keep_unread(&error);
            (None, Rate::default())
        }
    };
    undelivered.settle()?;

    let failed = failed(arguments, &comparisons);
    let summary = Summary {
        comparisons: &comparisons,
        unread: &unread,
        failed: &failed,
        done: done.as_deref(),
        precision,
        rates: &history.rates,
        outgrown: &history.outgrown,
        notes: &history.notes,
        issues_url: &issues_url,
    };
    let text = match arguments.format {
        Format::Human => output::night::human(&summary),
        Format::Markdown => output::night::markdown(&summary),
    };
    if arguments.network.is_dry_run() {
        delivery::deliver(&network::rehearsed(&client), None)?;
    }
    delivery::deliver(&text, arguments.output.as_deref())?;
    tracing::info!("{}", output::night::in_short(&summary));
    Ok(match () {
        () if !unread.is_empty() || !unusable.is_empty() => Exit::Usage,
        () if !failed.is_empty() => Exit::CannotTell,
        () if undelivered.is_any() => Exit::NotDelivered,
        () => Exit::Nothing,
    })
}

/// The comparisons, in the order of their platforms; and why others are none, a sentence each: what is wrong with one
/// platform's file silences no other platform. Of two of one platform nobody can tell which is the night's.
fn comparisons(arguments: &Arguments) -> (Vec<Comparison>, Vec<String>) {
    let mut read: BTreeMap<PlatformKey, Vec<(&PathBuf, Comparison)>> = BTreeMap::new();
    let mut unread = Vec::new();
    for path in &arguments.comparison {
        match file::read::<Comparison>(path) {
            Ok(comparison) => read.entry(comparison.platform).or_default().push((path, comparison)),
            Err(error) => unread.push(error.to_string()),
        }
    }
    let mut comparisons = Vec::new();
    for (platform, mut of_platform) in read {
        if of_platform.len() > 1 {
            let paths: Vec<String> = of_platform.iter().map(|(path, _)| path.display().to_string()).collect();
            unread.push(format!("{} are both of {platform}; name one comparison a platform", paths.join(" and ")));
        } else {
            comparisons.extend(of_platform.pop().map(|(_, comparison)| comparison));
        }
    }
    for problem in &unread {
        tracing::error!("{}", visible(problem));
    }
    (comparisons, unread)
}

/// How right the alarms were, as the issues tell.
fn alarms(plan: &Plan) -> Alarms {
    let Plan { unread, false_alarms, .. } = *plan;
    let created = Timestamp::now();
    Alarms { schema_version: SCHEMA_VERSION, created, right: plan.precision().of, unread, false_alarms }
}

/// The platforms that should have a comparison, and do not.
fn failed(arguments: &Arguments, comparisons: &[Comparison]) -> Vec<PlatformKey> {
    let expected: BTreeSet<PlatformKey> = arguments.expect.iter().copied().collect();
    let has = |platform: &PlatformKey| comparisons.iter().any(|comparison| comparison.platform == *platform);
    expected.into_iter().filter(|platform| !has(platform)).collect()
}

/// Who owns which files; where that cannot be read, `unusable` has a sentence more, and nobody owns anything.
fn owners(arguments: &Arguments, unusable: &mut Vec<String>) -> Table {
    let Some(path) = &arguments.owners else {
        return Table::default();
    };
    match fs::read_to_string(path) {
        Ok(text) => {
            let (table, problems) = Owners::parse(&text);
            let note = |problem| format!("left out of {}: {problem}", path.display());
            let notes: Vec<String> = problems.iter().map(note).collect();
            for note in &notes {
                tracing::warn!("{}", visible(note));
            }
            Table { table, notes }
        }
        Err(error) => {
            give_up(unusable, format!("reading {}: {error}; check the path and its permissions", path.display()));
            Table::default()
        }
    }
}

/// Notes that an input beside the comparisons is not to be used. An alarm is worth more than it; the exit code tells.
fn give_up(unusable: &mut Vec<String>, problem: String) {
    tracing::error!("{}", visible(&problem));
    unusable.push(problem);
}

/// The address of a page, which stands between parentheses of Markdown.
fn run_url(text: &str) -> Result<String, String> {
    let is_web = text.starts_with("https://") || text.starts_with("http://");
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":/.-_?=&%+".contains(&byte));
    if is_web && is_plain && text.len() <= 500 {
        Ok(text.to_owned())
    } else {
        Err("must be the address of a page, https://…, without spaces and signs that are not of one".to_owned())
    }
}

/// Who owns which files, and which lines of the file say nothing.
#[derive(Default)]
struct Table {
    table: Owners,
    notes: Vec<String>,
}

/// What a history folder says.
#[derive(Default)]
struct History {
    past: Past,
    rates: BTreeMap<PlatformKey, Rates>,
    outgrown: Vec<String>,
    notes: Vec<String>,
}

/// What stays of a history folder while it is read: of each report what makes series, of each comparison what it says
/// of the rows in question.
struct Kept {
    wanted: BTreeSet<(String, schema::comparison::Metric)>,
    reports: BTreeMap<PlatformKey, BTreeMap<Timestamp, Report>>,
    sessions: Vec<PastSession>,
    watches: Vec<Watch>,
}

impl Visitor for Kept {
    fn report(&mut self, report: Report) {
        let of_platform = self.reports.entry(report.platform).or_default();
        of_platform.insert(report.created, reports::slim(report));
        if of_platform.len() > SESSIONS_MOST {
            of_platform.pop_first();
        }
    }

    fn comparison(&mut self, comparison: Comparison) {
        self.sessions.push(PastSession::new(&comparison, &self.wanted));
    }

    fn watch(&mut self, watch: Watch) {
        self.watches.push(watch);
    }
}

impl History {
    /// Reads the folder and the baselines; of what cannot be read, `unusable` has a sentence more.
    fn of(arguments: &Arguments, comparisons: &[Comparison], unusable: &mut Vec<String>) -> Self {
        let Some(folder) = &arguments.history else {
            return Self::default();
        };
        let (reports, sessions, watches) = (BTreeMap::new(), Vec::new(), Vec::new());
        let mut kept = Kept { wanted: wanted(comparisons), reports, sessions, watches };
        // An alarm is worth more than a page of its history.
        let damaged = folder::visit(folder, &mut kept).unwrap_or_else(|error| {
            give_up(unusable, format!("{error:#}"));
            Vec::new()
        });
        let notes = damaged
            .into_iter()
            .map(|problem| format!("left out of the history: {problem}"))
            .inspect(|note| tracing::warn!("{}", visible(note)));
        let mut notes: Vec<String> = notes.collect();
        let baselines: Option<Baselines> = arguments
            .baselines
            .as_deref()
            .and_then(|path| file::read(path).map_err(|error| give_up(unusable, error.to_string())).ok());
        let now = Timestamp::now();
        let levels = baselines.as_ref().and_then(|baselines| {
            let path = arguments.baselines.as_deref().unwrap_or(folder);
            let levels = BaselineLevels::new(baselines, now);
            levels.map_err(|error| give_up(unusable, format!("{}: {error}", path.display()))).ok()
        });
        let expected: Box<dyn Expected> = match levels {
            Some(levels) => Box::new(levels),
            None => Box::new(()),
        };
        let reports: Vec<Report> = kept.reports.into_values().flat_map(BTreeMap::into_values).collect();
        let (timelines, said) = reports::timelines(reports);
        notes.extend(said);
        let request = history::Request {
            source: folder.display().to_string(),
            replay: false,
            method: Method::default(),
            notes: Vec::new(),
            now,
        };
        let changes = history::changes(&timelines, expected.as_ref(), &request);
        let is_outgrown = |series: &schema::changes::Series| {
            series.level.as_ref().is_some_and(|level| level.is_described == Some(false))
        };
        let outgrown = changes.series.iter().filter(|(_, series)| is_outgrown(series));
        Self {
            outgrown: outgrown.map(|(name, _)| name.clone()).collect(),
            past: Past::new(kept.sessions, timelines, Some(changes)),
            rates: Rates::of(&kept.watches),
            notes,
        }
    }
}

/// The issues that may be ours: those with the label; and, should it have been taken away, those of who alarms, and the
/// newest.
fn issues(client: &Client, authors: &[String]) -> Result<Vec<Issue>, GithubError> {
    let mut issues = client.issues_labelled(LABEL)?;
    for author in authors {
        match client.issues_by(author) {
            Ok(found) => issues.extend(found),
            Err(error) if error.is_away() => return Err(error),
            // It knows no such account, which has opened nothing then.
            Err(error) => tracing::warn!("{}", visible(&error.to_string())),
        }
    }
    issues.extend(client.issues_recent()?);
    Ok(issues)
}

/// Does what a step says, and tells what became of it.
fn deliver(client: &Client, step: Step, undelivered: &mut Undelivered<'_>) -> Done {
    let (number, trouble) = match send(client, &step) {
        // A rehearsal opens nothing, and has no number for it.
        Ok(number) => (number.filter(|number| *number > 0), None),
        Err(Trouble { rest, error }) => {
            tracing::error!("{}", visible(&error.to_string()));
            undelivered.keep(&step, rest, &error);
            let number = if let Rest::Labels(number) = rest { Some(number) } else { step.number };
            (number, Some(error.to_string()))
        }
    };
    Done { step, number, trouble }
}

/// What is left of a step when GitHub no longer takes it.
#[derive(Clone, Copy)]
enum Rest {
    All,
    /// The issue is there, without its labels.
    Labels(u64),
}

struct Trouble {
    rest: Rest,
    error: GithubError,
}

/// Sends a step; returns the number of its issue.
fn send(client: &Client, step: &Step) -> Result<Option<u64>, Trouble> {
    let all = |error| Trouble { rest: Rest::All, error };
    let of_labels = |error| match error {
        GithubError::LabelsDropped { number, .. } => Trouble { rest: Rest::Labels(number), error },
        _ => all(error),
    };
    match &step.action {
        Action::Nothing => Ok(step.number),
        Action::Open(draft, marker) => {
            ensure_labels(client, step.platform).map_err(all)?;
            let issue = client.open_issue(draft, marker).map_err(of_labels)?;
            Ok(Some(issue.number))
        }
        Action::Edit(edit, remark) => {
            let number = step.number.expect("an issue that is edited has a number");
            if edit.labels.is_some() {
                ensure_labels(client, step.platform).map_err(all)?;
            }
            // What was said is found again; what the text of the issue remembers is never said anew.
            remark.as_ref().map_or(Ok(()), |remark| say(client, number, remark)).map_err(all)?;
            client.edit_issue(number, edit).map_err(of_labels)?;
            Ok(Some(number))
        }
    }
}

fn ensure_labels(client: &Client, platform: PlatformKey) -> Result<(), GithubError> {
    let looks = tracker::looks([platform]);
    looks.iter().try_for_each(|look| client.ensure_label(&look.name, look.colour, look.description))
}

/// Says it, where an earlier run that came no further has not done so.
fn say(client: &Client, number: u64, remark: &Remark) -> Result<(), GithubError> {
    let is_it = |comment: &Comment| {
        let is_marked = comment.body.as_deref().is_some_and(|body| body.starts_with(&remark.marker));
        is_marked && comment.is_from_insider()
    };
    if client.comments(number)?.iter().any(is_it) {
        return Ok(());
    }
    match client.comment(number, &remark.body, &remark.marker) {
        // Its text says it all the same.
        Err(GithubError::Locked { .. }) => {
            tracing::info!("issue {number} was locked meanwhile; no comment says what changed");
            Ok(())
        }
        said => said.map(drop),
    }
}

/// What GitHub did not take: kept as the requests that it would have been.
struct Undelivered<'a> {
    arguments: &'a Arguments,
    /// Where the requests are made, and not sent.
    offline: Client,
    requests: Vec<Request>,
}

/// A request that was not taken.
#[derive(Serialize)]
struct Request {
    method: String,
    /// Below GitHub's API.
    path: String,
    body: Option<serde_json::Value>,
    /// Why not.
    error: String,
}

impl<'a> Undelivered<'a> {
    fn new(arguments: &'a Arguments) -> Result<Self> {
        Ok(Self { arguments, offline: arguments.network.offline()?, requests: Vec::new() })
    }

    /// Keeps what is left of a step.
    fn keep(&mut self, step: &Step, rest: Rest, error: &GithubError) {
        let before = self.offline.rehearsed().len();
        let kept = match (&step.action, rest) {
            (Action::Open(draft, _), Rest::Labels(number)) => self.keep_labels(number, Some(&draft.labels)),
            (Action::Edit(edit, _), Rest::Labels(number)) => self.keep_labels(number, edit.labels.as_ref()),
            _ => send(&self.offline, step).map(drop).map_err(|trouble| trouble.error),
        };
        if let Err(error) = kept {
            tracing::error!("{}", visible(&error.to_string()));
        }
        self.requests.extend(self.offline.rehearsed().into_iter().skip(before).map(|request| Request {
            method: request.method,
            path: request.path,
            body: request.body,
            error: error.to_string(),
        }));
    }

    fn keep_labels(&self, number: u64, labels: Option<&Vec<String>>) -> Result<(), GithubError> {
        let edit = IssueEdit { labels: labels.cloned(), ..IssueEdit::default() };
        self.offline.edit_issue(number, &edit).map(drop)
    }

    /// Keeps that nobody knows which issues there are.
    fn keep_unread(&mut self, error: &GithubError) {
        let Repository { owner, name } = self.arguments.network.repository();
        let path = format!("/repos/{owner}/{name}/issues?labels={LABEL}&state=all");
        self.requests.insert(0, Request { method: "GET".to_owned(), path, body: None, error: error.to_string() });
    }

    const fn is_any(&self) -> bool {
        !self.requests.is_empty()
    }

    /// Writes the file, or deletes that of an earlier run where there is nothing to keep.
    fn settle(&self) -> Result<()> {
        let path = self.arguments.out.join(UNDELIVERED);
        if self.is_any() {
            let out = &self.arguments.out;
            fs::create_dir_all(out).with_context(|| format!("making the folder {}", out.display()))?;
            let json =
                serde_json::to_string_pretty(&self.requests).context("writing what GitHub did not take as JSON")?;
            file::write_bytes(&path, format!("{json}\n").as_bytes())?;
            tracing::error!(
                "GitHub did not take {} requests, which {} keeps; run it again with the same files",
                self.requests.len(),
                path.display()
            );
        } else if !self.arguments.network.is_dry_run() && path.is_file() {
            fs::remove_file(&path)
                .with_context(|| format!("deleting {}, which an earlier run left", path.display()))?;
        }
        Ok(())
    }
}
