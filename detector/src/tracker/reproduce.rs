//! The command that shows a regression again on somebody's own machine.

use std::fmt::Write;

/// The longest list of cases, in bytes: more are no longer looked at one by one.
const FILTER_BYTES: usize = 4000;

/// Both programs side by side again, for these cases: `cargo run --release -- pair --base-ref … --filter '…'`; and for
/// how many of them. The commit is made of hexadecimal digits. Of all profiles, since not every case is one of the
/// quick ones.
///
/// A filter may be anything, and stands between single quotes in a shell and in a block of Markdown: whatever is no
/// letter, digit or plain sign is written by its number, so that neither has anything to read in it.
pub(crate) fn command(commit: &str, cases: &[&str]) -> (String, usize) {
    let mut patterns: Vec<String> = Vec::new();
    let mut bytes = 0;
    for case in cases {
        let pattern = pattern(case);
        bytes += pattern.len() + 1;
        if bytes > FILTER_BYTES && !patterns.is_empty() {
            break;
        }
        patterns.push(pattern);
    }
    let filter = match patterns.as_slice() {
        [one] => format!("^{one}$"),
        several => format!("^({})$", several.join("|")),
    };
    let command =
        format!("cargo run --release -- pair --profile all --base-ref {commit} --filter '{filter}' --out out/pair");
    (command, patterns.len())
}

/// A regular expression that matches nothing but `case`.
fn pattern(case: &str) -> String {
    let mut pattern = String::with_capacity(case.len());
    for character in case.chars() {
        match character {
            '_' | '-' | '/' => pattern.push(character),
            _ if character.is_ascii_alphanumeric() => pattern.push(character),
            '.' => pattern.push_str("\\."),
            _ => {
                let _ = write!(pattern, "\\x{{{:x}}}", u32::from(character));
            }
        }
    }
    pattern
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::*;

    #[test]
    fn an_ordinary_case_stands_as_it_is() {
        let expected = "cargo run --release -- pair --profile all --base-ref c0ffee --filter '^dot_f32/avx2/n10000$' \
                        --out out/pair";
        assert_eq!(command("c0ffee", &["dot_f32/avx2/n10000"]), (expected.to_owned(), 1));
    }

    #[test]
    fn several_cases_are_alternatives() {
        assert!(command("c0ffee", &["a/x", "b/x"]).0.contains("--filter '^(a/x|b/x)$'"));
    }

    proptest! {
        #[test]
        fn whatever_a_case_is_called_the_filter_is_plain_and_matches_it_alone(
            case in r"('; rm -rf /; '|`x`|\$\(x\)|\*|\n|[\pL\pS\pP ]){1,12}"
        ) {
            let filter = pattern(&case);
            let is_plain = |sign: char| sign.is_ascii_alphanumeric() || "_-/\\.{}".contains(sign);
            prop_assert!(filter.chars().all(is_plain), "{}", filter);
            let filter = Regex::new(&format!("^{filter}$")).expect("a regular expression");
            let longer = format!("{case}x");
            prop_assert!(filter.is_match(&case) && !filter.is_match(&longer));
        }
    }
}
