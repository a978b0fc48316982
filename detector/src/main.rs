//! The program `detector`: judges a report against a baseline, and tells people.

use std::{
    io::{self, IsTerminal, Write},
    panic::{self, PanicHookInfo},
    process::ExitCode,
};

use clap::{CommandFactory, Parser, Subcommand};
use detector::output;
use schema::exit::Exit;
use tracing_subscriber::{EnvFilter, filter::LevelFilter};

mod cmd {
    //! The verbs, one file each.

    pub(crate) mod alert;
    pub(crate) mod attach;
    pub(crate) mod changes;
    pub(crate) mod comment;
    pub(crate) mod compare;
    pub(crate) mod completions;
    mod delivery;
    mod folder;
    pub(crate) mod import;
    pub(crate) mod man;
    mod network;
    pub(crate) mod propose;
    pub(crate) mod record;
    pub(crate) mod watch;
}

/// Judges a report against a baseline: what got slower, by how much, and how sure that is.
///
/// Data goes to standard output, talk to standard error. It runs no measured code; `generator` writes what it reads.
#[derive(Parser)]
#[command(name = "detector", version, max_term_width = 100, after_help = AFTER_HELP)]
struct Program {
    #[command(subcommand)]
    verb: Verb,
}

const AFTER_HELP: &str = "\
Exit codes, the first that applies:
  70  a bug of ours
  2   wrong usage, unreadable input or unwritable output; never a verdict
  1   a critical regression, suspected or confirmed
  4   cannot tell: no baseline, a missing or incomparable case, another
      machine class; with --strict, an inconclusive case
  5   GitHub did not take what it should have; alert keeps it in --out
  3   a warning, only with --fail-on warning
  0   nothing to act on
  130 interrupted

Environment:
  NO_COLOR           no colours
  RUST_LOG           how much is said on standard error: error, warn, info
  GITHUB_TOKEN       who we are to GitHub; else GH_TOKEN. Never in arguments
  GITHUB_API_URL     where its API is; https://api.github.com if not set
  GITHUB_SERVER_URL  where its pages are, for links; https://github.com
  HTTPS_PROXY        the proxy on the way there, else ALL_PROXY; hosts in
                     NO_PROXY are reached without it
  SSL_CERT_FILE      on Linux, the certificates to trust in place of the
                     machine's; else SSL_CERT_DIR";

#[derive(Subcommand)]
enum Verb {
    Compare(cmd::compare::Arguments),
    Changes(cmd::changes::Arguments),
    Import(cmd::import::Arguments),
    Record(cmd::record::Arguments),
    Watch(cmd::watch::Arguments),
    Alert(cmd::alert::Arguments),
    Comment(cmd::comment::Arguments),
    Propose(cmd::propose::Arguments),
    Attach(cmd::attach::Arguments),
    Completions(manual::Completions),
    #[command(hide = true)]
    Man(manual::Man),
}

fn main() -> ExitCode {
    panic::set_hook(Box::new(|info| complain(&bug_report(info))));
    guarded(|| {
        let program = Program::parse();
        talk();
        match program.verb {
            Verb::Compare(arguments) => end(cmd::compare::run(&arguments)),
            Verb::Changes(arguments) => end(cmd::changes::run(&arguments)),
            Verb::Import(arguments) => end(cmd::import::run(&arguments)),
            Verb::Record(arguments) => end(cmd::record::run(&arguments)),
            Verb::Watch(arguments) => end(cmd::watch::run(&arguments)),
            Verb::Alert(arguments) => end(cmd::alert::run(&arguments)),
            Verb::Comment(arguments) => end(cmd::comment::run(&arguments)),
            Verb::Propose(arguments) => end(cmd::propose::run(&arguments)),
            Verb::Attach(arguments) => end(cmd::attach::run(&arguments)),
            Verb::Completions(completions) => end(cmd::completions::run(&completions, &Program::command())),
            Verb::Man(man) => end(cmd::man::run(&man, &Program::command())),
        }
    })
    .into()
}

/// The exit of `program`; a panic, which the hook has reported, is a bug of ours.
fn guarded(program: impl FnOnce() -> Exit + panic::UnwindSafe) -> Exit {
    panic::catch_unwind(program).unwrap_or(Exit::Bug)
}

fn end(result: anyhow::Result<Exit>) -> Exit {
    result.unwrap_or_else(|error| {
        // What a file holds may be anybody's, and a runner reads its log.
        format!("error: {error:#}").lines().for_each(|line| complain(&output::visible(line)));
        Exit::Usage
    })
}

/// Talk goes to standard error; `RUST_LOG` says how much.
fn talk() {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();
    let is_plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal() && !is_plain)
        .without_time()
        .with_target(false)
        .init();
}

/// Writes a line to standard error. Where even that fails there is nobody to tell.
fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

fn bug_report(info: &PanicHookInfo<'_>) -> String {
    let place = info.location().map_or_else(String::new, |location| format!(" at {location}"));
    let what = info.payload_as_str().unwrap_or("no message");
    format!("bug in detector {}{place}: {what}; please report this line and the command", env!("CARGO_PKG_VERSION"))
        .replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Program::command().debug_assert();
    }

    #[test]
    fn the_man_pages_and_completions_have_every_verb_and_option() {
        assert_eq!(manual::gaps(&Program::command()), Vec::<String>::new());
    }

    #[test]
    fn a_panic_ends_in_70_and_in_one_line_that_asks_to_report_it() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&lines);
        // The hook is the process's; this is the only test here that panics.
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| heard.lock().expect("no test holds it").push(bug_report(info))));
        let exit = guarded(|| panic!("first\nsecond"));
        panic::set_hook(before);
        let lines = lines.lock().expect("the hook is done");
        assert_eq!((exit.code(), lines.len()), (70, 1));
        assert!(lines[0].contains("first second; please report") && !lines[0].contains('\n'), "{}", lines[0]);
    }
}
