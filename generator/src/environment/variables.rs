//! The environment variables of a measured process: the same ones, of the same size, wherever it runs.
//!
//! They lie above the stack, so their size moves it, and with it what shares a cache line.

use std::{collections::BTreeMap, env, path::Path, process::Command};

use platforms::{PlatformKey, isa, platform};
use schema::context::Setting;

use super::{Advice, setting};

/// Fills the environment up to [`TOTAL_BYTES`].
const FILLER: &str = "TIDEGAUGE_FILL";

/// How often the path of a program lies above its stack: as its first argument, and as what was executed. Two programs
/// whose paths differed by four letters differed by 0.1 % in `dot_f32` at n10000, launch for launch.
const PATHS: usize = 2;

/// The size of paths and environment together: a path of 255 bytes and the variables of a platform have room.
const TOTAL_BYTES: usize = 1024;

/// The variables that processes of a platform find set, `TIDEGAUGE_ISA` with them where it is.
#[must_use]
pub fn of_platform(key: PlatformKey) -> BTreeMap<String, String> {
    let mut variables = platform::get(key).environment.clone();
    if let Ok(cap) = env::var(isa::CAP_VARIABLE) {
        variables.insert(isa::CAP_VARIABLE.to_owned(), cap);
    }
    variables
}

/// A command that starts `program`, behind the words of `runner` where there are any, with these variables, no others, and
/// a fixed size of all.
#[must_use]
pub fn clean_command(runner: &[String], program: &Path, variables: &BTreeMap<String, String>) -> Command {
    let mut command = match runner {
        [] => Command::new(program),
        [emulator, options @ ..] => {
            let mut command = Command::new(emulator);
            command.args(options).arg(program);
            command
        }
    };
    let used = bytes(variables.iter()) + PATHS * program.as_os_str().len() + FILLER.len() + 2;
    let filler = "x".repeat(TOTAL_BYTES.saturating_sub(used));
    command.env_clear().envs(variables).env(FILLER, filler);
    command
}

/// The command of a process that starts over under another path, filled up to the same size.
#[cfg(target_os = "linux")]
pub(super) fn refilled(mut command: Command) -> Command {
    if env::var_os(FILLER).is_none() {
        return command;
    }
    let kept = env::vars().filter(|(name, _)| name != FILLER);
    let used = bytes(kept) + PATHS * command.get_program().len() + FILLER.len() + 2;
    command.env(FILLER, "x".repeat(TOTAL_BYTES.saturating_sub(used)));
    command
}

/// Whether this process has the fixed size, where [`clean_command`] started it; nothing where it did not.
pub(super) fn fixed_size() -> Option<Setting> {
    let filler = env::var(FILLER).ok()?;
    // Only a path that is too long leaves no room to fill.
    let missed = filler.is_empty().then(|| Advice::EnvironmentSize { bytes: bytes(env::vars()) });
    Some(setting("environment_size", format!("{TOTAL_BYTES} bytes"), missed))
}

/// What these variables take, with the sign and the terminator of each.
fn bytes<N: AsRef<str>, V: AsRef<str>>(variables: impl Iterator<Item = (N, V)>) -> usize {
    variables.map(|(name, value)| name.as_ref().len() + value.as_ref().len() + 2).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(program: &str, variables: &[(&str, &str)]) -> usize {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let command = clean_command(&[], Path::new(program), &variables);
        let set = command.get_envs().filter_map(|(name, value)| Some((name.to_str()?, value?.to_str()?)));
        bytes(set) + PATHS * program.len()
    }

    #[test]
    fn the_size_is_the_same_whatever_path_and_variables() {
        assert_eq!(total("/a", &[]), TOTAL_BYTES);
        assert_eq!(total("/a/longer/path", &[("LC_ALL", "C"), ("X", "1")]), TOTAL_BYTES);
    }

    #[test]
    fn a_path_that_is_too_long_still_runs() {
        assert!(total(&"/a".repeat(600), &[]) > TOTAL_BYTES);
    }
}
