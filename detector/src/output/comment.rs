//! The comment on a pull request: its comparisons one below the other, under a line by which it is found again.

use schema::comparison::Comparison;

use super::{Format, body::fill, print};

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
    let sections: Vec<String> = comparisons
        .iter()
        .map(|comparison| format!("\n---\n\n{}", print(comparison, Format::Markdown, false)))
        .collect();
    fill(&mut text, &sections, "The comparison itself has them all.");
    text
}
