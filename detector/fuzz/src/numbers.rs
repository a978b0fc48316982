//! Arbitrary numbers, and documents that are made of them.

use std::collections::BTreeMap;

use arbitrary::{Arbitrary, Unstructured};
use schema::{
    baselines::{Baselines, ClassBaseline, Override, PartialLimits, Session},
    case::{Bound, CaseRow, Latency, Launch, Status, Throughput, ThroughputUnit, Work},
    pair::{Pair, PairRow, PairSide, Ratio},
    report::{Control, Report},
};

use crate::example;

/// A finite number above 0: half of them about 1,000, as measurements are, half anywhere.
#[derive(Clone, Copy, Debug)]
pub struct Positive(pub f64);

impl<'a> Arbitrary<'a> for Positive {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        if bytes.arbitrary()? {
            return Ok(Self(1_000.0 * (f64::from(bytes.arbitrary::<i16>()?) / 65_536.0).exp()));
        }
        let anywhere = bytes.arbitrary::<f64>()?.abs();
        Ok(Self(if anywhere.is_finite() && anywhere > 0.0 { anywhere } else { 1_000.0 }))
    }
}

/// Logarithms of positive numbers; what a step, a creep and noise add up to, where single bytes say.
#[derive(Clone, Debug)]
pub struct Logs(pub Vec<f64>);

impl<'a> Arbitrary<'a> for Logs {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        if bytes.arbitrary()? {
            let numbers: Vec<Positive> = bytes.arbitrary()?;
            return Ok(Self(numbers.into_iter().map(|Positive(number)| number.ln()).collect()));
        }
        let unit = bytes.arbitrary::<u8>()?;
        let unit = 10_f64.powi(i32::from(unit % 24) - 20);
        let creep = f64::from(bytes.arbitrary::<i8>()?) * unit / 100.0;
        let mut level = f64::from(bytes.arbitrary::<i8>()?);
        let mut logs = Vec::new();
        let mut crept = 0.0;
        while !bytes.is_empty() {
            let noise = bytes.arbitrary::<i8>()?;
            // The two ends move the level for good.
            match noise {
                i8::MAX => level += 10.0 * unit,
                i8::MIN => level -= 10.0 * unit,
                _ => {
                    logs.push(level + crept + f64::from(noise) * unit / 64.0);
                    crept += creep;
                }
            }
        }
        Ok(Self(logs))
    }
}

/// What a launch measured.
#[derive(Arbitrary, Clone, Debug)]
pub struct Figures {
    throughput: Option<Positive>,
    latency_p50_ns: Option<Positive>,
    accepted: u8,
}

/// What a session measured of a case.
#[derive(Arbitrary, Clone, Debug)]
pub struct Row {
    status: u8,
    launches: Vec<Figures>,
    /// In place of the median of the launches.
    throughput: Option<Positive>,
    p50_ns: Option<Positive>,
    p95_ns: Option<Positive>,
    p99_ns: Option<Positive>,
    memory_bytes: Option<u64>,
    accuracy: Option<u8>,
    instructions: Option<u64>,
    flops: Option<u64>,
    bound: u8,
    checksum: u8,
}

/// A session.
#[derive(Arbitrary, Clone, Debug)]
pub struct Night {
    rows: Vec<Row>,
    controls: Vec<Vec<Positive>>,
    dispatch: u8,
    held: bool,
}

/// All documents of a comparison.
#[derive(Arbitrary, Debug)]
pub struct Documents {
    sessions: Vec<Night>,
    candidate: Night,
    later: Night,
    sides: Vec<[Row; 2]>,
    ratios: Vec<([Positive; 3], Vec<Positive>, bool)>,
    overrides: Vec<[Option<Positive>; 6]>,
    /// Whether an inconclusive row fails the comparison.
    pub strict: bool,
    /// On what it fails.
    pub fail_on: u8,
}

/// The ids of the cases; what the rows are too few for does not exist.
const IDS: [&str; 5] =
    ["dot_f32/avx2/n10000", "dot_f32/scalar/n10000", "exp_f32/avx2/n1000", "exp_f32/scalar/n1000", "imported"];

impl Documents {
    /// What is expected.
    #[must_use]
    pub fn baselines(&self) -> Baselines {
        let mut baselines = example::baselines();
        let report = example::report();
        let sessions = self.sessions.iter().take(4).map(|night| Session::from(night.report(report.clone()))).collect();
        let classes = BTreeMap::from([(example::CLASS.to_owned(), ClassBaseline { sessions })]);
        baselines.baselines = BTreeMap::from([(report.platform, classes)]);
        for numbers in self.overrides.iter().take(3) {
            let [critical, warning, decrease, least_ns, bytes, share] = numbers.map(|one| one.map(|Positive(one)| one));
            baselines.overrides.push(Override {
                platform: ".".to_owned(),
                case: "f32".to_owned(),
                critical: PartialLimits {
                    latency_increase_percent: critical,
                    latency_increase_ns: least_ns,
                    memory_increase_bytes: bytes,
                    accuracy_decrease: share,
                    ..PartialLimits::default()
                },
                warning: PartialLimits {
                    latency_increase_percent: warning,
                    throughput_decrease_percent: decrease,
                    throughput_call_increase_ns: least_ns,
                    instructions_increase_count: bytes,
                    ..PartialLimits::default()
                },
                reason: "for the fuzzer".to_owned(),
                until: None,
            });
        }
        baselines
    }

