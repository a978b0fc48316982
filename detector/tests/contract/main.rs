//! The detector and GitHub: what is asked, what is answered, and what becomes of it where something goes wrong.

mod attach;
#[expect(dead_code, reason = "the documents serve the other tests too, and each uses a part of them")]
#[path = "../suite/bench.rs"]
mod bench;
mod client;
mod comment;
#[expect(dead_code, reason = "the fake serves other test binaries too, and each uses a part of it")]
#[path = "../github/fake.rs"]
mod fake;
mod itself;
mod life;
mod prism;
mod program;
mod propose;
mod pulls;
mod stage;
mod writes;
