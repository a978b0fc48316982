//! The worker: the process of one launch. It settles, does its jobs, and answers each.

use std::{
    cell::LazyCell,
    io::{self, BufRead, Write},
};

use generator::{
    clock::{self, Clock},
    environment, probe,
    protocol::{Job, say_in},
};
use kernels::{
    Case,
    kernel::{Kernel, Reference},
    operands::{Arena, Operands},
    registry,
    shape::Shape,
};

use super::{
    NOT_TAKEN,
    contestant::{self, Contestant},
    protocol::{Answer, Order, PROTOCOL, Task, Timed},
    rounds::{self, Enough},
    stage::{self, Memory, Performer, Stage},
};
use crate::limits;

/// Reads jobs and answers them, until there are no more.
///
/// # Errors
///
/// When a job cannot be read, or nobody reads the answers.
pub fn serve(input: &mut impl BufRead, output: &mut impl Write) -> io::Result<()> {
    let mut is_settled = false;
    let mut line = String::new();
    while input.read_line(&mut line)? > 0 {
        match serde_json::from_str::<Job<Task>>(&line) {
            Ok(job) if job.protocol == PROTOCOL => {
                if !is_settled {
                    say(output, Answer::Settled { settings: environment::settle(job.cpu) })?;
                    is_settled = true;
                }
                work(&job.task, output)?;
            }
            Ok(Job { protocol, .. }) => {
                let reason = format!("the job is of protocol {protocol}, this program speaks {PROTOCOL}");
                say(output, Answer::Refused { reason })?;
            }
            Err(error) => say(output, Answer::Refused { reason: format!("the job cannot be read: {error}") })?,
        }
        say(output, Answer::Done)?;
        line.clear();
    }
    Ok(())
}

fn say(output: &mut impl Write, answer: Answer) -> io::Result<()> {
    say_in(PROTOCOL, output, answer)
}

fn work(task: &Task, output: &mut impl Write) -> io::Result<()> {
    let clock = Clock::start();
    let answer = match task {
        Task::Calibrate { duration } => {
            let duration_ns = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
            let calibration = probe::calibrate(&clock, duration_ns);
            Answer::Calibrated { clock_precision_ns: clock::precision_ns(), calibration }
        }
        Task::Limits { probe_floor_ns } => Answer::Limits(limits::measure(&clock, *probe_floor_ns)),
        Task::Compare(order) => match row(order) {
            Ok((kernel, shape, contestants)) => return compare(order, kernel, &shape, &contestants, clock, output),
            Err(reason) => Answer::Refused { reason },
        },
    };
    say(output, answer)
}

