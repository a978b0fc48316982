//! How a metric is read from a case's row, and which way is worse.

use schema::{
    case::{CaseRow, Launch, ThroughputUnit, Work},
    comparison::{AppliedThresholds, Metric, Unit},
};

use crate::verdict::Bars;

/// How a metric comes about, and so what can be known of its spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Each launch gives a number: their spread is known.
    Timed,
    /// Each session gives a number: how it spreads is learnt from several sessions, or not at all.
    Tail,
    /// Counted, not timed: the same code gives the same number.
    Counted,
}

pub(super) const fn kind(metric: Metric) -> Kind {
    match metric {
        Metric::Throughput | Metric::LatencyP50 | Metric::Memory => Kind::Timed,
        Metric::LatencyP95 | Metric::LatencyP99 => Kind::Tail,
        Metric::Accuracy | Metric::Instructions => Kind::Counted,
    }
}

/// +1 where more is worse, −1 where more is better.
pub(crate) const fn sign_of_worse(metric: Metric) -> f64 {
    match metric {
        Metric::Throughput | Metric::Accuracy => -1.0,
        _ => 1.0,
    }
}

/// Whether it says how fast the code is.
pub(crate) const fn is_speed(metric: Metric) -> bool {
    match metric {
        Metric::Throughput | Metric::LatencyP50 | Metric::LatencyP95 | Metric::LatencyP99 => true,
        Metric::Memory | Metric::Accuracy | Metric::Instructions => false,
    }
}

/// What more and less of it are called, after a number.
pub(super) const fn noun(metric: Metric) -> &'static str {
    match metric {
        Metric::Throughput => "throughput",
        Metric::LatencyP50 | Metric::LatencyP95 | Metric::LatencyP99 => "time",
        Metric::Memory => "memory",
        Metric::Accuracy => "accuracy",
        Metric::Instructions => "instructions",
    }
}

/// The key of its reason in a row's `unmeasured`.
const fn field(metric: Metric) -> &'static str {
    match metric {
        Metric::Throughput => "throughput.value",
        Metric::LatencyP50 => "latency.p50_ns",
        Metric::LatencyP95 => "latency.p95_ns",
        Metric::LatencyP99 => "latency.p99_ns",
        Metric::Memory => "peak_memory_bytes",
        Metric::Accuracy => "accuracy",
        Metric::Instructions => "instructions",
    }
}

/// The session's number.
pub(crate) fn value(metric: Metric, row: &CaseRow) -> Option<f64> {
    match metric {
        Metric::Throughput => row.throughput.value,
        Metric::LatencyP50 => row.latency.p50_ns,
        Metric::LatencyP95 => row.latency.p95_ns,
        Metric::LatencyP99 => row.latency.p99_ns,
        Metric::Memory => row.peak_memory_bytes.map(|bytes| bytes as f64),
        Metric::Accuracy => row.accuracy,
        Metric::Instructions => row.instructions.filter(|&count| count > 0).map(|count| count as f64),
    }
}

/// The numbers of a session's launches, as far as they had enough accepted samples. A session without launches, as
/// importers make them, has its one number.
pub(super) fn launches(metric: Metric, row: &CaseRow) -> Vec<f64> {
    if row.launches.is_empty() {
        return value(metric, row).into_iter().collect();
    }
    row.launches.iter().filter_map(|launch| of_launch(metric, launch)).collect()
}

/// The number of a launch, where it had enough accepted samples.
pub(super) fn of_launch(metric: Metric, launch: &Launch) -> Option<f64> {
    match metric {
        Metric::Throughput => launch.throughput,
        Metric::LatencyP50 => launch.latency_p50_ns,
        Metric::Memory => launch.peak_memory_bytes.filter(|&bytes| bytes > 0).map(|bytes| bytes as f64),
        Metric::LatencyP95 | Metric::LatencyP99 | Metric::Accuracy | Metric::Instructions => None,
    }
}

pub(crate) fn unit(metric: Metric, throughput: Option<ThroughputUnit>) -> Unit {
    match metric {
        Metric::Throughput => match throughput {
            Some(ThroughputUnit::FlopsPerSecond) => Unit::FlopsPerSecond,
            Some(ThroughputUnit::BytesPerSecond) => Unit::BytesPerSecond,
            Some(ThroughputUnit::ElementsPerSecond) => Unit::ElementsPerSecond,
            Some(ThroughputUnit::TokensPerSecond) => Unit::TokensPerSecond,
            None => Unit::PerSecond,
        },
        Metric::LatencyP50 | Metric::LatencyP95 | Metric::LatencyP99 => Unit::Ns,
        Metric::Memory => Unit::Bytes,
        Metric::Accuracy => Unit::Share,
        Metric::Instructions => Unit::Instructions,
    }
}

/// Why a row does not have enough of it: its stated reason, and what became of its launches.
pub(super) fn shortage(metric: Metric, row: &CaseRow) -> String {
    let had = launches(metric, row).len();
    let stated = row.unmeasured.get(field(metric)).cloned();
    let launches = (had < row.launches.len() && kind(metric) == Kind::Timed).then(|| {
        let shares: Vec<f64> = row.launches.iter().filter_map(|launch| launch.accepted_share).collect();
        let lowest = shares.iter().copied().fold(f64::INFINITY, f64::min) * 100.0;
        let highest = shares.iter().copied().fold(0.0, f64::max) * 100.0;
        let accepted = if shares.is_empty() {
            String::new()
        } else {
            format!(" (accepted share {lowest:.0} % to {highest:.0} %)")
        };
        format!("{had} of {} launches had enough undisturbed samples{accepted}", row.launches.len())
    });
    let said: Vec<String> = stated.into_iter().chain(launches).collect();
    if said.is_empty() { "no reason is given".to_owned() } else { said.join("; ") }
}

