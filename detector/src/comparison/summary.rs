//! The comparison in short, and what it exits with.

use std::collections::BTreeMap;

use schema::{
    comparison::{Row, Summary, Verdict},
    exit::Exit,
};

use super::{FailOn, Request, case, judgement::plural, standing::Standing};

/// The summary of `rows`.
pub(super) fn of(
    rows: &[Row],
    standing: &Standing<'_>,
    machine_change: Option<String>,
    notes: Vec<String>,
    request: &Request,
) -> Summary {
    let counts = case::count(rows);
    let (exit, reason) = exit(&counts, standing, request);
    Summary {
        cases: Verdict::ALL
            .into_iter()
            .map(|verdict| (verdict.name().to_owned(), counts.get(&verdict).copied().unwrap_or(0)))
            .collect(),
        machine_change,
        notes,
        exit_code: exit.code(),
        exit_reason: reason,
    }
}

/// The first that applies, with why.
fn exit(counts: &BTreeMap<Verdict, u32>, standing: &Standing<'_>, request: &Request) -> (Exit, String) {
    let of = |verdict: Verdict| counts.get(&verdict).copied().unwrap_or(0);
    let cases = |verdict: Verdict| {
        let count = of(verdict);
        let be = if count == 1 { "is" } else { "are" };
        format!("{} {be} {}", plural(count as usize, "case"), verdict.name())
    };
    let (exit, reason) = if of(Verdict::Critical) > 0 {
        (Exit::Critical, cases(Verdict::Critical))
    } else if let Standing::Incomparable(reason) | Standing::NoBaseline(reason) = standing {
        (Exit::CannotTell, reason.clone())
    } else if of(Verdict::Missing) > 0 {
        (Exit::CannotTell, cases(Verdict::Missing))
    } else if of(Verdict::Incomparable) > 0 {
        (Exit::CannotTell, cases(Verdict::Incomparable))
    } else if request.strict && of(Verdict::Inconclusive) > 0 {
        (Exit::CannotTell, format!("{}, and --strict asks for certainty", cases(Verdict::Inconclusive)))
    } else if request.fail_on == FailOn::Warning && of(Verdict::Warning) > 0 {
        (Exit::Warning, format!("{} at warning", plural(of(Verdict::Warning) as usize, "case")))
    } else {
        (Exit::Nothing, "nothing to act on".to_owned())
    };
    if request.fail_on == FailOn::Never && exit != Exit::Nothing {
        return (Exit::Nothing, format!("{reason}; it would exit with {} but for --fail-on never", exit.code()));
    }
    (exit, reason)
}
