//! `detector import` as a person runs it: the documents it writes, what it says beside them, and what it refuses.

use std::{
    fs,
    path::{Path, PathBuf},
};

use assert_cmd::{Command, assert::Assert};
use schema::{
    baselines::Baselines,
    case::{CaseRow, ThroughputUnit},
    comparison::{Comparison, Verdict},
    file,
    report::Report,
};
use tempfile::TempDir;

use crate::program::{program, stderr, stdout};

fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/import/fixtures").join(path)
}

/// A folder for what is imported.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    /// Imports these files into `out`, on a platform that is told.
    fn import(&self, format: &str, paths: &[PathBuf], out: &str, more: &[&str]) -> Assert {
        let mut command = Command::from_std(program());
        command.args(["import", "--from", format]).args(paths).arg("--out").arg(self.path(out)).args(more).assert()
    }

    #[track_caller]
    fn report(&self, format: &str, paths: &[PathBuf], more: &[&str]) -> Report {
        self.import(format, paths, "report.json", more).code(0);
        file::read(&self.path("report.json")).unwrap()
    }

    fn compare(&self, candidate: &str, baseline: &[&str], more: &[&str]) -> Assert {
        let mut command = Command::from_std(program());
        command.args(["compare", "--report"]).arg(self.path(candidate)).args(baseline).args(more);
        command.current_dir(self.0.path()).assert()
    }
}

const HERE: [&str; 2] = ["--platform", "linux-x86_64"];

#[track_caller]
fn of<'r>(report: &'r Report, case: &str) -> &'r CaseRow {
    report.cases.get(case).unwrap_or_else(|| panic!("{case} in {:?}", report.cases.keys()))
}

#[test]
fn every_real_file_becomes_a_report_that_can_be_read() {
    for (format, path, cases) in [
        ("criterion", "criterion/first", 4),
        ("criterion-text", "criterion-text/changes.txt", 10),
        ("criterion-text", "criterion-text/talk.txt", 10),
        ("bencher", "bencher/criterion.txt", 10),
        ("bencher", "bencher/loud.txt", 2),
        ("hyperfine", "hyperfine/one.json", 2),
        ("google-benchmark", "google-benchmark/repetitions.json", 5),
        ("pytest-benchmark", "pytest-benchmark/data.json", 4),
        ("go", "go/three.txt", 5),
        ("divan", "divan/table.txt", 11),
    ] {
        let report = Desk::new().report(format, &[fixture(path)], &HERE);
        assert_eq!(report.cases.len(), cases, "{path}");
        assert_eq!(report.profile, format!("import.{format}"));
    }
}

#[test]
fn several_folders_of_criterion_are_launches_of_the_same_cases() {
    let report = Desk::new().report("criterion", &[fixture("criterion/first"), fixture("criterion/second")], &HERE);
    let row = of(&report, "slow/sleep");
    let times: Vec<_> = row.launches.iter().map(|launch| launch.latency_p50_ns).collect();
    assert_eq!(times, [Some(3_076_866.3), Some(3_068_044.7)]);
    assert_eq!(row.latency.p50_ns, Some(f64::midpoint(3_076_866.3, 3_068_044.7)));
    assert_eq!(row.unmeasured["latency.p95_ns"], "criterion times calls in batches");
}

#[test]
fn a_saved_run_of_criterion_is_taken_by_its_name() {
    let report =
        Desk::new().report("criterion", &[fixture("criterion/second")], &["--saved", "main", HERE[0], HERE[1]]);
    assert_eq!(of(&report, "slow/sleep").latency.p50_ns, Some(3_068_044.7));
}

#[test]
fn a_saved_run_that_is_not_there_is_refused_with_those_that_are() {
    let assert =
        Desk::new().import("criterion", &[fixture("criterion/second")], "r.json", &["--saved", "best"]).code(2);
    let said = stderr(&assert);
    assert!(said.contains("\"best\"") && said.contains("main, new"), "{said}");
}

/// criterion's first run, copied to where a test may change it.
fn copied(desk: &Desk, to: &str, run: &str) -> PathBuf {
    let root = desk.path(to);
    for benchmark in ["nothing", "group_nested_ deep/fold/100", "slow/sleep", "slow/both"] {
        let folder = root.join(benchmark).join(run);
        fs::create_dir_all(&folder).unwrap();
        for name in ["benchmark.json", "sample.json", "estimates.json"] {
            fs::copy(fixture("criterion/first").join(benchmark).join("new").join(name), folder.join(name)).unwrap();
        }
    }
    root
}

#[test]
fn a_folder_of_criterion_with_base_only_and_another_name_is_the_same() {
    let desk = Desk::new();
    let base = desk.report("criterion", &[copied(&desk, "renamed", "base")], &HERE);
    let new = desk.report("criterion", &[fixture("criterion/first")], &HERE);
    assert_eq!(base.cases, new.cases);
}