/// A value and a change on the scale on which changes are judged: logarithms, or percentage points for accuracy.
pub(super) fn judged_scale(metric: Metric, value: f64) -> f64 {
    if metric == Metric::Accuracy { value * 100.0 } else { value.ln() }
}

/// A change on that scale in percent of the baseline, or in percentage points for accuracy.
pub(super) fn percent(metric: Metric, change: f64) -> f64 {
    if metric == Metric::Accuracy { change } else { statistics::percent_of_log(change) }
}

/// A change in percent, or in points, on the scale on which changes are judged.
pub(super) fn log_of_percent(metric: Metric, percent: f64) -> f64 {
    if metric == Metric::Accuracy { percent } else { (percent / 100.0).ln_1p() }
}

/// What 100 % of a case is in the unit of the metric's floors: the time of a call in nanoseconds for throughput, else the
/// value itself. `None` where the work of a call is not known.
pub(super) fn scale(metric: Metric, value: f64, work: Option<Work>, unit: Option<ThroughputUnit>) -> Option<f64> {
    if metric != Metric::Throughput {
        return Some(value);
    }
    let work = work?;
    let count = match unit? {
        ThroughputUnit::FlopsPerSecond => work.flops,
        ThroughputUnit::BytesPerSecond => work.bytes,
        ThroughputUnit::ElementsPerSecond => work.elements,
        ThroughputUnit::TokensPerSecond => work.tokens?,
    };
    Some(count as f64 / value * 1e9)
}

/// The thresholds on that scale, for the worse. A decrease of throughput by 15 % is a time of 1 / 0.85. `scale` is what
/// 100 % of the case is in the unit of the floors; without it they do not count.
pub(crate) fn bars(metric: Metric, thresholds: &AppliedThresholds, scale: Option<f64>) -> Bars {
    let bar = |percent: f64| match metric {
        Metric::Throughput => -(-percent / 100.0).ln_1p(),
        // Half a point must be half a point, whatever is left over from subtracting two shares.
        Metric::Accuracy => percent - 1e-9,
        _ => (percent / 100.0).ln_1p(),
    };
    let floor = |floor: Option<f64>| floor.zip(scale).map_or(0.0, |(floor, scale)| (floor / scale).ln_1p());
    let warning = bar(thresholds.warning_percent).max(floor(thresholds.warning_floor));
    let critical = bar(thresholds.critical_percent).max(floor(thresholds.critical_floor));
    // What is too little to look at is too little to act on.
    Bars { warning, critical: critical.max(warning) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thresholds(critical_percent: f64, warning_percent: f64) -> AppliedThresholds {
        AppliedThresholds {
            critical_percent,
            warning_percent,
            critical_floor: None,
            warning_floor: None,
            source: "thresholds".to_owned(),
        }
    }

    #[test]
    fn a_decrease_of_throughput_by_20_percent_is_an_increase_of_time_by_25() {
        let throughput = bars(Metric::Throughput, &thresholds(20.0, 8.0), None);
        let latency = bars(Metric::LatencyP50, &thresholds(25.0, 8.0), None);
        assert!((throughput.critical - latency.critical).abs() < 1e-12);
    }

    #[test]
    fn a_decrease_of_throughput_by_all_of_it_is_never_reached() {
        assert!(bars(Metric::Throughput, &thresholds(100.0, 8.0), None).critical.is_infinite());
    }

    #[test]
    fn a_change_turned_into_percent_and_back_is_the_same() {
        let bars = bars(Metric::Memory, &thresholds(30.0, 20.0), None);
        assert!((percent(Metric::Memory, bars.warning) - 20.0).abs() < 1e-9);
    }

    #[test]
    fn a_floor_above_the_percentage_decides_and_one_below_it_does_not() {
        let floor = AppliedThresholds { warning_floor: Some(50.0), ..thresholds(25.0, 15.0) };
        let warning = |scale| percent(Metric::LatencyP50, bars(Metric::LatencyP50, &floor, Some(scale)).warning);
        assert!((warning(100.0) - 50.0).abs() < 1e-9 && (warning(1000.0) - 15.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_below_the_warning_floor_is_never_critical() {
        let floor = AppliedThresholds { warning_floor: Some(50.0), ..thresholds(25.0, 15.0) };
        let bars = bars(Metric::LatencyP50, &floor, Some(100.0));
        assert!(bars.critical >= bars.warning);
    }

    #[test]
    fn the_floor_of_throughput_counts_the_time_of_a_call() {
        let work = Work { flops: 1000, bytes: 0, elements: 0, tokens: None };
        let scale = scale(Metric::Throughput, 1e9, Some(work), Some(ThroughputUnit::FlopsPerSecond));
        assert!((scale.expect("work") - 1000.0).abs() < 1e-9, "a thousand operations at 1 Gflop/s take a microsecond");
    }

    #[test]
    fn a_floor_does_not_count_where_the_work_of_a_call_is_not_known() {
        assert_eq!(scale(Metric::Throughput, 1e9, None, None), None);
    }
}
