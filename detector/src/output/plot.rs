//! Numbers as dots, a line for each list of them, all on one axis: numbers in, lines out.
//!
//! The axis is one of logarithms, on which changes are judged; over the few percent that launches differ by it looks like any
//! other.

use std::iter;

use unicode_width::UnicodeWidthStr;

/// Columns of an axis, an odd number: it has a middle.
const AXIS_COLUMNS: usize = 51;

/// The least that an axis spans, on the scale of logarithms: 1 %. Its ends are told in three digits, and must differ.
const SPAN_LEAST: f64 = 0.01;

/// What is drawn with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyphs {
    /// Dots and lines, one column each.
    Unicode,
    /// For terminals that know nothing else.
    Ascii,
}

impl Glyphs {
    /// A number alone in its column.
    const fn dot(self) -> char {
        match self {
            Self::Unicode => '•',
            Self::Ascii => 'o',
        }
    }

    /// Where the list as a whole lies.
    const fn place(self) -> char {
        match self {
            Self::Unicode => '│',
            Self::Ascii => '|',
        }
    }

    /// Where it lies, and numbers of it.
    const fn both(self) -> char {
        match self {
            Self::Unicode => '◆',
            Self::Ascii => 'X',
        }
    }

    /// From low to high, a column each.
    pub(super) const fn steps(self) -> &'static [char] {
        match self {
            Self::Unicode => &['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
            Self::Ascii => &['_', '.', '-', '=', '^'],
        }
    }

    /// The left end of an axis, its line, its middle and its right end.
    const fn axis(self) -> [char; 4] {
        match self {
            Self::Unicode => ['└', '─', '┴', '┘'],
            Self::Ascii => ['+', '-', '+', '+'],
        }
    }

    /// What the signs mean, in a line.
    pub(super) fn legend(self) -> String {
        let (dot, place, both) = (self.dot(), self.place(), self.both());
        format!(
            "{dot} a launch, 2 to 9 so many, # more; {place} where they lie (trimmed mean), {both} a launch there too"
        )
    }
}

/// A list of numbers, all above 0 and finite, and where it lies as a whole.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Strip {
    /// What stands before it.
    pub(super) label: String,
    /// What is drawn.
    pub(super) numbers: Vec<f64>,
    /// Where they lie.
    pub(super) place: Option<f64>,
    /// What stands behind it.
    pub(super) remark: String,
}

/// From where to where an axis goes, on the scale of logarithms.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Axis {
    low: f64,
    high: f64,
}

impl Axis {
    /// Over all numbers; `None` of none.
    fn over(numbers: impl Iterator<Item = f64>) -> Option<Self> {
        let ends = numbers.map(f64::ln).fold(None, |ends: Option<(f64, f64)>, log| {
            Some(ends.map_or((log, log), |(low, high)| (low.min(log), high.max(log))))
        });
        let (low, high) = ends?;
        let missing = (SPAN_LEAST - (high - low)).max(0.0) / 2.0;
        Some(Self { low: low - missing, high: high + missing })
    }

    /// The column of a number.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is cut off at both ends of the axis"
    )]
    fn column(self, number: f64) -> usize {
        let share = (number.ln() - self.low) / (self.high - self.low);
        (share.clamp(0.0, 1.0) * (AXIS_COLUMNS - 1) as f64).round() as usize
    }

    /// What stands at its ends and in its middle.
    fn ticks(self) -> [f64; 3] {
        [self.low, f64::midpoint(self.low, self.high), self.high].map(f64::exp)
    }
}

