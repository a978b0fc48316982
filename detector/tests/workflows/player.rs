//! Plays a workflow: its jobs in their order, each with the environment and the token that GitHub would give it.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fmt::Write,
    fs,
    path::PathBuf,
};

use serde_json::{Map, Value, json};

use crate::{
    actions::{self, Around, copy},
    evaluation::{Scope, Standing},
    github::{Github, REPOSITORY},
    machine::{Machine, Started},
    words::{self, Annotation},
    workflow::{Access, Action, Dispatch, Job, Permissions, Scalars, Step, Workflow},
};

/// What a workflow is started by.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// `schedule`, `pull_request`, …
    pub(crate) name: &'static str,
    /// `github.event`.
    pub(crate) payload: Value,
    /// `github.ref`.
    pub(crate) reference: String,
    /// `github.sha`.
    pub(crate) sha: String,
    /// What a person who started it by hand said.
    pub(crate) inputs: Map<String, Value>,
}

/// What becomes of one job of a matrix, or of a job without one.
pub(crate) enum Part {
    /// It is played.
    Played,
    /// Its machine is lost before the first step.
    Lost,
    /// It was played elsewhere, well, and leaves these artifacts.
    Leaves(Vec<(String, PathBuf)>),
}

/// How something ended, in GitHub's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Success,
    Failure,
    Skipped,
}

impl End {
    fn word(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Skipped => "skipped",
        }
    }
}

/// A workflow that was played.
#[derive(Debug)]
pub(crate) struct Played {
    /// `github.run_id`.
    pub(crate) run: u64,
    /// How all of it ended.
    pub(crate) end: End,
    /// Its jobs, one for each of a matrix.
    pub(crate) jobs: Vec<PlayedJob>,
}

/// A job that was played.
#[derive(Debug)]
pub(crate) struct PlayedJob {
    /// Its key; `refresh/measure` of a workflow that is a job.
    pub(crate) id: String,
    /// What of the matrix it is; null without one.
    pub(crate) matrix: Value,
    pub(crate) end: End,
    pub(crate) token: String,
    pub(crate) permissions: Permissions,
    pub(crate) steps: Vec<PlayedStep>,
    /// What it wrote for the run's page.
    pub(crate) summary: String,
    /// What was started on its machine through the stand-ins.
    pub(crate) started: Vec<Started>,
    outputs: Map<String, Value>,
}

/// A step that was played.
#[derive(Debug)]
pub(crate) struct PlayedStep {
    pub(crate) title: String,
    pub(crate) end: End,
    /// The exit code of a block.
    pub(crate) code: Option<i32>,
    pub(crate) log: String,
    pub(crate) annotations: Vec<Annotation>,
    /// The environment of a block.
    pub(crate) environment: BTreeMap<String, String>,
}

impl Played {
    /// The job of that key; of a matrix, the one that runs on `platform`.
    #[track_caller]
    pub(crate) fn job(&self, id: &str, platform: Option<&str>) -> &PlayedJob {
        let is_it = |job: &&PlayedJob| job.id == id && platform.is_none_or(|key| job.matrix["platform"] == key);
        self.jobs.iter().find(is_it).unwrap_or_else(|| panic!("{id} was not played: {}", self.story()))
    }

    /// What happened, for the message of a test that failed.
    pub(crate) fn story(&self) -> String {
        let mut story = String::new();
        for job in &self.jobs {
            let _ = writeln!(story, "\n##### {} {}: {}", job.id, job.matrix, job.end.word());
            for step in &job.steps {
                let _ = write!(story, "=== {}: {} {:?}\n{}", step.title, step.end.word(), step.code, step.log);
            }
        }
        story
    }
}

impl PlayedJob {
    /// The step of that name.
    #[track_caller]
    pub(crate) fn step(&self, title: &str) -> &PlayedStep {
        self.steps.iter().find(|step| step.title == title).unwrap_or_else(|| panic!("{} has no step {title}", self.id))
    }
}

/// The key of this machine's platform.
pub(crate) fn host() -> String {
    platforms::PlatformKey::of_this_build().expect("the tests run on a platform of ours").to_string()
}

