//! Since when a version hurts those who meet it, and how many of their requests: a spell begins with the first bad request
//! beyond a measure, and is over when good ones have made up for it.
//!
//! Every version has stray failures, and one measure for all would count them in: by a small one every spell goes back to the
//! first stray failure, by a large one a slight fault has none. So there are several, and the share of the last minute says
//! which of them speaks of it.
//!
//! It decides nothing. Whoever is woken at night asks it first, and only what was counted may answer.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::core::evidence::Row;
use crate::core::time::Time;

/// After so long without a bad request a spell is over, however many there were: with little traffic it takes good requests
/// hours to make up for one.
const QUIET: Duration = Duration::from_secs(300);

/// The measures, in parts of a rule's target.
const MEASURES: [f64; 5] = [0.1, 0.25, 0.6, 1.5, 4.0];

/// The spells by each measure, and which of them tells how it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Harms {
    spells: [Option<Harm>; MEASURES.len()],
    told: usize,
}

impl Harms {
    /// Takes in a reading of a rule with that target; `share`: how many of the last minute's requests were bad. A reading in
    /// which nobody met the version says nothing.
    pub(super) fn take(&mut self, counts: &Counts, target: f64, share: f64) {
        if counts.hurt.n == 0 {
            return;
        }
        for (spell, part) in self.spells.iter_mut().zip(MEASURES) {
            *spell = Harm::next(*spell, counts, part * target);
        }
        // Half of the share parts what is hurt now from what is not.
        self.told = MEASURES.iter().rposition(|part| part * target <= share / 2.0).unwrap_or(0);
    }

    /// The spell that goes on; where nobody meets the version any more, the one that went on then.
    pub fn now(&self) -> Option<Harm> {
        self.spells.iter().take(self.told + 1).rev().flatten().next().copied()
    }

    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        self.spells.iter().all(Option::is_none)
    }
}

/// A spell in which a version was worse than a measure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Harm {
    /// When it began: between this moment, that of the reading before, and the next reading the first bad request was made.
    pub since: Time,
    /// When the last bad request was counted.
    pub until: Time,
    /// The requests to the version that hurts, since it began.
    pub hurt: Row,
    /// Those to the other version over the same time.
    pub other: Row,
    /// The bad requests beyond the measure that no good ones have made up for.
    pub excess: f64,
}

/// What one reading counted of the version that may hurt, and of the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counts {
    pub(super) hurt: Row,
    pub(super) other: Row,
    /// From when on.
    pub(super) after: Time,
    /// Until when.
    pub(super) at: Time,
}

impl Harm {
    /// The spell after one more reading, in which a share of `measure` bad requests would have been no harm; `None`: there is
    /// none, or it is over.
    fn next(before: Option<Self>, counts: &Counts, measure: f64) -> Option<Self> {
        let Counts { hurt, other, after, at } = *counts;
        // Where nobody read for long and it fails still, it has failed all the time as far as anybody can tell.
        let before = before.filter(|harm| at.since(harm.until) < QUIET || hurt.bad > 0);
        let more = hurt.bad as f64 - measure * hurt.n as f64;
        let Some(mut harm) = before else {
            return (more > 0.0).then_some(Self { since: after, until: at, hurt, other, excess: more });
        };
        harm.excess += more;
        harm.hurt.add(hurt);
        harm.other.add(other);
        if hurt.bad > 0 {
            harm.until = at;
        }
        (harm.excess > 0.0).then_some(harm)
    }

    /// How many of the requests would have been bad had they met the other version; `None` where nothing tells.
    pub fn at_the_others_rate(&self) -> Option<u64> {
        Some((self.other.share()? * self.hurt.n as f64).round() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEASURE: f64 = 0.01;

    fn row(n: u64, bad: u64) -> Row {
        Row { n, bad, bad_at_most: bad }
    }

    fn at(second: u64) -> Time {
        Time::default() + Duration::from_secs(second)
    }

    /// Readings every five seconds, the first at 5 s.
    fn after(readings: &[(u64, u64)]) -> Option<Harm> {
        readings.iter().zip(1..).fold(None, |harm, (&(n, bad), reading)| {
            let counts =
                Counts { hurt: row(n, bad), other: row(1_000, 2), after: at(5 * (reading - 1)), at: at(5 * reading) };
            Harm::next(harm, &counts, MEASURE)
        })
    }

    #[test]
    fn it_begins_with_the_first_bad_request_that_nothing_makes_up_for() {
        // A stray failure among 300 is what every version has.
        let harm = after(&[(50, 1), (300, 0), (100, 0), (100, 4), (100, 6)]).expect("a spell");
        assert_eq!((harm.since, harm.until), (at(15), at(25)));
        assert_eq!((harm.hurt.n, harm.hurt.bad, harm.other.n), (200, 10, 2_000));
        assert_eq!(harm.at_the_others_rate(), Some(0));
        assert_eq!(after(&[(50, 1), (300, 0)]), None);
    }

    /// Harms with a target of 1 % after readings every five seconds, each with the share of the last minute.
    fn harms(readings: &[(u64, u64, f64)]) -> Harms {
        let mut harms = Harms::default();
        for (&(n, bad, share), reading) in readings.iter().zip(1..) {
            let counts =
                Counts { hurt: row(n, bad), other: row(0, 0), after: at(5 * (reading - 1)), at: at(5 * reading) };
            harms.take(&counts, 0.01, share);
        }
        harms
    }

    #[test]
    fn stray_failures_are_no_part_of_what_is_much_worse_and_of_a_slight_fault_they_are() {
        let strays = [(100, 1, 0.003), (100, 0, 0.003), (100, 0, 0.003), (100, 1, 0.003)];
        let with = |more: (u64, u64, f64)| harms(&[&strays[..], &[more]].concat()).now().expect("a spell").since;
        assert_eq!(with((100, 6, 0.012)), at(15), "the stray failure just before may be its first");
        assert_eq!(with((200, 12, 0.04)), at(20));
        assert_eq!(with((100, 1, 0.004)), at(0));
    }

    #[test]
    fn when_nobody_meets_it_any_more_what_was_counted_stays() {
        let mut harms = harms(&[(100, 9, 0.09), (40, 5, 0.1)]);
        let counted = harms.now();
        let nobody = Counts { hurt: row(0, 0), other: row(900, 1), after: at(10), at: at(4_000) };
        harms.take(&nobody, 0.01, 0.0);
        assert_eq!((harms.now(), harms.is_none()), (counted, false));
        assert!(Harms::default().is_none());
    }

    #[test]
    fn good_requests_end_it_and_so_does_a_long_quiet() {
        assert_eq!(after(&[(100, 5), (300, 0), (200, 0)]), None);
        let mut little = vec![(2, 2)];
        little.extend([(2, 0); 59]);
        assert!(after(&little).is_some(), "118 good requests do not make up for two failures at 1 %");
        little.push((2, 0));
        assert_eq!(after(&little), None);
        little.push((2, 1));
        assert_eq!(after(&little).map(|harm| harm.since), Some(at(305)), "the next one is a spell of its own");
    }

    #[test]
    fn the_last_bad_request_is_not_the_last_reading() {
        let harm = after(&[(100, 9), (100, 3), (100, 0), (0, 0)]).expect("a spell");
        assert_eq!((harm.until, harm.hurt.n), (at(10), 300));
    }
}
