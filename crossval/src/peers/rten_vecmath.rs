//! rten-vecmath: the vector functions of rten, an engine for neural networks.
//!
//! Its `LogSoftmax` is left out. It shares a loop with `Softmax` that the compiler compiles into the vector code of
//! whoever is alone in calling it, and into plain code for two: with both in one program each takes three times as
//! long.

use std::mem::MaybeUninit;

use ::rten_vecmath::{
    Exp, Gelu, MaxNum, MinNum, Normalize, NormalizeOptions, Sigmoid, Silu, Softmax, Sum, SumAbs, SumSquare, Tanh,
};
use kernels::{operands::Inputs, shape::Shape};
use rten_simd::{SimdOp, SimdUnaryOp};

use super::{Library, RMSNORM_EPSILON};
use crate::peer::{Call, Closeness, Peer, Prepare, each};

pub(super) const LIBRARY: Library = Library {
    name: "rten-vecmath",
    version: || env!("VERSION_RTEN_VECMATH").to_owned(),
    peers: &[
        peer("sum_f32", "Sum", |_, inputs| reduce(inputs, |a| Sum::new(a).dispatch())),
        peer("max_f32", "MaxNum", |_, inputs| reduce(inputs, |a| MaxNum::new(a).dispatch())),
        peer("min_f32", "MinNum", |_, inputs| reduce(inputs, |a| MinNum::new(a).dispatch())),
        peer("exp_f32", "Exp", |_, inputs| map(inputs, &Exp {})),
        peer("silu_f32", "Silu", |_, inputs| map(inputs, &Silu {})),
        Peer {
            kernel: "gelu_f32",
            call: "Gelu",
            closeness: Closeness::Looser {
                relative: 0.0,
                absolute: 1e-6,
                reason: "its error function is right to 6.7e-7, and most of it cancels below 0",
            },
            prepare: |_, inputs| map(inputs, &Gelu {}),
        },
        peer("sigmoid_f32", "Sigmoid", |_, inputs| map(inputs, &Sigmoid {})),
        peer("tanh_f32", "Tanh", |_, inputs| map(inputs, &Tanh {})),
        peer("norm_l1_f32", "SumAbs", |_, inputs| reduce(inputs, |a| SumAbs::new(a).dispatch())),
        peer("norm_l2_f32", "SumSquare, then its root", |_, inputs| {
            reduce(inputs, |a| SumSquare::new(a).dispatch().sqrt())
        }),
        peer("rmsnorm_f32", "SumSquare, then Normalize, as rten's operator", rmsnorm),
        peer("softmax_f32", "Softmax", |_, inputs| {
            let a: &[f32] = inputs.get(0);
            each(move |y| {
                Softmax::new(a, to_write(y)).dispatch();
            })
        }),
    ],
};

const fn peer(kernel: &'static str, call: &'static str, prepare: Prepare) -> Peer {
    Peer { kernel, call, closeness: Closeness::Contract, prepare }
}

fn reduce<'a>(inputs: Inputs<'a>, f: impl Fn(&[f32]) -> f32 + 'a) -> Option<Box<dyn Call + 'a>> {
    let a: &[f32] = inputs.get(0);
    each(move |y| y[0] = f(a))
}

fn map<'a>(inputs: Inputs<'a>, f: &'a impl SimdUnaryOp<f32>) -> Option<Box<dyn Call + 'a>> {
    let a: &[f32] = inputs.get(0);
    each(move |y| {
        f.map(a, to_write(y));
    })
}

/// The output as the library takes it.
fn to_write(output: &mut [f32]) -> &mut [MaybeUninit<f32>] {
    let (start, length) = (output.as_mut_ptr().cast(), output.len());
    // SAFETY: it is the same memory, as many elements of the same layout; the library writes numbers to it and no more.
    unsafe { std::slice::from_raw_parts_mut(start, length) }
}

fn rmsnorm<'a>(_: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let (x, weights): (&[f32], &[f32]) = (inputs.get(0), inputs.get(1));
    each(move |y| {
        let mean = SumSquare::new(x).dispatch() / x.len() as f32;
        let scale = 1.0 / (mean + RMSNORM_EPSILON).sqrt();
        let options = NormalizeOptions { scale, element_scale: Some(weights), ..NormalizeOptions::default() };
        Normalize::new(x, to_write(y), options).dispatch();
    })
}
