//! The CPU's clock: what changes it is turned off while a session runs, where that is permitted, and put back after it.
//!
//! A session that ends puts the old values back: in the ordinary way, on an error, on an interrupt. One that is killed
//! cannot, so what was there is written to a file before anything is changed, and the next run puts it back. While
//! values are changed, the folder of the CPUs is locked: two sessions at once do not take each other's for the old ones.

mod kept;
mod knob;

use std::{
    fmt,
    fs::{File, TryLockError},
    path::{Path, PathBuf},
};

use schema::context::Setting;

use self::{kept::Change, knob::Knob};
use super::{Advice, NotHeld, setting};

/// Where the system keeps its CPUs.
pub const CPUS: &str = "/sys/devices/system/cpu";

/// The name of the file that outlives a killed session, in the user's cache.
pub const KEPT: &str = "frequency.json";

/// The clock of the CPU that is measured on.
#[derive(Clone, Debug)]
pub struct Frequency {
    /// The folder of the CPUs, [`CPUS`].
    pub folder: PathBuf,
    /// The file for what was there before; without one nothing is changed.
    pub kept_in: Option<PathBuf>,
    /// The CPU; without one nothing is changed.
    pub cpu: Option<usize>,
}

/// The clock while a session runs. When it goes, the old values are put back.
#[derive(Debug)]
pub struct Held {
    frequency: Frequency,
    changes: Vec<Change>,
    settings: Vec<Setting>,
    notices: Vec<Notice>,
    /// Locked as long as something is changed.
    lock: Option<File>,
}

/// Something that a person should know of the clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A session that was killed had left a value, which is put back.
    Recovered {
        /// The file.
        path: PathBuf,
        /// What it has again.
        was: String,
    },
    /// Somebody else set it since; it is left at that.
    Changed {
        /// The file.
        path: PathBuf,
        /// What it has.
        now: String,
    },
    /// It could not be put back.
    Stuck {
        /// The file.
        path: PathBuf,
        /// What it had.
        was: String,
        /// What the operating system said.
        why: String,
    },
    /// What a killed session had left cannot be read.
    Unreadable {
        /// The file that says it.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recovered { path, was } => {
                write!(f, "a session that was killed had changed {}; it is {was} again", path.display())
            }
            Self::Changed { path, now } => {
                write!(f, "{} was set to {now} by somebody else meanwhile, and is left at that", path.display())
            }
            Self::Stuck { path, was, why } => {
                write!(f, "{0} could not be put back ({why}); as root, write {was} to {0}", path.display())
            }
            Self::Unreadable { path, why } => write!(
                f,
                "a session that was killed had changed the CPU's clock, and {} no longer tells from what ({why}); look at the \
                 governor and turbo, then remove the file",
                path.display()
            ),
        }
    }
}

impl Frequency {
    /// Leaves the clock as it is, but for what a killed session had changed: that is put back.
    #[must_use]
    pub fn leave(self) -> Held {
        let mut held = self.untouched();
        if let Ok(Some(lock)) = held.frequency.lock() {
            held.recover();
            drop(lock);
        }
        held
    }

    /// Turns off what changes the clock, where that is permitted, until the answer goes.
    #[must_use]
    pub fn hold(self) -> Held {
        let mut held = self.untouched();
        let lock = held.frequency.lock();
        if matches!(lock, Ok(Some(_))) {
            held.recover();
        }
        let Some(cpu) = held.frequency.cpu else { return held };
        let visible = Knob::visible(&held.frequency.folder, cpu);
        match lock {
            Ok(Some(lock)) => {
                held.set(visible);
                held.lock = Some(lock).filter(|_| !held.changes.is_empty());
            }
            // What holds now is another session's, and may end with it.
            Ok(None) => held.miss(visible, || NotHeld::Busy),
            Err(why) => {
                let due = held.due(visible);
                held.miss(due, || NotHeld::Unkept { why: why.clone() });
            }
        }
        held
    }

    fn untouched(self) -> Held {
        Held { frequency: self, changes: Vec::new(), settings: Vec::new(), notices: Vec::new(), lock: None }
    }

