//! The man pages and shell completions of a program, from its command line.
//!
//! Floor 0: it knows no program but the one it is given. Both depend on the command line alone, not on the day or the machine, so
//! that two builds of one version bring the same.

mod completions;
mod gaps;
mod page;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use clap::{Args, Command};
pub use clap_complete::Shell;

pub use self::{
    completions::completions,
    gaps::gaps,
    page::{Page, pages},
};

/// Prints the completions of a shell.
///
/// For bash, for example: put them into the file ~/.local/share/bash-completion/completions/PROGRAM.
#[derive(Args, Clone, Debug)]
pub struct Completions {
    /// Whose completions
    shell: Shell,
}

impl Completions {
    /// What the shell reads to complete `program`.
    #[must_use]
    pub fn of(&self, program: &Command) -> String {
        completions(program, self.shell)
    }
}

/// Writes the man pages of the program and of each of its verbs.
#[derive(Args, Clone, Debug)]
pub struct Man {
    /// The folder that they go to; what it has of the same names is replaced
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Man {
    /// Writes the pages of `program`.
    ///
    /// # Errors
    ///
    /// When the folder or a page cannot be written.
    pub fn write(&self, program: &Command) -> Result<(), WriteError> {
        fs::create_dir_all(&self.out).map_err(|source| WriteError::new(&self.out, source))?;
        for Page { name, text } in pages(program) {
            let path = self.out.join(name);
            fs::write(&path, text).map_err(|source| WriteError::new(&path, source))?;
        }
        Ok(())
    }
}

/// A page could not be written.
#[derive(Debug, thiserror::Error)]
#[error("writing {}; name a folder that can be written in --out", path.display())]
pub struct WriteError {
    path: PathBuf,
    source: io::Error,
}

impl WriteError {
    fn new(path: &Path, source: io::Error) -> Self {
        Self { path: path.to_owned(), source }
    }
}

#[cfg(test)]
mod sample {
    //! A program with all that a manual may trip over.

    use clap::{Arg, ArgAction, ArgGroup, Command};

    pub(crate) fn program() -> Command {
        let gauge = Command::new("gauge").about("Reads the water's level.").args([
            Arg::new("every").long("every").value_name("MINUTES").help("How often; .dots and 'quotes' are text"),
            Arg::new("every-day").long("every-day").action(ArgAction::SetTrue).conflicts_with("every"),
            Arg::new("secret").long("secret").hide(true).action(ArgAction::SetTrue),
        ]);
        let gauge = gauge.group(ArgGroup::new("all").args(["every", "every-day", "secret"]).multiple(true));
        Command::new("tide")
            .version("1.2.3")
            .about("Tells the tide.")
            .after_help("Exit codes:\n  0  done\n  2  wrong usage\n\nEnvironment:\n  TZ  where we are")
            .subcommand(gauge)
            .subcommand(Command::new("moor").about("Makes fast.").hide(true).arg(Arg::new("hawser").long("hawser")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_stand_in_the_folder_under_their_names() {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("share/man/man1");
        Man { out: out.clone() }.write(&sample::program()).expect("it can be written");
        let mut names: Vec<_> =
            fs::read_dir(out).expect("it is there").map(|it| it.expect("a file").file_name()).collect();
        names.sort();
        assert_eq!(names, ["tide-gauge.1", "tide.1"]);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named_with_a_remedy() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let error = Man { out: file.path().join("man1") }.write(&sample::program()).expect_err("it is no folder");
        let (text, path) = (error.to_string(), file.path().display().to_string());
        assert!(text.contains(&path) && text.contains("--out"), "{text}");
    }
}
