//! Deployments and ReplicaSets.

use serde::Deserialize;
use serde_json::Value;

use super::{Condition, Meta, or_default};
use crate::cluster::labels::LabelSelector;

/// A Deployment.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Deployment {
    /// Its metadata.
    pub metadata: Meta,
    /// What it should be.
    pub spec: DeploymentSpec,
    /// What it is.
    pub status: DeploymentStatus,
}

/// What a Deployment should be.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeploymentSpec {
    /// How many pods; 1 where it is absent.
    pub replicas: Option<u32>,
    /// Which pods are its own.
    pub selector: LabelSelector,
    /// What they are made of.
    pub template: Value,
    /// Whether its controller rests.
    pub paused: bool,
    /// How it replaces pods.
    pub strategy: Strategy,
    /// How long a pod must be Ready to count as available, in seconds.
    pub min_ready_seconds: u32,
    /// After how long its controller reports that it makes no progress, in seconds.
    pub progress_deadline_seconds: Option<u32>,
}

/// How a Deployment replaces pods.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Strategy {
    /// `RollingUpdate` or `Recreate`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The limits of a rolling update.
    #[serde(deserialize_with = "or_default")]
    pub rolling_update: RollingUpdate,
}

/// The limits of a rolling update.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RollingUpdate {
    /// How many pods more than wanted there may be.
    pub max_surge: Option<Share>,
    /// How many fewer.
    pub max_unavailable: Option<Share>,
}

/// A number, or a percentage such as `"25%"`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Share {
    /// So many.
    Count(u32),
    /// So many of a hundred, with the sign; some write a plain number so.
    Text(String),
}

/// What a Deployment is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeploymentStatus {
    /// The generation that its controller has taken note of.
    pub observed_generation: i64,
    /// Pods that exist, of any template, without those that are going.
    pub replicas: u32,
    /// Of the newest template.
    pub updated_replicas: u32,
    /// That are Ready.
    pub ready_replicas: u32,
    /// That have been Ready for long enough.
    pub available_replicas: u32,
    /// What its controller says.
    #[serde(deserialize_with = "or_default")]
    pub conditions: Vec<Condition>,
}

impl Deployment {
    /// How many pods it should have.
    pub fn replicas(&self) -> u32 {
        self.spec.replicas.unwrap_or(1)
    }

    /// Whether its controller has taken note of its newest spec.
    pub fn is_observed(&self) -> bool {
        self.status.observed_generation >= self.metadata.generation
    }

    /// Whether every pod that should exist is of the newest template and none of an older one is left; whether they are
    /// Ready is another question.
    pub fn is_replaced(&self) -> bool {
        self.is_observed()
            && self.status.updated_replicas >= self.replicas()
            && self.status.replicas <= self.status.updated_replicas
    }
}

impl Strategy {
    /// How many pods more than `replicas` a rolling update may make; Kubernetes rounds up.
    pub fn surge(&self, replicas: u32) -> u32 {
        if self.kind == "Recreate" { 0 } else { share(self.rolling_update.max_surge.as_ref(), replicas, u64::div_ceil) }
    }

    /// How many of `replicas` pods may be unavailable; Kubernetes rounds down, and never to no room at all.
    pub fn unavailable(&self, replicas: u32) -> u32 {
        if self.kind == "Recreate" {
            return 0;
        }
        let unavailable = share(self.rolling_update.max_unavailable.as_ref(), replicas, |part, whole| part / whole);
        if unavailable == 0 && self.surge(replicas) == 0 { 1 } else { unavailable.min(replicas) }
    }
}

/// What Kubernetes takes where nothing is given.
const DEFAULT_PERCENT: u64 = 25;

fn share(given: Option<&Share>, of: u32, divide: impl Fn(u64, u64) -> u64) -> u32 {
    let percent = match given {
        Some(Share::Count(count)) => return *count,
        Some(Share::Text(text)) => match text.strip_suffix('%') {
            Some(percent) => percent.trim().parse().unwrap_or(DEFAULT_PERCENT),
            None => return text.parse().unwrap_or(0),
        },
        None => DEFAULT_PERCENT,
    };
    u32::try_from(divide(u64::from(of).saturating_mul(percent), 100)).unwrap_or(u32::MAX)
}

/// A ReplicaSet.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct ReplicaSet {
    /// Its metadata.
    pub metadata: Meta,
    /// What it should be.
    pub spec: ReplicaSetSpec,
    /// What it is.
    pub status: ReplicaSetStatus,
}

/// What a ReplicaSet should be.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct ReplicaSetSpec {
    /// How many pods; 1 where it is absent.
    pub replicas: Option<u32>,
    /// What they are made of.
    pub template: Value,
}

/// What a ReplicaSet is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReplicaSetStatus {
    /// Pods that are Ready.
    pub ready_replicas: u32,
    /// What its controller says.
    #[serde(deserialize_with = "or_default")]
    pub conditions: Vec<Condition>,
}

/// Where the Deployment controller writes a ReplicaSet's revision.
const REVISION: &str = "deployment.kubernetes.io/revision";

impl ReplicaSet {
    /// Its revision; it rises when an old ReplicaSet is brought back.
    pub fn revision(&self) -> Option<u64> {
        self.metadata.annotation(REVISION)?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn strategy(value: Value) -> Strategy {
        serde_json::from_value(value).expect("a strategy")
    }

    #[test]
    fn shares_round_as_the_deployment_controller_rounds() {
        let quarter =
            strategy(json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}));
        assert_eq!((quarter.surge(10), quarter.unavailable(10)), (3, 2));
        assert_eq!((quarter.surge(1), quarter.unavailable(1)), (1, 0));
        let none = strategy(json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": "1%"}}));
        assert_eq!((none.surge(10), none.unavailable(10)), (0, 1));
        let recreate = strategy(json!({"type": "Recreate"}));
        assert_eq!((recreate.surge(10), recreate.unavailable(10)), (0, 0));
    }

    #[test]
    fn replaced_means_that_no_older_pod_is_left() {
        let mut deployment: Deployment = serde_json::from_value(json!({
            "metadata": {"name": "web", "generation": 2},
            "spec": {"replicas": 3},
            "status": {"observedGeneration": 2, "replicas": 4, "updatedReplicas": 3, "readyReplicas": 3},
        }))
        .expect("a Deployment");
        assert!(!deployment.is_replaced());
        deployment.status.replicas = 3;
        assert!(deployment.is_replaced());
        deployment.metadata.generation = 3;
        assert!(!deployment.is_replaced());
    }
}
