//! Compares arbitrary numbers in documents that are valid: a report against baselines, alone and beside a pair, the report
//! of the next night, and the pair alone.

#![no_main]

use detector::{
    comparison::{
        Beside, CompareError, FailOn, Previous, Request, compare, compare_beside_pair, compare_pair,
        evidence::{Sources, evidence},
    },
    output::{Format, Glyphs, explain, print},
};
use fuzz::{check_message, document::check_is_kept, numbers::Documents};
use libfuzzer_sys::{Corpus, fuzz_target};
use schema::{comparison::Comparison, document::Document};

fuzz_target!(|documents: Documents| -> Corpus {
    let (baselines, candidate, later) = (documents.baselines(), documents.candidate(), documents.later());
    let pair = documents.pair();
    if [baselines.check(), candidate.check(), later.check(), pair.check()].iter().any(Result::is_err) {
        return Corpus::Reject;
    }
    let request = Request {
        baseline_file: "baselines.json".to_owned(),
        candidate_file: "report.json".to_owned(),
        filter: None,
        fail_on: [FailOn::Critical, FailOn::Warning, FailOn::Never][usize::from(documents.fail_on % 3)],
        strict: documents.strict,
        now: "2026-02-01T04:30:00Z".parse().expect("a time"),
        previous: None,
        history: Vec::new(),
    };
    let beside = Beside { pair: &pair, file: "pair.json" };
    check(compare_pair(&pair, None, &request));
    check(compare_pair(&pair, Some(&baselines), &request));
    check(compare_beside_pair(&candidate, &baselines, beside, &request));
    let Some(first) = check(compare(&candidate, &baselines, &request)) else { return Corpus::Keep };
    for id in candidate.cases.keys() {
        let sources = Sources { report: Some((&candidate, &baselines)), pair: None, history: &[] };
        if let Ok(evidence) = evidence(id, &first, sources) {
            assert!(!explain(&first, &evidence, Glyphs::Ascii).is_empty(), "{id} is not explained");
        }
    }
    let previous = Some(Previous { comparison: first, file: "comparison.json".to_owned() });
    check(compare(&later, &baselines, &Request { previous, ..request }));
    Corpus::Keep
});

/// What a comparison says is finite, can be written, and ends the program as it should.
fn check(compared: Result<Comparison, CompareError>) -> Option<Comparison> {
    let comparison = match compared {
        Ok(comparison) => comparison,
        Err(error) => {
            check_message(&error.to_string());
            return None;
        }
    };
    assert!([0, 1, 3, 4].contains(&comparison.summary.exit_code), "{}", comparison.summary.exit_code);
    check_is_kept(&comparison);
    for format in [Format::Human, Format::Json, Format::Markdown, Format::Junit, Format::Github] {
        assert!(!print(&comparison, format, true).is_empty() || format == Format::Github, "{format:?} is empty");
    }
    Some(comparison)
}
