//! Checksums: SHA-256 in hexadecimal, of programs, operands and outputs.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// The SHA-256 of these bytes, one part after the other: 64 hexadecimal digits.
#[must_use]
pub fn sha256<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    parts.into_iter().for_each(|part| hash.update(part));
    hash.finalize().iter().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// The first 16 digits of [`sha256`]: enough to notice a difference, short enough to read.
#[must_use]
pub fn short<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut digits = sha256(parts);
    digits.truncate(16);
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_one() {
        // FIPS 180-2, appendix B.1.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256([b"abc".as_slice()]), abc);
        assert_eq!(sha256([b"a".as_slice(), b"bc"]), abc);
        assert_eq!(short([b"abc".as_slice()]), abc[..16]);
    }
}
