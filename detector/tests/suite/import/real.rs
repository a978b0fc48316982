//! Files that the real tools wrote: every value as it stands there, in our units.

use detector::import::{
    Format,
    criterion::{self, Files},
    run::{Benchmark, Run},
};
use schema::case::ThroughputUnit::{BytesPerSecond, ElementsPerSecond};

macro_rules! fixture {
    ($path:literal) => {
        include_str!(concat!("fixtures/", $path))
    };
}

/// Every file but criterion's folders.
pub(super) const FILES: [(Format, &str); 19] = [
    (Format::CriterionText, fixture!("criterion-text/changes.txt")),
    (Format::CriterionText, fixture!("criterion-text/talk.txt")),
    (Format::Bencher, fixture!("bencher/criterion.txt")),
    (Format::Bencher, fixture!("bencher/loud.txt")),
    (Format::Bencher, fixture!("bencher/quiet.txt")),
    (Format::Hyperfine, fixture!("hyperfine/one.json")),
    (Format::Hyperfine, fixture!("hyperfine/failed.json")),
    (Format::Hyperfine, fixture!("hyperfine/parameters.json")),
    (Format::GoogleBenchmark, fixture!("google-benchmark/once.json")),
    (Format::GoogleBenchmark, fixture!("google-benchmark/repetitions.json")),
    (Format::GoogleBenchmark, fixture!("google-benchmark/aggregates.json")),
    (Format::GoogleBenchmark, fixture!("google-benchmark/broken.json")),
    (Format::PytestBenchmark, fixture!("pytest-benchmark/plain.json")),
    (Format::PytestBenchmark, fixture!("pytest-benchmark/data.json")),
    (Format::Go, fixture!("go/three.txt")),
    (Format::Go, fixture!("go/mem.txt")),
    (Format::Go, fixture!("go/cpu.txt")),
    (Format::Divan, fixture!("divan/table.txt")),
    (Format::Divan, fixture!("divan/twice.txt")),
];

#[track_caller]
fn read(format: Format, text: &str) -> Run {
    format.parse(text).unwrap_or_else(|refusal| panic!("{refusal}"))
}

#[track_caller]
fn of<'r>(run: &'r Run, name: &str) -> &'r Benchmark {
    run.benchmarks.iter().find(|benchmark| benchmark.name == name).unwrap_or_else(|| panic!("{name} in {run:?}"))
}

/// The times of a benchmark's launches.
#[track_caller]
fn times(run: &Run, name: &str) -> Vec<Option<f64>> {
    of(run, name).launches.iter().map(|launch| launch.p50_ns).collect()
}

fn names(run: &Run) -> Vec<&str> {
    run.benchmarks.iter().map(|benchmark| benchmark.name.as_str()).collect()
}

#[test]
fn criterion_gives_the_median_of_its_samples_under_its_own_name() {
    let benchmark = criterion::benchmark(&Files {
        benchmark: fixture!("criterion/first/group_nested_ deep/fold/100/new/benchmark.json"),
        sample: Some(fixture!("criterion/first/group_nested_ deep/fold/100/new/sample.json")),
        estimates: None,
    })
    .expect("a real file");
    assert_eq!(benchmark.name, "group/nested: deep/fold/100");
    let [launch] = &benchmark.launches[..] else { panic!("one launch") };
    // What criterion's own estimates.json says of the same samples.
    assert_eq!(launch.p50_ns, Some(34.110_580_825_112_31));
    assert_eq!((launch.samples, launch.iterations), (Some(12), None));
    assert_eq!(benchmark.unit, Some(BytesPerSecond));
    assert_eq!(launch.throughput, Some(800.0 / 34.110_580_825_112_31 * 1e9));
}

#[test]
fn criterion_tells_how_many_calls_a_sample_has_where_all_have_the_same() {
    let benchmark = criterion::benchmark(&Files {
        benchmark: fixture!("criterion/first/slow/sleep/new/benchmark.json"),
        sample: Some(fixture!("criterion/first/slow/sleep/new/sample.json")),
        estimates: None,
    })
    .expect("a real file");
    assert_eq!(benchmark.launches[0].p50_ns, Some(3_076_866.3));
    assert_eq!((benchmark.launches[0].samples, benchmark.launches[0].iterations), (Some(10), Some(10)));
    assert_eq!((benchmark.unit, benchmark.launches[0].throughput), (None, None));
}

