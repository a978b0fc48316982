//! What is refused, and with which words.

use std::{fs, path::Path};

use schema::{
    SCHEMA_VERSION,
    alarms::Alarms,
    baselines::Baselines,
    changes::Changes,
    comparison::Comparison,
    crossval::{Crossval, SpeedRatio},
    document::{Document, Kind},
    file::{self, Problem, ReadError},
    pair::Pair,
    report::Report,
    watch::Watch,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::example;

/// What reading these bytes as a document says.
fn read<D: Document>(bytes: &[u8]) -> Result<D, ReadError> {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("document.json");
    fs::write(&path, bytes).expect("a file");
    file::read(&path)
}

/// The message of a refusal, from behind the path on; and it is one line.
#[track_caller]
fn refusal<D: Document>(bytes: &[u8]) -> String {
    let message = match read::<D>(bytes) {
        Ok(_) => panic!("it was read: {}", String::from_utf8_lossy(bytes)),
        Err(error) => error.to_string(),
    };
    assert!(message.starts_with("reading "), "{message}");
    assert!(!message.contains(char::is_control), "{message:?}");
    let (_, rest) = message.split_once("document.json").expect("the file's name");
    rest.to_owned()
}

fn text(document: &impl Document) -> String {
    serde_json::to_string_pretty(document).expect("JSON")
}

/// The example of each kind.
fn examples() -> [(Kind, Value); 8] {
    [
        (Kind::Report, json!(example::report())),
        (Kind::Baselines, json!(example::baselines())),
        (Kind::Pair, json!(example::pair())),
        (Kind::Comparison, json!(example::comparison())),
        (Kind::Changes, json!(example::changes())),
        (Kind::Crossval, json!(example::crossval())),
        (Kind::Watch, json!(example::watch())),
        (Kind::Alarms, json!(example::alarms())),
    ]
}

/// Reads a document of that kind; the message where it is refused.
fn read_as(kind: Kind, bytes: &[u8]) -> Result<(), String> {
    let read = match kind {
        Kind::Report => read::<Report>(bytes).map(drop),
        Kind::Baselines => read::<Baselines>(bytes).map(drop),
        Kind::Pair => read::<Pair>(bytes).map(drop),
        Kind::Comparison => read::<Comparison>(bytes).map(drop),
        Kind::Changes => read::<Changes>(bytes).map(drop),
        Kind::Crossval => read::<Crossval>(bytes).map(drop),
        Kind::Watch => read::<Watch>(bytes).map(drop),
        Kind::Alarms => read::<Alarms>(bytes).map(drop),
    };
    read.map_err(|error| error.to_string())
}

/// The report with `from` replaced by `to`, once.
#[track_caller]
fn report_with(from: &str, to: &str) -> String {
    replaced(&text(&example::report()), from, to)
}

/// The baselines with `from` replaced by `to`, once.
#[track_caller]
fn baselines_with(from: &str, to: &str) -> String {
    replaced(&text(&example::baselines()), from, to)
}

#[track_caller]
fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

/// The line of the first occurrence of `part`.
fn line_of(text: &str, part: &str) -> usize {
    let before = text.split(part).next().expect("split gives at least one part");
    before.lines().count()
}

/// A report in which `from` was replaced by `to` is refused with `message`, at the line on which `to` stands.
#[track_caller]
fn check_report(from: &str, to: &str, message: &str) {
    let text = report_with(from, to);
    let line = line_of(&text, to);
    assert_eq!(refusal::<Report>(text.as_bytes()), format!(", line {line}, at {message}"));
}

/// The same for baselines.
#[track_caller]
fn check_baselines(from: &str, to: &str, message: &str) {
    let text = baselines_with(from, to);
    let line = line_of(&text, to);
    assert_eq!(refusal::<Baselines>(text.as_bytes()), format!(", line {line}, at {message}"));
}

#[test]
fn the_examples_are_read() {
    for (kind, example) in examples() {
        assert_eq!(read_as(kind, example.to_string().as_bytes()), Ok(()), "{kind:?}");
    }
}

#[test]
fn a_missing_file_is_named() {
    let error = file::read::<Report>(Path::new("nowhere/report.json")).expect_err("there is no such file");
    assert_eq!(
        error.to_string(),
        "reading nowhere/report.json: No such file or directory (os error 2); check the path and its permissions"
    );
}

#[test]
fn a_folder_is_no_document() {
    let folder = TempDir::new().expect("a folder");
    let error = file::read::<Report>(folder.path()).expect_err("it is a folder");
    assert!(matches!(error.problem, Problem::Unreadable(_)), "{error}");
}

#[test]
fn a_report_cut_off_anywhere_is_refused() {
    let whole = text(&example::report());
    for end in 1..whole.len() {
        let error = read::<Report>(&whole.as_bytes()[..end]).expect_err("it is cut off");
        assert!(matches!(error.problem, Problem::Truncated), "after {end} bytes: {error}");
        assert!(error.line.is_some(), "after {end} bytes: {error}");
    }
}

#[test]
fn a_cut_off_report_says_where() {
    let text = text(&example::report());
    let end = text.find("0.82").expect("an accepted share");
    let line = text[..end].lines().count();
    assert_eq!(
        refusal::<Report>(&text.as_bytes()[..end]),
        format!(
            ", line {line}, at cases.{}.launches[0].accepted_share: it is cut off here; restore it, or write it anew",
            example::CASE
        )
    );
}

#[test]
fn an_empty_file_is_called_empty() {
    for bytes in [&b""[..], b" \n\n"] {
        assert_eq!(refusal::<Report>(bytes), ": it is empty; restore it, or write it anew");
    }
}

#[test]
fn other_json_is_foreign() {
    for foreign in ["{}", "[]", "3", "\"report\"", "null", r#"{"version": 1, "benchmarks": []}"#] {
        assert_eq!(
            refusal::<Report>(foreign.as_bytes()),
            ": it is no report: it has no schema_version; is it the right file? \
             (`detector import` reads foreign formats)",
            "{foreign}"
        );
    }
}

#[test]
fn what_is_no_json_is_told_with_its_line() {
    assert_eq!(
        refusal::<Report>(b"{\n  \"schema_version\": 1,\n  hello\n}"),
        ", line 3: it is no JSON: key must be a string; is it the right file?"
    );
}

#[test]
fn what_is_no_text_is_told_with_its_line() {
    assert_eq!(
        refusal::<Report>(b"{\n  \"profile\": \"\xff\"\n}"),
        ", line 2: it is no JSON: byte 16 is no UTF-8; is it the right file?"
    );
}

#[test]
fn two_documents_in_one_file_are_refused() {
    let text = text(&example::report());
    let line = text.lines().count() + 1;
    assert_eq!(
        refusal::<Report>(format!("{text}\n{text}").as_bytes()),
        format!(", line {line}: it is no JSON: trailing characters; is it the right file?")
    );
}

#[test]
fn a_deep_nest_is_refused() {
    let nest = format!("{{\"schema_version\": 1, \"profile\": {}", "[".repeat(100_000));
    let message = refusal::<Report>(nest.as_bytes());
    assert!(message.contains("recursion limit exceeded"), "{message}");
}

#[test]
fn each_kind_is_told_from_every_other() {
    for (kind, example) in examples() {
        for other in Kind::ALL.into_iter().filter(|other| *other != kind) {
            let message = read_as(other, example.to_string().as_bytes()).expect_err("it is another kind");
            let said = format!("it is {}, and {} is asked for here", kind.with_article(), other.with_article());
            assert!(message.ends_with(&said), "{message}");
        }
    }
}

#[test]
fn a_document_of_another_kind_is_named() {
    let baselines = text(&example::baselines());
    assert_eq!(refusal::<Report>(baselines.as_bytes()), ": it is a baselines file, and a report is asked for here");
    let report = text(&example::report());
    assert_eq!(refusal::<Baselines>(report.as_bytes()), ": it is a report, and a baselines file is asked for here");
    let comparison = text(&example::comparison());
    assert_eq!(refusal::<Report>(comparison.as_bytes()), ": it is a comparison, and a report is asked for here");
}

#[test]
fn a_newer_version_is_named_before_its_new_fields_are() {
    let newer = SCHEMA_VERSION + 1;
    check_report(
        &format!("\"schema_version\": {SCHEMA_VERSION},"),
        &format!("\"schema_version\": {newer}, \"weather\": \"fair\","),
        &format!(
            "schema_version: it has schema_version {newer}, and this program reads up to {SCHEMA_VERSION}; \
             use a newer program"
        ),
    );
}

/// The same document as version 1 wrote it: without the fields that version 2 added to a case.
fn as_version_1(mut document: Value) -> Vec<u8> {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for field in ["interval_percent", "allocations", "allocated_bytes"] {
                    fields.remove(field);
                }
                fields.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    strip(&mut document);
    document["schema_version"] = json!(1);
    serde_json::to_vec(&document).expect("JSON")
}

#[test]
fn a_document_of_version_1_is_read_and_what_it_lacks_has_that_as_its_reason() {
    let report: Report = read(&as_version_1(json!(example::report()))).expect("version 1 is read");
    let row = &report.cases[example::CASE];
    assert_eq!(report.schema_version, SCHEMA_VERSION);
    assert_eq!(row.interval_percent, None);
    assert_eq!(row.unmeasured["interval_percent"], "version 1 had no such field");
    let baselines: Baselines = read(&as_version_1(json!(example::baselines()))).expect("version 1 is read");
    let sessions = baselines.baselines.values().flat_map(|classes| classes.values()).flat_map(|class| &class.sessions);
    assert!(sessions.flat_map(|session| session.cases.values()).any(|row| row.unmeasured.contains_key("allocations")));
}

#[test]
fn a_version_that_is_no_version_is_refused() {
    for (version, found) in [
        ("0", "0"),
        ("-1", "-1"),
        ("1.5", "1.5"),
        ("\"1\"", "\"1\""),
        ("null", "null"),
        ("[1]", "a list"),
        ("{}", "an object"),
    ] {
        check_report(
            &format!("\"schema_version\": {SCHEMA_VERSION}"),
            &format!("\"schema_version\": {version}"),
            &format!("schema_version: must be a whole number from 1 to {SCHEMA_VERSION}, found {found}"),
        );
    }
}

#[test]
fn an_unknown_field_is_named() {
    let text = baselines_with("\"latency_increase_percent\"", "\"latency_increase_procent\"");
    let message = refusal::<Baselines>(text.as_bytes());
    let line = line_of(&text, "procent");
    let start = format!(", line {line}, at thresholds.critical.latency_increase_procent: unknown field");
    assert!(message.starts_with(&start), "{message}");
    assert!(message.contains("`latency_increase_percent`"), "{message}");
}

#[test]
fn a_missing_field_is_named() {
    let message = refusal::<Report>(report_with("\"profile\": \"quick\",", "").as_bytes());
    // Another document's fields may be missing, too: that it is a report is seen by this one.
    assert!(message.ends_with("missing field `profile`"), "{message}");
}

#[test]
fn a_value_of_the_wrong_type_is_told_with_its_line() {
    check_report(
        "\"min_ns\": 1040.0",
        "\"min_ns\": \"1040\"",
        "cases.dot_f32/avx2/n10000.latency.min_ns: invalid type: string \"1040\", expected a number",
    );
    check_report(
        "\"samples\": 60",
        "\"samples\": -60",
        "cases.dot_f32/avx2/n10000.launches[0].samples: invalid value: integer `-60`, \
         expected a whole number of at least 0",
    );
}

#[test]
fn an_unknown_status_is_told_with_the_known_ones() {
    check_report(
        "\"measured\"",
        "\"guessed\"",
        "cases.dot_f32/avx2/n10000.status: unknown variant `guessed`, \
         expected one of `measured`, `failed`, `timed_out`, `skipped`",
    );
}

#[test]
fn an_unknown_platform_is_told_with_the_known_ones() {
    let text = report_with("\"linux-x86_64\"", "\"plan9-mips\"");
    let message = refusal::<Report>(text.as_bytes());
    assert!(message.contains("unknown platform \"plan9-mips\""), "{message}");
    assert!(message.contains("linux-x86_64"), "{message}");
}

#[test]
fn a_case_that_stands_twice_is_refused() {
    let text = report_with("\"dot_f32/scalar/n10000\": {", "\"dot_f32/avx2/n10000\": {");
    let first = text.find("\"dot_f32/avx2/n10000\": {").expect("the case");
    let second = first + 1 + text[first + 1..].find("\"dot_f32/avx2/n10000\": {").expect("the case again");
    let line = text[..second].lines().count();
    assert_eq!(
        refusal::<Report>(text.as_bytes()),
        format!(
            ", line {line}, at cases.dot_f32/avx2/n10000: \
             stands here a second time, and only one can be meant; delete the other"
        )
    );
}

#[test]
fn a_field_that_stands_twice_is_refused_at_every_depth() {
    for (field, place) in [
        ("\"profile\": \"quick\",", "profile"),
        ("\"dirty\": false", "context.git.dirty"),
        ("\"accuracy\": 1.0,", "cases.dot_f32/avx2/n10000.accuracy"),
        ("\"samples\": 60,", "cases.dot_f32/avx2/n10000.launches[0].samples"),
    ] {
        let comma = if field.ends_with(',') { "" } else { "," };
        let message = refusal::<Report>(report_with(field, &format!("{field}{comma} {field}")).as_bytes());
        assert!(message.contains(&format!("at {place}: stands here a second time")), "{message}");
    }
}

#[test]
fn numbers_that_are_none_are_refused() {
    for (number, problem) in [
        ("0.0", "must be a number above 0, found 0"),
        ("-0.0", "must be a number above 0, found -0"),
        ("-1040.5", "must be a number above 0, found -1040.5"),
        ("1e999", "must be a number that fits into 64 bits, found a larger one"),
        ("NaN", "it is no JSON: expected value; is it the right file?"),
        ("\"NaN\"", "invalid type: string \"NaN\", expected a number"),
        ("null", "is null without a reason in `unmeasured`"),
    ] {
        check_report(
            "\"min_ns\": 1040.0",
            &format!("\"min_ns\": {number}"),
            &format!("cases.dot_f32/avx2/n10000.latency.min_ns: {problem}"),
        );
    }
}

#[test]
fn a_number_that_is_left_out_needs_a_reason_as_well() {
    let text = report_with("\"accuracy\": 1.0,", "");
    let line = line_of(&text, "\"dot_f32/avx2/n10000\": {");
    assert_eq!(
        refusal::<Report>(text.as_bytes()),
        format!(", line {line}, at cases.dot_f32/avx2/n10000.accuracy: is null without a reason in `unmeasured`")
    );
}

#[test]
fn a_number_that_is_given_has_no_reason() {
    check_report(
        "\"instructions\": null",
        "\"instructions\": 12000",
        "cases.dot_f32/avx2/n10000.instructions: is measured, and yet stands in `unmeasured`",
    );
}

#[test]
fn a_case_that_was_not_measured_must_say_why() {
    check_report(
        "\"reason\": \"launch 2 took longer than 30 s\"",
        "\"reason\": \"\"",
        "cases.dot_f32/scalar/n10000.reason: a case that was not measured must say why",
    );
}

#[test]
fn a_case_needs_a_name_that_can_be_printed() {
    for (id, problem) in [
        (String::new(), "a case must have a name"),
        ("\\u001b[2J".to_owned(), "a name has no control characters"),
        ("x".repeat(301), "a name has at most 300 bytes, this has 301"),
    ] {
        let text = report_with("dot_f32/avx2/n10000\": {", &format!("{id}\": {{"));
        let message = refusal::<Report>(text.as_bytes());
        assert!(message.ends_with(problem), "{message}");
    }
}

/// Sets each number of each example to each of some values, and holds what reading says against the JSON Schema.
#[test]
fn every_number_out_of_the_range_that_the_json_schema_states_is_refused() {
    let mut refused = 0;
    for (kind, example) in examples() {
        let schema = kind.json_schema().to_value();
        for pointer in numbers_of(&example) {
            let field = property_at(&schema, &example, &pointer);
            for value in [json!(-1), json!(-0.5), json!(0), json!(0.5), json!(2), json!(150), json!(1e300)] {
                let mut document = example.clone();
                *document.pointer_mut(&pointer).expect("it stands in the example") = value.clone();
                let read = read_as(kind, document.to_string().as_bytes());
                match (allows(field, &value), read) {
                    (true, Ok(())) => {}
                    (false, Err(_)) => refused += 1,
                    // Which of two fields is the greater is more than JSON Schema can say.
                    (true, Err(message))
                        if message.contains("the warning threshold") || message.contains("from low to high") => {}
                    (true, Err(message)) => panic!("{pointer} = {value} is in range, but: {message}"),
                    (false, Ok(())) => panic!("{pointer} = {value} is out of range, but read"),
                }
            }
        }
    }
    assert!(refused > 100, "{refused}");
}

/// The JSON pointers of all numbers.
fn numbers_of(value: &Value) -> Vec<String> {
    let below = |step: String, value: &Value| {
        let step = step.replace('~', "~0").replace('/', "~1");
        numbers_of(value).into_iter().map(|rest| format!("/{step}{rest}")).collect::<Vec<_>>()
    };
    match value {
        Value::Number(_) => vec![String::new()],
        Value::Array(elements) => {
            (0..).zip(elements).flat_map(|(index, element)| below(index.to_string(), element)).collect()
        }
        Value::Object(fields) => fields.iter().flat_map(|(key, field)| below(key.clone(), field)).collect(),
        _ => Vec::new(),
    }
}

/// What the JSON Schema says of the value to which `pointer` leads.
fn property_at<'s>(schema: &'s Value, example: &Value, pointer: &str) -> &'s Value {
    let mut here = schema;
    let mut value = example;
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        here = resolved(schema, here);
        here = match value {
            Value::Array(_) => &here["items"],
            _ => here["properties"].get(&step).unwrap_or(&here["additionalProperties"]),
        };
        value =
            value.get(&step).or_else(|| value.get(step.parse::<usize>().ok()?)).expect("the pointer leads somewhere");
    }
    resolved(schema, here)
}

