//! A peer: an outside library's way to do what one of our kernels does.

use std::hint::black_box;

use kernels::{agreement::Agreement, kernel::Reference, operands::Inputs, shape::Shape};

/// A kernel of an outside library.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// The id of our kernel that does the same: `dot_f32`.
    pub kernel: &'static str,
    /// What is called, and how, in a few words: `cblas_sgemv`.
    pub call: &'static str,
    /// How near its outputs come to the right ones.
    pub closeness: Closeness,
    /// Makes it ready for operands of a shape; `None` where the library does not take that shape, or cannot run here.
    pub prepare: Prepare,
}

/// Makes a peer's call ready, as its own users would: what they do once, such as building a graph, is done here, and
/// what they do for every call is left to the call. Our kernels pack what they need within the call; so does a peer.
/// One thread, which runs the call too.
pub type Prepare = for<'a> fn(&Shape, Inputs<'a>) -> Option<Box<dyn Call + 'a>>;

/// A call of a peer, ready to run.
pub trait Call {
    /// Runs the call so often, back to back, each from the same inputs. It writes to `output`, laid out as our
    /// kernel's or so that [`deliver`](Self::deliver) makes that of it, and allocates nothing that its own users could
    /// avoid.
    fn run(&mut self, iterations: u64, output: &mut [f32]);

    /// Lays what the last call has written out as our kernel's output is, where the library has a layout of its own.
    /// Never timed; another call may follow.
    fn deliver(&mut self, output: &mut [f32]) {
        let _ = output;
    }
}

/// How near a peer's outputs come to the right ones: a library has contracts of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Closeness {
    /// As near as our kernel's contract asks.
    Contract,
    /// Less near: within the contract's bound, and beyond it within `relative` of the right value plus `absolute`.
    Looser {
        /// A share of the right value's magnitude.
        relative: f64,
        /// In units of the output.
        absolute: f64,
        /// What the library does that takes it so far.
        reason: &'static str,
    },
    /// Groups of 4-bit codes, other ones than ours and with other scales: the numbers that they stand for are within so
    /// many of our steps.
    Nibbles {
        /// In units of our scale of the group.
        steps: f64,
        /// What the library does that makes them others.
        reason: &'static str,
    },
}

impl Closeness {
    /// How far `output` agrees with what is right.
    #[must_use]
    pub fn agreement(self, reference: &Reference, output: &[f32]) -> Agreement {
        let output = bytemuck::cast_slice(output);
        match self {
            Self::Contract => reference.agreement(output),
            Self::Looser { relative, absolute, .. } => {
                let looser = |(value, bound): (f64, f64)| (value, bound + relative * value.abs() + absolute);
                let right = (0..).map_while(|index| reference.expected(index)).map(looser);
                let got = (0..).map_while(|index| reference.element(index, output));
                near(right, got)
            }
            Self::Nibbles { steps, .. } => {
                let Reference::Exact { bytes, floats } = reference else {
                    return reference.agreement(output);
                };
                let right = nibbles(bytes, *floats).map(|(number, scale)| (number, steps * scale.abs()));
                near(right, nibbles(output, *floats).map(|(number, _)| number))
            }
        }
    }
}

/// Whether what was got is as near to what is right as the bound beside it says.
#[expect(clippy::cast_possible_truncation, reason = "an output was an `f32`, or a code of a few bits times one")]
fn near(right: impl Iterator<Item = (f64, f64)>, got: impl Iterator<Item = f64>) -> Agreement {
    let (values, bounds) = right.unzip();
    let got: Vec<f32> = got.map(|got| got as f32).collect();
    Reference::Tolerance { values, bounds }.agreement(bytemuck::cast_slice(&got))
}

/// What groups of 4-bit codes stand for, each number with its scale: so many scales, and behind them the codes, two to
/// a byte and 8 more than they are.
fn nibbles(bytes: &[u8], groups: usize) -> impl Iterator<Item = (f64, f64)> {
    let (scales, codes) = bytes.split_at(bytes.len().min(4 * groups));
    let scales = scales.as_chunks().0.iter().map(|&scale| f64::from(f32::from_ne_bytes(scale)));
    let group_bytes = codes.len().checked_div(groups).filter(|&bytes| bytes > 0).unwrap_or(1);
    scales.zip(codes.chunks(group_bytes)).flat_map(|(scale, codes)| {
        let number = move |nibble: u8| ((f64::from(nibble) - 8.0) * scale, scale);
        codes.iter().flat_map(move |byte| [number(byte & 15), number(byte >> 4)])
    })
}

