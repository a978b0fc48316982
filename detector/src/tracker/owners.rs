//! Whom an issue is assigned to: the table of paths and owners that GitHub calls CODEOWNERS.
//!
//! The last line whose pattern matches a file counts, and it may name nobody. Teams and mail addresses are left out,
//! since an issue cannot be assigned to them.

use std::collections::BTreeSet;

use regex::Regex;

/// The most people that GitHub assigns an issue to.
const ASSIGNEES_MOST: usize = 10;

/// Who owns which files.
#[derive(Clone, Debug, Default)]
pub struct Owners {
    lines: Vec<(Regex, Vec<String>)>,
}

/// A line of the table that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct OwnersError {
    line: usize,
    problem: String,
}

impl Owners {
    /// Reads the table, and tells which lines have a pattern that the format does not know: GitHub passes over them, too.
    #[must_use]
    pub fn parse(text: &str) -> (Self, Vec<OwnersError>) {
        let (mut lines, mut problems) = (Vec::new(), Vec::new());
        for (index, line) in text.lines().enumerate() {
            let (pattern, rest) = first_word(without_comment(line).trim());
            if pattern.is_empty() {
                continue;
            }
            let people =
                rest.split_whitespace().filter_map(|owner| owner.strip_prefix('@')).filter(|name| is_login(name));
            match of_pattern(&pattern) {
                Ok(pattern) => lines.push((pattern, people.map(str::to_owned).collect())),
                Err(problem) => problems.push(OwnersError { line: index + 1, problem }),
            }
        }
        (Self { lines }, problems)
    }

    /// The owners of these cases, each of which is in `kernels/src/KERNEL/ISA.rs`.
    pub(super) fn of_cases<'c>(&self, cases: impl IntoIterator<Item = &'c str>) -> Vec<String> {
        let paths = cases.into_iter().filter_map(path);
        let owners: BTreeSet<&String> = paths.flat_map(|path| self.of(&path)).collect();
        owners.into_iter().take(ASSIGNEES_MOST).cloned().collect()
    }

    fn of(&self, path: &str) -> &[String] {
        self.lines.iter().rev().find(|(pattern, _)| pattern.is_match(path)).map_or(&[], |(_, owners)| owners)
    }
}

/// The file of a case `KERNEL/ISA/SHAPE`; `None` of an imported one that is named otherwise. The phases of a workload
/// share the file of their kernel only by its folder, so that the shape does not matter.
fn path(case: &str) -> Option<String> {
    let mut parts = case.split('/');
    let (kernel, isa) = (parts.next()?, parts.next()?);
    let is_name =
        |name: &str| !name.is_empty() && name.bytes().all(|sign| sign.is_ascii_alphanumeric() || sign == b'_');
    (is_name(kernel) && is_name(isa)).then(|| format!("kernels/src/{kernel}/{isa}.rs"))
}

/// Letters, digits and hyphens; a team has a slash, a mail address no `@` before it.
fn is_login(name: &str) -> bool {
    let is_sign = |sign: u8| sign.is_ascii_alphanumeric() || sign == b'-' || sign == b'_';
    (1..=39).contains(&name.len()) && name.bytes().all(is_sign)
}

fn without_comment(line: &str) -> &str {
    let mut before = ' ';
    for (place, sign) in line.char_indices() {
        if sign == '#' && before.is_whitespace() {
            return &line[..place];
        }
        before = sign;
    }
    line
}

/// The pattern, in which a space may stand behind a backslash, and what follows it.
fn first_word(line: &str) -> (String, &str) {
    let mut word = String::new();
    let mut is_escaped = false;
    for (place, sign) in line.char_indices() {
        match sign {
            '\\' if !is_escaped => {
                is_escaped = true;
                continue;
            }
            _ if sign.is_whitespace() && !is_escaped => return (word, &line[place..]),
            _ => word.push(sign),
        }
        is_escaped = false;
    }
    (word, "")
}

