//! Quantities with foreign units: converted exactly, never guessed.

use schema::case::ThroughputUnit;

use super::refusal::Problem;

/// The units of time that are understood.
const TIMES: &str = "ps, ns, µs (us), ms, s, m, h and d";
/// The units of throughput that are understood.
const RATES: &str = "elem/s, item/s, char/s, B/s and b/s, with K, M, G, T or P before them, or Ki, Mi … for bytes";

/// `number` × 10^`power`, rounded once: the decimal that was written is moved by its point, and then read. Multiplying
/// would round a second time, and 33.612 µs would not be 33,612 ns.
#[must_use]
pub(super) fn scaled(number: f64, power: i32) -> f64 {
    if !number.is_finite() {
        return number;
    }
    let text = format!("{number:e}");
    let (digits, exponent) = text.split_once('e').expect("the format writes an exponent");
    let exponent: i32 = exponent.parse().expect("the exponent of a float is a small number");
    format!("{digits}e{}", exponent + power).parse().expect("digits and an exponent are a number")
}

/// A number as people write it: digits, perhaps a sign, a point, an exponent, and commas between thousands. `None` for
/// everything else, with it `nan` and `inf`.
#[must_use]
pub(super) fn number(text: &str) -> Option<f64> {
    let (whole, rest) = text.split_at(text.find(['.', 'e', 'E']).unwrap_or(text.len()));
    let groups: Vec<&str> = whole.split(',').collect();
    let is_grouped = groups.len() == 1 || !groups[0].is_empty() && groups[1..].iter().all(|group| group.len() == 3);
    let is_number = text.starts_with(|c: char| c.is_ascii_digit() || c == '-')
        && text.ends_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || ".,eE+-".contains(c));
    if !is_grouped || !is_number || rest.contains(',') {
        return None;
    }
    format!("{}{rest}", groups.concat()).parse().ok()
}

/// A time in nanoseconds.
///
/// # Errors
///
/// When the unit is unknown.
pub(super) fn time_ns(number: f64, unit: &str) -> Result<f64, Problem> {
    let (factor, power) = match unit {
        "ps" => (1.0, -3),
        "ns" => (1.0, 0),
        // The micro sign, and the Greek letter that looks like it.
        "µs" | "μs" | "us" => (1.0, 3),
        "ms" => (1.0, 6),
        "s" => (1.0, 9),
        "m" => (60.0, 9),
        "h" => (3_600.0, 9),
        "d" => (86_400.0, 9),
        _ => return Err(Problem::Unit { unit: unit.to_owned(), known: TIMES }),
    };
    Ok(scaled(number * factor, power))
}

/// A throughput: work a second, and what it counts.
///
/// # Errors
///
/// When the unit is unknown.
pub(super) fn rate(number: f64, unit: &str) -> Result<(f64, ThroughputUnit), Problem> {
    let unknown = || Problem::Unit { unit: unit.to_owned(), known: RATES };
    let counted = unit.strip_suffix("/s").ok_or_else(unknown)?;
    let bases = [
        ("elem", ThroughputUnit::ElementsPerSecond, 1.0),
        ("item", ThroughputUnit::ElementsPerSecond, 1.0),
        ("char", ThroughputUnit::ElementsPerSecond, 1.0),
        ("B", ThroughputUnit::BytesPerSecond, 1.0),
        ("b", ThroughputUnit::BytesPerSecond, 0.125),
    ];
    let (prefix, base, factor) = bases
        .into_iter()
        .find_map(|(name, base, factor)| Some((counted.strip_suffix(name)?, base, factor)))
        .ok_or_else(unknown)?;
    let powers = [("", 0), ("K", 1), ("M", 2), ("G", 3), ("T", 4), ("P", 5)];
    let power = |prefix: &str| powers.iter().find(|(name, _)| *name == prefix).map(|&(_, power)| power);
    let value = match prefix.strip_suffix('i') {
        Some(prefix) => {
            let power = power(prefix).filter(|&power| power > 0 && base == ThroughputUnit::BytesPerSecond);
            number * factor * 1024_f64.powi(power.ok_or_else(unknown)?)
        }
        None => scaled(number * factor, 3 * power(prefix).ok_or_else(unknown)?),
    };
    Ok((value, base))
}

