//! From neutral rows to documents: launches of several runs together, and what is known of their machine.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil};
use platforms::PlatformKey;
use schema::{
    SCHEMA_VERSION,
    baselines::{Baselines, ClassBaseline, Session},
    case::{CaseRow, Latency, Launch, Status, Throughput},
    context::{Context, Git, Machine, is_class_of_another},
    report::Report,
};

use super::{
    baselines_json::Expected,
    console::another_launch,
    refusal::{Problem, Refusal, quoted, shortened},
    run::{Benchmark, Figures, Origin, Run, check_name},
};

/// A run, and the file that it was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// The file, for people.
    pub file: String,
    /// When the file was last written, where its system tells.
    pub modified: Option<Timestamp>,
    /// What it says.
    pub run: Run,
}

/// What a person says of the runs. `None` is left to the source.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// The format, `hyperfine`.
    pub format: &'static str,
    /// The platform it ran on.
    pub platform: Option<PlatformKey>,
    /// The platform of this program, for sources that do not tell; `None` where it has none.
    pub here: Option<PlatformKey>,
    /// The machine class.
    pub class: Option<String>,
    /// The state of the source.
    pub git: Option<Git>,
    /// When it ran.
    pub created: Option<Timestamp>,
}

/// A document, and what is to be said beside it: what had to be taken for granted, and what has no place in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported<D> {
    /// The document.
    pub document: D,
    /// One line each, for people.
    pub said: Vec<String>,
}

/// Why runs make no document.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ImportError {
    /// Two files are not of one session.
    #[error("{one} and {other} differ in their {what} ({found}); import them apart{remedy}")]
    Differ {
        /// The first file.
        one: String,
        /// The other one.
        other: String,
        /// In what they differ.
        what: &'static str,
        /// What each of them says.
        found: String,
        /// What else would help.
        remedy: &'static str,
    },
    /// A benchmark does not fit to what was read of it before.
    #[error("reading {file}, {refusal}")]
    Benchmark {
        /// The file.
        file: String,
        /// What is wrong.
        refusal: Box<Refusal>,
    },
    /// What a person said, and what the source says, differ.
    #[error("--platform is {told}, and {file} says that it ran on {found}; leave --platform out")]
    OtherPlatform {
        /// What was said.
        told: PlatformKey,
        /// What was found.
        found: PlatformKey,
        /// The file.
        file: String,
    },
    /// Nothing tells the platform.
    #[error("{file} does not say where it ran; pass --platform KEY")]
    NoPlatform {
        /// The file.
        file: String,
    },
    /// The source names a platform that there is no key for.
    #[error(
        "{file} says that it ran on {}, which is no platform of Tidegauge; pass --platform KEY to take it for one",
        quoted(.name)
    )]
    ForeignPlatform {
        /// The file.
        file: String,
        /// Its name there.
        name: String,
    },
    /// The source tells a part of its platform, and it is not this host's.
    #[error("{file} says that it ran on {}, and this host is {here}; pass --platform KEY", quoted(.part))]
    NotThisHost {
        /// The file.
        file: String,
        /// The part.
        part: String,
        /// The platform of this host.
        here: PlatformKey,
    },
    /// A platform of the document that there is no key for.
    #[error("{file}, baselines.{}: {problem}; rename it, or pass --platform KEY to take one of the others alone", shortened(.name))]
    UnknownPlatform {
        /// The file.
        file: String,
        /// Its name there.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Nothing tells when it ran.
    #[error("{file} does not say when it ran, and its own time cannot be read; pass --created TIME")]
    NoTime {
        /// The file.
        file: String,
    },
    /// Two benchmarks would have one name.
    #[error("{file}: two benchmarks are named {}; rename one of them", quoted(.name))]
    OneName {
        /// The file.
        file: String,
        /// The name.
        name: String,
    },
    /// No class may have that name.
    #[error("--class {}: a class is 1 to 128 letters, digits, `.`, `_`, `-`, and begins with a letter or digit", quoted(.0))]
    Class(String),
    /// The class says that it is another platform's.
    #[error(
        "--class {class}: this is how a class of another platform is called, and these ran on {platform}; name another \
         class, or the platform in --platform"
    )]
    ClassOfAnother {
        /// The class.
        class: String,
        /// Where they ran.
        platform: PlatformKey,
    },
}

/// The most characters of a class, as for those of our own machines: file names hold it.
const CLASS_CHARS: usize = 128;
/// The most characters of what tells the CPU in it.
const CPU_CHARS: usize = 64;

