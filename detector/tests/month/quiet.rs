//! Months in which nothing happens, through the detector's own functions and not through processes: many of them.

use detector::{
    comparison::{Beside, FailOn, Previous, Request, compare, compare_beside_pair},
    tracker::{self, Action, Night, owners::Owners, past::Past},
};
use rayon::prelude::*;
use schema::{
    baselines::Baselines,
    comparison::{Comparison, Verdict},
    report::Report,
};

use crate::{
    calendar::{Calendar, NIGHTS},
    documents::World,
    github::REPOSITORY,
    places::Place,
};

/// What was said of nights in which nothing happened.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    /// Nights of a platform.
    nights: u32,
    /// Those of which the report alone made something critical.
    critical: u32,
    /// Those with something to confirm.
    suspected: u32,
    /// Those in which the controls seemed to have moved.
    moved: u32,
    /// Issues that would have been opened.
    opened: Vec<String>,
}

impl Said {
    fn and(mut self, other: Self) -> Self {
        self.nights += other.nights;
        self.critical += other.critical;
        self.suspected += other.suspected;
        self.moved += other.moved;
        self.opened.extend(other.opened);
        self
    }
}

/// What is said of a month without any change.
pub(crate) fn quiet_month(seed: u64) -> Said {
    let world = World::new(Calendar::quiet(), seed);
    let baselines = world.baselines();
    Place::ALL.into_iter().map(|place| on(place, &world, &baselines)).fold(Said::default(), Said::and)
}

fn on(place: Place, world: &World, baselines: &Baselines) -> Said {
    let mut said = Said::default();
    let (mut previous, mut history): (Option<Comparison>, Vec<Report>) = (None, Vec::new());
    for night in 1..=NIGHTS {
        let report = world.report(place, night);
        let request = Request {
            baseline_file: "baselines.json".to_owned(),
            candidate_file: "report.json".to_owned(),
            filter: None,
            fail_on: FailOn::Never,
            strict: false,
            now: report.created,
            previous: previous.take().map(|comparison| Previous { comparison, file: "previous".to_owned() }),
            history,
        };
        let alone = compare(&report, baselines, &request).expect("there is something to compare");
        let suspects = alone.suspects();
        said.nights += 1;
        said.critical += u32::from(alone.rows.iter().any(|row| row.verdict == Verdict::Critical));
        said.suspected += u32::from(!suspects.is_empty());
        said.moved += u32::from(alone.summary.machine_change.is_some());
        let comparison = if suspects.is_empty() {
            alone
        } else {
            let pair = world.pair(place, night, |case| suspects.contains(case));
            let beside = Beside { pair: &pair, file: "pair.json" };
            compare_beside_pair(&report, baselines, beside, &request).expect("the pair is of the report's program")
        };
        said.opened.extend(
            opened(&comparison)
                .into_iter()
                .map(|title| format!("seed {}, night {night}, {}: {title}", world.seed, place.name())),
        );
        history = request.history;
        history.push(report);
        previous = Some(comparison);
    }
    said
}

/// The issues that a night would open, where there are none.
fn opened(comparison: &Comparison) -> Vec<String> {
    let place = tracker::Place {
        server_url: "https://github.com".to_owned(),
        repository: REPOSITORY.to_owned(),
        run_url: None,
    };
    let (past, owners) = (Past::default(), Owners::default());
    let comparisons = std::slice::from_ref(comparison);
    let plan = tracker::plan(&Night { comparisons, past: &past, owners: &owners, place: &place }, &[]);
    let is_new = |step: &tracker::Step| matches!(step.action, Action::Open(..));
    plan.steps.into_iter().filter(is_new).map(|step| step.title).collect()
}

/// What is said of so many months, one after the other.
fn quiet_months(seeds: u64) -> Said {
    (1..=seeds).into_par_iter().map(quiet_month).reduce(Said::default, Said::and)
}

#[test]
fn in_months_without_any_change_no_issue_is_opened() {
    let said = quiet_months(5);
    println!("{said:?}");
    assert_eq!(said.nights, 5 * 3 * NIGHTS);
    assert!(said.opened.is_empty(), "{said:#?}");
}

#[test]
#[ignore = "it takes minutes; it shows how often a report alone is critical, and how much of that is confirmed"]
fn in_a_hundred_months_without_any_change_no_issue_is_opened() {
    let said = quiet_months(100);
    println!("{said:?}");
    assert!(said.opened.is_empty(), "{said:#?}");
}
