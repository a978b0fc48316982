//! What this machine can do at most: multiplications and additions, and bytes from each cache and from memory.
//!
//! | limit | what runs |
//! |---|---|
//! | `fma_avx2`, `fma_avx512`, `fma_neon` | fused multiply-adds on registers alone, enough chains that none waits |
//! | `fma_peak` | the largest of them |
//! | `read_l1` … `read_dram` | one stream that is read: bytes read |
//! | `add_l1` … `add_dram` | two streams that are read and one that is written: bytes read and written |
//!
//! The loops are in assembly, so that no compiler and no change of our kernels moves a limit. Each is sampled between probes,
//! and its limit is the median of what was undisturbed; of several launches, and of several widths of a loop, the largest,
//! since a disturbance only ever slows. From the third level on `add` is also tried with writes past the caches.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;

use std::{collections::BTreeMap, io};

use generator::{clock::Clock, controls, memory::Arena, sampler::ACCEPTED_NEEDED};
use kernels::{
    kernel::{Bound, Kernel, Work},
    shape::Shape,
};
use platforms::{IsaLevel, cpu::Caches, isa};
use schema::{case::ThroughputUnit, crossval::MachineLimit};

/// The loops of one ISA level. They are given out only where the CPU has it.
struct Loops {
    isa: IsaLevel,
    /// Multiplications and additions of a step of `fma`.
    flops_a_step: u64,
    /// So many steps.
    fma: fn(u64) -> f32,
    /// Reads a stream.
    read: fn(&[u8]),
    /// Adds two streams into a third.
    add: fn(&[u8], &[u8], &mut [u8]),
    /// The same past the caches.
    add_streaming: fn(&[u8], &[u8], &mut [u8]),
}

impl Loops {
    /// Bytes of a step in every stream.
    const STEP_BYTES: usize = 256;

    /// Steps in a stream, one at the least.
    fn steps(bytes: &[u8]) -> usize {
        /// Of the widest register.
        const ALIGNMENT: usize = 64;
        let steps = bytes.len() / Self::STEP_BYTES;
        assert!(steps > 0 && bytes.as_ptr().addr().is_multiple_of(ALIGNMENT), "the caller takes whole steps");
        steps
    }
}

/// Those that this CPU can run.
fn loops() -> impl Iterator<Item = &'static Loops> {
    #[cfg(target_arch = "x86_64")]
    let all = [&avx2::LOOPS, &avx512::LOOPS];
    #[cfg(target_arch = "aarch64")]
    let all = [&neon::LOOPS];
    all.into_iter().filter(|loops| isa::detected().contains(loops.isa))
}

/// Where operands come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    L1,
    L2,
    L3,
    Dram,
}

impl Level {
    const ALL: [Self; 4] = [Self::L1, Self::L2, Self::L3, Self::Dram];

    const fn name(self) -> &'static str {
        match self {
            Self::L1 => "l1",
            Self::L2 => "l2",
            Self::L3 => "l3",
            Self::Dram => "dram",
        }
    }

    /// Its size, the usual one where nothing tells; `None` of memory, and of a third level that is not known to be there.
    fn bytes(self, caches: &Caches) -> Option<u64> {
        match self {
            Self::L1 => Some(caches.l1d_bytes.unwrap_or(32 << 10)),
            Self::L2 => Some(caches.l2_bytes.unwrap_or(512 << 10)),
            Self::L3 => caches.l3_bytes,
            Self::Dram => None,
        }
    }

    /// The level that holds so many bytes of operands.
    fn holding(bytes: u64, caches: &Caches) -> Self {
        let holds = |level: &Self| level.bytes(caches).is_some_and(|size| bytes <= size);
        Self::ALL.into_iter().find(holds).unwrap_or(Self::Dram)
    }

    /// Bytes of the streams that stand for it: half of the cache, so that what else is in it has room; a quarter of a third
    /// level, which others share, and yet twice the level below. Of memory, the whole of which a part is streamed each
    /// time: so much that no part is in a cache when its turn comes again.
    fn stream_bytes(self, caches: &Caches) -> Option<usize> {
        let bytes = match self {
            Self::L1 | Self::L2 => self.bytes(caches)? / 2,
            Self::L3 => (self.bytes(caches)? / 4).max(2 * Self::L2.bytes(caches)?),
            Self::Dram => (4 * caches.l3_bytes.unwrap_or(0)).clamp(128 << 20, 512 << 20),
        };
        usize::try_from(bytes).ok()
    }
}

