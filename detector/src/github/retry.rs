//! What to do after each answer, or none: pure, as a function of the attempt, the answer and the time that is left.

use std::time::Duration;

/// The most attempts of one request.
const ATTEMPTS_MOST: u32 = 10;

/// The shortest first wait, however short the pause: a server that just failed is not asked at once.
const WAIT_LEAST: Duration = Duration::from_millis(100);

/// The longest wait that nobody asked for.
const WAIT_MOST: Duration = Duration::from_mins(1);

/// How long to wait at first where GitHub says that we are too fast and not for how long; it asks for at least a minute.
const LIMITED_WAIT: Duration = Duration::from_mins(1);

/// What a further attempt would do, if the one before took effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing: it reads.
    Read,
    /// The same again.
    Repeatable,
    /// A second one.
    Once,
}

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Happened {
    /// GitHub asks to wait, for this long if it says so; it did nothing.
    Limited(Option<Duration>),
    /// GitHub failed, and asks to wait for this long if it says so; what it did before is not known.
    Failed(Option<Duration>),
    /// The request never left.
    NotSent,
    /// It left, and no answer came, or one that cannot be read; what was done is not known.
    Unclear,
    /// GitHub said no, and will again.
    Refused,
}

/// What to do then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Try again after this time.
    Again(Duration),
    /// Look after this time whether it was done, and only then try again.
    Look(Duration),
    /// There is no use in trying again.
    Refuse,
    /// It was tried often enough.
    Exhausted,
    /// The wait would be longer than what is left.
    TooLong(Duration),
}

/// What to do after the `attempt`th attempt (from 0) of a request.
///
/// `left` is what is left of the patience, `pause` the first wait. Waits double; `jitter`, from 0 to 1, takes up to half of one
/// away, so that many clients do not come back together. A wait that GitHub asks for is kept to in full.
pub(super) fn step(
    happened: Happened,
    effect: Effect,
    attempt: u32,
    left: Duration,
    pause: Duration,
    jitter: f64,
) -> Step {
    let doubled = |first: Duration| first.saturating_mul(1 << attempt.min(16));
    let growing = doubled(pause.max(WAIT_LEAST)).min(WAIT_MOST).mul_f64(1.0 - 0.5 * jitter);
    let wait = match happened {
        Happened::Refused => return Step::Refuse,
        Happened::Limited(asked) => asked.unwrap_or_else(|| doubled(LIMITED_WAIT)),
        Happened::Failed(asked) => asked.unwrap_or_default().max(growing),
        Happened::NotSent | Happened::Unclear => growing,
    };
    if attempt + 1 >= ATTEMPTS_MOST {
        return Step::Exhausted;
    }
    if wait > left {
        return Step::TooLong(wait);
    }
    match (happened, effect) {
        (Happened::Failed(_) | Happened::Unclear, Effect::Once) => Step::Look(wait),
        _ => Step::Again(wait),
    }
}

/// What an answer says beside its body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said<'a> {
    /// The HTTP status.
    pub(super) status: u16,
    /// `Retry-After`.
    pub(super) retry_after: Option<&'a str>,
    /// `X-RateLimit-Remaining`.
    pub(super) remaining: Option<&'a str>,
    /// `X-RateLimit-Reset`, in seconds since 1970.
    pub(super) reset: Option<&'a str>,
    /// The message in its body.
    pub(super) message: &'a str,
}

/// What an answer other than success means. `now` is in seconds since 1970.
pub(super) fn meaning(said: &Said<'_>, now: i64) -> Happened {
    let asked = said.retry_after.and_then(|text| wait_of(text, now));
    let message = said.message.to_ascii_lowercase();
    let is_spent = said.remaining.is_some_and(|text| text.trim() == "0");
    let is_limit_told = ["rate limit", "abuse detection"].iter().any(|told| message.contains(told));
    match said.status {
        429 => Happened::Limited(asked.or_else(|| until_reset(said, is_spent, now))),
        403 if asked.is_some() || is_spent || is_limit_told => {
            Happened::Limited(asked.or_else(|| until_reset(said, is_spent, now)))
        }
        408 | 500..=599 => Happened::Failed(asked),
        _ => Happened::Refused,
    }
}

/// The time until the limit counts anew, and a second for clocks that differ.
fn until_reset(said: &Said<'_>, is_spent: bool, now: i64) -> Option<Duration> {
    let reset: i64 = said.reset.filter(|_| is_spent)?.trim().parse().ok()?;
    let seconds = u64::try_from(reset.saturating_sub(now)).unwrap_or(0);
    Some(Duration::from_secs(seconds.saturating_add(1)))
}

