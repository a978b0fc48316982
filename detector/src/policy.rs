//! The policy: which thresholds apply to a case, and where they came from.

use jiff::civil::Date;
use platforms::PlatformKey;
use regex::Regex;
use schema::{
    baselines::{Baselines, Limits, Override, PartialLimits, Thresholds},
    comparison::{AppliedThresholds, Metric},
};

/// The thresholds of one platform on one day.
pub struct Policy {
    defaults: Thresholds,
    overrides: Vec<Active>,
    accepted: Vec<Accepted>,
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

/// A known change on this platform.
struct Accepted {
    index: usize,
    case: Regex,
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
        "for {case} the overrides together make {metric} critical from {critical} % and a warning only from {warning} %; \
         give both in the last override that matches it"
    )]
    Crossed {
        /// The case.
        case: String,
        /// The metric's name.
        metric: &'static str,
        /// The critical threshold.
        critical: String,
        /// The warning threshold.
        warning: String,
    },
    /// A known change would have to be passed over, and that is not built yet.
    #[error(
        "accepted[{index}] names {case}, and this detector cannot pass over known changes yet; take the entry out, and \
         give the case an override with a reason and an end, or a new baseline"
    )]
    Accepted {
        /// The place of the entry.
        index: usize,
        /// The case that it names.
        case: String,
    },
}

impl Policy {
    /// The policy of `platform` on the day `today`, in UTC.
    ///
    /// # Errors
    ///
    /// When a pattern is no regular expression.
    pub fn new(baselines: &Baselines, platform: PlatformKey, today: Date) -> Result<Self, PolicyError> {
        let mut policy =
            Self { defaults: baselines.thresholds, overrides: Vec::new(), accepted: Vec::new(), ended: Vec::new() };
        for (index, one) in baselines.overrides.iter().enumerate() {
            policy.add(index, one, platform, today)?;
        }
        for (index, one) in baselines.accepted.iter().enumerate() {
            if pattern(&format!("accepted[{index}].platform"), &one.platform)?.is_match(platform.as_str()) {
                let case = pattern(&format!("accepted[{index}].case"), &one.case)?;
                policy.accepted.push(Accepted { index, case });
            }
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

    /// Overrides of this platform that no longer count, in sentences.
    #[must_use]
    pub fn ended(&self) -> &[String] {
        &self.ended
    }

    /// Overrides of this platform that match none of `cases`, in sentences: a misspelt pattern protects nothing.
    pub fn unmatched<'a>(&self, cases: impl Iterator<Item = &'a str> + Clone) -> impl Iterator<Item = String> {
        self.overrides
            .iter()
            .filter(move |one| !cases.clone().any(|case| one.case.is_match(case)))
            .map(|one| format!("overrides[{}] matches no case: {:?}; is it misspelt?", one.index, one.case.as_str()))
    }

    /// The thresholds of `case`.
    ///
    /// # Errors
    ///
    /// When it is an accepted change, or overrides leave a critical threshold below the warning one.
    pub fn of_case(&self, case: &str) -> Result<CasePolicy<'_>, PolicyError> {
        if let Some(accepted) = self.accepted.iter().find(|accepted| accepted.case.is_match(case)) {
            return Err(PolicyError::Accepted { index: accepted.index, case: case.to_owned() });
        }
        let matching: Vec<&Active> = self.overrides.iter().filter(|one| one.case.is_match(case)).collect();
        let (mut critical, mut warning) = (self.defaults.critical, self.defaults.warning);
        for one in &matching {
            critical = critical.overridden(&one.critical);
            warning = warning.overridden(&one.warning);
        }
        let policy = CasePolicy { critical, warning, matching };
        for metric in Metric::ALL {
            let AppliedThresholds { critical_percent, warning_percent, .. } = policy.thresholds(metric);
            if critical_percent < warning_percent {
                return Err(PolicyError::Crossed {
                    case: case.to_owned(),
                    metric: metric.name(),
                    critical: critical_percent.to_string(),
                    warning: warning_percent.to_string(),
                });
            }
        }
        Ok(policy)
    }
}