/// As in `.gitignore`, without what CODEOWNERS leaves out of it.
fn of_pattern(pattern: &str) -> Result<Regex, String> {
    if pattern.starts_with('!') || pattern.contains(['[', ']']) {
        return Err(format!(
            "{pattern:?} has a sign that this format does not know (`!`, `[`, `]`); write paths, * and **"
        ));
    }
    let trimmed = pattern.trim_end_matches('/');
    let is_folder = trimmed.len() < pattern.len();
    // With a slash before its end, it begins at the root.
    let is_rooted = trimmed.contains('/');
    let mut regex = String::from(if is_rooted { "^" } else { "^(?:.*/)?" });
    let mut rest = trimmed.trim_start_matches('/');
    while let Some(sign) = rest.chars().next() {
        let (piece, length) = match sign {
            _ if rest.starts_with("**/") => ("(?:.*/)?".to_owned(), 3),
            _ if rest.starts_with("**") => (".*".to_owned(), 2),
            '*' => ("[^/]*".to_owned(), 1),
            '?' => ("[^/]".to_owned(), 1),
            _ => (regex::escape(&sign.to_string()), sign.len_utf8()),
        };
        regex.push_str(&piece);
        rest = &rest[length..];
    }
    // A folder is all that is in it; `docs/*` is what is in it and no deeper.
    regex.push_str(match () {
        () if is_folder => "/.*$",
        () if trimmed.ends_with("/*") => "$",
        () => "(?:/.*)?$",
    });
    Regex::new(&regex).map_err(|_| format!("{pattern:?} is too long; write a shorter pattern"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(table: &str, case: &str, expected: &[&str]) {
        let (owners, problems) = Owners::parse(table);
        assert_eq!(problems, []);
        assert_eq!(owners.of_cases([case]), expected);
    }

    const CASE: &str = "dot_f32/avx2/n10000";

    #[test]
    fn a_file_has_its_owner() {
        check("/kernels/src/dot_f32/avx2.rs @one", CASE, &["one"]);
        check("/kernels/src/dot_f32/neon.rs @one", CASE, &[]);
    }

    #[test]
    fn the_last_line_that_matches_counts() {
        check("* @one\n/kernels/ @two @three", CASE, &["three", "two"]);
        check("/kernels/ @two\n* @one", CASE, &["one"]);
    }

    #[test]
    fn a_line_may_name_nobody() {
        check("* @one\n/kernels/", CASE, &[]);
    }

    #[test]
    fn teams_and_addresses_are_left_out() {
        check("* @org/team someone@example.org @one", CASE, &["one"]);
    }

    #[test]
    fn comments_are_no_owners() {
        check("# @nobody\n* @one # @two", CASE, &["one"]);
    }

    #[test]
    fn patterns_mean_what_they_mean_in_gitignore() {
        for (pattern, is_match) in [
            ("kernels", true),
            ("kernels/", true),
            ("src/", true),
            ("/src/", false),
            ("kernels/*", false),
            ("kernels/src/dot_f32/*", true),
            ("kernels/src/dot_*", true),
            ("kernels/**/avx2.rs", true),
            ("**/avx2.rs", true),
            ("avx2.rs", true),
            ("*.rs", true),
            ("*.cc", false),
            ("avx?.rs", true),
            ("kernels/src/dot", false),
        ] {
            let owners = if is_match { &["one"][..] } else { &[] };
            check(&format!("{pattern} @one"), CASE, owners);
        }
    }

    #[test]
    fn a_line_with_an_unknown_sign_is_passed_over_and_told() {
        let (owners, problems) = Owners::parse("* @one\n!kernels @two");
        assert!(problems.len() == 1 && problems[0].to_string().starts_with("line 2: \"!kernels\""), "{problems:?}");
        assert_eq!(owners.of_cases([CASE]), ["one"]);
    }

    #[test]
    fn a_case_that_is_no_kernel_of_ours_has_no_owner() {
        check("* @one", "test_sort[100]", &[]);
        check("* @one", "../../etc/x", &[]);
    }
}
