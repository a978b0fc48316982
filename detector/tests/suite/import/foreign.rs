//! Input that is cut off, broken or hostile: each ends in one message that names the place, the benchmark and the
//! remedy.

use detector::import::{
    Format, baselines_json,
    criterion::{self, Files},
    refusal::Refusal,
    run::{Origin, Run},
};

#[track_caller]
fn refused(format: Format, text: &str) -> String {
    format.parse(text).map(|run| run.benchmarks).expect_err("it must be refused").to_string()
}

/// The message has all of these parts.
#[track_caller]
fn check(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in: {message}");
    }
    assert!(!message.contains('\n') && message.chars().count() < 600, "{message}");
}

fn sample(text: &str) -> Result<(), Refusal> {
    let about = r#"{"full_id":"sum","throughput":null}"#;
    criterion::benchmark(&Files { benchmark: about, sample: Some(text), estimates: None })
        .and_then(|benchmark| Run::new(Origin::default(), vec![benchmark], Vec::new()))
        .map(|_| ())
}

#[test]
fn a_text_without_a_benchmark_is_refused_by_every_format() {
    for format in Format::ALL {
        for text in ["", "\n\n", "PASS\n", "{}", "[]", "null", "{\"results\": [], \"benchmarks\": []}"] {
            let message = refused(format, text);
            assert!(message.contains("is it the right file"), "{format:?} {text:?}: {message}");
        }
    }
}

#[test]
fn an_unknown_unit_is_refused_with_benchmark_line_and_unit() {
    check(
        &refused(Format::CriterionText, "\nsum   time:   [1 cycles 2 cycles 3 cycles]\n"),
        &["line 2", "\"sum\"", "\"cycles\"", "ps, ns"],
    );
    check(
        &refused(Format::CriterionText, "sum  time:   [1 ns 2 ns 3 ns]\n     thrpt:  [1 foo/s 2 foo/s 3 foo/s]\n"),
        &["line 2", "\"sum\"", "\"foo/s\""],
    );
    check(
        &refused(Format::Bencher, "test sum ... bench:   1,234 ticks/iter (+/- 5)\n"),
        &["line 1", "\"sum\"", "\"ticks\""],
    );
    check(
        &refused(Format::Bencher, "test sum ... bench:   1,234 ns/iter (+/- 5) = 8 furlongs\n"),
        &["\"sum\"", "\"furlongs\""],
    );
    let google = r#"{"benchmarks":[{"name":"sum","run_type":"iteration","real_time":1.0,"time_unit":"jiffies"}]}"#;
    check(&refused(Format::GoogleBenchmark, google), &["benchmarks[0]", "\"sum\"", "\"jiffies\""]);
    let divan =
        "b  fastest │ slowest │ median │ mean │ samples │ iters\n╰─ sum  1 eon │ 1 eon │ 1 eon │ 1 eon │ 10 │ 10\n";
    check(&refused(Format::Divan, divan), &["line 2", "\"b::sum\"", "\"eon\""]);
}

#[test]
fn a_time_of_three_units_must_be_understood_in_all_three() {
    check(&refused(Format::CriterionText, "sum   time:   [1 ns 2 ns 3 parsec]\n"), &["\"parsec\""]);
}

