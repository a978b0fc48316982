//! What a token of text needs, for people: the bytes that are read for it, and how many tokens the memory would allow.

use std::collections::BTreeMap;

use generator::table::{Table, rate};
use schema::{
    case::ThroughputUnit,
    crossval::{MachineLimit, SpeedRow},
};

/// A line for each row in which a call makes one token; `None` where there are none.
///
/// The bytes are those of the limit that the row is held to: ours over the limit, times the limit, by the token.
#[must_use]
pub fn of_rows(rows: &BTreeMap<String, SpeedRow>, limits: &BTreeMap<String, MachineLimit>) -> Option<Table> {
    let is_decoding = |row: &&SpeedRow| row.unit == ThroughputUnit::TokensPerSecond && row.amount == 1;
    let mut table =
        Table::new(&["a token at a time", ">bytes a token", "limit", ">allows", "contestant", ">tokens", ">of it"]);
    let mut is_empty = true;
    for (name, row) in rows.iter().filter(|(_, row)| is_decoding(row)) {
        let Some(limit) = &row.limit else { continue };
        let of_ours = row.contestants.get(&row.ours).and_then(|ours| ours.throughput);
        let (Some(ours), Some(value)) = (of_ours, limits.get(&limit.name).and_then(|limit| limit.value)) else {
            continue;
        };
        let allowed = ours / limit.ratio;
        for (contestant, found) in &row.contestants {
            let Some(throughput) = found.throughput else { continue };
            is_empty = false;
            table.push(vec![
                name.clone(),
                rate(value / allowed, "B"),
                limit.name.clone(),
                rate(allowed, row.unit.symbol()),
                contestant.clone(),
                rate(throughput, row.unit.symbol()),
                format!("{:.0} %", 100.0 * throughput / allowed),
            ]);
        }
    }
    (!is_empty).then_some(table)
}

#[cfg(test)]
mod tests {
    use schema::crossval::{Contestant, LimitRatio};

    use super::*;

    fn contestant(throughput: Option<f64>) -> Contestant {
        Contestant {
            call: None,
            throughput,
            p50_ns: throughput.map(|throughput| 1e9 / throughput),
            min_ns: None,
            samples: 9,
            accepted_share: None,
            largest_error: None,
            outside_contract: None,
            unmeasured: BTreeMap::new(),
        }
    }

    /// Ours at 60 tokens a second, of 75 that a limit of 30 GB/s allows at 400 MB a token.
    fn rows(amount: u64) -> BTreeMap<String, SpeedRow> {
        let row = SpeedRow {
            unit: ThroughputUnit::TokensPerSecond,
            amount,
            ours: "avx512".to_owned(),
            contestants: BTreeMap::from([
                ("avx512".to_owned(), contestant(Some(60.0))),
                ("ggml".to_owned(), contestant(Some(37.5))),
                ("scalar".to_owned(), contestant(None)),
            ]),
            best_peer: None,
            ratio_to_best_peer: None,
            ratios: BTreeMap::new(),
            limit: Some(LimitRatio { name: "read_dram".to_owned(), ratio: 0.8 }),
            slower_than_scalar: Vec::new(),
            unmeasured: BTreeMap::new(),
        };
        BTreeMap::from([("a/n1".to_owned(), row)])
    }

    fn limits() -> BTreeMap<String, MachineLimit> {
        let limit = MachineLimit {
            value: Some(30e9),
            unit: ThroughputUnit::BytesPerSecond,
            samples: 9,
            accepted_share: None,
            unmeasured: BTreeMap::new(),
        };
        BTreeMap::from([("read_dram".to_owned(), limit)])
    }

    #[test]
    fn each_contestant_is_held_to_the_tokens_that_the_memory_allows() {
        let text = of_rows(&rows(1), &limits()).unwrap().markdown();
        assert!(text.contains("| 400 MB | read_dram | 75.0 tok/s | avx512 | 60.0 tok/s | 80 % |"), "{text}");
        assert!(text.contains("| 400 MB | read_dram | 75.0 tok/s | ggml | 37.5 tok/s | 50 % |"), "{text}");
        assert!(!text.contains("scalar"), "{text}");
    }

    #[test]
    fn many_tokens_at_once_and_a_limit_that_was_not_measured_have_no_line() {
        assert!(of_rows(&rows(64), &limits()).is_none());
        assert!(of_rows(&rows(1), &BTreeMap::new()).is_none());
    }
}
