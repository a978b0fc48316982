//! Writes a small document of each kind into a folder, `report.json` and so on. The numbers are made up.
//!
//! `cargo run -p schema --example documents -- FOLDER`

use std::{
    env,
    error::Error,
    path::{Path, PathBuf},
};

use schema::{
    document::Document,
    file::{WriteError, write},
};

#[path = "../tests/documents/example.rs"]
mod example;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::args_os().nth(1).ok_or("name the folder to write into")?);
    put(&folder, &example::report())?;
    put(&folder, &example::baselines())?;
    put(&folder, &example::pair())?;
    put(&folder, &example::comparison())?;
    put(&folder, &example::changes())?;
    put(&folder, &example::crossval())?;
    put(&folder, &example::watch())?;
    put(&folder, &example::alarms())?;
    Ok(())
}

fn put<D: Document>(folder: &Path, document: &D) -> Result<(), WriteError> {
    write(&folder.join(format!("{}.json", D::KIND.name())), document)
}