#[test]
fn criterion_without_samples_gives_its_estimates_and_no_least() {
    let files = Files {
        benchmark: fixture!("criterion/first/slow/both/new/benchmark.json"),
        sample: None,
        estimates: Some(fixture!("criterion/first/slow/both/new/estimates.json")),
    };
    let benchmark = criterion::benchmark(&files).expect("a real file");
    assert_eq!(benchmark.launches[0].p50_ns, Some(2_076_188.9));
    assert_eq!((benchmark.launches[0].min_ns, benchmark.launches[0].samples), (None, None));
    // Ten elements and eighty bytes: the elements count.
    assert_eq!(benchmark.unit, Some(ElementsPerSecond));
}

#[test]
fn criterions_text_gives_estimates_with_every_unit_and_passes_over_its_changes() {
    let run = read(Format::CriterionText, fixture!("criterion-text/changes.txt"));
    assert_eq!(run.benchmarks.len(), 10);
    assert_eq!(times(&run, "nothing"), [Some(0.546_07)]);
    assert_eq!(times(&run, "sum of a thousand numbers, one after the other, in order"), [Some(328.04)]);
    assert_eq!(times(&run, "group/nested: deep/fold/100000"), [Some(33_611.0)]);
    assert_eq!(times(&run, "slow/sleep"), [Some(3_091_700.0)]);
}

#[test]
fn criterions_text_gives_throughputs_with_every_unit() {
    let run = read(Format::CriterionText, fixture!("criterion-text/changes.txt"));
    for (name, value, unit) in [
        ("group/nested: deep/fold/100", 21.788 * 1_073_741_824.0, BytesPerSecond),
        ("group/nested: deep/100", 2.96e9, ElementsPerSecond),
        ("slow/decimal", 30.694e9, BytesPerSecond),
        ("slow/bits", 30.727e9 / 8.0, BytesPerSecond),
        ("slow/both", 4_742.7, ElementsPerSecond),
    ] {
        let benchmark = of(&run, name);
        assert_eq!((benchmark.launches[0].throughput, benchmark.unit), (Some(value), Some(unit)), "{name}");
    }
}

#[test]
fn criterions_text_is_the_same_with_its_talk_in_between() {
    let run = read(Format::CriterionText, fixture!("criterion-text/talk.txt"));
    assert_eq!(run.benchmarks.len(), 10);
    assert_eq!(times(&run, "nothing"), [Some(0.599_11)]);
    assert_eq!(times(&run, "group/nested: deep/100000"), [Some(34_309.0)]);
}

#[test]
fn two_runs_of_criterion_in_one_text_are_two_launches_where_cargo_says_so() {
    let start = "     Running benches/sums.rs (target/release/deps/sums-0123)\n";
    let text = format!("{start}{0}{start}{0}", fixture!("criterion-text/changes.txt"));
    assert_eq!(times(&read(Format::CriterionText, &text), "slow/sleep"), [Some(3_091_700.0); 2]);
}

#[test]
fn seconds_and_minus_signs_of_criterion_are_read() {
    let text = "sort   time:   [1.0001 s 1.2345 s 2.0000 s]\n        change: [−1.3% −0.3% +0.2%] (p = 0.64 > 0.05)\n";
    assert_eq!(times(&read(Format::CriterionText, text), "sort"), [Some(1_234_500_000.0)]);
}

#[test]
fn the_benchers_output_gives_medians_with_commas_in_them() {
    let run = read(Format::Bencher, fixture!("bencher/criterion.txt"));
    assert_eq!(run.benchmarks.len(), 10);
    assert_eq!(times(&run, "slow/sleep"), [Some(3_076_866.0)]);
    assert_eq!(times(&run, "group/nested: deep/fold/100"), [Some(34.0)]);
}

