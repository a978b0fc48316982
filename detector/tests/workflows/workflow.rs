//! A workflow, and a composite action, as they stand in their files. A key that is not known here is refused, so that no
//! test passes over what it did not understand.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::yaml;

/// Scalars by name, as in `env:` and `with:`; their expressions are not evaluated yet.
pub(crate) type Scalars = BTreeMap<String, Value>;

/// A file of `.github/workflows/`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Workflow {
    pub(crate) name: String,
    pub(crate) on: Triggers,
    pub(crate) permissions: Permissions,
    #[serde(default)]
    pub(crate) concurrency: Option<Concurrency>,
    #[serde(default)]
    pub(crate) env: Scalars,
    #[serde(default)]
    pub(crate) defaults: Option<Defaults>,
    pub(crate) jobs: BTreeMap<String, Job>,
}

/// What starts a workflow.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Triggers {
    #[serde(default)]
    pub(crate) schedule: Vec<Schedule>,
    #[serde(default, deserialize_with = "present")]
    pub(crate) push: Option<Filters>,
    #[serde(default, deserialize_with = "present")]
    pub(crate) pull_request: Option<Filters>,
    #[serde(default, deserialize_with = "present")]
    pub(crate) release: Option<Filters>,
    #[serde(default, deserialize_with = "present")]
    pub(crate) workflow_run: Option<Filters>,
    #[serde(default, deserialize_with = "present")]
    pub(crate) workflow_dispatch: Option<Dispatch>,
    #[serde(default, deserialize_with = "present")]
    pub(crate) workflow_call: Option<Dispatch>,
}

/// A time of the day, in cron's words.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Schedule {
    pub(crate) cron: String,
}

/// Which events of a kind start it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Filters {
    pub(crate) branches: Vec<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) paths: Vec<String>,
    pub(crate) types: Vec<String>,
    pub(crate) workflows: Vec<String>,
}

/// What a person who starts it by hand may say.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Dispatch {
    pub(crate) inputs: BTreeMap<String, Input>,
}

/// An input of a workflow or an action.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Input {
    pub(crate) description: String,
    pub(crate) required: bool,
    pub(crate) default: Option<Value>,
    pub(crate) r#type: Option<String>,
    pub(crate) options: Vec<String>,
}

/// What the token of a job may do: `scope: read|write`.
pub(crate) type Permissions = BTreeMap<String, Access>;

/// How far a permission goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Access {
    None,
    Read,
    Write,
}

/// Which runs exclude each other.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Concurrency {
    pub(crate) group: String,
    #[serde(default)]
    pub(crate) cancel_in_progress: Value,
}

/// What holds for every `run:` that says nothing else.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Defaults {
    pub(crate) run: RunDefaults,
}

/// The shell and the folder of a `run:`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RunDefaults {
    #[serde(default)]
    pub(crate) shell: Option<String>,
    #[serde(default)]
    pub(crate) working_directory: Option<String>,
}

/// A job.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Job {
    #[serde(default)]
    pub(crate) name: Value,
    #[serde(default)]
    pub(crate) needs: OneOrMany,
    #[serde(default)]
    pub(crate) r#if: Option<Value>,
    #[serde(default)]
    pub(crate) runs_on: Value,
    /// Another workflow, which is this job's.
    #[serde(default)]
    pub(crate) uses: Option<String>,
    #[serde(default)]
    pub(crate) with: Scalars,
    #[serde(default)]
    pub(crate) permissions: Option<Permissions>,
    #[serde(default)]
    pub(crate) env: Scalars,
    #[serde(default)]
    pub(crate) defaults: Option<Defaults>,
    #[serde(default)]
    pub(crate) strategy: Option<Strategy>,
    #[serde(default)]
    pub(crate) timeout_minutes: Value,
    #[serde(default)]
    pub(crate) outputs: Scalars,
    #[serde(default)]
    pub(crate) steps: Vec<Step>,
}

/// How often a job runs, and with what.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Strategy {
    #[serde(default = "yes")]
    pub(crate) fail_fast: bool,
    pub(crate) matrix: Value,
}

/// A step of a job or of a composite action.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Step {
    pub(crate) name: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) r#if: Option<Value>,
    pub(crate) uses: Option<String>,
    pub(crate) with: Scalars,
    pub(crate) run: Option<String>,
    pub(crate) shell: Option<String>,
    pub(crate) working_directory: Option<String>,
    pub(crate) env: Scalars,
    pub(crate) continue_on_error: Value,
    pub(crate) timeout_minutes: Value,
}

impl Step {
    /// What the log calls it.
    pub(crate) fn title(&self) -> String {
        let first = |text: &String| text.lines().next().unwrap_or_default().to_owned();
        self.name
            .clone()
            .or_else(|| self.uses.clone())
            .or_else(|| self.run.as_ref().map(first))
            .unwrap_or_else(|| "a step that does nothing".to_owned())
    }
}

