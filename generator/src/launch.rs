//! A launch: one worker process, from the first job it is given to the last of its answers, whatever becomes of it.

use std::{
    collections::BTreeMap,
    io::{self, BufRead, BufReader, Read, Write},
    path::PathBuf,
    process::{Child, ChildStdin, ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    environment,
    protocol::{Answer, Job, Line, Task},
};

/// Starts workers of one program, always in the same way.
#[derive(Clone, Debug)]
pub struct Launcher {
    /// The program, which is asked for its `worker`.
    pub program: PathBuf,
    /// What starts it, where the system cannot: an emulator and its options.
    pub runner: Vec<String>,
    /// The version of the worker protocol that it speaks.
    pub protocol: u32,
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
    /// It is of another version.
    #[error("its process speaks version {speaks} of the worker protocol, and was spoken to in version {spoken}")]
    OtherProtocol {
        /// The version that it answered in.
        speaks: u32,
        /// The version that it was asked in.
        spoken: u32,
    },
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
        let end = self.converse().and_then(|mut worker| worker.ask_into(task, limit, &mut answers));
        Launch { answers, end }
    }

    /// Starts a worker that stays for several tasks.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    ///
    /// # Panics
    ///
    /// Never: a worker is started with pipes.
    pub fn converse(&self) -> Result<Conversation<'_>, LaunchError> {
        let mut worker = Worker(self.start().map_err(|error| LaunchError::NotStarted(error.to_string()))?);
        let lines = worker.listen();
        let last_line = Some(worker.listen_to_errors());
        let input = worker.0.stdin.take().expect("the worker was started with a pipe");
        Ok(Conversation { launcher: self, lines, last_line, input, worker })
    }

    /// The ids of the cases that the program has on this CPU.
    ///
    /// # Errors
    ///
    /// When it cannot tell.
    pub fn list(&self) -> Result<Vec<String>, String> {
        #[derive(Deserialize)]
        struct Listed {
            case: String,
        }
        let mut command = environment::clean_command(&self.runner, &self.program, &self.variables);
        let output = command.args(["list", "--format", "json"]).stdin(Stdio::null()).output();
        let output = output.map_err(|error| format!("its list of cases: {error}"))?;
        let listed: Vec<Listed> = serde_json::from_slice(&output.stdout)
            .map_err(|error| format!("its list of cases ({}): {error}", output.status))?;
        Ok(listed.into_iter().map(|listed| listed.case).collect())
    }

    fn start(&self) -> io::Result<Child> {
        let mut command = environment::clean_command(&self.runner, &self.program, &self.variables);
        command.arg("worker").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn()
    }
}

/// A worker that waits for its next task. It does not outlive this.
#[derive(Debug)]
pub struct Conversation<'l> {
    launcher: &'l Launcher,
    lines: Receiver<io::Result<String>>,
    last_line: Option<thread::JoinHandle<String>>,
    input: ChildStdin,
    worker: Worker,
}

impl Conversation<'_> {
    /// Asks for one task, and waits for its answers `limit` at the longest.
    ///
    /// # Errors
    ///
    /// When the worker did not do it.
    pub fn ask(&mut self, task: Task, limit: Duration) -> Result<Vec<Answer>, LaunchError> {
        let mut answers = Vec::new();
        self.ask_into(task, limit, &mut answers)?;
        Ok(answers)
    }

    fn ask_into(&mut self, task: Task, limit: Duration, answers: &mut Vec<Answer>) -> Result<(), LaunchError> {
        self.exchange(
            task,
            limit,
            |answer| match answer {
                Answer::Done => Heard::Done,
                Answer::Refused { reason } => Heard::Refused(reason),
                answer => Heard::Answer(answer),
            },
            |answer| answers.push(answer),
        )
    }

    /// Asks for one task of any protocol that has a version, a last answer and a refusal, as [`protocol`](crate::protocol)
    /// does: `hear` tells them apart, and `take` gets each answer but these, as it comes.
    ///
    /// # Errors
    ///
    /// When the worker did not do it.
    pub fn exchange<T: Serialize, A: DeserializeOwned>(
        &mut self,
        task: T,
        limit: Duration,
        hear: impl Fn(A) -> Heard<A>,
        mut take: impl FnMut(A),
    ) -> Result<(), LaunchError> {
        let deadline = Instant::now() + limit;
        let mut refusal = None;
        // A worker that died before it read its job says so by how it ended.
        let _ = self.send(&Job { protocol: self.launcher.protocol, cpu: self.launcher.cpu, task });
        loop {
            if self.launcher.interrupted.load(Ordering::Relaxed) {
                return Err(LaunchError::Interrupted);
            }
            let wait = deadline.saturating_duration_since(Instant::now()).min(LOOK);
            match self.lines.recv_timeout(wait) {
                Ok(line) => match hear(understand(&line, self.launcher.protocol)?) {
                    Heard::Done => return refusal.map_or(Ok(()), |reason| Err(LaunchError::Refused(reason))),
                    Heard::Refused(reason) => refusal = refusal.or(Some(reason)),
                    Heard::Answer(answer) if refusal.is_none() => take(answer),
                    Heard::Answer(_) => {}
                },
                Err(RecvTimeoutError::Timeout) if Instant::now() >= deadline => {
                    return Err(LaunchError::TimedOut { limit });
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(refusal.map_or_else(|| self.died(), LaunchError::Refused));
                }
            }
        }
    }

    fn send(&mut self, job: &Job<impl Serialize>) -> io::Result<()> {
        let mut line = serde_json::to_vec(job)?;
        line.push(b'\n');
        self.input.write_all(&line)
    }

    fn died(&mut self) -> LaunchError {
        let how = self.worker.0.wait().map_or_else(|error| error.to_string(), describe);
        // The terminal sends an interrupt to the worker as well.
        if self.launcher.interrupted.load(Ordering::Relaxed) {
            return LaunchError::Interrupted;
        }
        let said = self.last_line.take().and_then(|last_line| last_line.join().ok()).unwrap_or_default();
        LaunchError::Died { how, said }
    }
}

/// What an answer of a worker means to the conversation.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard<A> {
    /// An answer to the task.
    Answer(A),
    /// The task could not be done, and why.
    Refused(String),
    /// There are no more answers to this task.
    Done,
}

fn understand<A: DeserializeOwned>(line: &io::Result<String>, protocol: u32) -> Result<A, LaunchError> {
    /// What every version has in common.
    #[derive(Deserialize)]
    struct Version {
        protocol: u32,
    }
    let text = line.as_ref().map_err(|error| LaunchError::Garbled(error.to_string()))?;
    let garbled = |error: serde_json::Error| LaunchError::Garbled(error.to_string());
    let version: Version = serde_json::from_str(text).map_err(garbled)?;
    if version.protocol != protocol {
        return Err(LaunchError::OtherProtocol { speaks: version.protocol, spoken: protocol });
    }
    let line: Line<A> = serde_json::from_str(text).map_err(garbled)?;
    Ok(line.answer)
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
#[derive(Debug)]
struct Worker(Child);

impl Worker {
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
