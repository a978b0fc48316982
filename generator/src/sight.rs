//! Sight: which change this machine could tell from its own noise, found out in a few seconds.
//!
//! The probe listens for a second; then a case of each kind that noise treats differently is launched a few times, by the
//! same workers as in a session. How its launches differ says what two sets of them could show.

use std::time::{Duration, Instant};

use kernels::{Case, kernel::Profile};
use platforms::IsaSet;
use schema::{
    baselines::Thresholds,
    case::{Bound, CaseRow},
    context::Setting,
};
use serde::{Deserialize, Serialize};

use crate::{
    environment,
    floor::Floor,
    launch::{LaunchError, Launcher},
    protocol::{Answer, Measured, Task, Verified},
    row,
    sampler::Plan,
    selection,
    session::{self, Progress, SessionError},
};

/// What this machine can see of one kind of code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sight {
    /// The kind.
    pub bound: Bound,
    /// The case that stands for it.
    pub case: String,
    /// Its launches.
    pub launches: usize,
    /// Those of them that had enough undisturbed samples.
    pub quiet_launches: usize,
    /// The share of samples that no neighbour disturbed, from 0 to 1: the median over launches.
    pub accepted_share: Option<f64>,
    /// By how much one quiet launch differs from the next: a robust standard deviation, in percent.
    pub launch_sd_percent: Option<f64>,
    /// The smallest change that two sides launched in turns could show, each as often as this case, in percent.
    pub side_by_side_percent: Option<f64>,
    /// The smallest change that two such sessions could show, hours or days apart, in percent.
    pub night_to_night_percent: Option<f64>,
    /// Whether the case failed; otherwise it is noise that leaves it without figures.
    pub failed: bool,
    /// Why there are no figures; `None` where there are.
    pub reason: Option<String>,
}

/// All that was found out.
#[derive(Clone, Debug)]
pub struct Look {
    /// What the probe heard, and which settings held in the measured process.
    pub floor: Floor,
    /// Whether operands lay on large pages, which only launches can tell.
    pub large_pages: Setting,
    /// What can be seen, a kind each.
    pub sights: Vec<Sight>,
}

/// The kinds that are looked at. What is bound by latency is noisy as the clock is, and hardly otherwise.
const KINDS: [Bound; 2] = [Bound::Throughput, Bound::Memory];

/// Quiet launches of each case, as many as the profile `quick` has.
const LAUNCHES: usize = 5;

/// The fewest quiet launches of which a spread is told.
const LAUNCHES_LEAST: usize = 3;

/// How long there are further launches, after the second in which the probe listens: a person waits.
const PATIENCE: Duration = Duration::from_secs(4);

/// The longest that one process may take. The cases are short ones; on a machine where one takes this long, no answer
/// comes in seconds.
const LIMIT: Duration = Duration::from_secs(20);

/// Looks.
///
/// # Errors
///
/// When the machine could not be calibrated, or a person ended it. A case that fails has a sight without figures.
pub fn look(
    launcher: &Launcher,
    isas: IsaSet,
    class: Option<&str>,
    progress: &mut impl Progress,
) -> Result<Look, SessionError> {
    progress.begin("listening", 1);
    progress.step("the probe");
    let floor = session::calibrate(launcher, class)?;
    let mut subjects: Vec<Subject> =
        KINDS.into_iter().filter_map(|bound| Some(Subject::new(bound, subject(bound, isas)?))).collect();
    progress.begin("looking", LAUNCHES * subjects.len());
    let begin = Instant::now();
    for subject in &mut subjects {
        subject.verify(launcher)?;
    }
    // In turns, so that a noisy stretch meets all kinds.
    while begin.elapsed() < PATIENCE && subjects.iter().any(Subject::is_due) {
        for subject in subjects.iter_mut().filter(|subject| subject.is_due()) {
            progress.step(&subject.case.to_string());
            subject.launch(launcher, &floor)?;
        }
    }
    progress.end();
    let pages = subjects.iter().flat_map(|subject| &subject.launches).map(|launch| launch.large_pages);
    let large_pages = environment::large_pages(pages);
    Ok(Look { floor, large_pages, sights: subjects.into_iter().map(Subject::sight).collect() })
}

