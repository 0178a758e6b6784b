//! What is measured: shares, rules, and pods by side.

use serde::{Deserialize, Serialize};

use crate::core::evidence::Harm;
use crate::core::pods::Pods;
use crate::core::time::Time;
use crate::core::verdict::Judgement;

/// Asked and measured share of one workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShareNow {
    /// The workload.
    pub workload: String,
    /// What the route was told, in percent.
    pub asked: f64,
    /// What pods make of it, in percent; what the metrics should show.
    pub expected: f64,
    /// The canary's part of the measured requests, in percent; `None`: unknown.
    pub measured: Option<f64>,
    /// Requests counted on the canary since the step began.
    pub requests: u64,
    /// Requests a second on the canary, over the last minute.
    pub canary_rate: Option<f64>,
    /// Requests a second on both.
    pub total_rate: Option<f64>,
    /// When that was measured, where nothing newer is known; `None`: over the last minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Time>,
}

/// What one rule says about one workload, with what a gauge needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleNow {
    /// The verdict with its evidence.
    pub judgement: Judgement,
    /// What the values are.
    pub unit: Unit,
    /// What a breach does, in a word; `note` and `hold` are told apart from `rollback`.
    pub action: crate::core::rule::Action,
    /// The canary's value sample by sample, oldest first, bounded; `None` where a sample is missing.
    pub trend: Vec<Option<f64>>,
    /// Since when users are hurt in its terms, and how many of their requests; `None`: it does not object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub harm: Option<Harm>,
}

/// What a rule's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// A share of requests, 0–1; shown in percent.
    Share,
    /// Seconds; shown in milliseconds where small.
    Seconds,
    /// Bytes.
    Bytes,
    /// A number in a unit of its own, which the sentence beside it names.
    Number,
}

/// One workload with its pods.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkloadNow {
    /// Its name.
    pub name: String,
    /// Canary pods: Ready of wanted.
    pub canary: Count,
    /// Stable pods: Ready of wanted.
    pub stable: Count,
    /// Baseline pods, where there are to be any now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Count>,
    /// The Services that are pinned to the canary now.
    pub pinned: Vec<String>,
    /// Its pods: canary first, then the others.
    pub pods: Pods,
}

/// Ready of wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Pods that are Ready.
    pub ready: u32,
    /// Pods that there should be.
    pub wanted: u32,
}
