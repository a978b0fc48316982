//! Ranks of numbers, and the shape of a sample as a few averages over its ranks.
//!
//! A number's rank says how many others it exceeds, whatever their unit, their spread or the few of them that are wild. The
//! cosines of the ranks,
//!
//! `c[k](u) = √2 cos(π k u)`, `k = 1 … 8`, `u = (rank − 1/2) / n`,
//!
//! are the components of Neyman's smooth test: of numbers that are alike throughout, each has mean 0 and variance 1 and no two
//! are correlated, whatever the numbers' distribution is. The first sees a shift, the next a change of spread, and the later ones
//! what a shift does to numbers that have several modes, each narrower than the shift. Their squares, summed, are a kernel's
//! two-sample statistic on ranks, whose feature map is finite. Neyman, "'Smooth' test for goodness of fit", 1937; Ledwina,
//! "Data-driven version of Neyman's smooth test of fit", 1994; Arlot, Celisse & Harchaoui, "A kernel multiple change-point
//! algorithm via model selection", 2019.

use std::f64::consts::{PI, SQRT_2};

/// How many cosines. Two modes that a shift takes apart make four clusters, which the fourth and fifth tell apart; with eight,
/// three modes can be told too. [`change_points`](crate::change_points) shows what half and twice as many do.
pub const COMPONENTS: usize = 8;

/// The cosines of one number's rank.
pub type Components = [f64; COMPONENTS];

/// The cosines of each number's rank; equal numbers share the mean over the ranks they hold together, so that the sum over all
/// is 0 and no component's variance exceeds 1, however many are equal.
#[must_use]
pub fn cosines(numbers: &[f64]) -> Vec<Components> {
    let mut order: Vec<(f64, u32)> = numbers.iter().copied().zip(0..).collect();
    order.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    let count = numbers.len() as f64;
    let mut all = vec![[0.0; COMPONENTS]; numbers.len()];
    let mut below = 0_usize;
    let mut before = sines(0.0);
    #[expect(clippy::float_cmp, reason = "ties are numbers that are equal, not near")]
    for tied in order.chunk_by(|one, other| one.0 == other.0) {
        below += tied.len();
        let after = sines(below as f64 / count);
        let scale = SQRT_2 * count / (PI * tied.len() as f64);
        let mean: Components = std::array::from_fn(|k| scale * (after[k] - before[k]) / (k + 1) as f64);
        for &(_, index) in tied {
            all[index as usize] = mean;
        }
        before = after;
    }
    all
}

/// `sin (π k place)`, `k = 1 … 8`.
fn sines(place: f64) -> Components {
    // sin (k + 1) x = 2 cos x sin k x − sin (k − 1) x.
    let (first, cosine) = (PI * place).sin_cos();
    let (mut before, mut now) = (0.0, first);
    std::array::from_fn(|_| {
        let sine = now;
        (before, now) = (now, 2.0 * cosine * now - before);
        sine
    })
}
