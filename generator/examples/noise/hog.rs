//! A hog: a process that keeps a CPU busy while something is timed.

use std::{
    hint::black_box,
    process::{Child, Stdio},
};

use serde::{Deserialize, Serialize};

use crate::child;

/// What else the machine does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Load {
    /// Nothing that we started.
    Quiet,
    /// A loop of integer instructions on the other CPU.
    SpinBeside,
    /// A loop that writes 64 MiB over and over, on the other CPU.
    StreamBeside,
    /// A loop of integer instructions on the same CPU, which the scheduler shares between the two.
    SpinOnTop,
}

impl Load {
    /// Every load.
    pub(crate) const ALL: [Self; 4] = [Self::Quiet, Self::SpinBeside, Self::StreamBeside, Self::SpinOnTop];

    /// Its name in a table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Quiet => "quiet",
            Self::SpinBeside => "spin beside",
            Self::StreamBeside => "stream beside",
            Self::SpinOnTop => "spin on top",
        }
    }

    /// Starts it, and holds it until what is returned is dropped.
    pub(crate) fn start(self) -> anyhow::Result<Option<Hog>> {
        let (cpu, kind) = match self {
            Self::Quiet => return Ok(None),
            Self::SpinBeside => (child::other_cpu(), Kind::Spin),
            Self::StreamBeside => (child::other_cpu(), Kind::Stream),
            Self::SpinOnTop => (child::cpu(), Kind::Spin),
        };
        let mut launch = child::Launch::new(child::Job::Hog(kind));
        launch.cpu = cpu;
        let hog = Hog(launch.spawn(Stdio::null())?);
        // It starts over once, and touches its memory.
        std::thread::sleep(std::time::Duration::from_millis(60));
        Ok(Some(hog))
    }
}

/// What a hog does.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// Integer instructions.
    Spin,
    /// Writes.
    Stream,
}

/// A running hog.
#[derive(Debug)]
pub(crate) struct Hog(Child);

impl Drop for Hog {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Works until it is killed.
pub(crate) fn work(kind: Kind) -> ! {
    const STREAM_BYTES: usize = 64 << 20;
    let mut memory = vec![0_u64; STREAM_BYTES / 8];
    let mut round = 0_u64;
    loop {
        round += 1;
        match kind {
            Kind::Spin => {
                black_box((0..1_000_000_u64).fold(round, |a, b| a.rotate_left(3) ^ black_box(b)));
            }
            Kind::Stream => black_box(&mut memory).fill(round),
        }
    }
}