    /// What is judged.
    #[must_use]
    pub fn candidate(&self) -> Report {
        self.candidate.report(example::report())
    }

    /// What is judged a day later.
    ///
    /// # Panics
    ///
    /// Never: the time is one.
    #[must_use]
    pub fn later(&self) -> Report {
        let report = Report { created: "2026-02-01T04:00:00Z".parse().expect("a time"), ..example::report() };
        self.later.report(report)
    }

    /// Both sides in turns.
    #[must_use]
    pub fn pair(&self) -> Pair {
        let mut pair = example::pair();
        let mut ratios = self.ratios.iter().map(|(numbers, launches, is_sure)| {
            let mut numbers = numbers.map(|Positive(number)| number);
            numbers.sort_by(f64::total_cmp);
            let [low, value, high] = numbers;
            let launches = launches.iter().map(|Positive(factor)| *factor).collect();
            Ratio { launches, value, interval: is_sure.then_some([low, high]) }
        });
        pair.cases = IDS
            .iter()
            .zip(&self.sides)
            .map(|(id, [baseline, candidate])| {
                let whole = baseline.case();
                let mut row = PairRow {
                    status: whole.status,
                    reason: whole.reason.clone(),
                    bound: whole.bound,
                    work: whole.work,
                    unit: whole.throughput.unit,
                    baseline: side(whole),
                    candidate: side(candidate.case()),
                    throughput_time: ratios.next(),
                    latency_p50_time: ratios.next(),
                    unmeasured: BTreeMap::new(),
                };
                row.explain_nulls(&BTreeMap::new(), "not for the fuzzer");
                ((*id).to_owned(), row)
            })
            .collect();
        pair.controls = self.candidate.controls();
        pair
    }
}

fn side(case: CaseRow) -> PairSide {
    PairSide {
        status: case.status,
        launches: case.launches,
        peak_memory_bytes: case.peak_memory_bytes,
        accuracy: case.accuracy,
        instructions: case.instructions,
        checksum: case.checksum,
    }
}

impl Night {
    fn controls(&self) -> BTreeMap<String, Control> {
        let control =
            |launches: &Vec<Positive>| Control { launches: launches.iter().map(|Positive(step)| *step).collect() };
        let names = ["integer_chain", "fma_chain", "l2_read"];
        names.into_iter().zip(&self.controls).map(|(name, launches)| (name.to_owned(), control(launches))).collect()
    }

    fn report(&self, mut report: Report) -> Report {
        report.controls = self.controls();
        let level = ["avx2", "sse41", "scalar"][usize::from(self.dispatch % 3)];
        report.dispatch = BTreeMap::from([("dot_f32".to_owned(), level.parse().expect("a level"))]);
        report.context.settings.iter_mut().for_each(|setting| setting.held = self.held);
        report.cases = IDS.iter().zip(&self.rows).map(|(id, row)| ((*id).to_owned(), row.case())).collect();
        report
    }
}

impl Row {
    fn case(&self) -> CaseRow {
        let status = match self.status % 16 {
            0 => Status::Failed,
            1 => Status::TimedOut,
            2 => Status::Skipped,
            _ => Status::Measured,
        };
        if status != Status::Measured {
            return CaseRow::without_numbers(status, "for the fuzzer");
        }
        let value = |number: Option<Positive>| number.map(|Positive(number)| number);
        let launches: Vec<Launch> = self.launches.iter().map(Figures::launch).collect();
        let median = |of: fn(&Launch) -> Option<f64>| {
            statistics::median(&launches.iter().filter_map(of).collect::<Vec<f64>>()).filter(|median| *median > 0.0)
        };
        let mut row = CaseRow {
            status,
            reason: None,
            bound: [None, Some(Bound::Latency), Some(Bound::Throughput), Some(Bound::Memory)]
                [usize::from(self.bound % 4)],
            work: self.flops.map(|flops| Work { flops, bytes: flops, elements: flops, tokens: None }),
            throughput: Throughput {
                value: value(self.throughput).or_else(|| median(|launch| launch.throughput)),
                unit: self.flops.map(|_| ThroughputUnit::FlopsPerSecond),
            },
            latency: Latency {
                p50_ns: value(self.p50_ns).or_else(|| median(|launch| launch.latency_p50_ns)),
                p95_ns: value(self.p95_ns),
                p99_ns: value(self.p99_ns),
                mean_ns: None,
                min_ns: None,
            },
            launches,
            peak_memory_bytes: self.memory_bytes.filter(|bytes| *bytes > 0),
            accuracy: self.accuracy.map(|share| f64::from(share) / 255.0),
            instructions: self.instructions,
            checksum: (self.checksum < 250).then(|| format!("{:016x}", self.checksum / 64)),
            ..CaseRow::without_numbers(status, "")
        };
        row.explain_nulls(&BTreeMap::new(), "not for the fuzzer");
        row
    }
}

impl Figures {
    fn launch(&self) -> Launch {
        let value = |number: Option<Positive>| number.map(|Positive(number)| number);
        Launch {
            throughput: value(self.throughput),
            latency_p50_ns: value(self.latency_p50_ns),
            samples: Some(u32::from(self.accepted)),
            accepted_share: Some(f64::from(self.accepted) / 255.0),
            ungated_throughput: None,
            ungated_p50_ns: None,
            iterations_per_sample: None,
            peak_memory_bytes: None,
            cpu_percent: None,
            stolen_ns: None,
            switches: None,
        }
    }
}
