//! All scenarios once more, with GitHub's published description between the detector and the fake: Prism looks at every request
//! and every answer.

use std::{
    collections::BTreeSet,
    env,
    io::{BufRead, BufReader},
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    attach,
    fake::{Fake, Fault},
    itself::post,
    life, pulls,
    stage::{Scenario, Stage},
    writes,
};

/// Where scripts/contract.sh has put Prism and the description.
const FOLDER: &str = "TIDEGAUGE_CONTRACT";

/// Scenarios at the same time: most of their time they wait.
const AT_ONCE: usize = 6;

/// How long Prism may take to start; it takes four seconds where nothing else runs.
const START_MAX: Duration = Duration::from_mins(1);

/// The first few tell what is wrong; the others mostly repeat it.
const VIOLATIONS_SHOWN: usize = 5;

/// What `unvalidated.cjs` says before a schema that Prism cannot use.
const UNVALIDATED: &str = "unvalidated:";

/// Prism, as long as this lives.
struct Prism {
    process: Child,
    said: Arc<Mutex<Vec<String>>>,
}

impl Prism {
    /// Starts it in front of the fake.
    fn start(fake: &Fake) -> Self {
        let folder = env::var_os(FOLDER).map(PathBuf::from);
        let folder = folder.unwrap_or_else(|| panic!("{FOLDER} is not set; scripts/contract.sh sets it and runs this"));
        let mut process = Command::new("node")
            .args(["--require", "./unvalidated.cjs", "node_modules/@stoplight/prism-cli/dist/index.js", "proxy"])
            .args(["description.json", &fake.api_url(), "--errors", "--host", "127.0.0.1", "--port", "0"])
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("node starts");
        let said = Arc::new(Mutex::new(Vec::new()));
        let (ready, is_ready) = mpsc::channel();
        let stdout = BufReader::new(process.stdout.take().expect("its output is a pipe"));
        let kept = Arc::clone(&said);
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if let Some((_, address)) = line.split_once("Prism is listening on http://") {
                    ready.send(address.trim().parse::<SocketAddr>()).ok();
                }
                kept.lock().expect("no reader panics").push(line);
            }
        });
        let prism = Self { process, said };
        let begun = Instant::now();
        let Ok(Ok(address)) = is_ready.recv_timeout(START_MAX) else {
            panic!("Prism did not start; it said:\n{}", prism.said().join("\n"));
        };
        println!("Prism started in {:.1} s", begun.elapsed().as_secs_f64());
        fake.check_through(address);
        prism
    }

    fn said(&self) -> Vec<String> {
        self.said.lock().expect("no writer panics").clone()
    }
}

impl Drop for Prism {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

#[test]
#[ignore = "scripts/contract.sh runs it, with Prism beside it"]
fn every_scenario_holds_under_the_eyes_of_prism() {
    let fake = Fake::start();
    let prism = Prism::start(&fake);
    prism_refuses_a_request_that_github_does_not_know(&fake);
    prism_refuses_an_answer_that_github_does_not_give(&fake);

    let scenarios: Vec<&(&str, Scenario)> =
        [writes::ALL, life::ALL, pulls::ALL, attach::ALL].into_iter().flatten().collect();
    let (first, rest) = scenarios.split_first().expect("there are scenarios");
    let failed = Mutex::new(Vec::new());
    let play = |(name, scenario): &(&'static str, Scenario)| {
        let begun = Instant::now();
        let stage = Stage::on(&fake, &format!("tide/{name}"));
        let holds = catch_unwind(AssertUnwindSafe(|| scenario(&stage))).is_ok();
        println!("{} {:5.1} s  {name}", if holds { "holds " } else { "FAILED" }, begun.elapsed().as_secs_f64());
        if !holds {
            failed.lock().expect("no one panics with it").push(*name);
        }
    };
    // Prism reads a schema when it first needs it, which takes a second each: the first scenario needs most of them.
    play(first);
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(scenario) = rest.get(next.fetch_add(1, Ordering::SeqCst)) {
                    play(scenario);
                }
            });
        }
    });

    let requests = fake.requests().len();
    println!("{} scenarios, {requests} requests", scenarios.len());
    let violations: BTreeSet<String> =
        fake.violations().into_iter().map(|violation| format!("{}\n  {}", violation.line, violation.what)).collect();
    let some: Vec<&str> = violations.iter().take(VIOLATIONS_SHOWN).map(String::as_str).collect();
    assert!(some.is_empty(), "{} times not as GitHub describes it:\n{}", violations.len(), some.join("\n"));
    let unvalidated: Vec<_> = prism.said().into_iter().filter(|line| line.contains(UNVALIDATED)).collect();
    assert!(unvalidated.is_empty(), "Prism looked away: {unvalidated:#?}");
    assert_eq!(*failed.lock().expect("all threads ended"), [""; 0]);
}

/// A test of the test: a body that GitHub refuses, and Prism before it.
fn prism_refuses_a_request_that_github_does_not_know(fake: &Fake) {
    let repository = fake.repository("tide/known-bad-request");
    for (path, field, body) in [
        ("issues", "title", json!({ "title": ["a", "list"] })),
        ("issues", "labels", json!({ "title": "one", "labels": "a text" })),
        ("issues/1/comments", "body", json!({ "text": "not the body" })),
        ("labels", "name", json!({ "name": 7 })),
        ("pulls", "base", json!({ "title": "one", "head": "faster" })),
        ("releases", "make_latest", json!({ "tag_name": "v1", "make_latest": "perhaps" })),
    ] {
        post(fake, &format!("/repos/tide/known-bad-request/{path}"), &body);
        let violations = fake.take_violations();
        assert!(violations.iter().any(|it| it.what.contains(field)), "{path}, {field}: {violations:#?}");
    }
    assert!(repository.issues().is_empty());
}

/// A test of the test: an issue whose labels are no list.
fn prism_refuses_an_answer_that_github_does_not_give(fake: &Fake) {
    fake.repository("tide/known-bad-answer");
    fake.fault(Fault::Wrong);
    let seen = post(fake, "/repos/tide/known-bad-answer/issues", &json!({ "title": "one" }));
    assert_ne!(seen.status, 201);
    let violations = fake.take_violations();
    assert!(violations.iter().any(|violation| violation.what.contains("labels")), "{violations:#?}");
}
