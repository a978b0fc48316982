//! Names and reasons that come from elsewhere, made harmless: a report may be anybody's.

use std::fmt::Write;

/// The text in one line, with everything written out that a reader would not see: control characters, and those that
/// have no width or turn the direction of writing.
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
    visible
}

/// Soft hyphen, zero widths, marks and overrides of direction, byte order mark, tags.
const fn is_unseen(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// A name or a figure for Markdown, set as code: nothing in it is a link, a mention, a tag or the end of a cell.
pub(super) fn markdown_code(text: &str) -> String {
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

/// A sentence for Markdown: as it is where it holds nothing but words and figures, as code otherwise. GitHub makes links of
/// addresses that are not marked as such.
pub(super) fn markdown_sentence(text: &str) -> String {
    let text = visible(text);
    let is_plain = |character: char| character.is_ascii_alphanumeric() || " .,:;()%+-=/'?\"–".contains(character);
    if text.chars().all(is_plain) && !text.contains("www.") && !text.contains("//") {
        text
    } else {
        markdown_code(&text)
    }
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

    proptest! {
        #[test]
        fn nothing_that_markdown_reads_survives(text in any::<String>()) {
            let code = markdown_code(&text);
            let inner = code
                .strip_prefix('`').and_then(|code| code.strip_suffix('`'))
                .or_else(|| code.strip_prefix("<code>").and_then(|code| code.strip_suffix("</code>")))
                .expect("it is set as code");
            prop_assert!(!inner.contains(['<', '>', '|', '`', '@', '*', '[', '\\', '\n']), "{}", code);
        }
    }
}
