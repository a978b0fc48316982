//! `FORMAT.md` against the types: its tables and examples are made from them, so that two places never differ.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fmt::Write as _,
    fs,
    path::Path,
};

use schema::document::Kind;
use serde_json::Value;

use crate::example;

/// Set to write `FORMAT.md` anew in place of checking it.
const UPDATE: &str = "UPDATE_FORMAT";

/// The line that ends what is made from the types.
const END: &str = "<!-- end -->";

#[test]
fn the_tables_of_format_md_are_those_of_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("FORMAT.md");
    let before = fs::read_to_string(&path).expect("FORMAT.md");
    let after = renewed(&before);
    if env::var_os(UPDATE).is_some() {
        fs::write(&path, after).expect("FORMAT.md can be written");
        return;
    }
    for (line, (is, should)) in (1..).zip(before.lines().zip(after.lines())) {
        assert_eq!(is, should, "FORMAT.md, line {line}, differs from the types; run `{UPDATE}=1 cargo test -p schema`");
    }
    assert_eq!(
        before.lines().count(),
        after.lines().count(),
        "FORMAT.md differs from the types; run `{UPDATE}=1 cargo test -p schema`"
    );
}

#[test]
fn format_md_explains_every_type() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("FORMAT.md")).expect("FORMAT.md");
    let explained: BTreeSet<String> = headings(&text).into_keys().collect();
    let types: BTreeSet<String> = types().into_keys().collect();
    assert_eq!(explained, types, "FORMAT.md has a `<!-- table: TYPE -->` for each type");
}

/// The same text, with each table and each example made anew.
fn renewed(text: &str) -> String {
    let headings = headings(text);
    let types = types();
    let mut renewed = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        renewed.push_str(line);
        renewed.push('\n');
        let made = if let Some(name) = marked(line, "table") {
            table(&types[name], &headings)
        } else if let Some(kind) = marked(line, "example") {
            example_of(kind)
        } else {
            continue;
        };
        lines.by_ref().find(|&line| line == END).unwrap_or_else(|| panic!("FORMAT.md: nothing ends `{line}`"));
        write!(renewed, "\n{made}\n{END}\n").expect("a String takes all text");
    }
    renewed
}

/// `NAME`, where the line is `<!-- WHAT: NAME -->`.
fn marked<'l>(line: &'l str, what: &str) -> Option<&'l str> {
    let name = line.strip_prefix("<!-- ")?.strip_suffix(" -->")?.strip_prefix(what)?;
    name.strip_prefix(": ")
}

/// The heading under which each type is explained.
fn headings(text: &str) -> BTreeMap<String, String> {
    let mut heading = "";
    let mut headings = BTreeMap::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("### ") {
            heading = title;
        } else if let Some(name) = marked(line, "table") {
            headings.insert(name.to_owned(), heading.to_owned());
        }
    }
    headings
}

/// The JSON Schema of each type that reaches a file.
fn types() -> BTreeMap<String, Value> {
    let mut types = BTreeMap::new();
    for kind in Kind::ALL {
        let mut schema = kind.json_schema().to_value();
        if let Some(Value::Object(shared)) = schema.get_mut("$defs").map(Value::take) {
            types.extend(shared);
        }
        let title = schema["title"].as_str().expect("a title").to_owned();
        types.insert(title, schema);
    }
    types
}

/// The table of a type: its fields, or its values.
fn table(schema: &Value, headings: &BTreeMap<String, String>) -> String {
    let mut table = String::new();
    if let Some(values) = schema["oneOf"].as_array() {
        table.push_str("| value | meaning |\n|---|---|\n");
        for value in values {
            let name = value["const"].as_str().expect("a value");
            writeln!(table, "| `{name}` | {} |", meaning(value)).expect("a String takes all text");
        }
        return table;
    }
    table.push_str("| field | holds | meaning |\n|---|---|---|\n");
    for (name, field) in schema["properties"].as_object().expect("fields") {
        writeln!(table, "| `{name}` | {} | {} |", holds(field, headings), meaning(field))
            .expect("a String takes all text");
    }
    table
}

fn meaning(schema: &Value) -> String {
    let text = schema["description"].as_str().expect("every field is documented");
    text.replace('\n', " ").replace('|', "\\|")
}

/// What a field holds, in words.
fn holds(schema: &Value, headings: &BTreeMap<String, String>) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().expect("a name");
        let heading = &headings[name];
        return format!("[{}](#{})", heading.to_lowercase(), heading.to_lowercase().replace(' ', "-"));
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let choices: Vec<String> = choices.iter().map(|choice| holds(choice, headings)).collect();
        return choices.join(" or ");
    }
    match &schema["type"] {
        Value::Array(types) => {
            let [value, null] = &types[..] else { panic!("{schema}") };
            assert_eq!(null, "null", "{schema}");
            let mut present = schema.clone();
            present["type"] = value.clone();
            format!("{} or `null`", holds(&present, headings))
        }
        Value::String(name) => match name.as_str() {
            "null" => "`null`".to_owned(),
            "boolean" => "`true` or `false`".to_owned(),
            "string" if schema["enum"].is_array() => "platform key".to_owned(),
            "string" => match schema["format"].as_str() {
                Some("date-time") => "time, `2026-01-31T04:00:00Z`".to_owned(),
                Some("date") => "day, `2026-01-31`".to_owned(),
                _ => "text".to_owned(),
            },
            "number" => format!("number{}", range(schema)),
            "integer" => format!("whole number{}", range(schema)),
            "array" => {
                let items = holds(&schema["items"], headings);
                match schema["minItems"].as_u64() {
                    Some(count) if schema["maxItems"] == count => format!("list of {count}: {items}"),
                    _ => format!("list of: {items}"),
                }
            }
            // Of the fixed names each holds the same.
            "object" if schema["additionalProperties"] == false => {
                let fields = schema["properties"].as_object().and_then(|fields| fields.values().next());
                format!("by platform key: {}", holds(fields.expect("a name"), headings))
            }
            "object" => format!("by name: {}", holds(&schema["additionalProperties"], headings)),
            _ => panic!("{schema}"),
        },
        _ => panic!("{schema}"),
    }
}

fn range(schema: &Value) -> String {
    let above = schema.get("exclusiveMinimum").map(|bound| format!(" above {bound}"));
    if schema.get("minimum").is_some() && schema.get("minimum") == schema.get("maximum") {
        return format!(": {}", schema["minimum"]);
    }
    let least = schema.get("minimum").map(|bound| format!(" from {bound}"));
    let most = schema.get("maximum").map(|bound| format!(" up to {bound}"));
    let below = schema.get("exclusiveMaximum").map(|bound| format!(" below {bound}"));
    above.into_iter().chain(least).chain(most).chain(below).collect()
}

fn example_of(kind: &str) -> String {
    let example = match kind {
        "report" => json_of(&example::report()),
        "baselines" => json_of(&example::baselines()),
        "pair" => json_of(&example::pair()),
        "comparison" => json_of(&example::comparison()),
        "changes" => json_of(&example::changes()),
        "crossval" => json_of(&example::crossval()),
        "watch" => json_of(&example::watch()),
        "alarms" => json_of(&example::alarms()),
        _ => panic!("FORMAT.md: there is no example of `{kind}`"),
    };
    format!("```json\n{example}\n```\n")
}

fn json_of(document: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(document).expect("JSON")
}
