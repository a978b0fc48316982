//! `detector attach`: files that a release keeps.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use clap::Args;
use detector::{
    github::{Client, GithubError, Release},
    output::visible,
};
use schema::exit::Exit;

use super::{
    delivery,
    network::{self, NetworkArguments},
};

/// The largest file that is attached, in bytes; a report of all cases has some 2 MB.
const FILE_BYTES: u64 = 64 << 20;

/// Attaches files to a release, each under its own name.
///
/// A file that is there already is left alone. What is there of one whose upload broke off is replaced. Another one of the same
/// name is left, and told: a release is what people took it for. `FILE.sha256` follows `FILE`, and stays out where that did: a sum
/// beside another file would refuse it to everybody.
///
/// The token needs `contents: write`.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The tag of the release, which is published already
    #[arg(long, value_name = "TAG", value_parser = tag)]
    release: String,
    /// What to attach: letters, digits, `.`, `_` and `-` in its name
    #[arg(value_name = "FILE", required = true)]
    file: Vec<PathBuf>,
    #[command(flatten)]
    network: NetworkArguments,
}

/// Attaches, and tells with what to exit.
///
/// # Errors
///
/// When a file cannot be read, or the settings make no sense. What GitHub does not take ends in exit code 5, after the others.
pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    let files = arguments.file.iter().map(|path| Attached::read(path)).collect::<Result<Vec<_>>>()?;
    let mut names = BTreeSet::new();
    for Attached { name, .. } in &files {
        ensure!(names.insert(name), "two of the files are named {name}, and a release keeps one; rename one of them");
    }
    let client = arguments.network.client()?;
    let release = match client.published_release(&arguments.release) {
        Ok(release) => release,
        Err(error) => return network::undelivered(error),
    };
    let mut exit = Exit::Nothing;
    let mut left = BTreeSet::new();
    let (sums, others): (Vec<_>, Vec<_>) = files.iter().partition(|file| file.summed().is_some());
    for file in others.into_iter().chain(sums) {
        if let Some(summed) = file.summed().filter(|summed| left.contains(summed)) {
            tracing::error!("{} is left out, since {summed} is", file.name);
            continue;
        }
        match deliver(&client, &release, file) {
            Ok(done) if arguments.network.is_dry_run() => tracing::info!("dry run: {done}"),
            Ok(done) => delivery::deliver(&format!("{done}\n"), None)?,
            Err(error) => {
                left.insert(file.name.as_str());
                exit = network::undelivered(error)?;
            }
        }
    }
    delivery::deliver(&network::rehearsed(&client), None)?;
    Ok(exit)
}

/// Attaches one, and says in a line what was done.
fn deliver(client: &Client, release: &Release, file: &Attached) -> Result<String, GithubError> {
    let is_new = client.upload_asset(release, &file.name, &file.bytes)?;
    let done = if is_new { "is attached" } else { "was attached already" };
    Ok(format!("{} {done} to the release {}", file.name, visible(&release.tag_name)))
}

/// A file with the name that the release keeps it under.
struct Attached {
    name: String,
    bytes: Vec<u8>,
}

impl Attached {
    /// The name of the file whose sum this is; `None` where it is no sum.
    fn summed(&self) -> Option<&str> {
        self.name.strip_suffix(".sha256")
    }

    fn read(path: &Path) -> Result<Self> {
        let shown = visible(&path.display().to_string());
        let reading = || format!("reading {shown}; check the path and its permissions");
        // GitHub keeps others under a name of its own making, and they would be uploaded anew each time.
        let is_kept = |name: &&str| {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
            name.bytes().all(is_plain) && !name.starts_with('.') && !name.ends_with('.')
        };
        let name = path.file_name().and_then(|name| name.to_str()).filter(is_kept).with_context(|| {
            format!(
                "{shown}: GitHub would change its name; name it with letters, digits, '.', '_' and '-', no '.' at its ends"
            )
        })?;
        ensure!(
            fs::metadata(path).with_context(reading)?.is_file(),
            "reading {shown}: it is no file; name what is to be attached"
        );
        let mut bytes = Vec::new();
        File::open(path).with_context(reading)?.take(FILE_BYTES + 1).read_to_end(&mut bytes).with_context(reading)?;
        ensure!(
            bytes.len() as u64 <= FILE_BYTES,
            "reading {shown}: it has more than {} MiB, and no report has; is it the right file?",
            FILE_BYTES >> 20
        );
        ensure!(!bytes.is_empty(), "reading {shown}: it is empty, and GitHub keeps no such file; leave it out");
        Ok(Self { name: name.to_owned(), bytes })
    }
}

/// The name of a tag, as git has them.
fn tag(name: &str) -> Result<String, String> {
    let is_plain =
        |character: char| !character.is_control() && !character.is_whitespace() && !"~^:?*[\\".contains(character);
    let is_tag =
        !name.is_empty() && name.chars().all(is_plain) && !name.starts_with(['-', '/']) && !name.contains("..");
    if is_tag { Ok(name.to_owned()) } else { Err("must be a tag of that repository, without refs/tags/".to_owned()) }
}
