//! The comment on a pull request: its comparisons one below the other, under a line by which it is found again.

use std::{collections::BTreeSet, fmt::Write};

use schema::comparison::{Comparison, Side, Verdict};

use super::{Format, body::fill, print};
use crate::tracker::reproduce;

/// The first line of the comment, which readers do not see.
pub const COMMENT_MARKER: &str = "<!-- tidegauge pull-request v1 -->";

const HEAD: &str = "\
## Tidegauge: this pull request beside its base

These figures were measured by the pull request's own code, on a machine that it controlled meanwhile. They help to review \
it, and prove nothing about code that nobody has read.
";

/// The comment of these comparisons, each with a fair share of what GitHub takes.
#[must_use]
pub fn comment(comparisons: &[Comparison]) -> String {
    let mut text = format!("{COMMENT_MARKER}\n{HEAD}");
    let sections: Vec<String> = comparisons.iter().map(section).collect();
    fill(&mut text, &sections, "The comparison itself has them all.");
    text
}

/// The comment where nothing could be measured of a commit: figures of another would be taken for its own.
#[must_use]
pub fn comment_of_nothing(commit: Option<&str>) -> String {
    let of = commit.filter(|text| is_commit(text)).map(|commit| format!(" of `{}`", short(commit))).unwrap_or_default();
    format!(
        "{COMMENT_MARKER}\n## Tidegauge: this pull request beside its base\n\n\
         Nothing could be measured{of}; the jobs of the workflow `pull-request` say why.\n"
    )
}

/// A platform's: which programs stand beside each other, how to see it again, and what was found.
fn section(comparison: &Comparison) -> String {
    let mut text = format!("\n---\n\n## {}\n\n", comparison.platform);
    let commits = (commit(&comparison.baseline), commit(&comparison.candidate));
    if let (Some(base), Some(head)) = commits {
        let _ = writeln!(text, "`{}` beside its base `{}`.\n", short(head), short(base));
    }
    let slower: BTreeSet<&str> = comparison
        .rows
        .iter()
        .filter(|row| matches!(row.verdict, Verdict::Critical | Verdict::Warning))
        .map(|row| row.case.as_str())
        .collect();
    let slower: Vec<&str> = slower.into_iter().collect();
    if let (Some(base), false) = (commits.0, slower.is_empty()) {
        let (command, named) = reproduce::command(base, &slower);
        let rest =
            if named < slower.len() { format!(", for {named} of the {} cases", slower.len()) } else { String::new() };
        let _ = writeln!(
            text,
            "<details><summary>To see it yourself</summary>\n\nIn a checkout of the pull request{rest}:\n\n```sh\n{command}\n```\n\n\
             </details>\n"
        );
    }
    text + &print(comparison, Format::Markdown, false)
}

/// The commit of a side, where it is one: what stands in the file may be anybody's.
fn commit(side: &Side) -> Option<&str> {
    let commit = side.git.as_ref()?.commit.as_str();
    is_commit(commit).then_some(commit)
}

fn is_commit(text: &str) -> bool {
    (7..=64).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_hexdigit())
}

fn short(commit: &str) -> &str {
    &commit[..commit.len().min(12)]
}
