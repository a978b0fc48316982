//! A document as it stands: `comparison.json`, `changes.json`.

use schema::document::Document;

/// The document, indented, with a line's end.
pub(super) fn print(document: &impl Document) -> String {
    let json = serde_json::to_string_pretty(document).expect("our documents have only text for keys");
    // A log may be read by GitHub's runner, to which this would be a command; it can only stand in text, and is the same there.
    json.replace("##[", "#\\u0023[") + "\n"
}
