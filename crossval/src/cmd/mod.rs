//! The verbs, a file each.

pub(crate) mod list;
pub(crate) mod run;

use regex::Regex;

/// That no case matches.
pub(crate) fn nothing_chosen(filter: Option<&Regex>) -> anyhow::Error {
    anyhow::anyhow!(
        "no case matches --filter {:?} on this CPU; `crossval list` names kernels and shapes",
        filter.map_or("", Regex::as_str)
    )
}
