//! The labels of an issue: what it is of and how bad it is. Those that people add stay.

use platforms::PlatformKey;
use schema::comparison::Severity;

use crate::github::Issue;

/// The label by which issues of ours are found.
pub const LABEL: &str = "tidegauge";

/// The label by which a person says that an alarm was none.
pub(super) const FALSE_ALARM: &str = "false-alarm";

const SEVERITIES: [Severity; 3] = [Severity::Minor, Severity::Moderate, Severity::Severe];

/// How a label looks on GitHub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Its name.
    pub name: String,
    /// Its colour, six hexadecimal digits.
    pub colour: &'static str,
    /// What it means.
    pub description: &'static str,
}

/// The labels that issues of these platforms need.
#[must_use]
pub fn looks(platforms: impl IntoIterator<Item = PlatformKey>) -> Vec<Look> {
    let look = |name: String, colour, description| Look { name, colour, description };
    let mut looks = vec![look(LABEL.to_owned(), "1d76db", "A confirmed change of speed, kept up to date every night")];
    let platform = |platform| look(of_platform(platform), "c5def5", "Where a change of speed was measured");
    looks.extend(platforms.into_iter().map(platform));
    let colours = ["fbca04", "d93f0b", "b60205"];
    let severity = |(severity, colour)| look(of_severity(severity), colour, "How large a change of speed is");
    looks.extend(SEVERITIES.into_iter().zip(colours).map(severity));
    looks.push(look(FALSE_ALARM.to_owned(), "ededed", "The alarm was none; counts against its precision"));
    looks
}

fn of_platform(platform: PlatformKey) -> String {
    format!("platform:{platform}")
}

/// The platform that a label names.
pub(super) fn platform(label: &str) -> Option<PlatformKey> {
    label.strip_prefix("platform:")?.parse().ok()
}

fn of_severity(severity: Severity) -> String {
    format!("severity:{}", severity.name())
}

/// The labels of a new issue.
pub(super) fn of(platform: PlatformKey, severity: Severity) -> Vec<String> {
    vec![LABEL.to_owned(), of_platform(platform), of_severity(severity)]
}

/// GitHub tells labels apart whatever their letters' case.
pub(super) fn has(issue: &Issue, name: &str) -> bool {
    issue.labels.iter().any(|label| label.name.eq_ignore_ascii_case(name))
}

/// All labels that an issue should have, where those are not the ones it has.
pub(super) fn changed(issue: &Issue, platform: PlatformKey, severity: Severity) -> Option<Vec<String>> {
    let is_other_severity = |name: &str| {
        let other = SEVERITIES.into_iter().filter(|other| *other != severity);
        other.map(of_severity).any(|other| name.eq_ignore_ascii_case(&other))
    };
    let mut labels: Vec<String> = issue.labels.iter().map(|label| label.name.clone()).collect();
    labels.retain(|name| !is_other_severity(name));
    let missing: Vec<String> = of(platform, severity).into_iter().filter(|name| !has(issue, name)).collect();
    labels.extend(missing);
    (labels.iter().ne(issue.labels.iter().map(|label| &label.name))).then_some(labels)
}
