//! What a canary is judged by: the rules, as they are configured.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::core::level::Level;
use crate::core::query::Goal;
use crate::core::time::span;
use crate::core::verdict::{Judgement, Verdict};

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
    /// The odds gate, in the threshold's place; only a share of requests can be judged by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odds: Option<OddsRule>,
    /// How bad a breach is, from mild to severe; empty: every breach does what `action` says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<Level>,
    /// The workloads that it judges; empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workloads: Vec<String>,
    /// Whether the rule judges and never acts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// What is different in the step of a weight.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub steps: BTreeMap<u32, InStep>,
}

/// What is different of a rule in one step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InStep {
    /// Another target, of the same kind.
    pub sli: Option<Sli>,
    /// Another consequence.
    pub action: Option<Action>,
    /// Whether the rule rests.
    pub off: bool,
}

impl Rule {
    /// A rule that rolls back, with the defaults of everything else: odds judge a share of requests.
    pub fn of(name: &str, sli: Sli) -> Self {
        Self {
            name: name.to_owned(),
            odds: sli.budget().map(|_| OddsRule::default()),
            sli,
            action: Action::Rollback,
            judge: Threshold::default(),
            levels: Vec::new(),
            workloads: Vec::new(),
            dry_run: false,
            steps: BTreeMap::new(),
        }
    }

    /// Whether it judges this workload.
    pub fn is_for(&self, workload: &str) -> bool {
        self.workloads.is_empty() || self.workloads.iter().any(|name| name == workload)
    }

    /// The odds gate with the target that it judges against; `None`: the threshold judges.
    pub fn gate(&self) -> Option<(&OddsRule, f64)> {
        Some((self.odds.as_ref()?, self.sli.budget()?))
    }

    /// The rule as it holds in the step of that weight; `None`: it rests there.
    pub fn at(&self, weight: Option<u32>) -> Option<Cow<'_, Self>> {
        let Some(step) = weight.and_then(|weight| self.steps.get(&weight)) else { return Some(Cow::Borrowed(self)) };
        if step.off {
            return None;
        }
        let mut rule = self.clone();
        rule.sli = step.sli.clone().unwrap_or(rule.sli);
        rule.action = step.action.unwrap_or(rule.action);
        Some(Cow::Owned(rule))
    }

    /// What the rule does at most: the consequence of its worst breach.
    pub fn strongest(&self) -> Action {
        if self.dry_run { Action::Note } else { self.action }
    }

    /// What this judgement does: a breach what its level says, everything else what the rule does at most.
    pub fn consequence(&self, judgement: &Judgement) -> Action {
        let reached = judgement.evidence.level.filter(|_| judgement.verdict == Verdict::Fail);
        let level = reached.and_then(|reached| self.levels.iter().find(|level| level.priority == reached));
        level.filter(|_| !self.dry_run).map_or(self.strongest(), |level| level.action)
    }
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
    /// The value of a PromQL expression, which a Prometheus is asked for.
    Query {
        /// The expression, with the places that [`crate::core::query`] fills in.
        promql: String,
        /// What must hold of its value.
        goal: Goal,
        /// The unit of its value, for people.
        unit: String,
    },
}

impl Sli {
    /// The expression whose value is judged; `None`: nothing is asked.
    pub fn promql(&self) -> Option<&str> {
        match self {
            Self::Query { promql, .. } => Some(promql),
            _ => None,
        }
    }

    /// The share of requests that may be bad: failed, or slower than the bound. `None` for a level such as memory.
    pub fn budget(&self) -> Option<f64> {
        match self {
            Self::Errors { target } => Some(*target),
            Self::Latency { quantile, .. } => Some(1.0 - quantile),
            Self::Memory { .. } | Self::Query { .. } => None,
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

/// The classic judge: samples against a line, `consecutive` bad ones in a row are a breach. The limits have the names that
/// Argo Rollouts gives them, without its traps: nothing that was not measured passes, and an error never fails a canary.
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
    /// Samples that a step must have before the rule can pass; `None`: `min_requests` alone says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// How many bad samples of a step are tolerated, in a row or not; one more is a breach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_limit: Option<u32>,
    /// How many samples of a step may be neither good nor bad; one more holds. `None`: such a sample stays open and grows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inconclusive_limit: Option<u32>,
    /// How many readings in a row may bring an error; with one more the rule is blind at once. `None`: only `freshness` says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consecutive_error_limit: Option<u32>,
}

impl Default for Threshold {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(15),
            consecutive: 2,
            initial_delay: Duration::ZERO,
            min_requests: None,
            freshness: Duration::from_secs(40),
            count: None,
            failure_limit: None,
            inconclusive_limit: None,
            consecutive_error_limit: None,
        }
    }
}

/// The odds gate's parameters; the defaults are those that the proof and the measurements of `docs/judging.md` are about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OddsRule {
    /// The odds, to 1, at which a breach is proven: at most one healthy release of so many ever reaches them, a bet.
    pub rollback: f64,
    /// The odds, to 1, at which the release holds.
    pub suspicion: f64,
    /// How many times stable's odds of failing are tolerated.
    pub rho: f64,
    /// What one reading can multiply the odds by at most, so that no single one decides.
    pub cap: f64,
    /// The share of the target below which the canary is never blamed for being worse than stable.
    pub floor: f64,
    /// How long after the canary's first request its being worse than stable does not act yet.
    #[serde(with = "span")]
    pub warm_up: Duration,
}

impl Default for OddsRule {
    fn default() -> Self {
        Self { rollback: 1000.0, suspicion: 20.0, rho: 1.5, cap: 100.0, floor: 0.1, warm_up: Duration::from_secs(60) }
    }
}
