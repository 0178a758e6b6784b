//! Chance, as a function of (seed, purpose, moment) and of nothing else.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use sha2::{Digest, Sha256};

use crate::core::time::Time;

/// A sequence of random numbers.
#[derive(Clone, Debug)]
pub struct Draws(ChaCha8Rng);

impl Draws {
    /// The sequence for one purpose at one moment: the same three give the same numbers, however the world got there.
    pub fn of(seed: u64, purpose: &str, moment: i64) -> Self {
        let mut hash = Sha256::new();
        hash.update(seed.to_le_bytes());
        hash.update(moment.to_le_bytes());
        hash.update(purpose.as_bytes());
        Self(ChaCha8Rng::from_seed(hash.finalize().into()))
    }

    /// Evenly from 0 (included) to 1 (excluded).
    pub fn unit(&mut self) -> f64 {
        // 53 bits are what a float holds.
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Evenly between two spans, to the millisecond.
    pub fn between(&mut self, least: Duration, most: Duration) -> Duration {
        let range = most.saturating_sub(least).as_millis() as f64 + 1.0;
        least + Duration::from_millis((self.unit() * range) as u64)
    }
}

/// The lag of one purpose at one moment, evenly between two spans of milliseconds.
pub fn lag(seed: u64, purpose: &str, now: Time, least: u64, most: u64) -> Duration {
    Draws::of(seed, purpose, now.millis()).between(Duration::from_millis(least), Duration::from_millis(most))
}

/// The entry that `unit`, from 0 to 1, falls on; `None` of an empty list.
pub fn pick<T>(list: &[T], unit: f64) -> Option<&T> {
    list.get((unit * list.len() as f64) as usize).or(list.last())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_depends_on_seed_purpose_and_moment_alone() {
        let draw = |seed, purpose, moment| Draws::of(seed, purpose, moment).unit();
        assert_eq!(draw(1, "a", 2), draw(1, "a", 2));
        assert_ne!(draw(1, "a", 2), draw(2, "a", 2));
        assert_ne!(draw(1, "a", 2), draw(1, "b", 2));
        assert_ne!(draw(1, "a", 2), draw(1, "a", 3));
    }

    #[test]
    fn draws_stay_in_their_bounds() {
        let mut draws = Draws::of(7, "bounds", 0);
        for _ in 0..1_000 {
            assert!((0.0..1.0).contains(&draws.unit()));
            let span = draws.between(Duration::from_millis(100), Duration::from_millis(300));
            assert!((100..=300).contains(&span.as_millis()));
        }
        assert_eq!(pick(&[1, 2, 3], 1.0), Some(&3));
    }
}
