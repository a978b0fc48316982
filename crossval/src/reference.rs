//! The C++ references: what a kernel's output should be, by code that shares nothing with the kernels'.
//!
//! The one module that calls them. A reference is plain loops after the formula in the kernel's contract, and adds in a type
//! wider than the kernel's; the build script makes the table of them from the folder `cpp`.

use std::ffi::c_void;

use kernels::{
    Case,
    kernel::{Contract, Reference},
    operands::Operands,
};

/// The one signature of all references: the shape's extents in the kernel's order, the inputs, and where the output goes.
type Function = unsafe extern "C" fn(extents: *const usize, inputs: *const *const c_void, output: *mut c_void);

// The functions, and `TABLE`: each with its kernel's id.
include!(concat!(env!("OUT_DIR"), "/references.rs"));

/// What a C++ reference says of a case's inputs.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Under an exact contract: the output's bytes.
    Exact(Vec<u8>),
    /// Under a contract of tolerance: each output, computed wider than the kernel computes it.
    Wide(Vec<f64>),
}

/// A kernel without a C++ reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kernel} has no C++ reference; write crossval/cpp/{kernel}.cc")]
pub struct NoReference {
    kernel: &'static str,
}

/// The kernels that have a reference, sorted.
pub fn kernels() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|&(kernel, _)| kernel)
}

/// Whether the kernel has a reference.
#[must_use]
pub fn is_there(kernel: &str) -> bool {
    function(kernel).is_some()
}

fn function(kernel: &str) -> Option<Function> {
    TABLE.iter().find(|(of, _)| *of == kernel).map(|&(_, function)| function)
}

/// What the C++ reference of the case's kernel makes of these inputs.
///
/// # Errors
///
/// When the kernel has no reference.
///
/// # Panics
///
/// When the operands are another case's: their sizes are not those of this one's layout.
pub fn values(case: &Case, operands: &Operands<'_>) -> Result<Values, NoReference> {
    let kernel = case.kernel();
    let function = function(kernel.id).ok_or(NoReference { kernel: kernel.id })?;
    let layout = (kernel.layout)(case.shape());
    let extents: Vec<usize> = kernel.extents.iter().map(|extent| case.shape().extent(extent.letter)).collect();
    assert!(operands.input_bytes().map(<[u8]>::len).eq(layout.inputs), "the operands are those of {case}");
    let inputs: Vec<*const c_void> = operands.input_bytes().map(|input| input.as_ptr().cast()).collect();
    assert!(inputs.iter().all(|input| input.align_offset(align_of::<f32>()) == 0), "operands start on whole `f32`s");
    let outputs = layout.output.div_ceil(size_of::<f32>());
    Ok(match kernel.contract {
        Contract::Exact => {
            // Ones are NaNs, and no index: what is not written shows.
            let mut bits = vec![u32::MAX; outputs];
            // SAFETY: a reference reads as many extents as its kernel has and each input within the layout of that shape, both
            // checked above, and writes under an exact contract the layout's output, which `bits` has room for.
            unsafe { function(extents.as_ptr(), inputs.as_ptr(), bits.as_mut_ptr().cast()) };
            Values::Exact(bits.iter().flat_map(|bits| bits.to_ne_bytes()).take(layout.output).collect())
        }
        Contract::Tolerance => {
            let mut values = vec![f64::NAN; outputs];
            // SAFETY: as above; under a contract of tolerance it writes a double for each output, which `values` has room for.
            unsafe { function(extents.as_ptr(), inputs.as_ptr(), values.as_mut_ptr().cast()) };
            Values::Wide(values.into_iter().map(in_range).collect())
        }
    })
}

/// A double beyond the range of `f32` stands for the infinity that rounding makes of it, as in an output of `f32`. (Where a
/// contract leaves it open whether a sum overflows, its bound is infinite.)
#[expect(clippy::cast_possible_truncation, reason = "only whether it is infinite matters")]
fn in_range(value: f64) -> f64 {
    let rounded = value as f32;
    if rounded.is_infinite() { f64::from(rounded) } else { value }
}

impl Values {
    /// The right output, by the C++ reference alone where the contract is exact; under a tolerance with the bounds that the
    /// kernel's contract states for these inputs, `of_kernel`.
    ///
    /// # Panics
    ///
    /// When the kernel's own reference follows another contract than the kernel.
    #[must_use]
    pub fn with_bounds(self, of_kernel: &Reference) -> Reference {
        match (self, of_kernel) {
            (Self::Exact(bytes), &Reference::Exact { floats, .. }) => Reference::Exact { bytes, floats },
            (Self::Wide(values), Reference::Tolerance { bounds, .. }) => {
                Reference::Tolerance { values, bounds: bounds.clone() }
            }
            (Self::Wide(values), Reference::Logits { bounds, vocabulary, .. }) => {
                Reference::Logits { values, bounds: bounds.clone(), vocabulary: *vocabulary }
            }
            _ => unreachable!("a test holds each kernel's reference to its contract"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_f32_holds_is_the_infinity_that_it_rounds_to() {
        let largest = f64::from(f32::MAX);
        let values = [1e39, -1e39, largest * (1.0 + 1e-9), 1e-300].map(in_range);
        // Within half a step of the largest number, rounding goes back to it.
        let expected = [f64::INFINITY, f64::NEG_INFINITY, largest * (1.0 + 1e-9), 1e-300];
        assert_eq!(values.map(f64::to_bits), expected.map(f64::to_bits));
    }
}
