//! The context of this program and this machine: what stands in a report beside the numbers.

use std::{fs, io, path::Path};

use platforms::{IsaLevel, fingerprint::fingerprint};
use schema::context::{Git, Machine, Toolchain};

use crate::checksum;

/// Where this program came from; `None` where it was not built in a git checkout.
#[must_use]
pub fn git() -> Option<Git> {
    Some(Git {
        commit: option_env!("TIDEGAUGE_COMMIT")?.to_owned(),
        branch: option_env!("TIDEGAUGE_BRANCH").map(str::to_owned),
        dirty: option_env!("TIDEGAUGE_DIRTY") != Some("false"),
    })
}

/// Further flags to rustc, empty as a rule.
const RUSTFLAGS: &str = env!("TIDEGAUGE_RUSTFLAGS");

/// What built this program.
#[must_use]
pub fn toolchain() -> Toolchain {
    Toolchain {
        rustc: env!("TIDEGAUGE_RUSTC").to_owned(),
        target: env!("TIDEGAUGE_TARGET").to_owned(),
        rustflags: RUSTFLAGS.to_owned(),
        profile: env!("TIDEGAUGE_PROFILE").to_owned(),
    }
}

/// This machine. Under a cap it is of no class, since nobody else's numbers may be compared with these.
#[must_use]
pub fn machine(cap: Option<IsaLevel>) -> Machine {
    let this = fingerprint();
    Machine {
        cpu_model: this.cpu_model,
        cpu_id: this.cpu_id,
        isa_levels: this.isa_levels,
        logical_cpus: Some(this.logical_cpus),
        memory_bytes: this.memory_bytes,
        caches_bytes: this.caches_bytes,
        os: this.os,
        kernel: this.kernel,
        virtualized: this.virtualized,
        emulated: this.emulated,
        class: cap.is_none().then_some(this.class),
    }
}

/// The SHA-256 of a program, in hexadecimal.
///
/// # Errors
///
/// When it cannot be read.
pub fn program_sha256(program: &Path) -> io::Result<String> {
    Ok(checksum::sha256([fs::read(program)?.as_slice()]))
}
