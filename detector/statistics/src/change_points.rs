//! Where a series changed its level, by how much, and where it only creeps.
//!
//! The model, on the scale of logarithms: `x[t] = level of its stretch + creep · t + noise`. The noise may have heavy tails,
//! several modes, steps of a clock, and a memory: one value may resemble the one before. It is not assumed to be normal, and
//! nothing is known of it beforehand.
//!
//! | file | what it does |
//! |---|---|
//! | `proposals` | where the ranks of some window fall apart best: too many places, quickly |
//! | `alignment` | which of them the noise is measured about, and whether the series creeps |
//! | `noise` | how far the noise about them spreads, and how long it remembers |
//! | `evidence` | what speaks for a step at one place: more than its noise, and more than a smooth bend would explain |
//! | `creep` | what changes slowly, and where that begins or ends |
//! | `pruning` | takes the weakest place out until each that is left has evidence enough |
//!
//! Lineage: seeded intervals (Kovács, Bühlmann, Li & Munk, "Seeded binary segmentation", 2023) in place of PELT, whose pruning
//! helps where changes are many and not where they are rare; a kernel statistic with a finite feature map (see
//! [`ranks`](crate::ranks)) for what a mean does not see; winsorised means (Fearnhead & Rigaill, "Changepoint detection in the
//! presence of outliers", 2019) for what ranks cannot count beyond; the variance of a mean under memory (Bartlett 1946) in place
//! of an effective sample size by rule of thumb.

use crate::{location, robust_sd};

mod alignment;
mod creep;
mod evidence;
mod noise;
mod proposals;
mod pruning;

use alignment::Alignment;
use evidence::Step;
use noise::Noise;

/// What the search believes beforehand. Halved and doubled, each moves the result little: the example `change_points` of this
/// crate prints by how much.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Method {
    /// What a step must show beyond chance, in units of twice a logarithm of likelihood, beside `2 ln n` for the choice among `n`
    /// places: 6 is a chance of 1 in 20 for each series, were its noise known.
    pub penalty: f64,
    /// The same where places are chosen only to measure the noise about them. A step that is missed there passes for a long
    /// memory and hides itself; a place too many costs little, since each must still show evidence. So it is less.
    pub penalty_of_alignment: f64,
    /// How much better a smooth bend may explain what a step explains, before it is taken for a bend.
    pub bend_advantage: f64,
    /// What a step must show beyond the penalty, and beyond what a bend explains, for people to be told at once. Whoever looks
    /// after each new point looks often, and a chance that is small once is not small in a year.
    pub alarm: f64,
    /// So many points after a step that people are told of, it is confirmed: its place and size no longer move, and what comes and
    /// goes has gone.
    pub confirming_points: usize,
    /// A series of so many points is believed half as to its memory: shorter ones have had no time to show it.
    pub memory_prior_points: f64,
    /// Numbers farther from their stretch than so many standard deviations count as if they lay there.
    pub clip_sd: f64,
    /// The fewest points of a stretch. One wild point, or two, are no level.
    pub stretch_least: usize,
    /// The least step that is of interest, on the scale of logarithms.
    pub change_least: f64,
}

impl Default for Method {
    fn default() -> Self {
        Self {
            penalty: 6.0,
            penalty_of_alignment: 2.0,
            bend_advantage: 3.0,
            alarm: 4.0,
            confirming_points: 5,
            memory_prior_points: 60.0,
            clip_sd: 3.0,
            stretch_least: 3,
            change_least: 0.005,
        }
    }
}

impl Method {
    /// What a step among `count` places must show.
    fn bar(&self, count: usize) -> f64 {
        2.0 * (count as f64).ln() + self.penalty
    }
}

/// What is found in a series.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Where the level changed, in order.
    pub changes: Vec<Change>,
    /// Where it crept, in order.
    pub creeps: Vec<Creep>,
}

/// A change of level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// The first point after it.
    pub index: usize,
    /// Its size, on the scale of logarithms, creep apart.
    pub estimate: f64,
    /// The lower end of its 95 % interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// How much more it shows than it must, in units of twice a logarithm of likelihood.
    pub margin: f64,
    /// Whether it shows so much more that people should be told at once.
    pub is_alarming: bool,
    /// Whether that has lasted.
    pub is_confirmed: bool,
}

/// A stretch over which the level crept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Creep {
    /// Its first point.
    pub from: usize,
    /// The point after its last.
    pub to: usize,
    /// By how much a point, on the scale of logarithms.
    pub rate: f64,
    /// The lower end of the rate's 95 % interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The longest stretch of history that one look takes in. What lies farther back says nothing of a step today, and with it time
/// and memory grow as the number of points does. Two looks overlap by half.
pub const WINDOW: usize = 512;

/// Finds the changes of `logs`, logarithms of what was measured, oldest first.
#[must_use]
pub fn change_points(logs: &[f64], method: &Method) -> Found {
    let count = logs.len();
    if count <= WINDOW {
        return look(logs, method);
    }
    let mut found = Found::default();
    let (hop, margin) = (WINDOW / 2, WINDOW / 4);
    let mut from = 0;
    loop {
        let to = count.min(from + WINDOW);
        let is_last = to == count;
        // Of each look the middle half counts, of the first its beginning too, of the last its end.
        let begin = if from == 0 { 0 } else { from + margin };
        let end = if is_last { count } else { to - margin };
        let here = look(&logs[from..to], method);
        for change in here.changes {
            let index = from + change.index;
            let is_known = found.changes.last().is_some_and(|last| index < last.index + 2 * method.stretch_least);
            if (begin..end).contains(&index) && !is_known {
                found.changes.push(Change { index, ..change });
            }
        }
        for creep in here.creeps {
            let (creep_from, creep_to) = ((from + creep.from).max(begin), (from + creep.to).min(end));
            if creep_from < creep_to {
                join(&mut found.creeps, Creep { from: creep_from, to: creep_to, ..creep });
            }
        }
        if is_last {
            return found;
        }
        from += hop;
        // The last look is as long as the others.
        from = from.min(count - WINDOW);
    }
}

