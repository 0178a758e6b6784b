//! The odds gate: how strongly the counts speak against a canary, as the odds of a fair bet.
//!
//! Every reading brings four counts: requests and bad requests of the canary and of stable. Two bets are laid on them:
//! the *relative* one, that the canary is worse than stable tolerates, and the *absolute* one, that it is worse than its
//! target. Each pays a likelihood ratio whose mean is at most one as long as the canary is healthy, so a stake of 1 that is
//! reinvested reaches 1000 in at most one healthy release of a thousand, however often somebody looks (Ville 1939).
//! `docs/judging.md` has the proof.
//!
//! Everything here is a pure function of counts; what a verdict makes of the odds is in [`crate::core::judge`].

mod bound;
mod brake;
mod burst;
mod clump;
mod gate;
mod minute;
mod process;
mod ratio;
mod release;
mod time;

pub use bound::{Looks, anytime_interval, look_alpha, more_requests};
pub use brake::Brake;
pub use burst::Bursts;
pub use clump::Clumps;
pub use gate::Gate;
pub use minute::{MOMENT, Minute};
pub use process::{EProcess, Restart};
pub use ratio::{ABSOLUTE, RELATIVE, absolute, relative};
pub use release::{bound_words, gates, release_bets, release_bound, share_out, threshold_for};
pub use time::{Bets, Share, Sides, time_to_line, time_to_notice};

use crate::core::evidence::Pair;

/// How many alternatives each bet is spread over.
pub const ALTERNATIVES: usize = 3;

/// What one interval counted on both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counts {
    /// Requests of the canary.
    pub n_c: f64,
    /// Of which bad.
    pub e_c: f64,
    /// Requests of stable.
    pub n_b: f64,
    /// Of which bad.
    pub e_b: f64,
}

impl Counts {
    /// The counts that are proven: where a latency bound lies inside a bucket, only what is slower than the bucket is bad.
    pub fn proven(pair: &Pair) -> Self {
        let [n_c, e_c, n_b, e_b] =
            [pair.canary.n, pair.canary.bad, pair.stable.n, pair.stable.bad].map(|count| count as f64);
        Self { n_c, e_c: e_c.min(n_c), n_b, e_b: e_b.min(n_b) }
    }

    /// Stable in the canary's place, to ask how it stands against the target itself.
    pub fn of_stable(&self) -> Self {
        Self { n_c: self.n_b, e_c: self.e_b, n_b: 0.0, e_b: 0.0 }
    }
}

#[cfg(test)]
mod tests;
