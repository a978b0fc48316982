//! What a model keeps in scratch memory, from call to call and in a call, laid out one behind the other.

use std::ops::Range;

use bytemuck::Pod;

use super::model::{CONTEXT, Model, Phase};

/// Each begins where a cache line does, as far as the scratch memory itself does.
const LINE_BYTES: usize = 64;

/// The parts of the scratch memory.
#[derive(Debug)]
pub(crate) struct Memory<'a> {
    /// The weights as the variant wants them, in the order in which they stand in the input.
    pub(crate) packed: &'a mut [u8],
    /// `[positions, head_dimension / 2]`: of the angle by which a position turns a pair.
    pub(crate) cosines: &'a mut [f32],
    /// The same.
    pub(crate) sines: &'a mut [f32],
    /// `[layers, kv_heads, positions, head_dimension]`.
    pub(crate) keys: &'a mut [f32],
    /// The same.
    pub(crate) values: &'a mut [f32],
    /// Calls so far: which token of those that are decoded is the next one.
    pub(crate) calls: &'a mut [u32],
    /// What lives no longer than a call.
    pub(crate) states: States<'a>,
}

/// What there is of each token that is fed at once, `[tokens, …]`.
#[derive(Debug)]
pub(crate) struct States<'a> {
    /// `width`: what goes from block to block.
    pub(crate) x: &'a mut [f32],
    /// `width`: what is added to it.
    pub(crate) d: &'a mut [f32],
    /// `width`: their sum.
    pub(crate) sum: &'a mut [f32],
    /// One vector alone, `max(width, feed_forward)`: a norm of it.
    pub(crate) h: &'a mut [f32],
    /// `max(width, feed_forward)`: the activations of a linear layer.
    pub(crate) a: &'a mut [i8],
    /// 1: their scale.
    pub(crate) s_a: &'a mut [f32],
    /// `width`.
    pub(crate) q: &'a mut [f32],
    /// `width`: turned.
    pub(crate) q_turned: &'a mut [f32],
    /// `kv_heads * head_dimension`.
    pub(crate) k: &'a mut [f32],
    /// The same.
    pub(crate) v: &'a mut [f32],
    /// `width`: what the heads see.
    pub(crate) seen: &'a mut [f32],
    /// Of one head alone, `positions`.
    pub(crate) scores: &'a mut [f32],
    /// The same.
    pub(crate) shares: &'a mut [f32],
    /// `feed_forward`.
    pub(crate) gate: &'a mut [f32],
    /// `feed_forward`.
    pub(crate) up: &'a mut [f32],
    /// `feed_forward`: the product of the two.
    pub(crate) gated: &'a mut [f32],
}

/// Tokens that are fed at once at most: in a call, or for the context before it.
const fn tokens_at_once(phase: Phase) -> usize {
    match phase {
        Phase::Load => 0,
        Phase::Prefill(tokens) => tokens,
        Phase::Decode(_) => CONTEXT,
    }
}

/// Bytes of each part, in their order.
fn parts(model: &Model, phase: Phase) -> [usize; 22] {
    let (positions, tokens) = (phase.tokens(), tokens_at_once(phase));
    let table = 2 * positions * model.head_dimension();
    let kv_width = model.kv_heads * model.head_dimension();
    let cache = 4 * model.layers * positions * kv_width;
    let widest = model.width.max(model.feed_forward);
    let (width, kv_width, feed_forward) =
        (4 * tokens * model.width, 4 * tokens * kv_width, 4 * tokens * model.feed_forward);
    let states = [
        width,
        width,
        width,
        4 * widest,
        tokens * widest,
        4 * tokens,
        width,
        width,
        kv_width,
        kv_width,
        width,
        4 * positions,
        4 * positions,
        feed_forward,
        feed_forward,
        feed_forward,
    ];
    let mut all = [0; 22];
    all[..6].copy_from_slice(&[model.layers * model.layer_weights() / 4, table, table, cache, cache, 4]);
    all[6..].copy_from_slice(&states);
    all
}

/// Bytes of the scratch memory.
pub(crate) fn bytes(model: &Model, phase: Phase) -> usize {
    parts(model, phase).iter().map(|bytes| bytes.next_multiple_of(LINE_BYTES)).sum()
}

impl<'a> Memory<'a> {
    /// Lays the parts into the scratch memory of a case, which has [`bytes`] of it.
    pub(crate) fn of(model: &Model, phase: Phase, scratch: &'a mut [u8]) -> Self {
        let mut rest = Rest { scratch, parts: parts(model, phase).into_iter() };
        Self {
            packed: rest.next(),
            cosines: rest.next(),
            sines: rest.next(),
            keys: rest.next(),
            values: rest.next(),
            calls: rest.next(),
            states: States {
                x: rest.next(),
                d: rest.next(),
                sum: rest.next(),
                h: rest.next(),
                a: rest.next(),
                s_a: rest.next(),
                q: rest.next(),
                q_turned: rest.next(),
                k: rest.next(),
                v: rest.next(),
                seen: rest.next(),
                scores: rest.next(),
                shares: rest.next(),
                gate: rest.next(),
                up: rest.next(),
                gated: rest.next(),
            },
        }
    }
}

/// What of the scratch memory is not given away yet, and what is to be.
struct Rest<'a> {
    scratch: &'a mut [u8],
    parts: std::array::IntoIter<usize, 22>,
}

impl<'a> Rest<'a> {
    fn next<T: Pod>(&mut self) -> &'a mut [T] {
        let bytes = self.parts.next().expect("as many parts as fields");
        let (part, rest) = std::mem::take(&mut self.scratch).split_at_mut(bytes.next_multiple_of(LINE_BYTES));
        self.scratch = rest;
        bytemuck::cast_slice_mut(&mut part[..bytes])
    }
}

/// Where the keys or the values of a head stand in their cache, so many positions of them.
pub(crate) fn cached(model: &Model, positions: usize, layer: usize, kv_head: usize) -> Range<usize> {
    let head = positions * model.head_dimension();
    let start = (layer * model.kv_heads + kv_head) * head;
    start..start + head
}
