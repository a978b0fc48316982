//! Address space randomisation: off in a measured process, so that code, stack and operands lie alike in all of them.

use schema::context::Setting;

use super::setting;

/// Starts this process over without randomisation, where it still has it. Returns only where it is off already, or
/// cannot be turned off; [`aslr`] tells which.
#[cfg(target_os = "linux")]
pub(super) fn start_over_without() {
    use std::{os::unix::process::CommandExt, process::Command};

    use nix::sys::personality::{self, Persona};

    let Ok(persona) = personality::get() else { return };
    if persona.contains(Persona::ADDR_NO_RANDOMIZE) {
        return;
    }
    let asked = personality::set(persona | Persona::ADDR_NO_RANDOMIZE);
    if asked.is_ok() && personality::get().is_ok_and(|persona| persona.contains(Persona::ADDR_NO_RANDOMIZE)) {
        let mut command = Command::new("/proc/self/exe");
        command.args(std::env::args_os().skip(1));
        let error = super::variables::refilled(command).exec();
        // It goes on with the addresses it has, which are random, and says so.
        tracing::debug!("starting over without randomisation: {error}");
        let _ = personality::set(persona);
    }
}

/// Other systems randomise as they like.
#[cfg(not(target_os = "linux"))]
pub(super) fn start_over_without() {}

/// Whether randomisation is off.
#[cfg(target_os = "linux")]
pub(super) fn aslr() -> Setting {
    use nix::sys::personality::{self, Persona};
    let off = personality::get().is_ok_and(|persona| persona.contains(Persona::ADDR_NO_RANDOMIZE));
    setting("aslr", "off", (!off).then_some(super::Advice::Randomised))
}

/// Whether randomisation is off; other systems do not tell.
#[cfg(not(target_os = "linux"))]
pub(super) fn aslr() -> Setting {
    setting("aslr", "off", Some(super::Advice::Randomised))
}
