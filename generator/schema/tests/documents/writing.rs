//! A file is written whole or not at all.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use schema::{
    SCHEMA_VERSION,
    file::{self, WriteProblem},
    report::Report,
};
use tempfile::TempDir;

use crate::example;

/// A folder, and the path of a report in it that is not there yet.
fn place() -> (TempDir, PathBuf) {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("report.json");
    (folder, path)
}

/// The names in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_written_document_is_alone_in_its_folder() {
    let (folder, path) = place();
    file::write(&path, &example::report()).expect("it is written");
    assert_eq!(names(folder.path()), ["report.json"]);
}

#[test]
fn a_document_begins_with_its_version_and_ends_its_last_line() {
    let (_folder, path) = place();
    file::write(&path, &example::report()).expect("it is written");
    let text = fs::read_to_string(&path).expect("a file");
    assert!(text.starts_with(&format!("{{\n  \"schema_version\": {SCHEMA_VERSION},\n")), "{text}");
    assert!(text.ends_with("}\n"), "{text}");
}

#[test]
fn a_path_without_a_folder_is_written_here() {
    // The working folder of a test is the crate's.
    let path = Path::new("written-here.partial.json");
    let written = file::write_bytes(path, b"whole");
    let read = fs::read(path);
    fs::remove_file(path).ok();
    written.expect("it is written");
    assert_eq!(read.expect("it is there"), b"whole");
}

#[test]
fn a_name_as_long_as_names_can_be_is_written() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("n".repeat(255));
    file::write_bytes(&path, b"whole").expect("it is written");
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let (folder, _) = place();
    let path = folder.path().join("nowhere").join("report.json");
    let error = file::write(&path, &example::report()).expect_err("there is no such folder");
    assert_eq!(
        error.to_string(),
        format!(
            "writing {}: No such file or directory (os error 2); make its folder first, or name another; \
             what was there before is untouched",
            path.display()
        )
    );
}

#[test]
fn a_folder_cannot_be_written_as_a_file() {
    let (folder, _) = place();
    let error = file::write(folder.path(), &example::report()).expect_err("it is a folder");
    assert!(error.to_string().contains("s a directory"), "{error}");
}

