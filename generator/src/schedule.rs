//! The schedule: whose turn it is where time goes to the case of which least is known. Pure.

/// How far a case is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// The half-width of its interval in percent; infinite where it has none yet.
    pub interval_percent: f64,
    /// Launches it had.
    pub launches: usize,
    /// Whether there will be no number of it.
    pub failed: bool,
}

/// The most launches that one case gets, however wide its interval stays.
const LAUNCHES_MOST: usize = 100;

/// Launches of other cases before a case that met a noisy stretch comes back.
const PUT_OFF: usize = 8;

/// Whose turn it is: the case whose interval is widest. One that met a noisy stretch is put off, since noise comes in
/// stretches of seconds to minutes, and comes back.
#[derive(Clone, Debug)]
pub struct Schedule {
    goal_percent: f64,
    /// By case, the turn from which on it is ready again.
    ready_from: Vec<usize>,
    turn: usize,
}

impl Schedule {
    /// A schedule of so many cases, until the interval of each has a half-width of `goal_percent`; of 0, for ever.
    #[must_use]
    pub fn new(cases: usize, goal_percent: f64) -> Self {
        Self { goal_percent, ready_from: vec![0; cases], turn: 0 }
    }

    /// The next case, by its index; `None` where each has reached the goal, failed, or had as many launches as any gets.
    #[must_use]
    pub fn next(&self, cases: &[Standing]) -> Option<usize> {
        let is_due = |case: &Standing| {
            !case.failed && case.launches < LAUNCHES_MOST && case.interval_percent > self.goal_percent
        };
        let due = || cases.iter().enumerate().filter(|(_, case)| is_due(case));
        let widest = |(_, one): &(usize, &Standing), (_, other): &(usize, &Standing)| {
            // Of two of which nothing is known, the one that was tried less often.
            let by_launches = || other.launches.cmp(&one.launches);
            one.interval_percent.total_cmp(&other.interval_percent).then_with(by_launches)
        };
        let ready = due().filter(|(index, _)| self.ready_from[*index] <= self.turn).max_by(widest);
        ready.or_else(|| due().max_by(widest)).map(|(index, _)| index)
    }

    /// A launch of the case ended, quiet enough or not.
    pub fn launched(&mut self, case: usize, was_quiet: bool) {
        self.turn += 1;
        if !was_quiet {
            self.ready_from[case] = self.turn + PUT_OFF;
        }
    }

    /// Launches so far.
    #[must_use]
    pub fn turn(&self) -> usize {
        self.turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(interval_percent: f64) -> Standing {
        Standing { interval_percent, launches: 3, failed: false }
    }

    #[test]
    fn the_widest_interval_is_next() {
        let schedule = Schedule::new(3, 1.0);
        assert_eq!(schedule.next(&[case(1.5), case(4.0), case(2.0)]), Some(1));
        assert_eq!(schedule.next(&[case(1.5), case(f64::INFINITY), case(2.0)]), Some(1));
    }

    #[test]
    fn once_every_case_has_reached_the_goal_it_is_over() {
        assert_eq!(Schedule::new(2, 1.0).next(&[case(1.0), case(0.2)]), None);
    }

    #[test]
    fn without_a_goal_it_goes_on_up_to_the_most_launches() {
        let schedule = Schedule::new(1, 0.0);
        assert_eq!(schedule.next(&[case(0.01)]), Some(0));
        assert_eq!(schedule.next(&[Standing { launches: LAUNCHES_MOST, ..case(9.0) }]), None);
    }

    #[test]
    fn a_case_that_failed_has_no_turn() {
        assert_eq!(Schedule::new(2, 1.0).next(&[Standing { failed: true, ..case(9.0) }, case(2.0)]), Some(1));
    }

    #[test]
    fn a_case_that_met_a_noisy_stretch_is_put_off_and_comes_back() {
        let cases = [case(f64::INFINITY), case(3.0)];
        let mut schedule = Schedule::new(2, 1.0);
        schedule.launched(0, false);
        for _ in 0..PUT_OFF {
            assert_eq!(schedule.next(&cases), Some(1));
            schedule.launched(1, true);
        }
        assert_eq!(schedule.next(&cases), Some(0));
    }

    #[test]
    fn where_all_others_are_done_the_one_that_was_put_off_is_next() {
        let mut schedule = Schedule::new(2, 1.0);
        schedule.launched(0, false);
        assert_eq!(schedule.next(&[case(5.0), case(0.5)]), Some(0));
    }
}
