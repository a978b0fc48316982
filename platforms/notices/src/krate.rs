//! A crate of others: its terms, and the texts that go with them.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use cargo_metadata::Package;

/// A crate whose code is in a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Crate {
    pub(crate) name: String,
    pub(crate) version: String,
    /// Its terms in SPDX's words, as its authors state them.
    pub(crate) license: String,
    pub(crate) authors: Vec<String>,
    /// The texts of the files that state its terms; none where its source has no such file.
    pub(crate) texts: Vec<String>,
}

impl Crate {
    /// What stands in the source that cargo built from.
    pub(crate) fn read(package: &Package) -> Result<Self> {
        let folder = package.manifest_path.parent().with_context(|| format!("{} has no folder", package.name))?;
        let mut texts = texts(folder.as_std_path())?;
        if let Some(file) = &package.license_file {
            texts.push(read(&folder.as_std_path().join(file))?);
        }
        Ok(Self {
            name: package.name.to_string(),
            version: package.version.to_string(),
            license: package.license.clone().unwrap_or_else(|| "terms of its own".to_owned()),
            authors: package.authors.clone(),
            texts,
        })
    }
}

/// The texts of the files in `folder` whose names say that they state terms, in the order of the names.
fn texts(folder: &Path) -> Result<Vec<String>> {
    let reading = || format!("reading the folder {}", folder.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).with_context(reading)? {
        let entry = entry.with_context(reading)?;
        let states_terms = is_named_for_terms(&entry.file_name().to_string_lossy());
        if states_terms && entry.path().is_file() {
            paths.push(entry.path());
        }
    }
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn is_named_for_terms(name: &str) -> bool {
    const BEGINNINGS: [&str; 7] = ["license", "licence", "copying", "copyright", "notice", "unlicense", "authors"];
    let name = name.to_lowercase();
    // Some crates have a module of that name.
    let is_code = Path::new(&name).extension().is_some_and(|extension| extension == "rs");
    BEGINNINGS.iter().any(|beginning| name.starts_with(beginning)) && !is_code
}

/// The text of a file, its lines without what only differs between editors.
fn read(path: &Path) -> Result<String> {
    let bytes = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    Ok(lines.join("\n").trim_matches('\n').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_states_terms_by_its_name() {
        for name in ["LICENSE", "LICENSE-MIT", "License.txt", "COPYING", "NOTICE.md", "UNLICENSE", "COPYRIGHT"] {
            assert!(is_named_for_terms(name), "{name}");
        }
        for name in ["README.md", "license.rs", "src", "Cargo.toml"] {
            assert!(!is_named_for_terms(name), "{name}");
        }
    }

    #[test]
    fn the_ends_of_lines_make_no_other_text() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("LICENSE-B"), "\nfirst  \r\nsecond\r\n").expect("it can be written");
        fs::write(folder.path().join("LICENSE-A"), "first\nsecond").expect("it can be written");
        assert_eq!(texts(folder.path()).expect("both"), ["first\nsecond", "first\nsecond"]);
    }
}