/// Measures every limit once.
#[must_use]
pub fn measure(clock: &Clock, probe_floor_ns: f64) -> BTreeMap<String, MachineLimit> {
    let mut sampler = Sampler { clock, probe_floor_ns, limits: BTreeMap::new() };
    let caches = platforms::cpu::this().caches;
    for loops in loops() {
        sampler.fma(loops);
        for level in Level::ALL {
            if let Some(bytes) = level.stream_bytes(&caches)
                && let Err(error) = sampler.streams(loops, level, bytes)
            {
                tracing::debug!("the limits of {} have no memory: {error}", level.name());
            }
        }
    }
    sampler.limits
}

/// Keeps the larger of two measurements of each limit.
pub fn merge(limits: &mut BTreeMap<String, MachineLimit>, others: BTreeMap<String, MachineLimit>) {
    for (name, other) in others {
        keep_larger(limits, &name, other);
    }
}

fn keep_larger(limits: &mut BTreeMap<String, MachineLimit>, name: &str, other: MachineLimit) {
    match limits.get_mut(name) {
        Some(limit) if limit.value.is_some() && limit.value >= other.value => {}
        Some(limit) => *limit = other,
        None => {
            limits.insert(name.to_owned(), other);
        }
    }
}

struct Sampler<'a> {
    clock: &'a Clock,
    probe_floor_ns: f64,
    limits: BTreeMap<String, MachineLimit>,
}

/// Samples that are taken at a time.
const SAMPLES: u32 = 100;

/// Accepted samples that are wanted.
const ACCEPTED_WANTED: usize = 60;

/// How many times so many samples are taken where the machine is not quiet.
const PATIENCE: u32 = 10;

/// Bytes of a sample of short streams: some 30 µs from the second level.
const SAMPLE_BYTES: usize = 2 << 20;

impl Sampler<'_> {
    fn fma(&mut self, loops: &Loops) {
        /// Some 20 µs.
        const STEPS: u64 = 10_000;
        let limit = self.sample(loops.flops_a_step * STEPS, ThroughputUnit::FlopsPerSecond, || {
            std::hint::black_box((loops.fma)(STEPS));
        });
        keep_larger(&mut self.limits, PEAK, limit.clone());
        keep_larger(&mut self.limits, &format!("fma_{}", loops.isa), limit);
    }

    fn streams(&mut self, loops: &Loops, level: Level, bytes: usize) -> io::Result<()> {
        let unit = ThroughputUnit::BytesPerSecond;
        let whole = |bytes: usize| bytes / Loops::STEP_BYTES * Loops::STEP_BYTES;
        let mut arena = Arena::new(bytes + 2 * SKEW_BYTES)?;
        let memory = arena.bytes_mut(0);
        if level == Level::Dram {
            let part = whole(PART_BYTES);
            let mut parts = (0..bytes / part).cycle();
            let limit = self.sample(part as u64, unit, || {
                let start = parts.next().unwrap_or(0) * part;
                (loops.read)(&memory[start..start + part]);
            });
            keep_larger(&mut self.limits, "read_dram", limit);
        } else {
            let repeats = (SAMPLE_BYTES / bytes).max(1);
            let limit = self.sample((repeats * whole(bytes)) as u64, unit, || {
                (0..repeats).for_each(|_| (loops.read)(&memory[..whole(bytes)]));
            });
            keep_larger(&mut self.limits, &format!("read_{}", level.name()), limit);
        }

        let third = whole(bytes / 3);
        // No two streams may agree in the low bits of their addresses, as operands never do.
        let (a, rest) = memory.split_at_mut(third + SKEW_BYTES);
        let (b, sum) = rest.split_at_mut(third + SKEW_BYTES);
        let part = if level == Level::Dram { whole(PART_BYTES / 3).min(third) } else { third };
        let repeats = if level == Level::Dram { 1 } else { (SAMPLE_BYTES / (3 * part)).max(1) };
        let name = format!("add_{}", level.name());
        let ways = [Some(loops.add), matches!(level, Level::L3 | Level::Dram).then_some(loops.add_streaming)];
        for add in ways.into_iter().flatten() {
            let mut parts = (0..third / part).cycle();
            let limit = self.sample((repeats * 3 * part) as u64, unit, || {
                let start = parts.next().unwrap_or(0) * part;
                let place = start..start + part;
                for _ in 0..repeats {
                    add(&a[place.clone()], &b[place.clone()], &mut sum[place.clone()]);
                }
            });
            keep_larger(&mut self.limits, &name, limit);
        }
        Ok(())
    }

    /// Samples a loop of so much work.
    fn sample(&self, amount: u64, unit: ThroughputUnit, mut run: impl FnMut()) -> MachineLimit {
        let (mut accepted_ns, mut taken) = (Vec::new(), 0);
        for _ in 0..PATIENCE {
            let samples = controls::sample(self.clock, self.probe_floor_ns, SAMPLES, &mut run);
            taken += samples.taken();
            accepted_ns.extend(samples.accepted_ns);
            if accepted_ns.len() >= ACCEPTED_WANTED {
                break;
            }
        }
        let median_ns = (accepted_ns.len() >= ACCEPTED_NEEDED).then(|| statistics::median(&accepted_ns)).flatten();
        let mut limit = MachineLimit {
            value: median_ns.map(|ns| amount as f64 / ns * 1e9),
            unit,
            samples: taken as u64,
            accepted_share: Some(accepted_ns.len() as f64 / taken as f64),
            unmeasured: BTreeMap::new(),
        };
        let why =
            format!("of {taken} samples {} were undisturbed, and {ACCEPTED_NEEDED} are needed", accepted_ns.len());
        limit.explain_nulls(&BTreeMap::new(), &why);
        limit
    }
}

