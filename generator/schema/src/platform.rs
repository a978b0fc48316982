//! A platform's key as JSON Schema has it: one of those that `platforms.toml` lists, and no other text.

use std::borrow::Cow;

use platforms::platform;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// Stands for [`PlatformKey`](platforms::PlatformKey), which knows nothing of schemas.
pub(crate) struct Key;

impl JsonSchema for Key {
    fn schema_name() -> Cow<'static, str> {
        "Platform".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let keys: Vec<&str> = platform::list().iter().map(|platform| platform.key.as_str()).collect();
        json_schema!({ "type": "string", "enum": keys })
    }

    // It stands where it is used: as a field's values, or as the names of a map.
    fn inline_schema() -> bool {
        true
    }
}
