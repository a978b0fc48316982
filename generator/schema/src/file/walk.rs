//! A walk over a whole JSON text that keeps nothing but what it says of itself. It comes before the types, because
//! they would let the second of two equal keys win silently, and would call a foreign file a bad one of ours.

use std::{
    collections::{BTreeSet, HashSet},
    fmt::{self, Write},
};

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::Value;

/// What a JSON object says of itself.
#[derive(Debug, Default)]
pub(super) struct Head {
    /// Its `schema_version`, whatever that is.
    pub(super) version: Option<Value>,
    /// The names of all its fields.
    pub(super) fields: BTreeSet<String>,
}

/// Where a walk ended before its end.
#[derive(Debug)]
pub(super) struct Stumble {
    /// The path to that value, empty at the top.
    pub(super) place: String,
    /// What is wrong there. Of the category `Data` where the top is no object, or a key stands twice.
    pub(super) error: serde_json::Error,
}

/// Walks over `json`, which must be one JSON object without a key that stands twice in the same object.
pub(super) fn walk(json: &str) -> Result<Head, Stumble> {
    let mut head = Head::default();
    let mut trail = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let walked =
        deserializer.deserialize_map(Top { head: &mut head, trail: &mut trail }).and_then(|()| deserializer.end());
    match walked {
        Ok(()) => Ok(head),
        Err(error) => Err(Stumble { place: written(&trail), error }),
    }
}

/// One step of a path.
enum Step {
    Key(String),
    Index(usize),
}

fn written(trail: &[Step]) -> String {
    let mut place = String::new();
    for step in trail {
        match step {
            Step::Key(key) if place.is_empty() => place.push_str(key),
            Step::Key(key) => {
                place.push('.');
                place.push_str(key);
            }
            Step::Index(index) => write!(place, "[{index}]").expect("a String takes all text"),
        }
    }
    place
}

/// The next key, which must not have been seen in this object. It is the last step of the trail until its value has
/// been walked over; on an error the trail is left as it is, and shows where.
fn next_key<'de, A: MapAccess<'de>>(
    map: &mut A,
    seen: &mut HashSet<String>,
    trail: &mut Vec<Step>,
) -> Result<bool, A::Error> {
    let Some(key) = map.next_key::<String>()? else {
        return Ok(false);
    };
    trail.push(Step::Key(key.clone()));
    if seen.insert(key) {
        Ok(true)
    } else {
        Err(Error::custom("stands here a second time, and only one can be meant; delete the other"))
    }
}

/// The walk at the top.
struct Top<'t> {
    head: &'t mut Head,
    trail: &'t mut Vec<Step>,
}

impl<'de> Visitor<'de> for Top<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = HashSet::new();
        while next_key(&mut map, &mut seen, self.trail)? {
            match self.trail.last() {
                Some(Step::Key(key)) if key == "schema_version" => self.head.version = Some(map.next_value()?),
                _ => map.next_value_seed(Below { trail: self.trail })?,
            }
            self.trail.pop();
        }
        self.head.fields = seen.into_iter().collect();
        Ok(())
    }
}

/// The walk below the top.
struct Below<'t> {
    trail: &'t mut Vec<Step>,
}

impl<'de> DeserializeSeed<'de> for Below<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Below<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = HashSet::new();
        while next_key(&mut map, &mut seen, self.trail)? {
            map.next_value_seed(Below { trail: self.trail })?;
            self.trail.pop();
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        for index in 0.. {
            self.trail.push(Step::Index(index));
            let element = elements.next_element_seed(Below { trail: self.trail })?;
            self.trail.pop();
            if element.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
}
