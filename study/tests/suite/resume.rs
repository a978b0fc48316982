//! A study that was broken off goes on where it was, and runs nothing twice.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use schema::file;
use study::{
    collect::{Amount, Programs, collect},
    evidence::{self, Evidence},
};
use tempfile::TempDir;

use crate::documents::{pair, session};

/// A generator that writes a document where it was told to, and keeps a list of what it was asked for.
fn generator(folder: &Path) -> Programs {
    let program = folder.join("generator.sh");
    file::write(&folder.join("report.json"), &session(0, 1.0)).unwrap();
    file::write(&folder.join("pair.json"), &pair(1.0)).unwrap();
    let script = format!(
        "#!/bin/sh\nPATH=/usr/bin:/bin\nfolder={}\necho \"$1\" >> \"$folder/asked\"\nfile=$1\n\
         [ $1 = measure ] && file=report\nwhile [ $# -gt 1 ]; do [ \"$1\" = --out ] && out=$2; shift; done\n\
         mkdir -p \"$out\"; cp \"$folder/$file.json\" \"$out/\"\n",
        folder.display()
    );
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    Programs { generator: program, slowed: None, criterion: None, criterion_slowed: None }
}

const AMOUNT: Amount = Amount { sessions: 1, slowed_sessions: 1, pairs: 2, criterion: 0, slowed: 0 };

fn asked(folder: &Path) -> usize {
    fs::read_to_string(folder.join("asked")).unwrap().lines().count()
}

#[test]
fn what_is_done_is_not_run_again() {
    let folder = TempDir::new().unwrap();
    let (programs, out) = (generator(folder.path()), folder.path().join("study"));
    collect(&out, &programs, AMOUNT, None, |_| {}).unwrap();
    // A session, a slowed one of five factors, pairs of six twice, and two that count instructions.
    assert_eq!(asked(folder.path()), 20);
    collect(&out, &programs, AMOUNT, None, |_| {}).unwrap();
    assert_eq!(asked(folder.path()), 20);
    fs::remove_dir_all(out.join("pair-05").join("0001")).unwrap();
    collect(&out, &programs, AMOUNT, None, |_| {}).unwrap();
    assert_eq!(asked(folder.path()), 21);
}

#[test]
fn a_program_that_writes_nothing_ends_the_study_with_what_it_said() {
    let folder = TempDir::new().unwrap();
    let program = folder.path().join("broken.sh");
    fs::write(&program, "#!/bin/sh\necho 'no such case' >&2\nexit 2\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let programs = Programs { generator: program, slowed: None, criterion: None, criterion_slowed: None };
    let error = collect(folder.path(), &programs, AMOUNT, None, |_| {}).unwrap_err().to_string();
    assert!(error.contains("wrote nothing") && error.contains("no such case"), "{error}");
}

#[test]
fn a_study_whose_time_is_up_says_what_is_left() {
    let folder = TempDir::new().unwrap();
    let programs = generator(folder.path());
    let said = std::cell::RefCell::new(Vec::new());
    let tell = |text: &str| said.borrow_mut().push(text.to_owned());
    collect(&folder.path().join("study"), &programs, AMOUNT, Some(std::time::Duration::ZERO), tell).unwrap();
    assert!(said.borrow().last().unwrap().contains("20 steps are left"), "{:?}", said.borrow());
}

#[test]
fn a_suspect_of_a_study_that_was_broken_off_is_confirmed_by_the_next_run() {
    let folder = TempDir::new().unwrap();
    let (programs, out) = (generator(folder.path()), folder.path().join("study"));
    // Killed after the second run was written, and before its suspects were measured side by side.
    for (number, time) in [(0, 1.0), (1, 1.4)] {
        let step = evidence::step(&out, "session", number);
        fs::create_dir_all(&step).unwrap();
        file::write(&step.join("report.json"), &session(u32::try_from(number).unwrap(), time)).unwrap();
    }
    assert!(Evidence::read(&out).unwrap().suspects.is_empty());
    let amount = Amount { sessions: 2, slowed_sessions: 0, pairs: 0, criterion: 0, slowed: 0 };
    collect(&out, &programs, amount, None, |_| {}).unwrap();
    let evidence = Evidence::read(&out).unwrap();
    assert_eq!(evidence.suspects.keys().collect::<Vec<_>>(), [&1]);
    // The time that it took is kept.
    assert_eq!((evidence.times["suspects"].steps, evidence.times["suspects"].timed), (1, 1));
    assert_eq!((evidence.times["session"].steps, evidence.times["session"].timed), (2, 0));
}
