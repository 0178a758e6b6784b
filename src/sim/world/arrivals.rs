//! When users' requests come, and the chances that each one carries with it.

use std::time::Duration;

use super::draws::Draws;
use crate::core::time::Time;

/// One second of arrivals is drawn from one sequence, so that any second can be drawn without those before it.
const SLOT: i64 = 1_000;

/// One request that is about to be made. Every number but the time is evenly between 0 and 1: what it means is decided
/// when the request meets the world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arrival {
    /// When it comes.
    pub at: Time,
    /// Through which Service.
    pub service: f64,
    /// On a kept connection or a new one.
    pub kept: f64,
    /// On which kept connection.
    pub connection: f64,
    /// To which endpoint, if the connection is new.
    pub endpoint: f64,
    /// How long the new connection is kept.
    pub life: f64,
    /// To which route.
    pub route: f64,
    /// Whether it fails.
    pub outcome: f64,
    /// How long it takes.
    pub latency: f64,
}

/// A Poisson stream of requests: a function of (seed, name, rate, time).
#[derive(Clone, Debug)]
pub struct Arrivals {
    seed: u64,
    name: String,
    /// Milliseconds between requests on average; infinite where none come.
    gap: f64,
    slot: i64,
    /// Milliseconds into the slot.
    offset: f64,
    draws: Draws,
    /// Drawn, and not yet taken.
    next: Option<Arrival>,
}

impl Arrivals {
    /// The stream called `name`, of `rate` requests a second, from the slot of `start` on.
    pub fn new(seed: u64, name: &str, rate: f64, start: Time) -> Self {
        let slot = start.millis().div_euclid(SLOT);
        let name = format!("arrivals {name}");
        let draws = Draws::of(seed, &name, slot);
        Self { seed, name, gap: 1_000.0 / rate, slot, offset: 0.0, draws, next: None }
    }

    /// The next request before `end`; `None`: no more until then.
    pub fn before(&mut self, end: Time) -> Option<Arrival> {
        if self.next.is_none() {
            self.next = self.draw(end);
        }
        self.next.take_if(|next| next.at < end)
    }

    /// Draws the next request, looking no further than the slot of `end`.
    fn draw(&mut self, end: Time) -> Option<Arrival> {
        // Where nothing ever comes, going through the slots would be for nothing.
        while self.gap.is_finite() && self.slot * SLOT < end.millis() {
            self.offset += -(1.0 - self.draws.unit()).ln() * self.gap;
            if self.offset < SLOT as f64 {
                return Some(self.arrival());
            }
            self.slot += 1;
            self.offset = 0.0;
            self.draws = Draws::of(self.seed, &self.name, self.slot);
        }
        None
    }

    fn arrival(&mut self) -> Arrival {
        let at = Time::from_millis(self.slot * SLOT + self.offset as i64);
        let mut unit = || self.draws.unit();
        Arrival {
            at,
            service: unit(),
            kept: unit(),
            connection: unit(),
            endpoint: unit(),
            life: unit(),
            route: unit(),
            outcome: unit(),
            latency: unit(),
        }
    }
}

/// An exponentially distributed span with this mean.
pub fn exponential(mean: Duration, unit: f64) -> Duration {
    mean.mul_f64(-(1.0 - unit.clamp(0.0, 0.999_999)).ln())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Time {
        Time::from_millis(millis)
    }

    fn all(stream: &mut Arrivals, ends: &[i64]) -> Vec<Arrival> {
        ends.iter().flat_map(|end| std::iter::from_fn(|| stream.before(at(*end))).collect::<Vec<_>>()).collect()
    }

    #[test]
    fn the_stream_does_not_depend_on_how_it_is_asked() {
        let stream = || Arrivals::new(7, "checkout", 20.0, at(500_000));
        let whole = all(&mut stream(), &[560_000]);
        let sliced: Vec<i64> = (0..=60_000).step_by(37).map(|ms| 500_000 + ms).chain([560_000]).collect();
        assert_eq!(all(&mut stream(), &sliced), whole);
        assert!(whole.is_sorted_by_key(|arrival| arrival.at));
    }

    #[test]
    fn the_rate_is_the_one_that_was_asked_for() {
        let count = all(&mut Arrivals::new(7, "checkout", 50.0, at(0)), &[200_000]).len();
        assert!((9_600..10_400).contains(&count), "{count}");
        assert_eq!(all(&mut Arrivals::new(7, "idle", 0.0, at(0)), &[i64::MAX]), []);
    }
}
