//! Launches that were really measured: the pool that every night of the month is drawn from.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fmt::Write as _,
    fs,
    path::Path,
};

use jiff::Timestamp;
use platforms::IsaLevel;
use schema::{
    case::{Bound, CaseRow, Launch, Status, ThroughputUnit, Work},
    file,
    pair::{Pair, PairRow},
    report::Report,
};
use serde::{Deserialize, Serialize};

/// What `launches.json` holds.
#[derive(Serialize, Deserialize)]
pub(crate) struct Pool {
    /// How and where it was measured, and how it is made anew.
    about: String,
    /// The machine class of all of it.
    pub(crate) class: String,
    /// The variants in use there, of the kernels that it has.
    pub(crate) dispatch: BTreeMap<String, IsaLevel>,
    /// What does not change from session to session.
    pub(crate) cases: BTreeMap<String, About>,
    /// Sessions of one program, oldest first: how far they lie apart is how far nights lie apart.
    pub(crate) sessions: Vec<Session>,
    /// A program beside itself, each in one session.
    pub(crate) pairs: Vec<Together>,
}

/// What a case is.
#[derive(Serialize, Deserialize)]
pub(crate) struct About {
    pub(crate) bound: Option<Bound>,
    pub(crate) work: Option<Work>,
    pub(crate) unit: Option<ThroughputUnit>,
    pub(crate) accuracy: Option<f64>,
    pub(crate) checksum: Option<String>,
}

/// One run of `generator measure`.
#[derive(Serialize, Deserialize)]
pub(crate) struct Session {
    created: Timestamp,
    /// Nanoseconds a step, of some launches of each control.
    pub(crate) controls: BTreeMap<String, Vec<f64>>,
    pub(crate) cases: BTreeMap<String, Measured>,
}

/// A case in a session.
#[derive(Serialize, Deserialize)]
pub(crate) struct Measured {
    pub(crate) launches: Vec<Numbers>,
    /// The 95th and the 99th percentile of the time of a call.
    pub(crate) tails_ns: [Option<f64>; 2],
}

/// What is kept of a launch: throughput, median latency in nanoseconds, peak memory in bytes.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Numbers(pub(crate) Option<f64>, pub(crate) Option<f64>, pub(crate) Option<u64>);

/// One run of `generator pair`.
#[derive(Serialize, Deserialize)]
pub(crate) struct Together {
    created: Timestamp,
    pub(crate) cases: BTreeMap<String, Vec<Beside>>,
}

/// What is kept of a launch of each side: baseline, candidate, and by which factor the candidate took more time, back
/// to back and call by call.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Beside(pub(crate) Numbers, pub(crate) Numbers, pub(crate) Option<f64>, pub(crate) Option<f64>);

impl Pool {
    /// The one that is kept with the test.
    pub(crate) fn kept() -> Self {
        serde_json::from_str(include_str!("launches.json")).expect("launches.json is what this module wrote")
    }

    /// The same with every third case alone, the given ones among them: a month through processes reads every document
    /// many times.
    pub(crate) fn thinned(mut self, kept: impl Fn(&str) -> bool) -> Self {
        let ids: Vec<String> = self.cases.keys().cloned().collect();
        let left_out: BTreeSet<&String> =
            ids.iter().enumerate().filter(|(at, id)| at % 3 != 0 && !kept(id)).map(|(_, id)| id).collect();
        self.cases.retain(|id, _| !left_out.contains(id));
        self.sessions.iter_mut().for_each(|session| session.cases.retain(|id, _| !left_out.contains(id)));
        self.pairs.iter_mut().for_each(|pair| pair.cases.retain(|id, _| !left_out.contains(id)));
        self
    }

