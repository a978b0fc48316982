//! What the operating system says it took from a process while it measured.

use std::time::Duration;

use nix::{
    sys::{
        resource::{UsageWho, getrusage},
        time::TimeValLike,
    },
    time::{ClockId, clock_gettime},
};

/// Counters of this process and its CPU, at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accounts {
    cpu_time: Option<Duration>,
    switches: Option<u64>,
    stolen_ns: Option<u64>,
}

impl Accounts {
    /// Reads them; `cpu` is the one this process stays on.
    #[must_use]
    pub fn read(cpu: Option<usize>) -> Self {
        let usage = getrusage(UsageWho::RUSAGE_SELF).ok();
        let micros = usage.map(|usage| usage.user_time().num_microseconds() + usage.system_time().num_microseconds());
        Self {
            cpu_time: micros.and_then(|micros| u64::try_from(micros).ok()).map(Duration::from_micros),
            switches: switches(),
            stolen_ns: cpu.and_then(stolen_ns),
        }
    }

    /// CPU time since `earlier`, in percent of `wall`.
    #[must_use]
    pub fn cpu_percent(&self, earlier: &Self, wall: Duration) -> Option<f64> {
        let used = self.cpu_time?.checked_sub(earlier.cpu_time?)?;
        (wall > Duration::ZERO).then(|| used.as_secs_f64() / wall.as_secs_f64() * 100.0)
    }

    /// Times the process was taken off its CPU against its will since `earlier`.
    #[must_use]
    pub fn switches(&self, earlier: &Self) -> Option<u64> {
        self.switches?.checked_sub(earlier.switches?)
    }

    /// Time that the hypervisor gave to others since `earlier`, in nanoseconds.
    #[must_use]
    pub fn stolen_ns(&self, earlier: &Self) -> Option<u64> {
        self.stolen_ns?.checked_sub(earlier.stolen_ns?)
    }
}

/// Times this process was taken off its CPU against its will; `None` where the operating system does not tell.
#[must_use]
pub fn switches() -> Option<u64> {
    let usage = getrusage(UsageWho::RUSAGE_SELF).ok()?;
    u64::try_from(usage.involuntary_context_switches()).ok()
}

/// Nanoseconds since the machine started in which this thread had no CPU. Where nobody tells its CPU time that is all of
/// them, so that a switch spoils its sample.
#[must_use]
pub fn off_cpu_ns() -> u64 {
    let read = |clock| clock_gettime(clock).ok().and_then(|time| u64::try_from(time.num_nanoseconds()).ok());
    let wall_ns = read(ClockId::CLOCK_MONOTONIC).unwrap_or_default();
    wall_ns.saturating_sub(read(ClockId::CLOCK_THREAD_CPUTIME_ID).unwrap_or_default())
}

#[cfg(target_os = "linux")]
fn stolen_ns(cpu: usize) -> Option<u64> {
    stolen_of(&std::fs::read_to_string("/proc/stat").ok()?, cpu)
}

#[cfg(not(target_os = "linux"))]
fn stolen_ns(_cpu: usize) -> Option<u64> {
    None
}

/// The stolen time of `cpu` in a `/proc/stat`, in nanoseconds.
#[cfg(any(target_os = "linux", test))]
fn stolen_of(stat: &str, cpu: usize) -> Option<u64> {
    /// The kernel counts in hundredths of a second here, whatever its own tick.
    const TICK_NS: u64 = 10_000_000;
    let name = format!("cpu{cpu}");
    let mut fields = stat
        .lines()
        .map(str::split_ascii_whitespace)
        .find_map(|mut fields| (fields.next() == Some(name.as_str())).then_some(fields))?;
    // user nice system idle iowait irq softirq steal
    Some(fields.nth(7)?.parse::<u64>().ok()? * TICK_NS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_without_the_cpu_is_seen() {
        let off_cpu_ns = |work: fn()| {
            let before_ns = off_cpu_ns();
            work();
            off_cpu_ns() - before_ns
        };
        let asleep_ns = off_cpu_ns(|| std::thread::sleep(Duration::from_millis(20)));
        assert!(asleep_ns >= 19_000_000, "{asleep_ns}");
    }

    #[test]
    fn stolen_time_is_the_eighth_field_of_the_cpu() {
        let stat = "cpu  9 9 9 9 9 9 9 9 0 0\ncpu1 1 2 3 4 5 6 7 8 9 10\ncpu10 1 1 1 1 1 1 1 1 1 1\n";
        assert_eq!(stolen_of(stat, 1), Some(80_000_000));
        assert_eq!(stolen_of(stat, 2), None);
    }

    #[test]
    fn a_busy_process_uses_its_cpu() {
        let before = Accounts::read(None);
        let begin = std::time::Instant::now();
        while begin.elapsed() < Duration::from_millis(50) {}
        let percent = Accounts::read(None).cpu_percent(&before, begin.elapsed()).unwrap();
        assert!(percent > 10.0, "{percent} %");
    }
}
