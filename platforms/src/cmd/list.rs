//! `platforms list`: the platforms of `platforms.toml`.

use anyhow::Result;
use clap::{Args, ValueEnum};
use platforms::{IsaLevel, Platform, PlatformKey, platform, table::Table};

use crate::output::Output;

/// The platforms: key, target, runner, builder, how tests run, and what every measured process finds set.
///
/// They come from platforms/platforms.toml, which is part of the program: to add one, add it there and build anew.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Only these platforms; may be given several times, or with commas
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    platform: Vec<PlatformKey>,
    /// A table for people, or every field as JSON
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    #[command(flatten)]
    output: Output,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Human,
    Json,
}

/// Prints the list.
///
/// # Errors
///
/// When the output cannot be written.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let platforms: Vec<&Platform> = platform::selected(&arguments.platform).collect();
    let text = match arguments.format {
        Format::Human => human(&platforms),
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&platforms)?),
    };
    arguments.output.write(&text)
}

fn human(platforms: &[&Platform]) -> String {
    let mut table = Table::new(["platform", "target", "runner", "builder", "runs", "never has", "environment"]);
    for platform in platforms {
        let Platform { key, target, runner, builder, runs, unavailable, environment } = platform;
        let unavailable: Vec<&str> = unavailable.iter().copied().map(IsaLevel::name).collect();
        let environment: Vec<String> = environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let (unavailable, environment) = (unavailable.join(" "), environment.join(" "));
        table.push([key, target, runner, builder.name(), runs.name(), &unavailable, &environment]);
    }
    table.to_string()
}
