//! What is seen of the cluster, in the words that core knows: workloads, sets of pods, Services and their endpoints.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::core::pods::Pods;
use crate::core::time::Time;

/// All that is seen of one release's objects at one moment. It is a picture, not a stream: whoever makes it replaces it
/// whole. All text in it has been neutralised on the way in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClusterView {
    /// How each connection that feeds this picture does, by its name (`deployments`, `pods`, …).
    pub links: BTreeMap<String, Link>,
    /// By the name of the workload.
    pub workloads: BTreeMap<String, WorkloadView>,
    /// The newest cluster events about our objects, oldest first, bounded.
    pub events: Vec<ClusterEvent>,
}

/// How a connection to a source does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Link {
    /// Asking for the first time.
    Connecting {
        /// When it began.
        since: Time,
    },
    /// Answering.
    Live {
        /// When the source was last heard.
        heard: Time,
        /// The newest revision that was seen; 0 where the source has none.
        revision: u64,
    },
    /// Not answering; the next try is at `retry`.
    Lost {
        /// When it was last heard; `None`: never.
        heard: Option<Time>,
        /// Since when it does not answer.
        since: Time,
        /// When it is asked again.
        retry: Time,
        /// Why, in its own words.
        why: String,
    },
}

impl Link {
    /// Since when the source does not answer; `None`: it does, or was never asked before.
    pub fn lost_since(&self) -> Option<Time> {
        match self {
            Self::Lost { since, .. } => Some(*since),
            _ => None,
        }
    }
}

/// What is seen of one workload.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WorkloadView {
    /// The Deployment that the plan names; `None`: it does not exist.
    pub stable: Option<SetView>,
    /// The canary Deployment of this release; `None`: it does not exist (or only a foreign one does, see `foreign_canary`).
    pub canary: Option<SetView>,
    /// A Deployment that has the canary's name and is not of this release: who owns it.
    pub foreign_canary: Option<String>,
    /// The baseline Deployment of this release; `None`: it does not exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<SetView>,
    /// The pods of both sets.
    pub pods: Pods,
    /// The Services of the plan, by name; a missing one does not exist.
    pub services: BTreeMap<String, ServiceView>,
    /// The autoscaler of the plan; `None`: it does not exist.
    pub hpa: Option<HpaView>,
}

/// One Deployment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SetView {
    /// Its UID.
    pub uid: String,
    /// `spec.replicas` (wanted), the number of pods that it should have.
    pub replicas: u32,
    /// Whose template it has.
    pub template: TemplateOwner,
    /// Who wrote its template last, if not us.
    #[serde(default)]
    pub template_writer: Option<String>,
    /// Whether its controller has taken note of its newest spec.
    pub observed: bool,
    /// Whether every pod is of the newest template, Ready, and none of an older one is left.
    pub rolled: bool,
    /// `status.replicas`: pods that exist, of any template.
    pub existing: u32,
    /// Whether it still has its owner reference to stable (a canary only).
    pub owned: bool,
    /// Whether it is paused.
    pub paused: bool,
    /// Why it cannot make progress, in its controllers' words (quota, admission), where they say so.
    pub trouble: Option<String>,
    /// The release and epoch on our fence annotation, as `<release id>/<epoch>`; `None`: it has none.
    pub epoch: Option<String>,
    /// Whether it carries the mark of a release that was given up (a canary only).
    #[serde(default)]
    pub going_back: bool,
    /// When it is being deleted.
    pub deleting: bool,
}

/// Whose pod template a Deployment has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TemplateOwner {
    /// The one that was recorded when the release began.
    #[default]
    Recorded,
    /// The release's own, as we (or an apply of the same images) put it there.
    Release,
    /// Somebody else's: the field manager that wrote it, or `unknown`.
    Foreign(String),
}

/// Which side of the release a pod is on, by its owner and template, never by its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Track {
    /// The version that served before.
    Stable,
    /// The version that is being released, in the canary Deployment.
    Canary,
    /// The version that is being released, in the stable Deployment (during finish and verify).
    Rolled,
    /// The version that served before, in the baseline Deployment: it serves users, and goes with the canary.
    Baseline,
    /// Neither: a pod of a foreign template.
    #[default]
    Other,
}

impl Track {
    /// Whether the pod runs the version that is being released, whichever Deployment owns it.
    pub fn is_new(self) -> bool {
        matches!(self, Self::Canary | Self::Rolled)
    }

    /// Whether the pod stays when the release is taken back: it is neither of the new version nor of the baseline, which is
    /// never counted as stable's capacity.
    pub fn stays(self) -> bool {
        matches!(self, Self::Stable | Self::Other)
    }

    /// The word for it on a screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Canary => "canary",
            Self::Rolled => "rolled",
            Self::Baseline => "baseline",
            Self::Other => "other",
        }
    }

    /// Whether a Deployment that we put beside stable owns the pod: it is there for the release's sake alone.
    pub fn is_beside(self) -> bool {
        matches!(self, Self::Canary | Self::Baseline)
    }
}