/// The same, behind its reference.
fn resolved<'s>(schema: &'s Value, mut here: &'s Value) -> &'s Value {
    loop {
        let reference = here.get("$ref").or_else(|| here["anyOf"].get(0)?.get("$ref"));
        let Some(reference) = reference.and_then(Value::as_str) else {
            return here;
        };
        here = schema.pointer(reference.trim_start_matches('#')).expect("a reference leads somewhere");
    }
}

/// Whether the JSON Schema of a number allows this one.
fn allows(field: &Value, number: &Value) -> bool {
    let number_f64 = number.as_f64().expect("a number");
    let bound = |name: &str| field.get(name).map(|bound| bound.as_f64().expect("a number"));
    assert!(field.get("type").is_some(), "{field}");
    let is_integer = field["type"] == "integer" || field["type"][0] == "integer";
    (!is_integer || number.is_u64() || number.is_i64())
        && bound("minimum").is_none_or(|least| number_f64 >= least)
        && bound("exclusiveMinimum").is_none_or(|below| number_f64 > below)
        && bound("maximum").is_none_or(|most| number_f64 <= most)
        && bound("exclusiveMaximum").is_none_or(|above| number_f64 < above)
}

#[test]
fn a_threshold_out_of_range_is_told_with_its_line() {
    for (value, problem) in [
        ("0.0", "must be a number above 0, found 0"),
        ("-25.0", "must be a number above 0, found -25"),
        ("1e9", "must be at most 10000, found 1000000000"),
        ("\"25\"", "invalid type: string \"25\", expected a number"),
        ("null", "invalid type: null, expected a number"),
    ] {
        check_baselines(
            "\"latency_increase_percent\": 25.0",
            &format!("\"latency_increase_percent\": {value}"),
            &format!("thresholds.critical.latency_increase_percent: {problem}"),
        );
    }
}

