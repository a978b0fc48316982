//! The name of a repository: `OWNER/NAME`.

use std::{fmt, str::FromStr};

/// A repository on GitHub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// The person or organisation.
    pub owner: String,
    /// Its name there.
    pub name: String,
}

/// A text that names no repository.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be OWNER/NAME, of letters, digits, '-', '_' and '.', such as tide/gauge")]
pub struct RepositoryError;

impl FromStr for Repository {
    type Err = RepositoryError;

    fn from_str(text: &str) -> Result<Self, RepositoryError> {
        let (owner, name) = text.split_once('/').ok_or(RepositoryError)?;
        let is_part = |part: &str| {
            let are_known =
                part.chars().all(|character| character.is_ascii_alphanumeric() || "-_.".contains(character));
            are_known && (1..=100).contains(&part.len()) && part != "." && part != ".."
        };
        if is_part(owner) && is_part(name) {
            Ok(Self { owner: owner.to_owned(), name: name.to_owned() })
        } else {
            Err(RepositoryError)
        }
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owner_and_name_are_read() {
        let repository: Repository = "tide-1/gauge_2.rs".parse().expect("a repository");
        assert_eq!((repository.owner.as_str(), repository.name.as_str()), ("tide-1", "gauge_2.rs"));
        assert_eq!(repository.to_string(), "tide-1/gauge_2.rs");
    }

    #[test]
    fn nothing_else_is_a_repository() {
        for bad in
            ["", "a", "/", "a/", "/b", "a/b/c", "a/..", "../b", "a b/c", "a/b?c", "https://github.com/a/b", "ä/b"]
        {
            assert_eq!(bad.parse::<Repository>(), Err(RepositoryError), "{bad}");
        }
    }
}
