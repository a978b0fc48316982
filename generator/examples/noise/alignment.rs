//! Where a short loop starts in its cache line: the same bytes of code, copied to each place of an executable page.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    child::{Job, Launch},
    estimators::relative_range,
    gating::Floors,
    placement,
    recording::Series,
    table::{Table, percent},
};

/// What to measure.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// How often to go round all places.
    pub(crate) passes: u32,
    /// How long to stay at one.
    pub(crate) block: Duration,
}

/// A loop's name and its places.
type Places = Vec<(String, Vec<Series>)>;

/// Runs the experiment.
pub(crate) fn run(full: bool) -> anyhow::Result<()> {
    let (launches, passes) = if full { (8, 10) } else { (3, 6) };
    let plan = Plan { passes, block: Duration::from_millis(1) };
    let mut recorded: Vec<Places> = Vec::new();
    for _ in 0..launches {
        recorded.push(Launch::new(Job::Align(plan)).answer()?);
    }
    let title = format!(
        "A loop of the same bytes at 64 starts in its line, {launches} launches: starts apart (the slowest median over the \
         fastest), the share of starts over 3 % slow, one start's launches apart (median); starts at multiples of 16 and \
         32 alone; %"
    );
    let columns = ["loop", "starts apart", "starts over 3 %", "launches apart", "of 16 apart", "of 32 apart"];
    let mut table = Table::new(&title, &columns);
    let loops = recorded.first().map_or(0, Vec::len);
    for index in 0..loops {
        let floors = Floors::of(recorded.iter().flat_map(|places| &places[index].1));
        let by_start = |start: usize| {
            recorded
                .iter()
                .filter_map(|places| placement::median(&places[index].1[start], floors))
                .collect::<Vec<f64>>()
        };
        let starts: Vec<Vec<f64>> = (0..STARTS).map(by_start).collect();
        let medians: Vec<f64> = starts.iter().filter_map(|medians| statistics::median(medians)).collect();
        let fastest = medians.iter().copied().fold(f64::INFINITY, f64::min);
        let slow = medians.iter().filter(|&&median| median > fastest * 1.03).count() as f64 / medians.len() as f64;
        let same: Vec<f64> = starts.iter().filter_map(|medians| relative_range(medians)).collect();
        let every = |step: usize| {
            let medians: Vec<f64> =
                starts.iter().step_by(step).filter_map(|medians| statistics::median(medians)).collect();
            percent(relative_range(&medians))
        };
        table.row(
            &recorded[0][index].0,
            [
                percent(relative_range(&medians)),
                percent(Some(slow)),
                percent(statistics::median(&same)),
                every(16),
                every(32),
            ],
        );
    }
    if loops == 0 {
        table.row("(x86-64 only)", []);
    }
    table.print();
    Ok(())
}

/// Starts in a line.
const STARTS: usize = 64;

/// Measures every loop at every start.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn measure(_plan: &Plan) -> anyhow::Result<Places> {
    Ok(Vec::new())
}

#[cfg(target_arch = "x86_64")]
pub(crate) use code::measure;

#[cfg(target_arch = "x86_64")]
mod code {
    use std::{arch::global_asm, mem, slice};

    use generator::{clock::Clock, environment::accounting};
    use memmap2::MmapOptions;

    use super::{Places, Plan, STARTS};
    use crate::{
        probes::{self, Candidate},
        recording::{Sample, Series, time_ns},
    };

