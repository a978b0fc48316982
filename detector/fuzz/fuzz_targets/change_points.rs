//! Searches an arbitrary series for changes.

#![no_main]

use fuzz::numbers::Logs;
use libfuzzer_sys::fuzz_target;
use statistics::change_points::{Method, change_points};

fuzz_target!(|logs: Logs| {
    let Logs(logs) = logs;
    let found = change_points(&logs, &Method::default());
    assert!(found.changes.is_sorted_by(|one, next| one.index < next.index), "{found:?}");
    for change in &found.changes {
        assert!((1..logs.len()).contains(&change.index), "{change:?} of {}", logs.len());
        assert!([change.estimate, change.low, change.high, change.margin].iter().all(|number| number.is_finite()));
        assert!(change.low <= change.estimate && change.estimate <= change.high, "{change:?}");
    }
    for creep in &found.creeps {
        assert!(creep.from < creep.to && creep.to <= logs.len(), "{creep:?} of {}", logs.len());
        assert!([creep.rate, creep.low, creep.high].iter().all(|number| number.is_finite()), "{creep:?}");
        assert!(creep.low <= creep.rate && creep.rate <= creep.high, "{creep:?}");
    }
});
