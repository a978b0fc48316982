//! `JUnit`'s XML, for whatever collects test results: one test a row, and one for the comparison as a whole.
//!
//! | verdict | becomes |
//! |---|---|
//! | critical; warning where warnings count | a failure |
//! | missing, incomparable | an error |
//! | inconclusive | skipped |
//! | all others | a success, with its sentence as output |

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use schema::{
    comparison::{Comparison, Row, Verdict},
    exit::Exit,
};

use super::{
    escape::visible,
    quantity,
    words::{aspect, consequence, headline, is_failure, notes, together},
};

/// The comparison.
pub(super) fn print(comparison: &Comparison) -> String {
    let mut suite = TestSuite::new(comparison.platform.as_str());
    suite.add_test_case(whole(comparison));
    for row in &comparison.rows {
        suite.add_test_case(test(comparison, row));
    }
    let mut report = Report::new("detector compare");
    report.add_test_suite(suite);
    report.to_string().expect("it is written to memory, and its text holds no character that XML lacks")
}

/// That the comparison could be made, and what follows from it: a run without a baseline must not pass in silence.
fn whole(comparison: &Comparison) -> TestCase {
    let exit = comparison.summary.exit_code;
    let kind = if exit == Exit::CannotTell.code() { NonSuccessKind::Error } else { NonSuccessKind::Failure };
    let status = if exit == Exit::Nothing.code() {
        TestCaseStatus::success()
    } else {
        non_success(kind, "exit", &consequence(comparison))
    };
    let mut test = TestCase::new("comparison", status);
    test.set_classname("detector");
    let said: Vec<String> =
        [headline(comparison)].into_iter().chain(together(comparison)).chain(notes(comparison)).collect();
    test.set_system_out(said.join("\n"));
    test
}

fn test(comparison: &Comparison, row: &Row) -> TestCase {
    let reason = visible(&row.reason);
    let status = match row.verdict {
        Verdict::Missing | Verdict::Incomparable => non_success(NonSuccessKind::Error, row.verdict.name(), &reason),
        verdict if is_failure(comparison, verdict) => non_success(NonSuccessKind::Failure, verdict.name(), &reason),
        Verdict::Inconclusive => {
            let mut status = TestCaseStatus::skipped();
            status.set_type(row.verdict.name()).set_message(reason.as_str());
            status
        }
        _ => TestCaseStatus::success(),
    };
    let case = visible(&row.case);
    let name = aspect(row).map_or_else(|| case.clone(), |aspect| format!("{case} {aspect}"));
    let mut test = TestCase::new(name, status);
    test.set_classname(case.split('/').next().unwrap_or(&case));
    let figures = quantity::figures(row).map_or_else(String::new, |figures| format!("{figures}; "));
    test.set_system_out(format!("{}: {figures}{reason}", row.verdict.name()));
    test
}

fn non_success(kind: NonSuccessKind, name: &str, message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(name).set_message(message);
    status
}
