//! A study that was broken off goes on where it was, and runs nothing twice.

#![cfg(unix)]

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use study::collect::{Amount, Programs, collect};
use tempfile::TempDir;

/// A generator that writes an empty document where it was told to, and keeps a list of what it was asked for.
fn generator(folder: &Path) -> Programs {
    let program = folder.join("generator.sh");
    let script = format!(
        "#!/bin/sh\nPATH=/usr/bin:/bin\necho \"$1\" >> {}/asked\nfile=$1\n[ $1 = measure ] && file=report\n\
         while [ $# -gt 1 ]; do [ \"$1\" = --out ] && out=$2; shift; done\nmkdir -p \"$out\"; echo '{{}}' > \"$out/$file.json\"\n",
        folder.display()
    );
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    Programs { generator: program, slowed: None, criterion: None, criterion_slowed: None }
}

/// One run that changes nothing: a second would be compared with it, and these are no documents.
const AMOUNT: Amount = Amount { sessions: 1, pairs: 2, criterion: 0, slowed: 0 };

fn asked(folder: &Path) -> usize {
    fs::read_to_string(folder.join("asked")).unwrap().lines().count()
}

#[test]
fn what_is_done_is_not_run_again() {
    let folder = TempDir::new().unwrap();
    let (programs, out) = (generator(folder.path()), folder.path().join("study"));
    collect(&out, &programs, AMOUNT, None, |_| {}).unwrap();
    // A session, six slowdowns twice, and two that count instructions.
    assert_eq!(asked(folder.path()), 15);
    collect(&out, &programs, AMOUNT, None, |_| {}).unwrap();
    assert_eq!(asked(folder.path()), 15);
    fs::remove_dir_all(out.join("pair-05").join("0001")).unwrap();
    collect(&out, &programs, AMOUNT, None, |_| {}).unwrap();
    assert_eq!(asked(folder.path()), 16);
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
    assert!(said.borrow().last().unwrap().contains("15 steps are left"), "{:?}", said.borrow());
}
