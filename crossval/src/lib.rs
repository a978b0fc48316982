//! Holds the kernels against C++ references, then measures them beside the best libraries.
//!
//! Floor 4. Nothing links it: foreign code stays in here. Agreement comes first, and only what agrees is measured.

pub mod agreement;
pub mod distance;
pub mod gguf;
pub mod inputs;
pub mod libraries;
pub mod limits;
pub mod peer;
pub mod peers;
pub mod reference;
pub mod speed;
pub mod table;
