//! What stands on GitHub in the morning: the issues of a fake one, as a person reads them.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use jiff::{Timestamp, ToSpan};
use serde_json::Value;

use crate::{
    fake::{Fake, Repository},
    places::Place,
};

/// The repository of the month.
pub(crate) const REPOSITORY: &str = "tide/gauge";

/// A GitHub of the month's own.
pub(crate) struct GitHub {
    fake: Fake,
    repository: Repository,
}

/// An issue, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Issue {
    pub(crate) number: u64,
    pub(crate) is_open: bool,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) labels: BTreeSet<String>,
    pub(crate) comments: Vec<String>,
}

impl GitHub {
    pub(crate) fn start() -> Self {
        let fake = Fake::start();
        let repository = fake.repository(REPOSITORY);
        Self { fake, repository }
    }

    /// It is the night's end, an hour after its first job began.
    pub(crate) fn set_night(&self, began: Timestamp) {
        self.fake.set_now(began + 1.hour());
    }

    /// Lets a program speak to it.
    pub(crate) fn speak<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env("GITHUB_TOKEN", "a-token-of-the-month").env("GITHUB_API_URL", self.fake.api_url())
    }

    /// All issues, by number.
    pub(crate) fn issues(&self) -> BTreeMap<u64, Issue> {
        let issues = self.repository.issues().into_iter().map(|issue| Issue {
            number: issue.number,
            is_open: issue.open,
            title: issue.title,
            body: issue.body.unwrap_or_default(),
            labels: issue.labels.into_iter().collect(),
            comments: issue.comments.into_iter().map(|comment| comment.body).collect(),
        });
        issues.map(|issue| (issue.number, issue)).collect()
    }
}

impl Issue {
    /// The platform that it is of, by its label.
    pub(crate) fn place(&self) -> Option<Place> {
        Place::ALL.into_iter().find(|place| self.labels.contains(&format!("platform:{}", place.name())))
    }

    /// The cases that it is about: what its hidden marker names.
    pub(crate) fn cases(&self) -> BTreeSet<String> {
        let marker = self.body.split("<!-- tidegauge ").nth(1).and_then(|rest| rest.split(" -->").next());
        let marker: Value = serde_json::from_str(marker.expect("it has a marker")).expect("a marker is JSON");
        let rows = marker["rows"].as_array().expect("a marker has rows");
        rows.iter().map(|row| row["case"].as_str().expect("a row has a case").to_owned()).collect()
    }
}
