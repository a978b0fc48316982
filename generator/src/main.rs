//! The program `generator`.

mod cmd;
mod revision;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use generator::terminal;
use schema::exit::Exit;

/// A worker counts what it allocates; the timed call allocates nothing, so it costs nothing there.
#[global_allocator]
static ALLOCATOR: generator::allocations::Counting = generator::allocations::Counting;

/// Measures kernels under settings it controls, and keeps what they are expected to do.
///
/// The usual way: `generator baseline` on a quiet machine, later `generator measure --out DIR`, and then
/// `detector compare --report DIR/report.json --baselines platforms/baselines.json`.
///
/// `TIDEGAUGE_ISA` names the highest ISA level to use. Where the CPU is emulated and the system does not know the emulator,
/// `TIDEGAUGE_RUNNER` says what starts the workers, such as `/usr/bin/qemu-aarch64 -cpu max`.
///
/// Exit codes: 0 nothing to act on · 1 a case failed or disagrees with its reference · 2 wrong usage, unreadable input
/// or unwritable output · 4 nothing can be confirmed (`pair --confirm`) · 70 a bug of ours · 130 interrupted.
#[derive(Debug, Parser)]
#[command(name = "generator", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List(cmd::list::List),
    Doctor(cmd::doctor::Doctor),
    Verify(cmd::verify::Verify),
    Measure(cmd::measure::Measure),
    Baseline(cmd::baseline::Baseline),
    Pair(cmd::pair::Pair),
    Merge(cmd::merge::Merge),
    Schema(cmd::schema::Schema),
    Completions(manual::Completions),
    #[command(hide = true)]
    Man(manual::Man),
    /// Does one job of a session (the generator starts it itself).
    #[command(hide = true)]
    Worker,
}

fn main() -> ExitCode {
    terminal::report_bugs("generator");
    // SIGPIPE is ignored by Rust programs: a closed pipe is an error like another, and found in `end`.
    let cli = Cli::parse();
    terminal::talk();
    let result = match cli.verb {
        Verb::List(list) => list.run(),
        Verb::Doctor(doctor) => doctor.run(),
        Verb::Verify(verify) => verify.run(),
        Verb::Measure(measure) => measure.run(),
        Verb::Baseline(baseline) => baseline.run(),
        Verb::Pair(pair) => pair.run(),
        Verb::Merge(merge) => merge.run(),
        Verb::Schema(schema) => schema.run(),
        Verb::Completions(completions) => {
            terminal::print(&completions.of(&Cli::command()), None).map(|()| Exit::Nothing)
        }
        Verb::Man(man) => man.write(&Cli::command()).map(|()| Exit::Nothing).map_err(Into::into),
        Verb::Worker => cmd::worker(),
    };
    terminal::end("generator", result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_man_pages_and_completions_have_every_verb_and_option() {
        assert_eq!(manual::gaps(&Cli::command()), Vec::<String>::new());
    }
}
