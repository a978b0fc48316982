//! Shapes: the extents of a case's operands, `n10000` or `m256n256k256`, and the phases of a workload, `d512l8_decode32`.

use std::{fmt, str::FromStr};

/// Letters, each followed by its extent; then words, each behind a `_` and with a number where it counts something. Sorts by
/// its letters, then by the extents as numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shape {
    extents: Vec<(char, usize)>,
    words: Vec<Word>,
}

/// A word in a shape: `tiny`, `decode32`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Word {
    /// Two lowercase letters at least, so that it is no extent.
    pub name: String,
    /// How many of what it names.
    pub count: Option<usize>,
}

impl Shape {
    /// The shape of these extents, in this order.
    #[must_use]
    pub fn new(extents: &[(char, usize)]) -> Self {
        Self { extents: extents.to_vec(), words: Vec::new() }
    }

    /// Its extents, in order.
    #[must_use]
    pub fn extents(&self) -> &[(char, usize)] {
        &self.extents
    }

    /// Its words, in order.
    #[must_use]
    pub fn words(&self) -> &[Word] {
        &self.words
    }

    /// The extent behind `letter`.
    ///
    /// # Panics
    ///
    /// When the shape has no such letter; a kernel asks only for those in its own [`Extent`]s.
    #[must_use]
    pub fn extent(&self, letter: char) -> usize {
        self.extents.iter().find(|(own, _)| *own == letter).expect("a kernel asks for its own letters").1
    }

    /// Whether it has these extents and no words: the same letters in the same order, each a multiple as asked.
    #[must_use]
    pub fn fits(&self, extents: &[Extent]) -> bool {
        self.words.is_empty()
            && self.extents.len() == extents.len()
            && self
                .extents
                .iter()
                .zip(extents)
                .all(|(&(letter, extent), asked)| letter == asked.letter && extent.is_multiple_of(asked.multiple_of))
    }
}

/// One extent in the shapes that a kernel takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Its letter in the shape.
    pub letter: char,
    /// What it must be a multiple of: 1, or the block of a packed format.
    pub multiple_of: usize,
}

impl Extent {
    /// An extent of any size.
    #[must_use]
    pub const fn any(letter: char) -> Self {
        Self { letter, multiple_of: 1 }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.count.map_or(Ok(()), |count| write!(f, "{count}"))
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.extents.iter().try_for_each(|(letter, extent)| write!(f, "{letter}{extent}"))?;
        self.words.iter().enumerate().try_for_each(|(at, word)| {
            let separator = if at == 0 && self.extents.is_empty() { "" } else { "_" };
            write!(f, "{separator}{word}")
        })
    }
}

impl FromStr for Shape {
    type Err = NotAShape;

    fn from_str(text: &str) -> Result<Self, NotAShape> {
        let fail = || NotAShape { text: text.to_owned() };
        let mut parts = text.split('_').peekable();
        let extents = parts.peek().and_then(|first| extents(first)).unwrap_or_default();
        if !extents.is_empty() {
            parts.next();
        }
        let words = parts.map(word).collect::<Option<Vec<_>>>().ok_or_else(fail)?;
        if extents.is_empty() && words.is_empty() { Err(fail()) } else { Ok(Self { extents, words }) }
    }
}

/// The extents of `n10000`; `None` where the text is none, or names a letter twice.
fn extents(text: &str) -> Option<Vec<(char, usize)>> {
    let mut extents: Vec<(char, usize)> = Vec::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        if !letter.is_ascii_lowercase() || extents.iter().any(|(seen, _)| *seen == letter) {
            return None;
        }
        let digits = &rest[1..];
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        extents.push((letter, digits[..end].parse().ok()?));
        rest = &digits[end..];
    }
    Some(extents)
}

/// The word `decode32`; `None` where the text is none.
fn word(text: &str) -> Option<Word> {
    let end = text.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(text.len());
    let (name, digits) = text.split_at(end);
    if name.len() < 2 || !digits.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let count = if digits.is_empty() { None } else { Some(digits.parse().ok()?) };
    Some(Word { name: name.to_owned(), count })
}

/// A text that is no shape.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no shape; a shape is letters, each followed by its extent, such as n10000 or m256n256k256")]
pub struct NotAShape {
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_prints_as_it_parses() {
        for text in ["n0", "n10000", "m256n256k256", "r100c100", "d512l8_decode32", "d512l8_load", "tiny_prefill8"] {
            assert_eq!(text.parse::<Shape>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_shape_is_refused() {
        let words = ["tiny_", "_tiny", "n1_n2", "tiny__load", "n1_Load", "n1_lo1ad", "n1_load99999999999999999999"];
        let extents = ["", "n", "10", "n1n1", "N1", "n-1", "n99999999999999999999", "ñ1"];
        for text in extents.into_iter().chain(words) {
            assert!(text.parse::<Shape>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_packed_extent_must_be_a_multiple_of_its_block() {
        let packed = [Extent::any('m'), Extent { letter: 'k', multiple_of: 128 }];
        assert!("m3k256".parse::<Shape>().unwrap().fits(&packed));
        assert!(!"m3k200".parse::<Shape>().unwrap().fits(&packed));
        assert!(!"k256m3".parse::<Shape>().unwrap().fits(&packed));
        assert!(!"m3k256_load".parse::<Shape>().unwrap().fits(&packed));
    }
}