    /// What is in a folder that `measure.sh` wrote.
    fn measured(folder: &Path) -> Self {
        let mut reports: Vec<Report> = documents(&folder.join("sessions"), "report.json");
        reports.sort_by_key(|report| report.created);
        let mut pairs: Vec<Pair> = documents(&folder.join("pairs"), "pair.json");
        pairs.sort_by_key(|pair| pair.created);
        let first = reports.first().expect("measure.sh has measured");
        let machine = &first.context.machine;
        let class = machine.class.clone().expect("it was measured without TIDEGAUGE_ISA");
        let programs: BTreeSet<_> = reports.iter().map(|report| &report.context.program_sha256).collect();
        assert_eq!(programs.len(), 1, "the sessions are of one program: another one has other levels");
        let is_whole = |id: &String| reports.iter().all(|report| is_measured(report.cases.get(id)));
        let ids: Vec<&String> = first.cases.keys().filter(|id| is_whole(id)).collect();
        let kernels: Vec<&str> = ids.iter().filter_map(|id| id.split('/').next()).collect();
        let rustc = first.context.toolchain.as_ref().map_or("an unknown rustc", |toolchain| toolchain.rustc.as_str());
        let about = format!(
            "{} sessions of `generator measure --profile quick` and {} of `generator pair` of the program beside \
             itself, on a shared {} of {} CPUs with other work beside it, built by {rustc}; made anew with \
             detector/tests/month/measure.sh",
            reports.len(),
            pairs.len(),
            machine.cpu_model,
            machine.logical_cpus.unwrap_or_default()
        );
        let dispatch = first.dispatch.iter().filter(|(kernel, _)| kernels.contains(&kernel.as_str()));
        Self {
            about,
            class,
            dispatch: dispatch.map(|(kernel, isa)| (kernel.clone(), *isa)).collect(),
            cases: ids.iter().map(|id| ((*id).clone(), About::of(&first.cases[*id]))).collect(),
            sessions: reports.iter().map(|report| Session::of(report, &ids)).collect(),
            pairs: pairs.iter().map(|pair| Together::of(pair, &ids)).collect(),
        }
    }

    /// One line a case, so that a diff shows what was measured anew.
    fn text(&self) -> String {
        let line = |value: serde_json::Value| serde_json::to_string(&value).expect("it is JSON");
        let mut text = String::from("{\n");
        let told = [
            ("about", serde_json::json!(self.about)),
            ("class", serde_json::json!(self.class)),
            ("dispatch", serde_json::json!(self.dispatch)),
        ];
        for (name, value) in told {
            writeln!(text, " \"{name}\": {},", line(value)).expect("a string takes it");
        }
        let rows = |rows: &mut dyn Iterator<Item = (String, serde_json::Value)>| {
            rows.map(|(name, value)| format!("  \"{name}\": {}", line(value))).collect::<Vec<_>>().join(",\n")
        };
        let about = rows(&mut self.cases.iter().map(|(id, case)| (id.clone(), serde_json::json!(case))));
        writeln!(text, " \"cases\": {{\n{about}}},").expect("a string takes it");
        let sessions = self.sessions.iter().map(|session| {
            let cases = rows(&mut session.cases.iter().map(|(id, case)| (id.clone(), serde_json::json!(case))));
            let controls = line(serde_json::json!(session.controls));
            format!(" {{\"created\": \"{}\", \"controls\": {controls}, \"cases\": {{\n{cases}}}}}", session.created)
        });
        writeln!(text, " \"sessions\": [\n{}],", sessions.collect::<Vec<_>>().join(",\n")).expect("a string takes it");
        let pairs = self.pairs.iter().map(|pair| {
            let cases = rows(&mut pair.cases.iter().map(|(id, case)| (id.clone(), serde_json::json!(case))));
            format!(" {{\"created\": \"{}\", \"cases\": {{\n{cases}}}}}", pair.created)
        });
        writeln!(text, " \"pairs\": [\n{}]\n}}", pairs.collect::<Vec<_>>().join(",\n")).expect("a string takes it");
        text
    }
}

/// The documents of that name one folder below this one.
fn documents<D: schema::document::Document>(folder: &Path, name: &str) -> Vec<D> {
    let folders = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let files = folders.map(|entry| entry.expect("an entry").path().join(name)).filter(|path| path.is_file());
    files.map(|path| file::read(&path).expect("a document of the generator")).collect()
}

fn is_measured(row: Option<&CaseRow>) -> bool {
    row.is_some_and(|row| row.status == Status::Measured)
}

/// Launches of a control that are kept: enough to see how far they lie apart.
const CONTROL_LAUNCHES: usize = 16;

impl About {
    fn of(row: &CaseRow) -> Self {
        Self {
            bound: row.bound,
            work: row.work,
            unit: row.throughput.unit,
            accuracy: row.accuracy,
            checksum: row.checksum.clone(),
        }
    }
}