#[test]
fn base_is_taken_where_there_is_no_new_and_what_criterion_compared_is_no_benchmark() {
    let desk = Desk::new();
    let root = copied(&desk, "criterion", "base");
    copied(&desk, "criterion", "main");
    fs::create_dir(root.join("slow/sleep/change")).unwrap();
    fs::copy(root.join("slow/sleep/base/estimates.json"), root.join("slow/sleep/change/estimates.json")).unwrap();
    assert_eq!(desk.report("criterion", &[root], &HERE).cases.len(), 4);
}

#[test]
fn which_of_several_saved_runs_is_meant_must_be_said() {
    let desk = Desk::new();
    let root = copied(&desk, "criterion", "main");
    copied(&desk, "criterion", "next");
    let said = stderr(&desk.import("criterion", &[root], "r.json", &HERE).code(2));
    assert!(said.contains("--saved with one of main, next"), "{said}");
}

#[test]
fn a_run_without_a_benchmark_that_another_has_is_told() {
    let desk = Desk::new();
    let header = "goos: linux\ngoarch: amd64\npkg: example.org/sum\ncpu: AMD EPYC\n";
    let part = desk.write("part.txt", &format!("{header}BenchmarkSum-2 1 5 ns/op\n"));
    let assert = desk.import("go", &[fixture("go/three.txt"), part], "r.json", &[]).code(0);
    let said = stderr(&assert);
    assert!(said.contains("part.txt has 1 of 5 benchmarks, \"BenchmarkCopy-2\" is the first that it lacks"), "{said}");
}

#[test]
fn a_document_is_not_written_over_what_it_is_made_of() {
    let desk = Desk::new();
    let path = desk.write("go.txt", "BenchmarkSum-2 10 5 ns/op\n");
    let said = stderr(&desk.import("go", std::slice::from_ref(&path), "go.txt", &HERE).code(2));
    assert!(said.contains("name another"), "{said}");
    assert!(fs::read_to_string(path).unwrap().starts_with("Benchmark"));
}

#[test]
fn a_folder_of_one_benchmark_is_its_case_alone() {
    let desk = Desk::new();
    let root = copied(&desk, "all", "new");
    for path in [root.join("slow/sleep"), root.join("slow/sleep/new")] {
        let report = desk.report("criterion", &[path], &HERE);
        assert_eq!(report.cases.keys().collect::<Vec<_>>(), ["slow/sleep"]);
    }
}

#[test]
fn a_folder_without_benchmarks_is_refused() {
    let desk = Desk::new();
    fs::create_dir(desk.path("empty")).unwrap();
    let assert = desk.import("criterion", &[desk.path("empty")], "r.json", &HERE).code(2);
    assert!(stderr(&assert).contains("target/criterion"), "{}", stderr(&assert));
    desk.import("criterion", &[desk.path("nowhere")], "r.json", &HERE).code(2);
}

#[test]
fn a_broken_file_of_criterion_is_refused_by_its_path_and_name_and_nothing_is_written() {
    let desk = Desk::new();
    let root = copied(&desk, "criterion", "new");
    fs::write(root.join("slow/sleep/new/sample.json"), "{\"iters\":[1.0").unwrap();
    let said = stderr(&desk.import("criterion", &[root], "r.json", &HERE).code(2));
    for part in ["slow/sleep/new", "sample.json, line 1", "benchmark \"slow/sleep\"", "cut off"] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(!desk.path("r.json").exists());
}

#[test]
fn numbers_of_criterion_without_a_name_are_refused() {
    let desk = Desk::new();
    let root = copied(&desk, "criterion", "new");
    fs::remove_file(root.join("slow/sleep/new/benchmark.json")).unwrap();
    let said = stderr(&desk.import("criterion", &[root], "r.json", &HERE).code(2));
    assert!(said.contains("slow/sleep/new") && said.contains("benchmark.json"), "{said}");
}

#[test]
fn one_name_in_two_folders_of_criterion_is_refused() {
    let desk = Desk::new();
    let root = copied(&desk, "criterion", "new");
    fs::copy(root.join("slow/sleep/new/benchmark.json"), root.join("slow/both/new/benchmark.json")).unwrap();
    let said = stderr(&desk.import("criterion", &[root], "r.json", &HERE).code(2));
    assert!(said.contains("slow/sleep/new") && said.contains("slow/both/new"), "{said}");
}

