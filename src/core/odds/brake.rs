//! The caps on what a reading, and a short moment of several readings, can win.
//!
//! A reading never decides alone. A burst of errors lies in one reading of the reference, which reads every 15 s, or across
//! the boundary of two; whoever reads more often must not win more on it than those two.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::core::odds::ALTERNATIVES;
use crate::core::time::Time;

/// How long a moment is: a scrape of the reference, less a second, which forgives one that came early.
const MOMENT: Duration = Duration::from_secs(14);

/// What a bet won in the last moment, reading by reading.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Brake {
    recent: VecDeque<(Time, [f64; ALTERNATIVES])>,
}

impl Brake {
    /// The ln L that may count now: at most `ln_cap`, and as much of it as keeps the winnings of any moment at or below
    /// `ln_moment`. It only ever lowers them.
    pub fn hold_back(
        &mut self,
        at: Time,
        ln_l: [f64; ALTERNATIVES],
        ln_cap: f64,
        ln_moment: f64,
    ) -> [f64; ALTERNATIVES] {
        self.recent.retain(|(then, _)| at.since(*then) < MOMENT);
        let mut left = [ln_moment; ALTERNATIVES];
        for (_, won) in &self.recent {
            left.iter_mut().zip(won).for_each(|(left, won)| *left -= won);
        }
        let mut allowed = ln_l;
        allowed.iter_mut().zip(left).for_each(|(ln_l, left)| *ln_l = ln_l.min(left.clamp(0.0, ln_cap)));
        self.recent.push_back((at, allowed));
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held_back(every: i64, ln_l: &[f64]) -> Vec<f64> {
        let mut brake = Brake::default();
        let at = (0..).map(|i| Time::from_millis(i * every * 1_000));
        at.zip(ln_l).map(|(at, ln_l)| brake.hold_back(at, [*ln_l; ALTERNATIVES], 4.0, 6.0)[0]).collect()
    }

    #[test]
    fn scrapes_have_the_cap_each_and_readings_share_it() {
        assert_eq!(held_back(15, &[9.0, 3.0, 9.0]), [4.0, 3.0, 4.0]);
        assert_eq!(held_back(5, &[9.0, 3.0, 3.0, 9.0, 3.0]), [4.0, 2.0, 0.0, 4.0, 2.0]);
    }

    #[test]
    fn what_speaks_for_the_canary_always_counts() {
        assert_eq!(held_back(5, &[9.0, -2.0, 9.0]), [4.0, -2.0, 4.0]);
        assert_eq!(held_back(5, &[-50.0, 9.0]), [-50.0, 4.0]);
    }
}