#[test]
fn a_critical_threshold_below_the_warning_one_is_refused() {
    check_baselines(
        "\"latency_increase_percent\": 25.0",
        "\"latency_increase_percent\": 12.0",
        "thresholds.critical.latency_increase_percent: must be at least the warning threshold of 15, found 12",
    );
}

#[test]
fn an_override_below_the_warning_threshold_is_refused() {
    check_baselines(
        "\"latency_increase_percent\": 20.0",
        "\"latency_increase_percent\": 14.0",
        "overrides[0].critical.latency_increase_percent: must be at least the warning threshold of 15, found 14",
    );
}

#[test]
fn a_pattern_that_is_none_is_refused() {
    check_baselines(
        "\"case\": \"^dot_f32/\"",
        "\"case\": \"^dot_f32(\"",
        "overrides[0].case: \"^dot_f32(\" is no regular expression: unclosed group",
    );
    check_baselines(
        "\"platform\": \".*\"",
        "\"platform\": \"*\"",
        "accepted[0].platform: \"*\" is no regular expression: repetition operator missing expression",
    );
}

#[test]
fn an_exception_without_a_reason_is_refused() {
    check_baselines(
        "\"reason\": \"every search stands on it\"",
        "\"reason\": \" \"",
        "overrides[0].reason: must say why, found nothing",
    );
    check_baselines(
        "\"reason\": \"summed in pairs, for accuracy\"",
        "\"reason\": \"\"",
        "accepted[0].reason: must say why, found nothing",
    );
}

