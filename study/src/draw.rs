//! Draws from a pool of real launches: for rates too small to be seen directly. Seeded, so that a table comes out the same.

/// A stream of numbers that look random: `SplitMix64`. Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", 2014.
#[derive(Clone, Debug)]
pub struct Draw(u64);

impl Draw {
    /// A stream of its own for each seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `bound`, which is above 0; the bias of the remainder is far below what a study can see.
    #[expect(clippy::cast_possible_truncation, reason = "it is below a usize")]
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }

    /// One of these, which are not empty.
    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// So many of these, each drawn from all of them.
    pub fn some<T: Clone>(&mut self, of: &[T], count: usize) -> Vec<T> {
        (0..count).map(|_| self.one(of).clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_and_every_one_is_drawn() {
        let draws = |seed| {
            let mut draw = Draw::new(seed);
            (0..1000).map(|_| draw.below(7)).collect::<Vec<_>>()
        };
        assert_eq!(draws(1), draws(1));
        assert_ne!(draws(1), draws(2));
        for number in 0..7 {
            let share = draws(3).iter().filter(|&&drawn| drawn == number).count();
            assert!((90..200).contains(&share), "{number}: {share}");
        }
    }
}
