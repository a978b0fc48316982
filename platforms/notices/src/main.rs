//! The program `notices`: the licences of what is linked into programs, as their archive has to carry them.
//!
//! Floor 0. What cargo would link for a target is asked of cargo, without a network, and the texts come from the sources it built
//! from. Whether a licence may be linked at all is for `deny.toml` to say.

mod document;
mod krate;

use std::{
    collections::BTreeSet,
    env,
    io::{self, Write},
    process::{Command, ExitCode},
};

use anyhow::{Context, Result, ensure};
use cargo_metadata::MetadataCommand;
use clap::Parser;

use self::{document::document, krate::Crate};

/// Prints the notices of all crates of other people that are linked into programs of this workspace.
///
/// The crates are those of a build of these packages for the target, with the features that they ask for. It has to have been
/// built or fetched: nothing is downloaded. The same Cargo.lock makes the same text, on any day and any machine.
#[derive(Parser)]
#[command(name = "notices", version, max_term_width = 100)]
struct Program {
    /// For which of rustc's targets
    #[arg(long, value_name = "TRIPLE")]
    target: String,
    /// The packages whose programs are meant
    #[arg(long, value_name = "NAME", required = true)]
    package: Vec<String>,
}

fn main() -> ExitCode {
    let program = Program::parse();
    let printed = notices(&program).and_then(|text| io::stdout().write_all(text.as_bytes()).context("writing"));
    match printed {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where even that fails there is nobody to tell.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn notices(program: &Program) -> Result<String> {
    let linked = linked(program)?;
    let filter = ["--locked", "--offline", "--filter-platform", &program.target].map(str::to_owned);
    let metadata = MetadataCommand::new().other_options(filter).exec().context("asking cargo for the crates")?;
    let others = metadata.packages.iter().filter(|package| package.source.is_some());
    let mut crates = others
        .filter(|package| linked.contains(&format!("{} v{}", package.name, package.version)))
        .map(Crate::read)
        .collect::<Result<Vec<_>>>()?;
    crates.sort_by(|one, other| (&one.name, &one.version).cmp(&(&other.name, &other.version)));
    ensure!(
        !crates.is_empty(),
        "cargo links no crate of others into {}; name packages with programs",
        program.package.join(", ")
    );
    document(&crates)
}

/// What cargo links into the programs, as `name vVERSION`. Of the crates that only run while others are compiled, macros and
/// build scripts, nothing is in a program.
fn linked(program: &Program) -> Result<BTreeSet<String>> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args([
        "tree",
        "--locked",
        "--offline",
        "--edges",
        "normal,no-proc-macro",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]);
    cargo.args(["--target", &program.target]);
    for package in &program.package {
        cargo.args(["--package", package]);
    }
    let output = cargo.output().context("starting cargo")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "cargo does not tell what it links; build or fetch it first: {}", said.trim());
    let text = String::from_utf8(output.stdout).context("reading what cargo links")?;
    let named = text.lines().filter_map(|line| {
        let mut words = line.split(' ');
        Some(format!("{} {}", words.next()?, words.next()?))
    });
    Ok(named.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The archive has their terms in LICENSE.
    const OURS: [&str; 7] = ["detector", "generator", "kernels", "manual", "platforms", "schema", "statistics"];

    fn program(package: &str) -> Program {
        Program { target: "x86_64-unknown-linux-gnu".to_owned(), package: vec![package.to_owned()] }
    }

    #[test]
    fn what_is_linked_is_there_and_what_only_builds_it_is_not() {
        let linked = linked(&program("detector")).expect("cargo tells");
        let has = |name: &str| linked.iter().any(|it| it.starts_with(&format!("{name} v")));
        assert!(has("ring") && has("serde"), "{linked:?}");
        assert!(!has("serde_derive") && !has("cc") && !has("insta"), "{linked:?}");
    }

    #[test]
    fn every_crate_of_the_programs_has_its_notice() {
        for package in ["generator", "detector", "platforms"] {
            let text = notices(&program(package)).expect("all of them have one");
            for linked in linked(&program(package)).expect("cargo tells") {
                let (name, version) = linked.split_once(" v").expect("a version");
                assert!(OURS.contains(&name) || text.contains(&format!("\n{name} {version}, ")), "{package}: {linked}");
            }
        }
    }

    #[test]
    fn the_notices_are_the_same_each_time() {
        let program = program("platforms");
        assert_eq!(notices(&program).expect("once"), notices(&program).expect("twice"));
    }

    #[test]
    fn a_package_that_is_not_there_is_refused() {
        let error = notices(&program("no-such-package")).expect_err("there is none").to_string();
        assert!(error.contains("no-such-package"), "{error}");
    }
}
