//! Priority: before all that is ordinary, so that the scheduler takes the CPU away as seldom as it can.

use nix::{
    errno::Errno,
    libc::{PRIO_PROCESS, getpriority, setpriority},
};
use schema::context::Setting;

use super::{Advice, setting};

/// The nice value of what goes before all that is ordinary.
const HIGHEST: i32 = -20;

/// The nice value that processes have as a rule.
const ORDINARY: i32 = 0;

/// Gives this process the highest priority that it is permitted.
pub(super) fn priority() -> Setting {
    // As an ordinary user the limit alone permits it, and may be raised up to where an administrator put it.
    #[cfg(target_os = "linux")]
    super::limit::raise(nix::sys::resource::Resource::RLIMIT_NICE);
    let _ = highest_permitted(HIGHEST..ORDINARY, set_nice);
    setting("priority", format!("nice {HIGHEST}"), of_nice(nice()))
}

/// Tries them in order, and stops at the first that is permitted.
fn highest_permitted(
    values: impl IntoIterator<Item = i32>,
    mut set: impl FnMut(i32) -> Result<(), Errno>,
) -> Option<i32> {
    values.into_iter().find(|&nice| set(nice).is_ok())
}

fn of_nice(nice: i32) -> Option<Advice> {
    (nice > HIGHEST).then_some(Advice::Priority { nice })
}

fn set_nice(nice: i32) -> Result<(), Errno> {
    // SAFETY: it takes three numbers, of which 0 is this process, and touches no memory.
    Errno::result(unsafe { setpriority(PRIO_PROCESS, 0, nice) }).map(drop)
}

fn nice() -> i32 {
    // SAFETY: it takes two numbers, of which 0 is this process, and touches no memory.
    unsafe { getpriority(PRIO_PROCESS, 0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_permitted_value_is_taken_and_no_other_tried_after_it() {
        let mut tried = Vec::new();
        let taken = highest_permitted(-20..0, |nice| {
            tried.push(nice);
            if nice >= -18 { Ok(()) } else { Err(Errno::EACCES) }
        });
        assert_eq!((taken, tried), (Some(-18), vec![-20, -19, -18]));
        assert_eq!(highest_permitted(-20..0, |_| Err(Errno::EPERM)), None);
    }

    #[test]
    fn only_the_highest_value_is_what_was_asked_for() {
        assert_eq!(of_nice(-20), None);
        assert_eq!(of_nice(-19), Some(Advice::Priority { nice: -19 }));
        assert_eq!(of_nice(0), Some(Advice::Priority { nice: 0 }));
    }
}
