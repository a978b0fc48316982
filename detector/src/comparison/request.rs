//! What is asked of a comparison beside its documents, and why there may be none.

use jiff::Timestamp;
use regex::Regex;
use schema::{comparison::Comparison, report::Report};

use crate::policy::PolicyError;

/// What is asked beside the two documents.
#[derive(Clone, Debug)]
pub struct Request {
    /// The file that the baseline was read from, for people.
    pub baseline_file: String,
    /// The file that the candidate was read from, for people.
    pub candidate_file: String,
    /// Which cases, by id; `None` for all.
    pub filter: Option<Regex>,
    /// What makes the comparison fail.
    pub fail_on: FailOn,
    /// Whether an inconclusive case makes it fail.
    pub strict: bool,
    /// The time of the comparison.
    pub now: Timestamp,
    /// The comparison of the session before, whose alarms go on; `None` for a session that nothing came before.
    pub previous: Option<Previous>,
    /// Reports of earlier sessions, from which it is learnt how much sessions differ; what is expected is the baseline's alone.
    pub history: Vec<Report>,
}

/// What an earlier session left.
#[derive(Clone, Debug)]
pub struct Previous {
    /// Its comparison.
    pub comparison: Comparison,
    /// The file that it was read from, for people.
    pub file: String,
}

/// From which verdict on a comparison fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailOn {
    /// A critical regression.
    Critical,
    /// A warning.
    Warning,
    /// Nothing: for a look without consequences.
    Never,
}

/// Why there is no comparison.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// The report, or the pair, has no cases.
    #[error("{file}: the document has no cases, so there is nothing to judge; measure some")]
    NoCases {
        /// The candidate's file.
        file: String,
    },
    /// The filter leaves no case.
    #[error("the filter {filter:?} matches none of the {count} cases; `--filter .` takes them all")]
    FilterMatchesNothing {
        /// The filter.
        filter: String,
        /// How many cases there are on both sides.
        count: usize,
    },
    /// The pair does not judge what the report is of.
    #[error(
        "{report} and {pair} are not of the same candidate: {what}; pair the program that the report was measured with, \
         or judge each file alone"
    )]
    OtherCandidate {
        /// The candidate's file.
        report: String,
        /// The pair's file.
        pair: String,
        /// In what they differ.
        what: String,
    },
    /// The previous comparison is not of an earlier session on the same machines.
    #[error(
        "{file}: {what}; --previous takes the comparison of the session before, of the same platform and machine class"
    )]
    OtherPrevious {
        /// The file of the previous comparison.
        file: String,
        /// In what it differs.
        what: String,
    },
    /// The thresholds cannot be made out.
    #[error("{file}: {source}")]
    Policy {
        /// The baseline's file.
        file: String,
        /// What is wrong.
        source: PolicyError,
    },
}
