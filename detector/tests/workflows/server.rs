//! The git side of the GitHub that the workflows are played against: a bare repository behind HTTP, to which only a token
//! that may write can push. What is not git's is led to the fake.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{self, BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use crate::workflow::{Access, Permissions};

/// The server. Its threads end with the test's process.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    tokens: Arc<Mutex<BTreeMap<String, Permissions>>>,
}

#[derive(Clone, Debug)]
struct Serving {
    /// The folder in which the repositories stand as OWNER/NAME.
    root: PathBuf,
    tokens: Arc<Mutex<BTreeMap<String, Permissions>>>,
    /// Where the rest of GitHub is.
    beside: String,
}

/// Who sends a request.
enum Who {
    /// It has no token.
    Nobody,
    /// It has a token that nobody gave out.
    Stranger,
    /// It has one that may do this.
    Known(Permissions),
}

impl Server {
    /// Serves the repositories in `root`.
    pub(crate) fn start(root: &Path, beside: String) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("the listener has an address");
        let tokens = Arc::default();
        let serving = Serving { root: root.to_owned(), tokens: Arc::clone(&tokens), beside };
        thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let serving = serving.clone();
                // A connection that breaks is the client's affair.
                thread::spawn(move || serving.serve(connection).ok());
            }
        });
        Self { address, tokens }
    }

    /// What a block finds as `GITHUB_SERVER_URL`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on this token may do that.
    pub(crate) fn admit(&self, token: &str, permissions: &Permissions) {
        locked(&self.tokens).insert(token.to_owned(), permissions.clone());
    }

    /// What a token may do; `None` where it is not one of ours.
    pub(crate) fn permissions_of(&self, token: &str) -> Option<Permissions> {
        locked(&self.tokens).get(token).cloned()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What git sends as a token's password, as an `Authorization` header has it.
pub(crate) fn basic(token: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = "basic ".to_owned();
    for three in format!("x-access-token:{token}").as_bytes().chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let index = (bits >> (18 - 6 * digit)) & 63;
            encoded.push(if digit <= three.len() { char::from(DIGITS[index as usize]) } else { '=' });
        }
    }
    encoded
}

impl Serving {
    /// Answers one request; git asks again on a new connection.
    fn serve(&self, connection: TcpStream) -> io::Result<()> {
        let mut writer = connection.try_clone()?;
        let mut reader = BufReader::new(connection);
        let line = line(&mut reader)?;
        let mut words = line.split(' ');
        let (Some(method), Some(target)) = (words.next(), words.next()) else { return Ok(()) };
        let headers = headers(&mut reader)?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if !["/info/refs", "/git-upload-pack", "/git-receive-pack"].iter().any(|end| path.ends_with(end)) {
            return write!(
                writer,
                "HTTP/1.1 302 Found\r\nlocation: {}{target}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
                self.beside
            );
        }
        if headers.get("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue")) {
            writer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let body = body(&mut reader, &headers)?;
        let is_push = path.ends_with("/git-receive-pack") || query.contains("service=git-receive-pack");
        let refusal = match self.who(&headers) {
            Who::Known(permissions) if !is_push || permissions.get("contents") == Some(&Access::Write) => None,
            // Everybody may read what is public.
            Who::Nobody if !is_push => None,
            Who::Nobody => Some("401 Unauthorized\r\nwww-authenticate: Basic realm=\"GitHub\""),
            Who::Known(_) => Some("403 Forbidden"),
            Who::Stranger => Some("401 Unauthorized"),
        };
        match refusal {
            Some(status) => write!(writer, "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"),
            None => writer.write_all(&self.git(method, path, query, &headers, &body)?),
        }
    }

    /// Whose request it is.
    fn who(&self, headers: &BTreeMap<String, String>) -> Who {
        let Some(given) = headers.get("authorization") else { return Who::Nobody };
        let tokens = locked(&self.tokens);
        let known =
            tokens.iter().find(|(token, _)| basic(token)[6..] == given[given.find(' ').map_or(0, |at| at + 1)..]);
        known.map_or(Who::Stranger, |(_, permissions)| Who::Known(permissions.clone()))
    }

    /// git's own answer.
    fn git(
        &self,
        method: &str,
        path: &str,
        query: &str,
        headers: &BTreeMap<String, String>,
        body: &[u8],
    ) -> io::Result<Vec<u8>> {
        let header = |name: &str| headers.get(name).map_or("", String::as_str);
        let mut backend = Command::new("git")
            .arg("http-backend")
            .env("GIT_PROJECT_ROOT", &self.root)
            .env("GIT_HTTP_EXPORT_ALL", "1")
            .env("PATH_INFO", path.replacen(".git/", "/", 1))
            .env("QUERY_STRING", query)
            .env("REQUEST_METHOD", method)
            .env("CONTENT_TYPE", header("content-type"))
            .env("CONTENT_LENGTH", body.len().to_string())
            .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
            .env("GIT_PROTOCOL", header("git-protocol"))
            .env("REMOTE_USER", "x-access-token")
            .env("REMOTE_ADDR", "127.0.0.1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut input = backend.stdin.take().expect("it was piped");
        let sent = body.to_owned();
        // Where it needs no more of it, it does not wait for the rest.
        let sender = thread::spawn(move || input.write_all(&sent).ok());
        let output = backend.wait_with_output()?.stdout;
        sender.join().ok();
        let end = output.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(output.len());
        let mut status = "200 OK".to_owned();
        let mut rest = String::new();
        for line in String::from_utf8_lossy(&output[..end]).lines() {
            match line.strip_prefix("Status: ") {
                Some(other) => other.clone_into(&mut status),
                None => {
                    let _ = write!(rest, "{line}\r\n");
                }
            }
        }
        let content = output.get(end + 4..).unwrap_or_default();
        let head = format!("HTTP/1.1 {status}\r\n{rest}content-length: {}\r\nconnection: close\r\n\r\n", content.len());
        Ok([head.as_bytes(), content].concat())
    }
}

fn line(reader: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

fn headers(reader: &mut BufReader<TcpStream>) -> io::Result<BTreeMap<String, String>> {
    let mut headers = BTreeMap::new();
    loop {
        let line = line(reader)?;
        match line.split_once(':') {
            Some((name, value)) => headers.insert(name.to_ascii_lowercase(), value.trim().to_owned()),
            None => return Ok(headers),
        };
    }
}

fn body(reader: &mut BufReader<TcpStream>, headers: &BTreeMap<String, String>) -> io::Result<Vec<u8>> {
    let malformed = |_| io::Error::from(io::ErrorKind::InvalidData);
    let mut body = Vec::new();
    if headers.get("transfer-encoding").is_none_or(|value| value != "chunked") {
        let length = headers.get("content-length").map_or(Ok(0), |length| length.parse()).map_err(malformed)?;
        reader.take(length).read_to_end(&mut body)?;
        return Ok(body);
    }
    loop {
        let length = u64::from_str_radix(&line(reader)?, 16).map_err(malformed)?;
        reader.take(length).read_to_end(&mut body)?;
        line(reader)?;
        if length == 0 {
            return Ok(body);
        }
    }
}

mod tests {
    use super::*;

    #[test]
    fn a_token_is_sent_as_base64() {
        // Made by `printf 'x-access-token:abc' | base64`, and the same with `ab` and `a`.
        assert_eq!(basic("abc"), "basic eC1hY2Nlc3MtdG9rZW46YWJj");
        assert_eq!(basic("ab"), "basic eC1hY2Nlc3MtdG9rZW46YWI=");
        assert_eq!(basic("a"), "basic eC1hY2Nlc3MtdG9rZW46YQ==");
    }
}
