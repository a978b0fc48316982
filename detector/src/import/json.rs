//! Foreign JSON: what is wrong with it is told with its line, its field and the benchmark's name.

use std::{collections::BTreeSet, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, MapAccess, Visitor},
};
use serde_json::error::Category;
use serde_path_to_error::{Path, Segment};

use super::refusal::{Problem, Refusal, quoted, shortened};

/// Reads JSON; `list` is the field that holds the benchmarks, `name` the field of each that holds its name.
///
/// # Errors
///
/// When it is none, is cut off, or has other types.
pub(super) fn read<T: DeserializeOwned>(text: &str, list: &str, name: &str) -> Result<T, Refusal> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    match serde_path_to_error::deserialize(&mut deserializer) {
        Ok(value) => match deserializer.end() {
            Ok(()) => Ok(value),
            Err(error) => Err(refusal(&error, None, None)),
        },
        Err(error) => {
            let benchmark = name_at(text, error.path(), list, name);
            Err(refusal(error.inner(), Some(error.path()), benchmark))
        }
    }
}

fn refusal(error: &serde_json::Error, path: Option<&Path>, benchmark: Option<String>) -> Refusal {
    let line = format!("line {}", error.line());
    let field = path.map(ToString::to_string).filter(|field| field != "." && field != "?");
    let problem = Problem::Json(match error.classify() {
        Category::Eof => "it is cut off here".to_owned(),
        _ => shortened(&without_place(error)),
    });
    Refusal { place: Some(field.map_or_else(|| line.clone(), |field| format!("{line}, {field}"))), benchmark, problem }
}

/// What serde says, without the place, which is told otherwise.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).unwrap_or(&text).to_owned()
}

/// The name of the benchmark that a path leads into, where the text as a whole can be read.
fn name_at(text: &str, path: &Path, list: &str, name: &str) -> Option<String> {
    let index = path
        .iter()
        .skip_while(|segment| !matches!(segment, Segment::Map { key } if key == list))
        .find_map(|segment| if let Segment::Seq { index } = segment { Some(*index) } else { None })?;
    let whole: serde_json::Value = serde_json::from_str(text).ok()?;
    Some(whole.get(list)?.get(index)?.get(name)?.as_str()?.to_owned())
}

/// An object by name, in the order of the file. A name that stands twice is refused, where a map would let the second
/// win.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Named<V>(pub(super) Vec<(String, V)>);

impl<V> Default for Named<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Named<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ByName(PhantomData))
    }
}

struct ByName<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for ByName<V> {
    type Value = Named<V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Named<V>, A::Error> {
        let mut names = BTreeSet::new();
        let mut entries = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            if !names.insert(name.clone()) {
                return Err(A::Error::custom(format!("{} stands here a second time", quoted(&name))));
            }
            entries.push((name, map.next_value()?));
        }
        Ok(Named(entries))
    }
}
