//! What was found, for people: aligned on a terminal, Markdown in a file.

use std::collections::BTreeMap;

use generator::table::{Table, rate};
use platforms::IsaLevel;
use schema::crossval::{Contestant, MachineLimit, SpeedRatio, SpeedRow};

use super::tokens;
use crate::peers::LIBRARIES;

/// A ratio so near to 1 is a tie: what two libraries differ by from one machine of a kind to the next.
pub const TIE: f64 = 0.05;

/// How ours stands to the best library, as far as the interval tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Faster by more than a tie.
    Faster,
    /// Within a tie.
    Tie,
    /// Slower by more than a tie.
    Slower,
    /// Off by more than a tie, and yet the interval has 1 in it.
    Unsure,
}

impl Standing {
    /// Of a ratio, ours over theirs.
    #[must_use]
    pub fn of(ratio: &SpeedRatio) -> Self {
        if ratio.value >= 1.0 - TIE && ratio.value <= 1.0 + TIE {
            Self::Tie
        } else if ratio.lower > 1.0 {
            Self::Faster
        } else if ratio.upper < 1.0 {
            Self::Slower
        } else {
            Self::Unsure
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Faster => "faster",
            Self::Tie => "tie",
            Self::Slower => "SLOWER",
            Self::Unsure => "unsure",
        }
    }
}

/// On a terminal: the rows, the limits, and what people should know of them.
#[must_use]
pub fn for_people(
    rows: &BTreeMap<String, SpeedRow>,
    limits: &BTreeMap<String, MachineLimit>,
    unmeasured: &BTreeMap<String, String>,
) -> String {
    let mut parts = vec![of_rows(rows).aligned(), LEGEND.to_owned(), of_limits(limits).aligned()];
    parts.extend(tokens::of_rows(rows, limits).map(|table| table.aligned()));
    parts.extend(lines(&remarks(rows, unmeasured), ""));
    parts.push(format!("{}\n", summary(rows)));
    parts.join("\n")
}

/// The same as Markdown.
#[must_use]
pub fn markdown(
    rows: &BTreeMap<String, SpeedRow>,
    limits: &BTreeMap<String, MachineLimit>,
    unmeasured: &BTreeMap<String, String>,
) -> String {
    let mut parts =
        vec![summary(rows) + "\n", of_rows(rows).markdown(), LEGEND.to_owned(), of_limits(limits).markdown()];
    parts.extend(tokens::of_rows(rows, limits).map(|table| table.markdown()));
    parts.extend(lines(&remarks(rows, unmeasured), "- "));
    parts.join("\n")
}

const LEGEND: &str = "\
    ratio: throughput of ours over the best library's, with its 95 % interval; above 1 ours is faster, within 5 % of 1 is a tie\n\
    *: its output is outside our kernel's contract, and within what the library is known to be off\n\
    of limit: throughput of ours over what this core reached in the same run\n";

fn lines(remarks: &[String], bullet: &str) -> Option<String> {
    let lines = |text: String, remark: &String| format!("{text}{bullet}{remark}\n");
    (!remarks.is_empty()).then(|| remarks.iter().fold(String::new(), lines))
}

/// How many rows are faster, tied and slower.
#[must_use]
pub fn summary(rows: &BTreeMap<String, SpeedRow>) -> String {
    let standings = || rows.values().filter_map(|row| row.ratio_to_best_peer.as_ref()).map(Standing::of);
    let count = |standing: Standing| standings().filter(|&other| other == standing).count();
    let (faster, tied, slower, unsure) =
        (count(Standing::Faster), count(Standing::Tie), count(Standing::Slower), count(Standing::Unsure));
    let without = rows.len() - standings().count();
    format!(
        "beside the best library {faster} are faster, {tied} tie, {slower} are slower and {unsure} unsure; {without} have \
         none beside them"
    )
}

