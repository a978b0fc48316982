//! A night's documents, as the generator would have written them: drawn from launches that were really measured.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan};
use schema::{
    SCHEMA_VERSION,
    baselines::{Baselines, Session},
    case::{CaseRow, Latency, Launch, Status, Throughput},
    context::{Context, Git, Machine, Setting, Toolchain},
    pair::{Interleaved, Pair, PairRow, PairSide, Ratio},
    report::{Control, Report},
};

use crate::{
    calendar::Calendar,
    draw::Draw,
    launches::{About, Beside, Measured, Numbers, Pool},
    places::Place,
};

/// A month's world: what was measured, what happens, and which numbers are drawn.
pub(crate) struct World {
    pub(crate) pool: Pool,
    pub(crate) calendar: Calendar,
    pub(crate) seed: u64,
}

/// Sessions of each platform's baseline.
const BASELINE_SESSIONS: usize = 3;

/// What a stream of draws is for.
#[derive(Clone, Copy)]
enum Purpose {
    Commit,
    Baseline,
    Report,
    Pair,
}

impl World {
    pub(crate) fn new(calendar: Calendar, seed: u64) -> Self {
        Self { pool: Pool::kept(), calendar, seed }
    }

    /// The same with a third of the cases, those that something happens to among them.
    pub(crate) fn thinned(self) -> Self {
        let Self { pool, calendar, seed } = self;
        let is_touched = |id: &str| Place::ALL.into_iter().any(|place| calendar.touches(place, &place.case(id)));
        Self { pool: pool.thinned(is_touched), calendar, seed }
    }

    /// When the night's session begins on a platform: the jobs of a matrix begin one after the other.
    pub(crate) fn created(place: Place, night: u32) -> Timestamp {
        let first: Timestamp = "2026-01-01T04:00:00Z".parse().expect("a time");
        first + (i64::from(night) * 24 * 60 + 3 * place as i64).minutes()
    }

    /// The commit of a night; that of night 0 made the baselines.
    pub(crate) fn commit(&self, night: u32) -> String {
        self.draw(Purpose::Commit, Place::LinuxX86, night).hex(40)
    }

    /// What is expected on each platform: some sessions of the program of night 0.
    pub(crate) fn baselines(&self) -> Baselines {
        let mut baselines = Baselines::new(Self::created(Place::LinuxX86, 0));
        for place in Place::ALL {
            let mut draw = self.draw(Purpose::Baseline, place, 0);
            let sessions = draw.some(&self.pool.sessions, BASELINE_SESSIONS);
            let reports = sessions.into_iter().zip(1..).map(|(session, hour)| {
                let report = self.report_of(place, 0, session, &mut draw);
                Report { created: report.created + i64::from(hour - 4).hours(), ..report }
            });
            let class = baselines.baselines.entry(place.key()).or_default().entry(place.class(&self.pool)).or_default();
            class.sessions = reports.map(Session::from).collect();
        }
        baselines
    }

    /// A night's report of a platform.
    pub(crate) fn report(&self, place: Place, night: u32) -> Report {
        let mut draw = self.draw(Purpose::Report, place, night);
        let session = draw.one(&self.pool.sessions);
        self.report_of(place, night, session, &mut draw)
    }

    /// A session again, by a night's program on a night's machine.
    fn report_of(&self, place: Place, night: u32, session: &crate::launches::Session, draw: &mut Draw) -> Report {
        let machine = self.calendar.of_machine(place, night);
        let control = |launches: &Vec<f64>| {
            let launches = draw.again(launches).into_iter().map(|step_ns| step_ns * machine).collect();
            Control { launches }
        };
        let controls = session.controls.iter().map(|(name, launches)| (name.clone(), launches));
        let controls = controls.collect::<Vec<_>>();
        let mut control = control;
        let controls = controls.into_iter().map(|(name, launches)| (name, control(launches))).collect();
        let cases = session.cases.iter().map(|(id, measured)| {
            let here = place.case(id);
            let factor = machine * self.calendar.of_code(place, &here, night);
            let row = row(&self.pool.cases[id], measured, factor, draw);
            (here, row)
        });
        let cases = cases.collect();
        let dispatch = self.pool.dispatch.iter().map(|(kernel, isa)| (kernel.clone(), place.in_use(*isa))).collect();
        Report {
            schema_version: SCHEMA_VERSION,
            platform: place.key(),
            created: Self::created(place, night),
            profile: "quick".to_owned(),
            context: self.context(place, night, night),
            controls,
            dispatch,
            cases,
        }
    }

    /// A night's program beside the one that made the baseline, in those cases.
    pub(crate) fn pair(&self, place: Place, night: u32, is_taken: impl Fn(&str) -> bool) -> Pair {
        let mut draw = self.draw(Purpose::Pair, place, night);
        let together = draw.one(&self.pool.pairs);
        let machine = self.calendar.of_machine(place, night);
        let mut cases = BTreeMap::new();
        for (id, launches) in &together.cases {
            let here = place.case(id);
            // Drawn whether it is taken or not, so that a case is the same alone and among many.
            let launches = draw.again(launches);
            if is_taken(&here) {
                let code = self.calendar.of_code(place, &here, night);
                cases.insert(here, pair_row(&self.pool.cases[id], &launches, machine, code));
            }
        }
        Pair {
            schema_version: SCHEMA_VERSION,
            platform: place.key(),
            created: Self::created(place, night) + 10.minutes(),
            profile: "quick".to_owned(),
            interleaved: Interleaved::Slices,
            baseline: self.context(place, 0, night),
            candidate: self.context(place, night, night),
            controls: BTreeMap::new(),
            cases,
        }
    }

