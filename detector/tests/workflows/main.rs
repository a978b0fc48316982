//! The workflows, played: every `run:` block is executed as GitHub's runner would, against a GitHub of our own.

mod evaluation;
mod expression;
mod workflow;
mod yaml;
