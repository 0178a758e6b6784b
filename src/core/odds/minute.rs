//! The last minute of a bet: whether the canary is bad now, and not only was for a moment.
//!
//! Odds remember everything, a burst that is over too. What rolls a release back for being worse than stable must go on: this
//! is one more condition for it, so it can only make a false alarm rarer.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::core::time::Time;

/// How far back it looks.
const SPAN: Duration = Duration::from_secs(60);

/// How far back the share of bad requests is looked at: a burst is a small part of it, a fault soon fills it.
const SHARE_SPAN: Duration = Duration::from_secs(90);

/// What a short burst fits into.
pub const MOMENT: Duration = Duration::from_secs(15);

/// With fewer bad requests nobody can say how they lie.
const FEWEST: f64 = 4.0;

/// A burst is this share of the minute's bad requests in one moment of it.
const BURST: f64 = 0.75;

/// What the minute must say against the canary without its worst moment, as odds: a burst that the canary had, and a stray error
/// after it, are no fault. Beyond the target a little will do, because a fault that has only just begun has little more; within it
/// there is time to see.
const REST_BEYOND: f64 = 1.5;
const REST_WITHIN: f64 = 8.0;

/// What the readings of the last minute brought.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Minute {
    readings: VecDeque<Reading>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Reading {
    at: Time,
    all: f64,
    bad: f64,
    ln_l: f64,
}

impl Minute {
    /// Takes in a reading: the canary's requests, the bad ones of them, and ln L of the mildest alternative.
    pub fn take(&mut self, at: Time, all: f64, bad: f64, ln_l: f64) {
        self.readings.push_back(Reading { at, all, bad, ln_l });
        self.readings.retain(|reading| at.since(reading.at) < SHARE_SPAN);
    }

    /// Whether the minute speaks against the canary, and would without any one short burst, for a target of so many bad
    /// requests of all.
    pub fn goes_on(&self, target: f64) -> bool {
        let against: f64 = self.minute().map(|reading| reading.ln_l).sum();
        let bad: f64 = self.minute().map(|reading| reading.bad).sum();
        let worst =
            |of: fn(&Reading) -> f64| self.moments().map(|moment| moment.map(of).sum()).fold(f64::MIN, f64::max);
        let rest = if self.share() <= target { REST_WITHIN } else { REST_BEYOND };
        against > 0.0
            && (bad < FEWEST || worst(|reading| reading.bad) < BURST * bad)
            && against - worst(|reading| reading.ln_l) > f64::ln(rest)
    }

    /// The share of the canary's requests that is bad now; 0 without requests.
    pub fn share(&self) -> f64 {
        let (all, bad) = self.readings.iter().fold((0.0, 0.0), |(all, bad), one| (all + one.all, bad + one.bad));
        if all > 0.0 { bad / all } else { 0.0 }
    }

    fn minute(&self) -> impl Iterator<Item = &Reading> {
        let newest = self.readings.back().map_or(Time::default(), |reading| reading.at);
        self.readings.iter().filter(move |reading| newest.since(reading.at) < SPAN)
    }

    /// The readings of each moment of the minute.
    fn moments(&self) -> impl Iterator<Item = impl Iterator<Item = &Reading>> {
        self.minute()
            .map(|first| self.minute().filter(move |other| other.at >= first.at && other.at.since(first.at) < MOMENT))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After readings of a hundred requests that are so many seconds apart: bad ones, each of which speaks against the canary.
    fn minute(every: u64, bad: &[f64]) -> Minute {
        let (mut minute, mut at) = (Minute::default(), Time::from_millis(0));
        for bad in bad {
            at = at + Duration::from_secs(every);
            minute.take(at, 100.0, *bad, 0.5 * bad - 0.1);
        }
        minute
    }

    /// The same where one request of a hundred may be bad.
    fn goes_on(every: u64, bad: &[f64]) -> bool {
        minute(every, bad).goes_on(0.01)
    }

    #[test]
    fn a_burst_does_not_go_on_and_a_fault_does() {
        assert!(!goes_on(5, &[0.0, 0.0, 1.0, 3.0, 3.0]), "it has only just begun");
        assert!(!goes_on(5, &[3.0, 3.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]), "it is over");
        assert!(!goes_on(5, &[9.0, 9.0, 9.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]), "long over");
        assert!(goes_on(5, &[0.0, 3.0, 3.0, 3.0, 3.0, 3.0]));
        assert!(goes_on(15, &[0.0, 38.0, 38.0]), "two scrapes are two moments");
        assert!(goes_on(15, &[1.0, 2.0, 1.0, 2.0]));
        assert!(goes_on(15, &[0.0, 2.0, 2.0]), "so few lie anyhow");
        assert!(!goes_on(15, &[0.0, 0.0, 2.0]), "without them nothing is left");
        assert!(!goes_on(15, &[]));
    }

    #[test]
    fn stray_errors_about_a_burst_are_no_fault_of_a_canary_within_its_target() {
        let stray = minute(5, &[1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 3.0, 3.0, 0.0, 1.0, 1.0]);
        assert!(!stray.goes_on(0.15), "the target allows that much");
        assert!(stray.goes_on(0.005), "beyond the target it is one");
        assert!(minute(5, &[2.0; 12]).goes_on(0.15), "and what goes on is one within the target too");
    }

    #[test]
    fn the_share_is_that_of_a_minute_and_a_half() {
        let mut minute = Minute::default();
        assert_eq!(minute.share(), 0.0);
        for i in 0..12 {
            minute.take(Time::from_millis(i * 15_000), 100.0, if i == 0 { 50.0 } else { 3.0 }, 0.0);
        }
        assert_eq!(minute.share(), 0.03);
    }
}
