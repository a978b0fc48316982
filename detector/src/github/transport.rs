//! One request and its answer: headers, time limits, proxies, encryption. What is tried again, and when, is decided elsewhere.

use std::{
    env,
    error::Error as _,
    io::{self, Read},
    sync::Arc,
    time::Duration,
};

use rustls::crypto::ring;
use ureq::{
    Agent, Error, Proxy, ProxyProtocol, Timeout,
    http::{self, Method, Response},
    tls::{RootCerts, TlsConfig, TlsProvider},
};

use super::{
    Settings,
    address::{ApiUrl, Target},
};

/// The most that is read of an answer, in bytes: a hundred issues, each with the longest body.
const ANSWER_BYTES: u64 = 64 << 20;

/// The longest that one request may take, but for what it sends.
const REQUEST_LONGEST: Duration = Duration::from_secs(30);

/// How fast an upload is at least, in bytes a second.
const UPLOAD_SLOWEST: u64 = 128 << 10;

/// A request.
pub(super) struct Request<'a> {
    /// What is asked, for people, with the repository.
    pub(super) act: String,
    pub(super) method: Method,
    pub(super) target: Target,
    pub(super) body: Body<'a>,
}

/// What a request sends.
pub(super) enum Body<'a> {
    Nothing,
    Json(serde_json::Value),
    /// A file.
    Bytes(&'a [u8]),
}

/// An answer, whatever its status.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: http::HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// A header, where it is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Why there is no answer, in words for people.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// The request never left.
    NotSent(String),
    /// It may have been acted on.
    Unclear(String),
    /// It never left, and will not the next time.
    Never(String),
}

/// The way to GitHub.
pub(super) struct Transport {
    agent: Agent,
    authorization: Option<String>,
    /// The longest that one request may take, so that there is patience left for a further one.
    longest: Duration,
}

impl Transport {
    /// # Errors
    ///
    /// When the environment's proxy is none.
    pub(super) fn new(settings: &Settings, base: &ApiUrl) -> Result<Self, String> {
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()))
            .build();
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            // Redirects are followed by the client, which keeps the method and does not send the token elsewhere.
            .max_redirects(0)
            .max_redirects_will_error(false)
            // A connection that the server closed in the meantime would leave a write's outcome unknown.
            .max_idle_connections(0)
            .user_agent(concat!("tidegauge-detector/", env!("CARGO_PKG_VERSION")))
            .proxy(if base.is_encrypted() { proxy()? } else { None })
            .tls_config(tls)
            .build()
            .new_agent();
        let longest = (settings.patience / 4).clamp(Duration::from_millis(100), REQUEST_LONGEST);
        Ok(Self { agent, authorization: settings.token.as_ref().map(super::Token::authorization), longest })
    }

    /// Sends the request, once.
    pub(super) fn exchange(&self, request: &Request<'_>) -> Result<Answer, Broken> {
        let (kind, bytes) = match &request.body {
            Body::Nothing => (None, Vec::new()),
            Body::Json(value) => (Some("application/json"), value.to_string().into_bytes()),
            Body::Bytes(bytes) => (Some("application/octet-stream"), bytes.to_vec()),
        };
        let upload = Duration::from_secs(bytes.len() as u64 / UPLOAD_SLOWEST);
        let mut builder = http::Request::builder()
            .method(request.method.clone())
            .uri(&request.target.url)
            .header("accept", "application/vnd.github+json")
            .header("x-github-api-version", "2022-11-28");
        if let Some(authorization) = &self.authorization {
            builder = builder.header("authorization", authorization);
        }
        let limit = Some(self.longest + upload);
        let response = if let Some(kind) = kind {
            let built = builder.header("content-type", kind).body(bytes).map_err(|error| unbuilt(&error))?;
            let built = self.agent.configure_request(built).timeout_global(limit).build();
            self.agent.run(built)
        } else {
            let built = builder.body(()).map_err(|error| unbuilt(&error))?;
            let built = self.agent.configure_request(built).timeout_global(limit).build();
            self.agent.run(built)
        };
        response.map_err(|error| broken(&error)).and_then(read)
    }
}

fn unbuilt(error: &http::Error) -> Broken {
    Broken::Never(format!("the request cannot be made: {error}"))
}

