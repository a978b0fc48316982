//! Intervals, spreads and quantiles on plain numbers.
//!
//! Floor 0. It does not know what the numbers are: no case, no unit, no threshold. All of it is pure.
//!
//! | module | answers |
//! |---|---|
//! | [`mod@order`] | what is the median, the p-th quantile |
//! | [`mod@spread`] | how far do numbers lie apart, when a few of them are wrong |
//! | [`mod@student`] | how many standard errors make an interval |
//! | [`mod@trimmed`] | where do a session's launches lie, and how sure is that |
//! | [`mod@biweight`] | the same, where it is known how far they usually lie apart |
//! | [`mod@prior`] | what is known of a case's spread before it is measured again |
//! | [`mod@log_ratio`] | by which factor do two sides differ, and how sure is that |
//! | [`mod@proportion`] | how sure is a share, so many of so many |
//! | [`mod@sessions`] | the same, where each session gave one number |
//! | [`mod@paired`] | the same, where each launch ran beside one of the other side |

pub mod biweight;
pub mod change_points;
pub mod log_ratio;
pub mod order;
pub mod paired;
pub mod prior;
pub mod proportion;
pub mod ranks;
pub mod sessions;
pub mod spread;
pub mod student;
pub mod trimmed;

pub use log_ratio::{
    Interval, LogRatio, log_ratio, moderated_ratio, smallest_change_percent, smallest_change_side_by_side_percent,
};
pub use order::{median, quantile};
pub use paired::{Paired, PairedInterval, paired_ratio};
pub use prior::{Assumptions, CaseSpread, Kind, Prior, Variance};
pub use sessions::session_ratio;
pub use spread::robust_sd;
pub use trimmed::location;

/// A factor's logarithm as a change in percent: 0 for no change, +100 for twice as much, −50 for half. Finite, so that
/// it can be written to a document, however far two numbers lie apart.
#[must_use]
pub fn percent_of_log(log: f64) -> f64 {
    (log.exp_m1() * 100.0).min(f64::MAX)
}
