//! Instructions of a call: a second witness, which no neighbour can disturb.
//!
//! The CPU's own counter (`perf_event`) where it is open to this user; most guests have none. A simulator of the CPU
//! (`valgrind --tool=callgrind`) where it is installed: it counts what the program executes, exactly and alike each time,
//! takes fifty times as long, and knows no AVX-512. Neither ever runs in a launch that is timed.

use std::{
    fs,
    io::Read,
    process::{Command, Stdio},
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use kernels::{
    Bench, Case,
    batch::{Batch, Mode},
};

use crate::{
    launch::{LaunchError, Launcher},
    protocol::{Answer, Task},
};

/// Who counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counter {
    /// Nobody.
    Off,
    /// The CPU's own counter.
    Perf,
    /// A simulated CPU.
    Valgrind,
}

/// Calls that are counted together: what the loop around them adds is less than the instructions of the shortest call.
const CALLS: u64 = 16;

/// The instructions of one call.
///
/// # Errors
///
/// Why there is no number; `Interrupted` where a person ended it.
pub fn count(
    counter: Counter,
    case: &Case,
    seed: u64,
    launcher: &Launcher,
    limit: Duration,
) -> Result<u64, CountError> {
    let task = Task::Count { case: case.to_string(), seed, calls: CALLS };
    let all = match counter {
        Counter::Off => return Err(CountError::NotCounted("nobody asked for them; pass --instructions".to_owned())),
        Counter::Perf => by_perf(task, launcher, limit)?,
        Counter::Valgrind => by_valgrind(task, launcher, limit)?,
    };
    Ok((all + CALLS / 2) / CALLS)
}

/// Why there is no number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CountError {
    /// A person ended it.
    #[error("interrupted")]
    Interrupted,
    /// Another reason, for `unmeasured`.
    #[error("{0}")]
    NotCounted(String),
}

impl From<LaunchError> for CountError {
    fn from(error: LaunchError) -> Self {
        match error {
            LaunchError::Interrupted => Self::Interrupted,
            error => Self::NotCounted(error.to_string()),
        }
    }
}

fn by_perf(task: Task, launcher: &Launcher, limit: Duration) -> Result<u64, CountError> {
    let launch = launcher.launch(task, limit);
    launch.end?;
    let counted = launch.answers.into_iter().find_map(|answer| match answer {
        Answer::Counted { instructions, why } => Some((instructions, why)),
        _ => None,
    });
    match counted {
        Some((Some(all), _)) => Ok(all),
        Some((None, Some(why))) => Err(CountError::NotCounted(why)),
        _ => Err(CountError::NotCounted("its process did not tell".to_owned())),
    }
}

/// The function whose instructions count, as the simulator finds it: [`counted`].
const COUNTED: &str = "*generator::instructions::counted*";

/// How often a waiting generator looks whether the simulator is done.
const LOOK: Duration = Duration::from_millis(20);