    // Each is a whole function: it takes the elements' address in `rdi`, and rounds in `rsi`.
    global_asm!(
        // A sum of integers, an element a round: three instructions.
        ".globl noise_sum_begin",
        "noise_sum_begin:",
        "xor eax, eax",
        "mov rdx, rdi",
        "lea rcx, [rdi + 8192]",
        "2:",
        "add rax, [rdx]",
        "add rdx, 8",
        "cmp rdx, rcx",
        "jne 2b",
        "mov rdx, rdi",
        "dec rsi",
        "jne 2b",
        "ret",
        ".globl noise_sum_end",
        "noise_sum_end:",
        // Four floats a round, loaded, added and stored.
        ".globl noise_add_begin",
        "noise_add_begin:",
        "3:",
        "xor edx, edx",
        "2:",
        "movups xmm0, [rdi + rdx]",
        "addps xmm0, [rdi + rdx + 4096]",
        "movups [rdi + rdx + 8512], xmm0",
        "add rdx, 16",
        "cmp rdx, 4096",
        "jne 2b",
        "dec rsi",
        "jne 3b",
        "ret",
        ".globl noise_add_end",
        "noise_add_end:",
        // Counts the bytes over 100: eleven instructions, with a branch that is seldom taken.
        ".globl noise_count_begin",
        "noise_count_begin:",
        "xor eax, eax",
        "3:",
        "xor edx, edx",
        "2:",
        "movzx ecx, byte ptr [rdi + rdx]",
        "cmp ecx, 100",
        "jb 4f",
        "inc rax",
        "4:",
        "movzx ecx, byte ptr [rdi + rdx + 1]",
        "cmp ecx, 100",
        "jb 5f",
        "inc rax",
        "5:",
        "add rdx, 2",
        "cmp rdx, 2048",
        "jb 2b",
        "dec rsi",
        "jne 3b",
        "ret",
        ".globl noise_count_end",
        "noise_count_end:",
    );

    unsafe extern "C" {
        static noise_sum_begin: u8;
        static noise_sum_end: u8;
        static noise_add_begin: u8;
        static noise_add_end: u8;
        static noise_count_begin: u8;
        static noise_count_end: u8;
    }

    /// The bytes between two labels.
    fn code(begin: *const u8, end: *const u8) -> &'static [u8] {
        let bytes = end.addr() - begin.addr();
        // SAFETY: both are labels of one piece of code above, the end behind the begin, which is never written.
        unsafe { slice::from_raw_parts(begin, bytes) }
    }

    /// Measures every loop at every start.
    pub(crate) fn measure(plan: &Plan) -> anyhow::Result<Places> {
        let loops: [(&str, &[u8]); 3] = [
            ("integer sum, 4 instructions", code(&raw const noise_sum_begin, &raw const noise_sum_end)),
            ("SSE add, 6 instructions", code(&raw const noise_add_begin, &raw const noise_add_end)),
            ("count with branches, 9 instructions", code(&raw const noise_count_begin, &raw const noise_count_end)),
        ];
        loops.into_iter().map(|(name, code)| Ok((name.to_owned(), of_loop(code, plan)?))).collect()
    }

    fn of_loop(code: &[u8], plan: &Plan) -> anyhow::Result<Vec<Series>> {
        // Lines apart, so that no start shares one with another.
        const EACH: usize = 256;
        let mut page = MmapOptions::new().len(EACH * STARTS).map_anon()?;
        for start in 0..STARTS {
            let at = start * EACH + start;
            page[at..at + code.len()].copy_from_slice(code);
        }
        let page = page.make_exec()?;
        let mut memory = generator::memory::Arena::new(1 << 16)?;
        let elements = memory.bytes_mut(0).as_mut_ptr();
        let clock = Clock::start();
        let mut all: Vec<Series> = (0..STARTS)
            .map(|start| Series { region: 0, offset: start, candidate: Candidate::Integer, samples: Vec::new() })
            .collect();
        for _ in 0..plan.passes {
            for (start, series) in all.iter_mut().enumerate() {
                let at = page[start * EACH + start..].as_ptr();
                // SAFETY: a whole function of this signature was copied there, and the page is executable.
                let function = unsafe { mem::transmute::<*const u8, unsafe extern "C" fn(*mut u8, u64)>(at) };
                // SAFETY: the loops read and write the first 16 KiB of an arena of 64.
                let call = || unsafe { function(elements, ROUNDS) };
                series.samples.extend(block(&clock, plan, call));
            }
        }
        Ok(all)
    }

    /// Some 20 µs of each loop.
    const ROUNDS: u64 = 100;

    fn block(clock: &Clock, plan: &Plan, call: impl Fn()) -> Vec<Sample> {
        let begin_ns = clock.now_ns();
        let mut samples = Vec::new();
        call();
        let mut before = time_ns(clock, probes::integer);
        let mut switches = accounting::switches();
        while u128::from(clock.now_ns() - begin_ns) < plan.block.as_nanos() {
            let call_ns = time_ns(clock, &call);
            let after = time_ns(clock, probes::integer);
            let earlier = mem::replace(&mut switches, accounting::switches());
            samples.push(Sample {
                call_ns,
                integer_ns: before.max(after),
                candidate_ns: 0.0,
                switched: switches != earlier,
            });
            before = after;
        }
        samples
    }
}