/// A report of all runs, each of which gives launches.
///
/// # Errors
///
/// When they are of different machines or commits, or what must be known is not.
pub fn report(sources: &[Source], told: &Told) -> Result<Imported<Report>, ImportError> {
    let mut said = Vec::new();
    let origin = agreed(sources, told)?;
    let platform = platform(sources, &origin, told, &mut said)?;
    let created = created(sources, told, &mut said)?;
    let class = class(platform, &origin, told)?;
    if told.class.is_none() && class.ends_with(".unknown") {
        said.push(format!(
            "nothing tells the machine: imports of the class {class} are compared with each other; --class NAME tells \
             machines apart"
        ));
    }
    for source in sources {
        said.extend(source.run.passed_over.iter().map(|what| format!("{}: passed over {what}", source.file)));
    }
    said.extend(gaps(sources));
    let benchmarks = together(sources)?;
    if benchmarks.values().all(|benchmark| benchmark.launches.len() == 1) {
        let spread = "each case has one launch, which says nothing of its spread, so that every difference will be \
                      inconclusive; name several runs";
        said.push(spread.to_owned());
    }
    let cases = benchmarks.into_iter().map(|(name, benchmark)| (name, row(benchmark, told.format))).collect();
    let report = Report {
        schema_version: SCHEMA_VERSION,
        platform,
        created,
        profile: profile(told.format),
        context: context(&origin, class),
        controls: BTreeMap::new(),
        dispatch: BTreeMap::new(),
        cases,
    };
    Ok(Imported { document: report, said })
}

/// Baselines of what a document expects: a session on each platform. `file` is for people.
///
/// # Errors
///
/// When a platform has no key, or what must be known is not.
pub fn baselines(
    expected: Expected,
    file: &str,
    modified: Option<Timestamp>,
    told: &Told,
) -> Result<Imported<Baselines>, ImportError> {
    let mut said = Vec::new();
    let Expected { updated, thresholds, platforms, passed_over } = expected;
    said.extend(passed_over.iter().map(|what| format!("{file}: passed over {what}")));
    let created = match (told.created.or(updated), modified) {
        (Some(created), _) => created,
        (None, Some(modified)) => {
            said.push(format!("{file} does not say when it was written; its own time is taken, {modified}"));
            modified
        }
        (None, None) => return Err(ImportError::NoTime { file: file.to_owned() }),
    };
    let mut baselines = Baselines { thresholds, ..Baselines::new(created) };
    for (name, run) in platforms {
        let platform = match (platform_named(&name), told.platform) {
            (Ok(platform), Some(asked)) if platform != asked => continue,
            (Ok(platform), _) => platform,
            (Err(_), Some(_)) => continue,
            (Err(problem), None) => return Err(ImportError::UnknownPlatform { file: file.to_owned(), name, problem }),
        };
        let origin = Origin { git: told.git.clone(), ..run.origin };
        let class = class(platform, &origin, told)?;
        let cases =
            run.benchmarks.into_iter().map(|benchmark| (benchmark.name.clone(), expected_row(benchmark, told.format)));
        let session = Session {
            created,
            profile: profile(told.format),
            context: context(&origin, class.clone()),
            controls: BTreeMap::new(),
            dispatch: BTreeMap::new(),
            cases: cases.collect(),
        };
        let classes = baselines.baselines.entry(platform).or_default();
        if classes.insert(class, ClassBaseline { sessions: vec![session] }).is_some() {
            return Err(ImportError::OneName { file: file.to_owned(), name });
        }
    }
    if baselines.baselines.is_empty() {
        return Err(ImportError::NoPlatform { file: file.to_owned() });
    }
    Ok(Imported { document: baselines, said })
}

/// `linux-x86_64`, and what others call the same.
fn platform_named(name: &str) -> Result<PlatformKey, String> {
    let (system, machine) = name.split_once('-').unwrap_or((name, ""));
    super::platform_of(system, machine).map_err(|problem| problem.to_string())
}

fn profile(format: &str) -> String {
    format!("import.{format}")
}

