//! `detector comment`: comparisons as one comment on a pull request, updated in place.

use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use clap::{ArgGroup, Args};
use detector::{
    github::{Client, Comment, GithubError},
    output::{self, visible},
};
use schema::{comparison::Comparison, exit::Exit, file};

use super::{
    delivery,
    network::{self, NetworkArguments},
};

/// The largest comparison that is taken from a pull request, in bytes; a nightly one of all cases has some 600 kB.
const COMPARISON_BYTES: u64 = 16 << 20;

/// Writes comparisons into one comment on a pull request, and updates it there.
///
/// The comparisons may be anybody's: they come from an artifact of the pull request's own code. A link is not followed, a file
/// over 16 MiB not read, and nothing in one becomes a mention, a link or a tag.
///
/// The token needs `pull-requests: write`.
#[derive(Args)]
#[command(group = ArgGroup::new("where").required(true).args(["pull_request", "head"]))]
pub(crate) struct Arguments {
    /// What to tell, as `detector compare --format json` writes it
    #[arg(long, value_name = "FILE", num_args = 1.., required_unless_present = "nothing")]
    comparison: Vec<PathBuf>,
    /// In their place: nothing could be measured. A comment that is there says so from now on; where there is none, none is made
    #[arg(long, conflicts_with = "comparison")]
    nothing: bool,
    /// The pull request
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pull_request: Option<u64>,
    /// In its place, the branch that it comes from, with --head-sha; where no open pull request has it, nothing is to do
    #[arg(long, value_name = "OWNER:BRANCH", requires = "head_sha")]
    head: Option<String>,
    /// The commit that was measured: a comment belongs to no other
    #[arg(long, value_name = "SHA", requires = "head")]
    head_sha: Option<String>,
    #[command(flatten)]
    network: NetworkArguments,
}

/// Comments, and tells with what to exit.
///
/// # Errors
///
/// When a comparison is none, or the settings make no sense. What GitHub does not take ends in exit code 5.
pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    let comparisons = arguments.comparison.iter().map(|path| read(path)).collect::<Result<Vec<_>>>()?;
    let client = arguments.network.client()?;
    let body = if arguments.nothing {
        output::comment_of_nothing(arguments.head_sha.as_deref())
    } else {
        output::comment(&comparisons)
    };
    let done = match deliver(arguments, &client, &body) {
        Ok(done) => done,
        Err(error) => return network::undelivered(error),
    };
    if arguments.network.is_dry_run() {
        delivery::deliver(&network::rehearsed(&client), None)?;
        tracing::info!("dry run: {done}");
    } else {
        delivery::deliver(&format!("{done}\n"), None)?;
    }
    Ok(Exit::Nothing)
}

/// Puts the comment where it belongs, and says in a line what was done.
fn deliver(arguments: &Arguments, client: &Client, body: &str) -> Result<String, GithubError> {
    let number = match (arguments.pull_request, &arguments.head, &arguments.head_sha) {
        (Some(number), ..) => number,
        (None, Some(head), Some(sha)) => {
            let Some(number) = client.pull_request_of(head, sha)? else {
                let (head, sha) = (visible(head), visible(sha));
                return Ok(format!("no open pull request has {head} at {sha}: there is nothing to comment on"));
            };
            number
        }
        _ => unreachable!("clap asks for one of them"),
    };
    let ours = client.comments(number)?.into_iter().find(is_ours);
    let (what, comment) = match ours {
        Some(comment) if comment.body.as_deref().is_some_and(|there| is_same(there, body)) => ("unchanged", comment),
        Some(comment) => match client.edit_comment(comment.id, body) {
            // Somebody deleted it since.
            Err(GithubError::Refused { status: 404, .. }) if arguments.nothing => return Ok(none_to_update(number)),
            Err(GithubError::Refused { status: 404, .. }) => ("new", post(client, number, body)?),
            edited => ("updated", edited?),
        },
        None if arguments.nothing => return Ok(none_to_update(number)),
        None => ("new", post(client, number, body)?),
    };
    let place = if comment.html_url.is_empty() { String::new() } else { format!(": {}", visible(&comment.html_url)) };
    Ok(format!("pull request {number}: {what} comment{place}"))
}

fn none_to_update(number: u64) -> String {
    format!("pull request {number}: nothing was measured, and no comment is there that says otherwise")
}

fn post(client: &Client, number: u64, body: &str) -> Result<Comment, GithubError> {
    client.comment(number, body, output::COMMENT_MARKER)
}

/// Whether the comment is the one that this verb wrote: whoever may not write to the repository cannot claim to be it.
fn is_ours(comment: &Comment) -> bool {
    comment.body.as_deref().is_some_and(|body| body.starts_with(output::COMMENT_MARKER)) && comment.is_from_insider()
}

/// GitHub turns the ends of lines into those of its forms, and drops the last ones.
fn is_same(there: &str, body: &str) -> bool {
    there.replace("\r\n", "\n").trim_end() == body.trim_end()
}

/// Reads a comparison that may be anybody's.
fn read(path: &Path) -> Result<Comparison> {
    let name = || visible(&path.display().to_string());
    let reading = || format!("reading {}; check the path and its permissions", name());
    // An artifact with a link in it would have this program read, and tell, what lies elsewhere on this machine.
    for part in [Some(path), path.parent()].into_iter().flatten().filter(|part| !part.as_os_str().is_empty()) {
        let kind = fs::symlink_metadata(part).with_context(reading)?.file_type();
        ensure!(
            !kind.is_symlink(),
            "reading {}: {} is a link, which is not followed; name the file itself",
            name(),
            visible(&part.display().to_string())
        );
    }
    let kind = fs::symlink_metadata(path).with_context(reading)?.file_type();
    ensure!(kind.is_file(), "reading {}: it is no file; name one that `detector compare --format json` wrote", name());
    let mut bytes = Vec::new();
    File::open(path).with_context(reading)?.take(COMPARISON_BYTES + 1).read_to_end(&mut bytes).with_context(reading)?;
    ensure!(
        bytes.len() as u64 <= COMPARISON_BYTES,
        "reading {}: it has more than {} MiB, and no comparison has; is it the right file?",
        name(),
        COMPARISON_BYTES >> 20
    );
    Ok(file::parse(path, &bytes)?)
}