/// What an order names.
type Row = (&'static Kernel, Shape, Vec<(Contestant, Option<Case>)>);

fn row(order: &Order) -> Result<Row, String> {
    let kernel = registry::kernel(&order.kernel).ok_or_else(|| format!("there is no kernel {:?}", order.kernel))?;
    let shape: Shape = order.shape.parse().map_err(|error| format!("{error}"))?;
    if !kernel.takes(&shape) {
        return Err(format!("{} takes no shape {shape}", kernel.id));
    }
    let contestant = |name: &String| {
        let contestant = contestant::named(kernel, name).ok_or_else(|| format!("{name} has no {}", kernel.id))?;
        let case = match contestant {
            Contestant::Ours(isa) => Some(Case::new(kernel, isa, shape.clone()).map_err(|error| error.to_string())?),
            Contestant::Library(_) => None,
        };
        Ok((contestant, case))
    };
    let contestants = order.contestants.iter().map(contestant).collect::<Result<Vec<_>, String>>()?;
    if contestants.first().is_none_or(|(_, case)| case.is_none()) {
        return Err("a variant of ours must stand first".to_owned());
    }
    Ok((kernel, shape, contestants))
}

fn compare(
    order: &Order,
    kernel: &'static Kernel,
    shape: &Shape,
    contestants: &[(Contestant, Option<Case>)],
    clock: Clock,
    output: &mut impl Write,
) -> io::Result<()> {
    let refused = |reason: String| Answer::Refused { reason };
    let bytes = contestants.iter().map(|(_, case)| stage::layout(kernel, shape, case.as_ref()).arena_bytes()).max();
    let is_shared = !contestants.iter().any(|(_, case)| case.as_ref().is_some_and(Case::keeps));
    let mut memory = match Memory::new(contestants.len(), bytes.unwrap_or(0), is_shared) {
        Ok(memory) => memory,
        Err(error) => return say(output, refused(format!("memory for the operands: {error}"))),
    };
    let large_pages = memory.is_on_large_pages();
    let cases: Vec<(Contestant, Option<&Case>)> =
        contestants.iter().map(|(contestant, case)| (*contestant, case.as_ref())).collect();
    let places = places(order, kernel, shape, &cases, &mut memory, clock, output)?;
    let mut floor = stage::lay(kernel, shape, &cases, &mut memory, &places, order.seed);
    // Made where an output is not what an earlier launch found, from operands of its own.
    let reference = LazyCell::new(|| reference_of(kernel, shape, order.seed));
    let calls = kernel.workload.map_or(1, |workload| (workload.calls)(shape));
    let begins = |index: usize| order.begins(index);
    let mut performers = floor.ready(|index| say(output, begins(index)))?;
    let mut is_sound = vec![false; performers.len()];
    for (index, performer) in performers.iter_mut().enumerate() {
        let contestant = order.contestants[index].clone();
        let Some(performer) = performer else {
            say(output, Answer::NotTaken { contestant, reason: format!("{NOT_TAKEN}{shape}") })?;
            continue;
        };
        say(output, begins(index))?;
        let checked = performer.check(calls, order.checked.get(&contestant), &|| &*reference);
        is_sound[index] = checked.wrong.is_none();
        say(output, Answer::Checked { contestant, checked })?;
    }
    if !is_sound[0] {
        // Nothing is compared with what is wrong.
        return Ok(());
    }
    let ready = performers.iter_mut().zip(&order.contestants).zip(&is_sound);
    let ready =
        ready.filter_map(|((performer, name), &is_sound)| Some((performer.as_mut().filter(|_| is_sound)?, name)));
    let (performers, names): (Vec<&mut Performer<'_, '_>>, Vec<&String>) = ready.unzip();
    let mut stage = Stage { clock, performers };
    let mut sizes = Vec::new();
    for (contestant, name) in names.iter().enumerate() {
        say(output, Answer::Begins { contestant: (*name).clone() })?;
        sizes.push(rounds::size(&mut stage, contestant, &order.plan));
    }
    say(output, Answer::Ready)?;
    let enough = Enough {
        rounds_needed: order.rounds_needed,
        rounds_wanted: ROUNDS_WANTED,
        seed: order.seed,
        launch: order.launch,
    };
    let found = rounds::rounds(&mut stage, &sizes, &order.plan, &enough);
    let timed = Timed {
        contestants: names.into_iter().cloned().collect(),
        iterations: sizes.iter().map(|size| size.iterations).collect(),
        rounds: found.call_ns,
        tries: found.tries,
        large_pages,
    };
    say(output, Answer::Timed(timed))
}

/// Where in its pages each contestant's operands lie: where it is fastest. Physical pages that get in each other's way only ever
/// slow a call, to which code they do is chance, and slower code is slower in every place: `add_f32` at n1000 took 41, 44, 47
/// or 54 ns with AVX-512 from launch to launch, and with AVX2 the same in all of them.
fn places(
    order: &Order,
    kernel: &'static Kernel,
    shape: &Shape,
    contestants: &[(Contestant, Option<&Case>)],
    memory: &mut Memory,
    clock: Clock,
    output: &mut impl Write,
) -> io::Result<Vec<usize>> {
    let places = memory.places();
    let mut best = vec![(f64::INFINITY, places[0]); contestants.len()];
    if places.len() == 1 {
        return Ok(vec![places[0]; contestants.len()]);
    }
    for place in places {
        let all_there = vec![place; contestants.len()];
        let mut floor = stage::lay(kernel, shape, contestants, memory, &all_there, order.seed);
        let mut performers = floor.ready(|index| say(output, order.begins(index)))?;
        for (index, performer) in performers.iter_mut().enumerate() {
            let Some(performer) = performer else { continue };
            say(output, order.begins(index))?;
            let mut stage = Stage { clock, performers: vec![performer] };
            if let Some(call_ns) = rounds::fastest_ns(&mut stage, 0, &order.plan)
                && call_ns < best[index].0
            {
                best[index] = (call_ns, place);
            }
        }
    }
    Ok(best.into_iter().map(|(_, place)| place).collect())
}

/// Rounds of a launch that are always enough: the median of 60 repeats to a sixth of their spread, below what launches
/// differ by.
const ROUNDS_WANTED: usize = 60;

/// What is right for these operands.
fn reference_of(kernel: &Kernel, shape: &Shape, seed: u64) -> Reference {
    let layout = (kernel.layout)(shape);
    let mut arena = Arena::new(layout.arena_bytes());
    let mut operands = Operands::place(&layout, arena.bytes_mut());
    (kernel.fill)(shape, &mut operands, seed);
    (kernel.reference)(shape, &operands)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, time::Duration};

    use generator::{protocol::Line, sampler::Plan};

    use super::*;

    /// An order of a moment, on a floor so high that every sample is quiet.
    fn order(kernel: &str, shape: &str) -> Order {
        let of_registry = registry::kernel(kernel).unwrap();
        let shape_of: Shape = shape.parse().unwrap();
        let contestants = contestant::contestants(of_registry, &shape_of, platforms::isa::detected());
        Order {
            kernel: kernel.to_owned(),
            shape: shape.to_owned(),
            seed: 42,
            launch: 0,
            plan: Plan {
                clock_precision_ns: 20.0,
                probe_floor_ns: 1e12,
                warm_up: Duration::from_micros(100),
                quiet: Duration::from_millis(1),
                limit: Duration::from_secs(30),
                slowdown: 1.0,
            },
            rounds_needed: 3,
            contestants: contestants.into_iter().map(|(name, _)| name).collect(),
            checked: BTreeMap::new(),
        }
    }

    fn answers(task: &Task) -> Vec<Answer> {
        let mut output = Vec::new();
        work(task, &mut output).unwrap();
        let lines = output.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_slice::<Line<Answer>>(line).unwrap().answer).collect()
    }

    #[test]
    fn everyone_is_checked_before_all_take_turns_in_every_round() {
        let order = order("dot_f32", "n100");
        let answers = answers(&Task::Compare(order.clone()));
        let ready = answers.iter().position(|answer| *answer == Answer::Ready).expect("all were ready");
        let checked = answers[..ready].iter().filter(|answer| matches!(answer, Answer::Checked { .. })).count();
        let Some(Answer::Timed(timed)) = answers.last() else { panic!("{answers:?}") };
        assert_eq!(timed.contestants, order.contestants);
        assert_eq!(checked, order.contestants.len());
        assert!(timed.rounds.len() >= order.rounds_needed, "{timed:?}");
        assert!(timed.rounds.iter().all(|round| round.len() == order.contestants.len()));
    }

    #[test]
    fn ours_agrees_with_the_reference_and_is_within_its_contract() {
        let order = order("add_f32", "n1000");
        for answer in answers(&Task::Compare(order.clone())) {
            if let Answer::Checked { contestant, checked } = answer {
                assert_eq!((checked.wrong, checked.disagreement), (None, None), "{contestant}");
            }
        }
    }

    #[test]
    fn a_kernel_that_is_not_there_is_refused_by_name() {
        let answers = answers(&Task::Compare(Order { kernel: "nosuch".to_owned(), ..order("dot_f32", "n100") }));
        assert!(matches!(&answers[..], [Answer::Refused { reason }] if reason.contains("nosuch")), "{answers:?}");
    }

    #[test]
    fn a_row_without_ours_in_front_is_refused() {
        let answers = answers(&Task::Compare(Order { contestants: Vec::new(), ..order("dot_f32", "n100") }));
        assert!(matches!(&answers[..], [Answer::Refused { .. }]), "{answers:?}");
    }
}
