//! The detector and GitHub: what is asked, what is answered, and what becomes of it where something goes wrong.

mod client;
#[expect(dead_code, reason = "the fake serves other test binaries too, and each uses a part of it")]
#[path = "../github/fake.rs"]
mod fake;
mod itself;
