//! What starts a program that the system cannot start itself: an emulator with its options.

use std::{collections::BTreeMap, env};

/// The environment variable that says with which words a worker is started, such as `/usr/bin/qemu-aarch64 -cpu max`.
///
/// A program that an emulator runs can start no other one, unless the system knows the emulator.
pub const VARIABLE: &str = "TIDEGAUGE_RUNNER";

/// It is set where nothing is emulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{VARIABLE} is set, and this CPU is not emulated; unset it, since nothing may stand around what is measured")]
pub struct NotEmulated;

/// The words before a program's, as [`VARIABLE`] has them; none where it is not set or empty. The workers find it, too.
///
/// # Errors
///
/// When it is set on a CPU that is not emulated.
pub fn runner(emulated: bool, variables: &mut BTreeMap<String, String>) -> Result<Vec<String>, NotEmulated> {
    words(&env::var(VARIABLE).unwrap_or_default(), emulated, variables)
}

fn words(set: &str, emulated: bool, variables: &mut BTreeMap<String, String>) -> Result<Vec<String>, NotEmulated> {
    let words: Vec<String> = set.split_whitespace().map(str::to_owned).collect();
    if words.is_empty() {
        return Ok(words);
    }
    variables.insert(VARIABLE.to_owned(), set.to_owned());
    if emulated { Ok(words) } else { Err(NotEmulated) }
}

/// Whether this process was started so.
pub(super) fn has_runner() -> bool {
    env::var_os(VARIABLE).is_some_and(|set| !set.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emulator_and_its_options_come_before_the_program_and_are_passed_on() {
        let mut variables = BTreeMap::new();
        let words = words("/usr/bin/qemu-aarch64  -cpu max", true, &mut variables).expect("it is emulated");
        assert_eq!(words, ["/usr/bin/qemu-aarch64", "-cpu", "max"]);
        assert_eq!(variables[VARIABLE], "/usr/bin/qemu-aarch64  -cpu max");
    }

    #[test]
    fn nothing_stands_around_what_a_real_cpu_runs() {
        let refused = words("nice -n 19", false, &mut BTreeMap::new());
        assert_eq!(refused, Err(NotEmulated));
    }

    #[test]
    fn a_worker_without_a_runner_finds_none() {
        for emulated in [false, true] {
            let mut variables = BTreeMap::new();
            assert_eq!((words(" ", emulated, &mut variables), variables.len()), (Ok(Vec::new()), 0));
        }
    }
}
