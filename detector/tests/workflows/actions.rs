//! The actions of others that the workflows use, played: what they do as far as ours ask for it. An input that is not known
//! here is an error.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};

use crate::{
    github::{Github, REPOSITORY, output},
    machine::Machine,
    server::basic,
    workflow::{Access, Permissions},
};

/// The pins that we have seen in public repositories.
pub(crate) const KNOWN: [&str; 3] = [
    "actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd",
    "actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a",
    "actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c",
];

/// What an action sees of the job that it is a step of.
pub(crate) struct Around<'a> {
    pub(crate) github: &'a Github,
    pub(crate) machine: &'a mut Machine,
    pub(crate) run: u64,
    pub(crate) token: &'a str,
    pub(crate) permissions: &'a Permissions,
    pub(crate) reference: &'a str,
    pub(crate) sha: &'a str,
}

/// What became of an action: what it printed and its outputs, or the message that it failed with.
pub(crate) type Done = Result<(String, Value), String>;

/// The inputs of a step, each to be asked for once.
struct Inputs(BTreeMap<String, String>);

impl Inputs {
    fn take(&mut self, name: &str, otherwise: &str) -> String {
        self.0.remove(name).filter(|value| !value.is_empty()).unwrap_or_else(|| otherwise.to_owned())
    }

    /// No input is left that nobody has asked for.
    fn end(&self, action: &str) {
        assert!(self.0.is_empty(), "{action}: inputs that no test knows: {:?}", self.0.keys());
    }
}

/// Plays the action `uses` with these inputs.
pub(crate) fn play(uses: &str, with: BTreeMap<String, String>, around: &mut Around<'_>) -> Done {
    assert!(KNOWN.contains(&uses), "the action {uses} is not known");
    let inputs = Inputs(with);
    match uses.split('@').next().unwrap_or_default() {
        "actions/checkout" => checkout(inputs, around),
        "actions/upload-artifact" => upload(inputs, around),
        _ => download(inputs, around),
    }
}

fn git(folder: &Path, arguments: &[&str]) -> Command {
    let mut git = Command::new("git");
    git.arg("-C").arg(folder).args(arguments);
    git.env_remove("GIT_INDEX_FILE").env_remove("GIT_DIR").env_remove("GIT_WORK_TREE");
    git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_TERMINAL_PROMPT", "0");
    git
}

