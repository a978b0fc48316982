//! As much of HTTP/1.1 as the fake needs: reading a request, and writing an answer whole or cut short.

use std::{
    fmt::Write as _,
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
};

use serde_json::Value;

/// Headers are short; whoever sends more than this is not a client of GitHub's.
const HEAD_MAX_BYTES: usize = 64 << 10;

/// Programs of some tens of megabytes are uploaded as assets.
const BODY_MAX_BYTES: usize = 256 << 20;

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// `GET`, `POST`, …
    pub(crate) method: String,
    /// Path and query, as they were sent.
    pub(crate) target: String,
    /// The path before the `?`, as it was sent.
    pub(crate) path: String,
    /// The query's names and values, decoded, in their order.
    pub(crate) query: Vec<(String, String)>,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// The body, its chunks put together.
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The first header of that name, which is in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a query's parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(parameter, _)| parameter == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; `None` where it is none.
    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Whether it asks for a change.
    pub(crate) fn is_write(&self) -> bool {
        !matches!(self.method.as_str(), "GET" | "HEAD")
    }
}

/// An answer to be sent.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn json(status: u16, body: &Value) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json; charset=utf-8".to_owned())];
        Self { status, headers, body: body.to_string().into_bytes() }
    }

    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The first header of that name, which is in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}

/// The next request of a connection; `None` where there is no further one.
pub(super) fn read(connection: &mut BufReader<TcpStream>) -> io::Result<Option<Request>> {
    let mut head = Vec::new();
    loop {
        let before = head.len();
        connection.by_ref().take((HEAD_MAX_BYTES - before) as u64).read_until(b'\n', &mut head)?;
        match &head[before..] {
            [] if head.is_empty() => return Ok(None),
            // An empty line before a request is to be passed over.
            b"\r\n" if before == 0 => head.clear(),
            b"\r\n" => break,
            [.., b'\n'] => {}
            _ => return Err(malformed("the head ends before its empty line")),
        }
    }
    let mut request = parse(&head)?;
    if request.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue")) {
        connection.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    request.body = read_body(connection, &request)?;
    Ok(Some(request))
}

fn parse(head: &[u8]) -> io::Result<Request> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut parsed = httparse::Request::new(&mut headers);
    parsed.parse(head).map_err(|error| malformed(&error.to_string()))?;
    let target = parsed.path.unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Ok(Request {
        method: parsed.method.unwrap_or_default().to_owned(),
        target: target.to_owned(),
        path: path.to_owned(),
        query: pairs(query),
        headers: parsed
            .headers
            .iter()
            .map(|header| (header.name.to_ascii_lowercase(), String::from_utf8_lossy(header.value).into_owned()))
            .collect(),
        body: Vec::new(),
    })
}

fn read_body(connection: &mut BufReader<TcpStream>, request: &Request) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    if request.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
        loop {
            let line = read_line(connection)?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).map_err(|_| malformed("a chunk's size is no number"))?;
            read_exactly(connection, size, &mut body)?;
            if size == 0 {
                // Trailers, if any, up to the empty line.
                while !read_line(connection)?.is_empty() {}
                return Ok(body);
            }
            read_line(connection)?;
        }
    }
    let length = request.header("content-length").unwrap_or("0");
    let length = length.parse().map_err(|_| malformed("the content's length is no number"))?;
    read_exactly(connection, length, &mut body)?;
    Ok(body)
}

fn read_exactly(connection: &mut BufReader<TcpStream>, length: usize, body: &mut Vec<u8>) -> io::Result<()> {
    let before = body.len();
    if length > BODY_MAX_BYTES - before {
        return Err(malformed("the body is larger than any asset"));
    }
    connection.by_ref().take(length as u64).read_to_end(body)?;
    if body.len() - before == length { Ok(()) } else { Err(malformed("the body is shorter than it said")) }
}

fn read_line(connection: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    connection.by_ref().take(HEAD_MAX_BYTES as u64).read_line(&mut line)?;
    match line.strip_suffix("\r\n") {
        Some(line) => Ok(line.to_owned()),
        None => Err(malformed("a line does not end")),
    }
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// Sends an answer; with `cut`, half of the body that it announces.
pub(super) fn write(connection: &mut TcpStream, answer: &Answer, cut: bool) -> io::Result<()> {
    let mut bytes = format!("HTTP/1.1 {} {}\r\n", answer.status, phrase(answer.status)).into_bytes();
    for (name, value) in &answer.headers {
        write!(bytes, "{name}: {value}\r\n")?;
    }
    if answer.status != 204 {
        write!(bytes, "content-length: {}\r\n", answer.body.len())?;
    }
    bytes.extend_from_slice(b"\r\n");
    let sent = if cut { answer.body.len() / 2 } else { answer.body.len() };
    bytes.extend_from_slice(&answer.body[..sent]);
    connection.write_all(&bytes)?;
    connection.flush()
}

/// Sends a request elsewhere, to `target` and with these headers more, and returns the whole answer.
pub(super) fn exchange(
    address: SocketAddr,
    request: &Request,
    target: &str,
    more: &[(&str, &str)],
) -> io::Result<Answer> {
    let mut bytes =
        format!("{} {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n", request.method).into_bytes();
    let ours = ["host", "connection", "content-length", "transfer-encoding", "expect"];
    let theirs = request.headers.iter().filter(|(name, _)| !ours.contains(&name.as_str()));
    let theirs = theirs.map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in theirs.chain(more.iter().copied()) {
        write!(bytes, "{name}: {value}\r\n")?;
    }
    if !request.body.is_empty() {
        write!(bytes, "content-length: {}\r\n", request.body.len())?;
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(&request.body);
    let mut connection = TcpStream::connect(address)?;
    connection.write_all(&bytes)?;
    let mut bytes = Vec::new();
    connection.read_to_end(&mut bytes)?;
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut parsed = httparse::Response::new(&mut headers);
    match parsed.parse(&bytes).map_err(|error| malformed(&error.to_string()))? {
        httparse::Status::Partial => Err(malformed("the answer's head does not end")),
        httparse::Status::Complete(length) => Ok(Answer {
            status: parsed.code.unwrap_or_default(),
            headers: parsed
                .headers
                .iter()
                .map(|it| (it.name.to_ascii_lowercase(), String::from_utf8_lossy(it.value).into_owned()))
                .collect(),
            body: bytes[length..].to_vec(),
        }),
    }
}

fn phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        410 => "Gone",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Unnamed",
    }
}

/// A query's names and values.
fn pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(&name.replace('+', " ")), decoded(&value.replace('+', " ")))
        })
        .collect()
}

/// `%2F` and its like as what they stand for; what is no such thing stays as it is.
pub(super) fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        if let Some(byte) = code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            out.push(byte);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A text as it may stand in a query or a path's segment.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