#[test]
fn a_session_under_another_class_is_refused() {
    check_baselines(
        "\"class\": \"linux-x86_64-example\"",
        "\"class\": \"linux-x86_64-other\"",
        "baselines.linux-x86_64.linux-x86_64-example.sessions[0].context.machine.class: \
         must be \"linux-x86_64-example\", under which it stands, found \"linux-x86_64-other\"",
    );
}

#[test]
fn a_session_of_another_platform_than_its_sections_is_refused() {
    let session = "baselines.linux-x86_64.linux-x86_64-example.sessions[0].context";
    check_baselines(
        "\"target\": \"x86_64-unknown-linux-gnu\"",
        "\"target\": \"aarch64-apple-darwin\"",
        &format!(
            "{session}.toolchain.target: must be one of linux-x86_64, as the document is, found \"aarch64-apple-darwin\""
        ),
    );
    check_baselines(
        "\"class\": \"linux-x86_64-example\"",
        "\"class\": \"linux-aarch64.ARM.unknown\"",
        &format!(
            "{session}.machine.class: must be one of linux-x86_64, as the document is, found \"linux-aarch64.ARM.unknown\""
        ),
    );
}

#[test]
fn an_emulated_injected_or_capped_session_is_no_baseline() {
    let session = "baselines.linux-x86_64.linux-x86_64-example.sessions[0].context";
    check_baselines(
        "\"emulated\": false",
        "\"emulated\": true",
        &format!("{session}.machine.emulated: an emulated run is never a baseline; delete the session"),
    );
    check_baselines(
        "\"injected\": {}",
        "\"injected\": {\"^dot\": 1.3}",
        &format!("{session}.injected: a run slowed on purpose is never a baseline; delete the session"),
    );
    check_baselines(
        "\"isa_cap\": null",
        "\"isa_cap\": \"avx2\"",
        &format!("{session}.isa_cap: a run under TIDEGAUGE_ISA is never a baseline; delete the session"),
    );
}