#[test]
fn what_the_bencher_rounds_to_0_is_not_known_and_says_why() {
    let run = read(Format::Bencher, fixture!("bencher/criterion.txt"));
    let benchmark = of(&run, "nothing");
    assert_eq!(benchmark.launches[0].p50_ns, None);
    assert_eq!(benchmark.lacks["latency.p50_ns"], "the output rounds it to 0 ns");
}

#[test]
fn rusts_own_harness_is_read_loud_and_quiet() {
    let loud = read(Format::Bencher, fixture!("bencher/loud.txt"));
    assert_eq!(names(&loud), ["tests::copy", "tests::sum"]);
    assert_eq!(times(&loud, "tests::copy"), [Some(891.12)]);
    assert_eq!(of(&loud, "tests::copy").launches[0].throughput, Some(112_233e6));
    // With --quiet the letters of other tests run into the line.
    let quiet = read(Format::Bencher, fixture!("bencher/quiet.txt"));
    assert_eq!(names(&quiet), ["tests::copy", "tests::sum"]);
    assert_eq!(times(&quiet, "tests::copy"), [Some(889.1)]);
}

#[test]
fn each_run_of_hyperfine_is_a_launch() {
    let run = read(Format::Hyperfine, fixture!("hyperfine/one.json"));
    assert_eq!(names(&run), ["sleep 0.01", "true"]);
    let expected =
        [11_163_065.000_000_002, 11_117_858.000_000_001, 11_723_457.000_000_001, 11_024_470.000_000_001, 11_235_082.0];
    assert_eq!(times(&run, "sleep 0.01"), expected.map(Some));
    assert_eq!(of(&run, "true").launches[0].iterations, Some(1));
}

#[test]
fn a_command_of_hyperfine_that_failed_is_refused_by_name() {
    let refusal = Format::Hyperfine.parse(fixture!("hyperfine/failed.json")).expect_err("it failed").to_string();
    assert!(refusal.contains("\"exit 3\"") && refusal.contains("3 of 3 runs ended with exit code 3"), "{refusal}");
}

#[test]
fn commands_of_hyperfine_with_parameters_are_cases_of_their_own() {
    let run = read(Format::Hyperfine, fixture!("hyperfine/parameters.json"));
    assert_eq!(names(&run), ["sleep 0.01", "sleep 0.03"]);
    assert_eq!(times(&run, "sleep 0.01")[0], Some(10_511_525.24));
}

#[test]
fn each_repetition_of_google_benchmark_is_a_launch_and_its_mean_no_case() {
    let run = read(Format::GoogleBenchmark, fixture!("google-benchmark/repetitions.json"));
    assert_eq!(run.benchmarks.len(), 5);
    let name = "copy/min_time:0.020";
    assert_eq!(times(&run, name), [209.084_623_059_395_1, 230.427_017_561_708_47, 168.523_560_859_305_5].map(Some));
    let rates: Vec<_> = of(&run, name).launches.iter().map(|launch| launch.throughput).collect();
    assert_eq!(rates, [22_461_847_564.621_34, 24_158_891_480.712_257, 24_349_909_890.902_298].map(Some));
    assert_eq!(of(&run, name).unit, Some(BytesPerSecond));
    assert_eq!(of(&run, name).launches[0].iterations, Some(159_141));
    assert_eq!(of(&run, "sum/8/min_time:0.020").unit, Some(ElementsPerSecond));
    assert_eq!(times(&run, "nap/min_time:0.020/real_time")[0], Some(2_074_658.615_478_816));
}

#[test]
fn google_benchmark_tells_cpus_caches_and_date() {
    let origin = read(Format::GoogleBenchmark, fixture!("google-benchmark/once.json")).origin;
    assert_eq!(origin.logical_cpus, Some(2));
    let caches: Vec<_> = origin.caches_bytes.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    assert_eq!(caches, [("l1d", 32 << 10), ("l1i", 32 << 10), ("l2", 1 << 20), ("l3", 32 << 20)]);
    assert!(origin.created.is_some());
}

