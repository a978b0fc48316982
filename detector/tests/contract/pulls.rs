//! A pull request's comment and a proposal, as a workflow makes and updates them.

use schema::{baselines::Baselines, file};

use crate::{
    bench::{around, baselines, compared, report, three_sessions},
    fake::{Account, Fault, Pull},
    stage::{Stage, scenarios},
};

fn pull(head_owner: &str, head_branch: &str) -> Pull {
    Pull {
        head_owner: head_owner.to_owned(),
        head_branch: head_branch.to_owned(),
        head_sha: "c0ffee".to_owned(),
        base_branch: "main".to_owned(),
        merged: false,
    }
}

/// Comments on the pull request of a fork what a candidate `factor` times as slow brings.
fn comment(stage: &Stage<'_>, factor: f64) {
    let comparison = compared(&report(9, around(factor)), &three_sessions());
    file::write(&stage.path("comparison.json"), &comparison).expect("the scenario's folder");
    let repo = stage.repository.full_name();
    let on = ["--head", "fork:faster", "--head-sha", "c0ffee"];
    stage.detector(&[&["comment", "--comparison", "comparison.json", "--repo", &repo], &on[..]].concat()).ends(0);
}

fn a_comment_is_made_and_then_updated_in_place(stage: &Stage<'_>) {
    let number = stage.repository.open_pull(Account::person("fork", "NONE"), "Faster", pull("fork", "faster"));
    comment(stage, 1.4);
    let made = stage.repository.issue(number).comments;
    assert_eq!(made.len(), 1);
    comment(stage, 1.0);
    let updated = stage.repository.issue(number).comments;
    assert_eq!((updated.len(), updated[0].id), (1, made[0].id));
    assert_ne!(updated[0].body, made[0].body);
}

fn a_comment_is_found_behind_more_than_a_hundred_others(stage: &Stage<'_>) {
    let number = stage.repository.open_pull(Account::person("fork", "NONE"), "Faster", pull("fork", "faster"));
    for _ in 0..130 {
        stage.repository.comment(number, Account::person("fork", "NONE"), "see above");
    }
    comment(stage, 1.4);
    comment(stage, 1.0);
    assert_eq!(stage.repository.issue(number).comments.len(), 131);
}

/// Proposes baselines of these sessions in place of the usual ones, with the program that made the last of them.
fn propose(stage: &Stage<'_>, proposed: &Baselines) {
    file::write(&stage.path("current.json"), &three_sessions()).expect("the scenario's folder");
    file::write(&stage.path("proposed.json"), proposed).expect("the scenario's folder");
    let repo = stage.repository.full_name();
    let files = ["--baselines", "proposed.json", "--current", "current.json", "--program", "program"];
    let branches = ["--head", "refresh", "--base", "main", "--reason", "they are old"];
    stage.detector(&[&["propose", "--repo", &repo], &files[..], &branches].concat()).ends(0);
}

/// Baselines that this program made; the program is written down.
fn made_by(stage: &Stage<'_>, program: &str, factor: f64) -> Baselines {
    use sha2::{Digest, Sha256};
    use std::fmt::Write;

    std::fs::write(stage.path("program"), program).expect("the scenario's folder");
    let mut sha256 = String::new();
    for byte in Sha256::digest(program) {
        let _ = write!(sha256, "{byte:02x}");
    }
    let mut report = report(5, around(factor));
    report.context.program_sha256 = Some(sha256);
    baselines([report])
}

fn a_proposal_is_made_and_then_updated_in_place(stage: &Stage<'_>) {
    propose(stage, &made_by(stage, "a program", 1.3));
    let pulls = stage.repository.pulls();
    assert_eq!(pulls.len(), 1);
    let assets = || stage.repository.releases().iter().map(|release| release.assets.len()).sum::<usize>();
    assert_eq!(assets(), 1);

    propose(stage, &made_by(stage, "another program", 1.5));
    let updated = stage.repository.pulls();
    assert_eq!((updated.len(), updated[0].number), (1, pulls[0].number));
    assert_ne!(updated[0].body, pulls[0].body);
    assert_eq!((stage.repository.releases().len(), assets()), (1, 2));
}

fn an_upload_that_broke_off_is_done_again(stage: &Stage<'_>) {
    stage.repository.fault_on("POST releases/*/assets", 1, Fault::HalfUploaded);
    propose(stage, &made_by(stage, "a program", 1.3));
    let assets = stage.repository.releases().remove(0).assets;
    assert_eq!(assets.len(), 1);
    assert_eq!((assets[0].content.as_slice(), assets[0].is_whole), (&b"a program"[..], true));
}

scenarios! {
    a_comment_is_made_and_then_updated_in_place,
    a_comment_is_found_behind_more_than_a_hundred_others,
    a_proposal_is_made_and_then_updated_in_place,
    an_upload_that_broke_off_is_done_again,
}
