//! How large a regression is, in the words that the field uses.

use schema::comparison::Severity;

/// From which size on each word holds, in percent.
const SIZES: [(f64, Severity); 3] = [(50.0, Severity::Severe), (20.0, Severity::Moderate), (10.0, Severity::Minor)];

/// The word for a change by `change_percent`, whichever way it goes, as a row tells it. `None` below 10 %.
#[must_use]
pub fn severity(change_percent: f64) -> Option<Severity> {
    // Ten percent must be ten percent, whatever is left over from logarithms.
    let size = change_percent.abs() + 1e-9;
    SIZES.into_iter().find(|(from, _)| size >= *from).map(|(_, severity)| severity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_begins_at_its_size() {
        let of = |percents: [f64; 2]| percents.map(severity);
        assert_eq!(of([9.99, 10.0]), [None, Some(Severity::Minor)]);
        assert_eq!(of([19.99, 20.0]), [Some(Severity::Minor), Some(Severity::Moderate)]);
        assert_eq!(of([49.99, 50.0]), [Some(Severity::Moderate), Some(Severity::Severe)]);
    }

    #[test]
    fn a_decrease_has_the_word_of_its_size() {
        assert_eq!(severity(-28.6), Some(Severity::Moderate));
    }
}
