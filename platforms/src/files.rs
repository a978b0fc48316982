//! Files in which an operating system tells of itself, read or, in tests, given.

/// Gives a file's text without white space around it, `None` where it cannot be read.
pub(crate) type Read<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Reads from this machine.
#[cfg(target_os = "linux")]
pub(crate) fn read(path: &str) -> Option<String> {
    let bytes = std::fs::read(path).ok()?;
    Some(String::from_utf8_lossy(&bytes).trim().to_owned())
}

/// Reads from `files`: path and text.
#[cfg(test)]
pub(crate) fn fake(files: &[(String, String)]) -> impl Fn(&str) -> Option<String> {
    |path| files.iter().find(|file| file.0 == path).map(|file| file.1.trim().to_owned())
}