#[test]
fn a_case_states_why_each_number_is_null() {
    let report = Desk::new().report("hyperfine", &[fixture("hyperfine/one.json")], &HERE);
    let row = of(&report, "sleep 0.01");
    assert_eq!(row.unmeasured["throughput.value"], "hyperfine does not tell");
    assert_eq!(row.unmeasured["latency.p95_ns"], "5 calls were timed singly, and it takes 500");
    assert_eq!(row.latency.p50_ns, Some(11_163_065.000_000_002));
    assert_eq!(row.latency.min_ns, Some(11_024_470.000_000_001));
}

#[test]
fn calls_that_were_timed_singly_give_percentiles_where_there_are_enough() {
    let desk = Desk::new();
    let times: Vec<f64> = (1..=501).map(f64::from).collect();
    let text = serde_json::json!({ "results": [{ "command": "a", "times": times }] }).to_string();
    let report = desk.report("hyperfine", &[desk.write("many.json", &text)], &HERE);
    let row = of(&report, "a");
    assert_eq!((row.latency.p95_ns, row.latency.p99_ns), (Some(476e9), None));
}

#[test]
fn a_platform_that_nothing_tells_is_taken_to_be_this_hosts_and_that_is_said() {
    let desk = Desk::new();
    let assert = desk.import("hyperfine", &[fixture("hyperfine/one.json")], "r.json", &[]).code(0);
    assert!(stderr(&assert).contains("does not say where it ran"), "{}", stderr(&assert));
    let report: Report = file::read(&desk.path("r.json")).unwrap();
    assert_eq!(Some(report.platform), platforms::PlatformKey::of_this_build());
}

#[test]
fn a_platform_that_the_source_tells_otherwise_is_refused() {
    let told = ["--platform", "macos-aarch64"];
    let said = stderr(&Desk::new().import("go", &[fixture("go/three.txt")], "r.json", &told).code(2));
    assert!(said.contains("macos-aarch64") && said.contains("linux-x86_64"), "{said}");
}

#[test]
fn a_time_that_nothing_tells_is_the_files_own_and_that_is_said() {
    let desk = Desk::new();
    let assert = desk.import("go", &[fixture("go/three.txt")], "r.json", &[]).code(0);
    assert!(stderr(&assert).contains("does not say when it ran"), "{}", stderr(&assert));
    let told = desk.report("go", &[fixture("go/three.txt")], &["--created", "2026-01-31T04:00:00Z"]);
    assert_eq!(told.created.to_string(), "2026-01-31T04:00:00Z");
}

#[test]
fn a_commit_is_known_where_it_is_told() {
    let desk = Desk::new();
    let files = [fixture("go/three.txt")];
    assert_eq!(desk.report("go", &files, &[]).context.git, None);
    let git = desk.report("go", &files, &["--commit", "c0ffee", "--branch", "main"]).context.git.expect("a commit");
    assert_eq!((git.commit.as_str(), git.branch.as_deref(), git.dirty), ("c0ffee", Some("main"), false));
    desk.import("go", &files, "r.json", &["--commit", "yesterday"]).code(2);
}

#[test]
fn classes_tell_machines_apart_as_far_as_the_source_does() {
    let desk = Desk::new();
    let class = |format: &str, path: &str, more: &[&str]| {
        desk.report(format, &[fixture(path)], more).context.machine.class.expect("a class")
    };
    assert_eq!(class("go", "go/three.txt", &[]), "imported.linux-x86_64.AMD-EPYC");
    assert_eq!(class("pytest-benchmark", "pytest-benchmark/data.json", &[]), "imported.linux-x86_64.AMD-EPYC");
    assert_eq!(
        class("google-benchmark", "google-benchmark/once.json", &HERE),
        "imported.linux-x86_64.2-CPUs-l1d-32768-l1i-32768-l2-1048576-l3-33554432"
    );
    assert_eq!(class("divan", "divan/table.txt", &HERE), "imported.linux-x86_64.unknown");
    assert_eq!(class("go", "go/three.txt", &["--class", "rack-7"]), "rack-7");
    desk.import("go", &[fixture("go/three.txt")], "r.json", &["--class", "../x"]).code(2);
    let said =
        stderr(&desk.import("go", &[fixture("go/three.txt")], "r.json", &["--class", "macos-aarch64.x"]).code(2));
    assert!(said.contains("--class macos-aarch64.x: ") && said.contains("these ran on linux-x86_64"), "{said}");
}

#[test]
fn files_of_two_machines_make_no_report() {
    let desk = Desk::new();
    let other = fs::read_to_string(fixture("go/three.txt")).unwrap().replace("AMD EPYC", "Another CPU");
    let files = [fixture("go/three.txt"), desk.write("other.txt", &other)];
    let said = stderr(&desk.import("go", &files, "r.json", &[]).code(2));
    assert!(said.contains("CPU") && said.contains("\"Another CPU\"") && said.contains("import them apart"), "{said}");
}

