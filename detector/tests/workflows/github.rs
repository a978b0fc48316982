//! The GitHub that workflows are played against: the fake for its API, a bare repository for git, folders for artifacts, and
//! machines to run jobs on.

use std::{
    cell::Cell,
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::{
    fake::{self, Fake},
    server::Server,
    workflow,
};

/// The repository that the workflows belong to.
pub(crate) const REPOSITORY: &str = "tides/gauge";

/// A time before all that happens, so that a commit of the same files is the same commit.
const COMMITTED: &str = "2026-01-01T00:00:00Z";

/// GitHub.
#[derive(Debug)]
pub(crate) struct Github {
    folder: TempDir,
    /// Its API.
    pub(crate) fake: Fake,
    /// The repository in its API.
    pub(crate) repository: fake::Repository,
    /// Its git.
    pub(crate) server: Server,
    /// What every block finds in its environment beside what a runner of GitHub's gives it.
    pub(crate) settings: BTreeMap<String, String>,
    /// Where the machines stand.
    pub(crate) machines: PathBuf,
    given: Cell<u64>,
}

impl Github {
    /// One with an empty repository, whose machines are its own.
    pub(crate) fn empty() -> Self {
        let folder = TempDir::new().expect("a folder");
        let fake = Fake::start();
        let repository = fake.repository(REPOSITORY);
        let server = Server::start(&folder.path().join("git"), fake.own_url());
        let machines = folder.path().join("machines");
        let settings = BTreeMap::new();
        let github = Self { folder, fake, repository, server, settings, machines, given: Cell::new(0) };
        fs::create_dir_all(github.bare()).expect("the folder is ours");
        github.git(&["init", "--quiet", "--bare", "--initial-branch=main", "."]);
        github.git(&["config", "http.receivepack", "true"]);
        // GitHub gives any commit that somebody knows the hash of.
        github.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
        github.git(&["config", "uploadpack.allowFilter", "true"]);
        github
    }

    /// One whose branch `main` is the working tree, as it would be committed, on top of what is. Its machines are kept from
    /// one test to the next, so that not every test builds all anew.
    pub(crate) fn with_working_tree() -> Self {
        let github = Self { machines: target().join("workflows"), ..Self::empty() };
        let root = workflow::root();
        let place = root.to_string_lossy().into_owned();
        // A checkout of less than the whole history is good enough, and so is none at all.
        let is_checkout = root.join(".git").exists();
        if is_checkout {
            github.git(&["fetch", "--quiet", "--update-shallow", "--no-tags", &place, "+HEAD:refs/heads/main"]);
        }
        let index = github.folder.path().join("index");
        let on_files = |arguments: &[&str]| {
            let mut git = github.command(&["-c", "core.excludesFile=", "--work-tree", &place]);
            output(git.args(arguments).env("GIT_INDEX_FILE", &index).current_dir(&root))
        };
        on_files(&["add", "--all"]);
        let tree = on_files(&["write-tree"]);
        if !is_checkout || github.git(&["rev-parse", "refs/heads/main^{tree}"]) != tree {
            let parent = is_checkout.then(|| github.git(&["rev-parse", "refs/heads/main"]));
            github.commit(&tree, parent.as_deref(), "refs/heads/main");
        }
        github
    }

    /// The bare repository.
    pub(crate) fn bare(&self) -> PathBuf {
        self.folder.path().join("git").join(REPOSITORY)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut git = Command::new("git");
        git.arg("--git-dir").arg(self.bare()).args(arguments).current_dir(self.bare());
        // No setting of whoever runs the test has a say, and no hook of theirs is meant for us.
        git.env_remove("GIT_INDEX_FILE").env_remove("GIT_DIR").env_remove("GIT_WORK_TREE");
        git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        for who in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{who}_NAME"), "Test").env(format!("GIT_{who}_EMAIL"), "test@localhost");
            git.env(format!("GIT_{who}_DATE"), COMMITTED);
        }
        git
    }

    /// What git says of the bare repository.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        output(&mut self.command(arguments))
    }

    /// The commit at a branch or another ref; `None` where there is none.
    pub(crate) fn commit_at(&self, name: &str) -> Option<String> {
        let output = self.command(&["rev-parse", "--verify", "--quiet", &format!("{name}^{{commit}}")]).output();
        let output = output.expect("git can be started");
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    fn commit(&self, tree: &str, parent: Option<&str>, name: &str) -> String {
        let mut arguments = vec!["commit-tree", tree, "-m", "What the test has"];
        arguments.extend(parent.iter().flat_map(|parent| ["-p", parent]));
        let commit = self.git(&arguments);
        self.git(&["update-ref", name, &commit]);
        commit
    }

    /// Commits files on top of `parent`, to the ref `name`.
    pub(crate) fn commit_files(&self, parent: Option<&str>, name: &str, files: &[(&str, &str)]) -> String {
        let index = self.folder.path().join("index-of-files");
        let on_index = |arguments: &[&str]| output(self.command(arguments).env("GIT_INDEX_FILE", &index));
        on_index(&["read-tree", parent.unwrap_or("--empty")]);
        let scratch = self.folder.path().join("blob");
        for (path, text) in files {
            fs::write(&scratch, text).expect("the folder is ours");
            let blob = self.git(&["hash-object", "-w", &scratch.to_string_lossy()]);
            on_index(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob},{path}")]);
        }
        self.commit(&on_index(&["write-tree"]), parent, name)
    }

    /// A number that was not given before: a run's, and what tells tokens apart.
    pub(crate) fn next(&self) -> u64 {
        self.given.set(self.given.get() + 1);
        self.given.get()
    }

    /// Where an artifact of a run is kept.
    pub(crate) fn artifact(&self, run: u64, name: &str) -> PathBuf {
        self.artifacts(run).join(name)
    }

    /// Where the artifacts of a run are kept.
    pub(crate) fn artifacts(&self, run: u64) -> PathBuf {
        self.folder.path().join("artifacts").join(run.to_string())
    }

    /// A folder for the test's own files.
    pub(crate) fn scratch(&self) -> PathBuf {
        let folder = self.folder.path().join("scratch").join(self.next().to_string());
        fs::create_dir_all(&folder).expect("the folder is ours");
        folder
    }
}

impl Github {
    /// Makes the blocks judge against a file without a baseline. The repository's own may have one of this very machine, whose
    /// program would be fetched or built, and beside which programs that were built in haste are slow.
    pub(crate) fn forget_baselines(&mut self) {
        let path = self.scratch().join("baselines.json");
        let created = "2026-01-01T00:00:00Z".parse().expect("a time");
        schema::file::write(&path, &schema::baselines::Baselines::new(created)).expect("the folder is ours");
        self.settings.insert("BASELINES".to_owned(), path.to_string_lossy().into_owned());
    }
}

/// Where cargo builds: the folder above the one that it gives to tests.
pub(crate) fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("cargo's folder for tests is in its target").to_owned()
}

/// What a command prints, without the end of its last line.
#[track_caller]
pub(crate) fn output(command: &mut Command) -> String {
    let output = command.output().expect("the program can be started");
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {talk}");
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}
