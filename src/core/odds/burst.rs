//! How much errors come in bursts: a failing dependency fails fifty requests at once, and those are not fifty witnesses.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::core::time::Time;

/// How far back stable's past is looked at.
const HORIZON: Duration = Duration::from_secs(3_600);

/// The past is forgotten in pieces of this length, so that what is kept is a few sums and no samples.
const PIECE: Duration = Duration::from_secs(600);

/// With fewer intervals than this nobody knows.
const FEWEST: u32 = 20;

/// Stable's past, as sums.
///
/// φ = max(1, mean[(r_i − r_(i−1))² / (1/n_i + 1/n_(i−1))] / p̂), r = e/n the bad share of an interval, p̂ = Σe/Σn: the
/// variance of successive differences (von Neumann 1941) over what independent errors would show. Where all intervals have
/// the same number of requests it is ½·mean(Δe²)/mean(e). Differences of neighbours leave a slow change of the level out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bursts {
    pieces: VecDeque<Piece>,
    last: Option<(f64, f64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Piece {
    began: Time,
    intervals: u32,
    pairs: u32,
    squares: f64,
    n: f64,
    e: f64,
}

impl Bursts {
    /// Takes in an interval of stable's: `n` requests, `e` of them bad. One without requests says nothing.
    pub fn take(&mut self, at: Time, n: f64, e: f64) {
        self.pieces.retain(|piece| at.since(piece.began) <= HORIZON);
        if n <= 0.0 {
            return;
        }
        if self.pieces.back().is_none_or(|piece| at.since(piece.began) >= PIECE) {
            self.pieces.push_back(Piece { began: at, intervals: 0, pairs: 0, squares: 0.0, n: 0.0, e: 0.0 });
        }
        let last = self.last.replace((n, e));
        let Some(piece) = self.pieces.back_mut() else { return };
        if let Some((n_before, e_before)) = last {
            piece.squares += (e / n - e_before / n_before).powi(2) / (1.0 / n + 1.0 / n_before);
            piece.pairs += 1;
        }
        piece.intervals += 1;
        piece.n += n;
        piece.e += e;
    }

    /// The ratio that φ is the maximum of 1 and; `None` without two intervals or without errors.
    pub fn raw(&self) -> Option<f64> {
        let sum = |pick: fn(&Piece) -> f64| self.pieces.iter().map(pick).sum::<f64>();
        let (pairs, share) = (sum(|piece| f64::from(piece.pairs)), sum(|piece| piece.e) / sum(|piece| piece.n));
        (pairs > 0.0 && share > 0.0).then(|| sum(|piece| piece.squares) / pairs / share)
    }

    /// The burst correction φ ≥ 1; 1 while fewer than twenty intervals are known.
    pub fn phi(&self) -> f64 {
        if self.is_known() { self.raw().map_or(1.0, |raw| raw.max(1.0)) } else { 1.0 }
    }

    /// φ, or what the little that is known so far lets guess of it where that is plainly more than chance: the ratio of
    /// independent errors has a standard deviation of about √2/√k over k pairs, and a heavy tail. Only what speaks against
    /// the canary may be weighed by a guess.
    pub fn guess(&self) -> f64 {
        const NOISE: f64 = 4.0;
        if self.is_known() {
            return self.phi();
        }
        let pairs: u32 = self.pieces.iter().map(|piece| piece.pairs).sum();
        self.raw().filter(|raw| *raw > 1.0 + NOISE / f64::from(pairs).sqrt()).unwrap_or(1.0)
    }

    /// Whether there is enough of a past.
    pub fn is_known(&self) -> bool {
        self.pieces.iter().map(|piece| piece.intervals).sum::<u32>() >= FEWEST
    }
}