#[test]
fn where_google_benchmark_wrote_aggregates_only_the_median_stands_for_the_launches() {
    let run = read(Format::GoogleBenchmark, fixture!("google-benchmark/aggregates.json"));
    assert_eq!(run.benchmarks.len(), 2);
    let [launch] = &of(&run, "sum/8/min_time:0.020").launches[..] else { panic!("one launch") };
    assert_eq!(launch.samples, Some(3));
    assert!(launch.mean_ns.is_some() && launch.mean_ns != launch.p50_ns);
}

#[test]
fn a_benchmark_of_google_benchmark_that_failed_is_refused_by_name() {
    let refusal =
        Format::GoogleBenchmark.parse(fixture!("google-benchmark/broken.json")).expect_err("broken").to_string();
    assert!(refusal.contains("benchmarks[1], benchmark \"broken\": it failed: no such device"), "{refusal}");
}

#[test]
fn aggregates_of_an_older_google_benchmark_are_known_by_their_names() {
    let row = |name: &str| format!(r#"{{"name":"{name}","real_time":2.0,"time_unit":"us"}}"#);
    let rows = ["sum", "sum", "sum_mean", "sum_median", "geo_mean"].map(row).join(",");
    let run = read(Format::GoogleBenchmark, &format!("{{\"benchmarks\":[{rows}]}}"));
    assert_eq!(names(&run), ["sum", "geo_mean"]);
    assert_eq!(times(&run, "sum"), [Some(2_000.0); 2]);
}

#[test]
fn pytest_benchmark_gives_its_median_where_it_kept_no_rounds() {
    let run = read(Format::PytestBenchmark, fixture!("pytest-benchmark/plain.json"));
    assert_eq!(
        names(&run),
        [
            "test_sum.py::test_sum",
            "test_sum.py::test_sorted[10]",
            "test_sum.py::test_sorted[1000]",
            "test_sum.py::test_nap"
        ]
    );
    assert_eq!(times(&run, "test_sum.py::test_sorted[10]"), [Some(159.430_019_266_437_74)]);
    let [launch] = &of(&run, "test_sum.py::test_sorted[10]").launches[..] else { panic!("one launch") };
    assert_eq!((launch.samples, launch.iterations), (Some(1_217), Some(100)));
}

#[test]
fn pytest_benchmark_gives_the_median_of_the_rounds_it_kept() {
    let run = read(Format::PytestBenchmark, fixture!("pytest-benchmark/data.json"));
    let [launch] = &of(&run, "test_sum.py::test_nap").launches[..] else { panic!("one launch") };
    let median_ns = launch.p50_ns.expect("a median");
    assert!((median_ns / 2_076_005.501_294_275_7 - 1.0).abs() < 1e-12, "{median_ns}");
    assert_eq!((launch.samples, launch.iterations, launch.calls_ns.len()), (Some(6), Some(1), 6));
}

#[test]
fn pytest_benchmark_tells_platform_cpu_and_time_and_no_commit_outside_a_repository() {
    let origin = read(Format::PytestBenchmark, fixture!("pytest-benchmark/data.json")).origin;
    assert_eq!(origin.platform.map(|platform| platform.to_string()).as_deref(), Some("linux-x86_64"));
    assert_eq!((origin.cpu.as_deref(), origin.logical_cpus), (Some("AMD EPYC"), Some(2)));
    assert!(origin.created.is_some() && origin.git.is_none());
}

#[test]
fn pytest_benchmark_tells_the_commit_inside_a_repository() {
    let text = r#"{"commit_info":{"id":"c0ffee","dirty":true,"branch":"main"},"datetime":"2017-03-10T12:00:00.5",
        "benchmarks":[{"name":"a","stats":{"median":1,"mean":1,"min":1}}]}"#;
    let origin = read(Format::PytestBenchmark, text).origin;
    let git = origin.git.expect("a commit");
    assert_eq!((git.commit.as_str(), git.branch.as_deref(), git.dirty), ("c0ffee", Some("main"), true));
    // Versions of that time wrote UTC and did not say so.
    assert_eq!(origin.created.map(|created| created.to_string()).as_deref(), Some("2017-03-10T12:00:00.5Z"));
}

