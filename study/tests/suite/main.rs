//! The study from outside: what its figures are, and that it runs nothing twice.

mod documents;
mod findings;
#[cfg(unix)]
mod resume;
