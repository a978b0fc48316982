//! The comment on a pull request: its comparisons one below the other, under a line by which it is found again.

use schema::comparison::Comparison;

use super::{
    Format,
    body::{BODY_CHARS, cut, length},
    print,
};

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
    for (index, comparison) in comparisons.iter().enumerate() {
        let section = format!("\n---\n\n{}", print(comparison, Format::Markdown, false));
        let left = BODY_CHARS.saturating_sub(length(&text));
        let share = left / (comparisons.len() - index);
        text.push_str(&cut(&section, share, "The comparison itself has them all.").0);
    }
    text
}
