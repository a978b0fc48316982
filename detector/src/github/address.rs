//! Addresses of GitHub's API: where it is, what lies below it, and which others a token may be sent to.

use std::{fmt::Write, net::IpAddr};

/// Where the API is: scheme, host, and the path that GitHub Enterprise has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ApiUrl {
    /// Scheme, host in lower case, and port where it is not the scheme's own.
    origin: String,
    /// Without a slash at the end: empty, or `/api/v3`.
    path: String,
}

/// A path below the API, or a whole address: where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// The whole address.
    pub(super) url: String,
    /// As people read it: from the API on, or whole where it is elsewhere.
    pub(super) shown: String,
}

impl ApiUrl {
    /// Reads `https://HOST[:PORT][/PATH]`. Without encryption only this machine itself is spoken to.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.contains('@') {
            // It may be a password, and is not repeated.
            return Err("names a user; leave that out, and set GITHUB_TOKEN".to_owned());
        }
        let url = Split::of(text).ok_or_else(|| format!("{text:?} is no address such as https://api.github.com"))?;
        if url.query.is_some() {
            return Err(format!("{text:?} has a query or fragment; leave it out"));
        }
        if url.scheme == "http" && !is_this_machine(&url.host) {
            return Err(format!("{text:?} is not encrypted, and would send the token in the clear; use https://"));
        }
        Ok(Self { origin: url.origin(), path: url.path.trim_end_matches('/').to_owned() })
    }

    /// Whether what is sent is encrypted.
    pub(super) fn is_encrypted(&self) -> bool {
        self.origin.starts_with("https:")
    }

    /// A path below the API, each part of it encoded, with a query.
    pub(super) fn target(&self, parts: &[&str], query: &[(&str, &str)]) -> Target {
        let mut shown = String::new();
        for part in parts {
            shown.push('/');
            encode_into(&mut shown, part);
        }
        for (index, (name, value)) in query.iter().enumerate() {
            shown.push(if index == 0 { '?' } else { '&' });
            encode_into(&mut shown, name);
            shown.push('=');
            encode_into(&mut shown, value);
        }
        Target { url: format!("{}{}{shown}", self.origin, self.path), shown }
    }

    /// Another address that GitHub names: where it leads, if it is on the same host.
    ///
    /// # Errors
    ///
    /// The host that it names, where that is another: no token is sent there. It may be anything, of any length.
    pub(super) fn resolve(&self, named: &str) -> Result<Target, String> {
        let url = if named.starts_with('/') && !named.starts_with("//") {
            format!("{}{named}", self.origin)
        } else {
            named.to_owned()
        };
        match Split::of(&url) {
            Some(split) if split.origin() == self.origin => {
                let rest = split.rest();
                let shown = rest.strip_prefix(&self.path).filter(|rest| rest.starts_with('/')).unwrap_or(&rest);
                Ok(Target { url: format!("{}{rest}", self.origin), shown: shown.to_owned() })
            }
            Some(split) => Err(split.origin()),
            None => Err(named.to_owned()),
        }
    }

    /// Where assets are uploaded to, as a release names it (`https://uploads.github.com/…{?name,label}`): on the same host, or on
    /// the one beside it that GitHub keeps for uploads.
    ///
    /// # Errors
    ///
    /// The host that it names, where that is another.
    pub(super) fn upload_target(&self, template: &str, name: &str) -> Result<Target, String> {
        let address = template.split('{').next().unwrap_or_default();
        let target = match (self.resolve(address), Split::of(address)) {
            (Ok(target), _) => target,
            (Err(_), Some(split)) if Some(split.origin()) == self.uploads() => {
                let url = format!("{}{}", split.origin(), split.rest());
                Target { shown: url.clone(), url }
            }
            (Err(host), _) => return Err(host),
        };
        let mut query = "?name=".to_owned();
        encode_into(&mut query, name);
        Ok(Target { url: format!("{}{query}", target.url), shown: format!("{}{query}", target.shown) })
    }

    /// `https://uploads.github.com` beside `https://api.github.com`.
    fn uploads(&self) -> Option<String> {
        let host = self.origin.strip_prefix("https://api.")?;
        Some(format!("https://uploads.{host}"))
    }
}

/// An address in its parts.
struct Split {
    scheme: String,
    host: String,
    port: Option<u16>,
    path: String,
    query: Option<String>,
}

impl Split {
    /// Nothing that could be read in two ways passes: no user, no character that an address cannot have.
    fn of(text: &str) -> Option<Self> {
        if !text.chars().all(|character| character.is_ascii_graphic() && !"\"<>\\^`{|}".contains(character)) {
            return None;
        }
        let (scheme, rest) = text.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        if !matches!(scheme.as_str(), "http" | "https") {
            return None;
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let (host, port) = match authority.rsplit_once(':') {
            // The last colon of `[::1]` is its own.
            Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse::<u16>().ok()?)),
            _ => (authority, None),
        };
        let is_bracketed = host.starts_with('[') && host.ends_with(']');
        let is_named = host.chars().all(|character| character.is_ascii_alphanumeric() || "-._".contains(character));
        if host.is_empty() || !(is_named || is_bracketed && host[1..host.len() - 1].parse::<IpAddr>().is_ok()) {
            return None;
        }
        let start = rest.find(['?', '#']).unwrap_or(rest.len());
        let (path, query) = rest.split_at(start);
        let usual = if scheme == "https" { 443 } else { 80 };
        Some(Self {
            host: host.to_ascii_lowercase(),
            port: port.filter(|&port| port != usual),
            path: path.to_owned(),
            query: Some(query.to_owned()).filter(|query| !query.is_empty()),
            scheme,
        })
    }

    fn origin(&self) -> String {
        let port = self.port.map_or_else(String::new, |port| format!(":{port}"));
        format!("{}://{}{port}", self.scheme, self.host)
    }

    /// Path and query; a fragment is never sent.
    fn rest(&self) -> String {
        let query = self.query.as_deref().unwrap_or_default();
        let query = query.split('#').next().unwrap_or_default();
        let path = if self.path.is_empty() { "/" } else { &self.path };
        format!("{path}{query}")
    }
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn encode_into(text: &mut String, part: &str) {
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
}

