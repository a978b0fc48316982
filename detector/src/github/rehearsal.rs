//! What would be sent: the requests of a dry run, kept in place of being sent.

use std::fmt;

use serde_json::Value;

use super::transport::{Body, Request};

/// A request that would change something on GitHub, and was not sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Rehearsed {
    /// `POST`, `PATCH`, `DELETE`.
    pub method: String,
    /// The path below the API, or a whole address where it is elsewhere.
    pub path: String,
    /// Its JSON; `None` where it has none.
    pub body: Option<Value>,
    /// How many bytes it uploads.
    pub upload_bytes: Option<usize>,
}

impl From<&Request<'_>> for Rehearsed {
    fn from(request: &Request<'_>) -> Self {
        let (body, upload_bytes) = match &request.body {
            Body::Nothing => (None, None),
            Body::Json(value) => (Some(value.clone()), None),
            Body::Bytes(bytes) => (None, Some(bytes.len())),
        };
        Self { method: request.method.to_string(), path: request.target.shown.clone(), body, upload_bytes }
    }
}

impl fmt::Display for Rehearsed {
    /// Method and path in a line, then the body, then an empty line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {}", self.method, self.path)?;
        if let Some(body) = &self.body {
            let json = serde_json::to_string_pretty(body).map_err(|_| fmt::Error)?;
            // A log may be read by GitHub's runner, to which this would be a command.
            writeln!(f, "{}", json.replace("##[", "#\\u0023["))?;
        }
        if let Some(bytes) = self.upload_bytes {
            writeln!(f, "({bytes} bytes, application/octet-stream)")?;
        }
        writeln!(f)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rehearsed(body: Option<Value>, upload_bytes: Option<usize>) -> String {
        Rehearsed { method: "POST".to_owned(), path: "/x".to_owned(), body, upload_bytes }.to_string()
    }

    #[test]
    fn a_request_is_told_with_its_json() {
        assert_eq!(rehearsed(Some(json!({ "a": "b\nc" })), None), "POST /x\n{\n  \"a\": \"b\\nc\"\n}\n\n");
    }

    #[test]
    fn no_body_is_a_command_to_the_runner_that_logs_it() {
        assert!(!rehearsed(Some(json!({ "a": "##[add-mask]b" })), None).contains("##["));
    }

    #[test]
    fn an_upload_is_told_by_its_size() {
        assert_eq!(rehearsed(None, Some(3)), "POST /x\n(3 bytes, application/octet-stream)\n\n");
    }
}
