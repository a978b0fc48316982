//! The findings of a study as a table: each figure with its interval, what it was counted over, and what it cost.

use std::fmt::Write;

use anyhow::Result;
use schema::{
    case::{Bound, Launch},
    pair::Pair,
    report::Report,
};

use crate::{
    alarms::{self, Alarms},
    cases::{LEVELS, factor},
    criterion::{Bar, Means},
    detection::{self, Detection},
    draw::Draw,
    evidence::Evidence,
    spread,
};

/// One line of the table.
struct Line {
    figure: String,
    usual: String,
    found: String,
    over: String,
    aim: &'static str,
    cost: String,
}

/// Runs that are drawn from the pool.
const DRAWN_RUNS: usize = 1_000;

/// Ratios that are drawn from the pool, for each slowdown.
const DRAWN_RATIOS: usize = 10_000;

/// The tables of a study.
///
/// # Errors
///
/// When the detector cannot compare its runs.
pub fn tables(evidence: &Evidence) -> Result<String> {
    let mut lines = nothing_changed(evidence)?;
    lines.extend(spreads(&evidence.sessions));
    lines.extend(slowdowns(evidence));
    lines.extend(half_widths(evidence));
    lines.extend(instructions(&evidence.counted));
    let mut text = markdown(&lines);
    let _ = write!(text, "\n{}\n{}\n{}", cost(evidence), per_case(evidence), really_slower(evidence));
    Ok(text)
}

fn nothing_changed(evidence: &Evidence) -> Result<Vec<Line>> {
    let sessions = &evidence.sessions;
    let mut lines = Vec::new();
    let usual = |percent: f64| Bar::of(&evidence.criterion, &evidence.criterion, percent);
    let bars = [5.0, 10.0].map(usual);
    let fresh = alarms::against_the_one_before(sessions)?;
    let confirmed = evidence.suspects.values().filter(|pair| alarms::confirms(pair)).count() as u64;
    lines.push(Line {
        figure: "nothing changed: runs with a confirmed critical verdict".to_owned(),
        usual: bars.map(|bar| share(bar.alarmed_runs, bar.runs)).join(" / "),
        found: format!("{confirmed} of {}", fresh.runs),
        over: format!(
            "{}; {} runs had a suspect, each confirmed by a pair",
            interval_of(confirmed, fresh.runs),
            evidence.suspects.len()
        ),
        aim: "none in 150",
        cost: quiet(sessions),
    });
    let drawn = drawn_runs(sessions, &evidence.pairs.get(&0).cloned().unwrap_or_default())?;
    lines.push(Line {
        figure: "the same, drawn from the pool of launches".to_owned(),
        usual: String::new(),
        found: format!("{} of {}", drawn.confirmed, drawn.alarms.runs),
        over: format!("resampled; before confirmation {} of {} runs", drawn.alarms.critical_runs, drawn.alarms.runs),
        aim: "none in 1,000",
        cost: String::new(),
    });
    let kinds = [
        ("a fresh baseline", fresh),
        ("an old baseline", alarms::against_an_old_one(sessions)?),
        ("a baseline of three sessions", alarms::against_three(sessions)?),
    ];
    for (name, alarms) in kinds {
        let age = statistics::median(&alarms.ages_minutes).unwrap_or_default();
        lines.push(Line {
            figure: format!("nothing changed, {name} ({age:.0} min older): comparisons called warning or critical"),
            usual: bars.map(|bar| share(bar.alarms, bar.comparisons)).join(" / "),
            found: share(alarms.warning + alarms.critical, alarms.comparisons),
            over: format!(
                "{} of {}; {}",
                alarms.warning + alarms.critical,
                alarms.comparisons,
                interval_of(alarms.warning + alarms.critical, alarms.comparisons)
            ),
            aim: "0.5 % / 0.05 %",
            cost: format!("{} inconclusive", share(alarms.inconclusive, alarms.comparisons)),
        });
    }
    lines.push(Line {
        figure: "the same, drawn from the pool of launches".to_owned(),
        usual: String::new(),
        found: share(drawn.alarms.warning + drawn.alarms.critical, drawn.alarms.comparisons),
        over: format!("resampled; {} of {}", drawn.alarms.warning + drawn.alarms.critical, drawn.alarms.comparisons),
        aim: "0.5 % / 0.05 %",
        cost: format!("{} inconclusive", share(drawn.alarms.inconclusive, drawn.alarms.comparisons)),
    });
    Ok(lines)
}

