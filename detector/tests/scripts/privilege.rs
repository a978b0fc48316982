//! What the workflows may never do: measured code and tokens in one job, and what else no linter knows of ours.

use std::fs;

use super::place::root;

/// A job, as its lines in the file.
struct Job {
    name: String,
    text: String,
}

/// The jobs of every workflow: what stands below `jobs:` and two columns in begins one.
fn jobs() -> Vec<Job> {
    let mut jobs = Vec::new();
    for entry in fs::read_dir(root().join(".github/workflows")).expect("there are workflows").flatten() {
        let text = fs::read_to_string(entry.path()).expect("a workflow");
        let (_, below) = text.split_once("\njobs:\n").expect("a workflow has jobs");
        for line in below.lines().filter(|line| !line.trim_start().starts_with('#')) {
            if let Some(name) =
                line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')).and_then(|rest| rest.strip_suffix(':'))
            {
                jobs.push(Job { name: format!("{} {name}", entry.file_name().to_string_lossy()), text: String::new() });
            } else if let Some(job) = jobs.last_mut() {
                job.text += line;
                job.text.push('\n');
            }
        }
    }
    assert!(jobs.len() > 10, "{} jobs were found", jobs.len());
    jobs
}

/// The steps that run what is measured, or a program built of a stranger's code.
const MEASURED: [&str; 10] = [
    "nightly.sh build",
    "nightly.sh verify",
    "nightly.sh measure",
    "nightly.sh confirm",
    "nightly.sh watch",
    "nightly.sh beside",
    "nightly.sh matrix",
    "refresh.sh measure",
    "refresh.sh merge",
    "test.sh",
];

fn runs_measured_code(job: &Job) -> bool {
    MEASURED.iter().any(|step| job.text.contains(step))
}

#[test]
fn a_job_that_runs_measured_code_has_no_token_and_no_secret() {
    for job in jobs().iter().filter(|job| runs_measured_code(job)) {
        for word in ["github.token", "secrets", "GITHUB_TOKEN", ": write"] {
            assert!(!job.text.contains(word), "{}: {word}", job.name);
        }
    }
}

#[test]
fn there_are_jobs_that_run_measured_code_and_jobs_that_write() {
    let jobs = jobs();
    let of = |test: &dyn Fn(&Job) -> bool| -> Vec<String> {
        let mut names: Vec<String> = jobs.iter().filter(|job| test(job)).map(|job| job.name.clone()).collect();
        names.sort();
        names
    };
    assert_eq!(
        of(&|job| job.text.contains("nightly.sh measure") || job.text.contains("nightly.sh beside")),
        ["nightly.yml measure", "pull-request.yml measure", "release.yml measure"]
    );
    assert_eq!(
        of(&|job| job.text.contains(": write")),
        ["comment.yml comment", "nightly.yml refresh", "nightly.yml tell", "refresh.yml propose", "release.yml attach"]
    );
}

#[test]
fn every_job_says_what_it_may_and_how_long() {
    for job in jobs() {
        assert!(job.text.contains("\n    permissions:\n"), "{}", job.name);
        assert!(job.text.contains("    timeout-minutes: ") || job.text.contains("    uses: ./"), "{}", job.name);
    }
}

#[test]
fn no_checkout_leaves_its_credentials_behind() {
    for job in jobs() {
        let checkouts = job.text.matches("uses: actions/checkout@").count();
        assert_eq!(checkouts, job.text.matches("persist-credentials: false").count(), "{}", job.name);
    }
}

#[test]
fn the_workflow_with_a_token_for_pull_requests_checks_out_none_of_them() {
    let comment = jobs().into_iter().find(|job| job.name == "comment.yml comment").expect("the job is there");
    assert!(!comment.text.contains("ref:"), "{}", comment.text);
}