/// The strips, one below the other, and their axis; `tick` writes a number of it. Of strips without any number there is no
/// axis.
pub(super) fn plot(strips: &[Strip], tick: impl Fn(f64) -> String, glyphs: Glyphs) -> Vec<String> {
    let labels = strips.iter().map(|strip| strip.label.width()).max().unwrap_or(0);
    let before = |label: &str| format!("{label}{:pad$}", "", pad = labels - label.width());
    let all = strips.iter().flat_map(|strip| strip.numbers.iter().chain(&strip.place)).copied();
    let Some(axis) = Axis::over(all) else {
        return strips.iter().map(|strip| format!("{}  {}", before(&strip.label), strip.remark)).collect();
    };
    let mut lines: Vec<String> = strips
        .iter()
        .map(|strip| format!("{}  {}  {}", before(&strip.label), drawn(strip, axis, glyphs), strip.remark))
        .collect();
    let [left, line, middle, right] = glyphs.axis();
    let half = AXIS_COLUMNS / 2 - 1;
    let ruler: String = iter::once(left)
        .chain(iter::repeat_n(line, half))
        .chain(iter::once(middle))
        .chain(iter::repeat_n(line, AXIS_COLUMNS - half - 3))
        .chain(iter::once(right))
        .collect();
    lines.push(format!("{}  {ruler}", before("")));
    lines.push(format!("{}  {}", before(""), below(axis.ticks().map(tick), half + 1)));
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

fn drawn(strip: &Strip, axis: Axis, glyphs: Glyphs) -> String {
    let mut counts = [0u32; AXIS_COLUMNS];
    for &number in &strip.numbers {
        counts[axis.column(number)] += 1;
    }
    let place = strip.place.map(|place| axis.column(place));
    let sign = |(column, count): (usize, u32)| match (count, place == Some(column)) {
        (0, false) => ' ',
        (0, true) => glyphs.place(),
        (_, true) => glyphs.both(),
        (1, false) => glyphs.dot(),
        (_, false) => char::from_digit(count, 10).unwrap_or('#'),
    };
    counts.into_iter().enumerate().map(sign).collect()
}

/// The ticks below an axis: at its left end, about its middle where there is room, at its right end.
fn below([left, middle, right]: [String; 3], centre: usize) -> String {
    let (left_width, right_width) = (left.width(), right.width());
    let mut text = left;
    let at = centre.saturating_sub(middle.width() / 2);
    let ends_at = AXIS_COLUMNS.saturating_sub(right_width);
    if at > left_width + 1 && at + middle.width() + 1 < ends_at {
        text = format!("{text}{:gap$}{middle}", "", gap = at - left_width);
    }
    let gap = ends_at.saturating_sub(text.width()).max(1);
    format!("{text}{:gap$}{right}", "")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn strip(label: &str, numbers: &[f64], place: Option<f64>) -> Strip {
        Strip { label: label.to_owned(), numbers: numbers.to_vec(), place, remark: String::new() }
    }

    fn lines(strips: &[Strip]) -> Vec<String> {
        plot(strips, |number| format!("{number:.3e}"), Glyphs::Ascii)
    }

    /// How many numbers a line shows, at least.
    fn shown(line: &str) -> u32 {
        line.chars().map(|sign| sign.to_digit(10).unwrap_or(u32::from("oX#".contains(sign)))).sum()
    }

    #[test]
    fn numbers_lie_between_the_ends_that_are_named() {
        let strips = [strip("a", &[100.0, 200.0], None), strip("bb", &[400.0], Some(200.0))];
        let expected = [
            "a   o                        o",
            "bb                           |                        o",
            "    +------------------------+------------------------+",
            "    1.000e2               2.000e2               4.000e2",
        ];
        assert_eq!(lines(&strips), expected);
    }

    #[test]
    fn numbers_of_one_column_are_counted() {
        let line = lines(&[strip("", &[100.0, 100.0, 100.0, 200.0], None)]).remove(0);
        assert_eq!(line.split_whitespace().collect::<Vec<_>>(), ["3", "o"]);
    }

    #[test]
    fn more_than_nine_are_many() {
        assert!(lines(&[strip("", &[100.0; 10], None)])[0].contains('#'));
    }

    #[test]
    fn equal_numbers_stand_in_the_middle_of_an_axis_whose_ends_differ() {
        let lines = lines(&[strip("", &[706.0; 5], Some(706.0))]);
        assert_eq!(lines[0].find('X').map(|column| column / 10), Some(2), "{lines:?}");
        assert!(lines[2].contains("7.025e2") && lines[2].contains("7.095e2"), "{lines:?}");
    }

    #[test]
    fn one_number_has_an_axis() {
        assert_eq!(lines(&[strip("", &[5.0], None)]).len(), 3);
    }

    #[test]
    fn without_a_number_there_is_no_axis() {
        assert_eq!(lines(&[strip("a", &[], None), strip("bb", &[], None)]), ["a   ", "bb  "]);
    }

    #[test]
    fn a_range_beyond_all_measure_has_both_ends() {
        let lines = lines(&[strip("", &[f64::MIN_POSITIVE, 1.0, f64::MAX], None)]);
        assert_eq!(shown(&lines[0]), 3, "{lines:?}");
    }

    #[test]
    fn ticks_too_long_for_their_axis_do_not_run_together() {
        let long = plot(&[strip("", &[1.0, 2.0], None)], |_| "x".repeat(30), Glyphs::Unicode);
        assert_eq!(long[2].split_whitespace().count(), 2, "{long:?}");
    }

    #[test]
    fn wide_labels_do_not_shift_a_line() {
        let lines = lines(&[strip("基線", &[1.0], None), strip("base", &[1.0], None)]);
        assert_eq!(lines[0].width(), lines[1].width());
    }

    proptest! {
        #[test]
        fn every_number_stands_within_the_axis(
            lists in prop::collection::vec(prop::collection::vec(1e-300..1e300f64, 0..9), 1..5)
        ) {
            let strips: Vec<Strip> = lists.iter().map(|numbers| strip("", numbers, None)).collect();
            let lines = lines(&strips);
            for (line, numbers) in lines.iter().zip(&lists) {
                prop_assert_eq!(shown(line) as usize, numbers.len());
                prop_assert!(line.width() <= 2 + AXIS_COLUMNS);
            }
        }

        #[test]
        fn the_greater_of_two_numbers_never_stands_further_left(one in 1e-9..1e9f64, other in 1e-9..1e9f64, third in 1e-9..1e9f64) {
            let axis = Axis::over([one, other, third].into_iter()).expect("numbers");
            prop_assert_eq!(axis.column(one.min(other)) <= axis.column(one.max(other)), true);
        }
    }
}