/// The case that stands for a kind: one that a program would use on this CPU, of those that the shortest profile
/// measures, the one with the fewest bytes.
fn subject(bound: Bound, isas: IsaSet) -> Option<Case> {
    kernels::cases(isas)
        .filter(|case| kernels::dispatch(case.kernel(), isas) == case.isa() && row::bound(case) == bound)
        .min_by_key(|case| {
            let is_in = |profile| selection::is_in(case, profile);
            (!is_in(Profile::Smoke), !is_in(Profile::Quick), case.work().bytes)
        })
}

/// A case that is looked at, and what is known of it so far.
struct Subject {
    bound: Bound,
    case: Case,
    verified: Option<Verified>,
    launches: Vec<Measured>,
    failure: Option<String>,
}

impl Subject {
    fn new(bound: Bound, case: Case) -> Self {
        Self { bound, case, verified: None, launches: Vec::new(), failure: None }
    }

    fn quiet_launches(&self) -> usize {
        self.launches.iter().filter(|launch| launch.sampled.is_quiet()).count()
    }

    fn is_due(&self) -> bool {
        self.failure.is_none() && self.quiet_launches() < LAUNCHES
    }

    /// Nothing is timed before it agrees with its reference.
    fn verify(&mut self, launcher: &Launcher) -> Result<(), SessionError> {
        let cases = vec![self.case.to_string()];
        let Some(answers) = self.work(launcher, Task::Verify { cases, seed: SEED })? else { return Ok(()) };
        self.verified = answers.into_iter().find_map(|answer| match answer {
            Answer::Verified(verified) => Some(verified),
            _ => None,
        });
        self.failure = match &self.verified {
            Some(verified) => {
                verified.disagreement.as_ref().map(|how| format!("it disagrees with its reference: {how}"))
            }
            None => Some(LaunchError::Garbled("no answer for this case".to_owned()).to_string()),
        };
        Ok(())
    }

    fn launch(&mut self, launcher: &Launcher, floor: &Floor) -> Result<(), SessionError> {
        let checksums = self.verified.as_ref().expect("a case without a failure was verified").checksums.clone();
        let task = Task::Measure { case: self.case.to_string(), seed: SEED, plan: plan(floor), checksums };
        let Some(answers) = self.work(launcher, task)? else { return Ok(()) };
        self.launches.extend(answers.into_iter().find_map(|answer| match answer {
            Answer::Measured(measured) => Some(measured),
            _ => None,
        }));
        Ok(())
    }

    /// The answers to a task; `None`, and the failure written down, where it was not done.
    fn work(&mut self, launcher: &Launcher, task: Task) -> Result<Option<Vec<Answer>>, SessionError> {
        let launch = launcher.launch(task, LIMIT);
        match launch.end {
            Ok(()) => Ok(Some(launch.answers)),
            Err(LaunchError::Interrupted) => Err(SessionError::Interrupted),
            Err(error) => {
                self.failure = Some(error.to_string());
                Ok(None)
            }
        }
    }

    fn sight(self) -> Sight {
        let quiet_launches = self.quiet_launches();
        let mut sight = Sight {
            bound: self.bound,
            case: self.case.to_string(),
            launches: self.launches.len(),
            quiet_launches,
            accepted_share: None,
            launch_sd_percent: None,
            side_by_side_percent: None,
            night_to_night_percent: None,
            failed: self.failure.is_some(),
            reason: self.failure,
        };
        if let Some(verified) = self.verified.filter(|_| !self.launches.is_empty()) {
            sight.fill(&row::measured(&self.case, &verified, &self.launches, &Err(session::UNCOUNTED.to_owned())));
        }
        if sight.side_by_side_percent.is_none() && sight.reason.is_none() {
            sight.reason = Some(format!(
                "{quiet_launches} of {} launches had enough undisturbed samples, and it takes {LAUNCHES_LEAST}",
                sight.launches
            ));
        }
        sight
    }
}

impl Sight {
    /// Takes the figures from the case's row, where enough of its launches were quiet.
    fn fill(&mut self, row: &CaseRow) {
        let shares: Vec<f64> = row.launches.iter().filter_map(|launch| launch.accepted_share).collect();
        self.accepted_share = statistics::median(&shares);
        if self.quiet_launches < LAUNCHES_LEAST || self.failed {
            return;
        }
        // As the row's own figure does: the metric that is told worse.
        let metrics: [Vec<f64>; 2] = [
            row.launches.iter().filter_map(|launch| launch.throughput).collect(),
            row.launches.iter().filter_map(|launch| launch.latency_p50_ns).collect(),
        ];
        let worse = |figure: fn(&[f64]) -> Option<f64>| {
            let [one, other] = metrics.each_ref().map(|numbers| figure(numbers));
            one.zip(other).map(|(one, other)| one.max(other))
        };
        self.launch_sd_percent = worse(launch_sd_percent);
        self.side_by_side_percent = worse(statistics::smallest_change_side_by_side_percent);
        // Where launches are all the noise there is, the fewer degrees of freedom make the former the larger one; what two
        // sides in turns could not show two nights do not.
        let at_least = self.side_by_side_percent.unwrap_or_default();
        self.night_to_night_percent = row.smallest_change_percent.map(|percent| percent.max(at_least));
    }