/// What all runs say of where they come from; what a person says goes before.
fn agreed(sources: &[Source], told: &Told) -> Result<Origin, ImportError> {
    let mut agreed: Option<(&str, Origin)> = None;
    for Source { file, run, .. } in sources {
        let origin = &run.origin;
        if let (Some(told), Some(found)) = (told.platform, origin.platform)
            && told != found
        {
            return Err(ImportError::OtherPlatform { told, found, file: file.clone() });
        }
        let Some((one, first)) = &agreed else {
            agreed = Some((file, origin.clone()));
            continue;
        };
        let differ = |what, of_one: String, of_other: String, remedy| {
            let (one, other) = ((*one).to_owned(), file.clone());
            Err(ImportError::Differ { one, other, what, found: format!("{of_one}, {of_other}"), remedy })
        };
        let shown = |text: &Option<String>| text.as_deref().map_or("none".to_owned(), quoted);
        let platform = |origin: &Origin| origin.platform.map_or("none".to_owned(), |platform| platform.to_string());
        if first.platform != origin.platform {
            return differ("platform", platform(first), platform(origin), "");
        }
        if told.platform.is_none() && first.foreign_platform != origin.foreign_platform {
            return differ("platform", shown(&first.foreign_platform), shown(&origin.foreign_platform), "");
        }
        if told.platform.is_none() && first.platform_parts != origin.platform_parts {
            let parts = |origin: &Origin| format!("[{}]", shortened(&origin.platform_parts.join(", ")));
            return differ("platform", parts(first), parts(origin), ", or pass --platform KEY");
        }
        if first.cpu != origin.cpu {
            return differ("CPU", shown(&first.cpu), shown(&origin.cpu), "");
        }
        if (first.logical_cpus, &first.caches_bytes) != (origin.logical_cpus, &origin.caches_bytes) {
            return differ("CPUs and caches", shape(first), shape(origin), "");
        }
        let commit = |origin: &Origin| {
            let dirty = |git: &Git| if git.dirty { " with changes" } else { "" };
            origin.git.as_ref().map_or("none".to_owned(), |git| format!("{}{}", shortened(&git.commit), dirty(git)))
        };
        if told.git.is_none() && first.git != origin.git {
            return differ("commit", commit(first), commit(origin), ", or pass --commit HASH");
        }
    }
    let mut origin = agreed.map(|(_, origin)| origin).unwrap_or_default();
    origin.git = told.git.clone().or(origin.git);
    Ok(origin)
}

/// The platform: as it is told, else this host's, which is said.
fn platform(
    sources: &[Source],
    origin: &Origin,
    told: &Told,
    said: &mut Vec<String>,
) -> Result<PlatformKey, ImportError> {
    if let Some(platform) = told.platform.or(origin.platform) {
        return Ok(platform);
    }
    let file = || sources.first().map_or_else(|| told.format.to_owned(), |source| source.file.clone());
    if let Some(name) = origin.foreign_platform.clone() {
        return Err(ImportError::ForeignPlatform { file: file(), name });
    }
    let here = told.here.ok_or_else(|| ImportError::NoPlatform { file: file() })?;
    if let Some(part) = origin.platform_parts.iter().find(|part| here.as_str().split('-').all(|own| own != *part)) {
        return Err(ImportError::NotThisHost { file: file(), part: part.clone(), here });
    }
    said.push(format!(
        "{} does not say where it ran; {here} is taken, which is this host: else pass --platform",
        file()
    ));
    Ok(here)
}

/// When the first of them began: as it is told, else as the files were written, which is said.
fn created(sources: &[Source], told: &Told, said: &mut Vec<String>) -> Result<Timestamp, ImportError> {
    if let Some(created) = told.created {
        return Ok(created);
    }
    let mut earliest: Option<Timestamp> = None;
    for source in sources {
        let created = match (source.run.origin.created, source.modified) {
            (Some(created), _) => created,
            (None, Some(modified)) => {
                let why = source.run.origin.unclear_created.as_deref().map_or_else(
                    || format!("{} does not say when it ran", source.file),
                    |date| format!("{}: {}", source.file, unclear(date)),
                );
                said.push(format!("{why}; the file's own time is taken, {modified}: else pass --created"));
                modified
            }
            (None, None) => return Err(ImportError::NoTime { file: source.file.clone() }),
        };
        earliest = Some(earliest.map_or(created, |earliest| earliest.min(created)));
    }
    earliest.ok_or_else(|| ImportError::NoTime { file: told.format.to_owned() })
}

/// What is wrong with a date that is no time: whose midnight it counts from can only be guessed.
fn unclear(date: &str) -> String {
    if date.parse::<civil::DateTime>().is_ok() {
        format!("its date {} has no zone", quoted(date))
    } else {
        format!("its date {} is no time with a zone", quoted(date))
    }
}