    /// The program of one night, on the machine of another.
    fn context(&self, place: Place, program: u32, machine: u32) -> Context {
        let class = place.class(&self.pool);
        let is_elsewhere = self.calendar.is_elsewhere(place, machine);
        let program_sha256 = self.draw(Purpose::Commit, place, program).hex(64);
        Context {
            git: Some(Git { commit: self.commit(program), branch: Some("main".to_owned()), dirty: false }),
            machine: Machine {
                cpu_model: "launches of another day".to_owned(),
                cpu_id: if is_elsewhere { "another" } else { "the usual" }.to_owned(),
                isa_levels: place.levels(),
                logical_cpus: Some(2),
                memory_bytes: None,
                caches_bytes: BTreeMap::new(),
                os: "simulated".to_owned(),
                kernel: "simulated".to_owned(),
                virtualized: Some(true),
                emulated: false,
                class: Some(if is_elsewhere { format!("{class}.another") } else { class }),
            },
            program_sha256: Some(program_sha256),
            toolchain: Some(Toolchain {
                rustc: "rustc 1.95.0".to_owned(),
                target: "simulated".to_owned(),
                rustflags: String::new(),
                profile: "release".to_owned(),
            }),
            settings: vec![Setting { name: "cpu_pin".to_owned(), requested: "1".to_owned(), held: true, remedy: None }],
            environment: BTreeMap::new(),
            clock_precision_ns: None,
            probe_floor_ns: None,
            seed: Some(42),
            injected: BTreeMap::new(),
            isa_cap: None,
        }
    }

    fn draw(&self, purpose: Purpose, place: Place, night: u32) -> Draw {
        Draw::new(&[self.seed, purpose as u64, place as u64, u64::from(night)])
    }
}

const NOT_KEPT: &str = "the month keeps the launches alone";

/// A case of a session drawn again, each launch `factor` times as long.
fn row(about: &About, measured: &Measured, factor: f64, draw: &mut Draw) -> CaseRow {
    let launches: Vec<Launch> =
        draw.again(&measured.launches).into_iter().map(|numbers| launch(numbers, factor)).collect();
    let middle =
        |of: fn(&Launch) -> Option<f64>| statistics::median(&launches.iter().filter_map(of).collect::<Vec<_>>());
    let [p95_ns, p99_ns] = measured.tails_ns.map(|tail| Some(tail? * factor));
    let mut row = CaseRow {
        reason: None,
        bound: about.bound,
        work: about.work,
        throughput: Throughput { value: middle(|launch| launch.throughput), unit: about.unit },
        latency: Latency { p50_ns: middle(|launch| launch.latency_p50_ns), p95_ns, p99_ns, ..Latency::default() },
        peak_memory_bytes: launches.iter().filter_map(|launch| launch.peak_memory_bytes).max(),
        accuracy: about.accuracy,
        checksum: about.checksum.clone(),
        launches,
        ..CaseRow::without_numbers(Status::Measured, "")
    };
    row.explain_nulls(&BTreeMap::new(), NOT_KEPT);
    row
}

fn launch(numbers: Numbers, factor: f64) -> Launch {
    let Numbers(throughput, latency_ns, peak_memory_bytes) = numbers;
    Launch {
        throughput: throughput.map(|throughput| throughput / factor),
        latency_p50_ns: latency_ns.map(|latency_ns| latency_ns * factor),
        samples: None,
        accepted_share: None,
        ungated_throughput: None,
        ungated_p50_ns: None,
        iterations_per_sample: None,
        peak_memory_bytes,
        cpu_percent: None,
        stolen_ns: None,
        switches: None,
    }
}

/// A case of a pair, both sides on a machine that is slower by `machine`, the candidate's code slower by `code`.
fn pair_row(about: &About, launches: &[Beside], machine: f64, code: f64) -> PairRow {
    let side = |of: fn(&Beside) -> Numbers, factor: f64| {
        let launches: Vec<Launch> = launches.iter().map(|beside| launch(of(beside), factor)).collect();
        PairSide {
            status: Status::Measured,
            peak_memory_bytes: launches.iter().filter_map(|launch| launch.peak_memory_bytes).max(),
            accuracy: about.accuracy,
            instructions: None,
            checksum: about.checksum.clone(),
            launches,
        }
    };
    let ratio =
        |of: fn(&Beside) -> Option<f64>| ratio(launches.iter().filter_map(of).map(|ratio| ratio * code).collect());
    let mut row = PairRow {
        status: Status::Measured,
        reason: None,
        bound: about.bound,
        work: about.work,
        unit: about.unit,
        baseline: side(|beside| beside.0, machine),
        candidate: side(|beside| beside.1, machine * code),
        throughput_time: ratio(|beside| beside.2),
        latency_p50_time: ratio(|beside| beside.3),
        unmeasured: BTreeMap::new(),
    };
    row.explain_nulls(&BTreeMap::new(), NOT_KEPT);
    row
}

/// What the generator makes of such factors.
fn ratio(launches: Vec<f64>) -> Option<Ratio> {
    let logs: Vec<f64> = launches.iter().map(|ratio| ratio.ln()).collect();
    let paired = statistics::paired_ratio(&logs)?;
    let interval = paired.interval.map(|interval| [interval.low.exp(), interval.high.exp()]);
    Some(Ratio { launches, value: paired.estimate.exp(), interval })
}