    /// Both figures, where they are known.
    fn percents(&self) -> Option<(f64, f64)> {
        self.side_by_side_percent.zip(self.night_to_night_percent)
    }
}

/// The robust standard deviation on the scale of logarithms, as a change in percent.
fn launch_sd_percent(launches: &[f64]) -> Option<f64> {
    let logs: Vec<f64> = launches.iter().map(|number| number.ln()).collect();
    statistics::robust_sd(&logs).map(statistics::percent_of_log)
}

/// Which operands are used does not matter; they are those that `measure` has unless it is told otherwise.
const SEED: u64 = 42;

/// As the profile `quick` samples, since the answer is for sessions like that.
const fn plan(floor: &Floor) -> Plan {
    Plan {
        clock_precision_ns: floor.clock_precision_ns,
        probe_floor_ns: floor.floor_ns,
        warm_up: Duration::from_millis(3),
        quiet: Duration::from_millis(40),
        limit: Duration::from_millis(160),
        slowdown: 1.0,
    }
}

/// Which change this machine can see, in one line.
#[must_use]
pub fn answer(sights: &[Sight]) -> String {
    let seen: Vec<(&Sight, f64)> = sights.iter().filter_map(|sight| Some((sight, sight.percents()?.0))).collect();
    let each: Vec<String> =
        seen.iter().map(|(sight, percent)| format!("of {} in {}", percent_text(*percent), code(sight.bound))).collect();
    let unseen = |noisy: bool| {
        let unseen = sights.iter().filter(|sight| sight.percents().is_none() && sight.failed != noisy);
        let why = |sight: &Sight| sight.reason.clone().unwrap_or_else(|| "it was not measured".to_owned());
        unseen.map(|sight| format!("{} ({})", code(sight.bound), why(sight))).collect::<Vec<_>>().join("; ")
    };
    let nights = sights.iter().filter_map(Sight::percents).map(|(_, night)| night).reduce(f64::max);
    let Some(night) = nights else {
        // Noise is not blamed for what failed.
        let (noise, failures) = (unseen(true), unseen(false));
        return if failures.is_empty() {
            format!("This machine is too noisy now to say which change it can see: {noise}.")
        } else {
            let all: Vec<String> = [failures, noise].into_iter().filter(|text| !text.is_empty()).collect();
            format!("This machine cannot say which change it can see: {}.", all.join("; "))
        };
    };
    let critical = Thresholds::default().critical.throughput_decrease_percent;
    let mut text = if night.max(seen.iter().map(|(_, percent)| *percent).fold(0.0, f64::max)) < critical {
        format!(
            "This machine can see a change {}, side by side; from one night to the next, of {}.",
            each.join(" and "),
            percent_text(night)
        )
    } else {
        format!(
            "This machine is too noisy now: it would see no change less than one {}, side by side, or from one night to the \
             next of {}, where {} is critical.",
            each.join(" and "),
            percent_text(night),
            percent_text(critical)
        )
    };
    for (noisy, unseen) in [(true, unseen(true)), (false, unseen(false))] {
        if !unseen.is_empty() {
            text = text + if noisy { " It is too noisy now to say of " } else { " It cannot say of " } + &unseen + ".";
        }
    }
    text
}

fn percent_text(percent: f64) -> String {
    if percent < 10.0 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

/// The kind in words.
#[must_use]
pub const fn code(bound: Bound) -> &'static str {
    match bound {
        Bound::Latency => "latency-bound code",
        Bound::Throughput => "throughput-bound code",
        Bound::Memory => "memory-bound code",
    }
}

#[cfg(test)]
mod tests {
    use platforms::isa;

    use super::*;

