//! Limits of this process: what it may ask for without anyone's leave.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Raises a limit as far as the process may by itself, and tells where it is then; `None` where it cannot be read.
pub(super) fn raise(resource: Resource) -> Option<u64> {
    let (soft, hard) = getrlimit(resource).ok()?;
    if soft < hard && setrlimit(resource, hard, hard).is_ok() {
        return Some(hard);
    }
    Some(soft)
}
