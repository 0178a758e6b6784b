//! How many requests a second each side serves.

use std::collections::VecDeque;

use crate::core::evidence::RECENT;
use crate::core::time::Time;

/// Requests a second on both sides, over the last minute.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rates {
    /// The version that is being released.
    pub canary: f64,
    /// The version that served before.
    pub stable: f64,
}

/// Requests of each side, reading by reading, over the last minute.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Flow(VecDeque<Reading>);

#[derive(Clone, Copy, Debug, PartialEq)]
struct Reading {
    at: Time,
    requests: Requests,
}

/// How many requests each side counted in one reading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Requests {
    /// `None`: no pod of that side said how many requests it had. That is silence, and never a zero.
    pub(super) canary: Option<f64>,
    pub(super) stable: Option<f64>,
}

impl Flow {
    pub(super) fn note(&mut self, at: Time, requests: Requests) {
        self.0.push_back(Reading { at, requests });
        while self.0.front().is_some_and(|first| at.since(first.at) > RECENT) {
            self.0.pop_front();
        }
    }

    pub(super) fn rates(&self) -> Option<Rates> {
        let heard = || self.spans().filter(|(_, requests)| requests.brought_any());
        let span = total(heard().map(|(seconds, _)| seconds));
        let sum = |pick: fn(&Requests) -> Option<f64>| total(heard().filter_map(|(_, requests)| pick(requests))) / span;
        (span > 0.0).then(|| Rates { canary: sum(|requests| requests.canary), stable: sum(|requests| requests.stable) })
    }

    /// Requests a second of one side in the newest reading that it answered, and when that was.
    pub(super) fn newest(&self, of: fn(&Requests) -> Option<f64>) -> Option<(f64, Time)> {
        let mut pairs = self.0.iter().zip(self.0.iter().skip(1)).rev();
        let (before, last, requests) = pairs.find_map(|(before, last)| Some((before, last, of(&last.requests)?)))?;
        let span = last.at.since(before.at).as_secs_f64();
        (span > 0.0).then(|| (requests / span, last.at))
    }

    /// Each reading but the first, whose increase happened before the span that the others cover, with the seconds that it covers.
    fn spans(&self) -> impl Iterator<Item = (f64, &Requests)> {
        let pairs = self.0.iter().zip(self.0.iter().skip(1));
        pairs.map(|(before, last)| (last.at.since(before.at).as_secs_f64(), &last.requests))
    }
}

impl Requests {
    fn brought_any(&self) -> bool {
        self.canary.is_some() || self.stable.is_some()
    }
}

/// A sum that is 0 where there is nothing to add: the library's own begins at -0, which a person would read as a fault.
pub(super) fn total(numbers: impl Iterator<Item = f64>) -> f64 {
    numbers.fold(0.0, |sum, number| sum + number)
}
