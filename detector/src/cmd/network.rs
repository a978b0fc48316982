//! What the verbs that speak to GitHub have in common: their flags, their client, and how they end where GitHub did not take it.

use std::{env, time::Duration};

use anyhow::{Result, bail};
use clap::Args;
use detector::{
    github::{Client, GithubError, Repository, Settings},
    output::visible,
};
use schema::exit::Exit;

/// The flags of every verb that speaks to GitHub.
#[derive(Args)]
pub(crate) struct NetworkArguments {
    /// The repository on GitHub
    #[arg(long, value_name = "OWNER/NAME")]
    repo: Repository,
    /// Print the requests that would be sent, and send none that changes anything. Without a token it acts as if nothing stood
    /// on GitHub
    #[arg(long)]
    dry_run: bool,
    /// How long to wait in all for a GitHub that is away or asks to wait
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "10m")]
    patience: Duration,
    /// How long to wait between two writes, as GitHub asks for
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "1s")]
    pause: Duration,
}

impl NetworkArguments {
    /// The client that the flags and the environment ask for.
    ///
    /// # Errors
    ///
    /// When there is no token and it is no dry run, or the environment makes no sense.
    pub(super) fn client(&self) -> Result<Client> {
        let settings = Settings::from_environment(self.patience, self.pause)?;
        if self.dry_run {
            if settings.token.is_none() {
                tracing::warn!(
                    "no token (GITHUB_TOKEN, else GH_TOKEN): GitHub is not asked, and it is as if nothing stood there"
                );
            }
            return Ok(Client::rehearsal(settings, self.repo.clone())?);
        }
        if settings.token.is_none() {
            bail!(
                "there is no token to write to GitHub with; set GITHUB_TOKEN, else GH_TOKEN, or see with --dry-run what would be sent"
            );
        }
        Ok(Client::new(settings, self.repo.clone())?)
    }

    /// A client that asks nobody, and keeps what it would send as if nothing stood on GitHub.
    ///
    /// # Errors
    ///
    /// When the environment makes no sense.
    pub(super) fn offline(&self) -> Result<Client> {
        let settings = Settings::from_environment(self.patience, self.pause)?;
        Ok(Client::rehearsal(Settings { token: None, ..settings }, self.repo.clone())?)
    }

    /// Whether nothing is to be sent.
    pub(super) const fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// The repository.
    pub(super) const fn repository(&self) -> &Repository {
        &self.repo
    }
}

/// Where people see GitHub, for links, without a slash at the end: `GITHUB_SERVER_URL`, else `https://github.com`.
pub(super) fn server_url() -> String {
    let set = env::var("GITHUB_SERVER_URL").ok();
    let is_plain = |url: &String| {
        let is_web = url.starts_with("https://") || url.starts_with("http://");
        is_web && url.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":/.-_".contains(&byte))
    };
    let url = set.filter(is_plain).unwrap_or_else(|| "https://github.com".to_owned());
    url.trim_end_matches('/').to_owned()
}

/// The requests of a dry run, for standard output: empty where it is none.
pub(super) fn rehearsed(client: &Client) -> String {
    client.rehearsed().iter().map(ToString::to_string).collect()
}

/// How a verb ends where GitHub did not do what it should.
///
/// # Errors
///
/// The error itself, where it was not GitHub's doing but that of the settings.
pub(super) fn undelivered(error: GithubError) -> Result<Exit> {
    if matches!(error, GithubError::Settings(_)) {
        return Err(error.into());
    }
    tracing::error!("{}", visible(&error.to_string()));
    Ok(Exit::NotDelivered)
}

/// A time of at least 0: a number and `ms`, `s`, `m` or `h`; a number alone counts seconds.
fn time(text: &str) -> Result<Duration, String> {
    let units = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0), ("", 1.0)];
    let found = units.into_iter().find_map(|(unit, scale)| Some((text.strip_suffix(unit)?, scale)));
    match found.map(|(number, scale)| (number.parse::<f64>(), scale)) {
        Some((Ok(number), scale)) if number >= 0.0 && number * scale < 1e6 => {
            Ok(Duration::from_secs_f64(number * scale))
        }
        _ => Err("must be a time, such as 90s, 5m or 2h".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_their_unit() {
        for (text, milliseconds) in
            [("0", 0), ("90", 90_000), ("1.5s", 1500), ("200ms", 200), ("10m", 600_000), ("2h", 7_200_000)]
        {
            assert_eq!(time(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for bad in ["", "s", "-1s", "1d", "inf", "NaN", "1e9h"] {
            assert!(time(bad).is_err(), "{bad}");
        }
    }
}
