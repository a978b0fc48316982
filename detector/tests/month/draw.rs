//! Draws: seeded, so that a month comes out the same each time.

/// A stream of numbers that look random: `SplitMix64`. Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", 2014.
pub(crate) struct Draw(u64);

impl Draw {
    /// A stream of its own for each purpose, so that what is put into one night moves nothing in another.
    pub(crate) fn new(purpose: &[u64]) -> Self {
        let mut draw = Self(0);
        for &word in purpose {
            draw.0 ^= word;
            draw.0 = draw.next();
        }
        draw
    }

    /// One of these, which are not empty.
    pub(crate) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let at = self.next() % of.len() as u64;
        &of[usize::try_from(at).expect("it is below a length")]
    }

    /// As many of these as there are, each drawn from all of them.
    pub(crate) fn again<T: Clone>(&mut self, of: &[T]) -> Vec<T> {
        (0..of.len()).map(|_| self.one(of).clone()).collect()
    }

    /// So many different ones of these.
    pub(crate) fn some<'a, T>(&mut self, of: &'a [T], count: usize) -> Vec<&'a T> {
        let mut left: Vec<&T> = of.iter().collect();
        (0..count)
            .map(|_| {
                let at = self.next() % left.len() as u64;
                left.swap_remove(usize::try_from(at).expect("it is below a length"))
            })
            .collect()
    }

    /// So many hexadecimal digits.
    pub(crate) fn hex(&mut self, digits: usize) -> String {
        let digit = |_| char::from(*self.one(b"0123456789abcdef"));
        (0..digits).map(digit).collect()
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[test]
fn the_same_purpose_draws_the_same_and_another_something_else() {
    let draws = |purpose: &[u64]| Draw::new(purpose).hex(64);
    assert_eq!(draws(&[1, 2]), draws(&[1, 2]));
    assert!(draws(&[1, 2]) != draws(&[2, 1]) && draws(&[1, 2]) != draws(&[1, 3]));
}

#[test]
fn different_ones_are_all_different() {
    let mut drawn: Vec<u64> = Draw::new(&[7]).some(&[1, 2, 3, 4, 5], 4).into_iter().copied().collect();
    drawn.sort_unstable();
    drawn.dedup();
    assert_eq!(drawn.len(), 4);
}
