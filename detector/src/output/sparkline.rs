//! A series in one line: as many blocks as there is room for, each as high as the median of its points.

use super::Glyphs;

/// A picture of `values`, at most `columns` wide: each column is the median of as many points as the others, on an axis of
/// logarithms from the lowest column to the highest. Columns that hold one of `marks`, places in the series, are told by a sign
/// below them; the second line is empty where there are none.
pub(crate) fn sparkline(values: &[f64], marks: &[usize], columns: usize, glyphs: Glyphs) -> (String, String) {
    let columns = columns.min(values.len());
    let column_of = |place: usize| place * columns / values.len().max(1);
    let heights: Vec<f64> = (0..columns)
        .filter_map(|column| {
            let (from, to) = (column * values.len() / columns, (column + 1) * values.len() / columns);
            statistics::median(&values[from..to]).map(f64::ln)
        })
        .collect();
    let (low, high) = heights
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), height| (low.min(*height), high.max(*height)));
    let steps = glyphs.steps();
    // A series that differs by nothing that people would see is a flat line, not noise blown up.
    let span = (high - low).max(SPAN_LEAST);
    let step = |height: f64| {
        let boundary = |upper: usize| (upper as f64 - 0.5) / (steps.len() - 1) as f64;
        steps[(1..steps.len()).take_while(|&upper| (height - low) / span >= boundary(upper)).count()]
    };
    let picture = heights.iter().map(|height| step(*height)).collect();
    let last = marks.iter().map(|mark| column_of(*mark)).max();
    let below = last.map_or_else(String::new, |last| {
        (0..=last).map(|column| if marks.iter().any(|mark| column_of(*mark) == column) { '^' } else { ' ' }).collect()
    });
    (picture, below)
}

/// The least span from the lowest to the highest step, on the scale of logarithms: 1 %.
const SPAN_LEAST: f64 = 0.01;

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(values: &[f64], columns: usize) -> String {
        sparkline(values, &[], columns, Glyphs::Unicode).0
    }

    #[test]
    fn a_step_is_seen_as_one() {
        assert_eq!(picture(&[100.0, 100.0, 110.0, 110.0], 4), "▁▁██");
    }

    #[test]
    fn a_long_series_is_drawn_in_as_many_columns_as_there_are() {
        let values: Vec<f64> = (0..1000).map(f64::from).map(|value| value + 1.0).collect();
        assert_eq!(picture(&values, 40).chars().count(), 40);
    }

    #[test]
    fn equal_values_are_a_flat_line() {
        assert_eq!(picture(&[5.0; 6], 3), "▁▁▁");
    }

    #[test]
    fn nothing_is_no_picture() {
        assert_eq!(picture(&[], 40), "");
    }

    #[test]
    fn a_change_is_marked_below_its_column() {
        let (_, below) = sparkline(&[1.0, 1.0, 2.0, 2.0, 2.0], &[2], 5, Glyphs::Unicode);
        assert_eq!(below, "  ^");
    }

    #[test]
    fn a_change_at_the_very_end_is_marked_in_the_last_column() {
        let values = vec![1.0; 77];
        let (picture, below) = sparkline(&values, &[76], 40, Glyphs::Ascii);
        assert_eq!((picture.chars().count(), below.chars().count()), (40, 40));
    }
}