/// One pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodView {
    /// Its UID.
    pub uid: String,
    /// Its name.
    pub name: String,
    /// Which side it is on.
    pub track: Track,
    /// Whether its Ready condition is true and it is not going.
    pub ready: bool,
    /// Since when the Ready condition is what it is.
    pub ready_since: Option<Time>,
    /// When it was created.
    pub created: Time,
    /// Whether it is terminating.
    pub terminating: bool,
    /// Restarts of all its containers.
    pub restarts: u32,
    /// How many of the last terminations that it shows were OOM kills.
    pub oom_kills: u32,
    /// One word for its state: `Running`, `CrashLoopBackOff`, `ImagePullBackOff`, `Pending`, `OOMKilled`, …
    pub reason: String,
    /// The cluster's own sentence about it (scheduler, kubelet, probe), where there is one.
    pub message: Option<String>,
    /// The node it runs on.
    pub node: Option<String>,
    /// Its address.
    pub ip: Option<String>,
    /// `imageID` by container, as the node resolved it.
    pub image_ids: ImageIds,
    /// The memory limit of its containers in bytes, the sum; `None` where one has no limit.
    pub memory_limit: Option<u64>,
    /// The ReplicaSet that owns it.
    #[serde(default)]
    pub set: String,
    /// Its containers, those that run first before the others.
    #[serde(default)]
    pub containers: Vec<ContainerView>,
}

/// `imageID` by container. A pod has few containers and a cluster many pods: a tree would take ten times the memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct ImageIds(Box<[(String, String)]>);

impl ImageIds {
    /// That of one container.
    pub fn get(&self, container: &str) -> Option<&String> {
        self.0.iter().find(|(name, _)| name == container).map(|(_, id)| id)
    }
}

impl FromIterator<(String, String)> for ImageIds {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(ids: I) -> Self {
        ids.into_iter().collect::<BTreeMap<_, _>>().into()
    }
}

impl From<BTreeMap<String, String>> for ImageIds {
    fn from(ids: BTreeMap<String, String>) -> Self {
        Self(ids.into_iter().collect())
    }
}

impl From<ImageIds> for BTreeMap<String, String> {
    fn from(ids: ImageIds) -> Self {
        ids.0.into_iter().collect()
    }
}

/// One container of a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerView {
    /// Its name.
    pub name: String,
    /// Whether its probes are content.
    pub ready: bool,
    /// How often it was started again.
    pub restarts: u32,
    /// One word for what it does: `running`, `waiting`, `CrashLoopBackOff`, `Completed`, …
    pub state: String,
    /// How it ended the last time, where it has: `OOMKilled, exit code 137`.
    pub last: Option<String>,
}

impl PodView {
    /// Whether the node it ran on drained or lost it: an eviction is nobody's crash.
    pub fn evicted(&self) -> bool {
        matches!(
            self.reason.as_str(),
            "Evicted" | "NodeLost" | "NodeShutdown" | "Terminated" | "DisruptionTarget" | "Preempted"
        )
    }
}

/// One Service and where its EndpointSlices send traffic.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ServiceView {
    /// Whether its selector has our key.
    pub pinned: bool,
    /// Who last wrote the selector, if not us: the field manager.
    pub selector_writer: Option<String>,
    /// UIDs of the pods that its slices name as Ready under every port of the Service, counted over all slices.
    pub ready: Vec<String>,
    /// UIDs of the pods that its slices name at all under any port as serving or Ready.
    pub named: Vec<String>,
    /// Whether some port of it has no Ready endpoint at all.
    pub empty_port: Option<String>,
    /// The release and epoch on our fence annotation; `None`: it has none.
    pub epoch: Option<String>,
}

/// The autoscaler.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HpaView {
    /// `spec.minReplicas` (1 where it is absent).
    pub min: u32,
    /// `spec.maxReplicas`.
    pub max: u32,
    /// Whether it carries our note that we raised its minimum.
    pub raised: bool,
}

/// An event of the cluster about one of our objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterEvent {
    /// When it was last seen.
    pub at: Time,
    /// `Pod/checkout-abc`.
    pub about: String,
    /// `FailedScheduling`, `BackOff`, …
    pub reason: String,
    /// The cluster's sentence.
    pub text: String,
    /// Whether its type is `Warning`.
    pub warning: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn image_ids_are_written_as_the_map_that_they_are() {
        let ids: ImageIds =
            [("b", "id-b"), ("a", "id-a")].map(|(name, id)| (name.to_owned(), id.to_owned())).into_iter().collect();
        let text = serde_json::to_string(&ids).expect("JSON");
        assert_eq!(text, r#"{"a":"id-a","b":"id-b"}"#);
        assert_eq!(serde_json::from_str::<ImageIds>(&text).expect("a map"), ids);
        assert_eq!((ids.get("b").map(String::as_str), ids.get("c")), (Some("id-b"), None));
    }
}
