//! A launch: one worker process, from the job it is given to the last of its answers, whatever becomes of it.

use std::{
    collections::BTreeMap,
    io::{self, BufRead, BufReader, Read, Write},
    path::PathBuf,
    process::{Child, ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

use crate::{
    environment,
    protocol::{Answer, Job, Line, PROTOCOL, Task},
};

/// Starts workers of one program, always in the same way.
#[derive(Clone, Debug)]
pub struct Launcher {
    /// The program, which is asked for its `worker`.
    pub program: PathBuf,
    /// The variables that a worker finds set, and no others.
    pub variables: BTreeMap<String, String>,
    /// The CPU that workers stay on.
    pub cpu: Option<usize>,
    /// Set when the run shall end.
    pub interrupted: Arc<AtomicBool>,
}

/// Why a worker did not do its task.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LaunchError {
    /// The worker could not be started at all.
    #[error("the worker could not be started: {0}")]
    NotStarted(String),
    /// It took longer than it was given.
    #[error("it took longer than {} s and was stopped", limit.as_secs_f64())]
    TimedOut {
        /// What it was given.
        limit: Duration,
    },
    /// It died.
    #[error("its process died: {how}{}", last_words(said))]
    Died {
        /// By which signal, or with which exit code.
        how: String,
        /// The last line it wrote to standard error.
        said: String,
    },
    /// It said what cannot be understood.
    #[error("its process answered what cannot be understood: {0}")]
    Garbled(String),
    /// It would not.
    #[error("{0}")]
    Refused(String),
    /// A person ended the run.
    #[error("interrupted")]
    Interrupted,
}

fn last_words(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!("; its last words: {said}") }
}

/// What a worker answered until it ended, and how it ended.
#[derive(Debug)]
pub struct Launch {
    /// Its answers, but for `Refused` and `Done`.
    pub answers: Vec<Answer>,
    /// `Err` where it did not end well.
    pub end: Result<(), LaunchError>,
}

/// The longest line that a worker may say: the samples of the longest case take a hundredth of it.
const LINE_BYTES: u64 = 64 << 20;

/// How often a waiting generator looks whether it was interrupted.
const LOOK: Duration = Duration::from_millis(100);

impl Launcher {
    /// Runs one task in a process of its own, and waits for it `limit` at the longest.
    #[must_use]
    pub fn launch(&self, task: Task, limit: Duration) -> Launch {
        let mut answers = Vec::new();
        let end = self.converse(task, limit, &mut answers);
        Launch { answers, end }
    }

    fn converse(&self, task: Task, limit: Duration, answers: &mut Vec<Answer>) -> Result<(), LaunchError> {
        let deadline = Instant::now() + limit;
        let mut worker = Worker(self.start().map_err(|error| LaunchError::NotStarted(error.to_string()))?);
        let lines = worker.listen();
        let last_line = worker.listen_to_errors();
        // A worker that died before it read its job says so by how it ended.
        let _ = worker.send(&Job { protocol: PROTOCOL, cpu: self.cpu, task });
        loop {
            if self.interrupted.load(Ordering::Relaxed) {
                return Err(LaunchError::Interrupted);
            }
            let wait = deadline.saturating_duration_since(Instant::now()).min(LOOK);
            match lines.recv_timeout(wait) {
                Ok(line) => match understand(&line)? {
                    Answer::Done => return Ok(()),
                    Answer::Refused { reason } => return Err(LaunchError::Refused(reason)),
                    answer => answers.push(answer),
                },
                Err(RecvTimeoutError::Timeout) if Instant::now() >= deadline => {
                    return Err(LaunchError::TimedOut { limit });
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    let how = worker.0.wait().map_or_else(|error| error.to_string(), describe);
                    // The terminal sends an interrupt to the worker as well.
                    if self.interrupted.load(Ordering::Relaxed) {
                        return Err(LaunchError::Interrupted);
                    }
                    return Err(LaunchError::Died { how, said: last_line.join().unwrap_or_default() });
                }
            }
        }
    }

    fn start(&self) -> io::Result<Child> {
        let mut command = environment::clean_command(&self.program, &self.variables);
        command.arg("worker").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn()
    }
}

fn understand(line: &io::Result<String>) -> Result<Answer, LaunchError> {
    let text = line.as_ref().map_err(|error| LaunchError::Garbled(error.to_string()))?;
    let line: Line = serde_json::from_str(text).map_err(|error| LaunchError::Garbled(error.to_string()))?;
    if line.protocol == PROTOCOL {
        Ok(line.answer)
    } else {
        Err(LaunchError::Garbled(format!("protocol {}, where this program speaks {PROTOCOL}", line.protocol)))
    }
}

fn describe(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        let name = nix::sys::signal::Signal::try_from(signal).map_or("unknown", |signal| signal.as_str());
        return format!("signal {signal} ({name})");
    }
    status.code().map_or_else(|| status.to_string(), |code| format!("exit code {code}"))
}

/// A running worker, which does not outlive its conversation.
struct Worker(Child);

impl Worker {
    fn send(&mut self, job: &Job) -> io::Result<()> {
        let mut input = self.0.stdin.take().expect("the worker was started with a pipe");
        serde_json::to_writer(&mut input, job)?;
        input.write_all(b"\n")
    }

    /// The lines of its standard output, as they come.
    fn listen(&mut self) -> Receiver<io::Result<String>> {
        let output = self.0.stdout.take().expect("the worker was started with a pipe");
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let mut output = BufReader::new(output);
            loop {
                let mut line = String::new();
                let read = output.by_ref().take(LINE_BYTES).read_line(&mut line);
                let last = !matches!(read, Ok(bytes) if bytes > 0);
                let heard = match read {
                    Ok(0) => return,
                    Ok(_) => Ok(line),
                    Err(error) => Err(error),
                };
                if sender.send(heard).is_err() || last {
                    return;
                }
            }
        });
        receiver
    }

    /// The last line of its standard error, once it has ended.
    fn listen_to_errors(&mut self) -> thread::JoinHandle<String> {
        let errors = self.0.stderr.take().expect("the worker was started with a pipe");
        thread::spawn(move || {
            let mut last = String::new();
            let mut lines = BufReader::new(errors).split(b'\n');
            while let Some(Ok(line)) = lines.next() {
                if !line.trim_ascii().is_empty() {
                    last = String::from_utf8_lossy(&line).trim().chars().take(300).collect();
                }
            }
            last
        })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
