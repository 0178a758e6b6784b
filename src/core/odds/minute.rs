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
const MOMENT: Duration = Duration::from_secs(15);

/// With fewer bad requests nobody can say how they lie.
const FEWEST: f64 = 4.0;

/// A burst is this share of the minute's bad requests in one moment of it.
const BURST: f64 = 0.75;

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

    /// Whether the minute speaks against the canary, and with more than one short burst.
    pub fn goes_on(&self) -> bool {
        let against: f64 = self.minute().map(|reading| reading.ln_l).sum();
        let bad: f64 = self.minute().map(|reading| reading.bad).sum();
        against > 0.0 && (bad < FEWEST || self.worst_moment() < BURST * bad)
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

    /// The most bad requests that any moment holds.
    fn worst_moment(&self) -> f64 {
        let from = |first: &Reading| -> f64 {
            let inside = self.minute().filter(|other| other.at >= first.at && other.at.since(first.at) < MOMENT);
            inside.map(|other| other.bad).sum()
        };
        self.minute().map(from).fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After readings that are so many seconds apart: bad requests, each of which speaks against the canary.
    fn goes_on(every: u64, bad: &[f64]) -> bool {
        let (mut minute, mut at) = (Minute::default(), Time::from_millis(0));
        for bad in bad {
            at = at + Duration::from_secs(every);
            minute.take(at, 100.0, *bad, 0.5 * bad - 0.1);
        }
        minute.goes_on()
    }

    #[test]
    fn a_burst_does_not_go_on_and_a_fault_does() {
        assert!(!goes_on(5, &[0.0, 0.0, 1.0, 3.0, 3.0]), "it has only just begun");
        assert!(!goes_on(5, &[3.0, 3.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]), "it is over");
        assert!(!goes_on(5, &[9.0, 9.0, 9.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]), "long over");
        assert!(goes_on(5, &[0.0, 3.0, 3.0, 3.0, 3.0, 3.0]));
        assert!(goes_on(15, &[0.0, 38.0, 38.0]), "two scrapes are two moments");
        assert!(goes_on(15, &[1.0, 2.0, 1.0, 2.0]));
        assert!(goes_on(15, &[0.0, 0.0, 2.0]), "so few lie anyhow");
        assert!(!goes_on(15, &[]));
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
