//! The clock, and how fine it is.

use std::time::Instant;

/// Nanoseconds since it was started, from the operating system's monotonic clock.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    /// Starts it.
    #[must_use]
    pub fn start() -> Self {
        Self { start: Instant::now() }
    }

    /// Nanoseconds since then.
    #[inline]
    #[must_use]
    pub fn now_ns(&self) -> u64 {
        // 64 bits of nanoseconds last for 584 years.
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// The clock's precision in nanoseconds: the smallest step between two readings, or what one reading costs where that
/// is more. No sample shorter than a thousand times this is believed.
#[must_use]
pub fn precision_ns() -> f64 {
    /// Some 200 µs: long enough to fall between two bursts, short enough to be asked for in every process.
    const READINGS: u32 = 10_000;
    let clock = Clock::start();
    let begin_ns = clock.now_ns();
    let mut last_ns = begin_ns;
    let mut step_ns = u64::MAX;
    for _ in 0..READINGS {
        let now_ns = clock.now_ns();
        if now_ns > last_ns {
            step_ns = step_ns.min(now_ns - last_ns);
        }
        last_ns = now_ns;
    }
    let cost_ns = (last_ns - begin_ns) as f64 / f64::from(READINGS);
    // A clock that did not move at all in all these readings is coarser than the whole.
    let step_ns = if step_ns == u64::MAX { cost_ns * f64::from(READINGS) } else { step_ns as f64 };
    step_ns.max(cost_ns).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_never_goes_back() {
        let clock = Clock::start();
        let readings: Vec<u64> = (0..1000).map(|_| clock.now_ns()).collect();
        assert!(readings.is_sorted());
    }

    #[test]
    fn the_precision_is_that_of_a_clock() {
        let precision_ns = precision_ns();
        assert!((1.0..1e7).contains(&precision_ns), "{precision_ns} ns");
    }
}
