//! Numbers of 16 bits, `f16` of IEEE 754: those of the embedding.

/// The number that these bits are; every one is an `f32` too.
#[must_use]
pub(super) fn to_f32(bits: u16) -> f32 {
    let magnitude = u32::from(bits & 0x7fff);
    // The exponent is 15 off in one and 127 in the other. A power of two makes up for it, which is exact, and makes normal
    // numbers of subnormal ones.
    let exponent_bits = if magnitude >= 0x7c00 { 0x7f80_0000 } else { 0 };
    let scaled = f32::from_bits(magnitude << 13) * f32::from_bits((127 + 112) << 23);
    let magnitude = f32::from_bits(scaled.to_bits() | exponent_bits);
    if bits >> 15 == 0 { magnitude } else { -magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bits: u16, number: f32) {
        assert_eq!(to_f32(bits).to_bits(), number.to_bits(), "{bits:x}");
    }

    #[test]
    fn every_kind_of_number_is_itself() {
        check(0x3c00, 1.0);
        check(0xc000, -2.0);
        check(0x3555, 0.333_251_95);
        check(0x7bff, 65504.0);
        check(0x0400, 6.103_515_6e-5);
        check(0x03ff, 6.097_555e-5);
        check(0x8001, -5.960_464_5e-8);
        check(0x8000, -0.0);
        check(0x7c00, f32::INFINITY);
        assert!(to_f32(0x7e00).is_nan());
    }
}