/// The machines whose numbers may be compared with these.
fn class(platform: PlatformKey, origin: &Origin, told: &Told) -> Result<String, ImportError> {
    if let Some(class) = &told.class {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let is_class = class.starts_with(|c: char| c.is_ascii_alphanumeric())
            && class.len() <= CLASS_CHARS
            && class.chars().all(allowed);
        return if !is_class {
            Err(ImportError::Class(class.clone()))
        } else if is_class_of_another(class, platform) {
            Err(ImportError::ClassOfAnother { class: class.clone(), platform })
        } else {
            Ok(class.clone())
        };
    }
    let cpu = match &origin.cpu {
        Some(cpu) => in_a_class(cpu),
        None if origin.caches_bytes.is_empty() => String::new(),
        None => in_a_class(&shape(origin)),
    };
    Ok(format!("imported.{platform}.{}", if cpu.is_empty() { "unknown" } else { &cpu }))
}

/// `2 CPUs, l1d 32768, l2 1048576`.
fn shape(origin: &Origin) -> String {
    let cpus = origin.logical_cpus.map_or_else(|| "unknown CPUs".to_owned(), |count| format!("{count} CPUs"));
    let caches = origin.caches_bytes.iter().map(|(name, bytes)| format!("{name} {bytes}"));
    std::iter::once(cpus).chain(caches).collect::<Vec<_>>().join(", ")
}

/// `AMD-EPYC-7763-64-Core-Processor`: letters and digits, and a hyphen for whatever else stands between them.
fn in_a_class(cpu: &str) -> String {
    let words = cpu.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").chars().take(CPU_CHARS).collect()
}

fn context(origin: &Origin, class: String) -> Context {
    let unknown = || "unknown".to_owned();
    Context {
        git: origin.git.clone(),
        machine: Machine {
            cpu_model: origin.cpu.clone().unwrap_or_else(unknown),
            cpu_id: unknown(),
            isa_levels: Vec::new(),
            logical_cpus: origin.logical_cpus,
            memory_bytes: None,
            caches_bytes: origin.caches_bytes.clone(),
            os: origin.os.clone().unwrap_or_else(unknown),
            kernel: origin.kernel.clone().unwrap_or_else(unknown),
            virtualized: None,
            emulated: false,
            class: Some(class),
        },
        program_sha256: None,
        toolchain: None,
        settings: Vec::new(),
        environment: BTreeMap::new(),
        clock_precision_ns: None,
        probe_floor_ns: None,
        seed: None,
        injected: BTreeMap::new(),
        isa_cap: None,
    }
}

/// Runs that do not have what others of them have: they may have been cut off where nothing in them shows it.
fn gaps(sources: &[Source]) -> Vec<String> {
    let names = |source: &Source| -> BTreeSet<String> {
        source.run.benchmarks.iter().map(|benchmark| benchmark.name.clone()).collect()
    };
    let all: BTreeSet<String> = sources.iter().flat_map(names).collect();
    let gap = |source: &Source| {
        let own = names(source);
        let first = all.difference(&own).next()?;
        let (count, most) = (own.len(), all.len());
        Some(format!("{} has {count} of {most} benchmarks, {} is the first that it lacks", source.file, quoted(first)))
    };
    sources.iter().filter_map(gap).collect()
}

/// The benchmarks of all runs by the names of their cases, with all launches in the order of the files. Where one name
/// stands for two benchmarks of different scopes, each is named with its scope.
fn together(sources: &[Source]) -> Result<BTreeMap<String, Benchmark>, ImportError> {
    let mut by_scope: BTreeMap<(&str, Option<&str>), Benchmark> = BTreeMap::new();
    for Source { file, run, .. } in sources {
        for benchmark in &run.benchmarks {
            match by_scope.get_mut(&(benchmark.name.as_str(), benchmark.scope.as_deref())) {
                None => {
                    by_scope.insert((&benchmark.name, benchmark.scope.as_deref()), benchmark.clone());
                }
                Some(first) => another_launch(first, benchmark.clone())
                    .map_err(|refusal| ImportError::Benchmark { file: file.clone(), refusal: Box::new(refusal) })?,
            }
        }
    }
    let mut scopes: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, _) in by_scope.keys() {
        *scopes.entry(name).or_default() += 1;
    }
    let mut cases = BTreeMap::new();
    for ((name, scope), benchmark) in by_scope {
        let file = || sources.first().map_or_else(String::new, |source| source.file.clone());
        let id = match scope.filter(|_| scopes[name] > 1) {
            Some(scope) => format!("{scope}.{name}"),
            None => name.to_owned(),
        };
        check_name(&id).map_err(|problem| {
            let refusal = Refusal { benchmark: Some(id.clone()), ..Refusal::of_file(Problem::Name(problem)) };
            ImportError::Benchmark { file: file(), refusal: Box::new(refusal) }
        })?;
        if cases.insert(id.clone(), benchmark).is_some() {
            return Err(ImportError::OneName { file: file(), name: id });
        }
    }
    Ok(cases)
}