/// A run of a workflow that is being played.
struct Run<'a> {
    github: &'a Github,
    event: &'a Event,
    id: u64,
    name: String,
    part: &'a dyn Fn(&str, &Value) -> Part,
    jobs: Vec<PlayedJob>,
}

/// Plays a workflow; `part` says what becomes of each job, by its key and its values of the matrix.
pub(crate) fn play(github: &Github, workflow: &Workflow, event: &Event, part: &dyn Fn(&str, &Value) -> Part) -> Played {
    let id = 1000 + github.next();
    let mut run = Run { github, event, id, name: workflow.name.clone(), part, jobs: Vec::new() };
    let declared = workflow.on.workflow_dispatch.as_ref().or(workflow.on.workflow_call.as_ref());
    let is_by_hand = event.name == "workflow_dispatch";
    let inputs = inputs_of(declared.unwrap_or(&Dispatch::default()), &event.inputs, is_by_hand);
    let end = run.play(workflow, "", &inputs, None).0;
    Played { run: id, end, jobs: run.jobs }
}

/// The inputs: all that are declared, with their defaults where somebody is asked, else null.
fn inputs_of(declared: &Dispatch, given: &Map<String, Value>, are_asked: bool) -> Value {
    for name in given.keys() {
        assert!(declared.inputs.contains_key(name), "there is no input {name}");
    }
    let value = |(name, input): (&String, &crate::workflow::Input)| {
        let default = input.default.clone().filter(|_| are_asked);
        let value = given.get(name).cloned().or(default);
        assert!(value.is_some() || !are_asked || !input.required, "the input {name} is missing");
        (name.clone(), value.unwrap_or_default())
    };
    Value::Object(declared.inputs.iter().map(value).collect())
}

