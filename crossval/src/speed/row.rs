//! What all launches of a row come to, as the document states it.

use std::collections::BTreeMap;

use generator::row::unit;
use platforms::{IsaLevel, cpu::Caches};
use schema::crossval::{Contestant, LimitRatio, MachineLimit, SpeedRow};

use super::{
    contestant::{self, Contestant as Who},
    ratio::{self, ROUNDS_OF_LAUNCH_NEEDED, call_ns},
    session::Ledger,
};
use crate::limits;

/// The row, or why there is none.
///
/// # Errors
///
/// When the kernel makes nothing that a throughput could count.
pub(super) fn of(
    ledger: &Ledger,
    limits: &BTreeMap<String, MachineLimit>,
    caches: &Caches,
) -> Result<SpeedRow, String> {
    let kernel = ledger.kernel;
    let counted = kernel.unit_of(&ledger.shape);
    let amount = (kernel.work)(&ledger.shape).amount(counted).filter(|&amount| amount > 0);
    let amount = amount.ok_or_else(|| format!("{} has no work to count at {}", kernel.id, ledger.shape))?;
    let ours = ledger.ours().to_owned();
    let mut unmeasured = ledger.absent.clone();
    let contestants: BTreeMap<String, Contestant> =
        ledger.contestants.iter().map(|name| (name.clone(), contestant_of(ledger, name, amount))).collect();

    let mut ratios = BTreeMap::new();
    for name in ledger.contestants.iter().filter(|name| **name != ours) {
        match ratio::ratio(&ledger.launches, &ours, name) {
            Ok(ratio) => {
                ratios.insert(name.clone(), ratio);
            }
            Err(reason) => {
                let why = contestants[name].unmeasured.get("throughput").cloned().unwrap_or(reason);
                unmeasured.insert(format!("ratios.{name}"), why);
            }
        }
    }

    let is_peer = |name: &str| matches!(contestant::named(kernel, name), Some(Who::Library(_)));
    let throughput = |name: &str| contestants.get(name)?.throughput;
    let peers = contestants.keys().filter(|name| is_peer(name));
    let best_peer = peers
        .filter_map(|name| Some((name, throughput(name)?)))
        .max_by(|(_, one), (_, other)| one.total_cmp(other))
        .map(|(name, _)| name.clone());
    let ratio_to_best_peer = best_peer.as_ref().and_then(|name| ratios.get(name).copied());

    let held = limits::holding(kernel, &ledger.shape, caches, limits);
    let no_limit = held.as_ref().err().cloned().unwrap_or_else(|| format!("{ours} has no number"));
    let limit = held.ok().and_then(|(name, of_call)| {
        let (p50_ns, value) = (contestants.get(&ours)?.p50_ns?, limits.get(&name)?.value?);
        Some(LimitRatio { name, ratio: of_call / (p50_ns / 1e9) / value })
    });

    let scalar = IsaLevel::Scalar.name();
    let is_slower = |name: &&String| {
        !is_peer(name)
            && name.as_str() != scalar
            && ratio::ratio(&ledger.launches, name, scalar).is_ok_and(|ratio| ratio.upper < 1.0)
    };
    let slower_than_scalar = contestants.keys().filter(is_slower).cloned().collect();

    let has_peers = contestants.keys().any(|name| is_peer(name));
    let no_peer =
        if has_peers { "no library has a number" } else { "no library that was built in takes part" }.to_owned();
    let no_ratio = match &best_peer {
        Some(name) => unmeasured.get(&format!("ratios.{name}")).cloned().unwrap_or_default(),
        None => no_peer.clone(),
    };
    let reasons = BTreeMap::from([("best_peer", no_peer), ("ratio_to_best_peer", no_ratio), ("limit", no_limit)]);
    let mut row = SpeedRow {
        unit: unit(counted),
        amount,
        ours,
        contestants,
        best_peer,
        ratio_to_best_peer,
        ratios,
        limit,
        slower_than_scalar,
        unmeasured,
    };
    row.explain_nulls(&reasons, "");
    Ok(row)
}

fn contestant_of(ledger: &Ledger, name: &str, amount: u64) -> Contestant {
    let launches = call_ns(&ledger.launches, name);
    let of_launch =
        |call_ns: &Vec<f64>| (call_ns.len() >= ROUNDS_OF_LAUNCH_NEEDED).then(|| statistics::median(call_ns)).flatten();
    let medians: Vec<f64> = launches.iter().filter_map(of_launch).collect();
    let p50_ns = statistics::median(&medians);
    let accepted: usize = launches.iter().map(Vec::len).sum();
    let samples = samples(ledger, name);
    let checked = ledger.checked.get(name);
    let mut contestant = Contestant {
        call: checked.and_then(|checked| checked.call.clone()),
        throughput: p50_ns.map(|ns| amount as f64 / ns * 1e9),
        p50_ns,
        min_ns: p50_ns.and(launches.iter().flatten().copied().reduce(f64::min)),
        samples,
        accepted_share: (samples > 0).then(|| accepted as f64 / samples as f64),
        largest_error: checked.and_then(|checked| checked.largest_relative_error),
        outside_contract: checked.and_then(|checked| checked.disagreement.clone()),
        unmeasured: BTreeMap::new(),
    };
    let why = why_untimed(ledger, name).unwrap_or_else(|| {
        format!(
            "{accepted} of {samples} samples were undisturbed, and {ROUNDS_OF_LAUNCH_NEEDED} of a launch are needed"
        )
    });
    let no_error =
        if checked.is_some() { "no output has a right value that is finite and not 0" } else { why.as_str() };
    let reasons = BTreeMap::from([("largest_error", no_error.to_owned())]);
    contestant.explain_nulls(&reasons, &why);
    contestant
}

/// Samples that a contestant took or tried to take, in all launches.
fn samples(ledger: &Ledger, name: &str) -> u64 {
    let of_launch = |launch: &super::protocol::Timed| {
        let place = launch.contestants.iter().position(|contestant| contestant == name)?;
        launch.tries.get(place).copied()
    };
    ledger.launches.iter().filter_map(of_launch).sum()
}

/// Why a contestant never had a turn.
fn why_untimed(ledger: &Ledger, name: &str) -> Option<String> {
    let is_ours = name == ledger.ours();
    let ours = ledger.checked.get(ledger.ours()).and_then(|checked| checked.wrong.as_ref());
    let own = ledger.checked.get(name).and_then(|checked| checked.wrong.as_ref());
    let is_timed = ledger.launches.iter().any(|launch| launch.contestants.iter().any(|other| other == name));
    match (own, ours) {
        _ if is_timed => None,
        (Some(own), _) => Some(format!("its output is wrong, so it is not timed: {own}")),
        (None, Some(ours)) if !is_ours => {
            Some(format!("{} is wrong, so nothing is compared with it: {ours}", ledger.ours()))
        }
        _ => Some(ledger.failures.last().cloned().unwrap_or_else(|| "no launch came to its turns".to_owned())),
    }
}
