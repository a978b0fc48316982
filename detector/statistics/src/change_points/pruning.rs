//! Takes the weakest place out, and again, until each place that is left shows what it must.

use std::collections::HashMap;

use super::{
    Method, bounds,
    evidence::{Step, best_step, of_episode},
    noise::Noise,
    step,
};

/// The steps among `proposals` that stand, in order.
pub(super) fn pruned(logs: &[f64], proposals: &[usize], noise: &Noise, method: &Method) -> Vec<Step> {
    let mut looked = HashMap::new();
    let mut cuts = proposals.to_vec();
    let mut steps = Vec::new();
    // Each round takes a place out or moves some; places that only move to and fro must end too.
    for _ in 0..4 * proposals.len() + 4 {
        let before = cuts.clone();
        steps.clear();
        for index in 0..cuts.len() {
            let around = [
                index.checked_sub(1).map_or(0, |left| cuts[left]),
                cuts[index],
                cuts.get(index + 1).copied().unwrap_or(logs.len()),
            ];
            let best = *looked.entry(around).or_insert_with(|| matters(logs, around, noise, method));
            cuts[index] = best.at;
            steps.push(best);
        }
        let failing = steps.iter().enumerate().filter(|(_, step)| step.margin < 0.0);
        if let Some((index, _)) = failing.min_by(|one, other| one.1.shown.total_cmp(&other.1.shown)) {
            cuts.remove(index);
        } else if let Some(first) = weak_episode(logs, &cuts, noise, method) {
            cuts.drain(first..first + 2);
        } else if cuts == before {
            break;
        }
    }
    steps.truncate(cuts.len());
    steps
}

/// The best step there; one too small to matter is none.
fn matters(logs: &[f64], around: [usize; 3], noise: &Noise, method: &Method) -> Step {
    let best = best_step(logs, around, noise, method);
    let size = step(&logs[around[0]..best.at], &logs[best.at..around[2]]).abs();
    if size < method.change_least { Step { shown: 0.0, margin: f64::NEG_INFINITY, ..best } } else { best }
}

/// The first of two places whose stretch between them comes and goes, and does not show what two steps must.
fn weak_episode(logs: &[f64], cuts: &[usize], noise: &Noise, method: &Method) -> Option<usize> {
    let bounds = bounds(cuts, logs.len());
    let bar = 2.0 * method.bar(logs.len());
    let episodes = bounds.windows(4).enumerate().filter_map(|(first, ends)| {
        let stretch = |index: usize| &logs[ends[index]..ends[index + 1]];
        let (there, back) = (step(stretch(0), stretch(1)), step(stretch(1), stretch(2)));
        let returns = there * back < 0.0 && (there + back).abs() < 0.5 * there.abs().min(back.abs());
        returns.then(|| (of_episode(logs, [ends[0], ends[1], ends[2], ends[3]], noise, method), first))
    });
    let weakest = episodes.min_by(|one, other| one.0.total_cmp(&other.0))?;
    (weakest.0 < bar).then_some(weakest.1)
}
