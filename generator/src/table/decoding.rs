//! The decoding of models at a glance: the phases of each, which are cases of their own, in one row.

use std::collections::BTreeMap;

use schema::case::CaseRow;

use super::{Table, number, rate, time};

/// The phases of a model that were measured on one variant.
#[derive(Default)]
struct Phases<'r> {
    load: Option<&'r CaseRow>,
    prefill: Option<&'r CaseRow>,
    decode: Option<&'r CaseRow>,
}

/// What the columns of [`of_models`] mean.
pub(super) const LEGEND: &str = "\
    first token: a whole prefill · a token: one step of the decoding, at the 50th, 95th and 99th percentile\n\
    same token: positions whose most likely token is that of the reference · peak memory: of the process that decodes\n";

/// A row for each model and variant of which a phase is among the cases; `None` where there are none.
pub(super) fn of_models(cases: &BTreeMap<String, CaseRow>) -> Option<Table> {
    let mut models: BTreeMap<(&str, &str, &str), Phases<'_>> = BTreeMap::new();
    for (id, row) in cases {
        let Some((kernel, isa, model, phase)) = parts(id) else { continue };
        let phases = models.entry((kernel, model, isa)).or_default();
        let place = match phase.trim_end_matches(|c: char| c.is_ascii_digit()) {
            "load" => &mut phases.load,
            "prefill" => &mut phases.prefill,
            "decode" => &mut phases.decode,
            _ => continue,
        };
        *place = Some(row);
    }
    if models.is_empty() {
        return None;
    }
    let mut table = Table::new(&[
        "model",
        ">decode",
        ">a token p50",
        ">p95",
        ">p99",
        ">prefill",
        ">first token",
        ">load",
        ">peak memory",
        ">same token",
    ]);
    for ((kernel, model, isa), phases) in models {
        let decode = |field: fn(&CaseRow) -> Option<f64>| phases.decode.and_then(field);
        let prefill = |field: fn(&CaseRow) -> Option<f64>| phases.prefill.and_then(field);
        let throughput = |row: &CaseRow| row.throughput.value;
        let p50 = |row: &CaseRow| row.latency.p50_ns;
        let tokens = |value| rate(value, "tok/s");
        table.push(vec![
            format!("{kernel}/{isa}/{model}"),
            number(decode(throughput), tokens),
            number(decode(p50), time),
            number(decode(|row| row.latency.p95_ns), time),
            number(decode(|row| row.latency.p99_ns), time),
            number(prefill(throughput), tokens),
            number(prefill(p50), time),
            number(phases.load.and_then(p50), time),
            number(decode(|row| row.peak_memory_bytes.map(|bytes| bytes as f64)), super::memory),
            number(decode(|row| row.accuracy), super::share),
        ]);
    }
    Some(table)
}

/// Kernel, variant, model and phase of a case; `None` where its shape has no phase.
fn parts(id: &str) -> Option<(&str, &str, &str, &str)> {
    let (kernel, rest) = id.split_once('/')?;
    let (isa, shape) = rest.split_once('/')?;
    let (model, phase) = shape.rsplit_once('_')?;
    Some((kernel, isa, model, phase))
}

#[cfg(test)]
mod tests {
    use schema::case::{Latency, Status, Throughput, ThroughputUnit};

    use super::*;

    fn row(throughput: f64, unit: ThroughputUnit, p50_ns: f64) -> CaseRow {
        CaseRow {
            throughput: Throughput { value: Some(throughput), unit: Some(unit) },
            latency: Latency { p50_ns: Some(p50_ns), ..Latency::default() },
            accuracy: Some(0.96875),
            ..CaseRow::without_numbers(Status::Measured, "a test")
        }
    }

    #[test]
    fn the_phases_of_a_model_on_a_variant_share_a_row_and_what_was_not_measured_is_a_dash() {
        let tokens = ThroughputUnit::TokensPerSecond;
        let cases = [
            ("decode_bitnet/avx2/d512l8_decode32", row(1250.0, tokens, 8e5)),
            ("decode_bitnet/avx2/d512l8_prefill64", row(3200.0, tokens, 2e7)),
            ("decode_bitnet/avx2/d512l8_load", row(1e9, ThroughputUnit::BytesPerSecond, 3e7)),
            ("decode_bitnet/scalar/d512l8_decode32", row(100.0, tokens, 1e7)),
            ("dot_f32/avx2/n100", row(1e9, ThroughputUnit::FlopsPerSecond, 10.0)),
        ];
        let cases: BTreeMap<String, CaseRow> = cases.map(|(id, row)| (id.to_owned(), row)).into();
        let text = of_models(&cases).expect("there are models").aligned();
        let lines: Vec<Vec<&str>> =
            text.lines().skip(1).map(|line| line.split("  ").map(str::trim).collect()).collect();
        let cells = |line: usize| lines[line].iter().copied().filter(|cell| !cell.is_empty()).collect::<Vec<_>>();
        assert_eq!(lines.len(), 2);
        let name = "decode_bitnet/avx2/d512l8";
        let expected = [name, "1.25 ktok/s", "800 µs", "–", "–", "3.20 ktok/s", "20.0 ms", "30.0 ms", "–", "96.8750 %"];
        assert_eq!(cells(0), expected);
        assert_eq!(cells(1)[5..8], ["–"; 3]);
    }

    #[test]
    fn without_a_model_there_is_no_such_table() {
        let cases = [("dot_f32/avx2/n100".to_owned(), row(1e9, ThroughputUnit::FlopsPerSecond, 10.0))];
        assert!(of_models(&cases.into()).is_none());
    }

    #[test]
    fn a_case_with_a_phase_has_a_model() {
        assert_eq!(parts("decode_bitnet/avx2/d512l8_decode32"), Some(("decode_bitnet", "avx2", "d512l8", "decode32")));
        assert_eq!(parts("dot_f32/avx2/n100"), None);
        assert_eq!(parts("an imported case"), None);
    }
}
