//! The CPU: its name, its identity, its caches.

/// What is known of this CPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cpu {
    /// Its name as its maker writes it; `unknown` where nothing tells it.
    pub model: String,
    /// Its identity; `unknown` where nothing tells it.
    pub id: String,
}

/// The CPU that this runs on.
#[must_use]
pub fn this() -> Cpu {
    Cpu {
        model: "unknown".to_owned(),
        id: "unknown".to_owned(),
    }
}
