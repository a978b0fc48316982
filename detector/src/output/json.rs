//! `comparison.json`, as it stands.

use schema::comparison::Comparison;

/// The document, indented, with a line's end.
pub(super) fn print(comparison: &Comparison) -> String {
    let json = serde_json::to_string_pretty(comparison).expect("a comparison has only text for keys");
    // A log may be read by GitHub's runner, to which this would be a command; it can only stand in text, and is the same there.
    json.replace("##[", "#\\u0023[") + "\n"
}