#[test]
fn each_count_of_go_is_a_launch() {
    let run = read(Format::Go, fixture!("go/three.txt"));
    assert_eq!(
        names(&run),
        ["BenchmarkSum-2", "BenchmarkCopy-2", "BenchmarkSub/n=1-2", "BenchmarkSub/n=64-2", "BenchmarkNap-2"]
    );
    assert_eq!(times(&run, "BenchmarkSum-2"), [592.2, 574.5, 578.4].map(Some));
    let copy = of(&run, "BenchmarkCopy-2");
    assert_eq!((copy.launches[0].throughput, copy.unit), (Some(51_381_670_000.0), Some(BytesPerSecond)));
    assert_eq!(copy.launches[0].iterations, Some(257_856));
    assert_eq!(run.passed_over, ["the metric \"foo/op\""]);
}

#[test]
fn go_tells_platform_and_cpu() {
    let origin = read(Format::Go, fixture!("go/mem.txt")).origin;
    assert_eq!(origin.platform.map(|platform| platform.to_string()).as_deref(), Some("linux-x86_64"));
    assert_eq!(origin.cpu.as_deref(), Some("AMD EPYC"));
}

#[test]
fn go_with_another_number_of_cpus_is_another_case_however_much_it_says() {
    let run = read(Format::Go, fixture!("go/cpu.txt"));
    assert_eq!(run.benchmarks.len(), 10);
    assert_eq!(times(&run, "BenchmarkSum"), [Some(652.2)]);
    assert_eq!(times(&run, "BenchmarkSum-2"), [Some(559.6)]);
}

#[test]
fn what_go_skips_is_passed_over_and_told() {
    let text = "BenchmarkA-2 1 5 ns/op\nBenchmarkSum\n--- SKIP: BenchmarkSum\n    sum_test.go:3: no data\nPASS\n";
    assert_eq!(read(Format::Go, text).passed_over, ["\"BenchmarkSum\", which skipped itself"]);
}

#[test]
fn divans_tree_gives_medians_under_the_path_to_the_leaf() {
    let run = read(Format::Divan, fixture!("divan/table.txt"));
    assert_eq!(run.benchmarks.len(), 11);
    assert_eq!(times(&run, "sums::nothing"), [Some(0.273)]);
    assert_eq!(times(&run, "sums::slow"), [Some(3_072_000.0)]);
    assert_eq!(times(&run, "sums::sum::1000"), [Some(550.7)]);
    assert_eq!(times(&run, "sums::deep::default::String"), [Some(0.317)]);
    let copy = of(&run, "sums::deep::copy::100000");
    let [launch] = &copy.launches[..] else { panic!("one launch") };
    assert_eq!((launch.p50_ns, launch.mean_ns, launch.min_ns), (Some(1_947.0), Some(6_906.0), Some(1_922.0)));
    assert_eq!((launch.throughput, copy.unit), (Some(51_340_000_000.0), Some(BytesPerSecond)));
    assert_eq!((launch.samples, launch.iterations), (Some(10), Some(1)));
    assert_eq!(of(&run, "sums::deep::deeper::threads").unit, Some(ElementsPerSecond));
    assert_eq!(run.passed_over, ["\"sums::deep::deeper::ignored\", which divan ignored"]);
}

#[test]
fn what_divan_rounds_to_0_is_not_known_and_says_why() {
    let run = read(Format::Divan, fixture!("divan/table.txt"));
    let least = of(&run, "sums::deep::default::u8");
    assert_eq!((least.launches[0].min_ns, least.launches[0].p50_ns), (None, Some(0.001)));
    assert_eq!(least.lacks["latency.min_ns"], "divan rounds it to 0 ns");
}

#[test]
fn two_runs_of_divan_in_one_text_are_two_launches_where_cargo_says_so() {
    let run = read(Format::Divan, fixture!("divan/twice.txt"));
    assert_eq!(times(&run, "sums::slow"), [Some(3_067_000.0), Some(3_070_000.0)]);
}
