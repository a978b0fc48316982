//! Reads a line of the worker protocol, as a job and as an answer. A job is not run.

#![no_main]

use std::fmt::Debug;

use generator::protocol::{Job, Line};
use serde::{Serialize, de::DeserializeOwned};

fuzz::reader!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    check::<Job>(text);
    check::<Line>(text);
});

/// What is understood is said again as it was.
fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(text: &str) {
    if let Ok(understood) = serde_json::from_str::<T>(text) {
        let said = serde_json::to_string(&understood).expect("it has only text for keys");
        assert_eq!(serde_json::from_str::<T>(&said).expect("what was said is understood"), understood);
    }
}
