//! The program `platforms`: which platforms there are, which one this is, and the build matrix.

use std::{
    io::{self, Write},
    panic::{self, PanicHookInfo},
    process::ExitCode,
};

use clap::{CommandFactory, Parser, Subcommand};

mod cmd {
    //! The verbs, one file each.

    pub(crate) mod detect;
    pub(crate) mod list;
    pub(crate) mod matrix;
}
mod output;

use output::Output;

/// Wrong usage, unreadable input or unwritable output.
const EXIT_USAGE: u8 = 2;
/// A bug of ours.
const EXIT_BUG: u8 = 70;

/// Which platforms Tidegauge ships to, which one this is, and what its CPU can do.
///
/// Data goes to standard output, talk to standard error.
#[derive(Parser)]
#[command(version, after_help = AFTER_HELP)]
struct Program {
    #[command(subcommand)]
    verb: Verb,
}

const AFTER_HELP: &str = "\
Exit codes:
  0   done
  2   wrong usage, output that cannot be written, or `detect` on a platform
      that is not listed
  70  a bug of ours

Environment:
  TIDEGAUGE_ISA  the highest ISA level to use, to run each on one host:
                 scalar, sse41, avx2, avx512 on x86,
                 scalar, neon, dotprod, i8mm on ARM
  NO_COLOR       no colours";

#[derive(Subcommand)]
enum Verb {
    List(cmd::list::Arguments),
    Detect(cmd::detect::Arguments),
    Matrix(cmd::matrix::Arguments),
    Completions(manual::Completions),
    #[command(hide = true)]
    Man(manual::Man),
}

fn main() -> ExitCode {
    panic::set_hook(Box::new(|info| complain(&bug_report(info))));
    ExitCode::from(guarded(|| run(Program::parse())))
}

/// The exit code of `program`; a panic, which the hook has reported, is a bug of ours.
fn guarded(program: impl FnOnce() -> u8 + panic::UnwindSafe) -> u8 {
    panic::catch_unwind(program).unwrap_or(EXIT_BUG)
}

fn run(program: Program) -> u8 {
    let done = match program.verb {
        Verb::List(arguments) => cmd::list::run(&arguments),
        Verb::Detect(arguments) => cmd::detect::run(&arguments),
        Verb::Matrix(arguments) => cmd::matrix::run(&arguments),
        Verb::Completions(completions) => Output::default().write(&completions.of(&Program::command())),
        Verb::Man(man) => man.write(&Program::command()).map_err(Into::into),
    };
    done.map_or_else(
        |error| {
            complain(&format!("error: {error:#}"));
            EXIT_USAGE
        },
        |()| 0,
    )
}

/// Writes a line to standard error. Where even that fails there is nobody to tell.
fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

fn bug_report(info: &PanicHookInfo<'_>) -> String {
    let place = info.location().map_or_else(String::new, |location| format!(" at {location}"));
    let what = info.payload_as_str().unwrap_or("no message");
    format!("bug in platforms {}{place}: {what}; please report this line and the command", env!("CARGO_PKG_VERSION"))
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
        let code = guarded(|| panic!("first\nsecond"));
        panic::set_hook(before);
        let lines = lines.lock().expect("the hook is done");
        assert_eq!((code, lines.len()), (70, 1));
        assert!(lines[0].contains("first second; please report") && !lines[0].contains('\n'), "{}", lines[0]);
    }

    #[test]
    fn what_ends_well_keeps_its_code() {
        assert_eq!(guarded(|| 2), 2);
    }
}
