//! What stands around a workload: autoscalers, budgets, quotas, nodes, volumes, what routes from outside, and events.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Meta, or_default};
use crate::cluster::labels::LabelSelector;
use crate::core::time::Time;

/// A HorizontalPodAutoscaler.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Autoscaler {
    /// Its metadata.
    pub metadata: Meta,
    /// What it should do.
    pub spec: AutoscalerSpec,
}

/// What an autoscaler should do.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AutoscalerSpec {
    /// The least number of pods; 1 where it is absent.
    pub min_replicas: Option<u32>,
    /// The largest.
    pub max_replicas: u32,
    /// What it scales.
    pub scale_target_ref: Subject,
}

/// A reference by kind and name, and where an event speaks of it, by UID.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Subject {
    /// The kind.
    pub kind: String,
    /// The name.
    pub name: String,
    /// The UID, where it is given.
    pub uid: String,
}

/// A PodDisruptionBudget.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Budget {
    /// Its metadata.
    pub metadata: Meta,
    /// What it protects.
    pub spec: BudgetSpec,
}

/// What a budget protects.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct BudgetSpec {
    /// The pods; absent: none.
    pub selector: Option<LabelSelector>,
}

/// A ResourceQuota.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Quota {
    /// Its metadata.
    pub metadata: Meta,
    /// Which pods it counts.
    pub spec: QuotaSpec,
    /// How much there is and how much is used.
    pub status: QuotaStatus,
}

/// Which pods a quota counts.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct QuotaSpec {
    /// Scopes; where there is one, it counts only some pods.
    #[serde(deserialize_with = "or_default")]
    pub scopes: Vec<String>,
    /// The same, in more words.
    pub scope_selector: Option<Value>,
}

/// How much of a quota is used; quantities by resource.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct QuotaStatus {
    /// At most.
    #[serde(deserialize_with = "or_default")]
    pub hard: BTreeMap<String, String>,
    /// Now.
    #[serde(deserialize_with = "or_default")]
    pub used: BTreeMap<String, String>,
}

/// A Node.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Node {
    /// Its metadata.
    pub metadata: Meta,
    /// What it should take.
    pub spec: NodeSpec,
    /// What it has.
    pub status: NodeStatus,
}

/// What a node should take.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct NodeSpec {
    /// Whether it is cordoned.
    pub unschedulable: bool,
    /// What keeps pods away; any taint that is more than a preference counts.
    #[serde(deserialize_with = "or_default")]
    pub taints: Vec<Taint>,
}

/// What keeps pods away from a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Taint {
    /// Its key.
    pub key: String,
    /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
    pub effect: String,
}

/// What a node has.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct NodeStatus {
    /// Quantities that pods can have.
    #[serde(deserialize_with = "or_default")]
    pub allocatable: BTreeMap<String, String>,
}

/// A PersistentVolumeClaim.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Claim {
    /// Its metadata.
    pub metadata: Meta,
    /// What it asks for.
    pub spec: ClaimSpec,
}

/// What a claim asks for.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClaimSpec {
    /// `ReadWriteOnce`, `ReadOnlyMany`, `ReadWriteMany`, `ReadWriteOncePod`.
    #[serde(deserialize_with = "or_default")]
    pub access_modes: Vec<String>,
}

/// An Ingress; which Services it routes to is read from its spec as it is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Ingress {
    /// Its metadata.
    pub metadata: Meta,
    /// Its spec.
    pub spec: Value,
}

/// A TargetGroupBinding of the AWS load balancer controller.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Binding {
    /// What it binds.
    pub spec: BindingSpec,
}

/// What a binding binds.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BindingSpec {
    /// The Service.
    pub service_ref: Subject,
}

/// An event of the cluster.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Event {
    /// Its metadata.
    pub metadata: Meta,
    /// What it is about.
    pub involved_object: Subject,
    /// The machine's word.
    pub reason: String,
    /// The sentence.
    pub message: String,
    /// `Normal` or `Warning`.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it was last seen, where it is counted in the old way.
    pub last_timestamp: Option<Time>,
    /// When it was first seen, in the new way.
    pub event_time: Option<Time>,
    /// How it went on, in the new way.
    pub series: Option<Series>,
    /// Who says so.
    pub reporting_component: String,
}

/// How an event went on.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Series {
    /// When it was last seen.
    pub last_observed_time: Option<Time>,
}

impl Event {
    /// When it was last seen.
    pub fn at(&self) -> Time {
        let series = self.series.as_ref().and_then(|series| series.last_observed_time);
        series.or(self.last_timestamp).or(self.event_time).or(self.metadata.creation_timestamp).unwrap_or_default()
    }
}
