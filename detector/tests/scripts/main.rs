//! The scripts that workflows and people run, with the real programs where they are asked for, and without a network.

#![cfg(unix)]

mod action;
mod comment;
mod history;
mod night;
mod place;
mod refresh;
mod release;
mod token;