/// Runs that never were: each a session's, its launches drawn from that session's own, against another's.
struct Drawn {
    alarms: Alarms,
    confirmed: u64,
}

fn drawn_runs(sessions: &[Report], pairs: &[Pair]) -> Result<Drawn> {
    let mut drawn = Drawn { alarms: Alarms::default(), confirmed: 0 };
    if sessions.len() < 2 {
        return Ok(drawn);
    }
    let mut draw = Draw::new(1);
    for _ in 0..DRAWN_RUNS {
        let one = draw.below(sessions.len());
        let other = (one + 1 + draw.below(sessions.len() - 1)) % sessions.len();
        let (baseline, candidate) = (redrawn(&sessions[one], &mut draw), redrawn(&sessions[other], &mut draw));
        let judged = alarms::verdicts(&[&baseline], &candidate)?;
        drawn.alarms.add(&judged);
        let suspects: Vec<_> =
            judged.iter().filter(|judged| judged.verdict == schema::comparison::Verdict::Critical).collect();
        let confirmed = suspects.iter().any(|suspect| confirmed_by_chance(&suspect.case, pairs, &mut draw));
        drawn.confirmed += u64::from(confirmed);
    }
    Ok(drawn)
}

/// The session with its launches drawn anew, from its own and with them put back.
fn redrawn(session: &Report, draw: &mut Draw) -> Report {
    let mut session = session.clone();
    for row in session.cases.values_mut().filter(|row| !row.launches.is_empty()) {
        row.launches = draw.some(&row.launches, row.launches.len());
    }
    session
}

/// Whether a pair of launches drawn from those that changed nothing would confirm a critical regression of a case.
fn confirmed_by_chance(case: &str, pairs: &[Pair], draw: &mut Draw) -> bool {
    let ratios = pairs.iter().filter_map(|pair| pair.cases.get(case)?.throughput_time.clone());
    let (mut logs, mut launches) = (Vec::new(), 0);
    for ratio in ratios {
        launches = ratio.launches.len();
        logs.extend(ratio.launches.iter().map(|factor| factor.ln()));
    }
    if logs.is_empty() {
        // Nothing to confirm by: it stays an alarm.
        return true;
    }
    statistics::paired_ratio(&draw.some(&logs, launches)).is_some_and(|paired| {
        alarms::is_critical(&schema::pair::Ratio {
            launches: Vec::new(),
            value: paired.estimate.exp(),
            interval: paired.interval.map(|interval| [interval.low.exp(), interval.high.exp()]),
        })
    })
}

