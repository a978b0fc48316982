//! Diagnosis: what `doctor` found, as a document.

use platforms::PlatformKey;
use schema::context::{Machine, Setting};
use serde::{Deserialize, Serialize};

use crate::{
    context,
    environment::Advice,
    sight::{self, Look, Sight},
};

/// Which settings hold on a machine, what it can see, and what a person can do about the rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Diagnosis {
    /// The platform.
    pub platform: PlatformKey,
    /// The machine.
    pub machine: Machine,
    /// The deterministic settings as a session has them, those that did not hold first.
    pub settings: Vec<Setting>,
    /// The smallest step of the clock, in nanoseconds.
    pub clock_precision_ns: f64,
    /// What the probe takes on the undisturbed core, in nanoseconds.
    pub probe_floor_ns: f64,
    /// The share of a second in which the core was undisturbed, from 0 to 1.
    pub quiet_share: f64,
    /// What can be seen, a kind of code each.
    pub sights: Vec<Sight>,
    /// The same in one line.
    pub answer: String,
    /// What a person can do, each once.
    pub remedies: Vec<String>,
}

/// Below this share of quiet, stopping other work is worth a person's while.
const QUIET_SHARE: f64 = 0.9;

impl Diagnosis {
    /// Puts together what was found on `machine`, which a session measures under `settings`.
    #[must_use]
    pub fn new(platform: PlatformKey, machine: Machine, mut settings: Vec<Setting>, look: Look) -> Self {
        let quiet_share = look.floor.quiet_share;
        settings.push(look.large_pages);
        // What needs a person comes first; within that the order stays.
        settings.sort_by_key(|setting| setting.held);
        let facts = [
            (quiet_share < QUIET_SHARE, Advice::Neighbour { quiet_share }),
            (machine.emulated, Advice::Emulated),
            (machine.class.is_none(), Advice::Capped),
            (context::git().is_none_or(|git| git.dirty), Advice::Dirty),
            (machine.logical_cpus == Some(1), Advice::OneCpu),
        ];
        let facts = facts.into_iter().filter(|(holds, _)| *holds).map(|(_, advice)| advice.to_string());
        let mut remedies: Vec<String> = Vec::new();
        for remedy in settings.iter().filter_map(|setting| setting.remedy.clone()).chain(facts) {
            if !remedies.contains(&remedy) {
                remedies.push(remedy);
            }
        }
        Self {
            platform,
            settings,
            clock_precision_ns: look.floor.clock_precision_ns,
            probe_floor_ns: look.floor.floor_ns,
            quiet_share,
            answer: sight::answer(&look.sights),
            sights: look.sights,
            remedies,
            machine,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::floor::Floor;

    fn setting(name: &str, remedy: Option<&str>) -> Setting {
        Setting {
            name: name.to_owned(),
            requested: "on".to_owned(),
            held: remedy.is_none(),
            remedy: remedy.map(str::to_owned),
        }
    }

    fn diagnosis(settings: Vec<Setting>, quiet_share: f64) -> Diagnosis {
        let floor = Floor { floor_ns: 2_000.0, clock_precision_ns: 20.0, quiet_share, settings: Vec::new() };
        let look = Look { floor, large_pages: setting("large_pages", None), sights: Vec::new() };
        Diagnosis::new(PlatformKey::of_this_build().unwrap(), context::machine(None), settings, look)
    }

    #[test]
    fn what_needs_a_person_comes_first_and_each_remedy_once() {
        let settings = vec![
            setting("cpu_pin", None),
            setting("governor", Some("buy another")),
            setting("aslr", None),
            setting("turbo", Some("buy another")),
        ];
        let diagnosis = diagnosis(settings, 1.0);
        let names: Vec<&str> = diagnosis.settings.iter().map(|setting| setting.name.as_str()).collect();
        assert_eq!(names, ["governor", "turbo", "cpu_pin", "aslr", "large_pages"]);
        assert_eq!(diagnosis.remedies.iter().filter(|remedy| *remedy == "buy another").count(), 1);
    }

    #[test]
    fn a_disturbed_core_is_a_reason_to_stop_other_work() {
        let told = |share| diagnosis(Vec::new(), share).remedies.iter().any(|remedy| remedy.contains("uses this core"));
        assert!(told(0.5) && !told(0.99));
    }
}
