//! Figures of a study whose truth is known: documents made by hand, and the table that comes of them.

use schema::{pair::Pair, report::Report};
use serde_json::{Value, json};
use study::{alarms, evidence::Evidence, findings};

const CASE: &str = "dot_f32/avx2/n10000";

fn context() -> Value {
    json!({
        "git": null,
        "machine": {
            "cpu_model": "made up", "cpu_id": "Made-1-1-1", "isa_levels": ["scalar", "avx2"], "logical_cpus": 2,
            "memory_bytes": null, "caches_bytes": {}, "os": "none", "kernel": "none", "virtualized": null,
            "emulated": false, "class": "made-up"
        },
        "program_sha256": null, "toolchain": null, "settings": [], "environment": {},
        "clock_precision_ns": 20.0, "probe_floor_ns": 2000.0, "seed": 42, "injected": {}, "isa_cap": null
    })
}

fn launch(time: f64) -> Value {
    json!({
        "throughput": 1e9 / time, "latency_p50_ns": 1000.0 * time, "samples": 60, "accepted_share": 0.9,
        "ungated_throughput": 1e9 / time, "ungated_p50_ns": 1000.0 * time, "iterations_per_sample": 16,
        "peak_memory_bytes": 9_000_000, "cpu_percent": 99.0, "stolen_ns": 0, "switches": 0
    })
}

/// A session in minute `minute` whose calls take `time` times as long as usual, launches 0.1 % apart.
fn session(minute: u32, time: f64) -> Report {
    let launches: Vec<Value> = [0.999, 1.0, 1.001].map(|launch_time| launch(time * launch_time)).into();
    serde_json::from_value(json!({
        "schema_version": 2, "platform": "linux-x86_64", "created": format!("2026-01-31T04:{minute:02}:00Z"),
        "profile": "quick", "context": context(), "controls": {}, "dispatch": {},
        "cases": { CASE: {
            "status": "measured", "reason": null, "bound": "throughput", "work": null,
            "throughput": { "value": 1e9 / time, "unit": "flops_per_second" },
            "latency": { "p50_ns": 1000.0 * time, "p95_ns": null, "p99_ns": null, "mean_ns": null, "min_ns": null },
            "launches": launches, "smallest_change_percent": 3.9, "interval_percent": 0.1, "peak_memory_bytes": 9_000_000,
            "allocations": null, "allocated_bytes": null, "cpu_percent": 99.0, "accuracy": 1.0, "instructions": null,
            "checksum": null, "unmeasured": {}
        } }
    }))
    .unwrap()
}

/// A pair whose candidate takes `time` times as long, surely within 0.2 %.
fn pair(time: f64) -> Pair {
    let launches = vec![time; 6];
    let ratio = json!({ "launches": launches, "value": time, "interval": [time - 0.002, time + 0.002] });
    let side = json!({
        "status": "measured", "launches": [launch(1.0)], "peak_memory_bytes": 9_000_000, "accuracy": 1.0,
        "instructions": null, "checksum": null
    });
    serde_json::from_value(json!({
        "schema_version": 2, "platform": "linux-x86_64", "created": "2026-01-31T04:00:00Z", "profile": "quick",
        "interleaved": "slices", "baseline": context(), "candidate": context(), "controls": {},
        "cases": { CASE: {
            "status": "measured", "reason": null, "bound": "throughput", "work": null, "unit": "flops_per_second",
            "baseline": side, "candidate": side, "throughput_time": ratio, "latency_p50_time": ratio, "unmeasured": {}
        } }
    }))
    .unwrap()
}

/// The cells of the first row that begins so.
fn row(text: &str, start: &str) -> Vec<String> {
    let line = text.lines().find(|line| line.starts_with(&format!("| {start}"))).unwrap_or_else(|| panic!("{text}"));
    line.split(" | ").map(|cell| cell.trim_matches(['|', ' ']).to_owned()).collect()
}

#[test]
fn runs_that_changed_nothing_do_not_alarm_and_one_that_did_does() {
    let mut sessions: Vec<Report> = (0..8).map(|minute| session(minute, 1.0)).collect();
    assert_eq!(alarms::against_the_one_before(&sessions).unwrap().critical_runs, 0);
    sessions.push(session(8, 1.4));
    let alarms = alarms::against_the_one_before(&sessions).unwrap();
    // Throughput and latency of the one case.
    assert_eq!((alarms.runs, alarms.critical_runs, alarms.critical, alarms.comparisons), (8, 1, 2, 16));
}

#[test]
fn a_suspect_that_its_pair_does_not_confirm_is_no_confirmed_alarm() {
    let mut sessions: Vec<Report> = (0..4).map(|minute| session(minute, 1.0)).collect();
    sessions[3] = session(3, 1.4);
    let mut evidence = Evidence { sessions, ..Evidence::default() };
    evidence.suspects.insert(3, pair(1.0));
    evidence.pairs.insert(0, vec![pair(1.0)]);
    let confirmed = |evidence: &Evidence| {
        row(&findings::tables(evidence).unwrap(), "nothing changed: runs with a confirmed critical verdict")[2].clone()
    };
    assert_eq!(confirmed(&evidence), "0 of 3");
    evidence.suspects.insert(3, pair(1.4));
    assert_eq!(confirmed(&evidence), "1 of 3");
}

#[test]
fn the_table_counts_what_pairs_found() {
    let mut evidence = Evidence { sessions: vec![session(0, 1.0), session(1, 1.0)], ..Evidence::default() };
    evidence.pairs.insert(0, vec![pair(1.0), pair(1.001)]);
    evidence.pairs.insert(1, vec![pair(1.01), pair(1.0)]);
    let text = findings::tables(&evidence).unwrap();
    assert_eq!(row(&text, "nothing changed, called slower by `pair`")[2], "0.00 %");
    assert_eq!(row(&text, "1 % slower, found by `pair`")[2], "50.00 %");
    assert!(row(&text, "half-width of the 95 % interval")[2].starts_with("0.20"), "{text}");
}

#[test]
fn a_folder_with_nothing_in_it_has_a_table_without_figures() {
    let text = findings::tables(&Evidence::default()).unwrap();
    assert!(text.starts_with("| figure |") && !text.contains("NaN"), "{text}");
}
