//! Pods as core sees them, with their state in one word and the cluster's own sentence.

use std::sync::Arc;

use super::events::Warnings;
use crate::cluster::labels::Labels;
use crate::cluster::quantity;
use crate::cluster::seen::{Condition, ContainerState, ContainerStatus, Pod};
use crate::cluster::watch::Shelved;
use crate::core::text::neutral;
use crate::core::view::{ContainerView, PodView, Track};

/// A pod as it is kept: how it is shown, and what that depends on besides the pod itself. Of ten thousand pods nothing
/// else stays in memory.
#[derive(Debug)]
pub struct KnownPod {
    shown: Arc<PodView>,
    replica_set: Option<Box<str>>,
    /// Its labels, where ours is among them: no other pod's are kept.
    marks: Labels,
    /// What the pod, its scheduler or a container says about it.
    says: Option<Box<str>>,
    /// What its Ready condition says, where nobody says more.
    unready: Option<Box<str>>,
}

impl KnownPod {
    /// Takes from a pod what is needed of it.
    pub fn of(pod: &Pod) -> Self {
        let says = message(pod).map(|text| neutral(&text).into());
        // That its only container is not ready yet is no news of a pod that is not Ready: every one says so while it starts.
        let only = pod.status.container_statuses.len() <= 1;
        let stock = |condition: &&Condition| only && condition.reason.as_deref() == Some("ContainersNotReady");
        let ready = pod.condition("Ready").filter(|condition| !stock(condition));
        let unready = ready.and_then(|condition| condition.message.as_deref());
        Self {
            shown: Arc::new(view(pod)),
            replica_set: pod.replica_set().map(Into::into),
            marks: pod.metadata.labels.clone(),
            says,
            unready: unready.map(|text| neutral(text).into()),
        }
    }

    /// The UID of the ReplicaSet that controls it.
    pub fn replica_set(&self) -> Option<&str> {
        self.replica_set.as_deref()
    }

    /// Its labels, where it has the one that only the template of a canary of ours has.
    pub fn marks(&self) -> &Labels {
        &self.marks
    }

    /// How it is shown on this side. The cluster's sentence is that of the pod itself, the scheduler or the container,
    /// then of the newest warning about it: a probe that fails speaks nowhere else.
    pub fn show(&mut self, track: Track, warnings: &Warnings<'_>) -> Arc<PodView> {
        let message = if self.shown.ready { None } else { self.message(warnings) };
        if self.shown.track != track || self.shown.message != message {
            let shown = Arc::make_mut(&mut self.shown);
            shown.track = track;
            shown.message = message;
        }
        Arc::clone(&self.shown)
    }

    fn message(&self, warnings: &Warnings<'_>) -> Option<String> {
        let warning = || warnings.about(&self.shown.uid).map(neutral);
        let own = self.says.as_deref().map(str::to_owned);
        own.or_else(warning).or_else(|| self.unready.as_deref().map(str::to_owned))
    }
}

impl Shelved for KnownPod {
    fn uid(&self) -> &str {
        &self.shown.uid
    }
}

/// A pod whose side is not known yet, and without the cluster's sentence.
fn view(pod: &Pod) -> PodView {
    let ready = pod.condition("Ready");
    let terminating = pod.metadata.deletion_timestamp.is_some();
    let is_ready = !terminating && ready.is_some_and(|condition| condition.is_true());
    let statuses = || pod.status.init_container_statuses.iter().chain(&pod.status.container_statuses);
    PodView {
        uid: pod.metadata.uid.clone(),
        name: neutral(&pod.metadata.name),
        track: Track::Other,
        ready: is_ready,
        ready_since: ready.and_then(|condition| condition.last_transition_time),
        created: pod.metadata.creation_timestamp.unwrap_or_default(),
        terminating,
        restarts: statuses().map(|status| status.restart_count).sum(),
        oom_kills: u32::try_from(statuses().flat_map(ends).filter(|reason| *reason == OOM).count()).unwrap_or(u32::MAX),
        reason: neutral(&reason(pod)),
        message: None,
        node: pod.spec.node_name.as_deref().map(neutral),
        ip: pod.status.pod_ip.as_deref().map(neutral),
        image_ids: pod.status.container_statuses.iter().filter(|s| !s.image_id.is_empty()).map(image).collect(),
        memory_limit: memory_limit(pod),
        set: pod.owner().map(|owner| neutral(&owner.name)).unwrap_or_default(),
        containers: statuses().map(container).collect(),
    }
}

