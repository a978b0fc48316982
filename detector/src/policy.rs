//! The policy: which thresholds apply to a case, where they came from, and which changes are known.
//!
//! | file | answers |
//! |---|---|
//! | `limits` | how a metric's limits are read |
//! | `accepted` | which changes somebody decided to live with, and up to which level |

use std::collections::BTreeMap;

use jiff::civil::Date;
use platforms::PlatformKey;
use regex::Regex;
use schema::{
    baselines::{Baselines, Limits, Override, PartialLimits, Thresholds},
    comparison::{AppliedThresholds, Comparison, Metric, Rule},
};

mod accepted;
mod limits;

pub use accepted::{Commits, Expected, Level};

pub(crate) use limits::floor_unit;

use accepted::Accepting;

/// The thresholds of one platform on one day.
pub struct Policy {
    defaults: Thresholds,
    overrides: Vec<Active>,
    accepted: Accepting,
    /// The levels that an earlier comparison found, by case, metric and commit.
    earlier: BTreeMap<(String, Metric, String), f64>,
    /// Overrides of this platform that no longer count, in sentences.
    ended: Vec<String>,
}

/// An override of this platform that counts today.
struct Active {
    index: usize,
    case: Regex,
    critical: PartialLimits,
    warning: PartialLimits,
    reason: String,
}

/// Why thresholds could not be made out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// A pattern is no regular expression.
    #[error("{place}: {pattern:?} is no regular expression; correct it")]
    Pattern {
        /// Where it stands.
        place: String,
        /// What stands there.
        pattern: String,
    },
    /// Two overrides together leave the critical threshold below the warning one.
    #[error(
        "for {case} the overrides together make {metric} critical from {critical} and a warning only from {warning}; \
         give both in the last override that matches it"
    )]
    Crossed {
        /// The case.
        case: String,
        /// The metric's name.
        metric: &'static str,
        /// The critical threshold, with its unit.
        critical: String,
        /// The warning threshold, with its unit.
        warning: String,
    },
}

impl Policy {
    /// The policy of `platform` on the day `today`, in UTC. `commits` are those that are compared: an accepted change counts
    /// from one of them.
    ///
    /// # Errors
    ///
    /// When a pattern is no regular expression.
    pub fn new(
        baselines: &Baselines,
        platform: PlatformKey,
        today: Date,
        commits: Commits<'_>,
    ) -> Result<Self, PolicyError> {
        let mut policy = Self {
            defaults: baselines.thresholds,
            overrides: Vec::new(),
            accepted: Accepting::default(),
            earlier: BTreeMap::new(),
            ended: Vec::new(),
        };
        for (index, one) in baselines.overrides.iter().enumerate() {
            policy.add(index, one, platform, today)?;
        }
        for (index, one) in baselines.accepted.iter().enumerate() {
            policy.accepted.add(index, one, platform, today, commits)?;
        }
        Ok(policy)
    }

    fn add(&mut self, index: usize, one: &Override, platform: PlatformKey, today: Date) -> Result<(), PolicyError> {
        let Override { platform: platforms, case, critical, warning, reason, until } = one;
        if !pattern(&format!("overrides[{index}].platform"), platforms)?.is_match(platform.as_str()) {
            return Ok(());
        }
        let case = pattern(&format!("overrides[{index}].case"), case)?;
        match until {
            Some(until) if *until < today => self.ended.push(format!(
                "overrides[{index}] ended on {until} and no longer counts ({reason}); renew it, or take it out"
            )),
            _ => self.overrides.push(Active {
                index,
                case,
                critical: *critical,
                warning: *warning,
                reason: reason.clone(),
            }),
        }
        Ok(())
    }

    /// The same, with the levels of accepted changes that `previous` found, for entries that do not tell them.
    #[must_use]
    pub fn after(mut self, previous: &Comparison) -> Self {
        self.earlier.extend(previous.rows.iter().filter_map(|row| {
            let known = row.known.as_ref().filter(|_| row.rule.is_none())?;
            Some(((row.case.clone(), row.metric?, known.since.clone()), known.change_percent?))
        }));
        self
    }

    /// Overrides and accepted changes of this platform that no longer count, in sentences.
    pub fn ended(&self) -> impl Iterator<Item = &str> {
        self.ended.iter().chain(self.accepted.ended()).map(String::as_str)
    }

