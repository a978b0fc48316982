//! Documents made by hand, of which the truth is known.

use schema::{pair::Pair, report::Report};
use serde_json::{Value, json};

pub(crate) const CASE: &str = "dot_f32/avx2/n10000";

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

/// A session in minute `minute` of a day whose calls take `time` times as long as usual, launches 0.1 % apart.
pub(crate) fn session(minute: u32, time: f64) -> Report {
    let launches: Vec<Value> = [0.999, 1.0, 1.001].map(|launch_time| launch(time * launch_time)).into();
    serde_json::from_value(json!({
        "schema_version": 2, "platform": "linux-x86_64", "created": format!("2026-01-31T{:02}:{:02}:00Z", minute / 60, minute % 60),
        "profile": "quick", "context": context(), "controls": {}, "dispatch": {},
        "cases": { CASE: {
            "status": "measured", "reason": null, "bound": "throughput", "work": null,
            "throughput": { "value": 1e9 / time, "unit": "flops_per_second" },
            "latency": { "p50_ns": 1000.0 * time, "p95_ns": null, "p99_ns": null, "mean_ns": null, "min_ns": null },
            "launches": launches, "smallest_change_percent": 3.9, "interval_percent": 0.1, "peak_memory_bytes": 9_000_000,
            "allocations": null, "allocated_bytes": null, "cpu_percent": 99.0, "accuracy": 1.0, "instructions": null,
            "checksum": null, "unmeasured": unmeasured(&[
                "latency.p95_ns", "latency.p99_ns", "latency.mean_ns", "latency.min_ns", "allocations",
                "allocated_bytes", "instructions", "checksum"
            ])
        } }
    }))
    .unwrap()
}

/// A pair whose candidate takes `time` times as long, surely within 0.2 %.
pub(crate) fn pair(time: f64) -> Pair {
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
            "baseline": side, "candidate": side, "throughput_time": ratio, "latency_p50_time": ratio,
            "unmeasured": unmeasured(&["instructions", "checksum"])
        } }
    }))
    .unwrap()
}

/// A reason for each of these.
fn unmeasured(fields: &[&str]) -> Value {
    fields.iter().map(|&field| (field.to_owned(), json!("made by hand"))).collect::<serde_json::Map<_, _>>().into()
}