fn spreads(sessions: &[Report]) -> Vec<Line> {
    let spreads = spread::of(sessions);
    let kinds: [(&str, &[Bound], &'static str); 2] = [
        (
            "launch to launch, robust sd, bound by throughput or latency",
            &[Bound::Throughput, Bound::Latency],
            "0.8 % / 0.1 %",
        ),
        ("the same, bound by cache or memory", &[Bound::Memory], "2 % / 1 %"),
    ];
    kinds
        .into_iter()
        .filter_map(|(figure, kinds, aim)| {
            let (gated, ungated, cases) = spread::median_of(&spreads, kinds)?;
            Some(Line {
                figure: figure.to_owned(),
                usual: format!("{ungated:.2} % (our ungated medians)"),
                found: format!("{gated:.2} %"),
                over: format!("median over {cases} cases, {} runs", sessions.len()),
                aim,
                cost: quiet(sessions),
            })
        })
        .collect()
}

fn slowdowns(evidence: &Evidence) -> Vec<Line> {
    let none = evidence.pairs.get(&0).cloned().unwrap_or_default();
    let mut lines = Vec::new();
    for level in LEVELS {
        let pairs = evidence.pairs.get(&level).cloned().unwrap_or_default();
        let seen = Detection::of(&pairs, factor(level));
        let drawn = detection::resampled(&none, factor(level), DRAWN_RATIOS, u64::from(level));
        let (figure, aim) = match level {
            0 => ("nothing changed, called slower by `pair`".to_owned(), "2.5 % by construction"),
            1 => (format!("{level} % slower, found by `pair`"), "30 % / 80 %"),
            2 => (format!("{level} % slower, found by `pair`"), "80 % / 99 %"),
            5 => (format!("{level} % slower, found by `pair`"), "95 % / 99 %"),
            10 => (format!("{level} % slower, found by `pair`"), "99 % / 100 %"),
            _ => (format!("{level} % slower, found by `pair`"), ""),
        };
        lines.push(Line {
            figure,
            usual: [5.0, 10.0].map(|percent| scaled(evidence, level, percent)).join(" / "),
            found: share(seen.found, seen.ratios),
            over: format!(
                "{} of {}; {}; drawn: {} of {}",
                seen.found,
                seen.ratios,
                interval_of(seen.found, seen.ratios),
                drawn.found,
                drawn.ratios
            ),
            aim,
            cost: format!(
                "{} critical by the thresholds, {} the other way, {} without an interval; {}",
                share(seen.critical, seen.ratios),
                seen.reversed,
                seen.without,
                quiet_pairs(&pairs)
            ),
        });
    }
    lines
}

/// What a bar on criterion's mean finds of a slowdown: its runs that changed nothing, slowed in arithmetic.
fn scaled(evidence: &Evidence, level: u32, percent: f64) -> String {
    let slower: Vec<Means> = evidence
        .criterion
        .iter()
        .map(|run| run.iter().map(|(case, mean_ns)| (case.clone(), mean_ns * factor(level))).collect())
        .collect();
    let mut bar = Bar::default();
    for (index, baseline) in evidence.criterion.iter().enumerate() {
        let others: Vec<Means> =
            slower.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, run)| run.clone()).collect();
        let one = Bar::of(std::slice::from_ref(baseline), &others, percent);
        bar.comparisons += one.comparisons;
        bar.alarms += one.alarms;
    }
    share(bar.alarms, bar.comparisons)
}

fn half_widths(evidence: &Evidence) -> Vec<Line> {
    let pairs = evidence.pairs.get(&0).cloned().unwrap_or_default();
    let seen = Detection::of(&pairs, 1.0);
    let Some(median) = statistics::median(&seen.half_widths_percent) else { return Vec::new() };
    let most = statistics::quantile(&seen.half_widths_percent, 0.95).unwrap_or(median);
    vec![Line {
        figure: "half-width of the 95 % interval of a ratio, one second a case and build".to_owned(),
        usual: String::new(),
        found: format!("{median:.2} %"),
        over: format!("median of {} ratios; 95 of 100 below {most:.2} %", seen.half_widths_percent.len()),
        aim: "0.8 % / 0.2 %",
        cost: quiet_pairs(&pairs),
    }]
}

fn instructions(counted: &[Report]) -> Vec<Line> {
    let [one, other, ..] = counted else { return Vec::new() };
    let counts: Vec<(u64, u64)> = one
        .cases
        .iter()
        .filter_map(|(case, row)| Some((row.instructions?, other.cases.get(case)?.instructions?)))
        .collect();
    let most = counts.iter().map(|&(one, other)| (other as f64 / one as f64 - 1.0).abs() * 100.0).fold(0.0, f64::max);
    let why = one.cases.values().find_map(|row| row.unmeasured.get("instructions").cloned()).unwrap_or_default();
    vec![Line {
        figure: "instruction counts: difference between two runs of one build".to_owned(),
        usual: String::new(),
        found: if counts.is_empty() { format!("not counted here: {why}") } else { format!("{most} %") },
        over: format!("the largest of {} cases", counts.len()),
        aim: "0.01 % / 0",
        cost: String::new(),
    }]
}

