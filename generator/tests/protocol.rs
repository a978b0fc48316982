//! `PROTOCOL.md` against the types: every example in it is read, and every task and answer stands in it.

use generator::protocol::{Answer, Job, Line};
use serde_json::Value;

const TEXT: &str = include_str!("../PROTOCOL.md");

/// The lines of the fenced JSON blocks.
fn examples() -> impl Iterator<Item = &'static str> {
    TEXT.split("```json\n").skip(1).flat_map(|block| block.split("```").next().unwrap_or_default().lines())
}

#[test]
fn every_example_is_understood() {
    let (mut jobs, mut answers) = (0, 0);
    for example in examples() {
        let value: Value = serde_json::from_str(example).unwrap();
        if value.get("task").is_some() {
            let job: Job = serde_json::from_str(example).unwrap_or_else(|error| panic!("{example}: {error}"));
            assert_eq!(serde_json::to_value(&job).unwrap(), value, "{example}");
            jobs += 1;
        } else {
            let line: Line = serde_json::from_str(example).unwrap_or_else(|error| panic!("{example}: {error}"));
            assert_eq!(serde_json::to_value(&line).unwrap(), value, "{example}");
            answers += 1;
        }
    }
    assert!(jobs >= 7 && answers >= 5, "{jobs} jobs, {answers} answers");
}

#[test]
fn every_task_that_a_job_may_name_stands_in_the_table() {
    let unknown = r#"{"protocol": 2, "cpu": null, "task": "no such task"}"#;
    let message = serde_json::from_str::<Job>(unknown).unwrap_err().to_string();
    // "unknown variant `no such task`, expected one of `calibrate`, `verify`, …"
    let tasks: Vec<&str> = message.split('`').skip(3).step_by(2).filter(|task| !task.contains(' ')).collect();
    assert!(tasks.len() >= 9, "{message}");
    for task in tasks {
        assert!(TEXT.contains(&format!("\n| `{task}`")), "{task}");
    }
}

#[test]
fn every_answer_is_named() {
    let unknown = r#"{"protocol": 2, "answer": "no such answer"}"#;
    let message = serde_json::from_str::<Line>(unknown).unwrap_err().to_string();
    for answer in message.split('`').skip(3).step_by(2).filter(|answer| !answer.contains(' ')) {
        assert!(TEXT.contains(&format!("`{answer}`")), "{answer}");
    }
    assert!(matches!(
        serde_json::from_str::<Line>(r#"{"protocol": 2, "answer": "done"}"#).unwrap().answer,
        Answer::Done
    ));
}