#[test]
fn what_would_command_a_terminal_is_shown_as_text() {
    let message = refusal::<Report>(report_with("\"profile\"", "\"\\u001b]0;owned\\u0007\"").as_bytes());
    assert!(message.contains("\\u{1b}]0;owned\\u{7}"), "{message}");
}

#[test]
fn a_message_repeats_only_the_beginning_of_what_is_long() {
    let text = report_with("\"created\": \"", &format!("\"created\": \"{}", "long ".repeat(1 << 20)));
    let message = refusal::<Report>(text.as_bytes());
    assert!(message.len() < 1000, "{} bytes", message.len());
}

#[test]
fn a_huge_file_is_refused_without_being_read() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("report.json");
    let hole = fs::File::create(&path).expect("a file");
    hole.set_len(200 << 20).expect("a file with a hole");
    let before = bytes_read_here();
    let error = file::read::<Report>(&path).expect_err("it is huge");
    if let (Some(before), Some(after)) = (before, bytes_read_here()) {
        assert!(after - before < 1 << 20, "{} bytes were read", after - before);
    }
    assert!(
        error.to_string().ends_with("it has more than 64 MiB, and no report has; is it the right file?"),
        "{error}"
    );
}

/// How many bytes this thread has read, where the system counts them.
fn bytes_read_here() -> Option<u64> {
    let counts = fs::read_to_string("/proc/thread-self/io").ok()?;
    let count = counts.lines().find_map(|line| line.strip_prefix("rchar: "))?;
    count.parse().ok()
}