impl Session {
    fn of(report: &Report, ids: &[&String]) -> Self {
        let some = |launches: &[f64]| {
            let step = launches.len().div_ceil(CONTROL_LAUNCHES).max(1);
            launches.iter().step_by(step).map(|&step_ns| short(step_ns)).collect()
        };
        let case = |id: &&String| {
            let row = &report.cases[*id];
            let tails_ns = [row.latency.p95_ns, row.latency.p99_ns].map(|tail| tail.map(short));
            let launches = row.launches.iter().map(Numbers::of).filter(Numbers::are_quiet);
            ((*id).clone(), Measured { launches: launches.collect(), tails_ns })
        };
        Self {
            created: report.created,
            controls: report.controls.iter().map(|(name, control)| (name.clone(), some(&control.launches))).collect(),
            cases: ids.iter().map(case).collect(),
        }
    }
}

impl Numbers {
    fn of(launch: &Launch) -> Self {
        Self(launch.throughput.map(short), launch.latency_p50_ns.map(short), launch.peak_memory_bytes)
    }

    /// Whether a neighbour left it alone. The generator launches again until so many launches were quiet, and so the
    /// month draws from those.
    fn are_quiet(&self) -> bool {
        self.0.is_some() && self.1.is_some()
    }
}

impl Together {
    fn of(pair: &Pair, ids: &[&String]) -> Self {
        let measured = |id: &&&String| pair.cases.get(**id).is_some_and(|row| row.status == Status::Measured);
        let cases = ids.iter().filter(measured).map(|id| ((*id).clone(), beside(&pair.cases[*id])));
        Self { created: pair.created, cases: cases.collect() }
    }
}

/// The launches of a pair, each with its factors: a pair tells only those of launches that were quiet on both sides.
fn beside(row: &PairRow) -> Vec<Beside> {
    let ratios = |ratio: Option<&schema::pair::Ratio>| ratio.map_or_else(Vec::new, |ratio| ratio.launches.clone());
    let (mut throughput, mut latency) =
        (ratios(row.throughput_time.as_ref()).into_iter(), ratios(row.latency_p50_time.as_ref()).into_iter());
    let launches = row.baseline.launches.iter().zip(&row.candidate.launches);
    launches
        .map(|(baseline, candidate)| {
            let (baseline, candidate) = (Numbers::of(baseline), Numbers::of(candidate));
            let next = |of: &mut std::vec::IntoIter<f64>, one: Option<f64>, other: Option<f64>| {
                one.zip(other).and_then(|_| of.next()).map(short)
            };
            let back_to_back = next(&mut throughput, baseline.0, candidate.0);
            let one_by_one = next(&mut latency, baseline.1, candidate.1);
            Beside(baseline, candidate, back_to_back, one_by_one)
        })
        .collect()
}

/// Six digits: more than a launch repeats to.
fn short(number: f64) -> f64 {
    format!("{number:.5e}").parse().expect("it was a number")
}

#[test]
#[ignore = "writes launches.json anew from what measure.sh has measured, and needs TIDEGAUGE_MONTH to name its folder"]
fn launches_that_were_measured_anew_are_kept() {
    let folder = env::var_os("TIDEGAUGE_MONTH").expect("TIDEGAUGE_MONTH names the folder that measure.sh wrote");
    let pool = Pool::measured(Path::new(&folder));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/month/launches.json");
    fs::write(&path, pool.text()).expect("the source folder can be written");
    println!("{}: {}", path.display(), pool.about);
}

#[test]
fn several_sessions_were_measured_and_each_has_every_case_and_control() {
    let pool = Pool::kept();
    assert!(pool.sessions.len() >= 6 && pool.pairs.len() >= 4 && pool.cases.len() >= 20, "{}", pool.about);
    for session in &pool.sessions {
        assert!(session.cases.keys().eq(pool.cases.keys()), "{}", session.created);
        assert!(session.controls.len() >= 6, "{}", session.created);
        for (id, measured) in &session.cases {
            assert!(measured.launches.len() >= 2, "{} {id}", session.created);
        }
    }
    for pair in &pool.pairs {
        assert!(pair.cases.len() >= 20, "{}", pair.created);
    }
}