/// A call that runs `f`, which writes to the output: what preparing gives where nothing is in the way.
#[must_use]
pub fn each<'a>(f: impl FnMut(&mut [f32]) + 'a) -> Option<Box<dyn Call + 'a>> {
    Some(Box::new(Each(f)))
}

/// A function that is run as often as it is asked to.
struct Each<F>(F);

impl<F: FnMut(&mut [f32])> Call for Each<F> {
    fn run(&mut self, iterations: u64, output: &mut [f32]) {
        for _ in 0..iterations {
            // The compiler may think that the function, and with it what it reads, has changed, and the output is read:
            // it can move no work out of the loop, and drop none.
            black_box(&mut self.0)(output);
            black_box(output.as_mut_ptr());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOSER: Closeness = Closeness::Looser { relative: 0.25, absolute: 0.5, reason: "a test" };

    #[track_caller]
    fn check(closeness: Closeness, reference: &Reference, output: &[f32], agrees: bool) {
        assert_eq!(closeness.agreement(reference, output).is_full(), agrees);
    }

    #[test]
    fn the_contract_alone_leaves_an_exact_output_no_room() {
        check(Closeness::Contract, &Reference::exact(&[4.0]), &[4.0], true);
        check(Closeness::Contract, &Reference::exact(&[4.0]), &[4.000_001], false);
    }

    #[test]
    fn what_is_looser_has_room_for_its_share_and_its_units() {
        check(LOOSER, &Reference::exact(&[-4.0]), &[-5.5], true);
        check(LOOSER, &Reference::exact(&[-4.0]), &[-5.625], false);
    }

    #[test]
    fn what_is_looser_is_added_to_the_bound() {
        let reference = Reference::Tolerance { values: vec![4.0], bounds: vec![1.0] };
        check(LOOSER, &reference, &[6.5], true);
        check(LOOSER, &reference, &[6.625], false);
    }

    #[test]
    fn an_output_that_is_no_number_is_near_nothing() {
        check(LOOSER, &Reference::exact(&[4.0]), &[f32::NAN], false);
    }

    #[test]
    fn codes_behind_the_numbers_have_room_for_their_share_too() {
        let reference = Reference::exact_parts(&[4.0], &[100, 8, 0, 0]);
        let output = |scale: f32, codes: [u8; 4]| [scale, f32::from_ne_bytes(codes)];
        check(LOOSER, &reference, &output(5.5, [125, 10, 0, 0]), true);
        check(LOOSER, &reference, &output(5.5, [126, 10, 0, 0]), false);
        check(LOOSER, &reference, &output(5.5, [125, 10, 1, 0]), false);
    }

    #[test]
    fn nibbles_are_compared_by_the_numbers_that_they_stand_for() {
        const NIBBLES: Closeness = Closeness::Nibbles { steps: 1.0, reason: "a test" };
        // 7, -7, 0 and 1 at a scale of 2, and a second group at a scale of 1.
        let output = |scales: [f32; 2], codes: [[u8; 4]; 2]| {
            let codes = codes.map(f32::from_ne_bytes);
            [scales[0], scales[1], codes[0], codes[1]]
        };
        let zeros = [0x88; 4];
        let ours = output([2.0, 1.0], [[0x1f, 0x98, 0x88, 0x88], zeros]);
        let reference = Reference::exact_parts(&ours[..2], bytemuck::cast_slice(&ours[2..]));
        check(NIBBLES, &reference, &ours, true);
        // A scale of the other sign, with the other codes.
        check(NIBBLES, &reference, &output([-2.0, 1.0], [[0xf1, 0x78, 0x88, 0x88], zeros]), true);
        check(NIBBLES, &reference, &output([2.0, 1.0], [[0x2e, 0x98, 0x98, 0x88], zeros]), true);
        check(NIBBLES, &reference, &output([2.0, 1.0], [[0x3f, 0x98, 0x88, 0x88], zeros]), false);
        check(NIBBLES, &reference, &output([2.0, 2.0], [[0x1f, 0x98, 0x88, 0x88], [0x88, 0x88, 0x88, 0x98]]), false);
        check(NIBBLES, &reference, &output([2.0, f32::NAN], [[0x1f, 0x98, 0x88, 0x88], zeros]), false);
    }

    #[test]
    fn a_call_runs_as_often_as_it_is_asked_to() {
        let mut calls = 0_u8;
        let mut output = [0.0];
        let mut call = each(|y| {
            calls += 1;
            y[0] = f32::from(calls);
        })
        .unwrap();
        call.run(3, &mut output);
        drop(call);
        assert_eq!((calls, output), (3, [3.0]));
    }
}
