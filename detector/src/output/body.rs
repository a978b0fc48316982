//! Texts for GitHub that are too long for it: cut where a row ends, with a word about what was left out.

use std::fmt::Write;

/// The most characters of an issue's, a comment's or a pull request's text.
pub const BODY_CHARS: usize = 65_536;

/// What the word about left-out rows may take.
const WORD_CHARS: usize = 200;

/// A section of which less than this would be left is left out as a whole.
const SECTION_LEAST: usize = 500;

/// Puts the sections below what stands in `text`, each with a fair share of what GitHub takes. `remainder` says where the rest is.
pub(super) fn fill(text: &mut String, sections: &[String], remainder: &str) {
    for (index, section) in sections.iter().enumerate() {
        let left = BODY_CHARS.saturating_sub(length(text) + WORD_CHARS);
        let share = left / (sections.len() - index);
        if share < SECTION_LEAST && length(section) > share {
            let count = sections.len() - index;
            let _ =
                write!(text, "\n**{count} further sections are left out: there is no room for them. {remainder}**\n");
            return;
        }
        text.push_str(&cut(section, share, remainder).0);
    }
}

/// How long GitHub takes a text to be: characters beyond the first plane count twice, to be on the safe side.
fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// A section of Markdown as this program prints it, in at most `most` characters: whole lines from its beginning, and those of
/// the list at its end, which says what was compared. What stood open is closed. `remainder` says where the rest is. With how many rows of
/// tables were left out.
fn cut(section: &str, most: usize, remainder: &str) -> (String, usize) {
    if length(section) <= most {
        return (section.to_owned(), 0);
    }
    let lines: Vec<&str> = section.split_inclusive('\n').collect();
    let list_lines = lines.iter().rev().take_while(|line| line.starts_with("- ")).count();
    let (rest, list) = lines.split_at(lines.len() - list_lines);
    let list_chars: usize = list.iter().map(|line| length(line)).sum();
    // A list that would take most of it is cut like the rest.
    let (rest, list) = if list_chars * 4 <= most { (rest, list) } else { (lines.as_slice(), [].as_slice()) };
    let list_chars: usize = list.iter().map(|line| length(line)).sum();

    let mut left = most.saturating_sub(list_chars + WORD_CHARS);
    let mut text = String::new();
    let mut open = 0_usize;
    let mut rows = 0;
    let mut is_full = false;
    for (index, line) in rest.iter().enumerate() {
        let closing = CLOSING.len() * (open + 1);
        is_full = is_full || length(line) + closing > left;
        if is_full {
            rows += usize::from(is_row(line, rest.get(index + 1)));
            continue;
        }
        left -= length(line);
        text.push_str(line);
        open += line.matches("<details").count();
        open = open.saturating_sub(line.matches("</details>").count());
    }
    text.push_str(&CLOSING.repeat(open));
    let what = if rows == 1 { "1 row is".to_owned() } else { format!("{rows} rows are") };
    let _ = write!(text, "\n**{what} left out here: GitHub takes no more than 65,536 characters. {remainder}**\n\n");
    text.extend(list.iter().copied());
    (text, rows)
}

const CLOSING: &str = "\n</details>\n";

/// A row of a table, that is neither its head nor the line below it.
fn is_row(line: &str, next: Option<&&str>) -> bool {
    line.starts_with("| ") && !next.is_some_and(|next| next.starts_with("|---"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(rows: usize) -> String {
        let mut text = "### head\n\n<details><summary>stable</summary>\n\n| verdict | case |\n|---|---|\n".to_owned();
        for row in 0..rows {
            let _ = writeln!(text, "| stable | `case{row}` |");
        }
        text + "\n</details>\n\n- baseline: b\n- candidate: c\n"
    }

    #[test]
    fn what_fits_stays() {
        assert_eq!(cut(&section(3), 1000, ""), (section(3), 0));
    }

    #[test]
    fn what_does_not_fit_is_cut_at_a_row_and_says_how_many_are_left_out() {
        let (text, rows) = cut(&section(100), 1000, "");
        let kept = text.lines().filter(|line| line.starts_with("| stable | `case")).count();
        assert!(kept > 10, "{text}");
        assert_eq!((kept + rows, length(&text) <= 1000), (100, true));
        assert!(text.contains(&format!("**{rows} rows are left out")), "{text}");
        assert!(text.lines().all(|line| !line.starts_with('|') || line.ends_with('|')), "{text}");
    }

    #[test]
    fn what_stood_open_is_closed_and_the_list_at_the_end_stays() {
        let (text, _) = cut(&section(100), 1000, "");
        assert_eq!(text.matches("<details").count(), text.matches("</details>").count());
        assert!(text.ends_with("- baseline: b\n- candidate: c\n"), "{text}");
    }

    #[test]
    fn a_line_that_alone_is_too_long_is_left_out() {
        let (text, rows) = cut(&format!("### head\n| stable | {} |\n- b\n", "x".repeat(2000)), 1000, "");
        assert_eq!((rows, length(&text) <= 1000), (1, true));
        assert!(text.starts_with("### head\n") && text.contains("1 row is left out"), "{text}");
    }

    #[test]
    fn sections_share_what_github_takes() {
        for count in [1, 2, 7, 500] {
            let mut text = "head\n".to_owned();
            fill(&mut text, &vec![section(5000); count], "The file has them all.");
            assert!(
                (BODY_CHARS / 2..=BODY_CHARS).contains(&length(&text)) || count == 500,
                "{count}: {}",
                length(&text)
            );
            assert!(length(&text) <= BODY_CHARS, "{count}: {}", length(&text));
            assert_eq!(text.contains("further sections are left out"), count == 500);
        }
    }

    #[test]
    fn a_character_of_a_further_plane_counts_twice() {
        assert_eq!(length("a\u{1f30a}"), 3);
    }
}
