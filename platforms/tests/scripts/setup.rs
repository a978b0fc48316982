//! `scripts/setup-perf-env.sh`: what it installs and from where, and what it says of what it cannot.

use std::process::Command;

use super::place::{Place, ended};

/// A Debian machine with a Rust of its own, and nothing else.
fn debian() -> Place {
    let place = Place::of("linux-x86_64");
    place.write("os-release", "ID=debian\n");
    place.program("sudo", "shift; exec \"$@\"");
    // Each package brings the programs that the scripts look for.
    place.logs(
        "apt-get",
        r#"here=${0%/*}
for package; do
    case $package in
    valgrind) touch "$here/valgrind" ;;
    qemu-user) touch "$here/qemu-x86_64" "$here/qemu-aarch64" ;;
    gcc-aarch64-linux-gnu | g++-aarch64-linux-gnu) touch "$here/aarch64-linux-gnu-${package%%-*}" ;;
    libstd-rust-web-dev:arm64) mkdir -p "$here/../usr/lib/rustlib/aarch64-unknown-linux-gnu/lib" && touch "$here/../usr/lib/rustlib/aarch64-unknown-linux-gnu/lib/libstd-1.rlib" ;;
    esac
done
chmod +x "$here"/*"#,
    );
    place.logs("dpkg", "");
    place.program(
        "apt-cache",
        "case $2 in rustc) echo '  Candidate: 1.63.0' ;; rustc-web) echo '  Candidate: 1.96.0+dfsg1-1' ;; esac",
    );
    place
}

/// A rustup that has every target.
fn rustup(place: &Place) {
    let sysroot = place.path("sysroot/lib/rustlib");
    place.logs(
        "rustup",
        &format!(
            "[[ $1 != target ]] || {{ mkdir -p '{0}'/$3/lib; touch '{0}'/$3/lib/libstd-0.rlib; }}",
            sysroot.display()
        ),
    );
}

/// A rustup that reaches nobody.
fn rustup_without_network(place: &Place) {
    place.logs("rustup", "echo 'error: could not download' >&2; exit 1");
}

fn setup(place: &Place, arguments: &[&str]) -> Command {
    place.script("setup-perf-env.sh", arguments)
}

/// The state of the row that begins with `what`.
#[track_caller]
fn state<'table>(table: &'table str, what: &str) -> &'table str {
    let row = table.lines().find(|line| line.starts_with(what)).unwrap_or_else(|| panic!("no {what} in {table}"));
    row.rsplit_once("  ").expect("columns").1
}

#[test]
fn what_is_missing_is_installed_and_told() {
    let place = debian();
    let (table, _) = ended(&mut setup(&place, &[]), 0);
    assert_eq!(state(&table, "Rust 1.95.0"), "there");
    assert_eq!(state(&table, "valgrind"), "installed");
    assert_eq!(state(&table, "qemu-user"), "installed");
}

#[test]
fn a_second_time_it_changes_nothing() {
    let place = debian();
    rustup(&place);
    ended(&mut setup(&place, &["--target", "linux-aarch64"]), 0);
    let before = place.log();
    let (table, _) = ended(&mut setup(&place, &["--target", "linux-aarch64"]), 0);
    assert_eq!(place.log(), before, "{table}");
    assert!(!table.contains("installed") && !table.contains("missing"), "{table}");
}

#[test]
fn told_not_to_install_it_changes_nothing_and_says_what_to_do() {
    let place = debian();
    rustup(&place);
    let (table, _) = ended(&mut setup(&place, &["--cross", "--no-install"]), 4);
    assert_eq!(place.log(), "");
    assert_eq!(state(&table, "valgrind"), "missing: sudo apt-get install valgrind");
    let row = "Rust's library for aarch64-unknown-linux-gnu";
    assert_eq!(state(&table, row), "missing: rustup target add aarch64-unknown-linux-gnu");
}

#[test]
fn a_library_comes_from_rustup_where_it_has_it_and_no_other_machines_packages_are_asked_for() {
    let place = debian();
    rustup(&place);
    let (table, _) = ended(&mut setup(&place, &["--target", "linux-aarch64"]), 0);
    assert_eq!(state(&table, "Rust's library for aarch64-unknown-linux-gnu"), "installed");
    assert!(!place.log().contains("dpkg"), "{}", place.log());
}

#[test]
fn where_rustup_reaches_nobody_debians_rust_serves() {
    let place = debian();
    rustup_without_network(&place);
    // Its compiler is there already, with a library for no other machine.
    place.has_distribution_rust("x86_64-unknown-linux-gnu");
    let (table, stderr) = ended(&mut setup(&place, &["--target", "aarch64-unknown-linux-gnu"]), 0);
    assert_eq!(state(&table, "Rust's library for aarch64-unknown-linux-gnu"), "installed", "{stderr}");
    let log = place.log();
    assert!(log.contains("dpkg --add-architecture arm64\napt-get update"), "{log}");
    // Debian 12 has an older Rust under the plain name.
    assert!(
        log.contains("rustc-web cargo-web libstd-rust-web-dev:arm64") && !log.contains("recommends rustc "),
        "{log}"
    );
}

#[test]
fn elsewhere_than_on_debian_no_architecture_is_added() {
    let place = debian();
    place.write("os-release", "ID=ubuntu\nID_LIKE=debian\n");
    rustup_without_network(&place);
    let (table, _) = ended(&mut setup(&place, &["--target", "linux-aarch64"]), 4);
    assert!(!place.log().contains("dpkg"), "{}", place.log());
    let row = "Rust's library for aarch64-unknown-linux-gnu";
    assert_eq!(state(&table, row), "missing: rustup target add aarch64-unknown-linux-gnu");
}

#[test]
fn an_architecture_that_was_of_no_use_is_taken_away_again() {
    let place = debian();
    rustup_without_network(&place);
    place.logs("apt-get", "[[ $* != *libstd* ]]");
    ended(&mut setup(&place, &["--target", "linux-aarch64"]), 4);
    assert!(place.log().contains("dpkg --remove-architecture arm64"), "{}", place.log());
}

#[test]
fn a_distribution_whose_rust_is_too_old_is_left_as_it_is() {
    let place = debian();
    rustup_without_network(&place);
    place.program("apt-cache", "echo '  Candidate: 1.63.0'");
    ended(&mut setup(&place, &["--target", "linux-aarch64"]), 4);
    assert!(!place.log().contains("dpkg"), "{}", place.log());
}

#[test]
fn without_rustup_a_distributions_rust_that_is_new_enough_is_installed() {
    let place = debian();
    place.program("rustc", "[[ -e $TMPDIR/new ]] && echo 'rustc 1.96.0 (abc)'");
    place.logs("apt-get", "[[ $* != *rustc-web* ]] || touch \"$TMPDIR/new\"");
    let (table, _) = ended(&mut setup(&place, &[]), 4);
    assert_eq!(state(&table, "Rust 1.95.0"), "installed (1.96.0)");
    assert!(place.log().contains("rustc-web cargo-web\n"), "{}", place.log());
}

#[test]
fn without_rustup_it_says_where_rust_comes_from() {
    let place = debian();
    place.program("rustc", "exit 1");
    let (table, _) = ended(&mut setup(&place, &["--no-install"]), 4);
    assert!(state(&table, "Rust 1.95.0").contains("https://rustup.rs"), "{table}");
}

#[test]
fn a_newer_rust_of_the_distributions_serves_and_is_named() {
    let place = debian();
    place.program("rustc", "echo 'rustc 1.96.0 (abc 2026-01-01) (built from a source tarball)'");
    let (table, _) = ended(&mut setup(&place, &[]), 0);
    assert_eq!(state(&table, "Rust 1.95.0"), "there (1.96.0)");
}

#[test]
fn where_docker_runs_cross_is_installed_in_the_pinned_version() {
    let place = debian();
    rustup(&place);
    place.program("docker", "");
    place.logs(
        "cargo",
        &format!(
            "[[ $1 != install ]] || {{ echo 'echo cross 0.2.5' >'{0}'; chmod +x '{0}'; }}",
            place.path("bin/cross").display()
        ),
    );
    let (table, _) = ended(&mut setup(&place, &["--target", "linux-aarch64"]), 0);
    assert_eq!(state(&table, "cross 0.2.5"), "installed");
    assert!(place.log().contains("cargo install --locked --force --version 0.2.5 cross\n"), "{}", place.log());
}

#[test]
fn for_a_mac_it_wants_zig_once_for_both() {
    let place = debian();
    rustup(&place);
    let (table, _) = ended(&mut setup(&place, &["--cross", "--no-install"]), 4);
    assert_eq!(table.lines().filter(|line| line.starts_with("zig 0.17.1")).count(), 1, "{table}");
    assert!(state(&table, "cargo-zigbuild 0.24.1").starts_with("missing: cargo install"), "{table}");
}

#[test]
fn on_a_mac_it_asks_for_no_linux_tools() {
    let place = Place::of("macos-aarch64");
    let (table, _) = ended(&mut setup(&place, &[]), 0);
    assert!(!table.contains("valgrind") && !table.contains("qemu"), "{table}");
}

#[test]
fn on_a_mac_with_docker_the_rust_of_the_containers_is_installed_too() {
    let place = Place::of("macos-aarch64");
    place.program("docker", "");
    place.program("cross", "echo cross 0.2.5");
    place.has_library("sysroot", "aarch64-unknown-linux-gnu");
    place.logs("rustup", "[[ $2 != list ]] || grep -o '1.95.0-x86_64-unknown-linux-gnu' <\"${0%/*}/../log\" || :");
    let (table, _) = ended(&mut setup(&place, &["--target", "linux-aarch64"]), 0);
    assert_eq!(state(&table, "Rust 1.95.0 for Linux"), "installed");
    assert!(place.log().contains("--force-non-host"), "{}", place.log());
}

#[test]
fn on_another_distribution_it_only_reports() {
    let place = Place::of("linux-x86_64");
    let (table, _) = ended(&mut setup(&place, &[]), 4);
    assert_eq!(state(&table, "valgrind"), "missing: install valgrind from your distribution");
}

#[test]
fn a_platform_that_there_is_not_is_refused() {
    let (_, stderr) = ended(&mut setup(&debian(), &["--target", "linux-vax"]), 2);
    assert!(stderr.contains("--target wants a platform: linux-aarch64"), "{stderr}");
}
