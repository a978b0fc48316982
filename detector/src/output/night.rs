//! What a night came to: the platforms, those that failed first; what became of the issues; and how far an alarm is to
//! be believed.

use std::{collections::BTreeMap, fmt::Write};

use platforms::PlatformKey;
use schema::comparison::Comparison;

use super::{
    escape::{markdown_code, markdown_sentence, visible},
    rates, rates_markdown,
    watch::rate,
    words::{consequence, headline, together},
};
use crate::{
    comparison::plural,
    tracker::Step,
    watch::{Rate, Rates},
};

/// The most series that are named where the baselines no longer describe what is seen.
const NAMES_MOST: usize = 5;

/// What there is to tell of a night.
#[derive(Clone, Copy, Debug)]
pub struct Summary<'a> {
    /// One a platform.
    pub comparisons: &'a [Comparison],
    /// Why there is no comparison of others, a sentence each: theirs cannot be read.
    pub unread: &'a [String],
    /// The platforms that should have one, and do not.
    pub failed: &'a [PlatformKey],
    /// What became of the issues; `None` where GitHub did not tell which there are.
    pub done: Option<&'a [Done]>,
    /// The alarms that were right, in all of which people have said so or otherwise.
    pub precision: Rate,
    /// How often the tool is wrong where the truth is known.
    pub rates: &'a BTreeMap<PlatformKey, Rates>,
    /// The series that their baselines no longer describe.
    pub outgrown: &'a [String],
    /// What else a reader must know.
    pub notes: &'a [String],
    /// Where the issues are, for links: `https://github.com/OWNER/NAME/issues`.
    pub issues_url: &'a str,
}

/// A step, and whether GitHub took it.
#[derive(Clone, Debug)]
pub struct Done {
    /// The step.
    pub step: Step,
    /// The issue's number, also where it is new; `None` of one that was not opened.
    pub number: Option<u64>,
    /// Why GitHub did not take all of it.
    pub trouble: Option<String>,
}

/// For a terminal or a log.
#[must_use]
pub fn human(summary: &Summary<'_>) -> String {
    let mut text = String::new();
    for problem in summary.unread {
        let _ = writeln!(text, "FAILED: {}; {UNTOLD}", visible(problem));
    }
    for platform in summary.failed {
        let _ = writeln!(text, "{platform}: FAILED, {MISSING}");
    }
    for comparison in summary.comparisons {
        let (headline, consequence) = (headline(comparison), consequence(comparison));
        let _ = writeln!(text, "{}: {headline} ({consequence})", comparison.platform);
        for said in together(comparison) {
            let _ = writeln!(text, "  {said}");
        }
    }
    text.push_str("\nissues:\n");
    for done in summary.done.unwrap_or_default() {
        let number = done.number.map_or_else(|| "new".to_owned(), |number| format!("#{number}"));
        let (fate, title, why) = (done.step.fate.name(), visible(&done.step.title), visible(&done.step.why));
        let _ = writeln!(text, "  {number} {fate}: {title} ({why})");
        if let Some(trouble) = &done.trouble {
            let _ = writeln!(text, "    NOT DELIVERED: {}", visible(trouble));
        }
    }
    let _ = writeln!(text, "  {}", issues_in_short(summary));
    let _ = writeln!(text, "\nprecision of the alarms: {}", precision(summary));
    if !summary.rates.is_empty() {
        let _ = write!(text, "\n{}", rates(summary.rates));
    }
    if let Some(outgrown) = outgrown(summary, visible) {
        let _ = writeln!(text, "\n{outgrown}. {OFFER}");
    }
    for (index, note) in summary.notes.iter().enumerate() {
        let gap = if index == 0 { "\n" } else { "" };
        let _ = writeln!(text, "{gap}note: {}", visible(note));
    }
    text
}

