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
    /// kernel's, and allocates nothing that its own users could avoid.
    fn run(&mut self, iterations: u64, output: &mut [f32]);
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
}

impl Closeness {
    /// How far `output` agrees with what is right.
    #[must_use]
    pub fn agreement(self, reference: &Reference, output: &[f32]) -> Agreement {
        let output = bytemuck::cast_slice(output);
        let Self::Looser { relative, absolute, .. } = self else {
            return reference.agreement(output);
        };
        let looser = |value: f64, bound: f64| bound + relative * value.abs() + absolute;
        let (values, bounds) = (0..reference.count())
            .filter_map(|index| reference.expected(index))
            .map(|(value, bound)| (value, looser(value, bound)))
            .unzip();
        Reference::Tolerance { values, bounds }.agreement(output)
    }
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
