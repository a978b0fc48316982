//! The deterministic settings of a measured process: what is asked for, what held, and what to do where it did not.

pub mod accounting;
mod advice;
mod aslr;
mod floating_point;
pub mod frequency;
mod huge_pages;
#[cfg(target_os = "linux")]
mod limit;
mod memory_lock;
mod pin;
mod priority;
pub mod runner;
mod threads;
mod variables;

pub use advice::{Advice, NotHeld};
pub use pin::{choose_cpu, stay_off};
pub use variables::{clean_command, of_platform};

use schema::context::Setting;

/// Makes this process one that can be measured. It may start over, so this comes before anything is read.
pub fn prepare() {
    die_with_parent();
    // An emulator would have to start over, too; its addresses are nobody's.
    if !is_simulated() && !runner::has_runner() {
        aslr::start_over_without();
    }
}

/// Set for a worker that runs under a simulator which counts its instructions.
pub const SIMULATED: &str = "TIDEGAUGE_SIMULATED";

/// Whether a simulator runs this process. It times nothing then.
#[must_use]
pub fn is_simulated() -> bool {
    std::env::var_os(SIMULATED).is_some()
}

/// Applies every setting to this process and tells which held. `cpu` is where to stay.
#[must_use]
pub fn settle(cpu: Option<usize>) -> Vec<Setting> {
    [
        pin::pin(cpu),
        priority::priority(),
        aslr::aslr(),
        memory_lock::lock(),
        huge_pages::transparent(),
        floating_point::default_mode(),
        threads::one(),
        frequency::governor(cpu),
        frequency::turbo(),
    ]
    .into_iter()
    .chain(variables::fixed_size())
    .collect()
}

/// Whether the operands of every launch lay on large pages, which only the launches can tell.
#[must_use]
pub fn large_pages(launches: impl IntoIterator<Item = Option<bool>>) -> Setting {
    let (mut all, mut on_large) = (0, 0);
    for launch in launches {
        all += 1;
        on_large += usize::from(launch == Some(true));
    }
    setting("large_pages", "operands", (on_large < all).then_some(Advice::SmallPages { launches: all - on_large, all }))
}

/// A setting that was asked for, and the advice where it did not hold.
fn setting(name: &str, requested: impl Into<String>, missed: Option<Advice>) -> Setting {
    Setting {
        name: name.to_owned(),
        requested: requested.into(),
        held: missed.is_none(),
        remedy: missed.map(|advice| advice.to_string()),
    }
}

/// A worker whose generator was killed must not go on using a core.
#[cfg(target_os = "linux")]
fn die_with_parent() {
    if let Err(error) = nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL) {
        tracing::debug!("this worker may outlive its generator by its time limit: {error}");
    }
}

/// Elsewhere a worker ends with its task, which has a time limit.
#[cfg(not(target_os = "linux"))]
fn die_with_parent() {}
