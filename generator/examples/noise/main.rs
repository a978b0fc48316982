//! What the machine does to a measurement, by experiment. `scripts/noise.sh` runs all of it, NOISE.md tells what came out.
//!
//! Each experiment prints a small table. What is timed is timed in processes of its own, pinned, without address space
//! randomisation unless that is the question. Only ratios inside one table mean anything: what is compared is interleaved.

mod alignment;
mod calibration;
mod child;
mod clock_drift;
mod estimators;
mod gating;
mod hog;
mod launches;
mod link_order;
mod memory_probe;
mod placement;
mod probes;
mod recording;
mod regions;
mod table;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Experiments on what disturbs a measurement.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    experiment: Experiment,
    /// More launches, for tighter figures: minutes an experiment.
    #[arg(long, global = true)]
    full: bool,
}

#[derive(Debug, Subcommand)]
enum Experiment {
    /// Which probe tells that cache or memory is disturbed.
    MemoryProbe,
    /// Large operands: one region of memory, or the fastest of several.
    Regions,
    /// What to make of several launches when disturbance only ever slows.
    Estimators,
    /// The probe's floor: how long to listen, and what the tolerance keeps.
    Calibration,
    /// Pages, addresses, stack, environment and address space randomisation.
    Placement,
    /// Where a short loop starts in its cache line.
    Alignment,
    /// The same code in programs that were linked in another order.
    LinkOrder {
        /// The programs, each a build of this one.
        programs: Vec<PathBuf>,
    },
    /// The CPU's clock over time.
    ClockDrift,
    /// Does one job of an experiment.
    #[command(hide = true)]
    Child {
        /// Leave address space randomisation as it is.
        #[arg(long)]
        random: bool,
    },
    /// Does one job of the generator.
    #[command(hide = true)]
    Worker,
}

fn main() -> anyhow::Result<()> {
    let Cli { experiment, full } = Cli::parse();
    if !matches!(experiment, Experiment::Child { .. } | Experiment::Worker) {
        child::stay_aside();
    }
    match experiment {
        Experiment::MemoryProbe => memory_probe::run(full),
        Experiment::Regions => regions::run(full),
        Experiment::Estimators => launches::run(full),
        Experiment::Calibration => calibration::run(full),
        Experiment::Placement => placement::run(full),
        Experiment::Alignment => alignment::run(full),
        Experiment::LinkOrder { programs } => link_order::run(&programs, full),
        Experiment::ClockDrift => clock_drift::run(full),
        Experiment::Child { random } => child::serve(random),
        Experiment::Worker => child::work(),
    }
}