/// The rows: the worst ratio first, those without one last.
#[must_use]
pub fn of_rows(rows: &BTreeMap<String, SpeedRow>) -> Table {
    let takes_part = |name: &str| rows.values().any(|row| row.contestants.contains_key(name));
    let libraries: Vec<&str> = LIBRARIES.iter().map(|library| library.name).filter(|name| takes_part(name)).collect();
    let numbers: Vec<String> = libraries.iter().map(|name| format!(">{name}")).collect();
    let mut columns = vec!["kernel and shape", ">ours", "variant"];
    columns.extend(numbers.iter().map(String::as_str));
    columns.extend([">ratio", "interval", "to", "", ">of limit", "limit"]);
    let mut table = Table::new(&columns);
    let mut sorted: Vec<(&String, &SpeedRow)> = rows.iter().collect();
    let ratio = |row: &SpeedRow| row.ratio_to_best_peer.as_ref().map_or(f64::INFINITY, |ratio| ratio.value);
    sorted.sort_by(|(_, one), (_, other)| ratio(one).total_cmp(&ratio(other)));
    for (name, row) in sorted {
        table.push(cells(name, row, &libraries));
    }
    table
}

fn cells(name: &str, row: &SpeedRow, libraries: &[&str]) -> Vec<String> {
    let throughput = |name: &str| {
        let contestant = row.contestants.get(name)?;
        let mark = if contestant.outside_contract.is_some() { "*" } else { "" };
        Some(format!("{}{mark}", rate(contestant.throughput?, row.unit.symbol())))
    };
    let cell = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    let ratio = row.ratio_to_best_peer.as_ref();
    let mut cells = vec![name.to_owned(), cell(throughput(&row.ours)), row.ours.clone()];
    cells.extend(libraries.iter().map(|library| cell(throughput(library))));
    cells.extend([
        cell(ratio.map(|ratio| format!("{:.2}", ratio.value))),
        cell(ratio.map(|ratio| format!("{:.2} to {:.2}", ratio.lower, ratio.upper))),
        cell(row.best_peer.clone()),
        ratio.map_or(String::new(), |ratio| Standing::of(ratio).word().to_owned()),
        cell(row.limit.as_ref().map(|limit| format!("{:.0} %", limit.ratio * 100.0))),
        cell(row.limit.as_ref().map(|limit| limit.name.clone())),
    ]);
    cells
}

/// What the machine can do at most.
#[must_use]
pub fn of_limits(limits: &BTreeMap<String, MachineLimit>) -> Table {
    let mut table = Table::new(&["limit", ">at most", ">quiet"]);
    for (name, limit) in limits {
        let value = limit.value.map_or_else(|| "–".to_owned(), |value| rate(value, limit.unit.symbol()));
        let quiet = limit.accepted_share.map_or_else(|| "–".to_owned(), |share| format!("{:.0} %", share * 100.0));
        table.push(vec![name.clone(), value, quiet]);
    }
    table
}