/// The thresholds of one case.
pub struct CasePolicy<'a> {
    critical: Limits,
    warning: Limits,
    matching: Vec<&'a Active>,
}

impl CasePolicy<'_> {
    /// The thresholds of one of its metrics, with where they came from.
    #[must_use]
    pub fn thresholds(&self, metric: Metric) -> AppliedThresholds {
        let (critical, warning) = (self.source(metric, |one| one.critical), self.source(metric, |one| one.warning));
        AppliedThresholds {
            critical_percent: limit(&self.critical, metric),
            warning_percent: limit(&self.warning, metric),
            source: if critical == warning {
                critical
            } else {
                format!("critical from {critical}; warning from {warning}")
            },
        }
    }

    /// Where a threshold came from: the last override that gives it.
    fn source(&self, metric: Metric, level: impl Fn(&Active) -> PartialLimits) -> String {
        let given = self.matching.iter().rev().find(|one| partial_limit(&level(one), metric).is_some());
        given.map_or_else(|| "thresholds".to_owned(), |one| format!("overrides[{}]: {}", one.index, one.reason))
    }
}

/// In percent; for accuracy, in percentage points.
fn limit(limits: &Limits, metric: Metric) -> f64 {
    match metric {
        Metric::Throughput => limits.throughput_decrease_percent,
        Metric::LatencyP50 | Metric::LatencyP95 | Metric::LatencyP99 => limits.latency_increase_percent,
        Metric::Memory => limits.memory_increase_percent,
        Metric::Accuracy => limits.accuracy_decrease * 100.0,
        Metric::Instructions => limits.instructions_increase_percent,
    }
}

fn partial_limit(limits: &PartialLimits, metric: Metric) -> Option<f64> {
    match metric {
        Metric::Throughput => limits.throughput_decrease_percent,
        Metric::LatencyP50 | Metric::LatencyP95 | Metric::LatencyP99 => limits.latency_increase_percent,
        Metric::Memory => limits.memory_increase_percent,
        Metric::Accuracy => limits.accuracy_decrease,
        Metric::Instructions => limits.instructions_increase_percent,
    }
}

fn pattern(place: &str, text: &str) -> Result<Regex, PolicyError> {
    Regex::new(text).map_err(|_| PolicyError::Pattern { place: place.to_owned(), pattern: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use schema::baselines::Accepted as AcceptedChange;

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
        Policy::new(&baselines, platform(), day("2026-02-01")).expect("patterns")
    }

    fn check(overrides: Vec<Override>, critical: f64, warning: f64, source: &str) {
        let policy = policy(overrides);
        let applied = policy.of_case(CASE).expect("a policy").thresholds(Metric::LatencyP50);
        let expected =
            AppliedThresholds { critical_percent: critical, warning_percent: warning, source: source.to_owned() };
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
        assert!(policy(vec![ended]).ended()[0].contains("overrides[0] ended on 2026-01-31"));
    }

    #[test]
    fn an_override_that_matches_no_case_is_told() {
        let policy = policy(vec![latency("^dto", Some(40.0), None), latency("^dot", Some(40.0), None)]);
        let unmatched: Vec<String> = policy.unmatched([CASE].into_iter()).collect();
        assert_eq!(unmatched, [r#"overrides[0] matches no case: "^dto"; is it misspelt?"#]);
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
    fn an_accepted_change_is_refused_and_not_passed_over() {
        let accepted = AcceptedChange {
            platform: "linux".to_owned(),
            case: "^dot".to_owned(),
            since: "0123456".to_owned(),
            reason: "known".to_owned(),
        };
        let baselines = Baselines { accepted: vec![accepted], ..Baselines::new(Timestamp::UNIX_EPOCH) };
        let policy = Policy::new(&baselines, platform(), day("2026-02-01")).expect("patterns");
        let error = policy.of_case(CASE).err().expect("it is accepted").to_string();
        assert!(error.starts_with("accepted[0] names dot_f32"), "{error}");
        assert!(policy.of_case("sum_f32/avx2/n100").is_ok());
    }
}