#[test]
fn numbers_that_no_clock_gives_are_refused_with_their_benchmark() {
    for times in ["[1e9,-1.0]", "[0.0,1.0]"] {
        let text = format!(r#"{{"sampling_mode":"Flat","iters":[1.0,1.0],"times":{times}}}"#);
        check(&sample(&text).expect_err("no clock gives it").to_string(), &["\"sum\"", "above 0"]);
    }
    check(&refused(Format::CriterionText, "sum   time:   [-1 ns -1 ns -1 ns]\n"), &["\"sum\"", "above 0", "-1"]);
    check(&refused(Format::CriterionText, "sum   time:   [NaN ns NaN ns NaN ns]\n"), &["\"sum\"", "\"NaN\""]);
    check(&refused(Format::CriterionText, "sum   time:   [inf s inf s inf s]\n"), &["\"inf\""]);
    check(
        &refused(Format::CriterionText, "sum   time:   [1e308 s 1e308 s 1e308 s]\n"),
        &["\"sum\"", "above 0, found inf"],
    );
    check(&refused(Format::Go, "BenchmarkSum-2 10 -5 ns/op\n"), &["BenchmarkSum-2", "found -5"]);
    let google = |time: &str| format!(r#"{{"benchmarks":[{{"name":"sum","real_time":{time},"time_unit":"ns"}}]}}"#);
    check(&refused(Format::GoogleBenchmark, &google("0")), &["\"sum\"", "found 0"]);
    check(&refused(Format::GoogleBenchmark, &google("-1")), &["\"sum\"", "found -1"]);
    check(&refused(Format::GoogleBenchmark, &google("1e999")), &["line 1", "out of range"]);
    let pytest =
        |median: &str| format!(r#"{{"benchmarks":[{{"name":"sum","stats":{{"median":{median},"mean":1,"min":1}}}}]}}"#);
    check(&refused(Format::PytestBenchmark, &pytest("0")), &["\"sum\"", "found 0"]);
    check(&refused(Format::PytestBenchmark, &pytest("NaN")), &["line 1", "benchmarks[0].stats.median"]);
    check(
        &refused(Format::BenchmarksJson, r#"{"benchmarks":[{"name":"sum","duration_ms":-1}]}"#),
        &["\"sum\"", "found -1000000"],
    );
    check(
        &refused(Format::BenchmarksJson, r#"{"benchmarks":[{"name":"sum","duration_ms":1,"memory_mb":1e300}]}"#),
        &["\"sum\"", "memory_mb"],
    );
}

#[test]
fn a_run_of_hyperfine_without_time_is_refused_with_what_helps() {
    let text = r#"{"results":[{"command":"true","times":[0.001,0.0],"exit_codes":[0,0]}]}"#;
    check(&refused(Format::Hyperfine, text), &["results[0]", "\"true\"", "--shell=none"]);
}

#[test]
fn a_run_that_a_signal_ended_is_a_failed_one() {
    let text = r#"{"results":[{"command":"crash","times":[0.1,0.1],"exit_codes":[0,null]}]}"#;
    check(&refused(Format::Hyperfine, text), &["\"crash\"", "1 of 2 runs", "by a signal"]);
}

#[test]
fn a_wrong_type_is_refused_with_line_field_and_benchmark() {
    let text = "{\"benchmarks\":[{\"name\":\"a\",\"duration_ms\":1},\n{\"name\":\"sum\",\"duration_ms\":\"fast\"}]}";
    check(&refused(Format::BenchmarksJson, text), &["line 2", "benchmarks[1].duration_ms", "\"sum\"", "\"fast\""]);
}

#[test]
fn json_that_is_cut_off_is_refused_at_its_end() {
    check(&refused(Format::Hyperfine, "{\"results\":[\n{\"command\":\"a\","), &["line 2", "cut off"]);
}

#[test]
fn a_field_that_stands_twice_is_refused() {
    let text = r#"{"benchmarks":[{"name":"sum","duration_ms":1,"duration_ms":2}]}"#;
    check(&refused(Format::BenchmarksJson, text), &["duplicate field", "duration_ms"]);
}

#[test]
fn one_name_twice_in_a_run_is_refused_with_both_places() {
    let line = "sum   time:   [1 ns 1 ns 1 ns]\n";
    check(
        &refused(Format::CriterionText, &line.repeat(2)),
        &["line 2", "\"sum\"", "after line 1", "file of its own", "rename"],
    );
    check(&refused(Format::Bencher, &"test sum ... bench: 1 ns/iter (+/- 0)\n".repeat(2)), &["line 2", "after line 1"]);
    let hyperfine = r#"{"results":[{"command":"a","median":1},{"command":"a","median":1}]}"#;
    check(&refused(Format::Hyperfine, hyperfine), &["results[1]", "after results[0]"]);
    let google = r#"{"benchmarks":[{"name":"a","repetition_index":0,"real_time":1,"time_unit":"ns"},
        {"name":"a","repetition_index":0,"real_time":1,"time_unit":"ns"}]}"#;
    check(&refused(Format::GoogleBenchmark, google), &["benchmarks[1]", "after benchmarks[0]"]);
}

#[test]
fn one_name_in_two_programs_is_refused() {
    let of = |program: &str| {
        format!("     Running {program}.rs (target/release/deps/{program}-1)\ntest sum ... bench: 1 ns/iter (+/- 0)\n")
    };
    check(&refused(Format::Bencher, &(of("one") + &of("other"))), &["line 4", "after line 2"]);
}

#[test]
fn a_name_that_no_case_may_have_is_refused() {
    check(
        &refused(Format::Bencher, "test a\u{7}b ... bench: 1 ns/iter (+/- 0)\n"),
        &["line 1", "control characters", "rename"],
    );
    let long = "x".repeat(301);
    check(&refused(Format::Bencher, &format!("test {long} ... bench: 1 ns/iter (+/- 0)\n")), &["from 1 to 300 bytes"]);
    check(&refused(Format::Hyperfine, r#"{"results":[{"command":"a\nb","median":1}]}"#), &["control characters"]);
    check(
        &refused(Format::BenchmarksJson, r#"{"benchmarks":[{"name":"","duration_ms":1}]}"#),
        &["benchmarks[0]", "is empty"],
    );
}

#[test]
fn a_benchmark_that_failed_is_refused_by_name() {
    check(&refused(Format::Bencher, "test sum ... FAILED\n"), &["\"sum\"", "failed"]);
    check(&refused(Format::Bencher, ".Ftest sum ... bench: 1 ns/iter (+/- 0)\n"), &["line 1", "failed"]);
    check(
        &refused(Format::Go, "BenchmarkA-2 1 5 ns/op\n--- FAIL: BenchmarkSum-2\n"),
        &["line 2", "BenchmarkSum-2", "FAIL"],
    );
    check(
        &refused(Format::Go, "BenchmarkA-2 1 5 ns/op\nFAIL\texample.org/sum [build failed]\n"),
        &["line 2", "example.org/sum [build failed]"],
    );
}

#[test]
fn a_benchmark_without_its_figures_is_refused_by_name() {
    check(
        &refused(Format::CriterionText, "a   time:   [1 ns 1 ns 1 ns]\nBenchmarking sum: Warming up for 3.0000 s\n"),
        &["line 2", "\"sum\"", "ends before"],
    );
    check(
        &refused(
            Format::CriterionText,
            "a   time:   [1 ns 1 ns 1 ns]\na name that is longer than criterion's column\n",
        ),
        &["line 2", "a name that"],
    );
    check(&refused(Format::CriterionText, "sum   time:   [1 ns 1 ns\n"), &["line 1", "\"sum\""]);
    check(
        &refused(Format::Bencher, "test a ... bench: 1 ns/iter (+/- 0)\ntest sum ... bench:  \n"),
        &["line 2", "\"sum\""],
    );
    check(&refused(Format::Bencher, "test a ... bench: 1 ns/iter (+/- 0)\ntest su"), &["line 2", "\"su\""]);
    check(&refused(Format::Go, "BenchmarkA-2 1 5 ns/op\nBenchmarkSum"), &["line 2", "BenchmarkSum", "ends before"]);
    check(&refused(Format::Go, "BenchmarkSum-2 1000\n"), &["BenchmarkSum-2", "ns/op"]);
    check(&refused(Format::Go, "BenchmarkSum-2 1000 5\n"), &["BenchmarkSum-2", "ends before"]);
    check(&refused(Format::Go, "BenchmarkSum-2 hello\n"), &["BenchmarkSum-2", "\"hello\""]);
}

#[test]
fn a_tree_that_ends_before_its_last_branch_is_refused() {
    let head = "b  fastest │ slowest │ median │ mean │ samples │ iters\n";
    let leaf = |mark: &str, name: &str| format!("{mark}─ {name}  1 ns │ 1 ns │ 1 ns │ 1 ns │ 10 │ 10\n");
    check(&refused(Format::Divan, &(head.to_owned() + &leaf("├", "a"))), &["\"b::a\"", "ends before"]);
    check(&refused(Format::Divan, &(head.to_owned() + "╰─ deep  │ │ │ │ │\n")), &["\"b::deep\"", "ends before"]);
    let whole = head.to_owned() + &leaf("├", "a") + &leaf("╰", "c");
    assert_eq!(Format::Divan.parse(&whole).expect("it is whole").benchmarks.len(), 2);
}

#[test]
fn a_branch_without_a_table_is_refused_and_not_passed_over() {
    let head = "a  fastest │ slowest │ median │ mean │ samples │ iters\n";
    let branch = "╰─ b  1 ns │ 1 ns │ 1 ns │ 1 ns │ 10 │ 10\n";
    let twice = format!("{head}{branch}\n{}{branch}", head.replace("iters", "iter"));
    check(&refused(Format::Divan, &twice), &["line 5", "without the head of its table"]);
    let run_together = format!("a\n╰─ {head}{branch}");
    check(&refused(Format::Divan, &run_together), &["line 2", "without the head of its table"]);
}

#[test]
fn a_line_that_other_output_has_run_into_is_refused() {
    check(
        &refused(Format::Bencher, "hellotest sum ... bench: 1 ns/iter (+/- 0)\n"),
        &["line 1", "before the benchmark"],
    );
    check(&refused(Format::Go, "helloBenchmarkSum-2 1000 5 ns/op\n"), &["line 1", "before the benchmark"]);
    for next in ["test dot ... ignored", "test dot ... bench:   1,234 ns/iter (+/- 5)"] {
        let run_together = format!("test sum ... bench:   1,234 ns/iter (+/- 5){next}\n");
        check(&refused(Format::Bencher, &run_together), &["line 1", "\"sum ", "run into its figures"]);
    }
    let nameless = "test ... bench:  5 ns/iter (+/- 0)\ntest sum ... bench:  5 ns/iter (+/- 0)\n";
    check(&refused(Format::Bencher, nameless), &["line 1", "without a name"]);
    let divan =
        "b  fastest │ slowest │ median │ mean │ samples │ iters\nhello╰─ a  1 ns │ 1 ns │ 1 ns │ 1 ns │ 10 │ 10\n";
    check(&refused(Format::Divan, divan), &["line 2", "before the branch"]);
}

#[test]
fn a_platform_that_has_no_key_is_refused_with_those_that_have() {
    check(
        &refused(Format::Go, "goos: plan9\ngoarch: mips\nBenchmarkSum-2 10 5 ns/op\n"),
        &["plan9-mips", "linux-x86_64"],
    );
}

#[test]
fn two_machines_in_one_file_are_refused() {
    let text = "cpu: A\nBenchmarkSum-2 10 5 ns/op\ncpu: B\nBenchmarkSum-2 10 5 ns/op\n";
    check(&refused(Format::Go, text), &["line 3", "two machines"]);
}

#[test]
fn a_time_without_a_zone_is_refused() {
    let text = r#"{"timestamp":"2026-01-31 04:00","benchmarks":[{"name":"sum","duration_ms":1}]}"#;
    check(&refused(Format::BenchmarksJson, text), &["timestamp", "2026-01-31T04:00:00Z"]);
}

#[test]
fn calls_and_times_of_criterion_must_belong_together() {
    for text in
        [r#"{"iters":[1.0],"times":[1.0,2.0]}"#, r#"{"iters":[],"times":[]}"#, r#"{"iters":[0.5],"times":[1.0]}"#]
    {
        check(&sample(text).expect_err("they do not").to_string(), &["sample.json", "\"sum\"", "measure it again"]);
    }
}

#[test]
fn an_unknown_throughput_of_criterion_is_refused_by_its_file() {
    let about = r#"{"full_id":"sum","throughput":{"Furlongs":3}}"#;
    let files = Files { benchmark: about, sample: Some(r#"{"iters":[1.0],"times":[1.0]}"#), estimates: None };
    check(&criterion::benchmark(&files).expect_err("unknown").to_string(), &["benchmark.json", "Furlongs"]);
}

#[track_caller]
fn baselines_refused(implementation: &str, rest: &str) -> String {
    let text = format!(r#"{{"baselines":{{"linux-x86_64":{{"rust_implementation":{implementation}}}}}{rest}}}"#);
    baselines_json::parse(&text).expect_err("it must be refused").to_string()
}

#[test]
fn a_field_of_unknown_quantity_is_refused_by_its_path() {
    let path = "baselines.linux-x86_64.rust_implementation";
    check(&baselines_refused(r#"{"latency_p50_fortnights":1}"#, ""), &[path, "latency_p50_fortnights", "rename it"]);
    check(&baselines_refused(r#"{"memory_usage_pages":1}"#, ""), &[path, "memory_usage_pages"]);
    check(&baselines_refused(r#"{"throughput":1}"#, ""), &[path, "throughput_tokens_per_second"]);
}

#[test]
fn a_number_of_a_baseline_that_makes_no_sense_is_refused() {
    check(&baselines_refused(r#"{"latency_p50_ms":"1"}"#, ""), &["latency_p50_ms", "must be a number"]);
    check(&baselines_refused(r#"{"latency_p50_ms":-1}"#, ""), &["rust_implementation", "above 0"]);
    check(&baselines_refused(r#"{"accuracy_score":1.5}"#, ""), &["from 0 to 1", "1.5"]);
    check(&baselines_refused(r#"{"memory_usage_mb":0}"#, ""), &["memory_usage_mb", "above 0"]);
}

#[test]
fn limits_of_unknown_name_and_limits_that_disagree_are_refused() {
    let one = r#"{"latency_p50_ms":1}"#;
    check(
        &baselines_refused(one, r#","alerts":{"critical":{"latency_increase_procent":5}}"#),
        &["alerts.critical", "latency_increase_procent"],
    );
    let both = r#","alerts":{"warning":{"latency_increase_percent":5}},
        "thresholds":{"warning":{"latency_increase_percent":6}}"#;
    check(&baselines_refused(one, both), &["thresholds.warning", "disagree"]);
}

#[test]
fn a_wrong_limit_is_told_in_one_harmless_line() {
    let limits = format!(r#","alerts":{{"critical":{{"latency\u007f{}":5}}}}"#, "x".repeat(5_000));
    let message = baselines_refused(r#"{"latency_p50_ms":1}"#, &limits);
    check(&message, &["alerts.critical", "unknown field", "generator schema baselines"]);
    assert!(!message.contains(char::is_control), "{message:?}");
}

#[test]
fn limits_that_make_no_sense_are_refused_where_they_stand() {
    let one = r#"{"latency_p50_ms":1}"#;
    check(
        &baselines_refused(one, r#","alerts":{"warning":{"memory_increase_percent":-1}}"#),
        &["alerts.warning.memory_increase_percent", "above 0, found -1", "write one, or leave it out"],
    );
    check(
        &baselines_refused(one, r#","thresholds":{"warning":{"latency_increase_percent":30}}"#),
        &["thresholds.warning.latency_increase_percent", "at least the warning threshold of 30", "Tidegauge's own"],
    );
}

#[test]
fn a_platform_that_stands_twice_is_refused() {
    let text = r#"{"baselines":{"linux-x86_64":{"a":{"latency_p50_ms":1}},"linux-x86_64":{}}}"#;
    check(&baselines_json::parse(text).expect_err("twice").to_string(), &["\"linux-x86_64\"", "second time"]);
}

#[test]
fn baselines_without_a_number_are_refused() {
    for text in ["{}", r#"{"baselines":{}}"#, r#"{"baselines":{"linux-x86_64":{"rust_implementation":{}}}}"#] {
        check(&baselines_json::parse(text).expect_err("nothing there").to_string(), &["is it the right file"]);
    }
}

#[test]
fn a_limit_that_makes_no_sense_is_refused_by_its_field_with_what_to_write() {
    let one = r#"{"latency_p50_ms":1}"#;
    let limit = |section: &str, limits: &str| baselines_refused(one, &format!(r#","{section}":{limits}"#));
    for found in ["-5", "0"] {
        let limits = format!(r#"{{"critical":{{"throughput_decrease_percent":{found}}}}}"#);
        check(
            &limit("alerts", &limits),
            &["alerts.critical.throughput_decrease_percent: must be a number above 0, found", found],
        );
    }
    check(
        &limit("thresholds", r#"{"warning":{"accuracy_decrease":2}}"#),
        &["thresholds.warning.accuracy_decrease", "at most 1, found 2"],
    );
    check(
        &limit("alerts", r#"{"critical":{"latency_increase_percent":"5"}}"#),
        &["alerts.critical.latency_increase_percent", "must be a number above 0, found \"\"5\"\""],
    );
}

#[test]
fn a_critical_limit_below_our_own_warning_asks_for_both() {
    let one = r#"{"latency_p50_ms":1}"#;
    check(
        &baselines_refused(one, r#","alerts":{"critical":{"throughput_decrease_percent":5}}"#),
        &[
            "alerts.critical.throughput_decrease_percent",
            "at least the warning threshold of 8, found 5",
            "a number above 0",
            "give alerts.warning.throughput_decrease_percent too",
        ],
    );
    check(
        &baselines_refused(one, r#","thresholds":{"warning":{"throughput_decrease_percent":30}}"#),
        &["thresholds.warning.throughput_decrease_percent", "give thresholds.critical.throughput_decrease_percent too"],
    );
    check(
        &baselines_refused(
            one,
            r#","alerts":{"critical":{"latency_increase_percent":50,"latency_increase_percent":5}}"#,
        ),
        &["latency_increase_percent", "second time"],
    );
}

#[test]
fn a_quantity_that_stands_twice_under_two_names_is_refused_with_both() {
    for (one, other) in [
        ("latency_p50_ms", "latency_p50_us"),
        ("latency_p50_ms", "latency_median_ms"),
        ("latency_p99_ms", "latency_p99_ns"),
        ("throughput_tokens_per_second", "throughput_bytes_per_second"),
        ("memory_usage_mb", "peak_memory_bytes"),
        ("accuracy", "accuracy_score"),
        ("cpu_percent", "cpu_usage_percent"),
        ("model_load_time_ms", "model_load_time_us"),
    ] {
        check(
            &baselines_refused(&format!(r#"{{"{one}":1,"{other}":1}}"#), ""),
            &[&format!("rust_implementation.{other}"), &format!("the same as {one}"), "keep one of them"],
        );
    }
}

#[test]
fn a_benchmark_of_no_iterations_is_refused() {
    check(&refused(Format::Go, "BenchmarkSum-2 0 5 ns/op\n"), &["line 1", "BenchmarkSum-2", "iterations", "found 0"]);
    check(
        &refused(Format::BenchmarksJson, r#"{"benchmarks":[{"name":"sum","duration_ms":1,"iterations":0}]}"#),
        &["benchmarks[0]", "\"sum\"", "iterations", "found 0"],
    );
}

#[test]
fn a_metric_of_go_that_stands_twice_in_a_line_is_refused() {
    check(
        &refused(Format::Go, "BenchmarkA-8 100 5 ns/op 6 ns/op\n"),
        &["line 1", "BenchmarkA-8", "\"ns/op\"", "twice"],
    );
    check(&refused(Format::Go, "BenchmarkA-8 100 5 ns/op 6 MB/s 7 MB/s\n"), &["\"MB/s\"", "twice"]);
}

#[test]
fn a_run_of_go_that_failed_is_refused_at_its_line() {
    let good = "BenchmarkA-2 1 5 ns/op\n";
    for (line, part) in [
        ("panic: out of range", "panic: out of range"),
        ("fatal error: all goroutines are asleep - deadlock!", "fatal error"),
        ("--- FAIL", "FAIL"),
        ("FAIL", "FAIL"),
        ("exit status 2", "exit status 2"),
    ] {
        check(&refused(Format::Go, &format!("{good}{line}\n")), &["line 2", "it failed", part]);
    }
    // Go has printed the name before the benchmark runs.
    let text = format!("{good}BenchmarkSum-2   \tpanic: no\n\ngoroutine 5 [running]:\n");
    check(&refused(Format::Go, &text), &["line 2", "BenchmarkSum-2", "it failed", "panic: no"]);
}

#[test]
fn the_json_of_go_is_refused_with_how_to_run_it() {
    let text = "{\"Time\":\"2026-01-31T04:00:00Z\",\"Action\":\"start\",\"Package\":\"example.org/sum\"}\n";
    check(&refused(Format::Go, text), &["line 1", "without -json"]);
}

#[test]
fn a_spread_of_the_bencher_that_cannot_be_read_is_refused_at_its_line() {
    let line = |figures: &str| format!("\ntest sum ... bench: {figures}\n");
    check(&refused(Format::Bencher, &line("1,234 ns/iter (+/- 5")), &["line 2", "\"sum\"", "ends before"]);
    check(&refused(Format::Bencher, &line("1,234 ns/iter (+/- garbage)")), &["line 2", "\"sum\"", "\"garbage\""]);
    check(&refused(Format::Bencher, &line("1,234 ns/iter (+/- x) = 5 MB/s")), &["line 2", "\"sum\"", "\"x\""]);
    check(&refused(Format::Bencher, &line("1,234 ns (+/- 5)")), &["line 2", "\"sum\"", "\"ns\"", "/iter"]);
}

#[test]
fn a_run_of_the_bencher_that_failed_is_refused() {
    let text = "test sum ... bench: 1 ns/iter (+/- 0)\n\ntest result: FAILED. 0 passed; 1 failed\n";
    check(&refused(Format::Bencher, text), &["line 3", "it failed", "test result: FAILED"]);
}

#[test]
fn one_name_twice_in_google_benchmark_without_a_repetition_is_refused() {
    let row = r#"{"name":"a","run_type":"iteration","real_time":1,"time_unit":"ns"}"#;
    let mean = r#"{"name":"a_mean","real_time":1,"time_unit":"ns"}"#;
    let of = |rows: &[&str]| format!(r#"{{"benchmarks":[{}]}}"#, rows.join(","));
    check(&refused(Format::GoogleBenchmark, &of(&[row, row])), &["benchmarks[1]", "\"a\"", "after benchmarks[0]"]);
    // Two benchmarks of one name, each with its own mean.
    check(&refused(Format::GoogleBenchmark, &of(&[row, mean, row, mean])), &["after benchmarks[0]"]);
    let numbered = r#"{"name":"a","repetition_index":0,"real_time":1,"time_unit":"ns"}"#;
    check(&refused(Format::GoogleBenchmark, &of(&[row, numbered])), &["after benchmarks[0]"]);
}
