//! A revision of this checkout, built in a worktree of its own: for a pair with what was before.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, bail};
use schema::context::Git;

use crate::cmd::tell;

/// A program that was built of a revision.
pub(crate) struct Built {
    pub(crate) program: PathBuf,
    pub(crate) git: Git,
}

/// Builds the generator of `revision`, or takes it from where it was built before.
///
/// It stands in `target/revisions/COMMIT` of this checkout, with what cargo kept of the last one beside it, so that the next
/// revision builds faster.
pub(crate) fn build(revision: &str) -> anyhow::Result<Built> {
    let root = git(Path::new("."), &["rev-parse", "--show-toplevel"])
        .context("--base-ref is a revision of the git checkout that this is run in, and here is none")?;
    let root = PathBuf::from(root);
    let commit = git(&root, &["rev-parse", "--verify", "--end-of-options", &format!("{revision}^{{commit}}")])
        .with_context(|| format!("--base-ref {revision}: this checkout has no such revision"))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let folder = root.join(target).join("revisions");
    let program = folder.join(&commit).join("generator");
    let built = Git { commit: commit.clone(), branch: None, dirty: false };
    if program.is_file() {
        return Ok(Built { program, git: built });
    }
    fs::create_dir_all(folder.join(&commit)).with_context(|| format!("making the folder {}", folder.display()))?;
    // One at a time: two of us would build in the same place.
    let lock = fs::File::open(&folder).with_context(|| format!("opening the folder {}", folder.display()))?;
    lock.lock().with_context(|| format!("locking the folder {}", folder.display()))?;
    if program.is_file() {
        return Ok(Built { program, git: built });
    }
    let worktree = Worktree::add(&root, &folder.join("worktree"), &commit)?;
    tell(format_args!("building {commit} ({revision})"));
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--locked", "-p", "generator", "--quiet"]).current_dir(&worktree.path);
    cargo.env("CARGO_TARGET_DIR", folder.join("target")).stdin(Stdio::null()).stdout(Stdio::null());
    let status = cargo.status().context("starting cargo, which builds the revision")?;
    if !status.success() {
        bail!("--base-ref {revision}: cargo could not build {commit} ({status}); its messages stand above");
    }
    // Under its name only once it is whole.
    let partial = folder.join(&commit).join("generator.partial");
    fs::copy(folder.join("target/release/generator"), &partial)
        .and_then(|_| fs::rename(&partial, &program))
        .with_context(|| format!("keeping {}", program.display()))?;
    Ok(Built { program, git: built })
}

/// A worktree that is gone when this is.
struct Worktree {
    root: PathBuf,
    path: PathBuf,
}

impl Worktree {
    fn add(root: &Path, path: &Path, commit: &str) -> anyhow::Result<Self> {
        let worktree = Self { root: root.to_owned(), path: path.to_owned() };
        // One that a killed run left behind.
        worktree.remove();
        let place = path.to_str().with_context(|| format!("{} is no text", path.display()))?;
        git(root, &["worktree", "add", "--force", "--detach", place, commit])?;
        Ok(worktree)
    }

    fn remove(&self) {
        let path = self.path.to_string_lossy().into_owned();
        if self.path.exists() {
            let _ = git(&self.root, &["worktree", "remove", "--force", &path]);
        }
        let _ = git(&self.root, &["worktree", "prune"]);
    }
}

impl Drop for Worktree {
    fn drop(&mut self) {
        self.remove();
    }
}

/// What git prints, without the end of its last line.
fn git(folder: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).output().context("starting git")?;
    if !output.status.success() {
        bail!("git {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}
