//! `detector propose`: new baselines as a pull request, and the programs that made them as files of a release.

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use clap::Args;
use detector::{
    github::{Client, GithubError, PullRequestDraft, ReleaseDraft},
    output::{self, visible},
    proposal::proposal,
};
use schema::{baselines::Baselines, exit::Exit, file};
use sha2::{Digest, Sha256};

use super::{
    delivery,
    network::{self, NetworkArguments},
};

/// The tag of the release that keeps the programs.
const PROGRAMS_TAG: &str = "baseline-programs";

/// The largest program that is kept, in bytes; ours has some 30 MB with its line tables.
const PROGRAM_BYTES: u64 = 512 << 20;

/// Opens a pull request with new baselines, or brings the open one up to date.
///
/// Its text says per platform and machine class what moves, by how much, from which commit to which, and in what the
/// toolchains differ. The branch itself is pushed by git beforehand.
///
/// The programs that made the baselines are kept as files of the release `baseline-programs`, each under its hash: a suspect
/// is later measured side by side with them.
///
/// The token needs `contents: write` and `pull-requests: write`.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The new baselines
    #[arg(long, value_name = "FILE")]
    baselines: PathBuf,
    /// Those that count until now
    #[arg(long, value_name = "FILE")]
    current: PathBuf,
    /// The branch with the new baselines
    #[arg(long, value_name = "BRANCH", value_parser = branch)]
    head: String,
    /// The branch that they are for
    #[arg(long, value_name = "BRANCH", value_parser = branch)]
    base: String,
    /// Why they were measured anew
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// A program that made one of the new baselines
    #[arg(long, value_name = "FILE", num_args = 1..)]
    program: Vec<PathBuf>,
    #[command(flatten)]
    network: NetworkArguments,
}

/// Proposes, and tells with what to exit.
///
/// # Errors
///
/// When a file cannot be read, or the settings make no sense. What GitHub does not take ends in exit code 5.
pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    let proposed: Baselines = file::read(&arguments.baselines)?;
    let current: Baselines = file::read(&arguments.current)?;
    let programs = arguments.program.iter().map(|path| Program::read(path)).collect::<Result<Vec<_>>>()?;
    let client = arguments.network.client()?;
    let change = proposal(&current, &proposed);
    if change.is_empty() {
        delivery::deliver("The baselines are the same as those that count: there is nothing to propose.\n", None)?;
        return Ok(Exit::Nothing);
    }
    let commits = format!("{}/{}/commit", network::server_url(), arguments.network.repository());
    let draft = PullRequestDraft {
        head: arguments.head.clone(),
        base: arguments.base.clone(),
        title: output::proposal_title(&change),
        body: output::proposal(&change, &arguments.reason, &commits),
    };
    let done = keep(&client, &programs, &proposed).and_then(|()| deliver(&client, &draft));
    let done = match done {
        Ok(done) => done,
        Err(error) => return network::undelivered(error),
    };
    if arguments.network.is_dry_run() {
        delivery::deliver(&network::rehearsed(&client), None)?;
        tracing::info!("dry run: {done}");
    } else {
        delivery::deliver(&format!("{}\n{done}\n", draft.body), None)?;
    }
    Ok(Exit::Nothing)
}

/// Uploads the programs that are not there yet.
fn keep(client: &Client, programs: &[Program], proposed: &Baselines) -> Result<(), GithubError> {
    let classes = proposed.baselines.values().flat_map(|classes| classes.values());
    let made: Vec<&str> = classes
        .flat_map(|class| &class.sessions)
        .filter_map(|session| session.context.program_sha256.as_deref())
        .collect();
    let (wanted, others): (Vec<&Program>, Vec<&Program>) =
        programs.iter().partition(|program| made.contains(&program.sha256.as_str()));
    for other in others {
        tracing::warn!("{}: it made none of the new baselines, and is not uploaded", other.shown);
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let release = client.ensure_prerelease(&ReleaseDraft {
        tag: PROGRAMS_TAG.to_owned(),
        name: "Programs that made the baselines".to_owned(),
        body: "Each file is a program, named by its SHA-256, that made a baseline. A suspected regression is measured side by \
               side with it. Written by `detector propose`; nothing here is meant to be run by hand."
            .to_owned(),
    })?;
    for program in wanted {
        let name = format!("generator-{}", program.sha256);
        let is_new = client.upload_asset(&release, &name, &program.bytes)?;
        tracing::info!("{}: {name} {}", program.shown, if is_new { "is uploaded" } else { "is there already" });
    }
    Ok(())
}

/// Opens the pull request, or brings the open one up to date, and says in a line what was done.
fn deliver(client: &Client, draft: &PullRequestDraft) -> Result<String, GithubError> {
    let PullRequestDraft { head, base, title, body } = draft;
    let (what, pull) = match client.pull_request_between(head, base)? {
        Some(pull) if pull.title == *title && pull.body.as_deref().is_some_and(|there| is_same(there, body)) => {
            ("Unchanged", pull)
        }
        Some(pull) => ("Updated", client.edit_pull_request(&pull, title, body)?),
        None => ("Opened", client.open_pull_request(draft)?),
    };
    let place = if pull.html_url.is_empty() { String::new() } else { format!(": {}", visible(&pull.html_url)) };
    Ok(format!("{what} the pull request from {head} to {base}{place}"))
}

/// GitHub turns the ends of lines into those of its forms, and drops the last ones.
fn is_same(there: &str, body: &str) -> bool {
    there.replace("\r\n", "\n").trim_end() == body.trim_end()
}

/// A program as it is kept.
struct Program {
    shown: String,
    bytes: Vec<u8>,
    sha256: String,
}

impl Program {
    /// Reads a program. One that is named by a hash must have it.
    fn read(path: &Path) -> Result<Self> {
        let shown = visible(&path.display().to_string());
        let reading = || format!("reading {shown}; check the path and its permissions");
        let size = fs::metadata(path).with_context(reading)?.len();
        ensure!(
            size <= PROGRAM_BYTES,
            "reading {shown}: it has more than {} MiB, and no program of ours has; is it the right file?",
            PROGRAM_BYTES >> 20
        );
        let bytes = fs::read(path).with_context(reading)?;
        let sha256 = Sha256::digest(&bytes).iter().fold(String::new(), |mut digits, byte| {
            let _ = write!(digits, "{byte:02x}");
            digits
        });
        let named = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_prefix("generator-"));
        let is_hash = |name: &&str| name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        if let Some(named) = named.filter(is_hash) {
            ensure!(
                named == sha256,
                "{shown}: its SHA-256 is {sha256}, and not what it is named by; take it from its maker anew"
            );
        }
        Ok(Self { shown, bytes, sha256 })
    }
}

/// The name of a branch, as git has them.
fn branch(name: &str) -> Result<String, String> {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_./+#".contains(character);
    let is_branch =
        !name.is_empty() && name.chars().all(is_plain) && !name.starts_with(['-', '/']) && !name.contains("..");
    if is_branch {
        Ok(name.to_owned())
    } else {
        Err("must be a branch of that repository, without refs/heads/".to_owned())
    }
}
