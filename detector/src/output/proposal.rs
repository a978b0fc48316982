//! The pull request that proposes new baselines: per platform and machine class, what moves and why.

use std::fmt::Write;

use schema::{comparison::Metric, context::Git};

use super::{
    body::fill,
    escape::{markdown_code, markdown_sentence},
    quantity,
};
use crate::proposal::{Move, Proposal, Section, State};

/// The first line of the pull request's text, which readers do not see.
const MARKER: &str = "<!-- tidegauge proposal v1 -->";

/// The most characters of a reason.
const REASON_CHARS: usize = 1000;

/// The most cases that are named where they come or go.
const NAMES_MOST: usize = 20;

/// The most platforms that a title names; GitHub takes 256 characters.
const TITLE_PLATFORMS_MOST: usize = 5;

/// The title: which platforms it is about.
#[must_use]
pub fn proposal_title(proposal: &Proposal) -> String {
    let mut platforms: Vec<String> = proposal.sections.iter().map(|section| section.platform.to_string()).collect();
    platforms.dedup();
    match platforms.len() {
        0 => "Change what counts as a regression".to_owned(),
        count if count > TITLE_PLATFORMS_MOST => format!("Refresh the baselines of {count} platforms"),
        _ => format!("Refresh the baselines of {}", platforms.join(", ")),
    }
}

/// The text, each section with a fair share of what GitHub takes. `commits` is the address below which commits are seen.
#[must_use]
pub fn proposal(proposal: &Proposal, reason: &str, commits: &str) -> String {
    let reason: String = reason.trim().trim_end_matches('.').chars().take(REASON_CHARS).collect();
    let mut text = format!(
        "{MARKER}\nNew values for `platforms/baselines.json`: {}. Nothing of it counts before a person has merged it; what moves \
         for the worse here alarms nobody afterwards.\n",
        markdown_sentence(&reason)
    );
    for said in &proposal.policy {
        let _ = write!(text, "\n**Besides values, {}.**\n", markdown_sentence(said));
    }
    let sections: Vec<String> = proposal.sections.iter().map(|section| of_section(section, commits)).collect();
    fill(&mut text, &sections, "The file itself has them all.");
    text
}

fn of_section(section: &Section, commits: &str) -> String {
    let mut text = format!("\n### {}, {}\n\n", section.platform, markdown_code(&section.class));
    match (&section.current, &section.proposed) {
        (None, Some(state)) => {
            let _ = writeln!(text, "The first baseline here: {}.", told(state, commits));
        }
        (Some(state), None) => {
            let _ = writeln!(text, "**No longer expected here: {} would go.**", told(state, commits));
        }
        (Some(current), Some(proposed)) => {
            let _ = writeln!(text, "{}; until now {}.", told(proposed, commits), told(current, commits));
        }
        (None, None) => {}
    }
    for difference in &section.differences {
        let _ = writeln!(text, "\n{}.", markdown_sentence(difference));
    }
    if section.compared > 0 {
        let is = if section.moves.len() == 1 { "moves" } else { "move" };
        let (count, all) = (section.moves.len(), section.compared);
        let _ = writeln!(text, "\n{count} of {all} values {is} by more than what warns.");
    }
    if !section.moves.is_empty() {
        text.push_str("\n| case | metric | until now | proposed | change | |\n|---|---|--:|--:|--:|---|\n");
        for row in &section.moves {
            write_row(&mut text, row);
        }
    }
    // Of a first baseline all cases are new.
    if section.current.is_some() && section.proposed.is_some() {
        for (what, cases) in [("come", &section.new), ("go", &section.gone)] {
            if !cases.is_empty() {
                let _ = writeln!(text, "\nCases that {what}: {}.", named(cases));
            }
        }
    }
    text
}

fn write_row(text: &mut String, row: &Move) {
    let symbol = if row.metric == Metric::Accuracy { "pt" } else { "%" };
    let digits = if row.metric == Metric::Accuracy { 2 } else { 1 };
    let _ = writeln!(
        text,
        "| {} | {} | {} | {} | {} {symbol} | {} |",
        markdown_code(&row.case),
        row.metric.name(),
        quantity::value(Some(row.current), Some(row.unit)),
        quantity::value(Some(row.proposed), Some(row.unit)),
        quantity::signed(row.change_percent, digits),
        if row.is_worse { "**worse**" } else { "better" },
    );
}

/// `5 sessions of 230 cases, the last at abc`.
fn told(state: &State, commits: &str) -> String {
    let number = |count: usize, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    let commit = state.git.as_ref().map_or_else(String::new, |git| format!(", the last at {}", linked(git, commits)));
    format!("{} of {}{commit}", number(state.sessions, "session"), number(state.cases, "case"))
}

/// A commit, as a link where it is one that can be looked up.
fn linked(git: &Git, commits: &str) -> String {
    let short: String = git.commit.chars().take(12).collect();
    let is_hash = git.commit.len() >= 40 && git.commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    let dirty = if git.dirty { " with uncommitted changes" } else { "" };
    if is_hash {
        format!("[`{short}`]({commits}/{}){dirty}", git.commit)
    } else {
        format!("{}{dirty}", markdown_code(&short))
    }
}

fn named(cases: &[String]) -> String {
    let mut named: Vec<String> = cases.iter().take(NAMES_MOST).map(|case| markdown_code(case)).collect();
    if cases.len() > NAMES_MOST {
        named.push(format!("and {} more", cases.len() - NAMES_MOST));
    }
    named.join(", ")
}
