//! The peers, one file a library, each behind a feature of its name.

use crate::peer::Peer;

/// A library that was built in.
#[derive(Clone, Copy, Debug)]
pub struct Library {
    /// Its name, as tables show it.
    pub name: &'static str,
    /// Its version, and what of it is in use here: `0.3.21, SkylakeX kernels`.
    pub version: fn() -> String,
    /// What it does that our kernels do too.
    pub peers: &'static [Peer],
}

/// Every library that was built in, by name.
pub static LIBRARIES: &[Library] = &[];