/// How far each stream starts behind the last one's place in its page, as operands of kernels do.
const SKEW_BYTES: usize = 320;

/// Bytes of a sample from memory: some 40 µs.
const PART_BYTES: usize = 1 << 20;

/// The limit that holds for a kernel at a shape: its name, and how much work of its unit one call does.
///
/// Each call needs time for its multiplications and additions and time for its bytes, from the level that holds its operands;
/// what holds is what needs more. Kernels that write a quarter of their bytes or more are held to what `add` reaches there,
/// others to what is read. A token of text is held to its bytes alone, since each weight of a model is read for it, whatever is
/// calculated with them; so is what calculates with something other than `f32` where its operands come from memory.
///
/// # Errors
///
/// Why none does: it was not measured, or the kernel calculates with something other than `f32` on what is near.
pub fn holding(
    kernel: &Kernel,
    shape: &Shape,
    caches: &Caches,
    limits: &BTreeMap<String, MachineLimit>,
) -> Result<(String, f64), String> {
    let Work { flops, bytes, tokens, .. } = (kernel.work)(shape);
    let is_from_memory = (kernel.bound)(shape, IsaLevel::Avx2) == Bound::Memory && tokens.is_none();
    let is_stream = tokens == Some(1) || (is_from_memory && !kernel.id.ends_with("_f32"));
    if !is_stream && !kernel.id.ends_with("_f32") {
        return Err("the limits are of arithmetic on f32".to_owned());
    }
    let written = (kernel.layout)(shape).output as u64;
    let direction = if 4 * written >= bytes { "add" } else { "read" };
    let stream = format!("{direction}_{}", Level::holding(bytes, caches).name());
    let seconds = |amount: u64, name: &str| {
        let value = limits.get(name).and_then(|limit| limit.value);
        value.map(|a_second| amount as f64 / a_second).ok_or_else(|| format!("{name} was not measured"))
    };
    let of_bytes = seconds(bytes, &stream)?;
    let is_of_bytes = is_stream || seconds(flops, PEAK)? <= of_bytes;
    Ok(if is_of_bytes { (stream, bytes as f64) } else { (PEAK.to_owned(), flops as f64) })
}

/// The name of the largest of the limits of multiplications and additions.
const PEAK: &str = "fma_peak";

#[cfg(test)]
mod tests {
    use kernels::registry;

    use super::*;

    const CACHES: Caches =
        Caches { l1d_bytes: Some(32 << 10), l1i_bytes: None, l2_bytes: Some(1 << 20), l3_bytes: Some(32 << 20) };

    fn limit(value: f64) -> MachineLimit {
        MachineLimit {
            value: Some(value),
            unit: ThroughputUnit::BytesPerSecond,
            samples: 10,
            accepted_share: Some(1.0),
            unmeasured: BTreeMap::new(),
        }
    }

    fn limits() -> BTreeMap<String, MachineLimit> {
        let of_streams = Level::ALL.iter().zip([140e9, 80e9, 67e9, 25e9]).flat_map(|(level, value)| {
            ["read", "add"].map(|direction| (format!("{direction}_{}", level.name()), limit(value)))
        });
        of_streams.chain([("fma_peak".to_owned(), limit(89e9))]).collect()
    }

    #[track_caller]
    fn check(kernel: &str, shape: &str, expected: &str) {
        let kernel = registry::kernel(kernel).unwrap();
        let found = holding(kernel, &shape.parse().unwrap(), &CACHES, &limits());
        assert_eq!(found.map(|(name, _)| name).as_deref(), Ok(expected));
    }