/// Bytes, the nearest whole one; `None` where it is no count of bytes, or more than a float can count.
#[must_use]
pub(super) fn bytes(number: f64) -> Option<u64> {
    /// 2^53: from here on floats skip whole numbers.
    const COUNTABLE: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is from 0 to 2^53")]
    let whole = number.round() as u64;
    (0.0..=COUNTABLE).contains(&number).then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_of_time_is_converted_exactly() {
        for (number, unit, ns) in [
            (544.85, "ps", 0.544_85),
            (326.21, "ns", 326.21),
            (33.612, "µs", 33_612.0),
            (33.612, "μs", 33_612.0),
            (0.211_75, "us", 211.75),
            (3.0917, "ms", 3_091_700.0),
            (0.010_536_918_24, "s", 10_536_918.24),
            (1.5, "m", 90e9),
            (2.0, "h", 7_200e9),
            (1.0, "d", 86_400e9),
        ] {
            assert_eq!(time_ns(number, unit), Ok(ns), "{number} {unit}");
        }
    }

    #[test]
    fn an_unknown_unit_of_time_is_refused_by_name() {
        assert!(time_ns(1.0, "cycles").expect_err("no time").to_string().contains("\"cycles\""));
    }

    #[test]
    fn every_unit_of_throughput_is_converted_exactly() {
        use ThroughputUnit::{BytesPerSecond, ElementsPerSecond};
        for (number, unit, value, counts) in [
            (12.0, "elem/s", 12.0, ElementsPerSecond),
            (4.7427, "Kelem/s", 4_742.7, ElementsPerSecond),
            (2.96, "Gelem/s", 2.96e9, ElementsPerSecond),
            (3.34, "Gitem/s", 3.34e9, ElementsPerSecond),
            (1.0, "char/s", 1.0, ElementsPerSecond),
            (37.5, "KiB/s", 38_400.0, BytesPerSecond),
            (22.0, "GiB/s", 22.0 * 1_073_741_824.0, BytesPerSecond),
            (51_381.67, "MB/s", 51_381_670_000.0, BytesPerSecond),
            (30.0, "Gb/s", 3.75e9, BytesPerSecond),
            (5.0, "B/s", 5.0, BytesPerSecond),
        ] {
            assert_eq!(rate(number, unit), Ok((value, counts)), "{number} {unit}");
        }
    }

    #[test]
    fn an_unknown_unit_of_throughput_is_refused() {
        for unit in ["", "/s", "furlong/s", "QB/s", "iB/s", "Kielem/s", "GiB", "elem"] {
            assert!(rate(1.0, unit).is_err(), "{unit}");
        }
    }

    #[test]
    fn a_number_is_digits_with_thousands_in_groups_of_three() {
        assert_eq!(number("3,076,866"), Some(3_076_866.0));
        assert_eq!(number("1,234.5"), Some(1_234.5));
        assert_eq!(number("-1e3"), Some(-1e3));
        for text in ["", "nan", "inf", "-", "1,23", ",123", "1.2,345", "0x10", "1_000", "1 000", "١"] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_number_stays_none_when_scaled() {
        assert!(scaled(f64::NAN, 3).is_nan() && scaled(f64::INFINITY, -3).is_infinite());
    }

    #[test]
    fn bytes_are_the_nearest_whole_one_and_no_more_than_can_be_counted() {
        assert_eq!(bytes(12_345_678.9), Some(12_345_679));
        assert_eq!((bytes(-1.0), bytes(f64::NAN), bytes(1e300)), (None, None, None));
    }
}
