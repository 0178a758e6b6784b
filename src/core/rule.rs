//! What a canary is judged by: the rules, as they are configured.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::core::time::span;

/// One thing that must hold of the canary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// The rule's name, as gauges and events show it: `errors`, `p95`, `memory`.
    pub name: String,
    /// What is measured, and against which target.
    pub sli: Sli,
    /// What a breach does.
    pub action: Action,
    /// How samples become a verdict.
    pub judge: Threshold,
}

/// A service level indicator with its target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Sli {
    /// The share of requests that fail (5xx).
    Errors {
        /// The share that may fail, 0–1.
        target: f64,
    },
    /// A latency quantile: `quantile` of the requests must be faster than `bound`.
    Latency {
        /// 0–1; 0.95 for p95.
        quantile: f64,
        /// In seconds.
        bound: f64,
    },
    /// The memory of the largest pod.
    Memory {
        /// What it may reach.
        target: MemoryTarget,
    },
}

impl Sli {
    /// The share of requests that may be bad: failed, or slower than the bound. `None` for a level such as memory.
    pub fn budget(&self) -> Option<f64> {
        match self {
            Self::Errors { target } => Some(*target),
            Self::Latency { quantile, .. } => Some(1.0 - quantile),
            Self::Memory { .. } => None,
        }
    }
}

/// What the memory of a pod may reach.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MemoryTarget {
    /// A share of the container's limit, 0–1. A container without a limit is unknown, never fine.
    OfLimit(f64),
    /// Bytes.
    Bytes(u64),
}

/// What a breach of a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Say so and do nothing.
    Note,
    /// Do not advance.
    Hold,
    /// Bring all traffic back.
    Rollback,
}

/// The classic judge: samples against a line, `consecutive` bad ones in a row are a breach.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// The least time that one sample spans.
    #[serde(with = "span")]
    pub interval: Duration,
    /// How many bad samples in a row make a breach; at least 1.
    pub consecutive: u32,
    /// How long after a step's beginning nothing is judged.
    #[serde(with = "span")]
    pub initial_delay: Duration,
    /// Requests needed to pass; `None`: what zero errors need to prove the target (299 at 1 %).
    pub min_requests: Option<u64>,
    /// How old the newest sample may be before the data is stale.
    #[serde(with = "span")]
    pub freshness: Duration,
}

impl Default for Threshold {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(15),
            consecutive: 2,
            initial_delay: Duration::ZERO,
            min_requests: None,
            freshness: Duration::from_secs(40),
        }
    }
}
