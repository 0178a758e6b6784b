//! One bet over a whole release: its winnings are reinvested, and part of the stake waits for faults that begin late.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::core::odds::ALTERNATIVES;

/// The part of the stake that is laid at the first interval.
const AT_START: f64 = 0.5;

/// The part that is laid when a later step begins, as long as there is something left.
const AT_STEP: f64 = 0.05;

/// What is laid little by little, 1 % of what is left each 15 s: all but the start and four later steps.
const TRICKLE: f64 = 1.0 - AT_START - 4.0 * AT_STEP;

/// What remains of the trickle after each [`TRICKLE_SPAN`].
const TRICKLE_KEEPS: f64 = 0.99;

/// In seconds.
const TRICKLE_SPAN: f64 = 15.0;

/// Which part of the stake an interval adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restart {
    /// A step begins with it: new pods, a new share, the likeliest moment for a fault to show.
    Step,
    /// It goes on after the one before, and is this long.
    After(Duration),
}

/// An e-process: a bet that is fair or worse while the null holds, and its running value, the odds.
///
/// S_m ← (S_m + π)·min(L_m^(1/φ), cap) for each alternative m, and E = mean S_m + (1 − Σπ so far). With every E\[L\] ≤ 1
/// and Σπ ≤ 1 this is a non-negative supermartingale that starts at 1, so P(E ever reaches 1/α) ≤ α (Ville 1939). The
/// restarts π (a mixture over the time of change, Shiryaev's) keep twenty-five good minutes from hiding a late fault; φ
/// discounts bursts; the cap keeps a single scrape from deciding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EProcess {
    /// ln S_m; `None` before the first interval.
    ln_s: Option<[f64; ALTERNATIVES]>,
    /// What is not laid yet, 1 − Σπ.
    unspent: f64,
    /// How much of it the trickle may still have; more steps than four take it away from there.
    trickle: f64,
}

impl Default for EProcess {
    fn default() -> Self {
        Self { ln_s: None, unspent: 1.0, trickle: TRICKLE }
    }
}

impl EProcess {
    /// Takes in an interval: its ln L for each alternative, how much of the stake it adds, the burst correction φ ≥ 1 and
    /// the logarithm of the cap.
    pub fn take(&mut self, ln_l: [f64; ALTERNATIVES], restart: Restart, phi: f64, ln_cap: f64) {
        let laid = self.lay(restart).ln();
        let before = self.ln_s.unwrap_or([f64::NEG_INFINITY; ALTERNATIVES]);
        let mut after = before;
        for (s, l) in after.iter_mut().zip(ln_l) {
            *s = ln_add(*s, laid) + (l / phi.max(1.0)).min(ln_cap);
        }
        self.ln_s = Some(after);
    }

    /// The part of the stake that this interval lays, π; never more than is left.
    fn lay(&mut self, restart: Restart) -> f64 {
        let wanted = match restart {
            _ if self.ln_s.is_none() => AT_START,
            Restart::Step => AT_STEP,
            Restart::After(span) => {
                let part = self.trickle * (1.0 - TRICKLE_KEEPS.powf(span.as_secs_f64() / TRICKLE_SPAN));
                self.trickle -= part;
                part
            }
        };
        let laid = wanted.min(self.unspent);
        self.unspent -= laid;
        laid
    }

    /// The natural logarithm of the odds E; 0 (1:1) before the first interval.
    pub fn ln_odds(&self) -> f64 {
        let Some(ln_s) = self.ln_s else { return 0.0 };
        let sum = ln_s.into_iter().fold(f64::NEG_INFINITY, ln_add);
        ln_add(sum - (ALTERNATIVES as f64).ln(), self.unspent.ln())
    }

    /// Whether anything was staked yet.
    pub fn has_begun(&self) -> bool {
        self.ln_s.is_some()
    }

    /// Lowers the winnings to `ln_ceiling`, for a bet that is a measure of the moment and not a test.
    pub fn forget_above(&mut self, ln_ceiling: f64) {
        if let Some(ln_s) = &mut self.ln_s {
            ln_s.iter_mut().for_each(|s| *s = s.min(ln_ceiling));
        }
    }
}

/// ln(e^a + e^b), without leaving the logarithms.
fn ln_add(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if low == f64::NEG_INFINITY { high } else { high + (low - high).exp().ln_1p() }
}
