//! Calls a case so often that its instructions can be counted, by the CPU's counter or by whoever simulates it.

use super::bed;
use crate::{environment, instructions, protocol::Answer};

pub(super) fn count(id: &str, seed: u64, calls: u64) -> Result<Answer, String> {
    let case = bed::case(id)?;
    let mut arena = bed::arena(&case)?;
    let mut bench = case.bind(arena.bytes_mut(0), seed);
    // What only the first call does, such as looking up a symbol, is no call's own.
    bench.run_whole();
    if environment::is_simulated() {
        instructions::counted(&mut bench, calls);
        return Ok(Answer::Counted { instructions: None, why: Some("the simulator counts".to_owned()) });
    }
    Ok(match instructions::by_counter(&mut bench, calls) {
        Ok(all) => Answer::Counted { instructions: Some(all), why: None },
        Err(why) => Answer::Counted { instructions: None, why: Some(why) },
    })
}
