//! What can go wrong with GitHub, in words for people. No message holds the token.

/// Why something was not done on GitHub.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GithubError {
    /// The client cannot be made of these settings. Nothing was sent.
    #[error("{0}")]
    Settings(String),
    /// GitHub said no, and will say so again.
    #[error("{act}: GitHub answered {status}{said}; {remedy}")]
    Refused {
        /// What was asked, with the repository.
        act: String,
        /// The HTTP status.
        status: u16,
        /// Its message, in parentheses behind a space; empty where it has none.
        said: String,
        /// The fields that it names as wrong.
        fields: Vec<String>,
        /// What to do.
        remedy: &'static str,
    },
    /// The issue is locked: only those who may write to the repository comment there.
    #[error("{act}: the issue is locked, and takes no comment")]
    Locked {
        /// What was asked, with the repository.
        act: String,
    },
    /// The issue is there, without labels that it should have: GitHub drops those of a token that may not push, without a word.
    #[error(
        "{act}: GitHub left the labels {labels} out of issue {number}, as it does where the token may not write to the \
         repository; give the token the permission `issues: write`"
    )]
    LabelsDropped {
        /// What was asked, with the repository.
        act: String,
        /// The issue.
        number: u64,
        /// The labels that it does not have, with commas.
        labels: String,
    },
    /// GitHub stayed away, or asked to wait for longer than there is patience.
    #[error("{act}: {problem}; run it again when GitHub is back, or with a longer --patience")]
    Away {
        /// What was asked, with the repository.
        act: String,
        /// What happened last.
        problem: String,
    },
    /// What was answered makes no sense, or leads elsewhere.
    #[error("{act}: {problem}")]
    Odd {
        /// What was asked, with the repository.
        act: String,
        /// What is wrong with it, and what to do.
        problem: String,
    },
}

impl GithubError {
    /// Whether GitHub was not to be had, so that it makes no sense to ask for anything else now.
    #[must_use]
    pub const fn is_away(&self) -> bool {
        matches!(self, Self::Away { .. })
    }

    /// Whether there is no such thing.
    pub(super) const fn is_absent(&self) -> bool {
        matches!(self, Self::Refused { status: 404 | 410, .. })
    }

    /// Whether GitHub refused the values of a request, and named this field.
    pub(super) fn is_about(&self, field: &str) -> bool {
        matches!(self, Self::Refused { status: 422, fields, .. } if fields.iter().any(|named| named == field))
    }

    /// Whether GitHub refused the values of a request.
    pub(super) const fn is_invalid(&self) -> bool {
        matches!(self, Self::Refused { status: 422, .. })
    }
}