impl Run<'_> {
    /// Plays the jobs of a workflow, whose keys get `prefix`. `most` is what a workflow that calls it lets it do.
    fn play(
        &mut self,
        workflow: &Workflow,
        prefix: &str,
        inputs: &Value,
        most: Option<&Permissions>,
    ) -> (End, BTreeMap<String, Value>) {
        let mut needs: BTreeMap<String, Value> = BTreeMap::new();
        let mut ends: BTreeMap<String, End> = BTreeMap::new();
        for id in workflow.in_order() {
            let job = &workflow.jobs[id];
            let mut before = BTreeSet::new();
            ancestors(workflow, id, &mut before);
            let mut standing = Standing::Good;
            for ended in before.iter().map(|name| ends[*name]) {
                match ended {
                    End::Failure => standing = Standing::Failed,
                    End::Skipped if standing == Standing::Good => standing = Standing::Skipped,
                    _ => {}
                }
            }
            let of_needs: Map<String, Value> =
                job.needs.names().into_iter().map(|name| (name.to_owned(), needs[name].clone())).collect();
            let contexts = BTreeMap::from([
                ("github", self.github_context("", None)),
                ("needs", Value::Object(of_needs)),
                ("inputs", inputs.clone()),
                ("vars", json!({})),
            ]);
            let scope = Scope { contexts, standing };
            let key = format!("{prefix}{id}");
            let permissions = workflow.permissions_of(id);
            if let Some(most) = most {
                let within = permissions.iter().all(|(name, access)| most.get(name) >= Some(access));
                assert!(within, "{key} wants {permissions:?}, and whoever calls it gives {most:?}");
            }
            let (end, outputs) = self.play_job(workflow, &key, job, permissions, &scope);
            needs.insert(id.to_owned(), json!({ "result": end.word(), "outputs": outputs }));
            ends.insert(id.to_owned(), end);
        }
        let failed = ends.values().any(|end| *end == End::Failure);
        (if failed { End::Failure } else { End::Success }, needs)
    }

    /// A job with all of its matrix.
    fn play_job(
        &mut self,
        workflow: &Workflow,
        key: &str,
        job: &Job,
        permissions: &Permissions,
        scope: &Scope,
    ) -> (End, Map<String, Value>) {
        let say = |error: String| -> ! { panic!("{} {key}: {error}", self.name) };
        let mut outputs: Map<String, Value> = job.outputs.keys().map(|name| (name.clone(), json!(""))).collect();
        if !scope.holds(job.r#if.as_ref()).unwrap_or_else(|error| say(error)) {
            return (End::Skipped, outputs);
        }
        if let Some(uses) = &job.uses {
            let path = uses.strip_prefix("./").unwrap_or_else(|| say(format!("{uses} is not this repository's")));
            let text = fs::read_to_string(crate::workflow::root().join(path)).unwrap_or_else(|e| say(e.to_string()));
            let called = Workflow::read(&text).unwrap_or_else(|error| say(error));
            let given = job
                .with
                .iter()
                .map(|(name, value)| (name.clone(), scope.value(value).unwrap_or_else(|error| say(error))));
            let declared = called.on.workflow_call.clone().unwrap_or_else(|| say(format!("{path} cannot be called")));
            let inputs = inputs_of(&declared, &given.collect(), true);
            let (end, _) = self.play(&called, &format!("{key}/"), &inputs, Some(permissions));
            return (end, outputs);
        }
        let matrix = job.strategy.as_ref().map_or(Ok(vec![Value::Null]), |strategy| legs(&strategy.matrix, scope));
        let mut end = End::Success;
        for leg in matrix.unwrap_or_else(|error| say(error)) {
            let mut scope = scope.clone();
            if !leg.is_null() {
                scope.contexts.insert("matrix", leg.clone());
            }
            let played = self.play_leg(workflow, key, job, permissions, scope, &leg);
            if played.end == End::Failure {
                end = End::Failure;
            }
            for (name, value) in &played.outputs {
                if value != "" {
                    outputs.insert(name.clone(), value.clone());
                }
            }
            self.jobs.push(played);
        }
        (end, outputs)
    }

    /// A job on one machine.
    fn play_leg(
        &self,
        workflow: &Workflow,
        key: &str,
        job: &Job,
        permissions: &Permissions,
        mut scope: Scope,
        matrix: &Value,
    ) -> PlayedJob {
        let say = |error: String| -> ! { panic!("{} {key}: {error}", self.name) };
        let runs_on = scope.text(&job.runs_on).unwrap_or_else(|error| say(error));
        assert!(!runs_on.is_empty(), "{key} runs on no machine");
        // Only so that a slip in it is found.
        scope.text(&job.name).unwrap_or_else(|error| say(error));
        // As long as GitHub's, and of this job alone.
        let token = format!("ghs_{:036}", u64::from(std::process::id()) * 1_000_000 + self.github.next());
        let given = self.given(permissions);
        self.github.server.admit(&token, &given);
        let mut played = PlayedJob {
            id: key.to_owned(),
            matrix: matrix.clone(),
            end: End::Failure,
            token: token.clone(),
            permissions: given,
            steps: Vec::new(),
            summary: String::new(),
            started: Vec::new(),
            outputs: Map::new(),
        };
        match (self.part)(key, matrix) {
            Part::Played => {}
            Part::Lost => return played,
            Part::Leaves(artifacts) => {
                for (name, folder) in artifacts {
                    copy(&folder, &self.github.artifact(self.id, &name), false);
                }
                played.end = End::Success;
                return played;
            }
        }
        let machine = Machine::take(&self.github.machines);
        scope.standing = Standing::Good;
        let mut stage = Stage { run: self, scope, machine, played, environment: BTreeMap::new(), defaults: None };
        stage.begin(workflow, job, &token);
        stage.steps(&job.steps, None);
        let failed = stage.scope.standing == Standing::Failed;
        stage.played.end = if failed { End::Failure } else { End::Success };
        for (name, value) in &job.outputs {
            let value = stage.scope.text(value).unwrap_or_else(|error| say(error));
            stage.played.outputs.insert(name.clone(), Value::String(value));
        }
        stage.played.started = stage.machine.started();
        stage.machine.leave();
        stage.played
    }

    /// What the token of a job may do: of a fork's pull request it may write nothing, whatever the workflow says.
    fn given(&self, permissions: &Permissions) -> Permissions {
        let head = &self.event.payload["pull_request"]["head"]["repo"]["full_name"];
        let is_fork = self.event.name == "pull_request" && head != REPOSITORY;
        let most = if is_fork { Access::Read } else { Access::Write };
        permissions.iter().map(|(name, access)| (name.clone(), (*access).min(most))).collect()
    }

    fn github_context(&self, token: &str, machine: Option<&Machine>) -> Value {
        let Event { name, payload, reference, sha, .. } = self.event;
        let short = ["refs/heads/", "refs/tags/", "refs/"].iter().find_map(|kind| reference.strip_prefix(kind));
        json!({
            "event": payload,
            "event_name": name,
            "ref": reference,
            "ref_name": short.unwrap_or(reference),
            "sha": sha,
            "repository": REPOSITORY,
            "repository_owner": REPOSITORY.split('/').next(),
            "run_id": self.id.to_string(),
            "run_number": self.id.to_string(),
            "run_attempt": "1",
            "workflow": self.name,
            "actor": "keeper",
            "token": token,
            "api_url": self.github.fake.own_url(),
            "server_url": self.github.server.url(),
            "workspace": machine.map(|machine| &machine.workspace),
        })
    }
}

