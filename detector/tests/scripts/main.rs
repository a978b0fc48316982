//! The scripts that workflows and people run, with the real programs where they are asked for, and no network but
//! that of this machine.

#![cfg(unix)]

mod action;
mod comment;
#[expect(dead_code, reason = "the fake serves other test binaries too, and each uses a part of it")]
#[path = "../github/fake.rs"]
mod fake;
mod history;
mod home;
mod night;
mod place;
mod refresh;
mod release;
mod token;