fn by_valgrind(task: Task, launcher: &Launcher, limit: Duration) -> Result<u64, CountError> {
    let not_counted = |why: String| CountError::NotCounted(why);
    let folder = tempfile::tempdir().map_err(|error| not_counted(format!("a folder for valgrind: {error}")))?;
    let log = folder.path().join("log");
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--collect-atstart=no"]).arg(format!("--toggle-collect={COUNTED}"));
    command.arg(format!("--log-file={}", log.display()));
    command.arg(format!("--callgrind-out-file={}", folder.path().join("out").display()));
    // The worker by its name: what is executed as /proc/self/exe would be valgrind.
    let program = fs::canonicalize(&launcher.program).unwrap_or_else(|_| launcher.program.clone());
    command.arg(program).arg("worker");
    command.env_clear().envs(&launcher.variables).envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    // Under a simulator nothing is timed, and starting over would leave it.
    command.env(crate::environment::SIMULATED, "1");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut worker = match command.spawn() {
        Ok(worker) => worker,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(not_counted("valgrind is not installed".to_owned()));
        }
        Err(error) => return Err(not_counted(format!("starting valgrind: {error}"))),
    };
    let job = crate::protocol::Job { protocol: launcher.protocol, cpu: None, task };
    let sent = worker.stdin.take().is_some_and(|input| serde_json::to_writer(input, &job).is_ok());
    let deadline = Instant::now() + limit;
    let ended = loop {
        match worker.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if launcher.interrupted.load(Ordering::Relaxed) => {
                let _ = worker.kill().and_then(|()| worker.wait());
                return Err(CountError::Interrupted);
            }
            Ok(None) if Instant::now() < deadline => std::thread::sleep(LOOK),
            Ok(None) => {
                let _ = worker.kill().and_then(|()| worker.wait());
                return Err(not_counted(format!("valgrind took longer than {} s", limit.as_secs_f64())));
            }
            Err(error) => return Err(not_counted(format!("waiting for valgrind: {error}"))),
        }
    };
    let mut said = String::new();
    let _ = worker.stdout.take().map(|mut output| output.read_to_string(&mut said));
    if let Some(reason) = refusal(&said) {
        return Err(not_counted(format!("under valgrind: {reason}")));
    }
    let log = fs::read_to_string(&log).unwrap_or_default();
    match collected(&log) {
        Some(all) if ended.success() && sent && all > 0 => Ok(all),
        _ => Err(not_counted(format!("valgrind counted nothing ({ended})"))),
    }
}

/// What a worker refused, in what it said.
fn refusal(said: &str) -> Option<String> {
    said.lines().find_map(|line| match serde_json::from_str::<crate::protocol::Line>(line).ok()?.answer {
        Answer::Refused { reason } => Some(reason),
        _ => None,
    })
}

/// The instructions in callgrind's log: `==7== Collected : 1234`.
fn collected(log: &str) -> Option<u64> {
    let line = log.lines().find_map(|line| line.split_once("Collected :"))?;
    line.1.trim().parse().ok()
}

/// Runs the calls that are counted, and nothing else. It is a function of its own, since a simulator finds it by its name.
#[inline(never)]
pub(crate) fn counted(bench: &mut Bench<'_>, calls: u64) {
    bench.run(Batch { iterations: calls, mode: Mode::Independent });
}

/// Counts by the CPU's own counter; why not, where it is closed.
#[cfg(target_os = "linux")]
pub(crate) fn by_counter(bench: &mut Bench<'_>, calls: u64) -> Result<u64, String> {
    use perf_event::{Builder, events::Hardware};
    let closed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => "this CPU shows no counters, as in most guests".to_owned(),
        std::io::ErrorKind::PermissionDenied => {
            "the CPU's counters are closed to this user; write 2 to /proc/sys/kernel/perf_event_paranoid".to_owned()
        }
        _ => format!("the CPU's counters: {error}"),
    };
    let mut counter =
        Builder::new(Hardware::INSTRUCTIONS).exclude_kernel(true).exclude_hv(true).build().map_err(closed)?;
    counter.enable().map_err(closed)?;
    counted(bench, calls);
    counter.disable().map_err(closed)?;
    counter.read().map_err(closed)
}

/// Counts by the CPU's own counter; this system shows none.
#[cfg(not(target_os = "linux"))]
pub(crate) fn by_counter(bench: &mut Bench<'_>, calls: u64) -> Result<u64, String> {
    counted(bench, calls);
    Err("this system shows no counters of the CPU".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_the_one_that_callgrind_collected() {
        let log =
            "==7== Callgrind, a call-graph generating cache profiler\n==7== Events    : Ir\n==7== Collected : 40208\n";
        assert_eq!(collected(log), Some(40_208));
        assert_eq!(collected("==7== Events    : Ir\n"), None);
    }

    #[test]
    fn what_the_worker_refused_is_the_reason() {
        let said = r#"{"protocol":2,"answer":{"refused":{"reason":"this CPU has no avx512"}}}"#;
        assert_eq!(refusal(said).as_deref(), Some("this CPU has no avx512"));
        assert_eq!(refusal(r#"{"protocol":2,"answer":"done"}"#), None);
    }
}
