//! What a block says to the runner: the files that it appends to, and the commands among what it prints.

use std::collections::BTreeMap;

/// A remark that GitHub shows with the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Annotation {
    /// `error`, `warning`, `notice`.
    pub(crate) level: String,
    /// `file=…,line=…`, as it was printed.
    pub(crate) properties: String,
    /// What is remarked.
    pub(crate) message: String,
}

/// The values of a file such as `GITHUB_OUTPUT`: `name=value`, or `name<<END` with lines up to `END`.
pub(crate) fn values(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut values = BTreeMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let equals = line.find('=').unwrap_or(usize::MAX);
        if let Some((name, end)) = line.split_once("<<").filter(|(name, _)| name.len() < equals) {
            let mut value = Vec::new();
            loop {
                match lines.next() {
                    Some(line) if line == end => break,
                    Some(line) => value.push(line),
                    None => return Err(format!("the value of {name} has no end {end:?}")),
                }
            }
            values.insert(name.to_owned(), value.join("\n"));
        } else if let Some((name, value)) = line.split_once('=') {
            values.insert(name.to_owned(), value.to_owned());
        } else if !line.is_empty() {
            return Err(format!("neither NAME=VALUE nor NAME<<END: {line:?}"));
        }
    }
    Ok(values)
}

/// The annotations among what was printed. A command that would change how the run goes on is an error: ours print none, so
/// that whoever sees one sees what was smuggled in.
pub(crate) fn annotations(log: &str) -> Result<Vec<Annotation>, String> {
    let mut found = Vec::new();
    for line in log.lines() {
        let line = line.trim_start();
        // The older form may stand anywhere in a line.
        if line.contains("##[") {
            return Err(format!("an old workflow command was printed: {line:?}"));
        }
        let Some((command, message)) = line.strip_prefix("::").and_then(|rest| rest.split_once("::")) else { continue };
        let (level, properties) = command.split_once(' ').unwrap_or((command, ""));
        match level {
            "error" | "warning" | "notice" => found.push(Annotation {
                level: level.to_owned(),
                properties: properties.to_owned(),
                message: message.to_owned(),
            }),
            "group" | "endgroup" | "debug" => {}
            other => return Err(format!("the workflow command {other:?} was printed: {line:?}")),
        }
    }
    Ok(found)
}

mod tests {
    use super::*;

    #[test]
    fn a_value_may_hold_an_equals_sign_and_several_lines() {
        let found = values("a=b=c\nd<<E<\none\n\ntwo=2\nE<\n\n").expect("values");
        assert_eq!(found, BTreeMap::from([("a".into(), "b=c".into()), ("d".into(), "one\n\ntwo=2".into())]));
    }

    #[test]
    fn a_value_without_an_end_and_a_line_without_a_name_are_errors() {
        assert!(values("a<<E\none\n").is_err());
        assert!(values("no name\n").is_err());
    }

    #[test]
    fn annotations_are_found_with_their_level() {
        let found =
            annotations("a\n::error file=x,line=1::wrong\n  ::warning::odd\n::group::g\n").expect("annotations");
        let told: Vec<_> = found.iter().map(|it| (it.level.as_str(), it.properties.as_str(), &*it.message)).collect();
        assert_eq!(told, [("error", "file=x,line=1", "wrong"), ("warning", "", "odd")]);
    }

    #[test]
    fn a_command_that_changes_the_run_is_an_error() {
        for line in ["::set-output name=a::b", "::add-mask::x", "::stop-commands::t", "x ##[add-path]/tmp"] {
            assert!(annotations(line).is_err(), "{line}");
        }
    }
}
