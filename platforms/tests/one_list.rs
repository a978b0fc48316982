//! `platforms.toml` is the one list: what else tells of platforms is made of it, or agrees with it.
#![cfg(unix)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use platforms::{
    Platform, PlatformKey,
    matrix::Matrix,
    platform::{self, Builder},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("reading {}: {error}", path.display()))
}

fn keys() -> Vec<&'static str> {
    platform::list().iter().map(|platform| platform.key.as_str()).collect()
}

fn runners() -> BTreeSet<&'static str> {
    platform::list().iter().map(|platform| platform.runner.as_str()).collect()
}

/// The files of a folder of the checkout that end with `extension`, by their path in it.
fn files(folder: &str, extension: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("reading {folder}: {error}"));
    let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    let mut files: Vec<String> =
        names.filter(|name| name.ends_with(extension)).map(|name| format!("{folder}/{name}")).collect();
    files.sort();
    assert!(!files.is_empty(), "{folder} has nothing that ends with {extension}");
    files
}

#[test]
fn cross_toml_is_what_the_list_makes() {
    let made = platform::cross().to_toml(platform::list());
    assert!(
        read("Cross.toml") == made,
        "run `cargo run -p platforms -- matrix --format cross --output Cross.toml`; it would be:\n{made}"
    );
}

#[test]
fn the_readmes_table_is_what_the_list_makes() {
    let readme = read("README.md");
    let section = readme.split_once("\n## Platforms\n").expect("a section `## Platforms`").1;
    let section = section.split("\n## ").next().expect("a text");
    let table: Vec<&str> = section.lines().filter(|line| line.starts_with('|')).collect();
    let made = Matrix::of(&[]).to_markdown();
    assert!(
        table == made.lines().collect::<Vec<_>>(),
        "put `cargo run -p platforms -- matrix --format markdown` into README.md:\n{made}"
    );
}

/// What a line of a workflow says of where a job runs: `runs-on: X`, `runner: [X, Y]`, `runs-on: ${{ … || 'X' }}`.
fn labels(line: &str) -> Vec<&str> {
    let Some((name, value)) = line.trim().split_once(": ") else { return Vec::new() };
    if !["runs-on", "runner"].contains(&name) {
        return Vec::new();
    }
    let value = value.rsplit_once("|| '").map_or(value, |(_, otherwise)| otherwise.trim_end_matches("' }}"));
    value.trim_matches(['[', ']']).split(", ").filter(|&label| label != "${{ matrix.runner }}").collect()
}

#[test]
fn a_workflow_runs_on_the_listed_runners_alone() {
    let runners = runners();
    for file in files(".github/workflows", ".yml") {
        let text = read(&file);
        let labels: Vec<&str> = text.lines().flat_map(labels).collect();
        assert!(!labels.is_empty(), "{file} says nowhere what it runs on");
        for label in labels {
            assert!(runners.contains(label), "{file}: {label} is no runner of the list: {runners:?}");
        }
    }
}

#[test]
fn the_tests_run_on_the_runner_of_every_platform() {
    let text = read(".github/workflows/ci.yml");
    let labels: BTreeSet<&str> = text.lines().flat_map(labels).collect();
    assert_eq!(labels, runners());
}

#[test]
fn what_checks_the_workflows_knows_every_runner() {
    let text = read(".github/actionlint.yaml");
    let known: BTreeSet<&str> = text.lines().filter_map(|line| line.trim().strip_prefix("- ")).collect();
    assert_eq!(known, runners());
}

/// What is written like a platform's key in a text: an operating system of the list, a hyphen, and a word with a number in
/// it, as all architectures have one.
fn keys_like(text: &str) -> BTreeSet<&str> {
    let systems: BTreeSet<&str> = keys().iter().filter_map(|key| key.split('-').next()).collect();
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'));
    let is_like = |(system, architecture): (&str, &str)| {
        systems.contains(system) && !architecture.contains('-') && architecture.contains(|c: char| c.is_ascii_digit())
    };
    words.filter(|word| word.split_once('-').is_some_and(is_like)).collect()
}

#[test]
fn what_looks_like_a_key_in_a_workflow_a_script_or_a_page_is_one() {
    let mut found = BTreeSet::new();
    let pages = ["README.md", "INSTALL.md", ".github/NIGHTLY.md"].map(str::to_owned);
    for file in [&files(".github/workflows", ".yml")[..], &files("scripts", ".sh"), &pages].concat() {
        let text = read(&file);
        // A runner may be called like a system: `macos-15`.
        for word in keys_like(&text).into_iter().filter(|word| !runners().contains(word)) {
            assert!(keys().contains(&word), "{file}: {word} is no platform of the list: {:?}", keys());
            found.insert(word.to_owned());
        }
    }
    assert!(!found.is_empty(), "a pull request is measured on some of them");
}

#[test]
fn install_md_has_an_archive_for_every_platform() {
    let text = read("INSTALL.md");
    let archives = text.split('`').filter_map(|word| word.strip_prefix("tidegauge-VERSION-")?.strip_suffix(".tar.gz"));
    let archives: BTreeSet<&str> = archives.filter(|&key| key != "PLATFORM").collect();
    assert_eq!(archives, keys().into_iter().collect());
}

