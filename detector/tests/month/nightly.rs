//! A night as the workflows run it: a job on each platform, which has no token, and after them all the one that has.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
};

use schema::{comparison::Comparison, file};
use tempfile::TempDir;

use crate::{
    documents::World,
    github::{GitHub, REPOSITORY},
    places::Place,
};

/// Where a month's nights are run: its world, its baselines and its history.
pub(crate) struct Workplace {
    pub(crate) world: World,
    folder: TempDir,
}

impl Workplace {
    pub(crate) fn new(world: World) -> Self {
        let folder = TempDir::new().expect("a folder for the month");
        file::write(&folder.path().join("baselines.json"), &world.baselines()).expect("the folder can be written");
        fs::create_dir(folder.path().join("history")).expect("the folder can be written");
        Self { world, folder }
    }

    pub(crate) fn baselines(&self) -> PathBuf {
        self.folder.path().join("baselines.json")
    }

    pub(crate) fn history(&self) -> PathBuf {
        self.folder.path().join("history")
    }

    /// Where what GitHub did not take is kept.
    pub(crate) fn out(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// The night's run folders, of the platforms whose jobs did not fail, recorded in the history.
    pub(crate) fn night(&self, night: u32) -> Vec<Run> {
        let runs: Vec<Run> = thread::scope(|scope| {
            let jobs = Place::ALL.map(|place| scope.spawn(move || self.job(place, night)));
            jobs.into_iter().filter_map(|job| job.join().expect("no job panics")).collect()
        });
        let folders = runs.iter().map(|run| &run.folder);
        self.ok(program(["record", "--history"]).arg(self.history()).args(folders), night);
        runs
    }

    /// What a platform's job leaves: it measures, compares, confirms its suspects and compares again.
    fn job(&self, place: Place, night: u32) -> Option<Run> {
        if self.world.calendar.has_failed(place, night) {
            return None;
        }
        let folder = self.folder.path().join(format!("runs/{night}/nightly-{}", place.name()));
        fs::create_dir_all(&folder).expect("the folder can be written");
        file::write(&folder.join("report.json"), &self.world.report(place, night)).expect("the folder can be written");
        let mut comparison = self.compare(place, night, &folder, None);
        // As `generator pair --confirm` does.
        let suspects = comparison.suspects();
        if !suspects.is_empty() {
            let pair = folder.join("pair.json");
            let drawn = self.world.pair(place, night, |case| suspects.contains(case));
            file::write(&pair, &drawn).expect("the folder can be written");
            comparison = self.compare(place, night, &folder, Some(&pair));
        }
        Some(Run { place, folder, comparison })
    }

    fn compare(&self, place: Place, night: u32, folder: &Path, pair: Option<&Path>) -> Comparison {
        let output = folder.join("comparison.json");
        let mut compare = program(["compare", "--format", "json", "--fail-on", "never"]);
        compare.arg("--report").arg(folder.join("report.json")).arg("--baselines").arg(self.baselines());
        // What is recorded of the platform; before the first night nothing is.
        let recorded = self.history().join(place.name());
        if recorded.is_dir() {
            compare.arg("--history").arg(&recorded).arg("--previous").arg(self.history());
        }
        if let Some(pair) = pair {
            compare.arg("--pair").arg(pair);
        }
        self.ok(compare.arg("--output").arg(&output), night);
        file::read(&output).expect("compare wrote it")
    }

    /// What the job with the token does in the end: it alarms over all platforms. Returns what it printed and how it
    /// ended.
    pub(crate) fn alert(&self, night: u32, runs: &[Run], github: &GitHub) -> Alert {
        let mut alert = program(["alert", "--repo", REPOSITORY, "--pause", "0s", "--patience", "30s"]);
        for run in runs {
            alert.arg("--comparison").arg(run.folder.join("comparison.json"));
        }
        alert.args(["--expect", &Place::ALL.map(Place::name).join(",")]);
        alert
            .arg("--history")
            .arg(self.history())
            .arg("--baselines")
            .arg(self.baselines())
            .arg("--out")
            .arg(self.out());
        alert.args(["--run-url", &format!("https://github.com/{REPOSITORY}/actions/runs/{night}")]);
        let output = github.speak(&mut alert).output().expect("the program can be started");
        Alert {
            code: output.status.code(),
            printed: String::from_utf8(output.stdout).expect("it prints text"),
            said: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs a program that must end well.
    fn ok(&self, command: &mut Command, night: u32) -> Output {
        let output = command.output().expect("the program can be started");
        let (seed, said) = (self.world.seed, String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "seed {seed}, night {night}: {command:?}: {} {said}", output.status);
        output
    }
}

/// How `alert` ended.
pub(crate) struct Alert {
    pub(crate) code: Option<i32>,
    /// The job's summary.
    pub(crate) printed: String,
    /// What it told besides.
    pub(crate) said: String,
}

/// What a platform's job left.
pub(crate) struct Run {
    pub(crate) place: Place,
    pub(crate) folder: PathBuf,
    pub(crate) comparison: Comparison,
}

/// The program, run as cargo was told to run this target's: under an emulator where it is not this machine's.
pub(crate) fn program<const N: usize>(arguments: [&str; N]) -> Command {
    let arch = std::env::consts::ARCH.to_uppercase();
    let is_runner = |name: &str| name.starts_with(&format!("CARGO_TARGET_{arch}_")) && name.ends_with("_RUNNER");
    let runner = std::env::vars().find_map(|(name, value)| is_runner(&name).then_some(value)).unwrap_or_default();
    let mut words = runner.split_whitespace().chain([env!("CARGO_BIN_EXE_detector")]);
    let mut command = Command::new(words.next().expect("the program is the last word"));
    command.args(words).args(arguments);
    // Whatever this machine has set, no token and no address but the test's own.
    for name in ["GITHUB_TOKEN", "GH_TOKEN", "GITHUB_API_URL", "GITHUB_SERVER_URL", "GITHUB_REPOSITORY"] {
        command.env_remove(name);
    }
    command
}