/// What people should know beside the numbers: variants that lose to plainer ones, and what was not measured.
#[must_use]
pub fn remarks(rows: &BTreeMap<String, SpeedRow>, unmeasured: &BTreeMap<String, String>) -> Vec<String> {
    let mut remarks = Vec::new();
    let mut within_tie: usize = 0;
    for (name, row) in rows {
        for variant in &row.slower_than_scalar {
            // Ours over scalar; of another variant the two throughputs tell how far.
            let throughput = |name: &str| row.contestants.get(name)?.throughput;
            let share = throughput(variant).zip(throughput("scalar")).map(|(variant, scalar)| variant / scalar);
            if share.is_some_and(|share| share >= 1.0 - TIE) {
                within_tie += 1;
            } else {
                let share = share.map_or_else(String::new, |share| format!("reaches {share:.2} of scalar and "));
                remarks.push(format!(
                    "{name}: variant_slower_than_scalar: {variant} {share}is slower than plain code here"
                ));
            }
        }
        if let Some(ratio) = row.ratios.get("avx2").filter(|ratio| row.ours == "avx512" && ratio.upper < 1.0) {
            if ratio.value >= 1.0 - TIE {
                within_tie += 1;
            } else {
                remarks.push(format!(
                    "{name}: avx512 reaches {:.2} ({:.2} to {:.2}) of avx2: a program would be faster without it here",
                    ratio.value, ratio.lower, ratio.upper
                ));
            }
        }
        for (contestant, found) in &row.contestants {
            if let Some(why) = found.unmeasured.get("throughput") {
                remarks.push(format!("{name}: {contestant} has no number: {why}"));
            } else if let Some(why) = row.unmeasured.get(&format!("ratios.{contestant}")) {
                remarks.push(format!("{name}: {contestant} has no ratio: {why}"));
            }
        }
        let is_contestant = |who: &str| is_ours(who) || LIBRARIES.iter().any(|library| library.name == who);
        let left_out =
            row.unmeasured.iter().filter(|(who, why)| is_contestant(who) && !why.starts_with(super::NOT_TAKEN));
        remarks.extend(left_out.map(|(who, why)| format!("{name}: {who} is left out: {why}")));
    }
    remarks.extend(unmeasured.iter().map(|(name, why)| format!("{name}: {why}")));
    if within_tie > 0 {
        remarks.push(format!(
            "{within_tie} times a variant is surely slower than scalar, or AVX-512 than AVX2, by less than {:.0} %",
            TIE * 100.0
        ));
    }
    remarks
}

/// Whether a contestant is one of our variants, which go by their ISA level.
fn is_ours(contestant: &str) -> bool {
    contestant.parse::<IsaLevel>().is_ok()
}

/// The variants of ours that were right before and failed when they were to be measured, as `kernel/shape: variant`: left
/// out since they died, never called, or with an output outside the contract.
#[must_use]
pub fn failed(rows: &BTreeMap<String, SpeedRow>) -> Vec<String> {
    let of_row = |(name, row): (&String, &SpeedRow)| {
        let died = row.unmeasured.iter().filter(|(_, why)| !why.starts_with(super::NOT_TAKEN)).map(|(who, _)| who);
        let is_off = |found: &Contestant| found.outside_contract.is_some() || found.samples == 0;
        let off = row.contestants.iter().filter(|(_, found)| is_off(found)).map(|(who, _)| who);
        died.chain(off).filter(|who| is_ours(who)).map(|who| format!("{name}: {who}")).collect::<Vec<_>>()
    };
    rows.iter().flat_map(of_row).collect()
}

#[cfg(test)]
mod tests {
    use schema::case::ThroughputUnit;

    use super::*;

    fn ratio(value: f64) -> SpeedRatio {
        SpeedRatio { value, lower: value / 1.02, upper: value * 1.02, confidence: 0.95, rounds: 99 }
    }

    fn contestant(throughput: f64) -> Contestant {
        Contestant {
            call: None,
            throughput: Some(throughput),
            p50_ns: Some(1.0),
            min_ns: Some(1.0),
            samples: 9,
            accepted_share: Some(1.0),
            largest_error: Some(0.0),
            outside_contract: None,
            unmeasured: BTreeMap::new(),
        }
    }

    fn row(to_best: Option<f64>) -> SpeedRow {
        SpeedRow {
            unit: ThroughputUnit::FlopsPerSecond,
            amount: 2,
            ours: "avx512".to_owned(),
            contestants: BTreeMap::from([
                ("avx512".to_owned(), contestant(5e10)),
                ("avx2".to_owned(), contestant(6e10)),
                ("matrixmultiply".to_owned(), contestant(7e10)),
                ("scalar".to_owned(), contestant(8e10)),
            ]),
            best_peer: Some("matrixmultiply".to_owned()),
            ratio_to_best_peer: to_best.map(ratio),
            ratios: BTreeMap::from([("avx2".to_owned(), ratio(5.0 / 6.0))]),
            limit: None,
            slower_than_scalar: vec!["avx2".to_owned()],
            unmeasured: BTreeMap::new(),
        }
    }

    fn rows(ratios: &[(&str, Option<f64>)]) -> BTreeMap<String, SpeedRow> {
        ratios.iter().map(|&(name, to_best)| (name.to_owned(), row(to_best))).collect()
    }