    fn sight(bound: Bound, percents: Option<(f64, f64)>) -> Sight {
        Sight {
            bound,
            case: "add_f32/scalar/n1000".to_owned(),
            launches: 10,
            quiet_launches: if percents.is_some() { 5 } else { 1 },
            accepted_share: Some(0.5),
            launch_sd_percent: percents.map(|(side_by_side, _)| side_by_side / 2.0),
            side_by_side_percent: percents.map(|(side_by_side, _)| side_by_side),
            night_to_night_percent: percents.map(|(_, night)| night),
            failed: false,
            reason: percents.is_none().then(|| "1 of 10 launches had enough undisturbed samples".to_owned()),
        }
    }

    #[test]
    fn a_quiet_machine_is_told_what_it_can_see() {
        let sights = [sight(Bound::Throughput, Some((0.42, 3.94))), sight(Bound::Memory, Some((1.88, 4.51)))];
        assert_eq!(
            answer(&sights),
            "This machine can see a change of 0.4 % in throughput-bound code and of 1.9 % in memory-bound code, side by \
             side; from one night to the next, of 4.5 %."
        );
    }

    #[test]
    fn a_machine_that_was_never_quiet_is_told_so_without_a_figure_of_change() {
        let sights = [sight(Bound::Throughput, None), sight(Bound::Memory, None)];
        let answer = answer(&sights);
        assert!(answer.starts_with("This machine is too noisy now to say"), "{answer}");
        assert!(!answer.contains('%') && answer.contains("1 of 10 launches"), "{answer}");
    }

    #[test]
    fn a_machine_that_sees_nothing_that_matters_is_too_noisy() {
        let answer = answer(&[sight(Bound::Throughput, Some((0.4, 3.9))), sight(Bound::Memory, Some((30.2, 31.7)))]);
        assert!(answer.starts_with("This machine is too noisy now:") && answer.contains("32 %"), "{answer}");
        assert!(answer.contains(&percent_text(Thresholds::default().critical.throughput_decrease_percent)), "{answer}");
    }

    #[test]
    fn a_kind_that_was_never_quiet_does_not_hide_the_other() {
        let answer = answer(&[sight(Bound::Throughput, Some((0.4, 3.9))), sight(Bound::Memory, None)]);
        assert!(answer.contains("of 0.4 % in throughput-bound code, side by side"), "{answer}");
        assert!(
            answer.ends_with(
                "too noisy now to say of memory-bound code (1 of 10 launches had enough undisturbed samples)."
            )
        );
    }

    #[test]
    fn noise_is_not_blamed_for_a_case_that_failed() {
        let failed =
            || Sight { failed: true, reason: Some("its process died".to_owned()), ..sight(Bound::Memory, None) };
        let alone = answer(&[failed()]);
        assert!(
            alone.contains("cannot say") && alone.contains("its process died") && !alone.contains("noisy"),
            "{alone}"
        );
        let beside = answer(&[sight(Bound::Throughput, Some((0.4, 3.9))), failed()]);
        assert!(beside.ends_with("It cannot say of memory-bound code (its process died)."), "{beside}");
    }

    #[test]
    fn an_answer_is_one_line() {
        for percents in [None, Some((0.4, 3.9)), Some((20.0, 30.0))] {
            assert!(!answer(&[sight(Bound::Throughput, percents)]).contains('\n'));
        }
        assert!(!answer(&[]).contains('\n'));
    }

    #[test]
    fn every_kind_has_a_case_that_this_cpu_uses() {
        let isas = isa::detected();
        for bound in KINDS {
            let case = subject(bound, isas).unwrap();
            assert_eq!(kernels::dispatch(case.kernel(), isas), case.isa());
            assert_eq!(row::bound(&case), bound);
        }
    }

    #[test]
    fn too_few_quiet_launches_have_no_figures() {
        let row = CaseRow::without_numbers(schema::case::Status::Measured, "");
        let mut sight = Sight { quiet_launches: 2, ..sight(Bound::Memory, None) };
        sight.fill(&row);
        assert_eq!(sight.percents(), None);
    }

    #[test]
    fn the_spread_of_launches_is_in_percent() {
        let sd = launch_sd_percent(&[98.0, 99.0, 100.0, 101.0, 102.0]).unwrap();
        // 1.4826 times 1.206 times the deviation of 99 or 101 from 100, a percent.
        assert!((sd - 1.8).abs() < 0.02, "{sd}");
        assert_eq!(launch_sd_percent(&[100.0]), None);
    }
}
