//! Inputs: seeded values, the same on every platform, never zero.
//!
//! Only integers and exact conversions: no library function that a platform may round in its own way.

/// A stream of numbers that depends on a seed and on which operand it fills, and on nothing else.
///
/// `SplitMix64`: Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators, OOPSLA 2014, figure 16.
#[derive(Clone, Debug)]
pub struct Stream {
    state: u64,
}

impl Stream {
    /// The stream for operand `index` of a case with this seed.
    #[must_use]
    pub fn new(seed: u64, index: u64) -> Self {
        // The generator's own step spreads both, one after the other, so that neighbours share no part of a stream.
        let of_seed = Self { state: seed }.next();
        Self { state: Self { state: of_seed ^ index }.next() }
    }

    /// The next 64 bits.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// The next number below `end`, each about as often.
    fn below(&mut self, end: u32) -> u32 {
        let upper = self.next() >> 32;
        // The product of two numbers below 2^32, shifted by 32, is below `end`.
        u32::try_from((upper * u64::from(end)) >> 32).expect("a number below `end`")
    }

    /// The next magnitude: uniform in `[2^-2, 2)`, all 24 bits of an `f32` in use, so that sums round.
    fn magnitude(&mut self) -> f32 {
        const FIRST: u32 = 1 << 21;
        const END: u32 = 1 << 24;
        // 24 bits and a power of two: exact on every platform.
        (FIRST + self.below(END - FIRST)) as f32 / (1_u32 << 23) as f32
    }

    /// Fills with either sign times uniform in `[2^-2, 2)`.
    pub fn fill_f32(&mut self, values: &mut [f32]) {
        for value in values {
            let sign = if self.next() >> 63 == 0 { 1.0 } else { -1.0 };
            *value = sign * self.magnitude();
        }
    }

    /// Fills with uniform in `[2^-2, 2)`, as scales are.
    pub fn fill_scales(&mut self, scales: &mut [f32]) {
        scales.fill_with(|| self.magnitude());
    }

    /// Fills with -127 to 127 without 0, each as often: 8-bit activations.
    pub fn fill_activations(&mut self, activations: &mut [i8]) {
        activations.fill_with(|| {
            let magnitude = (1..=i8::MAX).nth(self.below(127) as usize).unwrap_or(i8::MAX);
            if self.next() >> 63 == 0 { magnitude } else { -magnitude }
        });
    }

    /// Fills each byte with four two-bit codes of 0, 1 or 2, each as often: ternary weights plus one. Past the first 4 MiB what
    /// was drawn for them comes again and again, each time one byte further on, since matrices that only memory holds
    /// would take seconds.
    pub fn fill_ternary(&mut self, packed: &mut [u8]) {
        const CODES: [u8; 3] = [0, 1, 2];
        let (drawn, more) = packed.split_at_mut(packed.len().min(DRAWN_TERNARY_BYTES));
        drawn.fill_with(|| (0..4).fold(0, |byte, _| byte << 2 | CODES[self.below(3) as usize]));
        for (turn, again) in more.chunks_mut(DRAWN_TERNARY_BYTES).enumerate() {
            let (first, last) = drawn.split_at((turn + 1) % DRAWN_TERNARY_BYTES);
            let (of_last, of_first) = again.split_at_mut(again.len().min(last.len()));
            of_last.copy_from_slice(&last[..of_last.len()]);
            of_first.copy_from_slice(&first[..of_first.len()]);
        }
    }

    /// Fills each byte with two four-bit codes of 1 to 15, each as often: -7 to 7 plus eight.
    pub fn fill_nibbles(&mut self, packed: &mut [u8]) {
        const CODES: [u8; 15] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
        packed.fill_with(|| (0..2).fold(0, |byte, _| byte << 4 | CODES[self.below(15) as usize]));
    }

