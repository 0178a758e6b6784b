//! What the counts allow to be said of the canary's true share of bad requests: when it may go on, and what to show.

use serde::{Deserialize, Serialize};
use statrs::function::beta::{beta_reg, ln_beta};

use crate::core::stats::{solve, upper_bound};

/// How sure the first look of a step must be wrong at most: 5 %.
const FIRST_LOOK: f64 = 0.05;

/// The error that a look may make after `spent` looks of the same step that did not pass: half as much each time, so that
/// all looks of a step together stay under 10 %. Looking every interval at 5 % would pass a canary that sits exactly at
/// its target 18 times of 100 within 20 looks.
pub fn look_alpha(spent: u32) -> f64 {
    FIRST_LOOK * 0.5_f64.powi(spent.min(1_000).cast_signed())
}

/// The looks at the promotion bound in one step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looks {
    spent: u32,
    /// With fewer requests than this the next look could not pass, so it is not taken.
    not_before: u64,
}

impl Looks {
    /// Whether the canary passes: the one-sided upper Clopper-Pearson bound of `bad` of `n` lies below `target`.
    pub fn passes(&self, bad: u64, n: u64, target: f64) -> bool {
        n >= self.not_before && upper_bound(bad, n, 1.0 - look_alpha(self.spent)) < target
    }

    /// How many more requests the next look needs, if bad ones go on at the share seen; `None` where that share is not
    /// below the target.
    pub fn needs(&self, bad: u64, n: u64, target: f64) -> Option<u64> {
        let waits = self.not_before.saturating_sub(n);
        more_requests(bad, n, target, look_alpha(self.spent)).map(|more| more.max(waits))
    }

    /// How many looks of this step did not pass.
    pub fn spent(&self) -> u32 {
        self.spent
    }

    /// Notes that a look was taken and did not pass. It costs nothing while the look was not due.
    pub fn spend(&mut self, bad: u64, n: u64, target: f64) {
        if n < self.not_before || self.passes(bad, n, target) {
            return;
        }
        self.spent = self.spent.saturating_add(1);
        let alpha = look_alpha(self.spent);
        // The next look is due when it passes if the share seen goes on. But a burst may have made that share: so it is
        // taken when there are half as many requests again, unless it could not even pass if all of those were good.
        let patience = (n / 2).max(good_requests(bad, n, target, alpha).unwrap_or(n));
        let more = more_requests(bad, n, target, alpha).map_or(patience, |more| more.min(patience));
        self.not_before = n.saturating_add(more.max(1));
    }
}

/// How many more requests bring the upper Clopper-Pearson bound at error `alpha` below `target`, if the share of bad ones
/// stays as it is; 0 where it is there already, `None` where it never comes.
pub fn more_requests(bad: u64, n: u64, target: f64, alpha: f64) -> Option<u64> {
    let share = if n == 0 { 0.0 } else { bad as f64 / n as f64 };
    if share >= target { None } else { first_enough(bad, n, share, target, alpha) }
}

/// The same if all of them are good.
fn good_requests(bad: u64, n: u64, target: f64, alpha: f64) -> Option<u64> {
    first_enough(bad, n, 0.0, target, alpha)
}

/// The first number of further requests, of which `share` are bad, that brings the bound below `target`.
///
/// The bound lies below p when I_p(e + 1, n − e) > 1 − α; e grows with n as a real number here, which makes it monotone.
fn first_enough(bad: u64, n: u64, share: f64, target: f64, alpha: f64) -> Option<u64> {
    const MOST: u64 = 1 << 40;
    if target <= 0.0 {
        return None;
    }
    if target >= 1.0 {
        return Some(0);
    }
    let enough = |more: u64| {
        let (n, bad) = ((n + more) as f64, bad as f64 + share * more as f64);
        n > bad && beta_reg(bad + 1.0, n - bad, target) > 1.0 - alpha
    };
    if enough(0) {
        return Some(0);
    }
    let mut high = 1;
    while !enough(high) {
        high *= 2;
        if high > MOST {
            return None;
        }
    }
    let mut low = high / 2;
    while high - low > 1 {
        let middle = u64::midpoint(low, high);
        if enough(middle) { high = middle } else { low = middle }
    }
    Some(high)
}

/// The interval that holds the true share at every moment at once, with probability 1 − `alpha`: what a gauge may show
/// while somebody watches it. {p : B(1+e, 1+n−e) / (p^e (1−p)^(n−e)) < 1/α}, the uniform mixture of Robbins (1970).
pub fn anytime_interval(bad: u64, n: u64, alpha: f64) -> (f64, f64) {
    let (e, good) = (bad.min(n) as f64, n.saturating_sub(bad) as f64);
    if n == 0 {
        return (0.0, 1.0);
    }
    let mixture = ln_beta(1.0 + e, 1.0 + good);
    let power = |count: f64, p: f64| if count > 0.0 { count * p.ln() } else { 0.0 };
    let excess = |p: f64| mixture - power(e, p) - power(good, 1.0 - p) + alpha.ln();
    let seen = e / n as f64;
    let low = if e > 0.0 { seen * solve(|u| -excess(seen * u)) } else { 0.0 };
    let high = if good > 0.0 { seen + (1.0 - seen) * solve(|u| excess(seen + (1.0 - seen) * u)) } else { 1.0 };
    (low, high)
}
