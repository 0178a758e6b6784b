//! The bets of one rule on one workload, from the canary's first request to the end of the release.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::core::evidence::Pair;
use crate::core::odds::{
    ALTERNATIVES, Brake, Bursts, Clumps, Counts, EProcess, Looks, Minute, Restart, absolute, relative,
};
use crate::core::rule::OddsRule;
use crate::core::time::Time;

/// What is remembered: three bets, both sides' bursts, and the looks at the promotion bound. A few numbers, no samples.
/// What an earlier program did not record begins empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Gate {
    relative: EProcess,
    absolute: EProcess,
    /// How stable itself stands against the target.
    stable: EProcess,
    /// The absolute bet as it stood before stable went bad as well.
    before_outage: Option<EProcess>,
    bursts: Bursts,
    clumps: Clumps,
    brakes: [Brake; 2],
    minute: Minute,
    began: Option<Time>,
    last: Option<Time>,
    step_begins: bool,
    /// The looks at the promotion bound in this step.
    pub looks: Looks,
}

impl Gate {
    /// Begins a new step: the odds go on, with a fresh stake.
    pub fn begin_step(&mut self) {
        self.step_begins = true;
        self.begin_soak();
    }

    /// Begins the soak of a step: the looks at the promotion bound begin anew.
    pub fn begin_soak(&mut self) {
        self.looks = Looks::default();
    }

    /// Takes in a reading. The stake is laid at the canary's first requests; until then only stable's past is noted.
    pub fn take(&mut self, rule: &OddsRule, target: f64, pair: &Pair, at: Time) {
        let counts = Counts::proven(pair);
        // Only the past may discount this interval: else an interval would speak about its own weight.
        let phi = self.bursts.phi();
        let guess = self.bursts.guess();
        self.bursts.take(at, counts.n_b, counts.e_b);
        let last = self.last.replace(at);
        if !self.has_begun() && counts.n_c <= 0.0 {
            return;
        }
        self.began.get_or_insert(last.unwrap_or(at));
        let span = last.map_or(Duration::ZERO, |last| at.since(last));
        let restart = if std::mem::take(&mut self.step_begins) { Restart::Step } else { Restart::After(span) };
        let ln_cap = rule.cap.ln();
        // What a burst wins where it lies across the boundary of two readings of the reference: the same however often is read.
        let ln_moment = 2.0 * ln_cap;
        let against = if self.minds_bursts(target) { guess.max(self.clumps.phi()) } else { phi };
        self.clumps.take(at, counts.n_c, counts.e_c);
        let discount = |ln_l: [f64; ALTERNATIVES]| ln_l.map(|l| l / if l > 0.0 { against } else { phi });
        let [brake_relative, brake_absolute] = &mut self.brakes;
        let paid = relative(&counts, rule.rho);
        self.minute.take(at, counts.n_c, counts.e_c, paid.first().copied().unwrap_or(0.0));
        let won = brake_relative.hold_back(at, discount(paid), ln_cap, ln_moment);
        self.relative.take(won, restart, 1.0, ln_cap);
        let won = brake_absolute.hold_back(at, discount(absolute(&counts, target)), ln_cap, ln_moment);
        self.weigh_stable(rule, target, &counts, restart, phi);
        self.absolute.take(won, restart, 1.0, ln_cap);
        if !self.stable_is_bad()
            && let Some(before) = self.before_outage.take()
        {
            self.absolute = before;
        }
    }

    /// Whether bursts of the canary's own are taken for what they are: while nobody knows how stable's errors come, or the
    /// canary is within its target, where there is time to see whether it was one. A fault beyond the target is met at once.
    fn minds_bursts(&self, target: f64) -> bool {
        !self.bursts.is_known() || self.minute.share() <= target
    }

    /// Stable's own bet says whether an outage is common. Were the canary's absolute bet to keep what a common outage won,
    /// the end of the outage would roll an innocent canary back: so it is set back to where it stood before. That is the
    /// same as skipping those intervals for a reason that looks at stable alone, and keeps the bound.
    fn weigh_stable(&mut self, rule: &OddsRule, target: f64, counts: &Counts, restart: Restart, phi: f64) {
        let was_bad = self.stable_is_bad();
        self.stable.take(absolute(&counts.of_stable(), target), restart, phi, rule.cap.ln());
        self.stable.forget_above(rule.rollback.ln());
        if self.stable_is_bad() && !was_bad {
            self.before_outage = Some(self.absolute.clone());
        }
    }

    /// Whether the canary has had any request.
    pub fn has_begun(&self) -> bool {
        self.relative.has_begun()
    }

    /// ln odds that the canary is worse than `rho` times stable.
    pub fn ln_relative(&self) -> f64 {
        self.relative.ln_odds()
    }

    /// Whether the last minute goes on speaking against the canary, and would without any one short burst.
    pub fn goes_on(&self, target: f64) -> bool {
        self.minute.goes_on(target)
    }

    /// ln odds that the canary is worse than its target.
    pub fn ln_absolute(&self) -> f64 {
        self.absolute.ln_odds()
    }

    /// Whether stable's own odds against the target are better than 1:1, so that what the target says is not the canary's.
    pub fn stable_is_bad(&self) -> bool {
        self.stable.ln_odds() > 0.0
    }

    /// How long the bets have been open.
    pub fn age(&self, now: Time) -> Duration {
        self.began.map_or(Duration::ZERO, |began| now.since(began))
    }

    /// The burst correction for the next interval: errors arrive in bursts of about so many, stable's or the canary's.
    pub fn phi(&self) -> f64 {
        self.bursts.phi().max(self.clumps.phi())
    }
}