/// Checks a commit out, as a clone of its own with as much history as was asked for.
fn checkout(mut inputs: Inputs, around: &mut Around<'_>) -> Done {
    let asked = inputs.take("ref", "");
    let path = inputs.take("path", ".");
    let depth = inputs.take("fetch-depth", "1");
    let sparse = inputs.take("sparse-checkout", "");
    let persists = inputs.take("persist-credentials", "true") == "true";
    inputs.end("checkout");
    let (reference, sha) = match asked.as_str() {
        "" => (around.reference.to_owned(), Some(around.sha.to_owned())),
        sha if sha.len() == 40 && sha.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            (String::new(), Some(sha.to_owned()))
        }
        name => {
            let full = ["refs/heads/", "refs/tags/"].map(|kind| format!("{kind}{name}"));
            let found = full.into_iter().find(|full| around.github.commit_at(full).is_some());
            let full = found.unwrap_or_else(|| name.to_owned());
            (full.clone(), around.github.commit_at(&full))
        }
    };
    let Some(sha) = sha.and_then(|sha| around.github.commit_at(&sha)) else {
        return Err(format!("the repository has no {asked:?}"));
    };
    let folder = around.machine.ready_for_checkout(&path);
    let said = |arguments: &[&str]| output(&mut git(&folder, arguments));
    let stamp = format!("{sha} {reference} {depth} {sparse}");
    let noted = folder.join(".git/played");
    let server = around.github.server.url();
    let url = format!("{server}/{REPOSITORY}");
    // A block may have left another commit or another branch checked out.
    let head_is = || {
        let branch = git(&folder, &["symbolic-ref", "--quiet", "HEAD"]).output().expect("there is a git").stdout;
        let branch = String::from_utf8_lossy(&branch).trim().to_owned();
        said(&["rev-parse", "HEAD"]) == sha
            && branch == if reference.starts_with("refs/heads/") { &*reference } else { "" }
    };
    let same = fs::read_to_string(&noted).is_ok_and(|before| before == stamp) && head_is();
    if same {
        said(&["remote", "set-url", "origin", &url]);
        said(&["clean", "-ffdxq"]);
    }
    // Where nothing changed nothing is touched, not even git's own files: the generator's build looks at them.
    if !same || !said(&["--no-optional-locks", "status", "--porcelain"]).is_empty() {
        let _ = fs::remove_dir_all(folder.join(".git"));
        said(&["init", "--quiet", "--initial-branch=main"]);
        said(&["remote", "add", "origin", &url]);
        let authorised = format!("http.{server}/.extraheader=AUTHORIZATION: {}", basic(around.token));
        let branch = reference.strip_prefix("refs/heads/");
        let tracked = branch.map_or_else(
            || format!("refs/remotes/{}", reference.strip_prefix("refs/").unwrap_or("asked")),
            |branch| format!("refs/remotes/origin/{branch}"),
        );
        let wanted = format!("+{sha}:{tracked}");
        let fetch = |what: &[&str]| {
            let mut arguments = vec!["-c", &authorised, "fetch", "--quiet", "--no-tags"];
            arguments.extend(what);
            let fetched = git(&folder, &arguments).output().expect("there is a git");
            fetched.status.success().then_some(()).ok_or_else(|| String::from_utf8_lossy(&fetched.stderr).into_owned())
        };
        if depth == "0" {
            fetch(&["origin", "+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"])?;
            // It may be on no branch of this repository: a fork's.
            if !git(&folder, &["cat-file", "-e", &sha]).output().expect("there is a git").status.success() {
                fetch(&["origin", &wanted])?;
            }
        } else {
            fetch(&[&format!("--depth={depth}"), "origin", &wanted])?;
        }
        match branch {
            Some(branch) => {
                said(&["symbolic-ref", "HEAD", &format!("refs/heads/{branch}")]);
                said(&["update-ref", &format!("refs/heads/{branch}"), &sha]);
            }
            None => {
                said(&["update-ref", "--no-deref", "HEAD", &sha]);
            }
        }
        if sparse.is_empty() {
            said(&["read-tree", &sha]);
            // Files that are there and as they should be keep their times.
            let _ = git(&folder, &["update-index", "-q", "--refresh"]).output();
            said(&["checkout-index", "--force", "--all", "--quiet", "--index"]);
        } else {
            said(&["sparse-checkout", "set", &sparse]);
            said(&["read-tree", "-m", "-u", &sha]);
        }
        said(&["clean", "-ffdxq"]);
        fs::write(&noted, stamp).expect("the folder is ours");
    }
    let key = format!("http.{server}/.extraheader");
    let _ = git(&folder, &["config", "--unset-all", &key]).output();
    if persists {
        said(&["config", &key, &format!("AUTHORIZATION: {}", basic(around.token))]);
    }
    Ok((format!("checked out {sha}"), json!({ "ref": reference, "commit": sha })))
}

/// Keeps files of the workspace.
fn upload(mut inputs: Inputs, around: &mut Around<'_>) -> Done {
    let name = inputs.take("name", "artifact");
    let path = inputs.take("path", "");
    let missing = inputs.take("if-no-files-found", "warn");
    let retention = inputs.take("retention-days", "");
    let overwrite = inputs.take("overwrite", "false");
    inputs.end("upload-artifact");
    assert!(!path.is_empty() && !path.contains(['*', '\n', '?', '[']), "a path that no test knows: {path:?}");
    assert!(!name.contains(['/', '\\', ':', '<', '>', '|', '*', '?', '"', '\n']), "GitHub refuses the name {name:?}");
    let from = around.machine.workspace.join(&path);
    let to = around.github.artifact(around.run, &name);
    let is_empty = !from.exists() || (from.is_dir() && !has_file(&from));
    if is_empty {
        let message = format!("No files were found with the provided path: {path}");
        return match missing.as_str() {
            "error" => Err(message),
            "warn" => Ok((format!("::warning::{message}"), json!({}))),
            other => panic!("if-no-files-found: {other} is not known"),
        };
    }
    if to.exists() {
        if overwrite != "true" {
            return Err(format!("an artifact with the name {name} is there already"));
        }
        fs::remove_dir_all(&to).expect("the folder is ours");
    }
    if from.is_dir() {
        copy(&from, &to, true);
    } else {
        fs::create_dir_all(&to).expect("the folder is ours");
        fs::copy(&from, to.join(from.file_name().expect("it is a file"))).expect("both are ours");
    }
    Ok((format!("kept {name} for {retention} days"), json!({ "artifact-id": "1" })))
}

