//! The program `crossval`.

mod cmd;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use generator::terminal;
use schema::exit::Exit;

/// Holds the kernels against C++ references, then measures them beside the best libraries.
///
/// The libraries are features of the build: `scripts/crossval.sh` builds all of them and runs this.
///
/// Exit codes: 0 everything agrees · 1 a case disagrees with its C++ reference, or has none · 2 wrong usage or unwritable
/// output · 70 a bug of ours · 130 interrupted.
#[derive(Debug, Parser)]
#[command(name = "crossval", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List(cmd::list::List),
    Run(cmd::run::Run),
    Completions(manual::Completions),
    #[command(hide = true)]
    Man(manual::Man),
    /// Does one job of a run (crossval starts it itself).
    #[command(hide = true)]
    Worker,
}

fn main() -> ExitCode {
    terminal::report_bugs("crossval");
    let cli = Cli::parse();
    terminal::talk();
    let result = match cli.verb {
        Verb::List(list) => list.run(),
        Verb::Run(run) => run.run(),
        Verb::Completions(completions) => {
            terminal::print(&completions.of(&Cli::command()), None).map(|()| Exit::Nothing)
        }
        Verb::Man(man) => man.write(&Cli::command()).map(|()| Exit::Nothing).map_err(Into::into),
        Verb::Worker => cmd::worker(),
    };
    terminal::end("crossval", result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_man_pages_and_completions_have_every_verb_and_option() {
        assert_eq!(manual::gaps(&Cli::command()), Vec::<String>::new());
    }
}
