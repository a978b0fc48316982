//! The registry: one row a kernel.

use crate::{dot_f32, kernel::Kernel};

/// Every kernel, in the order in which lists and reports show them.
pub static KERNELS: &[&Kernel] = &[&dot_f32::KERNEL];

/// The kernel of that id.
#[must_use]
pub fn kernel(id: &str) -> Option<&'static Kernel> {
    KERNELS.iter().copied().find(|kernel| kernel.id == id)
}
