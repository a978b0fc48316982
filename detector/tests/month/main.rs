//! A month of nights over three platforms: what a person finds on GitHub on each morning of it.
//!
//! The launches were really measured, the nights are drawn from them, and what happens in them is known. Each night
//! goes through the program as a workflow would run it.

#[expect(dead_code, reason = "the fake serves other test binaries too, and each uses a part of it")]
#[path = "../github/fake.rs"]
mod fake;

mod calendar;
mod documents;
mod draw;
mod github;
mod launches;
mod morning;
mod nightly;
mod places;
mod quiet;

use std::{fs, path::Path};

use calendar::Calendar;
use documents::World;
use morning::{Month, lies};

/// The seed of the month whose table is shown.
const SEED: u64 = 1;

#[test]
fn in_a_month_of_two_regressions_two_issues_are_opened_and_what_they_say_is_so() {
    let month = Month::pass(World::new(Calendar::eventful(), SEED).thinned());
    let table = month.table();
    println!("{table}\nThe summary of the last night:\n\n{}", month.mornings[month.mornings.len() - 1].alert.printed);
    // Where a person finds it, whether or not the test's output is shown.
    fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("month.txt"), &table)
        .expect("the target folder can be written");
    let lies = lies(&month);
    assert!(lies.is_empty(), "seed {SEED}:\n{}\n{table}", lies.join("\n"));
}