fn has_file(folder: &Path) -> bool {
    let entries = fs::read_dir(folder).expect("the folder is ours");
    entries.map(|entry| entry.expect("the folder is ours").path()).any(|path| !path.is_dir() || has_file(&path))
}

/// Copies a folder. Hidden files stay behind where `visible`, as with an upload. A link remains a link: whoever makes an
/// artifact by other means can put one in.
pub(crate) fn copy(from: &Path, to: &Path, visible: bool) {
    fs::create_dir_all(to).expect("the folder is ours");
    for entry in fs::read_dir(from).expect("the folder is ours") {
        let entry = entry.expect("the folder is ours");
        let (name, kind) = (entry.file_name(), entry.file_type().expect("it is there"));
        let (from, to) = (entry.path(), to.join(&name));
        if visible && name.to_string_lossy().starts_with('.') {
            continue;
        }
        if kind.is_symlink() {
            symlink(fs::read_link(&from).expect("it is a link"), &to).expect("the folder is ours");
        } else if kind.is_dir() {
            copy(&from, &to, visible);
        } else {
            fs::copy(&from, &to).expect("both are ours");
        }
    }
}

/// Brings artifacts of this run, or of another one where the token may read it.
fn download(mut inputs: Inputs, around: &mut Around<'_>) -> Done {
    let name = inputs.take("name", "");
    let pattern = inputs.take("pattern", "*");
    let path = inputs.take("path", ".");
    let merges = inputs.take("merge-multiple", "false") == "true";
    let run = inputs.take("run-id", "");
    let token = inputs.take("github-token", "");
    inputs.end("download-artifact");
    let run = if run.is_empty() {
        around.run
    } else {
        assert_eq!(token, around.token, "another run's artifacts are read with the job's own token");
        if around.permissions.get("actions") < Some(&Access::Read) {
            return Err("the token may not read another run".to_owned());
        }
        run.parse().expect("a run has a number")
    };
    // An absolute path stays as it is.
    let to = around.machine.workspace.join(&path);
    fs::create_dir_all(&to).expect("the folder is ours");
    let mut found: Vec<PathBuf> = match fs::read_dir(around.github.artifacts(run)) {
        Ok(entries) => entries.map(|entry| entry.expect("the folder is ours").path()).collect(),
        Err(_) => Vec::new(),
    };
    found.sort();
    let name_of = |artifact: &Path| artifact.file_name().expect("it has a name").to_string_lossy().into_owned();
    if !name.is_empty() {
        let Some(artifact) = found.iter().find(|artifact| name_of(artifact) == name) else {
            return Err(format!("Artifact not found for name: {name}"));
        };
        copy(artifact, &to, false);
        return Ok((format!("brought {name}"), json!({ "download-path": to })));
    }
    let (start, end) = pattern.split_once('*').expect("a pattern with one star");
    assert!(!end.contains('*'), "a pattern that no test knows: {pattern:?}");
    found.retain(|artifact| name_of(artifact).starts_with(start) && name_of(artifact).ends_with(end));
    for artifact in &found {
        copy(artifact, &if merges { to.clone() } else { to.join(name_of(artifact)) }, false);
    }
    Ok((format!("brought {} artifacts", found.len()), json!({ "download-path": to })))
}