#[cfg(unix)]
#[test]
fn a_file_that_does_not_tell_its_length_is_refused_when_it_has_too_much() {
    let error = file::read::<Report>(Path::new("/dev/zero")).expect_err("it is endless");
    assert!(matches!(error.problem, Problem::TooLarge { .. }), "{error}");
}

#[test]
fn an_improvement_is_not_accepted() {
    check_baselines(
        "\"latency_p50\": 40.0",
        "\"latency_p50\": -40.0",
        "accepted[0].changes.latency_p50: must be a number above 0, since only a change for the worse is accepted, found -40",
    );
}

#[test]
fn a_limit_of_the_tail_is_held_against_the_one_that_it_inherits() {
    let text = baselines_with(
        "\"latency_increase_percent\": 15.0",
        "\"latency_increase_percent\": 15.0, \"latency_p95_increase_percent\": 30.0",
    );
    let message = refusal::<Baselines>(text.as_bytes());
    let said = "critical.latency_p95_increase_percent: must be at least the warning threshold of 30, found 25";
    assert!(message.ends_with(said), "{message}");
}

#[test]
fn a_critical_floor_below_the_warning_one_is_refused() {
    let mut baselines = example::baselines();
    baselines.thresholds.critical.memory_increase_bytes = Some(4096.0);
    baselines.thresholds.warning.memory_increase_bytes = Some(8192.0);
    let invalid = baselines.check().expect_err("4096 is below 8192");
    assert_eq!(invalid.place, "thresholds.critical.memory_increase_bytes");
}

