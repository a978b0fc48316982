//! One thread: what runs beside the measured code in its own process would share its core and its caches.
//!
//! The variables that make libraries start no others stand in `platforms.toml`.

use schema::context::Setting;

use super::{Advice, setting};

/// Whether this process has one thread.
pub(super) fn one() -> Setting {
    setting("threads", "1", missed(count()))
}

fn missed(count: Option<usize>) -> Option<Advice> {
    match count {
        Some(1) => None,
        Some(count) => Some(Advice::Threads { count }),
        None => Some(Advice::ThreadsUnknown),
    }
}

#[cfg(target_os = "linux")]
fn count() -> Option<usize> {
    count_of(&std::fs::read_to_string("/proc/self/status").ok()?)
}

/// Other systems tell nobody without further rights.
#[cfg(not(target_os = "linux"))]
fn count() -> Option<usize> {
    None
}

/// The threads in a `/proc/self/status`.
#[cfg(any(target_os = "linux", test))]
fn count_of(status: &str) -> Option<usize> {
    status.lines().find_map(|line| line.strip_prefix("Threads:"))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_counted_in_the_status() {
        assert_eq!(count_of("Name:\tx\nThreads:\t3\nSigQ:\t0/1\n"), Some(3));
        assert_eq!(count_of("Name:\tx\n"), None);
    }

    #[test]
    fn one_thread_is_what_was_asked_for() {
        assert_eq!(missed(Some(1)), None);
        assert_eq!(missed(Some(2)), Some(Advice::Threads { count: 2 }));
        assert_eq!(missed(None), Some(Advice::ThreadsUnknown));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn another_thread_is_seen() {
        let before = count().unwrap();
        let (sender, receiver) = std::sync::mpsc::channel::<()>();
        let other = std::thread::spawn(move || receiver.recv().is_err());
        // Tests run side by side, and theirs may come as well.
        assert!(before >= 1 && count().unwrap() >= 2);
        drop(sender);
        assert!(other.join().unwrap());
    }
}