#[test]
fn one_name_in_two_packages_of_go_makes_two_cases() {
    let desk = Desk::new();
    let of_package = |package: &str| format!("pkg: {package}\nBenchmarkSum-2 10 5 ns/op\n");
    let text = of_package("example.org/a") + &of_package("example.org/b") + "BenchmarkOther-2 10 5 ns/op\n";
    let report = desk.report("go", &[desk.write("go.txt", &text)], &HERE);
    let ids: Vec<_> = report.cases.keys().map(String::as_str).collect();
    assert_eq!(ids, ["BenchmarkOther-2", "example.org/a.BenchmarkSum-2", "example.org/b.BenchmarkSum-2"]);
}

#[test]
fn two_packages_whose_cases_no_case_may_be_named_like_are_refused() {
    let of_package = |package: &str| format!("pkg: {package}\nBenchmarkSum-2 10 5 ns/op\n");
    for package in ["tab\there", &"long".repeat(100)] {
        let desk = Desk::new();
        let text = of_package("example.org/a") + &of_package(package);
        let said = stderr(&desk.import("go", &[desk.write("a.txt", &text)], "r.json", &HERE).code(2));
        assert!(said.contains("a.txt") && said.contains("BenchmarkSum-2") || package.len() > 100, "{said}");
        assert!(said.contains("rename the benchmark") && !said.contains("bug of this program"), "{said}");
    }
}

#[test]
fn the_mean_of_launches_of_any_length_is_between_them() {
    let runs = |ns: &str| {
        let one = |repetition: u32| {
            format!(
                r#"{{"name":"sum","run_name":"sum","run_type":"iteration","repetitions":3,"repetition_index":{repetition},
                    "iterations":10,"real_time":{ns},"cpu_time":1,"time_unit":"ns"}}"#
            )
        };
        format!(r#"{{"context":{{}},"benchmarks":[{},{},{}]}}"#, one(0), one(1), one(2))
    };
    for (ns, mean_ns) in [("1.7e308", 1.7e308), ("5", 5.0)] {
        let desk = Desk::new();
        let report = desk.report("google-benchmark", &[desk.write("a.json", &runs(ns))], &HERE);
        assert_eq!(of(&report, "sum").latency.mean_ns, Some(mean_ns));
    }
}

#[test]
fn the_form_with_benchmarks_is_taken_field_by_field() {
    let desk = Desk::new();
    let text = r#"{"version":"1.0","timestamp":"2026-01-31T04:00:00Z",
        "environment":{"os":"linux","arch":"aarch64","cpu_model":"Neoverse N1"},
        "benchmarks":[{"name":"decode","duration_ms":12.3,"throughput":81.3,"memory_mb":1024.5,"iterations":50,
            "note":"x"}]}"#;
    let paths = ["b.json", "c.json"].map(|name| desk.write(name, text));
    let assert = desk.import("benchmarks-json", &paths, "report.json", &[]).code(0);
    assert!(stderr(&assert).contains("passed over the field \"note\""), "{}", stderr(&assert));
    let report: Report = file::read(&desk.path("report.json")).unwrap();
    assert_eq!(
        (report.platform.as_str(), report.created.to_string().as_str()),
        ("linux-aarch64", "2026-01-31T04:00:00Z")
    );
    assert_eq!(report.context.machine.class.as_deref(), Some("imported.linux-aarch64.Neoverse-N1"));
    let row = of(&report, "decode");
    assert_eq!((row.latency.p50_ns, row.launches.len()), (Some(12_300_000.0), 2));
    assert_eq!((row.throughput.value, row.throughput.unit), (Some(81.3), None));
    assert_eq!((row.peak_memory_bytes, row.launches[0].iterations_per_sample), (Some(1_024_500_000), Some(50)));
}

#[test]
fn a_file_that_is_named_twice_is_no_second_launch() {
    let desk = Desk::new();
    let path = desk.write("go.txt", "BenchmarkSum-2 10 5 ns/op\n");
    let again = path.parent().unwrap().join(".").join("go.txt");
    let assert = desk.import("go", &[path, again], "report.json", &HERE).code(2);
    assert!(stderr(&assert).contains("go.txt: it is named twice"), "{}", stderr(&assert));
    assert!(!desk.path("report.json").exists());
}