/// The least number of calls, timed singly, of which a 95th percentile is stated; as for our own measurements.
const CALLS_FOR_P95: usize = 500;
/// The same for the 99th.
const CALLS_FOR_P99: usize = 5_000;

/// The row of a case of one number each, without launches.
fn expected_row(benchmark: Benchmark, format: &str) -> CaseRow {
    let mut row = row(benchmark, format);
    row.launches.clear();
    row
}

fn row(benchmark: Benchmark, format: &str) -> CaseRow {
    let Benchmark { unit, launches, mut lacks, .. } = benchmark;
    let all = |of: fn(&Figures) -> Option<f64>| launches.iter().filter_map(of).collect::<Vec<f64>>();
    let calls_ns: Vec<f64> = launches.iter().flat_map(|launch| &launch.calls_ns).copied().collect();
    let mut percentile = |field: &'static str, level: f64, calls: usize, own: fn(&Figures) -> Option<f64>| {
        if calls_ns.len() >= calls {
            return statistics::quantile(&calls_ns, level);
        }
        if let [launch] = &launches[..]
            && let Some(told) = own(launch)
        {
            return Some(told);
        }
        if !calls_ns.is_empty() {
            let count = calls_ns.len();
            lacks.entry(field).or_insert(format!("{count} calls were timed singly, and it takes {calls}"));
        }
        None
    };
    let p95_ns = percentile("latency.p95_ns", 0.95, CALLS_FOR_P95, |launch| launch.p95_ns);
    let p99_ns = percentile("latency.p99_ns", 0.99, CALLS_FOR_P99, |launch| launch.p99_ns);
    let memory: Vec<u64> = launches.iter().filter_map(|launch| launch.memory_bytes).collect();
    let least = all(|launch| launch.min_ns);
    let cpu = all(|launch| launch.cpu_percent);
    let mut row = CaseRow {
        reason: None,
        throughput: Throughput { value: statistics::median(&all(|launch| launch.throughput)), unit },
        latency: Latency {
            p50_ns: statistics::median(&all(|launch| launch.p50_ns)),
            p95_ns,
            p99_ns,
            mean_ns: mean_ns(&launches),
            // The least of all samples is known where that of every launch is.
            min_ns: least.iter().copied().reduce(f64::min).filter(|_| least.len() == launches.len()),
        },
        peak_memory_bytes: memory.iter().copied().max().filter(|_| memory.len() == launches.len()),
        cpu_percent: statistics::median(&cpu),
        accuracy: all(|launch| launch.accuracy).into_iter().reduce(f64::min),
        launches: launches.iter().map(launch).collect(),
        ..CaseRow::without_numbers(Status::Measured, "")
    };
    let compared = "not worked out for imported numbers; a comparison states it from the launches".to_owned();
    lacks.entry("smallest_change_percent").or_insert(compared.clone());
    lacks.entry("interval_percent").or_insert(compared);
    row.explain_nulls(&lacks, &format!("{format} does not tell"));
    row
}

/// The mean of all samples; `None` where a launch does not tell its own, or how many there were of several.
fn mean_ns(launches: &[Figures]) -> Option<f64> {
    if let [launch] = launches {
        return launch.mean_ns;
    }
    let mut mean_ns = 0.0;
    let mut count = 0.0;
    for launch in launches {
        let samples = f64::from(launch.samples.filter(|samples| *samples > 0)?);
        count += samples;
        // A sum of all samples could be more than a float can hold.
        mean_ns += (launch.mean_ns? - mean_ns) * (samples / count);
    }
    (count > 0.0).then_some(mean_ns)
}

fn launch(figures: &Figures) -> Launch {
    Launch {
        throughput: figures.throughput,
        latency_p50_ns: figures.p50_ns,
        samples: figures.samples,
        accepted_share: None,
        ungated_throughput: None,
        ungated_p50_ns: None,
        iterations_per_sample: figures.iterations,
        peak_memory_bytes: figures.memory_bytes,
        cpu_percent: figures.cpu_percent,
        stolen_ns: None,
        switches: None,
    }
}
