//! Holds cases of one kernel and shape against their reference, which is computed once.

use std::io::{self, Write};

use kernels::kernel::Reference;

use super::bed;
use crate::protocol::{Answer, Verified, say};

/// Holds each case against the reference of the first one's shape.
pub(super) fn verify(ids: &[String], seed: u64, output: &mut impl Write) -> io::Result<()> {
    let mut reference = None;
    for id in ids {
        let answer = match verify_one(id, seed, &mut reference) {
            Ok(verified) => Answer::Verified(verified),
            Err(reason) => Answer::Refused { reason },
        };
        say(output, answer)?;
    }
    Ok(())
}

fn verify_one(id: &str, seed: u64, reference: &mut Option<Reference>) -> Result<Verified, String> {
    let case = bed::case(id)?;
    let mut arena = bed::arena(&case)?;
    let mut bench = case.bind(arena.bytes_mut(0), seed);
    let reference = reference.get_or_insert_with(|| bench.reference());
    if let Some(format) = case.file() {
        let bytes = bench.write(format);
        bench.read(format, &bytes)?;
    }
    bench.run_whole();
    let agreement = reference.agreement(bench.operands().output());
    Ok(Verified {
        case: id.to_owned(),
        accuracy: agreement.accuracy,
        largest_error: Some(agreement.largest_error),
        disagreement: agreement.worst.map(|worst| worst.to_string()),
        checksums: bed::checksums(&bench),
    })
}