const BASELINES: &str = r#"{"version":"1.0.0","last_updated":"2026-01-31T04:00:00Z",
    "baselines":{"linux-x86_64":{
        "rust_implementation":{"throughput_tokens_per_second":125.3,"latency_p50_ms":89.2,"latency_p95_ms":142.7,
            "latency_p99_ms":198.5,"memory_usage_mb":1024.5,"cpu_usage_percent":75.0,"accuracy_score":0.9987,
            "first_token_latency_ms":45.3,"model_load_time_ms":1250.8},
        "cpp_legacy":{"throughput_tokens_per_second":100.0,"latency_p50_ms":100.0},
        "performance_ratios":{"throughput_ratio":1.253}},
      "darwin-arm64":{"rust_implementation":{"latency_p50_ms":50.0},"cpp_implementation":{}}},
    "alerts":{"critical":{"throughput_decrease_percent":20.0,"latency_increase_percent":30.0},
              "warning":{"accuracy_decrease":0.003}},
    "thresholds":{"performance_improvement":{"latency_decrease_percent":5.0}}}"#;

#[test]
fn the_form_with_baselines_becomes_baselines_with_its_limits() {
    let desk = Desk::new();
    let assert = desk.import("baselines-json", &[desk.write("b.json", BASELINES)], "baselines.json", &[]).code(0);
    for part in ["performance_ratios", "cpp_implementation, which is empty", "thresholds.performance_improvement"] {
        assert!(stderr(&assert).contains(part), "{part} in {}", stderr(&assert));
    }
    let baselines: Baselines = file::read(&desk.path("baselines.json")).unwrap();
    let limits = baselines.thresholds;
    assert_eq!((limits.critical.throughput_decrease_percent, limits.critical.latency_increase_percent), (20.0, 30.0));
    assert_eq!((limits.warning.accuracy_decrease, limits.warning.latency_increase_percent), (0.003, 15.0));
    let keys: Vec<_> = baselines.baselines.keys().map(|key| key.as_str()).collect();
    assert_eq!(keys, ["linux-x86_64", "macos-aarch64"]);
    let class = baselines.of_class("linux-x86_64".parse().unwrap(), "imported.linux-x86_64.unknown").expect("a class");
    let [session] = &class.sessions[..] else { panic!("one session") };
    let ids: Vec<_> = session.cases.keys().map(String::as_str).collect();
    let phases = ["rust_implementation/first_token_latency", "rust_implementation/model_load_time"];
    assert_eq!(ids, ["cpp_legacy", "rust_implementation", phases[0], phases[1]]);
    let row = &session.cases["rust_implementation"];
    assert_eq!((row.throughput.value, row.throughput.unit), (Some(125.3), Some(ThroughputUnit::TokensPerSecond)));
    let latency = row.latency;
    assert_eq!(
        (latency.p50_ns, latency.p95_ns, latency.p99_ns),
        (Some(89_200_000.0), Some(142_700_000.0), Some(198_500_000.0))
    );
    assert_eq!((row.peak_memory_bytes, row.accuracy, row.cpu_percent), (Some(1_024_500_000), Some(0.9987), Some(75.0)));
    assert_eq!(session.cases[phases[1]].latency.p50_ns, Some(1_250_800_000.0));
    assert!(row.launches.is_empty(), "how often it ran is not told");
}

#[test]
fn one_platform_of_the_form_with_baselines_is_taken_by_its_key() {
    let desk = Desk::new();
    let text = BASELINES.replace("darwin-arm64", "windows-x86_64");
    let path = desk.write("b.json", &text);
    let said = stderr(&desk.import("baselines-json", std::slice::from_ref(&path), "baselines.json", &[]).code(2));
    assert!(said.contains("windows-x86_64") && said.contains("--platform"), "{said}");
    let hostile = desk.write("c.json", &text.replace("windows", "\\u007f\\u001b]0;"));
    let said = stderr(&desk.import("baselines-json", &[hostile], "c.out.json", &[]).code(2));
    assert!(!said.trim_end().contains(char::is_control), "{said:?}");
    desk.import("baselines-json", &[path], "baselines.json", &HERE).code(0);
    let baselines: Baselines = file::read(&desk.path("baselines.json")).unwrap();
    assert_eq!(baselines.baselines.len(), 1);
}

#[test]
fn a_report_and_baselines_that_were_both_imported_compare() {
    let desk = Desk::new();
    desk.import("baselines-json", &[desk.write("b.json", BASELINES)], "baselines.json", &[]).code(0);
    let run = |duration_ms: f64| {
        format!(
            r#"{{"timestamp":"2026-02-01T04:00:00Z",
                "benchmarks":[{{"name":"rust_implementation","duration_ms":{duration_ms}}}]}}"#
        )
    };
    let files =
        [desk.write("1.json", &run(178.0)), desk.write("2.json", &run(179.0)), desk.write("3.json", &run(178.5))];
    desk.import("benchmarks-json", &files, "report.json", &HERE).code(0);
    let assert = desk.compare("report.json", &["--baselines", "baselines.json"], &["--format", "json"]);
    let comparison: Comparison = serde_json::from_str(&stdout(&assert)).unwrap();
    assert!(
        comparison
            .rows
            .iter()
            .any(|row| row.case == "rust_implementation" && row.baseline.is_some_and(|ns| (ns - 89.2e6).abs() < 1.0))
    );
}

