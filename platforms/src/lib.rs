//! Which platforms there are, which one this is, and what its CPU can do.
//!
//! Floor 1: the library uses no other crate of the workspace, the program `manual` alone. It knows neither a kernel nor a
//! measurement.
//!
//! | module | answers | feature |
//! |---|---|---|
//! | [`platform`], [`key`] | which platforms there are, which one this program was built for | – |
//! | [`cross`] | which version of the tool `cross` builds some of them, and what it is told | – |
//! | [`isa`] | what this CPU can do; the only feature detection in the workspace | – |
//! | [`cpu`] | the CPU's name, identity and caches | – |
//! | `virtualization` | whether a hypervisor or an emulator lies beneath | `fingerprint` |
//! | `fingerprint` | which machine this is, and its class | `fingerprint` |
//! | `matrix`, `table` | the build matrix, the README's table, and tables of text | `cli` |
//!
//! The kernels use it without its features, and so without `sysinfo` and `clap`.

pub mod cpu;
pub mod cross;
#[cfg(any(test, target_os = "linux"))]
mod files;
#[cfg(feature = "fingerprint")]
pub mod fingerprint;
pub mod isa;
pub mod key;
#[cfg(feature = "cli")]
pub mod matrix;
pub mod platform;
#[cfg(any(test, all(target_os = "macos", any(feature = "fingerprint", not(target_arch = "x86_64")))))]
mod sysctl;
#[cfg(feature = "cli")]
pub mod table;
#[cfg(feature = "fingerprint")]
pub mod virtualization;

#[cfg(feature = "fingerprint")]
pub use fingerprint::{Fingerprint, fingerprint};
pub use isa::{IsaLevel, IsaSet};
pub use key::PlatformKey;
pub use platform::Platform;