#[test]
fn the_readmes_words_have_every_key() {
    let text = read("README.md");
    let row = text.lines().find(|line| line.starts_with("| platform key |")).expect("a row of the words");
    assert_eq!(keys_like(row), keys().into_iter().collect());
}

#[test]
fn the_licences_of_every_platform_are_judged() {
    let text = read("deny.toml");
    let list = text.split_once("\ntargets = [").expect("targets").1.split_once(']').expect("their end").0;
    let judged: BTreeSet<&str> = list.split('"').skip(1).step_by(2).collect();
    assert_eq!(judged, platform::list().iter().map(|platform| platform.target.as_str()).collect());
}

#[test]
fn a_job_of_one_platform_runs_on_its_runner() {
    // The containers of the tool `cross` are of x86-64.
    let containers = platform::list().iter().find(|platform| platform.key == "linux-x86_64").map(|it| &*it.runner);
    let containers = containers.expect("it is listed");
    let or_cross = format!("    runs-on: ${{{{ matrix.builder == 'native' && matrix.runner || '{containers}' }}}}");
    let mut found = Vec::new();
    for file in files(".github/workflows", ".yml") {
        let text = read(&file);
        for job in text.split("\n    name: ").skip(1).filter(|job| job.contains("matrix: ${{ fromJSON(")) {
            let line = job.lines().find(|line| line.starts_with("    runs-on: ")).expect("a job runs somewhere");
            let is_built = job.contains("matrix.builder }}");
            let expected = if is_built { &*or_cross } else { "    runs-on: ${{ matrix.runner }}" };
            assert_eq!(line, expected, "{file}: {}", job.lines().next().unwrap_or_default());
            found.push(file.rsplit_once('/').map_or(&*file, |(_, name)| name).to_owned());
        }
    }
    assert_eq!(found, ["nightly.yml", "pull-request.yml", "refresh.yml", "release.yml", "release.yml"]);
}

#[test]
fn the_baselines_are_of_listed_platforms() {
    let baselines: serde_json::Value = serde_json::from_str(&read("platforms/baselines.json")).expect("JSON");
    let sections = baselines["baselines"].as_object().expect("sections");
    assert!(!sections.is_empty(), "baselines.json has no section");
    for key in sections.keys() {
        assert!(key.parse::<PlatformKey>().is_ok(), "baselines.json has a section of {key}; the list has {:?}", keys());
    }
}

/// What the functions of scripts/toolchain.sh print.
fn shell(command: &str) -> String {
    let script = format!("set -euo pipefail; root=$PWD; source scripts/toolchain.sh; {command}");
    let output = Command::new("bash").args(["-c", &script]).current_dir(root()).output().expect("bash");
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn the_shell_reads_the_same_keys() {
    assert_eq!(shell("platform_keys").lines().collect::<Vec<_>>(), keys());
}

#[test]
fn the_shell_reads_the_same_of_every_platform() {
    for platform in platform::list() {
        let Platform { key, target, runner, builder, runs, unavailable: _, environment: _ } = platform;
        let fields = [
            ("key", &**key),
            ("target", target),
            ("runner", runner),
            ("builder", builder.name()),
            ("runs", runs.name()),
        ];
        for (field, value) in fields {
            assert_eq!(shell(&format!("platform_field {key} {field}")).trim_end(), value, "{key}: {field}");
        }
    }
}

#[test]
fn the_shell_reads_the_same_version_of_cross() {
    assert_eq!(shell("cross_version").trim_end(), platform::cross().version);
}

#[test]
fn the_shell_calls_this_machine_by_its_key() {
    // Where its programs are another machine's, as under an emulator, bash is too.
    let here = PlatformKey::of_this_build().expect("tests run on listed platforms");
    if std::env::consts::ARCH == shell("uname -m").trim_end().replace("arm64", "aarch64") {
        assert_eq!(shell("host_platform").trim_end(), here.as_str());
    }
}

/// The texts of the scripts and of the workflows, by their path.
fn scripts_and_workflows() -> impl Iterator<Item = (String, String)> {
    let files = [files(".github/workflows", ".yml"), files("scripts", ".sh"), files(".github/actions/detect", ".yml")];
    files.concat().into_iter().map(|file| (file.clone(), read(file)))
}

#[test]
fn the_version_of_cross_stands_in_the_list_alone() {
    let version = &platform::cross().version;
    for (file, text) in scripts_and_workflows() {
        assert!(!text.contains(version.as_str()), "{file} names the version {version}; `cross_version` tells it");
    }
}

#[test]
fn a_target_of_the_list_stands_in_no_script_and_no_workflow() {
    for (file, text) in scripts_and_workflows() {
        for Platform { key, target, .. } in platform::list() {
            assert!(!text.contains(target.as_str()), "{file} names {target}; `platform_field {key} target` tells it");
        }
    }
}

#[test]
fn the_tool_cross_builds_one_of_them_at_least() {
    assert!(
        platform::list().iter().any(|platform| platform.builder == Builder::Cross),
        "Cross.toml would be for nothing"
    );
}
