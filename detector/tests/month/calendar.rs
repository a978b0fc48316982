//! What happens in a month, and in which night: what a person who knew all of it would say.

use std::{collections::BTreeSet, ops::RangeInclusive};

use crate::places::Place;

/// The nights of a month.
pub(crate) const NIGHTS: u32 = 30;

/// What happens in a month.
#[derive(Default)]
pub(crate) struct Calendar {
    pub(crate) slowdowns: Vec<Slowdown>,
    pub(crate) shifts: Vec<Shift>,
    /// Nights in which a platform's job failed and left nothing.
    pub(crate) failures: Vec<(Place, RangeInclusive<u32>)>,
    /// Nights in which a platform's job got a machine of another class.
    pub(crate) elsewhere: Vec<(Place, RangeInclusive<u32>)>,
}

/// A commit that made some cases slower.
pub(crate) struct Slowdown {
    pub(crate) place: Place,
    /// The cases, by kernel and shape.
    pub(crate) cases: &'static [&'static str],
    /// The factor of time.
    pub(crate) factor: f64,
    /// From the night of the commit that did it to the last one before the commit that undid it.
    pub(crate) nights: RangeInclusive<u32>,
}

/// A machine that was slower altogether for some nights.
pub(crate) struct Shift {
    pub(crate) place: Place,
    /// The factor of time.
    pub(crate) factor: f64,
    pub(crate) nights: RangeInclusive<u32>,
}

/// The two cases of the regression that stays.
pub(crate) const LASTING: [&str; 2] = ["max_f32 n10000", "min_f32 n10000"];
/// The case of the regression that is undone.
pub(crate) const UNDONE: [&str; 1] = ["dot_f32 n10000"];

impl Calendar {
    /// Nothing happens.
    pub(crate) fn quiet() -> Self {
        Self::default()
    }

    /// Two regressions, of which one is undone; a machine that is slower for three nights; a job that fails twice while
    /// its platform's issue is open; a night on another machine.
    pub(crate) fn eventful() -> Self {
        Self {
            slowdowns: vec![
                Slowdown { place: Place::LinuxArm, cases: &LASTING, factor: 1.3, nights: 6..=NIGHTS },
                Slowdown { place: Place::MacosArm, cases: &UNDONE, factor: 1.2, nights: 10..=18 },
            ],
            shifts: vec![Shift { place: Place::LinuxX86, factor: 1.12, nights: 14..=16 }],
            failures: vec![(Place::MacosArm, 13..=14)],
            elsewhere: vec![(Place::LinuxArm, 22..=22)],
        }
    }

    /// Whether the code of any night makes a case slower.
    pub(crate) fn touches(&self, place: Place, case: &str) -> bool {
        self.slowdowns.iter().any(|slowdown| slowdown.place == place && slowdown.is_of(case))
    }

    /// By which factor the code of a night takes more time for a case than that of the baseline.
    pub(crate) fn of_code(&self, place: Place, case: &str, night: u32) -> f64 {
        let is_of = |one: &&Slowdown| one.place == place && one.nights.contains(&night) && one.is_of(case);
        self.slowdowns.iter().filter(is_of).map(|slowdown| slowdown.factor).product()
    }

    /// By which factor the machine of a night takes more time for everything than that of the baseline.
    pub(crate) fn of_machine(&self, place: Place, night: u32) -> f64 {
        let is_of = |shift: &&Shift| shift.place == place && shift.nights.contains(&night);
        self.shifts.iter().filter(is_of).map(|shift| shift.factor).product()
    }

    pub(crate) fn has_failed(&self, place: Place, night: u32) -> bool {
        is_in(&self.failures, place, night)
    }

    pub(crate) fn is_elsewhere(&self, place: Place, night: u32) -> bool {
        is_in(&self.elsewhere, place, night)
    }
}

impl Slowdown {
    /// The ids of its cases.
    pub(crate) fn ids(&self) -> BTreeSet<String> {
        self.cases.iter().map(|name| self.place.case_in_use(name)).collect()
    }

    fn is_of(&self, case: &str) -> bool {
        self.ids().contains(case)
    }
}

fn is_in(nights: &[(Place, RangeInclusive<u32>)], place: Place, night: u32) -> bool {
    nights.iter().any(|(other, nights)| *other == place && nights.contains(&night))
}