/// What each case's spread and half-width were: the medians hide the worst.
fn per_case(evidence: &Evidence) -> String {
    let spreads = spread::of(&evidence.sessions);
    let none = evidence.pairs.get(&0).cloned().unwrap_or_default();
    let mut text = "| case | bound | launch to launch | ungated | half-width by `pair` | 1 % found | 2 % found |\n|---|---|---:|---:|---:|---:|---:|\n".to_owned();
    for (case, spread) in &spreads {
        let of = |level: u32| {
            let pairs: Vec<Pair> = evidence
                .pairs
                .get(&level)
                .into_iter()
                .flatten()
                .map(|pair| {
                    let mut pair = pair.clone();
                    pair.cases.retain(|id, _| id == case);
                    pair
                })
                .collect();
            Detection::of(&pairs, factor(level))
        };
        let half = statistics::median(&of(0).half_widths_percent);
        let _ = writeln!(
            text,
            "| {case} | {:?} | {:.2} % | {:.2} % | {} | {} | {} |",
            spread.bound,
            spread.gated_percent,
            spread.ungated_percent,
            half.map_or_else(|| "–".to_owned(), |half| format!("{half:.2} %")),
            share(of(1).found, of(1).ratios),
            share(of(2).found, of(2).ratios),
        );
    }
    if none.is_empty() { String::new() } else { text }
}

/// What a pair says of variants that really are slower, and what criterion's bars say.
fn really_slower(evidence: &Evidence) -> String {
    let Some(first) = evidence.slowed.first() else { return String::new() };
    let mut text =
        "| really slower variant | `pair` says | found | criterion, 5 % / 10 % bar |\n|---|---|---:|---|\n".to_owned();
    for case in first.cases.keys() {
        let ratios: Vec<_> =
            evidence.slowed.iter().filter_map(|pair| pair.cases.get(case)?.throughput_time.as_ref()).collect();
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
        let bars = [5.0, 10.0].map(|percent| {
            let bar = Bar::of(&only(&evidence.criterion), &only(&evidence.criterion_slowed), percent);
            share(bar.alarms, bar.comparisons)
        });
        let _ = writeln!(
            text,
            "| {case} | {} | {} | {} |",
            said.join("; "),
            share(found, ratios.len() as u64),
            bars.join(" / ")
        );
    }
    text
}

/// How much was run, and on what.
fn cost(evidence: &Evidence) -> String {
    let pairs: usize = evidence.pairs.values().map(Vec::len).sum();
    let first = evidence.sessions.first().map(|session| session.created);
    let last = evidence.sessions.last().map(|session| session.created);
    let span = first.zip(last).map_or(0.0, |(first, last)| last.duration_since(first).as_secs_f64() / 60.0);
    format!(
        "{} runs that changed nothing, in {span:.0} minutes; {pairs} pairs over all cases, {} with really slower variants, \
         {} that confirmed; {} runs of criterion (10 samples in 1 s after 0.5 s).\n",
        evidence.sessions.len(),
        evidence.slowed.len(),
        evidence.suspects.len(),
        evidence.criterion.len(),
    )
}

fn quiet(sessions: &[Report]) -> String {
    let launches = sessions.iter().flat_map(|session| session.cases.values()).flat_map(|row| &row.launches);
    accepted(launches)
}

fn quiet_pairs(pairs: &[Pair]) -> String {
    let rows = pairs.iter().flat_map(|pair| pair.cases.values());
    accepted(rows.flat_map(|row| row.baseline.launches.iter().chain(&row.candidate.launches)))
}

fn accepted<'l>(launches: impl Iterator<Item = &'l Launch>) -> String {
    let shares: Vec<f64> = launches.filter_map(|launch| launch.accepted_share).collect();
    match (statistics::median(&shares), statistics::quantile(&shares, 0.05)) {
        (Some(median), Some(low)) => {
            format!("accepted {:.0} % (median), {:.0} % (the lowest 5 %)", median * 100.0, low * 100.0)
        }
        _ => String::new(),
    }
}

fn share(of: u64, all: u64) -> String {
    if all == 0 { "–".to_owned() } else { format!("{:.2} %", of as f64 / all as f64 * 100.0) }
}

/// The 95 % interval of a share, by Clopper and Pearson.
fn interval_of(of: u64, all: u64) -> String {
    statistics::proportion::interval(of, all)
        .map_or_else(String::new, |[low, high]| format!("95 % [{:.2}, {:.2}] %", low * 100.0, high * 100.0))
}

fn markdown(lines: &[Line]) -> String {
    let mut text = "| figure | usual setup, 5 % / 10 % bar | found here | over | at least / aim | beside it |\n\
         |---|---|---:|---|---|---|\n"
        .to_owned();
    for Line { figure, usual, found, over, aim, cost } in lines {
        let _ = writeln!(text, "| {figure} | {usual} | {found} | {over} | {aim} | {cost} |");
    }
    text
}
