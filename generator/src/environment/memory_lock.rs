//! Memory that stays: a page, once it is there, is not taken away between two samples.
//!
//! Pages are locked as they are first touched (`MCL_ONFAULT`). To have all of them at once would lay operands on small
//! pages, since a mapping would be filled before large ones are asked for, and would add the whole program to every
//! case's peak memory. Operands are written before the first sample, and code is run before it, so that both are there.

use schema::context::Setting;

use super::setting;

const NAME: &str = "memory_locked";
const REQUESTED: &str = "every page that is touched";

/// Locks the memory of this process, what it has and what it will have, as far as that is permitted.
#[cfg(target_os = "linux")]
pub(super) fn lock() -> Setting {
    use nix::sys::{mman::munlockall, resource::Resource};

    let limit_bytes = super::limit::raise(Resource::RLIMIT_MEMLOCK);
    let missed = lock_all().and_then(|()| {
        // A lock that leaves no room for operands would make cases fail for want of memory that there is.
        has_room().inspect_err(|_| {
            if let Err(error) = munlockall() {
                tracing::warn!("memory stays locked under a limit that large operands are past: {error}");
            }
        })
    });
    setting(NAME, REQUESTED, missed.err().map(|errno| advice(errno, limit_bytes)))
}

/// Locks the memory of this process; this system has a call for it that does nothing.
#[cfg(not(target_os = "linux"))]
pub(super) fn lock() -> Setting {
    setting(NAME, REQUESTED, Some(super::Advice::LockingUnknown))
}

#[cfg(target_os = "linux")]
fn lock_all() -> Result<(), nix::errno::Errno> {
    use nix::{
        libc::MCL_ONFAULT,
        sys::mman::{MlockAllFlags, mlockall},
    };
    mlockall(MlockAllFlags::MCL_CURRENT | MlockAllFlags::MCL_FUTURE | MlockAllFlags::from_bits_retain(MCL_ONFAULT))
}

/// The room that must be left under the limit: several times what the largest case takes with its reference.
#[cfg(target_os = "linux")]
const ROOM_BYTES: std::num::NonZeroUsize = std::num::NonZeroUsize::new(1 << 30).expect("1 GiB is not 0");

/// Whether memory can still be had while all of it is locked: address space is taken as for operands, and given back
/// without a page of it having been there. Rights and limits may say one thing and a container another, so it is tried.
#[cfg(target_os = "linux")]
fn has_room() -> Result<(), nix::errno::Errno> {
    use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap};

    let flags = MapFlags::MAP_PRIVATE | MapFlags::MAP_NORESERVE;
    // SAFETY: a new mapping at an address that the system chooses, which overlaps nothing.
    let mapped = unsafe { mmap_anonymous(None, ROOM_BYTES, ProtFlags::PROT_NONE, flags) }?;
    // SAFETY: it is the whole of the mapping made just now, which nobody else knows of.
    unsafe { munmap(mapped, ROOM_BYTES.get()) }
}

/// Which limit is in the way.
#[cfg(target_os = "linux")]
fn advice(errno: nix::errno::Errno, limit_bytes: Option<u64>) -> super::Advice {
    use nix::{errno::Errno, libc::RLIM_INFINITY};

    match (errno, limit_bytes) {
        // The lock is past the limit, there is no right to lock at all, or a mapping would be past the limit.
        (Errno::ENOMEM | Errno::EPERM | Errno::EAGAIN, Some(limit_bytes)) if limit_bytes != RLIM_INFINITY => {
            super::Advice::LockLimit { limit_bytes }
        }
        (errno, _) => super::Advice::NotLocked { why: errno.desc().to_owned() },
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use nix::{errno::Errno, libc::RLIM_INFINITY};

    use super::*;
    use crate::environment::Advice;

    #[test]
    fn a_limit_that_is_in_the_way_is_named() {
        for errno in [Errno::ENOMEM, Errno::EPERM, Errno::EAGAIN] {
            assert_eq!(advice(errno, Some(65_536)), Advice::LockLimit { limit_bytes: 65_536 });
        }
        let without_limit = Advice::NotLocked { why: Errno::EPERM.desc().to_owned() };
        assert_eq!(advice(Errno::EPERM, Some(RLIM_INFINITY)), without_limit);
        let unknown = Advice::NotLocked { why: Errno::ENOSYS.desc().to_owned() };
        assert_eq!(advice(Errno::ENOSYS, Some(65_536)), unknown);
    }
}