/// For the summary of a job on GitHub.
#[must_use]
pub fn markdown(summary: &Summary<'_>) -> String {
    let mut text = String::from("## The night\n\n| platform | what was found | what follows |\n|---|---|---|\n");
    for problem in summary.unread {
        let _ = writeln!(text, "| **FAILED** | {} | **{UNTOLD}** |", markdown_sentence(problem));
    }
    for platform in summary.failed {
        let _ = writeln!(text, "| `{platform}` | **FAILED** | **{MISSING}** |");
    }
    for comparison in summary.comparisons {
        let found = [headline(comparison)].into_iter().chain(together(comparison));
        let found: Vec<String> = found.map(|said| markdown_sentence(&said)).collect();
        let follows = markdown_sentence(&consequence(comparison));
        let _ = writeln!(text, "| `{}` | {} | {follows} |", comparison.platform, found.join("<br>"));
    }
    text.push_str("\n### Issues\n\n");
    let done = summary.done.unwrap_or_default();
    if !done.is_empty() {
        text.push_str("| issue | what | why | title |\n|---|---|---|---|\n");
    }
    for Done { step, number, trouble } in done {
        let link = |number: &u64| format!("[{number}]({}/{number})", summary.issues_url);
        let number = number.as_ref().map_or_else(|| "new".to_owned(), link);
        let mut why = markdown_sentence(&step.why);
        if let Some(trouble) = trouble {
            let _ = write!(why, "<br>**not delivered:** {}", markdown_sentence(trouble));
        }
        let _ = writeln!(text, "| {number} | {} | {why} | {} |", step.fate.name(), markdown_code(&step.title));
    }
    let _ = writeln!(text, "\n{}", issues_in_short(summary));
    let _ =
        writeln!(text, "\n### How far an alarm is to be believed\n\nPrecision of the alarms: {}.", precision(summary));
    if !summary.rates.is_empty() {
        let _ = write!(text, "\n{}", rates_markdown(summary.rates));
    }
    if let Some(outgrown) = outgrown(summary, markdown_code) {
        let _ = writeln!(text, "\n### Baselines\n\n{outgrown}. {OFFER}");
    }
    if !summary.notes.is_empty() {
        text.push('\n');
    }
    for note in summary.notes {
        let _ = writeln!(text, "- {}", markdown_sentence(note));
    }
    text
}

const UNTOLD: &str = "what its platform found is not known; its issues are left as they are";

const MISSING: &str = "it has no comparison: its job failed, or did not run; its issues are left as they are";

fn issues_in_short(summary: &Summary<'_>) -> String {
    let Some(done) = summary.done else {
        return "Which issues there are could not be read, so that none was touched.".to_owned();
    };
    let mut counts = BTreeMap::new();
    for one in done {
        *counts.entry(one.step.fate).or_insert(0_u32) += 1;
    }
    if counts.is_empty() {
        return "No issue is open, and none was opened.".to_owned();
    }
    let counts: Vec<String> = counts.into_iter().map(|(fate, count)| format!("{count} {}", fate.name())).collect();
    counts.join(", ")
}

fn precision(summary: &Summary<'_>) -> String {
    if summary.precision.all == 0 {
        return "nobody has judged one yet".to_owned();
    }
    format!("right in {} that people have closed or called false", rate(summary.precision))
}

/// The series that have left their baselines, as `set` writes a name; `None` where there are none.
fn outgrown(summary: &Summary<'_>, set: fn(&str) -> String) -> Option<String> {
    let names = summary.outgrown;
    if names.is_empty() {
        return None;
    }
    let mut shown: Vec<String> = names.iter().take(NAMES_MOST).map(|name| set(name)).collect();
    if names.len() > NAMES_MOST {
        shown.push(format!("and {} more", names.len() - NAMES_MOST));
    }
    Some(format!("The baselines no longer describe {} series: {}", names.len(), shown.join(", ")))
}

/// What to do about them.
const OFFER: &str = "Run the workflow refresh, which measures them anew and proposes them, or find what changed.";

/// The night in a line, for the log.
#[must_use]
pub fn in_short(summary: &Summary<'_>) -> String {
    let unread = match summary.unread.len() {
        0 => String::new(),
        count => format!(", {} that cannot be read", plural(count, "comparison")),
    };
    format!("{}{unread}: {}", plural(summary.comparisons.len(), "platform"), issues_in_short(summary))
}