/// The whole answer. One that ends early, or does not end, is as good as none.
fn read(response: Response<ureq::Body>) -> Result<Answer, Broken> {
    let (parts, body) = response.into_parts();
    let mut bytes = Vec::new();
    let mut reader = body.into_with_config().limit(ANSWER_BYTES + 1).reader().take(ANSWER_BYTES + 1);
    reader.read_to_end(&mut bytes).map_err(|error| match broken(&Error::from(error)) {
        Broken::NotSent(problem) | Broken::Unclear(problem) | Broken::Never(problem) => Broken::Unclear(problem),
    })?;
    if bytes.len() as u64 > ANSWER_BYTES {
        return Err(Broken::Unclear(format!("its answer has more than {} MiB", ANSWER_BYTES >> 20)));
    }
    Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body: bytes })
}

/// What broke. The words are our own: those of a library might repeat a header or a proxy's password.
fn broken(error: &Error) -> Broken {
    match error {
        Error::HostNotFound => Broken::NotSent("its host is not found".to_owned()),
        Error::ConnectionFailed => Broken::NotSent("it cannot be connected to".to_owned()),
        Error::ConnectProxyFailed(_) => Broken::NotSent("the proxy does not connect to it".to_owned()),
        Error::Timeout(Timeout::Resolve | Timeout::Connect) => {
            Broken::NotSent("it cannot be connected to in time".to_owned())
        }
        Error::Timeout(_) => Broken::Unclear("it did not answer in time".to_owned()),
        Error::Io(error) => broken_io(error),
        Error::Rustls(error) => broken_tls(error),
        Error::Tls(problem) => Broken::Never(format!("no encrypted connection: {problem}")),
        Error::BadUri(_) | Error::Http(_) | Error::InvalidProxyUrl | Error::TlsRequired => {
            Broken::Never("the request cannot be made of its address".to_owned())
        }
        Error::LargeResponseHeader(..) => Broken::Unclear("its answer has too long a header".to_owned()),
        _ => Broken::Unclear("its answer is no HTTP".to_owned()),
    }
}

fn broken_io(error: &io::Error) -> Broken {
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return broken_tls(error);
    }
    if let Some(error) = error.source().and_then(|inner| inner.downcast_ref::<Error>()) {
        return broken(error);
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused | io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            Broken::NotSent(format!("it cannot be connected to: {}", error.kind()))
        }
        kind => Broken::Unclear(format!("the connection broke: {kind}")),
    }
}

fn broken_tls(error: &rustls::Error) -> Broken {
    match error {
        rustls::Error::InvalidCertificate(why) => Broken::Never(format!(
            "its certificate is not trusted on this machine ({why:?}); trust its authority, or name its certificates in \
             SSL_CERT_FILE"
        )),
        error => Broken::Unclear(format!("the encrypted connection broke: {error}")),
    }
}

/// The environment's proxy for encrypted connections; the one that is set and not empty, in the usual order. Hosts in
/// `NO_PROXY` are reached without.
fn proxy() -> Result<Option<Proxy>, String> {
    let names = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    let set = names.into_iter().find_map(|name| Some((name, env::var_os(name).filter(|value| !value.is_empty())?)));
    let Some((name, value)) = set else {
        return Ok(None);
    };
    // Its address may hold a password, and is not repeated.
    let refuse = || format!("{name} is no proxy such as http://proxy.example:3128; correct it, or unset it");
    let address = value.to_str().ok_or_else(refuse)?;
    let address = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
    let whole = Proxy::new(&address).map_err(|_| refuse())?;
    // Built without them, the library would pass such a proxy by.
    if !matches!(whole.protocol(), ProxyProtocol::Http | ProxyProtocol::Https) {
        return Err(format!("{name} is a SOCKS proxy, and this program speaks only to http:// and https:// ones"));
    }
    let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let exceptions = ["no_proxy", "NO_PROXY"].into_iter().find_map(set).unwrap_or_default();
    let mut builder = Proxy::builder(whole.protocol()).host(whole.host()).port(whole.port());
    if let Some(username) = whole.username() {
        builder = builder.username(username);
    }
    if let Some(password) = whole.password() {
        builder = builder.password(password);
    }
    for host in exceptions.split(',').map(str::trim).filter(|host| !host.is_empty()) {
        // `example.com` means the hosts below it too, as it does for other programs.
        builder = builder.no_proxy(host);
        if !host.starts_with(['*', '.']) {
            builder = builder.no_proxy(&format!(".{host}"));
        }
    }
    builder.build().map(Some).map_err(|_| refuse())
}