/// The crossval with `change` made to it is wrong at `place`.
#[track_caller]
fn check_crossval(place: &str, change: impl FnOnce(&mut Crossval)) {
    let mut crossval = example::crossval();
    change(&mut crossval);
    assert_eq!(crossval.check().expect_err("it is wrong").place, place);
}

const AGREEING: &str = "agreement.dot_f32/avx2/n10000";
const SPEED: &str = "speed.dot_f32/n10000";

#[test]
fn a_distance_that_there_is_none_of_needs_a_reason() {
    check_crossval(&format!("{AGREEING}.largest_ulp"), |crossval| {
        crossval.agreement.get_mut(example::CASE).expect("the case").largest_ulp = None;
    });
}

#[test]
fn a_case_that_disagrees_shows_its_worst_output() {
    check_crossval(&format!("{AGREEING}.worst"), |crossval| {
        let row = crossval.agreement.get_mut(example::CASE).expect("the case");
        row.status = schema::crossval::AgreementStatus::Disagrees;
        row.reason = Some("it is off".to_owned());
    });
}

#[test]
fn a_case_that_does_not_agree_says_why() {
    check_crossval("agreement.dot_f32/avx2/n17.reason", |crossval| {
        crossval.agreement.get_mut("dot_f32/avx2/n17").expect("the case").reason = None;
    });
}

