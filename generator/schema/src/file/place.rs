//! Where in a document something stands: its path of fields, and the line that this path leads to.
//!
//! A path is written as in `cases.dot_f32/avx2/n10000.launches[2].samples`.

use std::fmt;

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

/// The line on which the value at `place` begins, or that of the nearest value that contains it, since a field that
/// is left out stands nowhere. `None` where nothing on the way stands in the text.
///
/// `json` must be JSON.
pub(super) fn line_of(json: &str, place: &str) -> Option<usize> {
    let mut place = place;
    loop {
        // The search ends with an error at the value, because that is how serde_json tells where it is.
        if let Err(found) = (Search { rest: place }).deserialize(&mut serde_json::Deserializer::from_str(json)) {
            return Some(found.line());
        }
        place = &place[..place.rfind(['.', '['])?];
    }
}

/// A search for a value.
struct Search<'p> {
    /// The path from here to there.
    rest: &'p str,
}

impl<'p> Search<'p> {
    /// The search that goes on behind `key`, `None` where the path does not lead there.
    fn behind_key(&self, key: &str) -> Option<Search<'p>> {
        match self.rest.strip_prefix(key)? {
            rest if rest.is_empty() || rest.starts_with('[') => Some(Search { rest }),
            rest => rest.strip_prefix('.').map(|rest| Search { rest }),
        }
    }

    /// The search that goes on behind the element `index`, `None` where the path does not lead there.
    fn behind_index(&self, index: usize) -> Option<Search<'p>> {
        let rest = self.rest.strip_prefix(&format!("[{index}]"))?;
        Some(Search { rest: rest.strip_prefix('.').unwrap_or(rest) })
    }
}

impl<'de> DeserializeSeed<'de> for Search<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.rest.is_empty() {
            return Err(Error::custom("found"));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Search<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match self.behind_key(&key) {
                Some(search) => map.next_value_seed(search)?,
                None => map.next_value::<IgnoredAny>().map(drop)?,
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        for index in 0.. {
            let found = match self.behind_index(index) {
                Some(search) => elements.next_element_seed(search)?,
                None => elements.next_element::<IgnoredAny>()?.map(drop),
            };
            if found.is_none() {
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

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{
  "a": 1,
  "b.c": {
    "d": [
      0,
      { "e": null }
    ]
  },
  "b": "x"
}"#;

    #[track_caller]
    fn check(place: &str, line: Option<usize>) {
        assert_eq!(line_of(JSON, place), line, "{place}");
    }

    #[test]
    fn a_field_is_found() {
        check("a", Some(2));
    }

    #[test]
    fn a_field_whose_name_has_a_dot_is_found() {
        check("b.c", Some(3));
        check("b.c.d", Some(4));
    }

    #[test]
    fn an_element_is_found() {
        check("b.c.d[0]", Some(5));
        check("b.c.d[1].e", Some(6));
    }

    #[test]
    fn a_field_that_is_left_out_is_sought_where_it_belongs() {
        check("b.c.f", Some(3));
        check("b.c.d[7].e", Some(4));
    }

    #[test]
    fn what_stands_nowhere_has_no_line() {
        check("z", None);
        check("z.y", None);
    }
}
