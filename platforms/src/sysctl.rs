//! The values that macOS tells by `sysctl`.

use std::collections::BTreeMap;

/// Names and values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sysctl(BTreeMap<String, String>);

impl Sysctl {
    /// From lines of `name: value`, as the program prints them.
    pub(crate) fn parse(text: &str) -> Self {
        let pairs = text.lines().filter_map(|line| line.split_once(": "));
        Self(pairs.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect())
    }

    /// The value of `name`, `None` where this system does not have it.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value of `name` as a number.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.parse().ok()
    }
}

/// This machine's. The program is started once a process, and gives all of them together; an unknown name it
/// reports beside the others.
#[cfg(target_os = "macos")]
pub(crate) fn this() -> &'static Sysctl {
    use std::{
        process::{Command, Stdio},
        sync::OnceLock,
    };

    const NAMES: [&str; 13] = [
        "hw.cpufamily",
        "hw.l1dcachesize",
        "hw.l1icachesize",
        "hw.l2cachesize",
        "hw.l3cachesize",
        "hw.optional.arm64",
        "hw.perflevel0.l1dcachesize",
        "hw.perflevel0.l1icachesize",
        "hw.perflevel0.l2cachesize",
        "hw.perflevel0.l3cachesize",
        "kern.hv_vmm_present",
        "machdep.cpu.brand_string",
        "sysctl.proc_translated",
    ];
    static VALUES: OnceLock<Sysctl> = OnceLock::new();
    VALUES.get_or_init(|| {
        // By its full path: a measured process has a bare environment.
        let output = Command::new("/usr/sbin/sysctl").args(NAMES).stdin(Stdio::null()).stderr(Stdio::null()).output();
        output.map(|output| Sysctl::parse(&String::from_utf8_lossy(&output.stdout))).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_may_hold_a_colon() {
        assert_eq!(Sysctl::parse("kern.version: Darwin: 24\n").get("kern.version"), Some("Darwin: 24"));
    }

    #[test]
    fn a_number_is_a_number() {
        assert_eq!(Sysctl::parse("hw.l2cachesize: 4194304\n").number("hw.l2cachesize"), Some(4_194_304));
    }

    #[test]
    fn an_absent_name_is_none() {
        assert_eq!(Sysctl::parse("hw.ncpu: 8\n").get("hw.l3cachesize"), None);
    }
}
