//! The README's floor plan against `cargo metadata`: a crate uses only what the plan allows it to.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, TargetKind};

/// What the floor plan says of a crate.
#[derive(Debug)]
struct Planned {
    floor: u32,
    /// What stands in brackets behind the name: `lib, bin`.
    kinds: String,
    uses: BTreeSet<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// The table under the header `| floor | crate | uses | …`.
fn plan() -> BTreeMap<String, Planned> {
    let readme = fs::read_to_string(root().join("README.md")).expect("README.md");
    let rows = readme.lines().skip_while(|line| !line.starts_with("| floor | crate | uses |")).skip(2);
    let plan: BTreeMap<_, _> = rows.take_while(|line| line.starts_with('|')).map(planned).collect();
    assert!(!plan.is_empty(), "README.md has no floor plan");
    plan
}

/// One row: `| 1 | `kernels` (lib) | platforms | … |`.
fn planned(row: &str) -> (String, Planned) {
    let cells: Vec<&str> = row.split('|').map(str::trim).collect();
    let [_, floor, name, uses, ..] = cells[..] else { panic!("README.md: {row}") };
    let (name, kinds) = name.split_once(' ').unwrap_or((name, ""));
    let uses = uses.split(", ").filter(|&name| name != "–").map(str::to_owned).collect();
    let floor = floor.parse().unwrap_or_else(|_| panic!("README.md: {row}"));
    (name.trim_matches('`').to_owned(), Planned { floor, kinds: kinds.to_owned(), uses })
}

/// The workspace's crates alone: what they declare needs no network.
fn metadata() -> Metadata {
    MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec().expect("cargo metadata")
}

/// The workspace's crates that `package` declares as dependencies of these kinds, whatever the features.
fn ours<'m>(
    metadata: &'m Metadata,
    package: &'m Package,
    kinds: &'m [DependencyKind],
) -> impl Iterator<Item = &'m Package> {
    let declared = package.dependencies.iter().filter(|dependency| kinds.contains(&dependency.kind));
    declared.filter_map(|dependency| metadata.packages.iter().find(|other| *other.name == dependency.name))
}

const IN_THE_PROGRAM: [DependencyKind; 2] = [DependencyKind::Normal, DependencyKind::Build];
const IN_ITS_TESTS: [DependencyKind; 1] = [DependencyKind::Development];

#[test]
fn the_plan_names_each_crate_and_no_other() {
    let metadata = metadata();
    let there: BTreeSet<String> = metadata.packages.iter().map(|package| package.name.to_string()).collect();
    let planned: BTreeSet<String> = plan().into_keys().collect();
    assert_eq!(there, planned);
}

#[test]
fn the_plan_tells_the_kind_of_each_crate() {
    let plan = plan();
    for package in &metadata().packages {
        let has = |kind: &TargetKind| package.targets.iter().any(|target| target.kind.contains(kind));
        let kinds = &plan[package.name.as_str()].kinds;
        assert_eq!(has(&TargetKind::Lib), kinds.contains("lib"), "{}: {kinds}", package.name);
        assert_eq!(has(&TargetKind::Bin), kinds.contains("bin"), "{}: {kinds}", package.name);
    }
}

#[test]
fn the_plan_lets_a_crate_use_only_what_stands_below_it() {
    let plan = plan();
    for (name, planned) in &plan {
        for used in &planned.uses {
            let below = plan.get(used).unwrap_or_else(|| panic!("{name} uses {used}, which the plan does not have"));
            assert!(below.floor < planned.floor, "{used} does not stand below {name}");
        }
    }
}

#[test]
fn a_crate_uses_only_what_the_plan_allows_it() {
    let plan = plan();
    let metadata = metadata();
    for package in &metadata.packages {
        let allowed = &plan[package.name.as_str()].uses;
        for used in ours(&metadata, package, &IN_THE_PROGRAM) {
            assert!(allowed.contains(used.name.as_str()), "{} uses {}", package.name, used.name);
        }
    }
}

#[test]
fn the_tests_of_a_crate_use_only_what_stands_below_it() {
    let plan = plan();
    let metadata = metadata();
    let floor = |package: &Package| plan[package.name.as_str()].floor;
    for package in &metadata.packages {
        for used in ours(&metadata, package, &IN_ITS_TESTS) {
            assert!(floor(used) < floor(package), "the tests of {} use {}", package.name, used.name);
        }
    }
}

#[test]
fn the_detector_reaches_no_code_that_it_judges() {
    let metadata = metadata();
    let mut reached = BTreeSet::from(["detector".to_owned()]);
    let mut waiting = vec!["detector".to_owned()];
    while let Some(name) = waiting.pop() {
        let package = metadata.packages.iter().find(|package| *package.name == name).expect("a crate of ours");
        let kinds = [IN_THE_PROGRAM.as_slice(), IN_ITS_TESTS.as_slice()].concat();
        for used in ours(&metadata, package, &kinds) {
            if reached.insert(used.name.to_string()) {
                waiting.push(used.name.to_string());
            }
        }
    }
    assert!(reached.contains("schema"), "the two meet at a file: {reached:?}");
    assert!(!reached.contains("kernels"), "{reached:?}");
    assert!(!reached.contains("generator"), "{reached:?}");
}

/// All crates that are linked into `package` on this platform, with the features that it asks for and no other
/// crate's. `cargo metadata` would unite them with those of the whole workspace.
fn linked(package: &str) -> BTreeSet<String> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root()).args(["tree", "--package", package, "--locked", "--offline"]);
    cargo.args(["--edges", "normal,build", "--prefix", "none", "--format", "{p}"]);
    let output = cargo.output().expect("cargo");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("names");
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[track_caller]
fn check_reaches_none_of(package: &str, names: &[&str]) {
    let linked = linked(package);
    assert!(linked.contains(package), "{linked:?}");
    for &name in names {
        assert!(!linked.contains(name), "{package} reaches {name}; `cargo tree -p {package} -i {name}` tells how");
    }
}

/// What goes over a network, or waits for more than one thing at a time.
const NETWORK: [&str; 10] =
    ["async-std", "curl", "h2", "hyper", "octocrab", "reqwest", "rustls", "smol", "tokio", "ureq"];

#[test]
fn the_kernels_reach_nothing_that_knows_the_machine_the_time_or_the_disk() {
    check_reaches_none_of("kernels", &NETWORK);
    check_reaches_none_of("kernels", &["chrono", "clap", "jiff", "memmap2", "nix", "sysinfo", "tempfile", "time"]);
}

#[test]
fn the_program_that_measures_reaches_no_network() {
    check_reaches_none_of("generator", &NETWORK);
}

#[test]
fn the_documents_and_the_statistics_reach_no_network() {
    check_reaches_none_of("schema", &NETWORK);
    check_reaches_none_of("statistics", &NETWORK);
}
