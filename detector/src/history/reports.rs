//! Series of reports: a point a session, a series for each metric of each case and for each control, on each machine class.

use std::{collections::BTreeMap, sync::Arc};

use schema::{
    case::{CaseRow, Status},
    comparison::Metric,
    report::Report,
};

use super::{Subject, Timeline};
use crate::comparison::{is_same_work, metric, plural};

/// The series of some reports, and what is to say of reports that make none.
#[must_use]
pub fn timelines(mut reports: Vec<Report>) -> (Vec<Timeline>, Vec<String>) {
    let mut notes = Vec::new();
    let given = reports.len();
    reports.retain(is_comparable);
    if reports.len() < given {
        let left_out = plural(given - reports.len(), "report");
        notes.push(format!("left out: {left_out} that ran under emulation, slowed on purpose or capped"));
    }
    reports.sort_by(|one, other| (one.created, &one.platform).cmp(&(other.created, &other.platform)));
    let usable = reports.len();
    reports.dedup_by(|one, other| one == other);
    if reports.len() < usable {
        notes.push(format!("counted once: {} that the folder has twice", plural(usable - reports.len(), "report")));
    }
    let mut series: BTreeMap<String, Timeline> = BTreeMap::new();
    let mut machines: BTreeMap<String, (Arc<str>, i64)> = BTreeMap::new();
    // The work of a call as it is done now.
    let mut now: BTreeMap<(String, &str), &CaseRow> = BTreeMap::new();
    for report in &reports {
        now.extend(measured(report).map(|(id, row)| ((machine(report), id), row)));
    }
    let mut otherwise: BTreeMap<&str, usize> = BTreeMap::new();
    for report in &reports {
        let name = machine(report);
        let known = machines.entry(name.clone()).or_insert_with(|| (Arc::from(name.as_str()), 0));
        let (machine, session) = (Arc::clone(&known.0), known.1);
        known.1 += 1;
        let commit: Option<Arc<str>> = report.context.git.as_ref().map(|git| {
            let mark = if git.dirty { "-dirty" } else { "" };
            Arc::from(format!("{}{mark}", git.commit))
        });
        let mut add = |name: String, case: Option<&str>, metric: Option<Metric>, value: f64| {
            let timeline = series.entry(name.clone()).or_insert_with(|| Timeline {
                name,
                subject: Some(Subject {
                    platform: report.platform,
                    class: report.context.machine.class.clone().unwrap_or_default(),
                    case: case.map(str::to_owned),
                    metric,
                }),
                machine: Some(Arc::clone(&machine)),
                is_control: case.is_none(),
                ..Timeline::default()
            });
            timeline.values.push(value);
            timeline.indices.push(session);
            timeline.times.push(report.created);
            timeline.commits.push(commit.clone());
        };
        for (id, row) in measured(report) {
            if now.get(&(name.clone(), id)).is_some_and(|last| !is_same_work(row, last)) {
                *otherwise.entry(id).or_default() += 1;
                continue;
            }
            for metric in METRICS {
                if let Some(value) = value(row, metric) {
                    add(format!("{machine}/{id} {}", metric.name()), Some(id), Some(metric), value);
                }
            }
        }
        for (name, control) in &report.controls {
            let logs: Vec<f64> = control.launches.iter().map(|step_ns| step_ns.ln()).collect();
            if let Some(place) = statistics::location(&logs) {
                add(format!("{machine}/control {name} step_ns"), None, None, place.mean.exp());
            }
        }
    }
    for (id, count) in otherwise {
        notes.push(format!("left out: {} of {id} that did other work, or counted it otherwise", plural(count, "run")));
    }
    (series.into_values().collect(), notes)
}

/// The report without what makes no point: launches, and reasons for what was not measured.
#[must_use]
pub fn slim(mut report: Report) -> Report {
    for row in report.cases.values_mut() {
        row.launches = Vec::new();
        row.unmeasured = BTreeMap::new();
    }
    report
}

/// The cases of a report that have numbers.
fn measured(report: &Report) -> impl Iterator<Item = (&str, &CaseRow)> {
    report.cases.iter().filter(|(_, row)| row.status == Status::Measured).map(|(id, row)| (id.as_str(), row))
}

/// The machine of a report: its class, which begins with the platform unless somebody named it.
fn machine(report: &Report) -> String {
    let class = report.context.machine.class.as_deref().unwrap_or_default();
    let platform = report.platform.as_str();
    if class.contains(platform) { class.to_owned() } else { format!("{platform}.{class}") }
}

/// What makes a series. The share of outputs that agree with a reference is no quantity that creeps.
pub const METRICS: [Metric; 6] = [
    Metric::Throughput,
    Metric::LatencyP50,
    Metric::LatencyP95,
    Metric::LatencyP99,
    Metric::Memory,
    Metric::Instructions,
];

/// What a session says of a metric; `None` where it has none of it.
#[must_use]
pub fn value(row: &CaseRow, metric: Metric) -> Option<f64> {
    metric::value(metric, row).filter(|value| *value > 0.0)
}

/// What means nothing beside other runs makes no point.
pub(crate) fn is_comparable(report: &Report) -> bool {
    let context = &report.context;
    let machine = &context.machine;
    machine.class.is_some() && !machine.emulated && context.injected.is_empty() && context.isa_cap.is_none()
}