    #[track_caller]
    fn check(value: f64, lower: f64, upper: f64, expected: Standing) {
        assert_eq!(Standing::of(&SpeedRatio { value, lower, upper, confidence: 0.95, rounds: 11 }), expected);
    }

    #[test]
    fn within_five_percent_is_a_tie_however_sure() {
        check(0.951, 0.950, 0.952, Standing::Tie);
        check(1.049, 1.048, 1.050, Standing::Tie);
    }

    #[test]
    fn beyond_that_the_interval_decides() {
        check(1.2, 1.1, 1.3, Standing::Faster);
        check(0.8, 0.7, 0.9, Standing::Slower);
        check(0.8, 0.6, 1.01, Standing::Unsure);
    }

    #[test]
    fn the_worst_ratio_stands_first_and_rows_without_one_last() {
        let text = of_rows(&rows(&[("a/n1", None), ("b/n1", Some(1.5)), ("c/n1", Some(0.5))])).aligned();
        let order: Vec<char> = text.lines().skip(1).filter_map(|line| line.chars().next()).collect();
        assert_eq!(order, ['c', 'b', 'a'], "{text}");
    }

    #[test]
    fn a_variant_that_loses_to_scalar_and_one_that_loses_to_a_lower_level_are_named() {
        let remarks = remarks(&rows(&[("a/n1", Some(1.0))]), &BTreeMap::new());
        assert!(remarks[0].contains("variant_slower_than_scalar: avx2 reaches 0.75 of scalar"), "{remarks:?}");
        assert!(remarks[1].contains("avx512 reaches 0.83 (0.82 to 0.85) of avx2"), "{remarks:?}");
    }

    #[test]
    fn what_loses_by_less_than_a_tie_is_counted_and_not_listed() {
        let mut rows = rows(&[("a/n1", Some(1.0))]);
        let row = rows.get_mut("a/n1").unwrap();
        row.contestants.insert("scalar".to_owned(), contestant(6.1e10));
        row.ratios.insert("avx2".to_owned(), SpeedRatio { upper: 0.99, ..ratio(0.98) });
        let remarks = remarks(&rows, &BTreeMap::new());
        assert_eq!(remarks.len(), 1, "{remarks:?}");
        assert!(remarks[0].starts_with("2 times"), "{remarks:?}");
    }

    #[test]
    fn a_variant_of_ours_that_died_or_is_wrong_has_failed_and_is_named() {
        let mut rows = rows(&[("a/n1", Some(1.0))]);
        assert!(failed(&rows).is_empty());
        let row = rows.get_mut("a/n1").unwrap();
        row.unmeasured.insert("sse41".to_owned(), "while it was called, it died".to_owned());
        row.unmeasured.insert("openblas".to_owned(), "while it was called, it died".to_owned());
        row.contestants.get_mut("avx2").unwrap().outside_contract = Some("output 0".to_owned());
        row.contestants.get_mut("scalar").unwrap().samples = 0;
        assert_eq!(failed(&rows), ["a/n1: sse41", "a/n1: avx2", "a/n1: scalar"]);
        let said = remarks(&rows, &BTreeMap::new()).join("; ");
        assert!(said.contains("a/n1: sse41 is left out: while it was called, it died"), "{said}");
    }

    #[test]
    fn what_was_not_measured_is_said() {
        let unmeasured = BTreeMap::from([("x/n1".to_owned(), "no memory".to_owned())]);
        assert_eq!(remarks(&BTreeMap::new(), &unmeasured), ["x/n1: no memory"]);
    }

    #[test]
    fn the_summary_counts_each_row_once() {
        let rows = rows(&[("a", None), ("b", Some(1.5)), ("c", Some(0.5)), ("d", Some(1.0))]);
        let expected =
            "beside the best library 1 are faster, 1 tie, 1 are slower and 0 unsure; 1 have none beside them";
        assert_eq!(summary(&rows), expected);
    }
}
