//! `comparison.json`, as it stands.

use schema::comparison::Comparison;

/// The document, indented, with a line's end.
pub(super) fn print(comparison: &Comparison) -> String {
    let json = serde_json::to_string_pretty(comparison).expect("a comparison has only text for keys");
    json + "\n"
}
