//! The verbs, a file each.

pub(crate) mod list;
pub(crate) mod run;

use std::io;

use crossval::speed;
use generator::environment;
use regex::Regex;
use schema::exit::Exit;

/// Does one job of a run.
pub(crate) fn worker() -> anyhow::Result<Exit> {
    environment::prepare();
    speed::serve(&mut io::stdin().lock(), &mut io::stdout().lock())?;
    Ok(Exit::Nothing)
}

/// That no case matches.
pub(crate) fn nothing_chosen(filter: Option<&Regex>) -> anyhow::Error {
    anyhow::anyhow!(
        "no case matches --filter {:?} on this CPU; `crossval list` names kernels and shapes",
        filter.map_or("", Regex::as_str)
    )
}