#[test]
fn what_no_program_would_read_is_not_written() {
    let (folder, path) = place();
    let mut report = example::report();
    let case = report.cases.get_mut(example::CASE).expect("the case");
    case.latency.p50_ns = Some(f64::NAN);
    let error = file::write(&path, &report).expect_err("it would be written as null");
    assert!(matches!(error.problem, WriteProblem::Invalid(_)), "{error}");
    assert!(error.to_string().contains("latency.p50_ns: must be a number above 0, found NaN"), "{error}");
    assert!(names(folder.path()).is_empty());
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("a file").permissions().mode() & 0o7777
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("its mode can be set");
    }

    /// Whether this user may write where nobody may: then a refusal cannot be shown.
    fn is_above_permissions(folder: &Path) -> bool {
        fs::write(folder.join("probe"), b"").is_ok()
    }

    #[test]
    fn a_folder_that_must_not_be_written_is_told() {
        let (folder, path) = place();
        let before = file::write(&path, &example::report());
        before.expect("it is written");
        set_mode(folder.path(), 0o555);
        if is_above_permissions(folder.path()) {
            // The superuser writes anywhere but where the kernel itself makes files.
            let error = file::write_bytes(Path::new("/proc/report.json"), b"new").expect_err("it is the kernel's");
            assert!(error.to_string().starts_with("writing /proc/report.json: "), "{error}");
            return;
        }
        let error = file::write_bytes(&path, b"new").expect_err("the folder must not be written");
        set_mode(folder.path(), 0o755);
        assert!(
            error
                .to_string()
                .contains("Permission denied (os error 13); let this user write into its folder, or name another"),
            "{error}"
        );
        file::read::<Report>(&path).expect("it is as before");
    }

    #[test]
    fn a_new_file_has_the_permissions_of_any_new_file() {
        let (folder, path) = place();
        file::write_bytes(&path, b"whole").expect("it is written");
        let other = folder.path().join("other");
        fs::write(&other, b"whole").expect("it is written");
        assert_eq!(mode(&path), mode(&other));
    }

    #[test]
    fn a_replaced_file_keeps_its_permissions() {
        let (_folder, path) = place();
        for kept in [0o600, 0o640, 0o664] {
            fs::write(&path, b"before").expect("it is written");
            set_mode(&path, kept);
            file::write_bytes(&path, b"after").expect("it is written");
            assert_eq!(mode(&path), kept);
        }
    }

    #[test]
    fn a_link_stays_a_link() {
        let (folder, path) = place();
        let link = folder.path().join("link.json");
        fs::write(&path, b"before").expect("it is written");
        symlink("report.json", &link).expect("a link");
        file::write_bytes(&link, b"after").expect("it is written");
        assert!(link.is_symlink());
        assert_eq!(fs::read(&path).expect("a file"), b"after");
    }

    #[test]
    fn a_link_that_leads_nowhere_is_refused_and_kept() {
        let (folder, path) = place();
        symlink(folder.path().join("gone/report.json"), &path).expect("a link");
        file::write_bytes(&path, b"after").expect_err("it leads nowhere");
        assert!(path.is_symlink());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_device_is_told() {
        let error = file::write_bytes(Path::new("/dev/full"), b"whole").expect_err("it is full");
        assert!(
            error.to_string().contains("No space left on device (os error 28); make room on its disk, or name another"),
            "{error}"
        );
    }

    /// In the child: the file that it writes, once or for ever.
    const CHILD_WRITES: &str = "SCHEMA_TEST_CHILD_WRITES";

    /// Some 100 kB, too much for one page and for the limit below.
    fn large(fill: u8) -> Vec<u8> {
        vec![fill; 100_000]
    }

    /// This program again, to run only `test` as a child.
    fn child(shell: &str, test: &str, path: &Path) -> Command {
        let mut child = Command::new("sh");
        child
            .args(["-c", &format!("{shell} exec \"$0\" \"$@\"")])
            .arg(env::current_exe().expect("this program"))
            .args(["--exact", test, "--nocapture"])
            .env(CHILD_WRITES, path)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        child
    }

    /// A disk that takes only so much, by way of a limit on the size of files: anyone may set one.
    #[test]
    fn a_disk_that_fills_up_in_mid_file_leaves_the_file_before() {
        if let Some(path) = env::var_os(CHILD_WRITES) {
            let error = file::write_bytes(Path::new(&path), &large(b'a')).expect_err("the limit is lower");
            assert!(error.to_string().contains("make room on its disk"), "{error}");
            return;
        }
        let (folder, path) = place();
        fs::write(&path, large(b'b')).expect("it is written");
        // In blocks of 512 bytes. Without the trap, the limit would kill the child.
        let limit = "trap '' XFSZ; ulimit -f 64;";
        let test = "writing::unix::a_disk_that_fills_up_in_mid_file_leaves_the_file_before";
        let output = child(limit, test, &path).output().expect("sh");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(fs::read(&path).expect("a file"), large(b'b'));
        assert_eq!(names(folder.path()), ["report.json"]);
    }

    #[test]
    fn a_process_killed_at_any_moment_leaves_a_whole_file() {
        if let Some(path) = env::var_os(CHILD_WRITES) {
            for fill in (b'a'..=b'z').cycle() {
                file::write_bytes(Path::new(&path), &large(fill)).expect("it is written");
            }
        }
        let (folder, path) = place();
        fs::write(&path, large(b'a')).expect("it is written");
        let test = "writing::unix::a_process_killed_at_any_moment_leaves_a_whole_file";
        let mut changed = 0;
        for kill in 0..20_u64 {
            let before = fs::read(&path).expect("a file");
            let mut writer = child("", test, &path).spawn().expect("sh");
            // It needs some milliseconds to begin, and a write takes about one.
            for _ in 0..10 {
                thread::sleep(Duration::from_micros(2_000 + 173 * kill));
                let seen = fs::read(&path).expect("there is always a file");
                assert_eq!(seen, large(seen[0]), "a reader sees a part of a file");
            }
            writer.kill().expect("it runs");
            writer.wait().expect("it ends");
            let after = fs::read(&path).expect("there is a file");
            assert_eq!(after, large(after[0]), "a part of a file is left");
            changed += u32::from(after != before);
            let partial = names(folder.path())
                .into_iter()
                .filter(|name| name.ends_with(".partial"))
                .inspect(|name| assert!(name.starts_with(".report.json."), "{name}"))
                .map(|name| fs::remove_file(folder.path().join(name)).expect("it can be deleted"))
                .count();
            assert!(partial <= 1, "{partial} temporary files are left");
        }
        assert!(changed > 0, "no child wrote anything before it was killed");
    }
}
