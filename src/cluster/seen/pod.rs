//! Pods.

use serde::{Deserialize, Deserializer};

use super::{Owner, or_default};
use crate::cluster::labels::Labels;
use crate::cluster::marks;
use crate::core::time::Time;

/// A pod, reduced to what tells its side, its state and its reason.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Pod {
    /// Its metadata, without annotations and most labels.
    pub metadata: PodMeta,
    /// What it should be.
    pub spec: PodSpec,
    /// What it is.
    pub status: PodStatus,
}

/// A pod's metadata.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodMeta {
    /// The name.
    pub name: String,
    /// The UID.
    pub uid: String,
    /// The revision.
    pub resource_version: String,
    /// When it was created.
    pub creation_timestamp: Option<Time>,
    /// When it is to be gone.
    pub deletion_timestamp: Option<Time>,
    /// Its labels, where ours is among them: those of other pods are never asked for, and there may be many.
    #[serde(deserialize_with = "of_a_canary")]
    pub labels: Labels,
    /// Who owns it.
    #[serde(deserialize_with = "or_default")]
    pub owner_references: Vec<Owner>,
}

fn of_a_canary<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Labels, D::Error> {
    let labels: Labels = or_default(deserializer)?;
    Ok(if labels.contains_key(marks::TRACK) { labels } else { Labels::new() })
}

/// What a pod should be.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodSpec {
    /// The node that it was put on.
    pub node_name: Option<String>,
    /// Its containers.
    pub containers: Vec<Container>,
}

/// A container's limits.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Container {
    /// Its resources.
    pub resources: Resources,
}

/// What a container may use.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Resources {
    /// At most.
    #[serde(deserialize_with = "or_default")]
    pub limits: Limits,
}

/// The limits that we read.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Memory, as a quantity.
    pub memory: Option<String>,
}

/// What a pod is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodStatus {
    /// `Pending`, `Running`, `Succeeded`, `Failed`.
    pub phase: String,
    /// Why, where the whole pod was ended: `Evicted`, `NodeLost`, …
    pub reason: Option<String>,
    /// The sentence to the reason.
    pub message: Option<String>,
    /// Its address.
    #[serde(rename = "podIP")]
    pub pod_ip: Option<String>,
    /// What the scheduler and the kubelet say.
    #[serde(deserialize_with = "or_default")]
    pub conditions: Vec<Condition>,
    /// Its containers, those that run first before the others.
    #[serde(deserialize_with = "or_default")]
    pub init_container_statuses: Vec<ContainerStatus>,
    /// Its containers.
    #[serde(deserialize_with = "or_default")]
    pub container_statuses: Vec<ContainerStatus>,
}

/// What somebody says about an object.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Condition {
    /// What it is about: `Ready`, `PodScheduled`, `ReplicaFailure`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// The machine's word.
    pub reason: Option<String>,
    /// The sentence.
    pub message: Option<String>,
    /// Since when.
    pub last_transition_time: Option<Time>,
}

impl Condition {
    /// Whether it holds.
    pub fn is_true(&self) -> bool {
        self.status == "True"
    }
}

/// The state of one container.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerStatus {
    /// Its name.
    pub name: String,
    /// How often it was started again.
    pub restart_count: u32,
    /// The image as the node resolved it.
    #[serde(rename = "imageID")]
    pub image_id: String,
    /// Whether its probes are content.
    pub ready: bool,
    /// What it does now.
    #[serde(deserialize_with = "or_default")]
    pub state: ContainerState,
    /// How it ended the last time.
    #[serde(deserialize_with = "or_default")]
    pub last_state: ContainerState,
}

/// What a container does: one of these, or (a default) waiting.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct ContainerState {
    /// It runs.
    pub running: Option<Running>,
    /// It waits.
    pub waiting: Option<Because>,
    /// It has ended.
    pub terminated: Option<Because>,
}

/// That a container runs.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Running {
    /// Since when.
    pub started_at: Option<Time>,
}

/// Why a container is in its state.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Because {
    /// The machine's word.
    pub reason: Option<String>,
    /// The sentence.
    pub message: Option<String>,
    /// How it exited.
    pub exit_code: i32,
}

impl Pod {
    /// The condition of that kind.
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        self.status.conditions.iter().find(|condition| condition.kind == kind)
    }

    /// Who controls it.
    pub fn owner(&self) -> Option<&Owner> {
        self.metadata.owner_references.iter().find(|owner| owner.controller)
    }

    /// The UID of the ReplicaSet that controls it.
    pub fn replica_set(&self) -> Option<&str> {
        self.owner().filter(|owner| owner.kind == "ReplicaSet").map(|owner| owner.uid.as_str())
    }
}