fn container(status: &ContainerStatus) -> ContainerView {
    let state = word(&status.state).unwrap_or_else(|| match &status.state {
        ContainerState { running: Some(_), .. } => "running".to_owned(),
        ContainerState { terminated: Some(_), .. } => "completed".to_owned(),
        _ => "waiting".to_owned(),
    });
    let last = status.last_state.terminated.as_ref().map(|end| {
        let reason = end.reason.as_deref().unwrap_or("ended");
        neutral(&format!("{reason}, exit code {}", end.exit_code))
    });
    ContainerView {
        name: neutral(&status.name),
        ready: status.ready,
        restarts: status.restart_count,
        state: neutral(&state),
        last,
    }
}

const OOM: &str = "OOMKilled";

fn image(status: &ContainerStatus) -> (String, String) {
    (neutral(&status.name), neutral(&status.image_id))
}

/// How the container ended, now and the last time.
fn ends(status: &ContainerStatus) -> impl Iterator<Item = &str> {
    [&status.state, &status.last_state].into_iter().filter_map(|state| state.terminated.as_ref()?.reason.as_deref())
}

/// One word: why the whole pod was ended, else what its first container that is not well does, else its phase.
fn reason(pod: &Pod) -> String {
    if let Some(disrupted) = pod.condition("DisruptionTarget")
        && disrupted.is_true()
    {
        return "DisruptionTarget".to_owned();
    }
    if let Some(reason) = pod.status.reason.as_deref().filter(|reason| !reason.is_empty()) {
        return reason.to_owned();
    }
    troubled(pod).and_then(|status| word(&status.state)).unwrap_or_else(|| pod.status.phase.clone())
}

/// The first container that waits for something other than its turn, or has ended badly.
fn troubled(pod: &Pod) -> Option<&ContainerStatus> {
    let statuses = pod.status.init_container_statuses.iter().chain(&pod.status.container_statuses);
    statuses.into_iter().find(|status| word(&status.state).is_some())
}

fn word(state: &ContainerState) -> Option<String> {
    /// What every container goes through.
    const ORDINARY: [&str; 2] = ["PodInitializing", "Completed"];
    let because = state.waiting.as_ref().or(state.terminated.as_ref())?;
    let word = match because.reason.as_deref() {
        Some(reason) if !reason.is_empty() => reason.to_owned(),
        _ if state.terminated.is_some() => format!("ExitCode:{}", because.exit_code),
        _ => return None,
    };
    (!ORDINARY.contains(&word.as_str())).then_some(word)
}

/// What the pod itself, the scheduler or a container says.
fn message(pod: &Pod) -> Option<String> {
    let own = pod.status.message.clone();
    let scheduler = pod.condition("PodScheduled").filter(|condition| !condition.is_true());
    let scheduler = scheduler.and_then(|condition| condition.message.clone());
    let container = troubled(pod).and_then(|status| {
        let because = status.state.waiting.as_ref().or(status.state.terminated.as_ref())?;
        because.message.clone().or_else(|| last_end(status))
    });
    [own, scheduler, container].into_iter().flatten().find(|text| !text.is_empty())
}

fn last_end(status: &ContainerStatus) -> Option<String> {
    let end = status.last_state.terminated.as_ref()?;
    let reason = end.reason.as_deref().unwrap_or("ended");
    Some(format!("container {}: {reason}, exit code {}", status.name, end.exit_code))
}

/// The memory limits of its containers, summed; `None` where one has no limit.
fn memory_limit(pod: &Pod) -> Option<u64> {
    let limits = pod.spec.containers.iter().map(|container| container.resources.limits.memory.as_deref());
    let limits: Option<Vec<u64>> = limits.map(|limit| limit.and_then(quantity::whole)).collect();
    limits.filter(|limits| !limits.is_empty()).map(|limits| limits.into_iter().fold(0, u64::saturating_add))
}