/// All jobs that must have ended before `id`.
fn ancestors<'a>(workflow: &'a Workflow, id: &str, found: &mut BTreeSet<&'a str>) {
    for need in workflow.jobs[id].needs.names() {
        if found.insert(need) {
            ancestors(workflow, need, found);
        }
    }
}

/// The values of each job of a matrix.
fn legs(matrix: &Value, scope: &Scope) -> Result<Vec<Value>, String> {
    let whole = match scope.value(matrix)? {
        Value::Object(map) => map,
        other => return Err(format!("a matrix is a map, not {other}")),
    };
    if whole.contains_key("exclude") || (whole.contains_key("include") && whole.len() > 1) {
        return Err("a matrix that adds to or takes from its product is not known".to_owned());
    }
    if let Some(include) = whole.get("include") {
        return Ok(include.as_array().ok_or("include is a list")?.clone());
    }
    let mut legs = vec![Map::new()];
    for (name, values) in &whole {
        let values = scope.value(values)?;
        let values = values.as_array().ok_or_else(|| format!("{name} of a matrix is a list, not {values}"))?;
        let longer = |leg: &Map<String, Value>, value: &Value| {
            let mut leg = leg.clone();
            leg.insert(name.clone(), value.clone());
            leg
        };
        legs = legs.iter().flat_map(|leg| values.iter().map(move |value| longer(leg, value))).collect();
    }
    Ok(legs.into_iter().map(Value::Object).collect())
}

/// A job on its machine.
struct Stage<'a> {
    run: &'a Run<'a>,
    scope: Scope,
    machine: Machine,
    played: PlayedJob,
    /// What blocks find set, before a step's own `env:`.
    environment: BTreeMap<String, String>,
    defaults: Option<crate::workflow::RunDefaults>,
}