    #[test]
    fn a_product_of_matrices_is_held_to_its_multiplications() {
        check("matmul_f32", "m100n100k100", "fma_peak");
        check("matmul_f32", "m1000n1000k1000", "fma_peak");
    }

    #[test]
    fn a_stream_is_held_to_the_level_that_holds_its_operands() {
        check("dot_f32", "n100", "read_l1");
        check("dot_f32", "n10000", "read_l2");
        check("dot_f32", "n1000000", "read_l3");
        check("dot_f32", "n16000000", "read_dram");
    }

    #[test]
    fn what_writes_as_it_reads_is_held_to_what_does_too() {
        check("add_f32", "n1000", "add_l1");
        check("add_f32", "n1000000", "add_l3");
    }

    #[test]
    fn a_limit_that_was_not_measured_holds_for_nothing() {
        let kernel = registry::kernel("dot_f32").unwrap();
        let reason = holding(kernel, &"n100".parse().unwrap(), &CACHES, &BTreeMap::new()).unwrap_err();
        assert!(reason.contains("not measured"), "{reason}");
    }

    #[test]
    fn a_kernel_on_integers_is_held_to_its_bytes_from_memory_and_never_to_multiplications_of_f32() {
        check("gemv_i2s", "m131072k4096", "read_dram");
        let kernel = registry::kernel("gemm_i2s").unwrap();
        let reason = holding(kernel, &"b64m4096k4096".parse().unwrap(), &CACHES, &limits()).unwrap_err();
        assert!(reason.contains("f32"), "{reason}");
    }

    #[test]
    fn a_token_is_held_to_the_bytes_that_are_read_for_it() {
        check("decode_bitnet", "d512l8_decode32", "read_l3");
        check("decode_bitnet", "d1536l24_decode32", "read_dram");
    }

    #[test]
    fn many_tokens_at_once_are_held_to_nothing_that_is_measured() {
        let kernel = registry::kernel("decode_bitnet").unwrap();
        let reason = holding(kernel, &"d512l8_prefill64".parse().unwrap(), &CACHES, &limits()).unwrap_err();
        assert!(reason.contains("f32"), "{reason}");
    }

    #[test]
    fn of_two_measurements_the_larger_is_the_limit() {
        let mut all = BTreeMap::from([("a".to_owned(), limit(2.0)), ("b".to_owned(), limit(2.0))]);
        let unmeasured = MachineLimit { value: None, ..limit(1.0) };
        merge(&mut all, BTreeMap::from([("a".to_owned(), limit(3.0)), ("b".to_owned(), unmeasured)]));
        assert_eq!((all["a"].value, all["b"].value), (Some(3.0), Some(2.0)));
    }

    #[test]
    fn the_chains_converge_as_their_steps_say() {
        for loops in loops() {
            let (one, many) = ((loops.fma)(1), (loops.fma)(4));
            let expected = if loops.isa == IsaLevel::Neon { (0.25, 1.0) } else { (0.5, 0.9375) };
            assert_eq!((one, many), expected, "{}", loops.isa);
        }
    }

    #[test]
    fn each_loop_adds_all_that_it_is_given_and_no_more() {
        let numbers = |start: u8| -> Vec<f32> { (0..256).map(|i| f32::from(start) + i as f32).collect() };
        let aligned = |values: &[f32]| {
            let mut arena = kernels::operands::Arena::new(1024);
            arena.bytes_mut()[..1024].copy_from_slice(bytemuck::cast_slice(values));
            arena
        };
        for loops in loops() {
            for add in [loops.add, loops.add_streaming] {
                let (mut a, mut b, mut sum) = (aligned(&numbers(0)), aligned(&numbers(9)), aligned(&[0.5; 256]));
                add(&a.bytes_mut()[..512], &b.bytes_mut()[..512], &mut sum.bytes_mut()[..512]);
                let found: &[f32] = bytemuck::cast_slice(&sum.bytes_mut()[..1024]);
                let right: Vec<f32> = (0..256).map(|i| if i < 128 { 9.0 + 2.0 * i as f32 } else { 0.5 }).collect();
                assert_eq!(found, right, "{}", loops.isa);
            }
        }
    }

    #[test]
    fn every_limit_is_measured_and_a_nearer_cache_is_not_slower_by_half() {
        // A floor so high that every sample is quiet.
        let limits = measure(&Clock::start(), 1e12);
        if loops().count() == 0 {
            return;
        }
        let value = |name: &str| limits[name].value.unwrap();
        assert!(value("fma_peak") > 1e9, "{limits:?}");
        assert!(value("read_l1") > value("read_dram") / 2.0, "{limits:?}");
        assert!(value("add_l2") > 1e8 && value("add_dram") > 1e7, "{limits:?}");
    }
}