    /// Locks the folder of the CPUs, which all users and containers of a machine share; `None` where another session did.
    fn lock(&self) -> Result<Option<File>, String> {
        let folder = File::open(&self.folder).map_err(|error| error.to_string())?;
        match folder.try_lock() {
            Ok(()) => Ok(Some(folder)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error.to_string()),
        }
    }
}

impl Held {
    /// What a person should know so far, once.
    pub fn notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// Puts the old values back, and writes down what was asked of the clock and what held, in place of what a launch
    /// saw. What a person should know of what is not back.
    #[must_use]
    pub fn put_back(mut self, settings: &mut Vec<Setting>) -> Vec<Notice> {
        self.restore();
        for own in &self.settings {
            match settings.iter_mut().find(|setting| setting.name == own.name) {
                Some(setting) => *setting = own.clone(),
                None => settings.push(own.clone()),
            }
        }
        self.notices()
    }

    /// The knobs that are to be changed and may be.
    fn due(&self, visible: Vec<(Knob, String)>) -> Vec<(Knob, String)> {
        let is_due =
            |(knob, value): &(Knob, String)| value != knob.wanted() && knob.is_writable(&self.frequency.folder);
        visible.into_iter().filter(is_due).collect()
    }

    /// Writes down that these are not as asked for.
    fn miss(&mut self, knobs: Vec<(Knob, String)>, why: impl Fn() -> NotHeld) {
        for (knob, _) in knobs {
            let (name, requested) = knob.setting();
            self.settings.push(setting(name, requested, Some(Advice::FrequencyNotHeld(why()))));
        }
    }

    fn set(&mut self, visible: Vec<(Knob, String)>) {
        let due = self.due(visible);
        if due.is_empty() {
            return;
        }
        let Some(kept_in) = self.frequency.kept_in.clone() else {
            return self.miss(due, || NotHeld::Unkept { why: "HOME is not set".to_owned() });
        };
        if kept_in.exists() {
            // An earlier session's values are still in it, and are not to be lost.
            let why = format!("{} is still needed", kept_in.display());
            return self.miss(due, || NotHeld::Unkept { why: why.clone() });
        }
        let changes: Vec<Change> = due
            .iter()
            .map(|(knob, was)| Change { knob: *knob, was: was.clone(), set: knob.wanted().to_owned() })
            .collect();
        // First of all: from the first change on, whatever happens, someone can put it back.
        if let Err(why) = kept::keep(&kept_in, &changes) {
            return self.miss(due, || NotHeld::Unkept { why: why.clone() });
        }
        for change in changes {
            let (name, requested) = change.knob.setting();
            match change.knob.write(&self.frequency.folder, &change.set) {
                Ok(()) => {
                    let was = change.knob.meaning(&change.was);
                    self.settings.push(setting(name, format!("{requested}, then {was} again as before"), None));
                    self.changes.push(change);
                }
                Err(error) => {
                    let path = change.knob.path(&self.frequency.folder);
                    let refused = NotHeld::Refused { path, why: error.to_string() };
                    self.settings.push(setting(name, requested, Some(Advice::FrequencyNotHeld(refused))));
                    // It may have been changed all the same.
                    if change.knob.read(&self.frequency.folder).is_ok_and(|now| now == change.set) {
                        self.changes.push(change);
                    }
                }
            }
        }
        self.keep();
    }

    /// Puts back what a killed session had changed.
    fn recover(&mut self) {
        let Some(kept_in) = self.frequency.kept_in.clone().filter(|path| path.exists()) else { return };
        match kept::left(&kept_in) {
            Ok(changes) => {
                let recovered = |change: &Change| Notice::Recovered {
                    path: change.knob.path(&self.frequency.folder),
                    was: change.was.clone(),
                };
                let all: Vec<(Change, Notice)> =
                    changes.into_iter().map(|change| (change.clone(), recovered(&change))).collect();
                for (change, recovered) in all {
                    match put_back(&change, &self.frequency.folder) {
                        Ok(()) => self.notices.push(recovered),
                        Err(notice) => {
                            if matches!(notice, Notice::Stuck { .. }) {
                                self.changes.push(change);
                            }
                            self.notices.push(notice);
                        }
                    }
                }
                self.keep();
                // They stay in the file for the next run, and are not this session's.
                self.changes.clear();
            }
            Err(notice) => self.notices.push(notice),
        }
    }