    /// Overrides and accepted changes of this platform that match none of `cases`, in sentences: a misspelt pattern
    /// protects nothing.
    pub fn unmatched<'a>(&self, cases: impl Iterator<Item = &'a str> + Clone) -> impl Iterator<Item = String> {
        let overrides = self.overrides.iter().map(|one| (format!("overrides[{}]", one.index), &one.case));
        overrides
            .chain(self.accepted.patterns())
            .filter(move |(_, pattern)| !cases.clone().any(|case| pattern.is_match(case)))
            .map(|(place, pattern)| {
                format!("{place} matches no case: {:?}; is it misspelt, or for another profile?", pattern.as_str())
            })
    }

    /// The thresholds of `case`.
    ///
    /// # Errors
    ///
    /// When overrides leave a critical threshold below the warning one.
    pub fn of_case(&self, case: &str) -> Result<CasePolicy<'_>, PolicyError> {
        let matching: Vec<&Active> = self.overrides.iter().filter(|one| one.case.is_match(case)).collect();
        let (mut critical, mut warning) = (self.defaults.critical, self.defaults.warning);
        for one in &matching {
            critical = critical.overridden(&one.critical);
            warning = warning.overridden(&one.warning);
        }
        let policy = CasePolicy {
            critical,
            warning,
            matching,
            accepted: self.accepted.of_case(case),
            policy: self,
            case: case.to_owned(),
        };
        Metric::ALL.into_iter().try_for_each(|metric| policy.check(metric))?;
        Ok(policy)
    }
}

/// The thresholds of one case.
pub struct CasePolicy<'a> {
    critical: Limits,
    warning: Limits,
    matching: Vec<&'a Active>,
    accepted: accepted::OfCase<'a>,
    policy: &'a Policy,
    case: String,
}

impl CasePolicy<'_> {
    /// The thresholds of one of its metrics, with where they came from.
    #[must_use]
    pub fn thresholds(&self, metric: Metric) -> AppliedThresholds {
        let (critical, warning) = (self.source(metric, |one| one.critical), self.source(metric, |one| one.warning));
        AppliedThresholds {
            critical_percent: limits::percent(&self.critical, metric),
            warning_percent: limits::percent(&self.warning, metric),
            critical_floor: limits::floor(&self.critical, metric),
            warning_floor: limits::floor(&self.warning, metric),
            source: if critical == warning {
                critical
            } else {
                format!("critical from {critical}; warning from {warning}")
            },
        }
    }

    /// What is known of one of its metrics, or of what a rule finds: `None` where no accepted change covers it.
    #[must_use]
    pub fn expected(&self, metric: Option<Metric>, rule: Option<Rule>) -> Option<Expected> {
        let expected = self.accepted.expected(metric, rule)?;
        if rule.is_some() || expected.level != Level::Unknown {
            return Some(expected);
        }
        let key = metric.map(|metric| (self.case.clone(), metric, expected.since.clone()));
        let level =
            key.and_then(|key| self.policy.earlier.get(&key)).map_or(Level::Unknown, |&found| Level::Given(found));
        Some(Expected { level, ..expected })
    }

    /// Passes thresholds whose critical one is at least the warning one.
    fn check(&self, metric: Metric) -> Result<(), PolicyError> {
        let applied = self.thresholds(metric);
        let crossed = |critical: f64, warning: f64, unit: &str| PolicyError::Crossed {
            case: self.case.clone(),
            metric: metric.name(),
            critical: format!("{critical} {unit}"),
            warning: format!("{warning} {unit}"),
        };
        if applied.critical_percent < applied.warning_percent {
            return Err(crossed(applied.critical_percent, applied.warning_percent, "%"));
        }
        match (applied.critical_floor, applied.warning_floor) {
            (Some(critical), Some(warning)) if critical < warning => {
                Err(crossed(critical, warning, floor_unit(metric)))
            }
            _ => Ok(()),
        }
    }

    /// Where a threshold came from: the last override that gives it.
    fn source(&self, metric: Metric, level: impl Fn(&Active) -> PartialLimits) -> String {
        let given = |gives: &dyn Fn(&PartialLimits) -> bool| self.matching.iter().rev().find(|one| gives(&level(one)));
        let own = given(&|partial| limits::gives(partial, metric));
        // A tail without limits of its own takes those of latency, and with them their source.
        let has_own = limits::has_own(&self.critical, metric) || limits::has_own(&self.warning, metric);
        let inherited = || given(&|partial| limits::gives(partial, Metric::LatencyP50));
        let found = own.or_else(|| if limits::is_tail(metric) && !has_own { inherited() } else { None });
        found.map_or_else(|| "thresholds".to_owned(), |one| format!("overrides[{}]: {}", one.index, one.reason))
    }
}

