//! How much the canary's own errors come in short bursts: one that is over is no sign of a version that is bad.
//!
//! Stable's bursts are known from its past ([`crate::core::odds::Bursts`]). A canary may meet one of its own, a connection
//! that breaks or a cache that is cold, and be well before and after. Evidence against it is discounted by the size of such
//! bursts, evidence for it is not, so this can only lower the odds and costs the bound nothing.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::core::time::Time;

/// The span in which errors that come together count as one burst.
const WINDOW: Duration = Duration::from_secs(30);

/// How many windows are remembered: ten minutes.
const KEPT: usize = 20;

/// φ̂ of independent errors has a standard deviation of about 2.2/√k over k terms, and a heavy tail: what lies below this many
/// 1/√k over 1 is taken for noise. A canary whose errors are independent is so discounted now and then; only one that is within
/// its target is discounted at all, so that costs little.
const NOISE: f64 = 4.0;

/// The canary's past in windows, cut twice with half a window between, so that every burst lies whole in one of the two.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Clumps {
    began: Option<Time>,
    cuts: [Cut; 2],
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Cut {
    /// Which window is open, and what is in it.
    open: (i64, Window),
    closed: VecDeque<Window>,
}

/// Requests and bad ones.
type Window = (f64, f64);

impl Clumps {
    /// Takes in an interval of the canary's: `n` requests, `e` of them bad.
    pub fn take(&mut self, at: Time, n: f64, e: f64) {
        let began = *self.began.get_or_insert(at);
        let half = i64::try_from(at.since(began).as_millis() * 2 / WINDOW.as_millis()).unwrap_or(i64::MAX - 1);
        for (shift, cut) in (0..).zip(&mut self.cuts) {
            cut.take((half + shift) / 2, n, e);
        }
    }

    /// The discount: errors come about so many at a time; 1 where nothing shows that they do.
    pub fn phi(&self) -> f64 {
        self.cuts.iter().filter_map(Cut::phi).fold(1.0, f64::max)
    }
}

impl Cut {
    fn take(&mut self, window: i64, n: f64, e: f64) {
        if window != self.open.0 {
            let closed = std::mem::replace(&mut self.open, (window, (0.0, 0.0))).1;
            // A window without requests says nothing, and is no quiet one either.
            if closed.0 > 0.0 {
                self.closed.push_back(closed);
            }
            while self.closed.len() > KEPT {
                self.closed.pop_front();
            }
        }
        let (all, bad) = &mut self.open.1;
        *all += n;
        *bad += e;
    }

    /// φ̂ = mean[−(r_i − r_(i−1))·(r_(i+1) − r_i)·n_i] / p̂, r = e/n: where independent errors are counted, neighbouring
    /// differences have the covariance −p/n_i, so φ̂ is 1 on average. A burst that comes and goes makes it as large as the
    /// burst; a level that rises and stays, which is what a fault does, leaves it alone.
    fn phi(&self) -> Option<f64> {
        let share = |(n, e): &Window| e / n;
        // Before its first window the canary had no errors, so that a burst at its very beginning has an edge as well.
        let all = || std::iter::once(&(1.0, 0.0)).chain(&self.closed);
        let middles = all().zip(all().skip(1)).zip(all().skip(2));
        let terms = middles.map(|((a, b), c)| (share(b) - share(a)) * (share(b) - share(c)) * b.0);
        let (count, sum) = terms.fold((0.0, 0.0), |(count, sum), term| (count + 1.0, sum + term));
        let all: f64 = self.closed.iter().map(|(n, _)| n).sum();
        let bad: f64 = self.closed.iter().map(|(_, e)| e).sum();
        if count <= 0.0 || bad <= 0.0 {
            return None;
        }
        Some(sum / count / (bad / all)).filter(|phi| *phi > 1.0 + NOISE / count.sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;
    use rand_distr::{Distribution, Poisson};

    const READING: Duration = Duration::from_secs(5);

    /// φ after readings of 95 requests, of which so many failed.
    fn phi_of(errors: impl IntoIterator<Item = f64>) -> f64 {
        let (mut clumps, mut at) = (Clumps::default(), Time::from_millis(0));
        for e in errors {
            at = at + READING;
            clumps.take(at, 95.0, e);
        }
        clumps.phi()
    }

    #[test]
    fn a_burst_that_comes_and_goes_is_seen_wherever_it_is_cut() {
        for place in 0..14 {
            let burst = (0..30).map(|i| if i == place || i == place + 1 { 3.0 } else { 0.0 });
            assert!(phi_of(burst) > 4.0, "at {place}");
        }
    }

    #[test]
    fn a_fault_that_comes_and_stays_is_no_burst() {
        assert_eq!(phi_of((0..60).map(|i| if i < 20 { 0.0 } else { 4.0 })), 1.0);
        assert_eq!(phi_of([48.0; 60]), 1.0);
        assert_eq!(phi_of((0..90).map(|i| f64::from(i / 15))), 1.0, "nor one that grows");
        assert_eq!(phi_of([]), 1.0);
    }

    #[test]
    fn independent_errors_are_seldom_taken_for_bursts_and_for_small_ones() {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let errors = Poisson::new(0.5).expect("a mean");
        let all: Vec<f64> = (0..500).map(|_| phi_of((0..36).map(|_| errors.sample(&mut rng)))).collect();
        let taken = all.iter().filter(|phi| **phi > 1.0).count();
        let mean = all.iter().sum::<f64>() / 500.0;
        assert!(taken < 125 && mean < 1.5, "{taken} of 500, φ is {mean} on average");
    }
}
