//! What the client needs to know beforehand, from the environment: where the API is, and the token.

use std::{env, fmt, time::Duration};

use super::GithubError;

/// GitHub's own API.
const PUBLIC_API: &str = "https://api.github.com";

/// The environment's names of the token, in the order in which they count.
const TOKEN_NAMES: [&str; 2] = ["GITHUB_TOKEN", "GH_TOKEN"];

/// How the client reaches GitHub, and how long it tries.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the API is.
    pub api_url: String,
    /// Who we are; `None` reads what is public.
    pub token: Option<Token>,
    /// How long to wait in all for a GitHub that is away or asks to wait.
    pub patience: Duration,
    /// How long to wait between two writes; the first wait before a further attempt is as long.
    pub pause: Duration,
}

impl Settings {
    /// The environment's: `GITHUB_API_URL`, `GITHUB_TOKEN`, `GH_TOKEN`. One that is empty is as good as unset.
    ///
    /// # Errors
    ///
    /// When the token holds what no token can. The message does not repeat it.
    pub fn from_environment(patience: Duration, pause: Duration) -> Result<Self, GithubError> {
        let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        let api_url =
            set("GITHUB_API_URL").map_or_else(|| PUBLIC_API.to_owned(), |url| url.to_string_lossy().into_owned());
        let token = TOKEN_NAMES.iter().find_map(|name| set(name).map(|value| (name, value)));
        let token = token.map(|(name, value)| {
            value.to_str().and_then(Token::new).ok_or_else(|| {
                GithubError::Settings(format!(
                    "{name} holds spaces, control characters or others that no token has; set it anew"
                ))
            })
        });
        Ok(Self { api_url, token: token.transpose()?, patience, pause })
    }
}

/// Who we are to GitHub. It is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A token of visible ASCII characters; a line's end behind it, as files have, is dropped.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim_end_matches(['\n', '\r']);
        let is_token = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_token.then(|| Self(text.to_owned()))
    }

    /// The value of the header that says who we are.
    pub(super) fn authorization(&self) -> String {
        format!("Bearer {}", self.0)
    }

    /// The text without the token, should an answer repeat it.
    pub(super) fn hidden_in(&self, text: &str) -> String {
        // In lower case too, as a host is written.
        let (lower, token) = (text.to_ascii_lowercase(), self.0.to_ascii_lowercase());
        let (mut hidden, mut behind) = (String::with_capacity(text.len()), 0);
        for (at, found) in lower.match_indices(&token) {
            hidden.push_str(&text[behind..at]);
            hidden.push_str("***");
            behind = at + found.len();
        }
        hidden + &text[behind..]
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_not_shown() {
        let token = Token::new("ghs_secret\n").expect("a token");
        let settings =
            Settings { api_url: String::new(), token: Some(token), patience: Duration::ZERO, pause: Duration::ZERO };
        assert!(!format!("{settings:?}").contains("secret"));
    }

    #[test]
    fn what_would_break_a_header_is_no_token() {
        for bad in ["", "\n", "a b", "a\r\nX: y", "ä"] {
            assert!(Token::new(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn a_text_that_repeats_the_token_loses_it() {
        assert_eq!(Token::new("ghs_x").expect("a token").hidden_in("bad ghs_x!"), "bad ***!");
    }
}
