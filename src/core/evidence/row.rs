//! Rows of requests: of one side, and of both.

use serde::{Deserialize, Serialize};

/// Requests of one side, and how many of them were bad.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Requests.
    pub n: u64,
    /// Bad ones that are proven. Where a latency bound lies inside a bucket this counts only what is slower than the bucket.
    pub bad: u64,
    /// Bad ones at most; the same as `bad` where nothing is in doubt.
    pub bad_at_most: u64,
}

impl Row {
    pub(super) fn add(&mut self, other: Row) {
        self.n += other.n;
        self.bad += other.bad;
        self.bad_at_most += other.bad_at_most;
    }

    /// The proven share of bad requests; `None` without requests.
    pub fn share(&self) -> Option<f64> {
        (self.n > 0).then(|| self.bad as f64 / self.n as f64)
    }
}

/// Both sides over one span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// The version that is being released.
    pub canary: Row,
    /// The version that served before: all of stable, or the baseline where there is one.
    pub stable: Row,
}

impl Pair {
    pub(super) fn add(&mut self, other: Pair) {
        self.canary.add(other.canary);
        self.stable.add(other.stable);
    }
}
