//! The probe's floor, kept from session to session: it belongs to the machine, and one session may be all disturbed.

use std::{collections::BTreeMap, env, fs, path::PathBuf};

use schema::{context::Setting, file};
use serde::{Deserialize, Serialize};

use crate::probe::{self, Calibration};

/// What a session measures against.
#[derive(Clone, Debug)]
pub struct Floor {
    /// What the probe takes on the undisturbed core, in nanoseconds.
    pub floor_ns: f64,
    /// The clock's precision, in nanoseconds.
    pub clock_precision_ns: f64,
    /// The share of quiet probes while it was calibrated.
    pub quiet_share: f64,
    /// Which settings held.
    pub settings: Vec<Setting>,
}

/// The floors of the machine classes that this user has measured on.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    quiet: BTreeMap<String, Quiet>,
}

/// What the quiet core took, at one and the same clock.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Quiet {
    /// The probe, in nanoseconds.
    floor_ns: f64,
    /// The chain of multiplications, in nanoseconds.
    chain_ns: f64,
}

/// The floor to use after one was calibrated just now; the one to keep is written down.
#[must_use]
pub fn settle(class: Option<&str>, calibrated: &Calibration) -> f64 {
    let now = Quiet { floor_ns: calibrated.floor_ns, chain_ns: calibrated.chain_ns };
    let (Some(class), Some(path)) = (class, kept_in()) else { return now.floor_ns };
    let mut kept: Kept = fs::read(&path).ok().and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default();
    let (floor_ns, quiet) = choose(kept.quiet.get(class).copied(), now);
    if kept.quiet.insert(class.to_owned(), quiet) != Some(quiet) {
        keep(&path, &kept);
    }
    floor_ns
}

/// Calibrations this much above what is expected, as a factor, are of something else: a neighbour at his worst makes the
/// probe half as fast at most.
const OTHER_CORE: f64 = 2.1;

/// The floor to use, and what to keep.
///
/// A kept floor holds where the new one is above it: then the core was disturbed all the while. It gives way to a lower
/// one. Another host of the same class, or the same one by another day's clock, may be slower without being disturbed: then
/// the chain is slower too, by the same factor, and the floor is raised by that, for this session alone. A chain that was
/// disturbed itself raises it too far at worst, never too little, and only where the probe was disturbed as well.
fn choose(kept: Option<Quiet>, now: Quiet) -> (f64, Quiet) {
    let Some(kept) = kept.filter(|kept| kept.floor_ns > 0.0 && kept.chain_ns > 0.0) else { return (now.floor_ns, now) };
    let expected_ns = kept.floor_ns * (now.chain_ns / kept.chain_ns).max(1.0);
    if now.floor_ns <= kept.floor_ns {
        // At the same clock the chain is the shorter of the two; at a faster one it is today's.
        let is_same_clock = now.floor_ns > kept.floor_ns / (1.0 + probe::TOLERANCE);
        let chain_ns = if is_same_clock { now.chain_ns.min(kept.chain_ns) } else { now.chain_ns };
        return (now.floor_ns, Quiet { chain_ns, ..now });
    }
    if now.floor_ns <= expected_ns {
        return (now.floor_ns, kept);
    }
    if now.floor_ns >= expected_ns * OTHER_CORE {
        return (now.floor_ns, now);
    }
    if now.floor_ns > expected_ns * (1.0 + probe::TOLERANCE) {
        tracing::warn!(
            "the probe took {:.0} ns, and {expected_ns:.0} ns is what this kind of machine takes by this clock when it is \
             quiet: something disturbs it; few samples will count",
            now.floor_ns
        );
    }
    (expected_ns, kept)
}

fn keep(path: &std::path::Path, kept: &Kept) {
    let kept_now = path.parent().map_or(Ok(()), fs::create_dir_all).map_err(|error| error.to_string()).and_then(|()| {
        let json = serde_json::to_vec_pretty(kept).map_err(|error| error.to_string())?;
        file::write_bytes(path, &json).map_err(|error| error.to_string())
    });
    if let Err(error) = kept_now {
        tracing::debug!("the probe's floor is not kept: {error}");
    }
}

/// Where the floors are kept: in the user's cache, since they are measured again at will.
fn kept_in() -> Option<PathBuf> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")))?;
    cache.is_absolute().then(|| cache.join("tidegauge").join("probe-floors.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEPT: Quiet = Quiet { floor_ns: 2_000.0, chain_ns: 1_700.0 };

    #[track_caller]
    fn check(kept: Option<Quiet>, floor_ns: f64, chain_ns: f64, used_ns: f64, kept_then: Quiet) {
        let (used, then) = choose(kept, Quiet { floor_ns, chain_ns });
        assert!((used - used_ns).abs() < 1e-6, "{used} ns");
        assert_eq!(then, kept_then);
    }

    #[test]
    fn the_first_floor_is_the_calibrated_one() {
        check(None, 2_000.0, 1_700.0, 2_000.0, KEPT);
    }

    #[test]
    fn a_disturbed_calibration_does_not_raise_the_floor() {
        check(Some(KEPT), 2_900.0, 1_700.0, 2_000.0, KEPT);
    }

    #[test]
    fn a_quieter_calibration_lowers_the_floor() {
        check(Some(KEPT), 1_950.0, 1_700.0, 1_950.0, Quiet { floor_ns: 1_950.0, chain_ns: 1_700.0 });
    }

    #[test]
    fn a_slower_clock_raises_the_floor_for_this_session_alone() {
        check(Some(KEPT), 2_400.0, 2_040.0, 2_400.0, KEPT);
    }

    #[test]
    fn a_slower_clock_does_not_hide_a_disturbed_core() {
        check(Some(KEPT), 3_000.0, 2_040.0, 2_400.0, KEPT);
    }

    #[test]
    fn a_faster_clock_is_kept_with_its_chain() {
        check(Some(KEPT), 1_600.0, 1_360.0, 1_600.0, Quiet { floor_ns: 1_600.0, chain_ns: 1_360.0 });
    }

    #[test]
    fn a_disturbed_chain_is_not_kept_at_the_same_clock() {
        check(Some(KEPT), 1_990.0, 1_800.0, 1_990.0, Quiet { floor_ns: 1_990.0, chain_ns: 1_700.0 });
    }

    #[test]
    fn what_no_clock_and_no_neighbour_explains_starts_anew() {
        check(Some(KEPT), 5_000.0, 1_700.0, 5_000.0, Quiet { floor_ns: 5_000.0, chain_ns: 1_700.0 });
    }

    #[test]
    fn a_kept_floor_that_cannot_be_is_not_used() {
        check(Some(Quiet { floor_ns: 0.0, chain_ns: 0.0 }), 2_000.0, 1_700.0, 2_000.0, KEPT);
    }
}
