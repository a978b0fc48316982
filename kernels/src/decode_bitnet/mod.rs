//! A decoder in the manner of `BitNet` b1.58: ternary linear layers, 8-bit activations, and a head of f16.

pub mod model;