impl Stage<'_> {
    #[track_caller]
    fn fail(&self, title: &str, error: &str) -> ! {
        panic!("{} {} {title:?}: {error}", self.run.name, self.played.id)
    }

    /// Readies the contexts and the environment.
    fn begin(&mut self, workflow: &Workflow, job: &Job, token: &str) {
        let Event { name, payload, .. } = self.run.event;
        let github = self.run.github_context(token, Some(&self.machine));
        let text = |name: &str| crate::evaluation::text_of(&github[name]);
        let event_file = self.machine.temp.join("event.json");
        fs::write(&event_file, payload.to_string()).expect("the folder is ours");
        let mut environment = self.machine.environment();
        environment.extend(self.run.github.settings.clone());
        for key in ["api_url", "server_url", "sha", "ref", "ref_name", "repository", "repository_owner", "run_id"] {
            environment.insert(format!("GITHUB_{}", key.to_uppercase()), text(key));
        }
        for key in ["run_number", "run_attempt", "workflow", "actor", "workspace"] {
            environment.insert(format!("GITHUB_{}", key.to_uppercase()), text(key));
        }
        let fixed = [
            ("CI", "true"),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", *name),
            ("GITHUB_JOB", self.played.id.rsplit('/').next().unwrap_or_default()),
            ("GITHUB_EVENT_PATH", &event_file.to_string_lossy()),
            ("RUNNER_TEMP", &self.machine.temp.to_string_lossy()),
            ("RUNNER_OS", if cfg!(target_os = "macos") { "macOS" } else { "Linux" }),
            ("RUNNER_ARCH", if cfg!(target_arch = "aarch64") { "ARM64" } else { "X64" }),
        ];
        environment.extend(fixed.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let runner = json!({
            "os": environment["RUNNER_OS"], "arch": environment["RUNNER_ARCH"], "temp": environment["RUNNER_TEMP"],
        });
        self.environment = environment;
        self.scope.contexts.extend([
            ("github", github),
            ("runner", runner),
            ("env", json!({})),
            ("steps", json!({})),
            ("job", json!({ "status": "success" })),
            ("secrets", json!({ "GITHUB_TOKEN": token })),
        ]);
        for env in [&workflow.env, &job.env] {
            let values = self.evaluated("env", env);
            self.set(values);
        }
        self.defaults = job.defaults.as_ref().or(workflow.defaults.as_ref()).map(|defaults| defaults.run.clone());
    }

    fn evaluated(&self, title: &str, scalars: &Scalars) -> BTreeMap<String, String> {
        let text = |(name, value): (&String, &Value)| {
            (name.clone(), self.scope.text(value).unwrap_or_else(|error| self.fail(title, &error)))
        };
        scalars.iter().map(text).collect()
    }

    /// Sets variables for all blocks that follow.
    fn set(&mut self, values: BTreeMap<String, String>) {
        let env = self.scope.contexts.get_mut("env").and_then(Value::as_object_mut).expect("it is a map");
        env.extend(values.iter().map(|(name, value)| (name.clone(), json!(value))));
        self.environment.extend(values);
    }

    /// The steps, of the job or of an action that is a step of it.
    fn steps(&mut self, steps: &[Step], action_path: Option<&str>) {
        for step in steps {
            let title = step.title();
            let holds = self.scope.holds(step.r#if.as_ref()).unwrap_or_else(|error| self.fail(&title, &error));
            if !holds {
                self.ended(step, End::Skipped, None, String::new(), BTreeMap::new(), &json!({}));
            } else if let Some(uses) = &step.uses {
                self.action(step, uses);
            } else {
                self.block(step, action_path);
            }
        }
    }

    fn block(&mut self, step: &Step, action_path: Option<&str>) {
        let title = step.title();
        let block = step.run.as_ref().unwrap_or_else(|| self.fail(&title, "it neither runs nor uses anything"));
        assert!(!block.contains("${{"), "{title:?}: an expression stands in a script");
        let defaults = self.defaults.as_ref();
        let shell = step.shell.as_deref().or_else(|| defaults.and_then(|defaults| defaults.shell.as_deref()));
        if shell != Some("bash") {
            self.fail(&title, &format!("the shell {shell:?} is not known; the workflow says `shell: bash`"));
        }
        let folder = step.working_directory.clone();
        let folder = folder.or_else(|| defaults.and_then(|defaults| defaults.working_directory.clone()));
        let folder = self.machine.workspace.join(folder.unwrap_or_default());
        let mut environment = self.environment.clone();
        environment.extend(self.evaluated(&title, &step.env));
        environment.extend(action_path.map(|path| ("GITHUB_ACTION_PATH".to_owned(), path.to_owned())));
        let files = ["OUTPUT", "STEP_SUMMARY", "ENV", "PATH"].map(|name| {
            let file = self.machine.temp.join(format!("{}-{}", name.to_lowercase(), self.played.steps.len()));
            fs::write(&file, "").expect("the folder is ours");
            environment.insert(format!("GITHUB_{name}"), file.to_string_lossy().into_owned());
            file
        });
        let (code, log) = self.machine.run(block, &folder, &environment);
        let [outputs, summary, env, path] = files.map(|file| {
            let bytes = fs::read(file).unwrap_or_else(|error| self.fail(&title, &format!("its file: {error}")));
            String::from_utf8(bytes).unwrap_or_else(|error| self.fail(&title, &format!("its file: {error}")))
        });
        let values = |text: &str| words::values(text).unwrap_or_else(|error| self.fail(&title, &error));
        let outputs = values(&outputs);
        let env = values(&env);
        self.set(env);
        for folder in path.lines() {
            let longer = format!("{folder}:{}", self.environment["PATH"]);
            self.environment.insert("PATH".to_owned(), longer);
        }
        self.played.summary.push_str(&summary);
        let end = if code == 0 { End::Success } else { End::Failure };
        self.ended(step, end, Some(code), log, environment, &json!(outputs));
    }

    fn action(&mut self, step: &Step, uses: &str) {
        let title = step.title();
        let with = self.evaluated(&title, &step.with);
        if let Some(path) = uses.strip_prefix("./") {
            self.composite(step, path, &with);
            return;
        }
        let permissions = self.played.permissions.clone();
        let token = self.played.token.clone();
        let mut around = Around {
            github: self.run.github,
            machine: &mut self.machine,
            run: self.run.id,
            token: &token,
            permissions: &permissions,
            reference: &self.run.event.reference,
            sha: &self.run.event.sha,
        };
        match actions::play(uses, with, &mut around) {
            Ok((log, outputs)) => self.ended(step, End::Success, None, log + "\n", BTreeMap::new(), &outputs),
            Err(error) => {
                self.ended(step, End::Failure, None, format!("::error::{error}\n"), BTreeMap::new(), &json!({}));
            }
        }
    }

    /// An action of the workspace that is made of steps.
    fn composite(&mut self, step: &Step, path: &str, with: &BTreeMap<String, String>) {
        let title = step.title();
        let folder = self.machine.workspace.join(path);
        let text = fs::read_to_string(folder.join("action.yml"));
        let text = text.unwrap_or_else(|error| self.fail(&title, &format!("{path}/action.yml: {error}")));
        let action = Action::read(&text).unwrap_or_else(|error| self.fail(&title, &error));
        assert_eq!(action.runs.using, "composite", "{path}");
        let given = with.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let inputs = inputs_of(&Dispatch { inputs: action.inputs.clone() }, &given, true);
        let outside = self.scope.clone();
        let environment = self.environment.clone();
        let env = self.evaluated(&title, &step.env);
        self.environment.extend(env);
        self.scope.contexts.extend([("inputs", inputs), ("steps", json!({}))]);
        self.steps(&action.runs.steps, Some(&folder.to_string_lossy()));
        let outputs: Map<String, Value> = action
            .outputs
            .iter()
            .map(|(name, output)| {
                let value = self.scope.text(&json!(output.value)).unwrap_or_else(|error| self.fail(&title, &error));
                (name.clone(), json!(value))
            })
            .collect();
        let end = if self.scope.standing == Standing::Failed { End::Failure } else { End::Success };
        self.scope = outside;
        self.environment = environment;
        self.ended(step, end, None, String::new(), BTreeMap::new(), &Value::Object(outputs));
    }

    /// Notes how a step ended, for those that follow.
    fn ended(
        &mut self,
        step: &Step,
        outcome: End,
        code: Option<i32>,
        log: String,
        environment: BTreeMap<String, String>,
        outputs: &Value,
    ) {
        let title = step.title();
        let is_tolerated = self.scope.value(&step.continue_on_error).unwrap_or_else(|error| self.fail(&title, &error));
        let conclusion = if outcome == End::Failure && is_tolerated == true { End::Success } else { outcome };
        if conclusion == End::Failure {
            self.scope.standing = Standing::Failed;
        }
        if let Some(id) = &step.id {
            let steps = self.scope.contexts.get_mut("steps").and_then(Value::as_object_mut).expect("it is a map");
            let ended = json!({ "outcome": outcome.word(), "conclusion": conclusion.word(), "outputs": outputs });
            steps.insert(id.clone(), ended);
        }
        let annotations = words::annotations(&log).unwrap_or_else(|error| self.fail(&title, &error));
        if env::var_os("TIDEGAUGE_TELL").is_some() {
            println!("=== {} {} {title}: {} {code:?}\n{log}", self.played.id, self.played.matrix, outcome.word());
        }
        self.played.steps.push(PlayedStep { title, end: outcome, code, log, annotations, environment });
    }
}
