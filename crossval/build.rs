//! Compiles the C++ references, and makes the table of them from the folder's listing: a file is a row.

use std::{env, error::Error, ffi::OsStr, fmt::Write as _, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
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
