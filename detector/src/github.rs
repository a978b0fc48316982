//! GitHub: the only network of the workspace.
//!
//! | file | holds |
//! |---|---|
//! | `settings` | what the environment says: where the API is, the token |
//! | `repository` | `OWNER/NAME` |
//! | `address` | addresses of the API, and which others a token may be sent to |
//! | `transport` | one request and its answer |
//! | `retry` | what to do after an answer, or none |
//! | `client` | requests with patience, none of them made twice |
//! | `issue` | issues, comments and labels, as far as they are read here |
//! | `issues`, `pulls`, `releases` | what is asked about them |
//! | `rehearsal` | what would be sent |

mod address;
mod client;
mod error;
mod issue;
mod issues;
mod pulls;
mod rehearsal;
mod releases;
mod repository;
mod retry;
mod settings;
mod transport;

pub use client::Client;
pub use error::GithubError;
pub use issue::{Author, Comment, Issue, IssueDraft, IssueEdit, IssueState, Label};
pub use pulls::{PullRequest, PullRequestDraft, Tip};
pub use rehearsal::Rehearsed;
pub use releases::{Asset, Release, ReleaseDraft};
pub use repository::{Repository, RepositoryError};
pub use settings::{Settings, Token};
