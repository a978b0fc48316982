//! Made-up histories with known truth: kinds of noise that benchmarks' histories have, with and without a step.
//!
//! On the scale of logarithms everything adds: level, drift, noise and step. Each history has a seed, and is the same on every
//! machine.

/// A seeded generator: `SplitMix64`, with normal numbers by Box and Muller.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    pub(crate) fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.uniform()).ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    fn happens(&mut self, share: f64) -> bool {
        self.uniform() < share
    }

    /// Above 0, with this mean.
    fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.uniform()).ln()
    }
}

/// A kind of noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Noise {
    /// Normal, 0.5 %: a gated benchmark on a good night.
    Quiet,
    /// Normal, 2 %: a usual one.
    Normal,
    /// Normal, 1 %, and one in twenty slower by a fifth or so.
    Outliers,
    /// Two places 4 % apart, each run in one of them by chance: layout, or randomised addresses.
    TwoModes,
    /// The same, staying in one for half a dozen runs.
    TwoModesInStretches,
    /// Three places, 2.5 and 7 % apart.
    ThreeModes,
    /// Each run resembles the one before.
    Memory,
    /// It swells and calms down, every 25 runs.
    Swelling,
    /// Heavy tails on both sides.
    HeavyTails,
    /// A day and a night, 1 % apart at most.
    Daily,
    /// Counted in steps of 2.7 %.
    Ticks,
    /// A straight drift of 5 % over the history.
    Drift,
    /// A drift that slows down, of 4 %.
    BendingDrift,
    /// A walk that wanders off by a percent in a few hundred runs.
    Walk,
}

impl Noise {
    pub(crate) const ALL: [Self; 14] = [
        Self::Quiet,
        Self::Normal,
        Self::Outliers,
        Self::TwoModes,
        Self::TwoModesInStretches,
        Self::ThreeModes,
        Self::Memory,
        Self::Swelling,
        Self::HeavyTails,
        Self::Daily,
        Self::Ticks,
        Self::Drift,
        Self::BendingDrift,
        Self::Walk,
    ];

    /// The logarithms of `count` points about a level of 37, the point `step.0` and all after it shifted by `step.1`.
    pub(crate) fn history(self, count: usize, seed: u64, step: Option<(usize, f64)>) -> Vec<f64> {
        let mut random = Random(seed.wrapping_mul(1_000_003) ^ (self as u64) << 40);
        let (mut memory, mut walk, mut is_high) = (0.0, 0.0, random.happens(0.5));
        let phase = 24.0 * random.uniform();
        (0..count)
            .map(|time| {
                let share = time as f64 / count as f64;
                let normal = random.normal();
                let noise = match self {
                    Self::Quiet => 0.005 * normal,
                    Self::Normal => 0.02 * normal,
                    Self::Outliers => {
                        let slow = if random.happens(0.05) { random.exponential(0.2).ln_1p() } else { 0.0 };
                        0.01 * normal + slow
                    }
                    Self::TwoModes => 0.005 * normal + if random.happens(0.3) { 0.04 } else { 0.0 },
                    Self::TwoModesInStretches => {
                        is_high ^= random.happens(1.0 / 6.0);
                        0.005 * normal + if is_high { 0.04 } else { 0.0 }
                    }
                    Self::ThreeModes => {
                        let mode = random.uniform();
                        0.004 * normal
                            + if mode < 0.5 {
                                0.0
                            } else if mode < 0.8 {
                                0.025
                            } else {
                                0.07
                            }
                    }
                    Self::Memory => {
                        memory = 0.7 * memory + 0.01 * random.normal();
                        0.007 * normal + memory
                    }
                    Self::Swelling => normal * if (time / 25).is_multiple_of(2) { 0.005 } else { 0.018 },
                    Self::HeavyTails => {
                        let squares = (0..3).map(|_| random.normal().powi(2)).sum::<f64>();
                        0.008 * normal / (squares / 3.0).sqrt()
                    }
                    Self::Daily => 0.006 * normal + 0.01 * ((time as f64 + phase) * std::f64::consts::TAU / 24.0).sin(),
                    Self::Ticks => 0.012 * normal,
                    Self::Drift => 0.01 * normal + 0.05 * share,
                    Self::BendingDrift => 0.01 * normal + 0.04 * (1.0 - (-3.0 * share).exp()),
                    Self::Walk => {
                        walk += 0.0006 * random.normal();
                        0.01 * normal + walk
                    }
                };
                let shift = step.map_or(0.0, |(at, size)| if time >= at { size } else { 0.0 });
                let log = 37f64.ln() + noise + shift;
                if self == Self::Ticks { log.exp().round().ln() } else { log }
            })
            .collect()
    }

    /// A history of 200 points with a step, up for even seeds and down for odd ones, and where that is.
    pub(crate) fn stepped(self, seed: u64, size: f64) -> (Vec<f64>, usize) {
        let at = 60 + usize::try_from(3 * seed % 80).unwrap_or(0);
        let sign = if seed.is_multiple_of(2) { 1.0 } else { -1.0 };
        (self.history(200, 1000 + seed, Some((at, sign * size))), at)
    }
}