/// The go file with all times `factor` times as long.
fn slowed(factor: f64) -> String {
    let line = |line: &str| match line.split_once(" ns/op") {
        Some((head, rest)) => {
            let (name, time) = head.rsplit_once(char::is_whitespace).unwrap();
            format!("{name} {} ns/op{rest}", time.parse::<f64>().unwrap() * factor)
        }
        None => line.to_owned(),
    };
    let text = fs::read_to_string(fixture("go/three.txt")).unwrap();
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn two_imports_of_one_machine_compare_and_a_regression_between_them_is_seen() {
    let desk = Desk::new();
    desk.import("go", &[desk.write("a.txt", &slowed(1.0))], "a.json", &["--created", "2026-01-31T04:00:00Z"]).code(0);
    desk.import("go", &[desk.write("b.txt", &slowed(1.001))], "b.json", &["--created", "2026-02-01T04:00:00Z"]).code(0);
    desk.import("go", &[desk.write("c.txt", &slowed(3.0))], "c.json", &["--created", "2026-02-02T04:00:00Z"]).code(0);
    let nap = ["--filter", "^BenchmarkNap"];
    desk.compare("b.json", &["--baseline-report", "a.json"], &nap).code(0);
    let assert =
        desk.compare("c.json", &["--baseline-report", "a.json", "b.json"], &[&nap[..], &["--format", "json"]].concat());
    let comparison: Comparison = serde_json::from_str(&stdout(&assert.code(1))).unwrap();
    assert!(comparison.rows.iter().any(|row| row.case == "BenchmarkNap-2" && row.verdict == Verdict::Critical));
}

#[test]
fn imports_of_two_machines_do_not_compare() {
    let desk = Desk::new();
    let other = slowed(1.0).replace("AMD EPYC", "Another CPU");
    desk.import("go", &[desk.write("a.txt", &slowed(1.0))], "a.json", &[]).code(0);
    desk.import("go", &[desk.write("b.txt", &other)], "b.json", &[]).code(0);
    let assert = desk.compare("b.json", &["--baseline-report", "a.json"], &[]).code(4);
    assert!(stdout(&assert).contains("another machine"), "{}", stdout(&assert));
}

#[test]
fn a_file_that_is_no_text_is_refused_with_its_line() {
    let desk = Desk::new();
    fs::write(desk.path("utf16.txt"), b"\nB\xff\xfe\0").unwrap();
    let said = stderr(&desk.import("go", &[desk.path("utf16.txt")], "r.json", &[]).code(2));
    assert!(said.contains("utf16.txt, line 2") && said.contains("UTF-8"), "{said}");
}

#[test]
fn a_file_that_is_not_there_is_refused_by_its_path() {
    let desk = Desk::new();
    let said = stderr(&desk.import("go", &[desk.path("nowhere.txt")], "r.json", &[]).code(2));
    assert!(said.contains("nowhere.txt") && said.contains("check the path"), "{said}");
}

#[test]
fn help_names_every_format_and_shows_how() {
    let assert = Command::from_std(program()).args(["import", "--help"]).assert().code(0);
    let help = stdout(&assert);
    for format in [
        "criterion-text",
        "bencher",
        "hyperfine",
        "google-benchmark",
        "pytest-benchmark",
        "go",
        "divan",
        "benchmarks-json",
        "baselines-json",
        "--commit",
    ] {
        assert!(help.contains(format), "{format}");
    }
}

#[test]
fn limits_that_disagree_with_our_own_are_refused_by_the_file_that_has_them() {
    let desk = Desk::new();
    for found in ["5", "-5"] {
        let text = format!(
            r#"{{"baselines":{{"linux-x86_64":{{"rust_implementation":{{"throughput_tokens_per_second":100}}}}}},
                "alerts":{{"critical":{{"throughput_decrease_percent":{found}}}}}}}"#
        );
        let said = stderr(&desk.import("baselines-json", &[desk.write("b.json", &text)], "out.json", &[]).code(2));
        for part in ["b.json, alerts.critical.throughput_decrease_percent", "a number above 0"] {
            assert!(said.contains(part), "{part} in {said}");
        }
        assert!(!desk.path("out.json").exists());
    }
}

