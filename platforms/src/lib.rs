//! Which platforms there are, which one this is, and what its CPU can do.
//!
//! Floor 0: it uses no other crate of the workspace, and knows neither a kernel nor a measurement.

pub mod cpu;
#[cfg(feature = "fingerprint")]
pub mod fingerprint;
pub mod isa;
pub mod key;
pub mod platform;

#[cfg(feature = "fingerprint")]
pub use fingerprint::{Fingerprint, fingerprint};
pub use isa::{IsaLevel, IsaSet};
pub use key::PlatformKey;
pub use platform::Platform;
