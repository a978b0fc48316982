//! The comparison in short, and what it exits with.

use std::collections::BTreeMap;

use schema::{
    comparison::{Row, Summary, Verdict, WideChange},
    exit::Exit,
};

use super::{
    FailOn, Request,
    case::{self, Finding, WhyWithheld},
    sentence::plural,
    standing::Standing,
};

/// The cases of which something that matters cannot be told, by what it would be at worst.
pub(super) struct Withheld(BTreeMap<(WhyWithheld, Verdict), u32>);

impl Withheld {
    /// Those of `findings`; a case counts once for each reason.
    pub(super) fn of(findings: &[Finding]) -> Self {
        let mut counts = BTreeMap::new();
        for finding in findings {
            let withheld: Vec<case::Withheld> = finding.rows.iter().filter_map(|judged| judged.withheld).collect();
            for why in [WhyWithheld::Machine, WhyWithheld::Accepted] {
                let worst = withheld.iter().filter(|one| one.why == why).map(|one| one.verdict).min();
                if let Some(verdict) = worst {
                    *counts.entry((why, verdict)).or_insert(0) += 1;
                }
            }
        }
        Self(counts)
    }

    /// The first that matters, in a sentence.
    fn matters(&self, request: &Request) -> Option<String> {
        let warnings = (request.fail_on == FailOn::Warning).then_some(Verdict::Warning);
        let count = |why| -> u32 {
            [Some(Verdict::Critical), warnings]
                .iter()
                .flatten()
                .filter_map(|&verdict| self.0.get(&(why, verdict)))
                .sum()
        };
        let first = [WhyWithheld::Machine, WhyWithheld::Accepted].into_iter().map(|why| (why, count(why)));
        let (why, count) = first.into_iter().find(|(_, count)| *count > 0)?;
        let cases = plural(count as usize, "case");
        let critical = if warnings.is_some() { "critical or at warning" } else { "critical" };
        Some(match why {
            WhyWithheld::Machine => format!(
                "the machine changed, and {cases} may be {critical}; only both programs side by side, as `generator pair` \
                 measures them, can tell"
            ),
            WhyWithheld::Accepted => format!(
                "{cases} would be {critical} but for accepted changes that do not tell how far they go; write the \
                 \"changes\" of the notes into them"
            ),
        })
    }
}

/// What is said of all cases together.
pub(super) struct Together {
    pub(super) machine_change: Option<String>,
    pub(super) wide_change: Option<WideChange>,
}

/// The summary of `rows`.
pub(super) fn of(
    rows: &[Row],
    standing: &Standing<'_>,
    withheld: &Withheld,
    together: Together,
    notes: Vec<String>,
    request: &Request,
) -> Summary {
    let counts = case::count(rows);
    let (exit, reason) = exit(&counts, standing, withheld, request);
    Summary {
        cases: Verdict::ALL
            .into_iter()
            .map(|verdict| (verdict.name().to_owned(), counts.get(&verdict).copied().unwrap_or(0)))
            .collect(),
        machine_change: together.machine_change,
        wide_change: together.wide_change,
        notes,
        exit_code: exit.code(),
        exit_reason: reason,
    }
}

/// The first that applies, with why.
fn exit(
    counts: &BTreeMap<Verdict, u32>,
    standing: &Standing<'_>,
    withheld: &Withheld,
    request: &Request,
) -> (Exit, String) {
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
    } else if let Some(reason) = withheld.matters(request) {
        (Exit::CannotTell, reason)
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