#[test]
fn a_library_has_a_version_or_a_reason() {
    check_crossval("libraries.ggml.reason", |crossval| {
        crossval.libraries.get_mut("ggml").expect("the library").reason = None;
    });
    check_crossval("libraries.openblas.reason", |crossval| {
        crossval.libraries.get_mut("openblas").expect("the library").reason = Some("not built in".to_owned());
    });
}

#[test]
fn a_ratio_lies_in_its_interval() {
    check_crossval(&format!("{SPEED}.ratio_to_best_peer.value"), |crossval| {
        let ratio = &mut crossval.speed.get_mut("dot_f32/n10000").expect("the row").ratio_to_best_peer;
        *ratio = ratio.map(|ratio| SpeedRatio { value: ratio.upper + 0.1, ..ratio });
    });
}

#[test]
fn ratios_are_to_contestants_that_ran() {
    check_crossval(&format!("{SPEED}.ratios"), |crossval| {
        crossval.speed.get_mut("dot_f32/n10000").expect("the row").contestants.remove("scalar");
    });
    check_crossval(&format!("{SPEED}.best_peer"), |crossval| {
        crossval.speed.get_mut("dot_f32/n10000").expect("the row").best_peer = Some("faer".to_owned());
    });
}

#[test]
fn a_share_of_a_limit_is_of_one_that_was_measured() {
    check_crossval(&format!("{SPEED}.limit.name"), |crossval| crossval.limits.clear());
}

#[test]
fn bytes_are_read_as_their_file_would_be() {
    let path = Path::new("from/elsewhere.json");
    let report = file::parse::<Report>(path, text(&example::report()).as_bytes()).expect("a report");
    assert_eq!(report, example::report());
    let refusal = file::parse::<Report>(path, b"{\n").expect_err("it is cut off").to_string();
    assert!(refusal.starts_with("reading from/elsewhere.json, line 2: it is cut off"), "{refusal}");
}

/// The watch with `change` made to it is wrong at `place`.
#[track_caller]
fn check_watch(place: &str, change: impl FnOnce(&mut Watch)) {
    let mut watch = example::watch();
    change(&mut watch);
    assert_eq!(watch.check().expect_err("it is wrong").place, place);
}

#[test]
fn more_false_findings_than_were_judged_are_refused() {
    check_watch("unchanged.judged", |watch| {
        watch.unchanged.false_regressions = vec!["a".to_owned(), "b".to_owned()];
        watch.unchanged.judged = 1;
    });
}

#[test]
fn more_missed_cases_than_were_slowed_are_refused() {
    check_watch("slowed.cases", |watch| {
        watch.slowed.missed = vec!["a".to_owned(), "b".to_owned()];
        watch.slowed.cases = 1;
    });
}

#[test]
fn a_slowdown_by_nothing_is_refused() {
    check_watch("slowed.percent", |watch| watch.slowed.percent = 0.0);
}