/// `Retry-After`: seconds, or a date.
fn wait_of(text: &str, now: i64) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?.timestamp().as_second();
    Some(Duration::from_secs(u64::try_from(date.saturating_sub(now)).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const MINUTES: Duration = Duration::from_mins(10);

    fn after(happened: Happened, effect: Effect, attempt: u32) -> Step {
        step(happened, effect, attempt, MINUTES, SECOND, 0.0)
    }

    #[test]
    fn a_failed_read_is_tried_again_after_waits_that_double() {
        for (attempt, seconds) in [(0, 1), (1, 2), (5, 32), (6, 60), (8, 60)] {
            let expected = Step::Again(Duration::from_secs(seconds));
            assert_eq!(after(Happened::Failed(None), Effect::Read, attempt), expected, "attempt {attempt}");
        }
    }

    #[test]
    fn jitter_takes_at_most_half_of_a_wait_away() {
        assert_eq!(step(Happened::Unclear, Effect::Read, 1, MINUTES, SECOND, 1.0), Step::Again(SECOND));
    }

    #[test]
    fn attempts_end() {
        assert_eq!(after(Happened::Failed(None), Effect::Read, 9), Step::Exhausted);
        assert_eq!(after(Happened::Limited(Some(SECOND)), Effect::Read, 9), Step::Exhausted);
    }

    #[test]
    fn a_creation_whose_outcome_is_not_known_is_looked_for_first() {
        assert_eq!(after(Happened::Unclear, Effect::Once, 0), Step::Look(SECOND));
        assert_eq!(after(Happened::Failed(None), Effect::Once, 0), Step::Look(SECOND));
    }

    #[test]
    fn what_never_left_or_was_only_put_off_is_simply_tried_again() {
        assert_eq!(after(Happened::NotSent, Effect::Once, 0), Step::Again(SECOND));
        assert_eq!(after(Happened::Limited(Some(SECOND)), Effect::Once, 0), Step::Again(SECOND));
    }

    #[test]
    fn what_only_says_the_same_again_needs_no_look() {
        assert_eq!(after(Happened::Unclear, Effect::Repeatable, 0), Step::Again(SECOND));
    }

    #[test]
    fn a_wait_beyond_the_patience_is_not_begun() {
        let hour = Duration::from_hours(1);
        assert_eq!(after(Happened::Limited(Some(hour)), Effect::Read, 0), Step::TooLong(hour));
    }

    #[test]
    fn a_wait_that_github_asks_for_is_kept_to_in_full() {
        let asked = Duration::from_secs(7);
        assert_eq!(step(Happened::Limited(Some(asked)), Effect::Once, 0, MINUTES, SECOND, 1.0), Step::Again(asked));
        assert_eq!(step(Happened::Failed(Some(asked)), Effect::Read, 0, MINUTES, SECOND, 1.0), Step::Again(asked));
    }

    #[test]
    fn a_refusal_is_final() {
        assert_eq!(after(Happened::Refused, Effect::Read, 0), Step::Refuse);
    }

    fn said(status: u16) -> Said<'static> {
        Said { status, ..Said::default() }
    }

    #[test]
    fn too_many_requests_wait_as_told() {
        let told = Said { retry_after: Some("7"), ..said(429) };
        assert_eq!(meaning(&told, 0), Happened::Limited(Some(Duration::from_secs(7))));
        assert_eq!(meaning(&said(429), 0), Happened::Limited(None));
    }

    #[test]
    fn a_secondary_limit_is_known_by_its_header_or_its_message() {
        let by_header = Said { retry_after: Some("7"), ..said(403) };
        assert_eq!(meaning(&by_header, 0), Happened::Limited(Some(Duration::from_secs(7))));
        let by_message = Said { message: "You have exceeded a secondary rate limit.", ..said(403) };
        assert_eq!(meaning(&by_message, 0), Happened::Limited(None));
        assert_eq!(after(Happened::Limited(None), Effect::Read, 1), Step::Again(Duration::from_mins(2)));
    }

    #[test]
    fn a_spent_limit_waits_for_its_reset() {
        let spent = Said { remaining: Some("0"), reset: Some("1030"), ..said(403) };
        assert_eq!(meaning(&spent, 1000), Happened::Limited(Some(Duration::from_secs(31))));
        assert_eq!(meaning(&spent, 2000), Happened::Limited(Some(SECOND)), "a clock that is ahead");
    }

    #[test]
    fn a_403_without_a_word_of_limits_is_a_refusal() {
        let refused =
            Said { remaining: Some("4999"), reset: Some("1030"), message: "Resource not accessible", ..said(403) };
        assert_eq!(meaning(&refused, 1000), Happened::Refused);
    }

    #[test]
    fn a_server_that_fails_may_say_until_when() {
        let dated = Said { retry_after: Some("Thu, 01 Jan 1970 00:00:09 GMT"), ..said(503) };
        assert_eq!(meaning(&dated, 4), Happened::Failed(Some(Duration::from_secs(5))));
        assert_eq!(meaning(&said(502), 0), Happened::Failed(None));
    }

    #[test]
    fn other_answers_are_refusals() {
        for status in [400, 401, 404, 410, 422] {
            assert_eq!(meaning(&said(status), 0), Happened::Refused, "{status}");
        }
    }
}