/// Adds a stretch of creep, as part of the one before where it continues that.
fn join(creeps: &mut Vec<Creep>, next: Creep) {
    match creeps.last_mut() {
        Some(last) if last.to >= next.from && last.rate.signum() == next.rate.signum() => {
            let (one, other) = ((last.to - last.from) as f64, (next.to - last.to) as f64);
            let mean = |a: f64, b: f64| (a * one + b * other) / (one + other);
            *last = Creep {
                from: last.from,
                to: next.to,
                rate: mean(last.rate, next.rate),
                low: mean(last.low, next.low),
                high: mean(last.high, next.high),
            };
        }
        _ => creeps.push(next),
    }
}

/// One look, at no more points than a window has.
fn look(logs: &[f64], method: &Method) -> Found {
    if logs.len() < 2 * method.stretch_least {
        return Found::default();
    }
    let proposals = proposals::proposals(logs, method);
    let Alignment { slope, cuts: aligned } = alignment::alignment(logs, &proposals, method);
    let straight: Vec<f64> = logs.iter().enumerate().map(|(time, log)| log - slope * time as f64).collect();
    // Memory and steps explain each other, and there may be two explanations that agree with themselves. Where the one with few
    // places shows no step, the one that begins with all of them may.
    let mut settled = settle(&straight, aligned, &proposals, method);
    if settled.steps.is_empty() && !proposals.is_empty() {
        settled = settle(&straight, proposals.clone(), &proposals, method);
    }
    let Settled { mut steps, noise } = settled;
    // What is too short to be seen by ranks stands or falls by the noise that is known now.
    let mut further = proposals::of_short_stretches(&straight, method);
    further.retain(|place| steps.iter().all(|step| step.at.abs_diff(*place) >= method.stretch_least));
    if !further.is_empty() {
        further.extend(steps.iter().map(|step| step.at));
        further.sort_unstable();
        steps = pruning::pruned(&straight, &further, &noise, method);
    }
    let aligned: Vec<usize> = steps.iter().map(|step| step.at).collect();
    let bounds = bounds(&aligned, logs.len());
    let changes = steps.iter().zip(bounds.windows(3)).map(|(found, around)| {
        let (before, after) = (&straight[around[0]..around[1]], &straight[around[1]..around[2]]);
        let estimate = step(before, after);
        let half_width = noise.half_width(before.len(), after.len());
        Change {
            index: found.at,
            estimate,
            low: estimate - half_width,
            high: estimate + half_width,
            margin: found.margin,
            is_alarming: found.sure >= method.alarm,
            is_confirmed: found.sure >= method.alarm && after.len() >= method.confirming_points,
        }
    });
    let creeps = creep::creeps(logs, &aligned, slope, &noise, &proposals, method);
    Found { changes: changes.collect(), creeps }
}

/// Steps, and the noise about them.
struct Settled {
    steps: Vec<Step>,
    noise: Noise,
}

/// Goes between noise and places until they agree: what is kept says anew about what the noise is to be measured.
fn settle(straight: &[f64], mut aligned: Vec<usize>, proposals: &[usize], method: &Method) -> Settled {
    let mut settled = Settled { steps: Vec::new(), noise: Noise::about(straight, &aligned, method) };
    for _ in 0..ROUNDS_MOST {
        settled.steps = pruning::pruned(straight, proposals, &settled.noise, method);
        let cuts: Vec<usize> = settled.steps.iter().map(|step| step.at).collect();
        if cuts == aligned {
            break;
        }
        aligned = cuts;
        settled.noise = Noise::about(straight, &aligned, method);
    }
    settled
}

/// The most rounds between noise and places; they settle in two or three.
const ROUNDS_MOST: usize = 4;

/// The ends of the stretches between cuts, those of the series with them.
fn bounds(cuts: &[usize], count: usize) -> Vec<usize> {
    let mut bounds = Vec::with_capacity(cuts.len() + 2);
    bounds.push(0);
    bounds.extend_from_slice(cuts);
    bounds.push(count);
    bounds
}

/// From one stretch to the next, by their trimmed means.
fn step(before: &[f64], after: &[f64]) -> f64 {
    let level = |stretch: &[f64]| location(stretch).map_or(0.0, |place| place.mean);
    level(after) - level(before)
}

/// How far `residuals` spread, robustly. Where more than half are equal the median deviation is 0 and says nothing.
fn rough_sd(residuals: &[f64]) -> f64 {
    let mean = residuals.iter().map(|residual| residual.abs()).sum::<f64>() / residuals.len().max(1) as f64;
    robust_sd(residuals).unwrap_or(0.0).max(0.5 * mean).max(SD_LEAST)
}

/// The least spread that is believed: a hundred-thousandth of the level. Numbers in a file have so many digits.
const SD_LEAST: f64 = 1e-5;
