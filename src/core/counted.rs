//! What one reading counted, in a form that a journal keeps: enough to judge it again by other targets, other bounds of
//! latency, and other limits of memory.

use serde::{Deserialize, Serialize};

use crate::core::counter::PodDelta;
use crate::core::view::PodView;

/// All sides.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Counted {
    /// The version that is being released.
    #[serde(default)]
    pub canary: SideCounted,
    /// The version that served before.
    #[serde(default)]
    pub stable: SideCounted,
    /// The baseline: fresh pods of the version that served before, where there are any.
    #[serde(default, skip_serializing_if = "SideCounted::is_silent")]
    pub baseline: SideCounted,
}

/// One side, over all of its pods that answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SideCounted {
    /// How many pods answered.
    pub pods: u32,
    /// Requests since the reading before; absent: nobody exposes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
    /// The failed ones; absent: no label holds a status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<u64>,
    /// Requests whose duration was measured; absent: nobody measures it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timed: Option<u64>,
    /// How many of them took at most so many seconds, by each finite bound that has a bucket; rising.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub within: Vec<(f64, u64)>,
    /// The memory of the pod that is nearest to its limit (the largest, where none has one), in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<f64>,
    /// That pod's limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// Whether something that counts was not a number.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nan: bool,
}

impl SideCounted {
    /// Whether no pod of it answered.
    pub fn is_silent(&self) -> bool {
        self.pods == 0
    }

    /// Sums up what the pods of a side did; `buckets` are theirs, summed.
    pub fn of(pods: &[(PodDelta, PodView)], buckets: &[(f64, f64)]) -> Self {
        let requests: Vec<_> = pods.iter().filter_map(|(delta, _)| delta.requests).collect();
        let known = !requests.is_empty();
        let failed = requests.iter().try_fold(0.0, |sum, requests| Some(sum + requests.failed?));
        let whole = |count: f64| count.round() as u64;
        let fullest = pods.iter().filter_map(|(delta, pod)| Some((delta.memory?, pod.memory_limit)));
        let fullest =
            fullest.filter(|(memory, _)| memory.is_finite()).max_by(|a, b| fullness(a).total_cmp(&fullness(b)));
        Self {
            pods: u32::try_from(pods.len()).unwrap_or(u32::MAX),
            requests: known.then(|| whole(requests.iter().map(|requests| requests.all).sum())),
            failed: failed.filter(|_| known).map(whole),
            timed: buckets.last().map(|(_, count)| whole(*count)),
            within: buckets.iter().filter(|(le, _)| le.is_finite()).map(|(le, count)| (*le, whole(*count))).collect(),
            memory: fullest.map(|(memory, _)| memory),
            limit: fullest.and_then(|(_, limit)| limit),
            nan: pods.iter().any(|(delta, _)| delta.nan),
        }
    }
}

/// A share of the limit, where there is one; a pod without one counts by its bytes, after all that have one.
fn fullness((memory, limit): &(f64, Option<u64>)) -> f64 {
    limit.map_or(memory * f64::MIN_POSITIVE, |limit| memory / limit as f64)
}
