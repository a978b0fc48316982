//! The scripts that build, played with programs of the tests' own making in place of the compilers.

#![cfg(unix)]

mod build;
mod place;
mod setup;
mod toolchain;
mod unpacked;
