//! The floating-point mode: to nearest, subnormal numbers kept, nothing trapped, as Rust expects it and the kernels'
//! error bounds assume. A mode that was left behind by whoever started the process would change both results and speed.

use std::arch::asm;

use schema::context::Setting;

use super::{Advice, setting};

/// The register that holds the mode, and what this file speaks of where it differs.
#[cfg(target_arch = "x86_64")]
const REGISTER: &str = "MXCSR";
#[cfg(target_arch = "aarch64")]
const REGISTER: &str = "FPCR";

/// The default mode. On x86-64 all six exceptions are masked, rounding is to nearest, FTZ and DAZ are off.
#[cfg(target_arch = "x86_64")]
const DEFAULT: u64 = 0x1f80;
/// The default mode. On ARM rounding is to nearest, FZ, DN and AH are off, no exception traps.
#[cfg(target_arch = "aarch64")]
const DEFAULT: u64 = 0;

/// What of the register is mode. The lowest six bits of MXCSR say what happened, not what shall.
#[cfg(target_arch = "x86_64")]
const MODE: u64 = 0xffc0;
#[cfg(target_arch = "aarch64")]
const MODE: u64 = u64::MAX;

/// Sets the default mode where another one is, and tells whether it holds.
pub(super) fn default_mode() -> Setting {
    if !is_default(read()) {
        write_default();
    }
    let found = read();
    let requested = format!("{REGISTER} {DEFAULT:#x}: to nearest, subnormals kept");
    setting("floating_point", requested, (!is_default(found)).then_some(Advice::FloatingPoint { found }))
}

const fn is_default(register: u64) -> bool {
    register & MODE == DEFAULT & MODE
}

#[cfg(target_arch = "x86_64")]
fn read() -> u64 {
    let mut register = 0_u32;
    // SAFETY: it writes the four bytes of `register`, and nothing else.
    unsafe { asm!("stmxcsr [{}]", in(reg) &raw mut register, options(nostack, preserves_flags)) };
    u64::from(register)
}

#[cfg(target_arch = "x86_64")]
fn write_default() {
    let register: u32 = 0x1f80;
    // SAFETY: it reads the four bytes of `register`, and sets the mode that compiled code relies on.
    unsafe { asm!("ldmxcsr [{}]", in(reg) &raw const register, options(nostack, preserves_flags)) };
}

#[cfg(target_arch = "aarch64")]
fn read() -> u64 {
    let register: u64;
    // SAFETY: it reads a register that every program may read, and no memory.
    unsafe { asm!("mrs {}, fpcr", out(reg) register, options(nomem, nostack, preserves_flags)) };
    register
}

#[cfg(target_arch = "aarch64")]
fn write_default() {
    // SAFETY: it sets the mode that compiled code relies on, and touches no memory.
    unsafe { asm!("msr fpcr, {}", in(reg) DEFAULT, options(nostack, preserves_flags)) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mode_of_a_rust_program_holds() {
        let setting = default_mode();
        assert!(setting.held, "{setting:?}");
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn what_happened_is_no_mode_and_flushing_is() {
        assert!(is_default(0x1f80 | 0x3f), "flags of past operations");
        assert!(!is_default(0x1f80 | 1 << 15), "flush to zero");
        assert!(!is_default(0x1f80 | 1 << 6), "denormals are zero");
        assert!(!is_default(0x1f80 | 0b11 << 13), "rounding toward zero");
        assert!(!is_default(0x1f80 & !(1 << 7)), "a trap on invalid operations");
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn another_mode_is_set_right() {
        let flushing: u32 = 0x1f80 | 1 << 15;
        // SAFETY: it reads the four bytes of `flushing`; until the next line nothing computes with floats.
        unsafe { asm!("ldmxcsr [{}]", in(reg) &raw const flushing, options(nostack, preserves_flags)) };
        let found = read();
        let setting = default_mode();
        assert!(!is_default(found), "{found:#x}");
        assert!(setting.held && is_default(read()), "{setting:?}");
    }

    #[cfg(target_arch = "aarch64")]
    #[test]
    fn flushing_is_another_mode() {
        assert!(is_default(0) && !is_default(1 << 24) && !is_default(0b11 << 22));
    }
}
