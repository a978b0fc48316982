//! The findings of a study as tables: each figure with its interval, what it was counted over, and what it cost.

use anyhow::Result;
use schema::{
    baselines::Thresholds,
    case::{Bound, Launch},
    comparison::Metric,
    pair::Pair,
    report::Report,
};

use crate::{
    alarms::{self, Against, Alarms},
    cases::{LEVELS, factor},
    criterion::{self, Bar, Means},
    detection::{self, Detection, Flagged},
    draw::Draw,
    evidence::{Evidence, pairs_of, sessions_of},
    spread,
    table::{Format, Table},
};

/// How many are drawn from the pool of real launches, for rates too small to be seen directly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draws {
    /// Runs: so many, and so many in all.
    pub runs: [u64; 2],
    /// Ratios of each slowdown.
    pub ratios: usize,
}

impl Draws {
    /// What a study says.
    pub const USUAL: Self = Self { runs: [1_000, 10_000], ratios: 10_000 };
}

/// The bars of the usual setup, in percent.
const BARS: [f64; 2] = [5.0, 10.0];

/// What a table says where there is nothing to say.
const NOTHING: &str = "–";

const TIMED: [Metric; 2] = [Metric::Throughput, Metric::LatencyP50];

/// The tables of a study.
///
/// # Errors
///
/// When the detector cannot compare its runs.
pub fn tables(evidence: &Evidence, draws: Draws, format: Format) -> Result<String> {
    let mut table = Table::new(&[
        "figure",
        ">usual setup",
        ">found here",
        ">95 % interval",
        ">of",
        ">at least",
        ">aim",
        ">time",
        ">accepted",
        ">inconclusive",
        "remarks",
    ]);
    let mut lines = nothing_changed(evidence, draws)?;
    lines.extend(spreads(evidence));
    lines.extend(slowdowns(evidence, draws)?);
    lines.extend(half_widths(evidence));
    lines.extend(instructions(&evidence.counted));
    for line in lines {
        table.push(line.cells());
    }
    let parts = [
        table.print(format),
        cost(evidence),
        per_case(evidence).print(format),
        really_slower(evidence).print(format),
        NOTES.replace("{SETUP}", criterion::SETUP),
    ];
    Ok(parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n"))
}

/// What the columns mean, and what a reader must know of them.
const NOTES: &str = "\
usual setup: {SETUP} of 5 % / 10 %, each run held against the one before it; slowed in arithmetic where a slowdown is told of\n\
comparisons: throughput and the latencies p50, p95 and p99 of each case, as far as there are calls enough\n\
found here: a slowdown is found where the 95 % interval lies wholly on the slow side; without an interval it is not found\n\
95 % interval: Clopper and Pearson's; it takes every comparison for itself, though those of one run share its minute\n\
resampled: launches drawn with replacement from one real session or pair at a time, which stays whole; not measured\n\
confirmed: a suspect that was not measured side by side, or without a figure, stays an alarm\n\
time: of the steps that the figure comes from; accepted: samples that no neighbour disturbed, the median of launches and the \
lowest 5 %\n";

/// One line of the table.
#[derive(Default)]
struct Line {
    figure: String,
    usual: String,
    found: String,
    interval: String,
    of: String,
    least: &'static str,
    aim: &'static str,
    time: String,
    accepted: String,
    inconclusive: String,
    remarks: String,
}

impl Line {
    /// A share, with its interval and what it was counted over.
    fn share(self, count: u64, all: u64, noun: &str) -> Self {
        if all == 0 {
            let remarks = if self.remarks.is_empty() { "not run yet".to_owned() } else { self.remarks };
            return Self { remarks, ..self };
        }
        Self { found: share(count, all), interval: interval_of(count, all), of: format!("{all} {noun}"), ..self }
    }

    fn cells(self) -> Vec<String> {
        let cells = [
            self.figure,
            self.usual,
            self.found,
            self.interval,
            self.of,
            self.least.to_owned(),
            self.aim.to_owned(),
            self.time,
            self.accepted,
            self.inconclusive,
        ];
        let shown = cells.into_iter().map(|cell| if cell.is_empty() { NOTHING.to_owned() } else { cell });
        shown.chain([self.remarks]).collect()
    }
}

fn nothing_changed(evidence: &Evidence, draws: Draws) -> Result<Vec<Line>> {
    let sessions = &evidence.sessions;
    let bars = BARS.map(|percent| Bar::consecutive(&evidence.criterion, percent));
    let mut held = Vec::new();
    for against in Against::ALL {
        held.push((against, alarms::over(sessions, &evidence.suspects, against)?));
    }
    let resampled = drawn_runs(sessions, evidence.pairs.get(&0).map_or(&[], Vec::as_slice), draws.runs)?;

    let usual = both(bars.map(|bar| (bar.alarmed_runs, bar.runs)), "runs");
    let mut lines: Vec<Line> = Vec::new();
    for (against, alarms) in &held {
        let line = Line {
            figure: format!("nothing changed, {}: runs with a confirmed critical verdict", baseline(*against, alarms)),
            usual: usual.clone(),
            least: "none in 150",
            aim: "none in 1,000",
            time: time(evidence, &[sessions_of(0), "suspects".to_owned()]),
            accepted: accepted_of_sessions(sessions),
            inconclusive: format!("{} suspects", alarms.unsettled),
            remarks: if alarms.runs == 0 {
                too_short(*against)
            } else {
                format!("{} before confirmation", alarms.critical_runs)
            },
            ..Line::default()
        };
        lines.push(line.share(alarms.confirmed_runs, alarms.runs, "runs"));
    }
    for alarms in &resampled {
        let line = Line {
            figure: "the same, resampled".to_owned(),
            least: "none in 150",
            aim: "none in 1,000",
            inconclusive: format!("{} suspects", alarms.unsettled),
            remarks: format!("{} before confirmation", alarms.critical_runs),
            ..Line::default()
        };
        lines.push(line.share(alarms.confirmed_runs, alarms.runs, "runs"));
    }
    let usual = both(bars.map(|bar| (bar.alarms, bar.comparisons)), "");
    for (against, alarms) in &held {
        let line = Line {
            figure: format!("nothing changed, {}: called warning or critical", baseline(*against, alarms)),
            usual: usual.clone(),
            least: "0.5 %",
            aim: "0.05 %",
            time: time(evidence, &[sessions_of(0)]),
            accepted: accepted_of_sessions(sessions),
            inconclusive: alarms.inconclusive.to_string(),
            remarks: if alarms.runs == 0 { too_short(*against) } else { of_alarms(alarms) },
            ..Line::default()
        };
        lines.push(line.share(alarms.warning + alarms.critical, alarms.comparisons, "comparisons"));
    }
    if let Some(alarms) = resampled.last() {
        let line = Line {
            figure: "the same, resampled".to_owned(),
            least: "0.5 %",
            aim: "0.05 %",
            inconclusive: alarms.inconclusive.to_string(),
            remarks: of_alarms(alarms),
            ..Line::default()
        };
        lines.push(line.share(alarms.warning + alarms.critical, alarms.comparisons, "comparisons"));
    }
    Ok(lines)
}

/// What the baseline is, and how much older it really was: an hour only where the study lasted so long.
fn baseline(against: Against, alarms: &Alarms) -> String {
    let what = match against {
        Against::Before => "against the run before",
        Against::HourOld => "against an old run",
        Against::Three => "against three runs",
    };
    statistics::median(&alarms.ages_minutes)
        .map_or_else(|| what.to_owned(), |minutes| format!("{what}, {minutes:.1} min older"))
}

fn too_short(against: Against) -> String {
    match against {
        Against::HourOld => "the study is too short: no run has one that is 20 min older".to_owned(),
        Against::Before | Against::Three => "the study is too short".to_owned(),
    }
}

fn of_alarms(alarms: &Alarms) -> String {
    let without = if alarms.without > 0 { format!("; {} without a figure", alarms.without) } else { String::new() };
    format!("{} critical, {} warning{without}", alarms.critical, alarms.warning)
}

/// Runs that never were, the counts at each of `runs`: each a session's, its launches drawn from that session's own,
/// against another's, and its suspects held side by side in a pair that is drawn in the same way.
fn drawn_runs(sessions: &[Report], pairs: &[Pair], runs: [u64; 2]) -> Result<Vec<Alarms>> {
    if sessions.len() < 2 {
        return Ok(Vec::new());
    }
    let mut draw = Draw::new(1);
    let mut alarms = Alarms::default();
    let mut at = Vec::new();
    while alarms.runs < runs[1] {
        let one = draw.below(sessions.len());
        let other = (one + 1 + draw.below(sessions.len() - 1)) % sessions.len();
        let (baseline, candidate) = (redrawn(&sessions[one], &mut draw), redrawn(&sessions[other], &mut draw));
        let judged = alarms::verdicts(&[&baseline], &candidate)?;
        let confirmation = if pairs.is_empty() {
            Vec::new()
        } else {
            alarms::pair_verdicts(&redrawn_pair(draw.one(pairs).clone(), &mut draw))?
        };
        alarms.add(&judged, &confirmation);
        if runs.contains(&alarms.runs) {
            at.push(alarms.clone());
        }
    }
    Ok(at)
}

/// The session with its launches drawn anew, from its own and with them put back.
fn redrawn(session: &Report, draw: &mut Draw) -> Report {
    let mut session = session.clone();
    for row in session.cases.values_mut().filter(|row| !row.launches.is_empty()) {
        row.launches = draw.some(&row.launches, row.launches.len());
    }
    session
}

/// The same of a pair, whose launches are factors.
fn redrawn_pair(mut pair: Pair, draw: &mut Draw) -> Pair {
    for row in pair.cases.values_mut() {
        for ratio in [&mut row.throughput_time, &mut row.latency_p50_time].into_iter().flatten() {
            if !ratio.launches.is_empty() {
                ratio.launches = draw.some(&ratio.launches, ratio.launches.len());
            }
        }
    }
    pair
}

fn spreads(evidence: &Evidence) -> Vec<Line> {
    let spreads = spread::of(&evidence.sessions);
    let kinds = [
        ("launch to launch, robust sd, bound by throughput", Bound::Throughput, "0.8 %", "0.1 %"),
        ("the same, bound by cache or memory", Bound::Memory, "2 %", "1 %"),
        ("the same, bound by latency", Bound::Latency, "", ""),
    ];
    let line = |(figure, bound, least, aim): (&str, Bound, &'static str, &'static str)| {
        let (gated, ungated, cases) = spread::median_of(&spreads, bound)?;
        Some(Line {
            figure: figure.to_owned(),
            found: format!("{gated:.2} %"),
            of: format!("{cases} cases, {} runs", evidence.sessions.len()),
            least,
            aim,
            time: time(evidence, &[sessions_of(0)]),
            accepted: accepted_of_sessions(&evidence.sessions),
            remarks: format!("median over cases; of all samples, disturbed ones too, {ungated:.2} %"),
            ..Line::default()
        })
    };
    kinds.into_iter().filter_map(line).collect()
}

/// What is asked of a pair at each slowdown.
const fn aim(level: u32) -> (&'static str, &'static str) {
    match level {
        1 => ("30 %", "80 %"),
        2 => ("80 %", "99 %"),
        5 => ("95 %", "99 %"),
        10 => ("99 %", "100 %"),
        _ => ("", ""),
    }
}

/// Slowdowns that are also told by the default thresholds: those that may pass one.
const TOLD_BY_THRESHOLDS: [u32; 2] = [10, 20];

fn slowdowns(evidence: &Evidence, draws: Draws) -> Result<Vec<Line>> {
    let none = evidence.pairs.get(&0).map_or(&[][..], Vec::as_slice);
    let mut lines = Vec::new();
    for level in LEVELS {
        let what = if level == 0 { "nothing changed".to_owned() } else { format!("{level} % slower") };
        let verb = if level == 0 { "called slower" } else { "found" };
        let pairs = evidence.pairs.get(&level).map_or(&[][..], Vec::as_slice);
        let bars = BARS.map(|percent| Bar::consecutive_slowed(&evidence.criterion, factor(level), percent));
        let usual = both(bars.map(|bar| (bar.alarms, bar.comparisons)), "");
        let (least, aim) = aim(level);
        let seen = Detection::of(pairs, factor(level));
        let line = Line {
            figure: format!("{what}, {verb} by `pair`"),
            usual: usual.clone(),
            least,
            aim,
            time: time(evidence, &[pairs_of(level)]),
            accepted: accepted_of_pairs(pairs),
            inconclusive: format!("{} without", seen.without),
            remarks: if seen.ratios == 0 {
                String::new()
            } else {
                let (reversed, missed) = (seen.reversed, seen.missed_truth);
                format!("{reversed} called faster; the interval misses {:.2} in {missed}", factor(level))
            },
            ..Line::default()
        };
        lines.push(line.share(seen.found, seen.ratios, "ratios"));
        let resampled = detection::resampled(none, factor(level), draws.ratios, u64::from(level));
        let line = Line {
            figure: "the same, resampled".to_owned(),
            least,
            aim,
            inconclusive: format!("{} without", resampled.without),
            remarks: "from pairs that changed nothing, slowed in arithmetic".to_owned(),
            ..Line::default()
        };
        lines.push(line.share(resampled.found, resampled.ratios, "ratios"));
        if TOLD_BY_THRESHOLDS.contains(&level) {
            let flagged = Flagged::of_pairs(pairs, &[Metric::Throughput])?;
            lines.push(by_thresholds(format!("{what}, throughput called warning or critical by `pair`"), &flagged));
        }
        if level > 0 {
            lines.extend(by_a_run_alone(evidence, level, &what, &usual)?);
        }
    }
    Ok(lines)
}

/// What a run finds that is held against earlier ones, without a pair.
fn by_a_run_alone(evidence: &Evidence, level: u32, what: &str, usual: &str) -> Result<Vec<Line>> {
    let slowed = evidence.slowed_sessions.get(&level).map_or(&[][..], Vec::as_slice);
    let mut lines = Vec::new();
    for (count, baseline) in [(1, "a fresh session"), (3, "three fresh sessions")] {
        let seen = Flagged::of_runs(&evidence.sessions, slowed, count, &TIMED)?;
        let line = Line {
            figure: format!("{what}, found by `measure` against {baseline}"),
            usual: usual.to_owned(),
            time: time(evidence, &[sessions_of(level)]),
            accepted: accepted_of_sessions(slowed),
            inconclusive: seen.inconclusive.to_string(),
            ..Line::default()
        };
        lines.push(line.share(seen.surely_worse, seen.comparisons, "comparisons"));
        if TOLD_BY_THRESHOLDS.contains(&level) {
            let flagged = Flagged::of_runs(&evidence.sessions, slowed, count, &[Metric::Throughput])?;
            let figure = format!("{what}, throughput called warning or critical against {baseline}");
            lines.push(by_thresholds(figure, &flagged));
        }
    }
    Ok(lines)
}

fn by_thresholds(figure: String, flagged: &Flagged) -> Line {
    if flagged.comparisons == 0 {
        return Line { figure, ..Line::default() }.share(0, 0, "");
    }
    let Thresholds { critical, warning } = Thresholds::default();
    let line = Line {
        figure,
        inconclusive: flagged.inconclusive.to_string(),
        remarks: format!(
            "{} critical, {} warning; warned from {} % less throughput, critical from {} %",
            flagged.critical,
            flagged.warning,
            warning.throughput_decrease_percent,
            critical.throughput_decrease_percent
        ),
        ..Line::default()
    };
    line.share(flagged.warning + flagged.critical, flagged.comparisons, "comparisons")
}

fn half_widths(evidence: &Evidence) -> Option<Line> {
    let pairs = evidence.pairs.get(&0).map_or(&[][..], Vec::as_slice);
    let seen = Detection::of(pairs, 1.0);
    let median = statistics::median(&seen.half_widths_percent)?;
    let most = statistics::quantile(&seen.half_widths_percent, 0.95).unwrap_or(median);
    Some(Line {
        figure: "half-width of the interval of a ratio from `pair`, one second a case and build".to_owned(),
        found: format!("{median:.2} %"),
        of: format!("{} ratios", seen.half_widths_percent.len()),
        least: "0.8 %",
        aim: "0.2 %",
        time: time(evidence, &[pairs_of(0)]),
        accepted: accepted_of_pairs(pairs),
        inconclusive: format!("{} without", seen.without),
        remarks: format!("median over cases and modes; 95 of 100 below {most:.2} %"),
        ..Line::default()
    })
}

fn instructions(counted: &[Report]) -> Option<Line> {
    let first = counted.first()?;
    let line = Line {
        figure: "instruction counts: difference between two runs of one build".to_owned(),
        least: "0.01 %",
        aim: "0",
        ..Line::default()
    };
    if first.cases.values().all(|row| row.instructions.is_none()) {
        let why = first.cases.values().find_map(|row| row.unmeasured.get("instructions")).cloned().unwrap_or_default();
        return Some(Line { found: "not counted here".to_owned(), remarks: why, ..line });
    }
    let Some(other) = counted.get(1) else {
        return Some(Line { remarks: "the second run is still to come".to_owned(), ..line });
    };
    let pairs =
        first.cases.iter().filter_map(|(case, row)| Some((row.instructions?, other.cases.get(case)?.instructions?)));
    let changes: Vec<f64> = pairs.map(|(one, other)| (other as f64 / one as f64 - 1.0).abs() * 100.0).collect();
    let most = changes.iter().copied().fold(0.0, f64::max);
    Some(Line {
        found: format!("{} %", if most > 0.0 { format!("{most:.2e}") } else { "0".to_owned() }),
        of: format!("{} cases", changes.len()),
        remarks: "the largest; one shape of each kernel is counted".to_owned(),
        ..line
    })
}

/// What each case's spread and half-width were: the medians hide the worst.
fn per_case(evidence: &Evidence) -> Table {
    let mut table = Table::new(&[
        "case",
        "bound",
        ">launch to launch",
        ">ungated",
        ">half-width by `pair`",
        ">1 % found",
        ">2 % found",
        ">5 % found",
    ]);
    for (case, spread) in spread::of(&evidence.sessions) {
        let of = |level: u32| {
            let only = |pair: &Pair| {
                let mut pair = pair.clone();
                pair.cases.retain(|id, _| *id == case);
                pair
            };
            let pairs: Vec<Pair> = evidence.pairs.get(&level).into_iter().flatten().map(only).collect();
            Detection::of(&pairs, factor(level))
        };
        let half = statistics::median(&of(0).half_widths_percent);
        let found = [1, 2, 5].map(of).map(|seen| share(seen.found, seen.ratios));
        let mut cells = vec![
            case.clone(),
            format!("{:?}", spread.bound).to_lowercase(),
            format!("{:.2} %", spread.gated_percent),
            format!("{:.2} %", spread.ungated_percent),
            half.map_or_else(|| NOTHING.to_owned(), |half| format!("{half:.2} %")),
        ];
        cells.extend(found);
        table.push(cells);
    }
    table
}

/// What a pair says of variants that really are slower, and what criterion's bars say.
fn really_slower(evidence: &Evidence) -> Table {
    let mut table = Table::new(&["really slower variant", "`pair` says", ">found", ">usual setup, 5 % / 10 % bar"]);
    let cases = evidence.slowed.iter().flat_map(|pair| pair.cases.keys());
    for case in cases.collect::<std::collections::BTreeSet<_>>() {
        let rows: Vec<_> = evidence.slowed.iter().filter_map(|pair| pair.cases.get(case)).collect();
        let ratios: Vec<_> = rows.iter().filter_map(|row| row.throughput_time.as_ref()).collect();
        let said: Vec<String> = ratios
            .iter()
            .filter_map(|ratio| {
                let [low, high] = ratio.interval?;
                let percent = |factor: f64| (factor - 1.0) * 100.0;
                Some(format!("{:+.2} % [{:+.2}, {:+.2}]", percent(ratio.value), percent(low), percent(high)))
            })
            .collect();
        let found = ratios.iter().filter(|ratio| ratio.interval.is_some_and(|[low, _]| low > 1.0)).count() as u64;
        let only = |runs: &[Means]| -> Vec<Means> {
            runs.iter()
                .map(|run| run.iter().filter(|(id, _)| *id == case).map(|(id, ns)| (id.clone(), *ns)).collect())
                .collect()
        };
        let bars = BARS.map(|percent| Bar::of(&only(&evidence.criterion), &only(&evidence.criterion_slowed), percent));
        table.push(vec![
            case.clone(),
            said.join("; "),
            format!("{found} of {}", rows.len()),
            both(bars.map(|bar| (bar.alarms, bar.comparisons)), ""),
        ]);
    }
    table
}

/// How much was run, and how long it took.
fn cost(evidence: &Evidence) -> String {
    let pairs: usize = evidence.pairs.values().map(Vec::len).sum();
    let slowed: usize = evidence.slowed_sessions.values().map(Vec::len).sum();
    let created = |session: Option<&Report>| session.map(|session| session.created);
    let span = created(evidence.sessions.first()).zip(created(evidence.sessions.last()));
    let minutes = span.map_or(0.0, |(first, last)| last.duration_since(first).as_secs_f64() / 60.0);
    let all: Vec<String> = evidence.times.keys().cloned().collect();
    format!(
        "{} runs that changed nothing, over {minutes:.0} min; {slowed} slowed runs; {pairs} pairs over all cases, {} with really \
         slower variants, {} that confirmed; {} runs of the usual setup. Time of all steps: {}.\n",
        evidence.sessions.len(),
        evidence.slowed.len(),
        evidence.suspects.len(),
        evidence.criterion.len(),
        time(evidence, &all),
    )
}

/// What the steps of these kinds took.
fn time(evidence: &Evidence, kinds: &[String]) -> String {
    let took = kinds.iter().filter_map(|kind| evidence.times.get(kind));
    let (mut steps, mut timed, mut seconds) = (0, 0, 0.0);
    for kind in took {
        steps += kind.steps;
        timed += kind.timed;
        seconds += kind.seconds;
    }
    let minutes = seconds / 60.0;
    match timed {
        0 if steps == 0 => NOTHING.to_owned(),
        0 => "not kept".to_owned(),
        _ if timed < steps => format!("{minutes:.1} min ({timed} of {steps} steps)"),
        _ => format!("{minutes:.1} min"),
    }
}

fn accepted_of_sessions(sessions: &[Report]) -> String {
    accepted(sessions.iter().flat_map(|session| session.cases.values()).flat_map(|row| &row.launches))
}

fn accepted_of_pairs(pairs: &[Pair]) -> String {
    let rows = pairs.iter().flat_map(|pair| pair.cases.values());
    accepted(rows.flat_map(|row| row.baseline.launches.iter().chain(&row.candidate.launches)))
}

fn accepted<'l>(launches: impl Iterator<Item = &'l Launch>) -> String {
    let shares: Vec<f64> = launches.filter_map(|launch| launch.accepted_share).collect();
    match (statistics::median(&shares), statistics::quantile(&shares, 0.05)) {
        (Some(median), Some(low)) => format!("{:.0} %, {:.0} %", median * 100.0, low * 100.0),
        _ => String::new(),
    }
}

fn share(of: u64, all: u64) -> String {
    if all == 0 { NOTHING.to_owned() } else { format!("{:.2} %", of as f64 / all as f64 * 100.0) }
}

/// The shares past the two bars, with what they were counted over.
fn both(bars: [(u64, u64); 2], noun: &str) -> String {
    let all = bars[0].1;
    if all == 0 {
        return NOTHING.to_owned();
    }
    let noun = if noun.is_empty() { String::new() } else { format!(" {noun}") };
    format!("{} / {} of {all}{noun}", share(bars[0].0, all), share(bars[1].0, all))
}

/// The 95 % interval of a share, by Clopper and Pearson.
fn interval_of(of: u64, all: u64) -> String {
    statistics::proportion::interval(of, all)
        .map_or_else(String::new, |[low, high]| format!("{:.2} to {:.2} %", low * 100.0, high * 100.0))
}