fn pattern(place: &str, text: &str) -> Result<Regex, PolicyError> {
    Regex::new(text).map_err(|_| PolicyError::Pattern { place: place.to_owned(), pattern: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    const CASE: &str = "dot_f32/avx2/n10000";

    fn platform() -> PlatformKey {
        "linux-x86_64".parse().expect("it stands in platforms.toml")
    }

    fn day(text: &str) -> Date {
        text.parse().expect("a day")
    }

    fn latency(case: &str, critical: Option<f64>, warning: Option<f64>) -> Override {
        let of = |latency| PartialLimits { latency_increase_percent: latency, ..PartialLimits::default() };
        Override {
            platform: "^linux-".to_owned(),
            case: case.to_owned(),
            critical: of(critical),
            warning: of(warning),
            reason: format!("because of {case}"),
            until: None,
        }
    }

    fn policy(overrides: Vec<Override>) -> Policy {
        let baselines = Baselines { overrides, ..Baselines::new(Timestamp::UNIX_EPOCH) };
        Policy::new(&baselines, platform(), day("2026-02-01"), Commits::default()).expect("patterns")
    }

    fn check(overrides: Vec<Override>, critical: f64, warning: f64, source: &str) {
        let policy = policy(overrides);
        let applied = policy.of_case(CASE).expect("a policy").thresholds(Metric::LatencyP50);
        let expected = AppliedThresholds {
            critical_percent: critical,
            warning_percent: warning,
            critical_floor: None,
            warning_floor: None,
            source: source.to_owned(),
        };
        assert_eq!(applied, expected);
    }

    #[test]
    fn without_an_override_the_file_s_thresholds_apply() {
        check(vec![], 25.0, 15.0, "thresholds");
    }

    #[test]
    fn an_override_replaces_what_it_gives() {
        let one = latency("^dot", Some(40.0), Some(20.0));
        check(vec![one], 40.0, 20.0, "overrides[0]: because of ^dot");
    }

    #[test]
    fn what_an_override_leaves_out_stays() {
        let one = latency("^dot", Some(40.0), None);
        check(vec![one], 40.0, 15.0, "critical from overrides[0]: because of ^dot; warning from thresholds");
    }

    #[test]
    fn of_several_overrides_the_last_one_counts() {
        let (first, last) = (latency("^dot", Some(40.0), Some(20.0)), latency("n10000$", Some(30.0), Some(10.0)));
        check(vec![first, last], 30.0, 10.0, "overrides[1]: because of n10000$");
    }

    #[test]
    fn an_override_of_another_platform_does_not_count() {
        let other = Override { platform: "^macos-".to_owned(), ..latency("^dot", Some(40.0), None) };
        check(vec![other], 25.0, 15.0, "thresholds");
    }

    #[test]
    fn an_override_counts_on_its_last_day() {
        let last_day = Override { until: Some(day("2026-02-01")), ..latency("^dot", Some(40.0), Some(20.0)) };
        check(vec![last_day], 40.0, 20.0, "overrides[0]: because of ^dot");
    }

    #[test]
    fn an_override_that_ended_does_not_count_and_is_told() {
        let ended = Override { until: Some(day("2026-01-31")), ..latency("^dot", Some(40.0), None) };
        check(vec![ended.clone()], 25.0, 15.0, "thresholds");
        assert!(policy(vec![ended]).ended().next().expect("it ended").contains("overrides[0] ended on 2026-01-31"));
    }

    #[test]
    fn an_override_that_matches_no_case_is_told() {
        let policy = policy(vec![latency("^dto", Some(40.0), None), latency("^dot", Some(40.0), None)]);
        let unmatched: Vec<String> = policy.unmatched([CASE].into_iter()).collect();
        assert_eq!(unmatched, [r#"overrides[0] matches no case: "^dto"; is it misspelt, or for another profile?"#]);
    }

    #[test]
    fn overrides_that_together_cross_the_thresholds_are_refused() {
        let policy = policy(vec![latency("^dot", Some(16.0), None), latency("n10000$", None, Some(20.0))]);
        let error = policy.of_case(CASE).err().expect("16 is below 20").to_string();
        assert!(error.contains("latency_p50 critical from 16 %"), "{error}");
    }

    #[test]
    fn the_thresholds_of_accuracy_are_percentage_points() {
        let policy = policy(vec![]);
        let applied = policy.of_case(CASE).expect("a policy").thresholds(Metric::Accuracy);
        assert!((applied.critical_percent - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_tail_takes_the_limits_of_latency_where_it_has_none() {
        let policy = policy(vec![latency("^dot", Some(40.0), Some(20.0))]);
        let applied = policy.of_case(CASE).expect("a policy").thresholds(Metric::LatencyP99);
        assert_eq!((applied.critical_percent, applied.source.as_str()), (40.0, "overrides[0]: because of ^dot"));
    }

    #[test]
    fn a_tail_s_own_limits_count_for_it_alone() {
        let own = |percent| PartialLimits { latency_p99_increase_percent: Some(percent), ..PartialLimits::default() };
        let one = Override { critical: own(80.0), warning: own(60.0), ..latency("^dot", None, None) };
        let policy = policy(vec![one, latency("^dot", Some(40.0), Some(20.0))]);
        let case = policy.of_case(CASE).expect("a policy");
        let critical = |metric| case.thresholds(metric).critical_percent;
        assert_eq!((critical(Metric::LatencyP99), critical(Metric::LatencyP95)), (80.0, 40.0));
        assert_eq!(case.thresholds(Metric::LatencyP99).source, "overrides[0]: because of ^dot");
    }

    #[test]
    fn floors_that_cross_are_refused() {
        let floor = |bytes| PartialLimits { memory_increase_bytes: Some(bytes), ..PartialLimits::default() };
        let one = Override { critical: floor(10.0), warning: floor(20.0), ..latency("^dot", None, None) };
        let policy = policy(vec![one]);
        let error = policy.of_case(CASE).err().expect("10 is below 20").to_string();
        assert!(error.contains("memory critical from 10 B and a warning only from 20 B"), "{error}");
    }
}
