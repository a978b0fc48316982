//! Series of a CSV file: `series,index,value` or `series,time,value`.

use std::{collections::HashMap, io::Read, ops::RangeInclusive, sync::Arc};

use jiff::Timestamp;

use super::Timeline;

/// By what the series of a CSV file belong to a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MachineBy {
    /// By the part of their names before the first `/`; those named `control_…` behind it are its controls.
    Prefix,
}

/// Why a CSV file has no series.
#[derive(Debug, thiserror::Error)]
pub enum CsvError {
    /// It cannot be read, or a line has too many or too few fields.
    #[error("{0}; correct it, or check where it came from")]
    Malformed(::csv::Error),
    /// Its first line does not name the columns.
    #[error(
        "line 1: the columns must be series,index,value or series,time,value, in any order and each once, found {found:?}; name \
         them in the first line"
    )]
    Header {
        /// What stands there.
        found: String,
    },
    /// A field cannot be made out.
    #[error("line {line}: {column} must be {expected}, found {found:?}; correct it")]
    Field {
        /// The line, from 1.
        line: u64,
        /// The column.
        column: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// A point stands twice.
    #[error("line {line}: {series:?} already has a point at {place}; a series has one at each place, so leave one out")]
    Twice {
        /// The line of the second, from 1.
        line: u64,
        /// The series.
        series: String,
        /// The index or time.
        place: String,
    },
    /// There is nothing in it.
    #[error("it has no points, so there is nothing to search")]
    Empty,
}

/// What may be measured: between any two of these there is a ratio that can be told.
const VALUES: RangeInclusive<f64> = 1e-100..=1e100;

/// Where a point of a series stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Index(i64),
    Time(Timestamp),
}

/// A place, the value there, and the line that tells it.
type Point = (Place, f64, u64);

/// The columns of the file.
struct Columns {
    series: usize,
    place: usize,
    value: usize,
    is_time: bool,
}

/// Reads the series of a file, in the order of their first points; the points of each in order of index or time.
///
/// # Errors
///
/// When a line cannot be made out: the line and what must stand there.
pub fn read(input: impl Read, machine_by: Option<MachineBy>) -> Result<Vec<Timeline>, CsvError> {
    let mut reader = ::csv::ReaderBuilder::new().trim(::csv::Trim::All).from_reader(input);
    let columns = columns(reader.headers().map_err(CsvError::Malformed)?)?;
    let mut by_name: HashMap<String, usize> = HashMap::new();
    let mut series: Vec<(String, Vec<Point>)> = Vec::new();
    let mut record = ::csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(CsvError::Malformed)? {
        let line = record.position().map_or(0, ::csv::Position::line);
        let (place, value) = point(&record, &columns, line)?;
        let name = &record[columns.series];
        let index = if let Some(index) = by_name.get(name) {
            *index
        } else {
            check_name(name, line)?;
            by_name.insert(name.to_owned(), series.len());
            series.push((name.to_owned(), Vec::new()));
            series.len() - 1
        };
        series[index].1.push((place, value, line));
    }
    if series.is_empty() {
        return Err(CsvError::Empty);
    }
    let mut machines: HashMap<String, Arc<str>> = HashMap::new();
    series.into_iter().map(|(name, points)| timeline(name, points, machine_by, &mut machines)).collect()
}

fn columns(header: &::csv::StringRecord) -> Result<Columns, CsvError> {
    // A column that stands twice would leave it to chance which one counts.
    let place_of = |name: &str| {
        let mut places = header.iter().enumerate().filter(|(_, column)| column.eq_ignore_ascii_case(name));
        places.next().filter(|_| places.next().is_none()).map(|(place, _)| place)
    };
    let wrong = || CsvError::Header { found: shortened(&header.iter().collect::<Vec<_>>().join(",")) };
    let (series, value) = (place_of("series").ok_or_else(wrong)?, place_of("value").ok_or_else(wrong)?);
    match (place_of("index"), place_of("time")) {
        (Some(place), None) => Ok(Columns { series, place, value, is_time: false }),
        (None, Some(place)) => Ok(Columns { series, place, value, is_time: true }),
        _ => Err(wrong()),
    }
}

fn point(record: &::csv::StringRecord, columns: &Columns, line: u64) -> Result<(Place, f64), CsvError> {
    let wrong = |column, expected, at: usize| CsvError::Field { line, column, expected, found: shortened(&record[at]) };
    let place = if columns.is_time {
        let time = record[columns.place].parse();
        Place::Time(time.map_err(|_| wrong("time", "a time such as 2026-01-31T04:00:00Z", columns.place))?)
    } else {
        Place::Index(record[columns.place].parse().map_err(|_| wrong("index", "a whole number", columns.place))?)
    };
    let value: Option<f64> = record[columns.value].parse().ok().filter(|value| VALUES.contains(value));
    Ok((place, value.ok_or_else(|| wrong("value", "a number above 0, from 1e-100 to 1e100", columns.value))?))
}

