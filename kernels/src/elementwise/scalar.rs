//! The loop of the scalar variants.

/// `y[i] = op(inputs[i])`. The compiler vectorises it as far as the ABI floor goes.
#[inline]
pub(crate) fn map<const N: usize>(inputs: [&[f32]; N], y: &mut [f32], op: impl Fn([f32; N]) -> f32) {
    let inputs = inputs.map(|input| &input[..y.len()]);
    for (i, y) in y.iter_mut().enumerate() {
        *y = op(inputs.map(|input| input[i]));
    }
}
