//! Compiles the C++ references, and makes the table of them from the folder's listing: a file is a row. Tells the outside
//! libraries' versions, and links those that are no crates.

use std::{env, error::Error, ffi::OsStr, fmt::Write as _, fs, path::Path, process::Command};

fn main() -> Result<(), Box<dyn Error>> {
    compile_references()?;
    tell_versions()?;
    if env::var_os("CARGO_FEATURE_OPENBLAS").is_some() {
        link_openblas();
    }
    Ok(())
}

fn compile_references() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=cpp");
    let mut files = Vec::new();
    for entry in fs::read_dir("cpp")? {
        let path = entry?.path();
        if path.extension() == Some(OsStr::new("cc")) {
            files.push(path);
        }
    }
    files.sort();

    // What the language says and no more: no contraction into fused operations, no reordering.
    let mut build = cc::Build::new();
    build.cpp(true).std("c++17").warnings(true).extra_warnings(true).warnings_into_errors(true).opt_level(2);
    build.flag("-ffp-contract=off").flag("-fno-fast-math").files(&files);
    build.compile("crossval_references");

    let kernels = files.iter().filter_map(|file| file.file_stem().and_then(OsStr::to_str));
    let (mut declarations, mut rows) = (String::new(), String::new());
    for kernel in kernels {
        writeln!(
            declarations,
            "    fn {kernel}_reference(extents: *const usize, inputs: *const *const c_void, output: *mut c_void);"
        )?;
        writeln!(rows, "    (\"{kernel}\", {kernel}_reference),")?;
    }
    let table =
        format!("unsafe extern \"C\" {{\n{declarations}}}\n\nstatic TABLE: &[(&str, Function)] = &[\n{rows}];\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("references.rs"), table)?;
    Ok(())
}

/// The crates among the peers, each of which `env!("VERSION_…")` tells the version of.
const CRATES: [&str; 6] = ["faer", "gemm", "llama-cpp-sys-2", "matrixmultiply", "rten-gemm", "rten-vecmath"];

/// Takes the versions from the lock file, which is what is built.
fn tell_versions() -> Result<(), Box<dyn Error>> {
    const LOCK: &str = "../Cargo.lock";
    println!("cargo::rerun-if-changed={LOCK}");
    let lock = fs::read_to_string(LOCK)?;
    for name in CRATES {
        let entry = format!("name = \"{name}\"\nversion = \"");
        let mut versions = lock.match_indices(&entry).filter_map(|(at, _)| lock[at + entry.len()..].split('"').next());
        let (Some(version), None) = (versions.next(), versions.next()) else {
            return Err(format!("{LOCK} has not one version of {name}").into());
        };
        println!("cargo::rustc-env=VERSION_{}={version}", name.replace('-', "_").to_uppercase());
    }
    Ok(())
}

/// Links `OpenBLAS`, from where `pkg-config` says that it is, or else from where the linker looks anyway.
fn link_openblas() {
    println!("cargo::rerun-if-env-changed=PKG_CONFIG_PATH");
    let asked = Command::new("pkg-config").args(["--libs-only-L", "openblas"]).output();
    let answer = asked.ok().filter(|output| output.status.success()).map(|output| output.stdout).unwrap_or_default();
    for flag in String::from_utf8_lossy(&answer).split_whitespace() {
        println!("cargo::rustc-link-search=native={}", flag.trim_start_matches("-L"));
    }
    println!("cargo::rustc-link-lib=openblas");
}