#[test]
fn a_null_of_the_form_with_baselines_is_not_there_and_says_so() {
    let desk = Desk::new();
    let text = r#"{"last_updated":"2026-01-31T04:00:00Z","alerts":{"critical":null,
        "warning":{"latency_increase_percent":null}},"baselines":{"linux-x86_64":{
        "rust_implementation":{"latency_p50_ms":10,"latency_p99_ms":null,"memory_usage_mb":null,"load_time_ms":null},
        "cpp_implementation":null,"empty":{"latency_p50_ms":null}}}}"#;
    let assert = desk.import("baselines-json", &[desk.write("b.json", text)], "out.json", &[]).code(0);
    for part in ["cpp_implementation, which is null", "empty, which has no numbers", "load_time_ms, which is null"] {
        assert!(stderr(&assert).contains(part), "{part} in {}", stderr(&assert));
    }
    let baselines: Baselines = file::read(&desk.path("out.json")).unwrap();
    let class = baselines.of_class("linux-x86_64".parse().unwrap(), "imported.linux-x86_64.unknown").expect("a class");
    let cases = &class.sessions[0].cases;
    assert_eq!(cases.keys().collect::<Vec<_>>(), ["rust_implementation"]);
    let row = &cases["rust_implementation"];
    assert_eq!((row.latency.p50_ns, row.latency.p99_ns, row.peak_memory_bytes), (Some(10e6), None, None));
    assert_eq!(row.unmeasured["latency.p99_ns"], "latency_p99_ms is null in the file");
    assert_eq!(row.unmeasured["peak_memory_bytes"], "memory_usage_mb is null in the file");
}

#[test]
fn a_null_of_the_form_with_benchmarks_is_not_there_and_says_so() {
    let desk = Desk::new();
    let text = r#"{"version":null,"timestamp":null,"environment":{"platform":null,"os":null},
        "benchmarks":[{"name":"a","duration_ms":1,"throughput":null,"memory_mb":null,"iterations":null}]}"#;
    let report = desk.report("benchmarks-json", &[desk.write("b.json", text)], &HERE);
    let row = of(&report, "a");
    assert_eq!((row.latency.p50_ns, row.throughput.value, row.peak_memory_bytes), (Some(1e6), None, None));
    assert_eq!(row.unmeasured["peak_memory_bytes"], "memory_mb is null in the file");
    assert_eq!(row.unmeasured["throughput.value"], "throughput is null in the file");
}

