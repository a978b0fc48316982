//! The file that each call of a case begins with, such as a model that is loaded: written once, read from the disk each time.

use std::{
    env,
    fs::File,
    io::{self, Read, Seek, Write},
    path::PathBuf,
};

use kernels::{Bench, kernel::FileFormat};

/// A file without a name, which ends with this process, and room for its bytes.
pub(super) struct InputFile {
    format: FileFormat,
    file: File,
    bytes: Vec<u8>,
}

impl InputFile {
    /// Writes the inputs to a file on a disk.
    ///
    /// # Errors
    ///
    /// When there is no folder on a disk to write to, or no room.
    pub(super) fn write(bench: &Bench<'_>, format: FileFormat) -> Result<Self, String> {
        let bytes = bench.write(format);
        let mut reasons = Vec::new();
        for folder in folders() {
            match write(&folder, &bytes) {
                Ok(file) => return Ok(Self { format, file, bytes }),
                Err(error) => reasons.push(format!("{}: {error}", folder.display())),
            }
        }
        let reasons = reasons.join("; ");
        Err(format!("no room on a disk for a file of {} bytes to load from; make some: {reasons}", bytes.len()))
    }

    /// Lets go of what the operating system remembers of the file, so that it is read from the disk; where the system cannot
    /// be asked to, from memory.
    pub(super) fn forget(&self) {
        #[cfg(target_os = "linux")]
        if let Err(error) =
            nix::fcntl::posix_fadvise(&self.file, 0, 0, nix::fcntl::PosixFadviseAdvice::POSIX_FADV_DONTNEED)
        {
            tracing::debug!("the file stays in memory: {error}");
        }
    }

    /// Reads the file, and the inputs from its bytes.
    ///
    /// # Errors
    ///
    /// When the disk does not give it back.
    pub(super) fn load(&mut self, bench: &mut Bench<'_>) -> Result<(), String> {
        let read = self.file.rewind().and_then(|()| self.file.read_exact(&mut self.bytes));
        read.map_err(|error| format!("reading back the file to load from: {error}"))?;
        bench.read(self.format, &self.bytes)
    }
}

/// Where to write: the folder for what shall outlast a restart first, since others may lie in memory.
fn folders() -> Vec<PathBuf> {
    vec![PathBuf::from("/var/tmp"), env::temp_dir()]
}

fn write(folder: &std::path::Path, bytes: &[u8]) -> io::Result<File> {
    #[cfg(target_os = "linux")]
    if nix::sys::statfs::statfs(folder)?.filesystem_type() == nix::sys::statfs::TMPFS_MAGIC {
        return Err(io::Error::other("it lies in memory, and loading would be no reading from a disk"));
    }
    let mut file = tempfile::tempfile_in(folder)?;
    file.write_all(bytes)?;
    // What is not on the disk yet cannot be let go of.
    file.sync_all()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use kernels::{Case, operands::Arena};

    use super::*;

    const LOAD: &str = "decode_bitnet/scalar/tiny_load";

    #[test]
    fn what_is_loaded_is_what_was_written() {
        let case: Case = LOAD.parse().expect("a case");
        let mut arena = Arena::new(case.layout().arena_bytes());
        let mut bench = case.bind(arena.bytes_mut(), 42);
        let inputs = |bench: &Bench<'_>| bench.operands().input_bytes().collect::<Vec<_>>().concat();
        let before = inputs(&bench);
        let mut file = InputFile::write(&bench, case.file().expect("it loads")).expect("there is a disk");
        for input in 1..bench.operands().input_bytes().count() {
            bench.operands_mut().input_mut::<u8>(input).fill(0);
        }
        assert_ne!(inputs(&bench), before);
        file.forget();
        file.load(&mut bench).expect("it is there");
        assert_eq!(inputs(&bench), before);
    }

    #[test]
    fn a_file_that_got_shorter_is_told() {
        let case: Case = LOAD.parse().expect("a case");
        let mut arena = Arena::new(case.layout().arena_bytes());
        let mut bench = case.bind(arena.bytes_mut(), 42);
        let mut file = InputFile::write(&bench, case.file().expect("it loads")).expect("there is a disk");
        file.file.set_len(100).expect("it is ours");
        let error = file.load(&mut bench).expect_err("it is too short");
        assert!(error.starts_with("reading back the file to load from: "), "{error}");
    }
}
