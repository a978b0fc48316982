//! The probe's floor, kept from session to session: it belongs to the machine, and one session may be all disturbed.

use std::{collections::BTreeMap, fs};

use schema::context::Setting;
use serde::{Deserialize, Serialize};

use crate::{cache, probe};

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
    floors_ns: BTreeMap<String, f64>,
}

/// The floor to use after one was calibrated just now, and the one to keep.
///
/// The kept one holds where the new one is above it: then the core was disturbed all the while. It gives way to a lower
/// one, and to one so much higher that it is another clock.
#[must_use]
pub fn settle(class: Option<&str>, calibrated_ns: f64) -> f64 {
    let (Some(class), Some(path)) = (class, cache::file("probe-floors.json")) else { return calibrated_ns };
    let mut kept: Kept = fs::read(&path).ok().and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default();
    let floor_ns = choose(kept.floors_ns.get(class).copied(), calibrated_ns);
    if kept.floors_ns.insert(class.to_owned(), floor_ns) != Some(floor_ns)
        && let Err(error) = cache::keep(&path, &kept)
    {
        tracing::debug!("the probe's floor is not kept: {error}");
    }
    floor_ns
}

/// Calibrations this much above the kept floor, as a factor, are of another clock: a neighbour at his worst makes the
/// probe half as fast at most.
const OTHER_CLOCK: f64 = 2.1;

fn choose(kept_ns: Option<f64>, calibrated_ns: f64) -> f64 {
    match kept_ns {
        Some(kept_ns) if kept_ns.is_finite() && calibrated_ns > kept_ns && calibrated_ns < kept_ns * OTHER_CLOCK => {
            if calibrated_ns > kept_ns * (1.0 + probe::TOLERANCE) {
                tracing::warn!(
                    "the probe took {calibrated_ns:.0} ns, and {kept_ns:.0} ns when this kind of machine was quiet: it is \
                     disturbed, or its clock is slower; few samples will count"
                );
            }
            kept_ns
        }
        _ => calibrated_ns,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_floor_is_the_calibrated_one() {
        assert!((choose(None, 2_000.0) - 2_000.0).abs() < 1e-9);
    }

    #[test]
    fn a_disturbed_calibration_does_not_raise_the_floor() {
        assert!((choose(Some(2_000.0), 2_900.0) - 2_000.0).abs() < 1e-9);
    }

    #[test]
    fn a_quieter_calibration_lowers_the_floor() {
        assert!((choose(Some(2_000.0), 1_950.0) - 1_950.0).abs() < 1e-9);
    }

    #[test]
    fn another_clock_has_another_floor() {
        assert!((choose(Some(2_000.0), 5_000.0) - 5_000.0).abs() < 1e-9);
    }
}