    /// The same with other codes, four bytes at a time, for hundreds of megabytes: each of the 81 bytes as often but for 0.1 %.
    pub fn fill_ternary_fast(&mut self, packed: &mut [u8]) {
        const BYTES: [u8; 81] = {
            let mut bytes = [0; 81];
            let mut at: u8 = 0;
            while at < 81 {
                bytes[at as usize] = (at / 27) << 6 | (at / 9 % 3) << 4 | (at / 3 % 3) << 2 | at % 3;
                at += 1;
            }
            bytes
        };
        for four in packed.chunks_mut(4) {
            for (byte, bits) in four.iter_mut().zip(self.sixteens()) {
                *byte = BYTES[(usize::from(bits) * BYTES.len()) >> 16];
            }
        }
    }

    /// Fills each byte with two indexes of pairs of ternary weights, 0 to 8, each as often.
    pub fn fill_pairs(&mut self, packed: &mut [u8]) {
        packed.fill_with(|| self.index_below(9) << 4 | self.index_below(9));
    }

    /// Fills a block with triples of ternary weights, each as often: bytes of two indexes, 0 to 13, one of each half of the
    /// rows, triple by triple; and a byte of signs for each row, its bit 7 for the first triple.
    pub fn fill_triples(&mut self, indexes: &mut [u8], signs: &mut [u8]) {
        signs.fill(0);
        let (low_signs, high_signs) = signs.split_at_mut(signs.len() / 2);
        for (triple, indexes) in indexes.chunks_mut(low_signs.len()).enumerate() {
            for (index, (low, high)) in indexes.iter_mut().zip(low_signs.iter_mut().zip(&mut *high_signs)) {
                let [of_low, of_high] = [self.index_below(27), self.index_below(27)];
                *index = of_low.abs_diff(13) | of_high.abs_diff(13) << 4;
                *low |= u8::from(of_low < 13) << (7 - triple);
                *high |= u8::from(of_high < 13) << (7 - triple);
            }
        }
    }

    /// Fills with numbers below `end`, each about as often.
    pub fn fill_below(&mut self, end: u32, numbers: &mut [u32]) {
        numbers.fill_with(|| self.below(end));
    }

    /// Fills with the bits of f16 of either sign, from `2^-5` to `2^-3`, ten random bits each.
    pub fn fill_small_f16(&mut self, numbers: &mut [u16]) {
        const SMALLEST_EXPONENT: u16 = 15 - 5;
        for four in numbers.chunks_mut(4) {
            for (number, bits) in four.iter_mut().zip(self.sixteens()) {
                // The sign and the fraction as they are, and one of two exponents.
                *number = bits & 0x83ff | (SMALLEST_EXPONENT + (bits >> 10 & 1)) << 10;
            }
        }
    }

    /// Fills with uniform in `[3/4, 5/4)`.
    pub fn fill_about_one(&mut self, weights: &mut [f32]) {
        weights.fill_with(|| (3 * (1 << 21) + self.below(1 << 22)) as f32 / (1_u32 << 23) as f32);
    }

    /// The next 64 bits, in four parts.
    fn sixteens(&mut self) -> [u16; 4] {
        let bits = self.next().to_le_bytes();
        [0, 2, 4, 6].map(|at| u16::from_le_bytes([bits[at], bits[at + 1]]))
    }

    /// The next index below `end`, each about as often.
    fn index_below(&mut self, end: u8) -> u8 {
        u8::try_from(self.below(u32::from(end))).expect("a number below a byte")
    }
}

