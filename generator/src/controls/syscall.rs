//! A call of the operating system that does next to nothing.

/// Calls in a sample.
pub(super) const CALLS: u64 = 100;

/// Asks for the parent's process id so often: the C library keeps none, so each time the kernel answers.
pub(super) fn call() {
    for _ in 0..CALLS {
        std::hint::black_box(nix::unistd::getppid());
    }
}