/// An `action.yml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Action {
    pub(crate) name: String,
    pub(crate) description: String,
    #[serde(default)]
    pub(crate) inputs: BTreeMap<String, Input>,
    #[serde(default)]
    pub(crate) outputs: BTreeMap<String, ActionOutput>,
    pub(crate) runs: Composite,
}

/// An output of an action.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActionOutput {
    pub(crate) description: String,
    pub(crate) value: String,
}

/// What a composite action does.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Composite {
    pub(crate) using: String,
    pub(crate) steps: Vec<Step>,
}

/// `needs: a` or `needs: [a, b]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMany {
    #[default]
    None,
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    pub(crate) fn names(&self) -> Vec<&str> {
        match self {
            Self::None => Vec::new(),
            Self::One(name) => vec![name],
            Self::Many(names) => names.iter().map(String::as_str).collect(),
        }
    }
}

fn yes() -> bool {
    true
}

/// A trigger without a value, as in `pull_request:`, is there all the same.
fn present<'de, D: serde::Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<Option<T>, D::Error> {
    Option::<T>::deserialize(from).map(|found| Some(found.unwrap_or_default()))
}

impl Workflow {
    /// A workflow of this text.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        read(text)
    }

    /// The jobs, each after those that it needs.
    pub(crate) fn in_order(&self) -> Vec<&str> {
        let mut order: Vec<&str> = Vec::new();
        while order.len() < self.jobs.len() {
            let next = self.jobs.iter().find(|(id, job)| {
                !order.contains(&id.as_str()) && job.needs.names().iter().all(|need| order.contains(need))
            });
            let (id, _) = next.expect("every job needs jobs that are there, and none needs itself");
            order.push(id);
        }
        order
    }

    /// What the token of a job may do.
    pub(crate) fn permissions_of(&self, job: &str) -> &Permissions {
        self.jobs[job].permissions.as_ref().unwrap_or(&self.permissions)
    }
}

impl Action {
    /// An action of this text.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        read(text)
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_path_to_error::deserialize(yaml::value(text)?).map_err(|error| error.to_string())
}

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace is there")
}

/// The workflows of the workspace, by the names of their files.
pub(crate) fn all() -> BTreeMap<String, Workflow> {
    let folder = root().join(".github/workflows");
    let mut workflows = BTreeMap::new();
    for entry in fs::read_dir(&folder).expect("the workspace has workflows") {
        let path = entry.expect("the folder can be read").path();
        let name = path.file_name().expect("an entry has a name").to_string_lossy().into_owned();
        let workflow = Workflow::read(&fs::read_to_string(&path).expect("a workflow can be read"));
        workflows.insert(name.clone(), workflow.unwrap_or_else(|error| panic!("reading {name}: {error}")));
    }
    workflows
}

mod tests {
    use super::*;

    const SMALL: &str = "\
name: small
on: { pull_request: , schedule: [{ cron: '0 4 * * *' }] }
permissions: {}
jobs:
  last: { needs: [a-first, first], runs-on: ubuntu-24.04, steps: [] }
  a-first: { needs: first, runs-on: ubuntu-24.04, permissions: { contents: read }, steps: [] }
  first: { runs-on: ubuntu-24.04, steps: [{ run: 'true' }] }
";

    #[test]
    fn a_job_comes_after_those_that_it_needs() {
        assert_eq!(Workflow::read(SMALL).expect("a workflow").in_order(), ["first", "a-first", "last"]);
    }

    #[test]
    fn a_job_has_its_own_permissions_or_else_those_of_the_workflow() {
        let workflow = Workflow::read(SMALL).expect("a workflow");
        assert_eq!(workflow.permissions_of("a-first"), &BTreeMap::from([("contents".to_owned(), Access::Read)]));
        assert_eq!(workflow.permissions_of("last"), &BTreeMap::new());
    }

    #[test]
    fn a_trigger_without_a_value_is_there() {
        let on = Workflow::read(SMALL).expect("a workflow").on;
        assert!(on.pull_request.is_some() && on.push.is_none());
        assert_eq!(on.schedule[0].cron, "0 4 * * *");
    }

    #[test]
    fn a_key_that_is_not_known_is_refused_with_its_place() {
        let error = Workflow::read(&SMALL.replace("run: 'true'", "runs: 'true'")).expect_err("it is misspelt");
        assert!(error.contains("jobs.first.steps[0]") && error.contains("runs"), "{error}");
    }

    #[test]
    fn a_workflow_without_permissions_is_refused() {
        assert!(Workflow::read(&SMALL.replace("permissions: {}\n", "")).is_err());
    }
}
