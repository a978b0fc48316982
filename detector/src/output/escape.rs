//! Names and reasons that come from elsewhere, made harmless: a report may be anybody's.

use std::fmt::Write;

/// How a line of a log begins a command to GitHub's runner in the older of its two forms, wherever in the line it stands. The
/// newer one counts only at the beginning of a line, where none of ours has a name or a reason.
const RUNNER_COMMAND: &str = "##[";

/// The text in one line, with everything written out that a reader would not see: control characters, and those that
/// have no width or turn the direction of writing. Nothing in it is a command to the runner that prints it to a log.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\t' | '\r' => visible.push(' '),
            _ if character.is_control() || is_unseen(character) => {
                let _ = write!(visible, "{}", character.escape_unicode());
            }
            _ => visible.push(character),
        }
    }
    if visible.contains(RUNNER_COMMAND) { visible.replace(RUNNER_COMMAND, "#\\u{23}[") } else { visible }
}

/// What Unicode lets a reader ignore (soft hyphen, joiners, fillers, marks and overrides of direction, variation selectors,
/// byte order mark, tags), line and paragraph separators, interlinear marks, and what is no character at all, which XML
/// cannot hold.
const fn is_unseen(character: char) -> bool {
    let is_no_character = (character as u32) & 0xfffe == 0xfffe;
    is_no_character
        || matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fdd0}'..='\u{fdef}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// The message of a workflow command, which ends with its line.
pub(super) fn runner_message(text: &str) -> String {
    visible(text).replace('%', "%25")
}

/// A property of a workflow command, which also ends at a comma, and at a colon doubled.
pub(super) fn runner_property(text: &str) -> String {
    runner_message(text).replace(':', "%3A").replace(',', "%2C")
}

/// A name or a figure for Markdown, set as code: nothing in it is a link, a mention, a tag or the end of a cell.
pub(crate) fn markdown_code(text: &str) -> String {
    let text = visible(text);
    if !text.is_empty() && text.chars().all(is_plain_in_code) {
        return format!("`{text}`");
    }
    let mut code = String::from("<code>");
    for character in text.chars() {
        // Between tags Markdown still reads: underscores as emphasis, addresses as links.
        if is_plain_in_code(character) && !matches!(character, '_' | ':' | '.') {
            code.push(character);
        } else {
            // Numbered, since Markdown takes no such character for one of its own.
            let _ = write!(code, "&#{};", u32::from(character));
        }
    }
    code.push_str("</code>");
    code
}

const fn is_plain_in_code(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || matches!(
            character,
            ' ' | '_' | '-' | '.' | '/' | ',' | ':' | ';' | '(' | ')' | '+' | '%' | '=' | '?' | '\'' | '"'
        )
}

/// What GitHub makes a link of, or a mention of an issue, though it is not marked as such; in lower case.
const LINKED: [&str; 3] = ["//", "www.", "gh-"];

/// A sentence for Markdown: as it is where it holds nothing but words and figures, as code otherwise.
pub(crate) fn markdown_sentence(text: &str) -> String {
    let text = visible(text);
    let is_plain = |character: char| character.is_ascii_alphanumeric() || " .,:;()%+-=/'?\"–".contains(character);
    let lower = text.to_lowercase();
    if text.chars().all(is_plain) && !LINKED.iter().any(|linked| lower.contains(linked)) {
        text
    } else {
        markdown_code(&text)
    }
}

/// A name for a title, where nothing can be set as code: what is no word, figure or plain sign becomes `_`, and the signs too
/// where GitHub or a mail program would make a link of them.
pub(crate) fn plain(text: &str) -> String {
    let text = visible(text);
    let lower = text.to_lowercase();
    let is_linked = LINKED.iter().any(|linked| lower.contains(linked));
    let is_kept = |character: char| {
        character.is_ascii_alphanumeric() || " _".contains(character) || (!is_linked && "-+/.,%()=".contains(character))
    };
    text.chars().map(|character| if is_kept(character) { character } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn terminal_escapes_are_written_out() {
        assert_eq!(visible("a\u{1b}[31mb"), "a\\u{1b}[31mb");
    }

    #[test]
    fn a_turned_direction_of_writing_is_written_out() {
        assert_eq!(visible("a\u{202e}b"), "a\\u{202e}b");
    }

    #[test]
    fn what_is_no_character_is_written_out() {
        assert_eq!(visible("a\u{ffff}b"), "a\\u{ffff}b");
    }

    #[test]
    fn a_command_to_the_runner_is_broken_up() {
        assert_eq!(visible("a ###[add-mask]b"), "a ##\\u{23}[add-mask]b");
        assert_eq!(visible("##\u{34f}[add-mask]b"), "##\\u{34f}[add-mask]b");
    }

    #[test]
    fn percent_signs_of_a_message_stay_percent_signs() {
        assert_eq!(runner_message("30 %0A: a, b"), "30 %250A: a, b");
        assert_eq!(runner_property("30 %0A: a, b"), "30 %250A%3A a%2C b");
    }

    #[test]
    fn lines_become_one() {
        assert_eq!(visible("a\nb"), "a b");
    }

    #[test]
    fn an_ordinary_id_is_set_as_code() {
        assert_eq!(markdown_code("dot_f32/avx2/n10000"), "`dot_f32/avx2/n10000`");
    }

    #[test]
    fn tags_pipes_backticks_and_mentions_do_not_survive() {
        assert_eq!(markdown_code("<b>|`@me"), "<code>&#60;b&#62;&#124;&#96;&#64;me</code>");
    }

    #[test]
    fn a_sentence_of_words_and_figures_stays() {
        assert_eq!(markdown_sentence("30.0 % more time, and at least 24.9 %"), "30.0 % more time, and at least 24.9 %");
    }

    #[test]
    fn a_sentence_with_a_mention_is_set_as_code() {
        assert_eq!(markdown_sentence("ask @me"), "<code>ask &#64;me</code>");
    }

    #[test]
    fn a_sentence_that_would_refer_to_an_issue_is_set_as_code() {
        assert_eq!(markdown_sentence("see #12"), "<code>see &#35;12</code>");
        assert_eq!(markdown_sentence("see GH-12"), "`see GH-12`");
    }

    #[test]
    fn a_title_has_no_mention_no_link_and_no_mark_up() {
        assert_eq!(plain("dot_f32/avx2/n10000"), "dot_f32/avx2/n10000");
        assert_eq!(plain("@me #12 `a` <b>"), "_me _12 _a_ _b_");
        assert_eq!(plain("www.example.org gh-12"), "www_example_org gh_12");
    }

    proptest! {
        #[test]
        fn nothing_that_markdown_reads_survives(text in prop::collection::vec(any::<char>(), 0..40)) {
            let text = String::from_iter(text);
            let code = markdown_code(&text);
            let inner = code
                .strip_prefix('`').and_then(|code| code.strip_suffix('`'))
                .or_else(|| code.strip_prefix("<code>").and_then(|code| code.strip_suffix("</code>")))
                .expect("it is set as code");
            prop_assert!(!inner.contains(['<', '>', '|', '`', '@', '*', '[', '\\', '\n']), "{}", code);
        }
    }
}
