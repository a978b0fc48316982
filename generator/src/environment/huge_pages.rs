//! Transparent huge pages: whether the system gives large pages to who asks for them, as operands do.
//!
//! Whether they got some is another setting, `large_pages`, which only the launches can tell.

use schema::context::Setting;

use super::{Advice, setting};

/// Whether they are given to who asks.
pub(super) fn transparent() -> Setting {
    setting("transparent_huge_pages", "madvise", missed(mode().as_deref()))
}

#[cfg(target_os = "linux")]
fn mode() -> Option<String> {
    let modes = std::fs::read_to_string("/sys/kernel/mm/transparent_hugepage/enabled").ok()?;
    chosen(&modes).map(str::to_owned)
}

/// Other systems have none.
#[cfg(not(target_os = "linux"))]
fn mode() -> Option<String> {
    None
}

/// The mode in force, which stands in brackets among all that there are.
#[cfg(any(target_os = "linux", test))]
fn chosen(modes: &str) -> Option<&str> {
    modes.split_ascii_whitespace().find_map(|mode| mode.strip_prefix('[')?.strip_suffix(']'))
}

/// `always` is as good: operands ask either way.
fn missed(mode: Option<&str>) -> Option<Advice> {
    match mode {
        Some("madvise" | "always") => None,
        Some(mode) => Some(Advice::HugePages { mode: mode.to_owned() }),
        None => Some(Advice::HugePagesUnknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mode_in_brackets_is_in_force() {
        assert_eq!(chosen("always [madvise] never\n"), Some("madvise"));
        assert_eq!(chosen("always madvise [never]\n"), Some("never"));
        assert_eq!(chosen("nonsense"), None);
    }

    #[test]
    fn operands_get_large_pages_where_they_are_given_to_who_asks() {
        assert_eq!(missed(Some("madvise")), None);
        assert_eq!(missed(Some("always")), None);
        assert_eq!(missed(Some("never")), Some(Advice::HugePages { mode: "never".to_owned() }));
        assert_eq!(missed(None), Some(Advice::HugePagesUnknown));
    }
}