/// Bytes of ternary weights that are drawn by themselves.
const DRAWN_TERNARY_BYTES: usize = 4 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn<T: Copy + Default>(fill: impl FnOnce(&mut Stream, &mut [T])) -> Vec<T> {
        let mut values = vec![T::default(); 30_000];
        fill(&mut Stream::new(42, 1), &mut values);
        values
    }

    #[test]
    fn the_generator_is_the_published_one() {
        // The first outputs for seed 1234567, as other implementations give them.
        let mut stream = Stream { state: 1_234_567 };
        let first = [stream.next(), stream.next(), stream.next()];
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn operands_of_a_case_differ() {
        assert_ne!(Stream::new(42, 0).next(), Stream::new(42, 1).next());
        assert_ne!(Stream::new(42, 0).next(), Stream::new(43, 0).next());
        assert_ne!(Stream::new(0, 1).next(), Stream::new(1, 0).next());
    }

    #[test]
    fn magnitudes_are_between_a_quarter_and_two() {
        let values = drawn(Stream::fill_f32);
        assert!(values.iter().all(|value| (0.25..2.0).contains(&value.abs())));
    }

    #[test]
    fn both_signs_are_as_frequent() {
        let negative = drawn(Stream::fill_f32).iter().filter(|value| **value < 0.0).count();
        assert!((14_500..15_500).contains(&negative), "{negative} of 30000");
    }

    #[test]
    fn activations_take_every_value_but_zero_and_minus_128() {
        let mut values = drawn(Stream::fill_activations);
        values.sort_unstable();
        values.dedup();
        assert_eq!(values, (-127..=127).filter(|value| *value != 0).collect::<Vec<i8>>());
    }

    #[test]
    fn the_three_codes_are_as_frequent_and_there_is_no_fourth() {
        let mut counts = [0; 4];
        for byte in drawn(Stream::fill_ternary) {
            (0..4).for_each(|position| counts[usize::from(byte >> (2 * position) & 3)] += 1);
        }
        assert_eq!(counts[3], 0);
        assert!(counts[..3].iter().all(|count| (39_000..41_000).contains(count)), "{counts:?}");
    }

    #[test]
    fn the_fifteen_codes_are_as_frequent_and_there_is_no_sixteenth() {
        let mut counts = [0; 16];
        for byte in drawn(Stream::fill_nibbles) {
            for code in [byte & 15, byte >> 4] {
                counts[usize::from(code)] += 1;
            }
        }
        assert_eq!(counts[0], 0);
        assert!(counts[1..].iter().all(|count| (3_700..4_300).contains(count)), "{counts:?}");
    }

    #[test]
    fn the_nine_pairs_are_as_frequent_and_there_is_no_tenth() {
        let mut counts = [0; 16];
        for byte in drawn(Stream::fill_pairs) {
            for index in [byte & 15, byte >> 4] {
                counts[usize::from(index)] += 1;
            }
        }
        assert_eq!(counts[9..], [0; 7]);
        assert!(counts[..9].iter().all(|count| (6_300..7_100).contains(count)), "{counts:?}");
    }

    #[test]
    fn the_twenty_seven_triples_are_as_frequent_and_there_is_no_other() {
        let mut counts = [[0; 16]; 2];
        let mut stream = Stream::new(42, 1);
        for _ in 0..100 {
            let (mut indexes, mut signs) = ([0xff; 8 * 32], [0xff; 64]);
            stream.fill_triples(&mut indexes, &mut signs);
            for (place, byte) in indexes.into_iter().enumerate() {
                let (triple, row) = (place / 32, place % 32);
                for (index, row) in [(byte & 15, row), (byte >> 4, row + 32)] {
                    counts[usize::from(signs[row] >> (7 - triple) & 1)][usize::from(index)] += 1;
                }
            }
        }
        let [positive, negative] = counts;
        assert!(
            positive[..14].iter().chain(&negative[1..14]).all(|count| (1_700..2_100).contains(count)),
            "{counts:?}"
        );
        assert_eq!((&positive[14..], negative[0], &negative[14..]), (&[0; 2][..], 0, &[0; 2][..]));
    }

    #[test]
    fn no_part_of_a_large_matrix_is_the_one_before_it() {
        let mut packed = vec![0; 2 * DRAWN_TERNARY_BYTES + 5];
        Stream::new(42, 0).fill_ternary(&mut packed);
        let (first, more) = packed.split_at(DRAWN_TERNARY_BYTES);
        assert_eq!((&more[..100], more[DRAWN_TERNARY_BYTES - 1]), (&first[1..101], first[0]));
        assert_eq!(more[DRAWN_TERNARY_BYTES..], first[2..7]);
    }
}
