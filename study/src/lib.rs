//! Measures the instrument itself: how often it cries wolf, and what it finds.
//!
//! Floor 4. Nothing links it. It runs the generator and criterion as programs, keeps what they wrote, judges it with the
//! detector's own functions, and counts.
//!
//! | module | answers |
//! |---|---|
//! | [`cases`] | which cases, and by how much they are slowed |
//! | [`collect`] | what is run, in which order, and what of it is done already |
//! | [`evidence`] | what the folder of a study holds |
//! | [`took`] | what a step took |
//! | [`alarms`] | how often does a run that changed nothing alarm |
//! | [`detection`] | which slowdowns are found, by a pair and by a run alone, and how sure is a pair |
//! | [`spread`] | how far does one launch lie from the next |
//! | [`criterion`] | what the usual setup says of the same code in the same hour |
//! | [`draw`] | how to draw from a pool of real launches |
//! | [`findings`] | all of it as tables |
//! | [`table`] | how a table is printed |

pub mod alarms;
pub mod cases;
pub mod collect;
pub mod criterion;
pub mod detection;
pub mod draw;
pub mod evidence;
pub mod findings;
pub mod spread;
pub mod table;
pub mod took;
