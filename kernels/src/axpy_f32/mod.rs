//! Sum of a multiple of one `f32` vector and another.
//!
//! `y[i] = alpha * x[i] + z[i]`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `x`, `z` | `[n]` | f32 | contiguous |
//! | `alpha` | `[1]` | f32 | |
//! | `y` | `[n]` | f32 | contiguous |
//!
//! The product is rounded or not, as the ISA has it: AVX2, AVX-512 and NEON fuse it with the sum. Error: at most
//! `2 * (EPSILON * (|alpha * x[i]| + |z[i]|) + 2^-149)`, and anything where `|alpha * x[i]| + |z[i]|` may leave the
//! range of f32. A NaN where one goes in, where infinity meets 0 in the product, or where the product and `z[i]` are
//! opposite infinities; subnormals are numbers like others.
//!
//! Source: `axpy` of the BLAS (Lawson et al., ACM TOMS 5(3), 1979), with an output of its own, so that a call can be
//! repeated; Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 2.2.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;

use crate::{
    agreement::sum_bound,
    elementwise,
    kernel::{Contract, Kernel, Profile, Reference, ShapeRow, ThroughputUnit},
    operands::Operands,
    signature::variant,
};

/// The registry's row.
pub(crate) static KERNEL: Kernel = Kernel {
    id: "axpy_f32",
    summary: "multiple of a vector, plus another",
    contract: Contract::Tolerance,
    bound: |shape, _| elementwise::bound(shape, 2),
    unit: ThroughputUnit::BytesPerSecond,
    extents: elementwise::EXTENTS,
    rows: &[
        ShapeRow { shape: "n100", vector: None, scalar: None },
        ShapeRow { shape: "n1000", vector: None, scalar: None },
        ShapeRow { shape: "n10000", vector: Some(Profile::Nightly), scalar: Some(Profile::Nightly) },
        ShapeRow { shape: "n1000000", vector: None, scalar: None },
    ],
    counted: &["n10000"],
    layout: |shape| elementwise::layout(shape, 2, 1),
    fill: elementwise::fill,
    work: |shape| elementwise::work(shape, 2, 2),
    reference: |_, operands| reference(operands),
    workload: None,
    variants: &[
        variant!(Scalar, map_pair_scaled, |x, z, alpha, y| scalar::axpy),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx2, map_pair_scaled, |x, z, alpha, y| avx2::axpy),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, map_pair_scaled, |x, z, alpha, y| avx512::axpy),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, map_pair_scaled, |x, z, alpha, y| neon::axpy),
    ],
};

fn reference(operands: &Operands<'_>) -> Reference {
    let (x, z) = (operands.input::<f32>(0), operands.input::<f32>(1));
    let alpha = f64::from(operands.input::<f32>(2)[0]);
    let terms = || x.iter().zip(z).map(|(&x, &z)| [alpha * f64::from(x), f64::from(z)]);
    let magnitude = |terms: [f64; 2]| terms.into_iter().filter(|term| term.is_finite()).map(f64::abs).sum();
    Reference::Tolerance {
        values: terms().map(|[product, z]| product + z).collect(),
        bounds: terms().map(|terms| sum_bound(2, magnitude(terms))).collect(),
    }
}
