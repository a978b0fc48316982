//! Shapes: the extents of a case's operands, `n10000` or `m256n256k256`.

use std::{fmt, str::FromStr};

/// Letters, each followed by its extent. Sorts by its letters, then by the extents as numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shape(Vec<(char, usize)>);

impl Shape {
    /// The shape of these extents, in this order.
    #[must_use]
    pub fn new(extents: &[(char, usize)]) -> Self {
        Self(extents.to_vec())
    }

    /// The extent behind `letter`.
    ///
    /// # Panics
    ///
    /// When the shape has no such letter; a kernel asks only for those in its own [`Extent`]s.
    #[must_use]
    pub fn extent(&self, letter: char) -> usize {
        self.0.iter().find(|(own, _)| *own == letter).expect("a kernel asks for its own letters").1
    }

    /// Whether a kernel with these extents takes it: the same letters in the same order, each a multiple as asked.
    #[must_use]
    pub fn fits(&self, extents: &[Extent]) -> bool {
        self.0.len() == extents.len()
            && self
                .0
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

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(letter, extent)| write!(f, "{letter}{extent}"))
    }
}

impl FromStr for Shape {
    type Err = NotAShape;

    fn from_str(text: &str) -> Result<Self, NotAShape> {
        let fail = || NotAShape { text: text.to_owned() };
        let mut extents: Vec<(char, usize)> = Vec::new();
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            if !letter.is_ascii_lowercase() || extents.iter().any(|(seen, _)| *seen == letter) {
                return Err(fail());
            }
            let digits = &rest[1..];
            let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
            extents.push((letter, digits[..end].parse().map_err(|_| fail())?));
            rest = &digits[end..];
        }
        if extents.is_empty() { Err(fail()) } else { Ok(Self(extents)) }
    }
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
        for text in ["n0", "n10000", "m256n256k256", "r100c100"] {
            assert_eq!(text.parse::<Shape>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_shape_is_refused() {
        for text in ["", "n", "10", "n1n2", "N1", "n-1", "n99999999999999999999", "ñ1"] {
            assert!(text.parse::<Shape>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_packed_extent_must_be_a_multiple_of_its_block() {
        let packed = [Extent::any('m'), Extent { letter: 'k', multiple_of: 128 }];
        assert!("m3k256".parse::<Shape>().unwrap().fits(&packed));
        assert!(!"m3k200".parse::<Shape>().unwrap().fits(&packed));
        assert!(!"k256m3".parse::<Shape>().unwrap().fits(&packed));
    }
}