fn check_name(name: &str, line: u64) -> Result<(), CsvError> {
    let is_printable =
        !name.is_empty() && name.len() <= schema::report::CASE_ID_BYTES && !name.chars().any(char::is_control);
    if is_printable {
        return Ok(());
    }
    let expected = "a name of at most 300 bytes, without control characters";
    Err(CsvError::Field { line, column: "series", expected, found: shortened(name) })
}

/// The most characters of a file that a message repeats in one piece.
const REPEATED_CHARS: usize = 60;

fn shortened(text: &str) -> String {
    text.chars().take(REPEATED_CHARS).collect()
}

fn timeline(
    name: String,
    mut points: Vec<Point>,
    machine_by: Option<MachineBy>,
    machines: &mut HashMap<String, Arc<str>>,
) -> Result<Timeline, CsvError> {
    points.sort_by(|one, other| one.0.cmp(&other.0).then(one.2.cmp(&other.2)));
    if let Some(twice) = points.windows(2).find(|two| two[0].0 == two[1].0) {
        let place = match twice[1].0 {
            Place::Index(index) => format!("index {index}"),
            Place::Time(time) => time.to_string(),
        };
        return Err(CsvError::Twice { line: twice[1].2, series: name, place });
    }
    let of_machine = machine_by.and_then(|MachineBy::Prefix| name.split_once('/'));
    let machine = of_machine
        .map(|(prefix, _)| Arc::clone(machines.entry(prefix.to_owned()).or_insert_with(|| Arc::from(prefix))));
    let is_control = of_machine.is_some_and(|(_, rest)| rest.starts_with("control_"));
    let mut timeline = Timeline { name, machine, is_control, ..Timeline::default() };
    for (number, (place, value, _)) in points.into_iter().enumerate() {
        timeline.values.push(value);
        match place {
            Place::Index(index) => timeline.indices.push(index),
            Place::Time(time) => {
                timeline.indices.push(i64::try_from(number).unwrap_or(i64::MAX));
                timeline.times.push(time);
            }
        }
    }
    Ok(timeline)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Timeline>, String> {
        super::read(text.as_bytes(), Some(MachineBy::Prefix)).map_err(|error| error.to_string())
    }

    #[track_caller]
    fn check_refusal(text: &str, said: &str) {
        let error = read(text).expect_err("it is refused");
        assert!(error.contains(said), "{error}");
    }

    #[test]
    fn points_are_put_in_order() {
        let series = read("series,index,value\na,2,20\na,0,10\nb,0,1\na,1,15\n").expect("two series");
        assert_eq!((series[0].name.as_str(), &series[0].values[..]), ("a", &[10.0, 15.0, 20.0][..]));
        assert_eq!(series[0].indices, [0, 1, 2]);
    }

    #[test]
    fn columns_may_stand_in_any_order() {
        let series = read("value,series,time\n3.5,a,2026-01-31T04:00:00Z\n").expect("a series");
        assert_eq!((series[0].values[0], series[0].indices[0]), (3.5, 0));
        assert_eq!(series[0].times[0].to_string(), "2026-01-31T04:00:00Z");
    }

    #[test]
    fn a_prefix_is_a_machine_and_its_controls_are_known() {
        let series = read("series,index,value\nm/a,0,1\nm/control_0,0,1\nplain,0,1\n").expect("three series");
        assert_eq!(series.iter().map(|one| one.machine.as_deref()).collect::<Vec<_>>(), [Some("m"), Some("m"), None]);
        assert_eq!(series.iter().map(|one| one.is_control).collect::<Vec<_>>(), [false, true, false]);
    }

    #[test]
    fn what_cannot_be_made_out_is_named_with_its_line() {
        check_refusal("a,b\n1,2\n", "line 1: the columns must be series,index,value");
        check_refusal("series,index,value\na,0,1\na,x,1\n", "line 3: index must be a whole number, found \"x\"");
        check_refusal("series,index,value\na,0,0\n", "line 2: value must be a number above 0");
        check_refusal("series,index,value\na,0,nan\n", "line 2: value must be a number above 0");
        check_refusal("series,index,value\na,0,1e999\n", "line 2: value must be a number above 0");
        check_refusal("series,index,value\na,0,1e-200\n", "from 1e-100 to 1e100");
        check_refusal("series,index,value\na,0\n", "line");
        check_refusal("series,time,value\na,yesterday,1\n", "line 2: time must be a time such as");
        check_refusal("series,index,value,value\na,0,1,2\n", "each once");
        check_refusal("series,index,value\n", "no points");
        check_refusal("", "line 1");
    }

    #[test]
    fn a_message_repeats_only_the_beginning_of_what_stands_there() {
        let long = "x".repeat(5_000);
        for text in [format!("{long}\n1\n"), format!("series,index,value\na,0,{long}\n")] {
            let error = read(&text).expect_err("it is refused");
            assert!(error.len() < 300, "{error}");
        }
    }

    #[test]
    fn a_point_that_stands_twice_is_refused() {
        check_refusal("series,index,value\na,7,1\na,7,2\n", "line 3: \"a\" already has a point at index 7");
    }
}
