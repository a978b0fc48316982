//! Values and changes as people write them: three significant digits, and the prefix that fits.

use schema::comparison::{Metric, Row, Unit};

/// What stands where there is nothing to say.
pub(crate) const NOTHING: &str = "-";

/// A value with its unit: `19.0 Gflop/s`, `1.05 µs`, `8.58 MiB`.
pub(crate) fn value(value: Option<f64>, unit: Option<Unit>) -> String {
    match (value, unit) {
        (Some(value), Some(unit)) => with_unit(value, unit, 0),
        _ => NOTHING.to_owned(),
    }
}

/// The same with a digit more, where values lie within a percent of each other: `1.052 µs`.
pub(super) fn precise(value: f64, unit: Unit) -> String {
    with_unit(value, unit, 1)
}

fn with_unit(value: f64, unit: Unit, further_digits: usize) -> String {
    match unit {
        Unit::Ns => scaled(value, 1000.0, &["ns", "µs", "ms", "s"], "", further_digits),
        Unit::Bytes => scaled(value, 1024.0, &["B", "KiB", "MiB", "GiB", "TiB"], "", further_digits),
        Unit::Share => format!("{} %", trimmed(value * 100.0)),
        _ => scaled(value, 1000.0, &["", "k", "M", "G", "T", "P"], unit.symbol(), further_digits),
    }
}

fn scaled(value: f64, step: f64, prefixes: &[&str], symbol: &str, further_digits: usize) -> String {
    let mut value = value;
    let mut place = 0;
    // What would be rounded up to a whole step is already one.
    while value >= step * 0.9995 && place + 1 < prefixes.len() {
        value /= step;
        place += 1;
    }
    format!("{} {}{symbol}", significant(value, further_digits), prefixes[place])
}

/// Three significant digits and some further ones; without these, whole numbers from 100 on.
fn significant(value: f64, further: usize) -> String {
    match value {
        _ if value >= 1e6 || (value < 0.01 && value > 0.0) => format!("{value:.*e}", 2 + further),
        _ if value >= 99.95 => format!("{value:.further$}"),
        _ if value >= 9.995 => format!("{value:.*}", 1 + further),
        _ => format!("{value:.*}", 2 + further),
    }
}

/// Up to four decimals, without zeros at the end.
fn trimmed(value: f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A change: `+30.0 %`, `-0.5 pt` for accuracy.
pub(crate) fn change(row: &Row) -> String {
    row.change_percent.map_or_else(|| NOTHING.to_owned(), |percent| like_change(row, percent))
}

/// Another change of the row's metric, as precise: `+28.1 %`.
pub(super) fn like_change(row: &Row, percent: f64) -> String {
    format!("{} {}", signed(percent, digits(row)), symbol(row))
}

/// A change in percent by itself: `+28.1 %`.
pub(crate) fn percent(percent: f64) -> String {
    format!("{} %", signed(percent, 1))
}

/// Its interval: `+28.1 to +31.9 %`.
pub(crate) fn interval(row: &Row) -> String {
    row.interval_percent.map_or_else(
        || NOTHING.to_owned(),
        |[low, high]| format!("{} to {} {}", signed(low, digits(row)), signed(high, digits(row)), symbol(row)),
    )
}

/// The smallest change that could have been seen: `3.9 %`, or `any` of what is counted and not timed.
pub(super) fn smallest(row: &Row) -> String {
    let is_counted = matches!(row.metric, Some(Metric::Accuracy | Metric::Instructions));
    match row.smallest_change_percent {
        Some(percent) => format!("{} %", decimals(percent, digits(row))),
        None if is_counted && row.change_percent.is_some() => "any".to_owned(),
        None => NOTHING.to_owned(),
    }
}

/// All of it in a sentence: `1.05 µs, now 1.37 µs (+30.0 %, +28.1 to +31.9 %)`. `None` where the candidate has no value.
pub(super) fn figures(row: &Row) -> Option<String> {
    row.candidate?;
    let (baseline, candidate) = (value(row.baseline, row.unit), value(row.candidate, row.unit));
    let change = match row.interval_percent {
        Some(_) => format!("{}, {}", change(row), interval(row)),
        None => change(row),
    };
    Some(format!("{baseline}, now {candidate} ({change})"))
}

/// Decimals of a change: a tenth of a percent, or a hundredth where changes of less than one percent can be seen.
fn digits(row: &Row) -> usize {
    if row.smallest_change_percent.is_some_and(|percent| percent < 0.95) { 2 } else { 1 }
}

/// The unit of a row's changes.
pub(crate) fn symbol(row: &Row) -> &'static str {
    if row.metric == Some(Metric::Accuracy) { "pt" } else { "%" }
}

/// With its sign: `+30.0`.
pub(crate) fn signed(percent: f64, digits: usize) -> String {
    let text = decimals(percent.abs(), digits);
    // What rounds to nothing has no sign.
    match text.as_str() {
        "0.0" | "0.00" => text,
        _ if percent < 0.0 => format!("-{text}"),
        _ => format!("+{text}"),
    }
}

fn decimals(percent: f64, digits: usize) -> String {
    if percent < 1e5 { format!("{percent:.digits$}") } else { format!("{percent:.1e}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(number: f64, unit: Unit, expected: &str) {
        assert_eq!(value(Some(number), Some(unit)), expected);
    }

    #[test]
    fn rates_have_si_prefixes() {
        check(1.9e10, Unit::FlopsPerSecond, "19.0 Gflop/s");
        check(999_999.0, Unit::TokensPerSecond, "1.00 Mtok/s");
    }

    #[test]
    fn times_are_told_in_the_unit_that_fits() {
        check(706.4, Unit::Ns, "706 ns");
        check(1052.0, Unit::Ns, "1.05 µs");
        check(1.5e9, Unit::Ns, "1.50 s");
    }

    #[test]
    fn a_further_digit_tells_launches_apart() {
        assert_eq!(precise(1052.4, Unit::Ns), "1.052 µs");
        assert_eq!(precise(706.44, Unit::Ns), "706.4 ns");
    }

    #[test]
    fn memory_has_binary_prefixes() {
        check(9_000_000.0, Unit::Bytes, "8.58 MiB");
    }

    #[test]
    fn a_share_is_told_in_percent() {
        check(1.0, Unit::Share, "100 %");
        check(0.9985, Unit::Share, "99.85 %");
    }

    #[test]
    fn numbers_out_of_all_proportion_stay_short() {
        check(1e300, Unit::Ns, "1.00e291 s");
        assert_eq!(signed(f64::MAX, 1), "+1.8e308");
    }

    #[test]
    fn a_change_that_rounds_to_nothing_has_no_sign() {
        assert_eq!(signed(-0.01, 1), "0.0");
        assert_eq!(signed(-0.01, 2), "-0.01");
        assert_eq!(signed(-0.001, 2), "0.00");
    }
}
