//! Reads the series of a CSV file, and searches them for changes.

#![no_main]

use detector::history::{
    Request, changes,
    csv::{MachineBy, read},
};
use statistics::change_points::Method;

/// A search that replays takes a look for each point.
const REPLAYED_POINTS_MOST: usize = 100;

fuzz::reader!(|bytes: &[u8]| {
    let timelines = match read(bytes, Some(MachineBy::Prefix)) {
        Ok(timelines) => timelines,
        Err(error) => return fuzz::check_message(&error.to_string()),
    };
    let points: usize = timelines.iter().map(|timeline| timeline.values.len()).sum();
    assert_eq!(points, csv::Reader::from_reader(bytes).into_byte_records().count(), "points were dropped");
    for timeline in &timelines {
        assert_eq!(timeline.indices.len(), timeline.values.len());
        assert!(timeline.indices.is_sorted_by(|one, next| one < next), "{:?}", timeline.indices);
        assert!(timeline.times.is_empty() || timeline.times.len() == timeline.values.len());
        assert!(timeline.values.iter().all(|value| value.is_finite() && *value > 0.0));
    }
    for replay in [false, true] {
        if replay && points > REPLAYED_POINTS_MOST {
            continue;
        }
        let request = Request {
            source: "input".to_owned(),
            replay,
            method: Method::default(),
            notes: Vec::new(),
            now: "2026-01-31T04:00:00Z".parse().expect("a time"),
        };
        let changes = changes(&timelines, &(), &request);
        fuzz::document::check_is_kept(&changes);
        assert_eq!(changes.series.len(), timelines.len(), "series were dropped");
    }
});
