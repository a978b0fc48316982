//! Which variant of each kernel a CPU takes, by what it has.
//!
//! `dispatch/<architecture>.txt` shows it, kernel by kernel, for CPUs that there are and some that might be. A row changes
//! when a kernel gets a variant or loses one.
#![cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use kernels::{dispatch, registry::KERNELS};
use platforms::{IsaLevel, IsaSet, isa};

/// A CPU by its name, and its features as far as any level asks for them.
type Cpu = (&'static str, &'static str);

#[cfg(target_arch = "x86_64")]
const CPUS: [Cpu; 8] = [
    ("x86-64", ""),
    ("Penryn", "sse4.1"),
    ("Piledriver", "sse4.1 fma f16c"),
    ("no FMA", "sse4.1 avx2 f16c"),
    ("Haswell", "sse4.1 fma f16c avx2"),
    ("Xeon Phi", "sse4.1 fma f16c avx2 avx512f"),
    ("Skylake-X", "sse4.1 fma f16c avx2 avx512f avx512bw avx512dq avx512vl"),
    ("Zen 4", "sse4.1 fma f16c avx2 avx512f avx512bw avx512dq avx512vl avx512vnni"),
];
#[cfg(target_arch = "aarch64")]
const CPUS: [Cpu; 5] = [
    ("no NEON", ""),
    ("Cortex-A72", "neon"),
    ("no dotprod", "neon i8mm"),
    ("Neoverse N1", "neon dotprod"),
    ("Neoverse V1", "neon dotprod i8mm"),
];

#[cfg(target_arch = "x86_64")]
const KEPT: (&str, &str) = ("x86_64.txt", include_str!("dispatch/x86_64.txt"));
#[cfg(target_arch = "aarch64")]
const KEPT: (&str, &str) = ("aarch64.txt", include_str!("dispatch/aarch64.txt"));

fn levels((_, features): Cpu) -> IsaSet {
    isa::of_features(|feature| features.split(' ').any(|has| has == feature))
}

/// A line a CPU with what it has, and a table of the variants.
fn table() -> String {
    let mut text = String::new();
    for cpu @ (name, features) in CPUS {
        let features = if features.is_empty() { "nothing that a level asks for" } else { features };
        let line = format!("{name:<12} {:<8} {features}", levels(cpu).highest());
        writeln!(text, "{line}").expect("a String takes all text");
    }
    let names = CPUS.map(|(name, _)| name.to_owned());
    let variants = KERNELS.iter().map(|kernel| (kernel.id, CPUS.map(|cpu| dispatch(kernel, levels(cpu)).to_string())));
    text.push('\n');
    for (kernel, cells) in [("kernel", names)].into_iter().chain(variants) {
        let mut line = format!("{kernel:<22}");
        for ((name, _), cell) in CPUS.iter().zip(cells) {
            // The longest name of a level is `dotprod`.
            let width = name.len().max("dotprod".len());
            write!(line, "  {cell:<width$}").expect("a String takes all text");
        }
        writeln!(text, "{}", line.trim_end()).expect("a String takes all text");
    }
    text
}

#[test]
fn each_cpu_takes_the_variants_that_are_written_down() {
    let (file, kept) = KEPT;
    let found = table();
    assert!(found == kept, "dispatch/{file} would have to be:\n{found}");
}

#[test]
fn every_level_of_the_architecture_is_that_of_a_cpu() {
    let shown: Vec<IsaLevel> = CPUS.iter().map(|&cpu| levels(cpu).highest()).collect();
    for level in IsaLevel::ALL.into_iter().filter(|level| level.is_of_this_architecture()) {
        assert!(shown.contains(&level), "{level}: {shown:?}");
    }
}

/// The Rust files in a folder, and in those in it.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let files = entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] });
    files.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

/// A variant is called once the CPU has its level, and stands in a file that is named by it. This holds for those of other
/// architectures too, which are not compiled here.
#[test]
fn no_code_is_compiled_for_a_feature_that_its_level_does_not_ask_for() {
    let mut checked = 0;
    // What is slower on purpose has code of several levels in one file, and is in no program.
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    for path in sources.into_iter().filter(|path| !path.ends_with("slowed.rs")) {
        let text = fs::read_to_string(&path).expect("a text");
        let level = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse::<IsaLevel>().ok());
        let levels = level.unwrap_or(IsaLevel::Scalar).with_those_below();
        let asked: Vec<&str> = levels.iter().flat_map(IsaLevel::features).copied().collect();
        let enabled = text.split("enable = \"").skip(1).filter_map(|rest| rest.split('"').next());
        for feature in enabled.flat_map(|features| features.split(',')) {
            checked += 1;
            assert!(asked.contains(&feature), "{}: {feature} is not among {asked:?}", path.display());
        }
    }
    assert!(checked > 100, "the variants are found: {checked}");
}
