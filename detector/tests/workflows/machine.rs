//! A machine that runs a job: its folders, its environment, and a look at what is started on it.

use std::{
    collections::BTreeMap,
    env, fs,
    fs::File,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{
    github::{REPOSITORY, target},
    workflow,
};

/// A machine, as a job finds it: nothing is in its workspace.
#[derive(Debug)]
pub(crate) struct Machine {
    root: PathBuf,
    /// `GITHUB_WORKSPACE`.
    pub(crate) workspace: PathBuf,
    /// `RUNNER_TEMP`.
    pub(crate) temp: PathBuf,
    /// Where checkouts were made, in their order.
    checkouts: Vec<PathBuf>,
    /// Two tests that use the same machine wait for each other.
    _lock: File,
}

/// A program that was started by a block through one of our stand-ins, which then runs the real one.
#[derive(Clone, Debug)]
pub(crate) struct Started {
    /// Its name and arguments.
    pub(crate) line: String,
    /// Its environment, as `env` prints it.
    pub(crate) environment: String,
}

impl Machine {
    /// The machine in `root`, once nobody else uses it.
    pub(crate) fn take(root: &Path) -> Self {
        fs::create_dir_all(root).expect("the folder is ours");
        let lock = File::create(root.join("lock")).expect("the folder is ours");
        lock.lock().expect("a file can be locked");
        // Twice the name, as on GitHub's machines.
        let name = REPOSITORY.split('/').next_back().expect("a repository has a name");
        let workspace = root.join("work").join(name).join(name);
        let temp = root.join("temp");
        for folder in [&root.join("work"), &temp, &root.join("home"), &root.join("stand-ins"), &root.join("started")] {
            match fs::remove_dir_all(folder) {
                Err(error) if folder.exists() => panic!("removing {}: {error}", folder.display()),
                _ => fs::create_dir_all(folder).expect("the folder is ours"),
            }
        }
        fs::create_dir_all(&workspace).expect("the folder is ours");
        let machine = Self { root: root.to_owned(), workspace, temp, checkouts: Vec::new(), _lock: lock };
        let cargo = env::split_paths(&env::var_os("PATH").unwrap_or_default())
            .map(|folder| folder.join("cargo"))
            .find(|cargo| cargo.is_file())
            .expect("there is a cargo, which runs this test");
        let cargo = cargo.display().to_string();
        let list = target().join("debug/platforms").display().to_string();
        let take = DETECTOR.replace("BUILT", env!("CARGO_BIN_EXE_detector")).replace("PLATFORMS", &list);
        let take = take.replace("'CARGO'", &format!("'{cargo}'")).replace("ROOT", &workflow::root().to_string_lossy());
        machine.stand_in("cargo", &format!("{take}exec '{cargo}' \"$@\""));
        machine.stand_in("generator", GENERATOR);
        machine
    }

    /// A program of that name that notes how it was started, and then does `then`.
    fn stand_in(&self, name: &str, then: &str) {
        let path = self.root.join("stand-ins").join(name);
        let started = self.root.join("started");
        let script = format!(
            "#!/usr/bin/env bash\nset -euo pipefail\nnote=$(mktemp '{}/XXXXXXXX')\n{{ printf '{name} %s\\n' \"$*\"; env; }} \
             >\"$note\"\n{then}\n",
            started.display()
        );
        fs::write(&path, script).expect("the folder is ours");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("the file is ours");
    }

    /// What was started through the stand-ins.
    pub(crate) fn started(&self) -> Vec<Started> {
        let notes = fs::read_dir(self.root.join("started")).expect("the folder is ours");
        let texts = notes.map(|note| fs::read(note.expect("the folder is ours").path()).expect("the file is ours"));
        texts
            .map(|text| {
                let text = String::from_utf8_lossy(&text).into_owned();
                let (line, environment) = text.split_once('\n').unwrap_or((&text, ""));
                Started { line: line.to_owned(), environment: environment.to_owned() }
            })
            .collect()
    }

    /// What the runner itself puts into the environment of a block, whatever the workflow.
    pub(crate) fn environment(&self) -> BTreeMap<String, String> {
        let home = PathBuf::from(env::var_os("HOME").unwrap_or_default());
        let of_home = |name: &str, folder: &str| {
            env::var_os(name).map_or_else(|| home.join(folder), PathBuf::from).to_string_lossy().into_owned()
        };
        let path = env::var("PATH").expect("there is a PATH");
        let stand_ins = self.root.join("stand-ins");
        let mut environment = BTreeMap::from([
            ("PATH".to_owned(), format!("{}:{path}", stand_ins.display())),
            ("HOME".to_owned(), self.root.join("home").to_string_lossy().into_owned()),
            ("CARGO_HOME".to_owned(), of_home("CARGO_HOME", ".cargo")),
            ("RUSTUP_HOME".to_owned(), of_home("RUSTUP_HOME", ".rustup")),
            // Apart from ours, since these programs are built otherwise: nobody waits for code that is as fast as can be where
            // only what the blocks do with it is looked at. scripts/readme.sh has the same settings, and begins with what is here.
            ("CARGO_TARGET_DIR".to_owned(), target().join("workflows/build").to_string_lossy().into_owned()),
            ("CARGO_INCREMENTAL".to_owned(), "1".to_owned()),
            ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS".to_owned(), "16".to_owned()),
            ("CARGO_PROFILE_RELEASE_DEBUG".to_owned(), "false".to_owned()),
            // A hosted machine has no git identity, and neither has this one.
            ("GIT_CONFIG_NOSYSTEM".to_owned(), "1".to_owned()),
            ("LANG".to_owned(), "C.UTF-8".to_owned()),
        ]);
        environment.extend(env::var("TMPDIR").map(|folder| ("TMPDIR".to_owned(), folder)));
        environment
    }

    /// Executes a block as `shell: bash` does; its exit code, and all that it printed.
    pub(crate) fn run(&self, block: &str, folder: &Path, environment: &BTreeMap<String, String>) -> (i32, String) {
        let script = self.temp.join("block.sh");
        let log = self.root.join("log");
        fs::write(&script, block).expect("the folder is ours");
        let printed = File::create(&log).expect("the folder is ours");
        let also = printed.try_clone().expect("a file can be opened twice");
        let status = Command::new("bash")
            .args(["--noprofile", "--norc", "-eo", "pipefail"])
            .arg(&script)
            .current_dir(folder)
            .env_clear()
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(printed)
            .stderr(also)
            .status()
            .expect("there is a bash");
        let log = fs::read(log).expect("it was written just now");
        (status.code().unwrap_or(-1), String::from_utf8_lossy(&log).into_owned())
    }

    /// Where a checkout is to be made, with what is kept of an earlier one at the same place: cargo takes files that did not
    /// change since for built.
    pub(crate) fn ready_for_checkout(&mut self, path: &str) -> PathBuf {
        let folder = if path == "." { self.workspace.clone() } else { self.workspace.join(path) };
        let kept = self.kept(&folder);
        let is_free = fs::read_dir(&folder).map_or(true, |mut entries| entries.next().is_none());
        if kept.exists() && is_free {
            let _ = fs::remove_dir(&folder);
            fs::rename(&kept, &folder).expect("both are on one disk");
        }
        fs::create_dir_all(&folder).expect("the folder is ours");
        self.checkouts.push(folder.clone());
        folder
    }

    fn kept(&self, checkout: &Path) -> PathBuf {
        let below = checkout.strip_prefix(&self.workspace).expect("a checkout is in the workspace");
        self.root.join("kept").join(format!("at-{}", below.to_string_lossy().replace('/', "+")))
    }

    /// Ends the job: checkouts of the code are put aside for the next.
    pub(crate) fn leave(mut self) {
        // Those inside of others first.
        self.checkouts.sort();
        self.checkouts.dedup();
        for checkout in self.checkouts.iter().rev() {
            let kept = self.kept(checkout);
            if checkout.join("Cargo.toml").is_file() && !kept.exists() {
                fs::create_dir_all(kept.parent().expect("it is in a folder")).expect("the folder is ours");
                fs::rename(checkout, &kept).expect("both are on one disk");
            }
        }
    }
}

/// Where nothing but the detector is asked for, the one that cargo made for this test will do: it is of the same files, and
/// minutes cheaper than another. Where the generator is asked for as well, each is built by itself, as the README does it: what
/// both are made of is made for both with the features that one of them wants.
const DETECTOR: &str = r#"
if [[ $* == 'build --release --locked -p detector' ]]; then
    mkdir -p "$CARGO_TARGET_DIR/release"
    cp -- 'BUILT' "$CARGO_TARGET_DIR/release/detector.$$"
    mv -- "$CARGO_TARGET_DIR/release/detector.$$" "$CARGO_TARGET_DIR/release/detector"
    exit
fi
if [[ $* == 'build --release --locked -p generator -p detector' ]]; then
    'CARGO' build --release --locked -p generator
    set -- build --release --locked -p detector
fi
# The list of platforms is of no profile. Another one than of these files may lie there where not all crates are tested.
if [[ $* == 'run --quiet --release --locked -p platforms -- '* && -x 'PLATFORMS' ]] &&
    [[ -z $(find 'ROOT/platforms' 'ROOT/Cargo.toml' 'ROOT/Cargo.lock' -type f -newer 'PLATFORMS') ]]; then
    exec 'PLATFORMS' "${@:8}"
fi
"#;

/// The generator that `build` made, with less to do: the smallest profile, the fewest launches, and the least time of each.
/// The commit that a pull request comes from is taken to make the same program: the pull requests of the tests touch no code.
const GENERATOR: &str = r#"
program=$CARGO_TARGET_DIR/release/generator
arguments=()
while (($#)); do
    case $1 in
    --profile)
        arguments+=("$1" smoke)
        shift
        ;;
    --base-ref)
        folder=$CARGO_TARGET_DIR/revisions/$(git rev-parse --verify "$2^{commit}")
        mkdir -p "$folder"
        cp -- "$program" "$folder/generator.$$"
        mv -- "$folder/generator.$$" "$folder/generator"
        arguments+=("$1" "$2")
        shift
        ;;
    *) arguments+=("$1") ;;
    esac
    shift
done
case ${arguments[0]} in
measure) arguments+=(--launches 2) ;;
pair)
    [[ " ${arguments[*]} " == *' --print-base '* ]] || arguments+=(--launches 2 --seconds 0.05s)
    ;;
esac
exec "$program" "${arguments[@]}"
"#;
