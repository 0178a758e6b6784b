//! The difference between a Prometheus' clock and ours. Without it a laptop whose clock is wrong would call fresh samples
//! stale, and stale ones fresh.

use crate::core::time::Time;

/// What differences say nothing, in milliseconds: a `Date` header counts whole seconds, and an answer takes its time.
const TOLERANCE: i64 = 10_000;

/// How far our clock is ahead, in milliseconds. It moves in jumps only, so that the same sample keeps its time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Skew(i64);

impl Skew {
    /// Takes in what both clocks said at about the same moment.
    pub(super) fn observe(&mut self, ours: Time, theirs: Time) {
        let ahead = ours.millis().saturating_sub(theirs.millis());
        if ahead.saturating_sub(self.0).saturating_abs() > TOLERANCE {
            self.0 = if ahead.saturating_abs() > TOLERANCE { ahead } else { 0 };
        }
    }

    /// A time of theirs on our clock.
    pub(super) fn ours(self, theirs: Time) -> Time {
        Time::from_millis(theirs.millis().saturating_add(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_nearly_right_is_left_alone() {
        let mut skew = Skew::default();
        for ours in [100_000, 103_000, 92_000] {
            skew.observe(Time::from_millis(ours), Time::from_millis(100_000));
            assert_eq!(skew.ours(Time::from_millis(5)).millis(), 5);
        }
    }

    #[test]
    fn a_wrong_clock_is_made_up_for_and_a_sample_keeps_its_time() {
        let mut skew = Skew::default();
        skew.observe(Time::from_millis(3_700_000), Time::from_millis(100_000));
        assert_eq!(skew.ours(Time::from_millis(99_000)).millis(), 3_699_000);
        skew.observe(Time::from_millis(3_715_400), Time::from_millis(115_000));
        assert_eq!(skew.ours(Time::from_millis(99_000)).millis(), 3_699_000);
        skew.observe(Time::from_millis(130_000), Time::from_millis(130_000));
        assert_eq!(skew, Skew::default());
    }
}
