//! The CPU's clock: who may change it. It is read, not set: that takes a person's decision.

use std::{fs, path::Path};

use schema::context::Setting;

use super::{Advice, setting};

const CPUS: &str = "/sys/devices/system/cpu";

/// Whether the governor leaves the clock alone.
pub(super) fn governor(cpu: Option<usize>) -> Setting {
    let path = Path::new(CPUS).join(format!("cpu{}/cpufreq/scaling_governor", cpu.unwrap_or(0)));
    setting("governor", "performance", of_governor(fs::read_to_string(path).ok().as_deref()))
}

/// Whether turbo is off.
pub(super) fn turbo() -> Setting {
    let read = |file: &str| fs::read_to_string(Path::new(CPUS).join(file)).ok();
    let missed = of_turbo(read("intel_pstate/no_turbo").as_deref(), read("cpufreq/boost").as_deref());
    setting("turbo", "off", missed)
}

fn of_governor(governor: Option<&str>) -> Option<Advice> {
    match governor.map(str::trim) {
        Some("performance") => None,
        Some(name) => Some(Advice::Governor { name: name.to_owned() }),
        None => Some(Advice::FrequencyHidden),
    }
}

fn of_turbo(no_turbo: Option<&str>, boost: Option<&str>) -> Option<Advice> {
    match (no_turbo.map(str::trim), boost.map(str::trim)) {
        (Some("1"), _) | (None, Some("0")) => None,
        (None, None) => Some(Advice::FrequencyHidden),
        _ => Some(Advice::Turbo),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_performance_governor_leaves_the_clock_alone() {
        assert_eq!(of_governor(Some("performance\n")), None);
        assert_eq!(of_governor(Some("powersave\n")), Some(Advice::Governor { name: "powersave".to_owned() }));
        assert_eq!(of_governor(None), Some(Advice::FrequencyHidden));
    }

    #[test]
    fn turbo_is_off_where_a_file_says_so() {
        assert_eq!(of_turbo(Some("1\n"), None), None);
        assert_eq!(of_turbo(None, Some("0\n")), None);
        assert_eq!(of_turbo(Some("0\n"), None), Some(Advice::Turbo));
        assert_eq!(of_turbo(None, Some("1\n")), Some(Advice::Turbo));
        assert_eq!(of_turbo(None, None), Some(Advice::FrequencyHidden));
    }
}