#[test]
fn a_platform_that_is_none_of_ours_is_never_taken_for_this_host() {
    let desk = Desk::new();
    let of = |environment: &str| {
        let text = format!(r#"{{"environment":{environment},"benchmarks":[{{"name":"a","duration_ms":1}}]}}"#);
        desk.write("b.json", &text)
    };
    for (environment, named) in [
        (r#"{"platform":"windows-x86_64"}"#, "windows-x86_64"),
        (r#"{"os":"windows","arch":"x86_64"}"#, "windows-x86_64"),
        (r#"{"os":"plan9"}"#, "plan9"),
        (r#"{"platform":"plan9"}"#, "plan9"),
        (r#"{"arch":"mips"}"#, "mips"),
    ] {
        let said = stderr(&desk.import("benchmarks-json", &[of(environment)], "r.json", &[]).code(2));
        assert!(said.contains("b.json") && said.contains(named) && said.contains("--platform"), "{said}");
        assert!(!desk.path("r.json").exists());
        desk.import("benchmarks-json", &[of(environment)], "told.json", &HERE).code(0);
    }
    let here = format!(r#"{{"os":"{}"}}"#, std::env::consts::OS);
    let said = stderr(&desk.import("benchmarks-json", &[of(&here)], "r.json", &[]).code(0));
    assert!(said.contains("this host"), "{said}");
}

#[test]
fn a_platform_by_another_name_is_the_same_platform() {
    let desk = Desk::new();
    for environment in [
        r#"{"platform":"Darwin-arm64"}"#,
        r#"{"os":"Darwin","architecture":"arm64"}"#,
        r#"{"platform":"Darwin-23.1.0-arm64-arm-64bit","os":"Darwin","arch":"arm64"}"#,
    ] {
        let text = format!(r#"{{"environment":{environment},"benchmarks":[{{"name":"a","duration_ms":1}}]}}"#);
        let report = desk.report("benchmarks-json", &[desk.write("b.json", &text)], &[]);
        assert_eq!(report.platform.as_str(), "macos-aarch64");
    }
}

#[test]
fn counters_of_google_benchmark_are_passed_over_and_told() {
    let desk = Desk::new();
    let text = r#"{"benchmarks":[{"name":"a","family_index":0,"threads":1,"cpu_time":1,"real_time":1,"time_unit":"ns",
        "misses":7}]}"#;
    let said = stderr(&desk.import("google-benchmark", &[desk.write("g.json", text)], "r.json", &HERE).code(0));
    assert!(said.contains("passed over the counter \"misses\""), "{said}");
    assert!(!said.contains("family_index") && !said.contains("cpu_time"), "{said}");
}

#[test]
fn a_date_without_a_zone_is_told_and_the_files_own_time_taken() {
    let desk = Desk::new();
    for (format, text, part) in [
        (
            "google-benchmark",
            r#"{"context":{"date":"2026-01-31 04:00:00"},
                "benchmarks":[{"name":"a","real_time":1,"time_unit":"ns"}]}"#,
            "its date \"2026-01-31 04:00:00\" has no zone",
        ),
        (
            "pytest-benchmark",
            r#"{"datetime":"yesterday","benchmarks":[{"name":"a","stats":{"median":1,"mean":1,"min":1}}]}"#,
            "its date \"yesterday\" is no time with a zone",
        ),
    ] {
        let said = stderr(&desk.import(format, &[desk.write("d.json", text)], "r.json", &HERE).code(0));
        for part in [part, "d.json", "own time is taken", "--created"] {
            assert!(said.contains(part), "{part} in {said}");
        }
        assert!(!said.contains("does not say when"), "{said}");
    }
}

#[test]
fn one_command_of_hyperfine_with_two_parameters_is_two_cases_and_never_two_launches() {
    let desk = Desk::new();
    let result = |n: u32| format!(r#"{{"command":"sum","parameters":{{"n":"{n}"}},"times":[{n}.5]}}"#);
    let export = |results: &[String]| format!(r#"{{"results":[{}]}}"#, results.join(","));
    let both = desk.write("both.json", &export(&[result(1), result(2)]));
    let apart = [1, 2].map(|n| desk.write(&format!("{n}.json"), &export(&[result(n)])));
    for files in [&[both][..], &apart] {
        let report = desk.report("hyperfine", files, &HERE);
        let times: Vec<_> = report.cases.iter().map(|(name, row)| (name.as_str(), row.latency.p50_ns)).collect();
        assert_eq!(times, [("n=1.sum", Some(1.5e9)), ("n=2.sum", Some(2.5e9))]);
    }
    let long = export(&[result(1), result(2).replace("\"2\"", &format!("\"{}\"", "2".repeat(300)))]);
    let said = stderr(&desk.import("hyperfine", &[desk.write("long.json", &long)], "l.json", &HERE).code(2));
    assert!(said.contains("long.json") && said.contains("from 1 to 300 bytes"), "{said}");
}

const ONE_LAUNCH: &str = "each case has one launch, which says nothing of its spread, so that every difference will be \
                          inconclusive; name several runs";

#[test]
fn one_launch_of_each_case_is_told_to_say_nothing_of_its_spread() {
    let desk = Desk::new();
    let one = desk.write("one.txt", "BenchmarkA-2 10 5 ns/op\nBenchmarkB-2 10 5 ns/op\n");
    let some = desk.write("some.txt", "BenchmarkA-2 10 5 ns/op\nBenchmarkA-2 10 6 ns/op\nBenchmarkB-2 10 5 ns/op\n");
    let said = |path: PathBuf| stderr(&desk.import("go", &[path], "r.json", &HERE).code(0));
    assert!(said(one).contains(ONE_LAUNCH));
    assert!(!said(some).contains("one launch"));
}

#[test]
fn what_the_help_shows_for_criterion_leads_to_a_verdict() {
    let help = stdout(&Command::from_std(program()).args(["import", "--help"]).assert().code(0));
    let shown = "detector import --from criterion run1 run2 run3 --out report.json";
    assert!(help.contains(shown) && help.contains("cp -r target/criterion run"), "{help}");
    let desk = Desk::new();
    let runs = |of: &str, factor: f64| {
        ["run1", "run2", "run3"].map(|run| {
            let root = copied(&desk, &format!("{of}/{run}"), "new");
            let path = root.join("slow/sleep/new/sample.json");
            let mut sample: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            for time in sample["times"].as_array_mut().unwrap() {
                *time = (time.as_f64().unwrap() * factor).into();
            }
            fs::write(&path, sample.to_string()).unwrap();
            root
        })
    };
    desk.import("criterion", &runs("before", 1.0), "baseline.json", &HERE).code(0);
    desk.import("criterion", &runs("after", 3.0), "report.json", &HERE).code(0);
    let sleep = ["--filter", "^slow/sleep", "--format", "json"];
    let assert = desk.compare("report.json", &["--baseline-report", "baseline.json"], &sleep).code(1);
    let comparison: Comparison = serde_json::from_str(&stdout(&assert)).unwrap();
    assert!(comparison.rows.iter().any(|row| row.case == "slow/sleep" && row.verdict == Verdict::Critical));
}
