//! Signatures: how a typed function becomes a batch over type-erased operands, once a shape of function.

use crate::{batch::Batch, operands::Operands};

/// `f(a, b)` of two vectors, into one number.
pub(crate) fn reduce_pair(operands: &mut Operands<'_>, batch: Batch, f: impl Fn(&[f32], &[f32]) -> f32) {
    let (inputs, output, _) = operands.split::<f32>();
    let (a, b) = (inputs.get::<f32>(0), inputs.get::<f32>(1));
    batch.repeat(|offset| {
        output[0] = f(&a[offset..], &b[offset..]);
        output[0].to_bits()
    });
}

/// A row of a kernel's variants: its ISA level, and its function behind one of the signatures.
///
/// The function is a safe `#[target_feature]` one; the one unsafe call of each variant stands here.
macro_rules! variant {
    ($isa:ident, $signature:ident, |$($argument:ident),+| $function:path) => {
        $crate::kernel::Variant {
            isa: platforms::IsaLevel::$isa,
            scratch_bytes: |_| 0,
            run: |_, operands, batch| {
                $crate::signature::$signature(operands, batch, |$($argument),+| {
                    // SAFETY: `Case::new` made sure that this CPU has the level, and only a `Case` runs a variant.
                    #[allow(unused_unsafe, reason = "`scalar` needs no feature")]
                    unsafe { $function($($argument),+) }
                });
            },
        }
    };
}
pub(crate) use variant;
