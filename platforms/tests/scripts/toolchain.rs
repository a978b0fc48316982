//! `scripts/toolchain.sh`: which machine is which platform, and what builds there for the others.

use platforms::platform::list;

use super::place::Place;

#[test]
fn every_platforms_machine_is_known() {
    for platform in list() {
        assert_eq!(Place::of(&platform.key).toolchain("host_platform").trim_end(), platform.key);
    }
}

#[track_caller]
fn chooses(place: &Place, key: &str, builder: &str) {
    assert_eq!(place.toolchain(&format!("choose_builder {key}")).trim_end(), builder, "for {key}");
}

#[test]
fn a_machine_builds_for_its_own_platform_with_cargo_alone() {
    for platform in list() {
        let place = Place::of(&platform.key);
        place.program("docker", "");
        chooses(&place, &platform.key, "native");
    }
}

#[test]
fn where_docker_runs_it_is_cross() {
    let place = Place::of("linux-x86_64");
    place.program("docker", "");
    chooses(&place, "linux-aarch64", "cross");
    chooses(&place, "macos-aarch64", "zigbuild");
    let mac = Place::of("macos-aarch64");
    mac.program("podman", "");
    chooses(&mac, "linux-aarch64", "cross");
}

#[test]
fn a_docker_without_a_server_is_none() {
    let place = Place::of("linux-x86_64");
    place.program("docker", "exit 1");
    place.program("apt-get", "");
    chooses(&place, "linux-aarch64", "system");
}

#[test]
fn a_compiler_that_is_there_is_taken_whatever_the_distribution() {
    let place = Place::of("linux-x86_64");
    place.program("aarch64-linux-gnu-gcc", "");
    chooses(&place, "linux-aarch64", "system");
}

#[test]
fn without_docker_and_a_compiler_it_is_zig() {
    chooses(&Place::of("linux-x86_64"), "linux-aarch64", "zigbuild");
    chooses(&Place::of("macos-aarch64"), "linux-aarch64", "zigbuild");
}

#[test]
fn a_mac_builds_for_the_other_mac_with_its_own_compiler() {
    chooses(&Place::of("macos-aarch64"), "macos-x86_64", "system");
}

/// What `use_builder` sets for `linux-aarch64`.
fn used(place: &Place, builder: &str) -> String {
    place.toolchain(&format!(
        "use_builder linux-aarch64 {builder}; echo \"${{cargo_build[*]}} ${{for_target[*]}} RUSTC=${{RUSTC:-}}\""
    ))
}

#[test]
fn the_checkouts_own_rust_is_taken_where_it_has_the_library() {
    let place = Place::of("linux-x86_64");
    place.has_library("sysroot", "aarch64-unknown-linux-gnu");
    assert_eq!(used(&place, "system"), "cargo build --target aarch64-unknown-linux-gnu RUSTC=\n");
}

#[test]
fn the_distributions_rust_is_taken_where_only_it_has_the_library() {
    let place = Place::of("linux-x86_64");
    place.has_distribution_rust("aarch64-unknown-linux-gnu");
    let folder = place.path("distribution");
    let folder = folder.display();
    assert_eq!(
        used(&place, "system"),
        format!("{folder}/cargo build --target aarch64-unknown-linux-gnu RUSTC={folder}/rustc\n")
    );
}

#[test]
fn zig_is_asked_for_an_old_c_library() {
    let place = Place::of("linux-x86_64");
    place.has_library("sysroot", "aarch64-unknown-linux-gnu");
    assert_eq!(used(&place, "zigbuild"), "cargo-zigbuild zigbuild --target aarch64-unknown-linux-gnu.2.28 RUSTC=\n");
}

#[test]
fn zig_is_asked_for_the_oldest_macos_of_rustc() {
    let place = Place::of("linux-x86_64");
    for (set, expected) in [("", "11.0"), ("MACOSX_DEPLOYMENT_TARGET=13.5;", "13.5")] {
        let used =
            place.toolchain(&format!("{set} use_builder macos-aarch64 zigbuild; echo $MACOSX_DEPLOYMENT_TARGET"));
        assert_eq!(used.trim_end(), expected);
    }
}

#[test]
fn a_mac_sums_with_what_it_has_had_for_long() {
    for (key, expected) in [("macos-aarch64", "shasum -a 256 file"), ("linux-x86_64", "sha256sum file")] {
        let place = Place::of(key);
        place.program("sha256sum", "echo sha256sum $*");
        place.program("shasum", "echo shasum $*");
        assert_eq!(place.toolchain("sums file").trim_end(), expected, "{key}");
    }
}
