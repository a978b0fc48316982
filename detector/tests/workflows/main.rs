//! The workflows, played: every `run:` block is executed as GitHub's runner would, against a GitHub of our own.

#![cfg(unix)]

mod action;
mod actions;
mod audit;
#[expect(dead_code, reason = "it builds documents for other test binaries too, and each uses a part of it")]
#[path = "../suite/bench.rs"]
mod bench;
mod evaluation;
mod expression;
#[expect(dead_code, reason = "the fake serves other test binaries too, and each uses a part of it")]
#[path = "../github/fake.rs"]
mod fake;
mod github;
mod machine;
mod nightly;
mod player;
mod pull_request;
mod refresh;
mod release;
mod rules;
mod server;
mod small;
mod words;
mod workflow;
mod yaml;
