//! The watch's rates, for people.

use std::{collections::BTreeMap, fmt::Write};

use platforms::PlatformKey;

use crate::watch::{Rate, Rates};

const HEAD: [&str; 5] = ["platform", "nights", "false regressions", "false improvements", "slowdowns found"];

/// A table for a terminal or a log; empty where there are no rates.
pub(super) fn human(rates: &BTreeMap<PlatformKey, Rates>) -> String {
    let rows: Vec<[String; 5]> = rates.iter().map(|(platform, rates)| cells(*platform, rates)).collect();
    let mut lines: Vec<[&str; 5]> = vec![HEAD];
    lines.extend(rows.iter().map(|row| row.each_ref().map(String::as_str)));
    let widths: [usize; 5] =
        std::array::from_fn(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0));
    let mut text = String::new();
    if rows.is_empty() {
        return text;
    }
    for line in lines {
        let cells: Vec<String> = line.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        let _ = writeln!(text, "{}", cells.join("  ").trim_end());
    }
    text
}

/// A table for GitHub; empty where there are no rates.
pub(super) fn markdown(rates: &BTreeMap<PlatformKey, Rates>) -> String {
    let mut text = String::new();
    if rates.is_empty() {
        return text;
    }
    let _ = writeln!(text, "| {} |\n|---|--:|---|---|---|", HEAD.join(" | "));
    for (platform, rates) in rates {
        let _ = writeln!(text, "| {} |", cells(*platform, rates).join(" | "));
    }
    text
}

fn cells(platform: PlatformKey, rates: &Rates) -> [String; 5] {
    [
        platform.to_string(),
        rates.watches.to_string(),
        rate(rates.false_regressions),
        rate(rates.false_improvements),
        rate(rates.found),
    ]
}

/// `2 of 150: 1.3 % (0.2 to 4.7)`.
pub(super) fn rate(rate: Rate) -> String {
    let Rate { of, all } = rate;
    match (rate.share(), rate.interval()) {
        (Some(share), Some([low, high])) => {
            format!("{of} of {all}: {:.1} % ({:.1} to {:.1})", 100.0 * share, 100.0 * low, 100.0 * high)
        }
        _ => "none yet".to_owned(),
    }
}
