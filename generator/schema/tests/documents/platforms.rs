//! The keys of platforms in the JSON Schemas are those of `platforms.toml`, and no others.

use platforms::platform;
use schema::document::Kind;
use serde_json::{Value, json};

fn keys() -> Vec<Value> {
    platform::list().iter().map(|platform| platform.key.as_str().into()).collect()
}

#[test]
fn a_document_of_one_platform_takes_the_listed_keys_alone() {
    for kind in [Kind::Report, Kind::Pair, Kind::Comparison, Kind::Crossval, Kind::Watch] {
        let schema = kind.json_schema().to_value();
        assert_eq!(schema["properties"]["platform"]["enum"], json!(keys()), "{}", kind.name());
    }
}

#[test]
fn the_changes_of_a_csv_file_are_of_no_platform_and_others_of_a_listed_one() {
    let schema = Kind::Changes.json_schema().to_value();
    let or_none: Vec<Value> = keys().into_iter().chain([Value::Null]).collect();
    let defined = schema["$defs"].as_object().expect("types").values();
    let platforms: Vec<&Value> = defined.filter_map(|of| of["properties"].get("platform")).collect();
    let [platform] = platforms[..] else { panic!("{platforms:?}") };
    assert_eq!(platform["enum"], json!(or_none));
}

#[test]
fn the_baselines_have_a_section_for_each_listed_platform_and_for_no_other() {
    let schema = Kind::Baselines.json_schema().to_value();
    let sections = &schema["properties"]["baselines"];
    let names: Vec<&String> = sections["properties"].as_object().expect("sections").keys().collect();
    assert_eq!((json!(names), &sections["additionalProperties"]), (json!(keys()), &json!(false)));
}