    /// Puts back what this session changed, the last first.
    fn restore(&mut self) {
        if self.changes.is_empty() {
            return;
        }
        let mut stuck = Vec::new();
        for change in std::mem::take(&mut self.changes).into_iter().rev() {
            if let Err(notice) = put_back(&change, &self.frequency.folder) {
                let (name, requested) = change.knob.setting();
                if let Some(own) = self.settings.iter_mut().find(|own| own.name == name) {
                    own.requested = format!("{requested}, and not put back after it");
                }
                if matches!(notice, Notice::Stuck { .. }) {
                    stuck.push(change);
                }
                self.notices.push(notice);
            }
        }
        self.changes = stuck;
        self.keep();
        self.changes.clear();
        // Only now may another session take the values for its old ones.
        self.lock = None;
    }

    /// Brings the file up to what is changed.
    fn keep(&self) {
        if let Some(kept_in) = &self.frequency.kept_in
            && let Err(why) = kept::keep(kept_in, &self.changes)
        {
            tracing::warn!("{} does not tell what is changed of the CPU's clock: {why}", kept_in.display());
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.restore();
        for notice in self.notices() {
            tracing::warn!("{notice}");
        }
    }
}

/// Puts one value back, unless somebody else has set it since.
fn put_back(change: &Change, folder: &Path) -> Result<(), Notice> {
    let path = || change.knob.path(folder);
    let stuck = |error: std::io::Error| Notice::Stuck { path: path(), was: change.was.clone(), why: error.to_string() };
    let now = change.knob.read(folder).map_err(stuck)?;
    if now == change.was {
        return Ok(());
    }
    if now != change.set {
        return Err(Notice::Changed { path: path(), now });
    }
    change.knob.write(folder, &change.was).map_err(stuck)
}

/// Whether the governor leaves the clock alone, as it is now.
pub(super) fn governor(cpu: Option<usize>) -> Setting {
    let found = Knob::Governor { cpu: cpu.unwrap_or(0) }.read(Path::new(CPUS)).ok();
    setting("governor", "performance", of_governor(found.as_deref()))
}

/// Whether turbo is off, as it is now.
pub(super) fn turbo() -> Setting {
    let read = |knob: Knob| knob.read(Path::new(CPUS)).ok();
    setting("turbo", "off", of_turbo(read(Knob::NoTurbo).as_deref(), read(Knob::Boost).as_deref()))
}

fn of_governor(governor: Option<&str>) -> Option<Advice> {
    match governor {
        Some("performance") => None,
        Some(name) => Some(Advice::Governor { name: name.to_owned() }),
        None => Some(Advice::FrequencyHidden),
    }
}

fn of_turbo(no_turbo: Option<&str>, boost: Option<&str>) -> Option<Advice> {
    match (no_turbo, boost) {
        (Some("1"), _) | (None, Some("0")) => None,
        (None, None) => Some(Advice::FrequencyHidden),
        _ => Some(Advice::Turbo),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    /// A folder of CPUs with a governor and Intel's switch, and a cache beside it.
    struct Machine(TempDir);

    impl Machine {
        fn new() -> Self {
            let machine = Self(TempDir::new().unwrap());
            for folder in ["cpus/cpu1/cpufreq", "cpus/intel_pstate"] {
                fs::create_dir_all(machine.0.path().join(folder)).unwrap();
            }
            machine.write("cpu1/cpufreq/scaling_governor", "powersave\n");
            machine.write("intel_pstate/no_turbo", "0\n");
            machine
        }

        fn write(&self, file: &str, value: &str) {
            fs::write(self.0.path().join("cpus").join(file), value).unwrap();
        }

        /// Governor and switch.
        fn values(&self) -> (String, String) {
            let folder = self.0.path().join("cpus");
            (Knob::Governor { cpu: 1 }.read(&folder).unwrap(), Knob::NoTurbo.read(&folder).unwrap())
        }

        fn is_set(&self) -> bool {
            self.values() == ("performance".to_owned(), "1".to_owned())
        }

        fn is_as_before(&self) -> bool {
            self.values() == ("powersave".to_owned(), "0".to_owned())
        }

        fn kept(&self) -> PathBuf {
            self.0.path().join("cache/frequency.json")
        }

        fn frequency(&self) -> Frequency {
            Frequency { folder: self.0.path().join("cpus"), kept_in: Some(self.kept()), cpu: Some(1) }
        }

        /// A session that is killed: nobody puts anything back, and its lock goes with it.
        fn killed_session(&self) {
            let mut held = self.frequency().hold();
            held.changes.clear();
        }
    }

    fn settings(held: &Held) -> Vec<(String, bool)> {
        held.settings.iter().map(|setting| (setting.name.clone(), setting.held)).collect()
    }

    #[test]
    fn a_session_sets_the_clock_and_puts_it_back() {
        let machine = Machine::new();
        let held = machine.frequency().hold();
        assert!(machine.is_set() && machine.kept().exists(), "{:?}", machine.values());
        assert_eq!(settings(&held), [("governor".to_owned(), true), ("turbo".to_owned(), true)]);
        assert_eq!(held.settings[0].requested, "performance, then powersave again as before");
        assert_eq!(held.settings[1].requested, "off, then on again as before");
        let mut seen = vec![setting("cpu_pin", "1", None), setting("governor", "performance", None)];
        assert_eq!(held.put_back(&mut seen), []);
        assert_eq!(
            seen.iter().map(|setting| setting.name.as_str()).collect::<Vec<_>>(),
            ["cpu_pin", "governor", "turbo"]
        );
        assert_eq!(seen[1].requested, "performance, then powersave again as before");
        assert!(machine.is_as_before() && !machine.kept().exists(), "{:?}", machine.values());
    }

    #[test]
    fn whatever_ends_a_session_the_clock_is_put_back() {
        let machine = Machine::new();
        let ended = std::panic::catch_unwind(|| {
            let _held = machine.frequency().hold();
            assert!(!machine.is_set(), "the session ends here");
        });
        assert!(ended.is_err() && machine.is_as_before() && !machine.kept().exists());
    }

    #[test]
    fn what_a_killed_session_changed_is_put_back_by_the_next_run() {
        for next in [Frequency::leave, Frequency::hold] {
            let machine = Machine::new();
            machine.killed_session();
            assert!(machine.is_set() && machine.kept().exists());
            let mut held = next(machine.frequency());
            let notices = held.notices();
            assert_eq!(notices.len(), 2, "{notices:?}");
            assert!(notices[0].to_string().ends_with("it is powersave again"), "{}", notices[0]);
            drop(held);
            assert!(machine.is_as_before() && !machine.kept().exists(), "{:?}", machine.values());
        }
    }

    #[test]
    fn two_sessions_at_once_do_not_put_back_each_others_values() {
        let machine = Machine::new();
        let first = machine.frequency().hold();
        let second = machine.frequency().hold();
        assert_eq!(settings(&second), [("governor".to_owned(), false), ("turbo".to_owned(), false)]);
        drop(second);
        assert!(machine.is_set() && machine.kept().exists(), "the first one still runs");
        drop(machine.frequency().leave());
        assert!(machine.is_set() && machine.kept().exists(), "the first one still runs");
        drop(first);
        assert!(machine.is_as_before());
    }

    #[test]
    fn what_somebody_else_set_meanwhile_is_left_at_that() {
        let machine = Machine::new();
        let held = machine.frequency().hold();
        machine.write("cpu1/cpufreq/scaling_governor", "schedutil");
        let notices = held.put_back(&mut Vec::new());
        assert!(matches!(&notices[..], [Notice::Changed { now, .. }] if now == "schedutil"), "{notices:?}");
        assert_eq!(machine.values(), ("schedutil".to_owned(), "0".to_owned()));
        assert!(!machine.kept().exists());
    }

    #[test]
    fn what_cannot_be_put_back_is_told_and_kept_for_the_next_run() {
        let machine = Machine::new();
        let held = machine.frequency().hold();
        let file = machine.0.path().join("cpus/intel_pstate/no_turbo");
        fs::remove_file(&file).unwrap();
        let mut told = Vec::new();
        let notices = held.put_back(&mut told);
        assert_eq!(told[1].requested, "off, and not put back after it");
        assert!(matches!(&notices[..], [Notice::Stuck { was, .. }] if was == "0"), "{notices:?}");
        assert!(machine.kept().exists());
        machine.write("intel_pstate/no_turbo", "1");
        drop(machine.frequency().leave());
        assert!(machine.is_as_before() && !machine.kept().exists());
    }

    #[test]
    fn a_clock_that_is_as_wanted_is_not_touched() {
        let machine = Machine::new();
        machine.write("cpu1/cpufreq/scaling_governor", "performance");
        machine.write("intel_pstate/no_turbo", "1");
        let held = machine.frequency().hold();
        assert!(held.settings.is_empty() && held.lock.is_none() && !machine.kept().exists());
        drop(held);
        assert!(machine.is_set());
    }

    #[test]
    fn without_a_file_to_keep_it_in_nothing_is_changed() {
        let machine = Machine::new();
        let held = Frequency { kept_in: None, ..machine.frequency() }.hold();
        assert!(machine.is_as_before());
        assert_eq!(settings(&held), [("governor".to_owned(), false), ("turbo".to_owned(), false)]);
        // The cache is a file, in which no folder can be made.
        fs::write(machine.0.path().join("cache"), "").unwrap();
        let held = machine.frequency().hold();
        assert!(machine.is_as_before() && !held.settings[0].held);
    }

    #[test]
    fn values_of_before_the_machine_was_started_anew_are_not_put_back() {
        let machine = Machine::new();
        machine.killed_session();
        let json = fs::read_to_string(machine.kept()).unwrap();
        let boot = serde_json::from_str::<serde_json::Value>(&json).unwrap()["boot"].to_string();
        fs::write(machine.kept(), json.replace(&boot, "\"another\"")).unwrap();
        assert_eq!(machine.frequency().leave().notices(), []);
        assert!(machine.is_set() && !machine.kept().exists());
    }

    #[test]
    fn a_file_that_tells_nothing_is_no_reason_to_write_anything() {
        let machine = Machine::new();
        fs::create_dir_all(machine.kept().parent().unwrap()).unwrap();
        fs::write(machine.kept(), r#"{"boot":null,"changes":[{"knob":"/etc/passwd","was":"x","set":"y"}]}"#).unwrap();
        let mut held = machine.frequency().hold();
        assert!(matches!(held.notices()[..], [Notice::Unreadable { .. }]));
        assert!(machine.is_as_before() && !held.settings[0].held && machine.kept().exists());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_value_that_the_driver_refuses_is_told_with_its_file() {
        let machine = Machine::new();
        let governor = machine.0.path().join("cpus/cpu1/cpufreq/scaling_governor");
        fs::remove_file(&governor).unwrap();
        // It can be read and opened by root, and not written.
        std::os::unix::fs::symlink("/proc/version", &governor).unwrap();
        let held = machine.frequency().hold();
        let told = held.settings.iter().find(|setting| setting.name == "governor");
        assert!(
            told.is_none_or(|setting| !setting.held && setting.remedy.as_deref().unwrap().contains("scaling_governor"))
        );
        assert_eq!(Knob::NoTurbo.read(&machine.frequency().folder).unwrap(), "1");
        drop(held);
        assert_eq!(Knob::NoTurbo.read(&machine.frequency().folder).unwrap(), "0");
        assert!(!machine.kept().exists());
    }

    #[test]
    fn a_machine_that_shows_no_clock_is_left_alone() {
        let folder = TempDir::new().unwrap();
        let frequency = Frequency { folder: folder.path().to_owned(), kept_in: None, cpu: Some(1) };
        assert!(frequency.clone().hold().settings.is_empty());
        assert!(Frequency { folder: folder.path().join("none"), ..frequency }.hold().settings.is_empty());
    }

    #[test]
    fn only_the_performance_governor_leaves_the_clock_alone() {
        assert_eq!(of_governor(Some("performance")), None);
        assert_eq!(of_governor(Some("powersave")), Some(Advice::Governor { name: "powersave".to_owned() }));
        assert_eq!(of_governor(None), Some(Advice::FrequencyHidden));
    }

    #[test]
    fn turbo_is_off_where_a_file_says_so() {
        assert_eq!(of_turbo(Some("1"), None), None);
        assert_eq!(of_turbo(None, Some("0")), None);
        assert_eq!(of_turbo(Some("0"), None), Some(Advice::Turbo));
        assert_eq!(of_turbo(None, Some("1")), Some(Advice::Turbo));
        assert_eq!(of_turbo(None, None), Some(Advice::FrequencyHidden));
    }
}
