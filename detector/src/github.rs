//! GitHub: the only network of the workspace.
//!
//! | file | holds |
//! |---|---|
//! | `issue` | issues, comments and labels, as far as they are read here |

mod issue;

pub use issue::{Author, Comment, Issue, IssueState, Label};
