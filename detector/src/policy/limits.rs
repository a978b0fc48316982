//! How a metric's limits are read.

use schema::{
    baselines::{Limits, PartialLimits},
    comparison::Metric,
};

/// In percent; for accuracy, in percentage points.
pub(super) fn percent(limits: &Limits, metric: Metric) -> f64 {
    match metric {
        Metric::Throughput => limits.throughput_decrease_percent,
        Metric::LatencyP50 => limits.latency_increase_percent,
        Metric::LatencyP95 => limits.latency_p95_percent(),
        Metric::LatencyP99 => limits.latency_p99_percent(),
        Metric::Memory => limits.memory_increase_percent,
        Metric::Accuracy => limits.accuracy_decrease * 100.0,
        Metric::Instructions => limits.instructions_increase_percent,
    }
}

/// What a change must come to as well, in [`floor_unit`]; `None` for any.
pub(super) fn floor(limits: &Limits, metric: Metric) -> Option<f64> {
    match metric {
        Metric::Throughput => limits.throughput_call_increase_ns,
        Metric::LatencyP50 | Metric::LatencyP95 | Metric::LatencyP99 => limits.latency_increase_ns,
        Metric::Memory => limits.memory_increase_bytes,
        Metric::Accuracy => None,
        Metric::Instructions => limits.instructions_increase_count,
    }
}

/// What floors of a metric count.
pub(crate) const fn floor_unit(metric: Metric) -> &'static str {
    match metric {
        Metric::Throughput => "ns a call",
        Metric::LatencyP50 | Metric::LatencyP95 | Metric::LatencyP99 => "ns",
        Metric::Memory => "B",
        Metric::Accuracy => "points",
        Metric::Instructions => "instructions",
    }
}

pub(super) const fn is_tail(metric: Metric) -> bool {
    matches!(metric, Metric::LatencyP95 | Metric::LatencyP99)
}

/// Whether a tail has limits of its own.
pub(super) const fn has_own(limits: &Limits, metric: Metric) -> bool {
    match metric {
        Metric::LatencyP95 => limits.latency_p95_increase_percent.is_some(),
        Metric::LatencyP99 => limits.latency_p99_increase_percent.is_some(),
        _ => true,
    }
}

/// Whether an override gives the metric a limit, in percent or as a floor.
pub(super) fn gives(limits: &PartialLimits, metric: Metric) -> bool {
    let is_any = |given: &[Option<f64>]| given.iter().any(Option::is_some);
    match metric {
        Metric::Throughput => is_any(&[limits.throughput_decrease_percent, limits.throughput_call_increase_ns]),
        Metric::LatencyP50 => is_any(&[limits.latency_increase_percent, limits.latency_increase_ns]),
        Metric::LatencyP95 => is_any(&[limits.latency_p95_increase_percent, limits.latency_increase_ns]),
        Metric::LatencyP99 => is_any(&[limits.latency_p99_increase_percent, limits.latency_increase_ns]),
        Metric::Memory => is_any(&[limits.memory_increase_percent, limits.memory_increase_bytes]),
        Metric::Accuracy => limits.accuracy_decrease.is_some(),
        Metric::Instructions => is_any(&[limits.instructions_increase_percent, limits.instructions_increase_count]),
    }
}
