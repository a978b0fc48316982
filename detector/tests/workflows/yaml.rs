//! YAML as JSON values: all that a workflow may hold, and no more.

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value};

/// The one document of `text`. A key that is no text and a tag are refused: no workflow of ours needs them, and readers of
/// YAML differ in what they make of them.
pub(crate) fn value(text: &str) -> Result<Value, String> {
    let documents = Yaml::load_from_str(text).map_err(|error| error.to_string())?;
    match documents.as_slice() {
        [document] => json(document, "the document"),
        others => Err(format!("one document was expected, and there are {}", others.len())),
    }
}

/// What stands at `place`, in the words of the message that refuses it.
fn json(node: &Yaml<'_>, place: &str) -> Result<Value, String> {
    match node {
        Yaml::Value(Scalar::Null) => Ok(Value::Null),
        Yaml::Value(Scalar::Boolean(truth)) => Ok(Value::Bool(*truth)),
        Yaml::Value(Scalar::Integer(number)) => Ok(Value::from(*number)),
        Yaml::Value(Scalar::FloatingPoint(number)) => Ok(Value::from(number.into_inner())),
        Yaml::Value(Scalar::String(text)) => Ok(Value::String(text.to_string())),
        Yaml::Sequence(items) => {
            items.iter().enumerate().map(|(index, item)| json(item, &format!("{place}[{index}]"))).collect()
        }
        Yaml::Mapping(entries) => {
            let mut map = Map::new();
            for (key, item) in entries {
                let Some(key) = key.as_str() else { return Err(format!("a key of {place} is no text: {key:?}")) };
                let item = json(item, &format!("{place}.{key}"))?;
                if map.insert(key.to_owned(), item).is_some() {
                    return Err(format!("{place} has {key} twice"));
                }
            }
            Ok(Value::Object(map))
        }
        other => Err(format!("{place} is neither a scalar, a list nor a map: {other:?}")),
    }
}

mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_key_on_is_a_text_as_it_is_to_github() {
        assert_eq!(value("on: [push]\n"), Ok(json!({ "on": ["push"] })));
    }

    #[test]
    fn a_literal_block_keeps_its_lines() {
        assert_eq!(value("run: |\n  one\n  two\n"), Ok(json!({ "run": "one\ntwo\n" })));
    }

    #[test]
    fn a_key_that_stands_twice_is_refused() {
        assert!(value("permissions: {}\npermissions: write-all\n").is_err());
    }

    #[test]
    fn a_tag_is_refused() {
        assert!(value("a: !odd 1\n").is_err());
    }

    #[test]
    fn a_number_and_a_truth_are_no_texts() {
        assert_eq!(value("a: 30\nb: false\nc: '30'\nd: ~\n"), Ok(json!({ "a": 30, "b": false, "c": "30", "d": null })));
    }
}