/// The address that a `Link` header calls `next`.
pub(super) fn next_page(link: &str) -> Option<&str> {
    let mut rest = link;
    while let Some((_, from)) = rest.split_once('<') {
        let (address, parameters) = from.split_once('>')?;
        let end = parameters.find('<').unwrap_or(parameters.len());
        let is_next = parameters[..end].split([';', ',']).map(str::trim).any(|parameter| {
            let relation = parameter.strip_prefix("rel=").map(|value| value.trim_matches('"'));
            relation.is_some_and(|relation| relation.split(' ').any(|word| word == "next"))
        });
        if is_next {
            return Some(address);
        }
        rest = &parameters[end..];
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn api(text: &str) -> ApiUrl {
        ApiUrl::parse(text).expect("an address")
    }

    fn url(text: &str, parts: &[&str]) -> String {
        api(text).target(parts, &[]).url
    }

    #[test]
    fn a_github_enterprise_with_a_path_keeps_it() {
        assert_eq!(url("https://ghe.example/api/v3/", &["repos", "o"]), "https://ghe.example/api/v3/repos/o");
    }

    #[test]
    fn what_comes_from_outside_cannot_leave_its_part_of_the_path() {
        assert_eq!(url("https://h", &["labels", "a/../b?c#d e"]), "https://h/labels/a%2F..%2Fb%3Fc%23d%20e");
    }

    #[test]
    fn a_query_is_encoded() {
        let target = api("https://h").target(&["pulls"], &[("head", "o:a&b=c"), ("state", "open")]);
        assert_eq!(target.shown, "/pulls?head=o%3Aa%26b%3Dc&state=open");
    }

    #[test]
    fn without_encryption_only_this_machine_is_spoken_to() {
        for fine in ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:1/api"] {
            assert!(!api(fine).is_encrypted(), "{fine}");
        }
        for bad in ["http://ghe.example", "http://localhost.example", "http://127.0.0.1.example", "http://0.0.0.0"] {
            assert!(ApiUrl::parse(bad).expect_err(bad).contains("in the clear"), "{bad}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_no_address() {
        for bad in [
            "ghe.example",
            "ftp://h",
            "https://",
            "https://a@b",
            "https://a b",
            "https://h:x",
            "https://h\\@b",
            "https://[h]",
        ] {
            assert!(ApiUrl::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_password_in_the_address_is_refused_and_not_repeated() {
        let problem = ApiUrl::parse("https://keeper:passphrase@ghe.example").expect_err("a user");
        assert!(problem.contains("leave that out") && !problem.contains("passphrase"), "{problem}");
    }

    #[test]
    fn the_port_of_the_scheme_is_no_other_host() {
        assert!(api("https://H.example:443/v3").resolve("https://h.example/v3/repositories/1").is_ok());
    }

    #[test]
    fn an_address_on_the_same_host_is_followed_and_shown_from_the_api_on() {
        let target = api("https://h/api/v3").resolve("https://h/api/v3/repositories/1?page=2#x").expect("same host");
        assert_eq!(
            (target.url.as_str(), target.shown.as_str()),
            ("https://h/api/v3/repositories/1?page=2", "/repositories/1?page=2")
        );
        assert_eq!(api("https://h").resolve("/repositories/1").expect("same host").url, "https://h/repositories/1");
    }

    #[test]
    fn no_other_host_port_or_scheme_is_followed() {
        for other in
            ["https://evil.example/x", "https://h:8443/x", "http://h/x", "//evil.example/x", "https://h@evil/x", "x"]
        {
            assert!(api("https://h").resolve(other).is_err(), "{other}");
        }
    }

    #[test]
    fn assets_go_to_the_host_beside_the_api() {
        let upload =
            |api_url: &str, template: &str| api(api_url).upload_target(template, "a b").map(|target| target.url);
        let template = "https://uploads.github.com/repos/o/n/releases/1/assets{?name,label}";
        let expected = "https://uploads.github.com/repos/o/n/releases/1/assets?name=a%20b";
        assert_eq!(upload("https://api.github.com", template), Ok(expected.to_owned()));
        let own = "https://ghe.example/api/uploads/repos/o/n/releases/1/assets{?name,label}";
        assert!(upload("https://ghe.example/api/v3", own).is_ok());
        assert!(upload("https://ghe.example/api/v3", template).is_err(), "another host");
        assert!(upload("https://api.github.com", "http://uploads.github.com/x").is_err(), "not encrypted");
    }

    #[test]
    fn the_next_page_is_found_among_the_links() {
        let link = "<https://h/a?page=1>; rel=\"prev\", <https://h/a,b?page=3>; rel=\"next\", <https://h/a?page=9>; rel=\"last\"";
        assert_eq!(next_page(link), Some("https://h/a,b?page=3"));
        assert_eq!(next_page("<https://h/a?page=1>; rel=\"first\""), None);
        assert_eq!(next_page("garbage <"), None);
    }
}
