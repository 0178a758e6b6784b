//! What a kubelet writes into a pod's status.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::core::time::Time;
use crate::sim::kind::Kind;
use crate::sim::store::fields::{self, put, stamp};
use crate::sim::world::World;
use crate::sim::world::life::{Container, Ended, Life, LifeId};

impl World {
    /// Writes the status of a pod, from its life.
    pub(in crate::sim::world) fn report_pod(&mut self, id: LifeId) {
        let Some(life) = self.life(id) else { return };
        let (key, uid, status) = (life.birth.key.clone(), life.birth.uid.clone(), status(life));
        if self.object(Kind::Pod, &key).is_some_and(|pod| fields::uid(&pod) == uid) {
            self.edit_as("kubelet", Kind::Pod, &key, |pod| put(pod, &["status"], status));
        }
    }
}

/// The whole status of a pod.
pub fn status(life: &Life) -> Value {
    let birth = &life.birth;
    let ready = if life.ready { ("True", "") } else { ("False", "ContainersNotReady") };
    let conditions = [
        condition("PodReadyToStartContainers", ("True", ""), birth.bound),
        condition("Initialized", ("True", ""), birth.bound),
        condition("Ready", ready, life.ready_since),
        condition("ContainersReady", ready, life.ready_since),
        condition("PodScheduled", ("True", ""), birth.bound),
    ];
    let statuses: Vec<Value> =
        birth.containers.iter().map(|(name, image)| container_status(life, name, image)).collect();
    json!({
        "phase": if life.starts > 0 { "Running" } else { "Pending" },
        "conditions": conditions,
        "hostIP": host_ip(&birth.node),
        "hostIPs": [{"ip": host_ip(&birth.node)}],
        "podIP": birth.ip,
        "podIPs": [{"ip": birth.ip}],
        "startTime": stamp(birth.bound),
        "containerStatuses": statuses,
        "qosClass": "Burstable",
    })
}

fn condition(kind: &str, (status, reason): (&str, &str), since: Time) -> Value {
    let mut condition = json!({"type": kind, "status": status, "lastProbeTime": null, "lastTransitionTime": stamp(since)});
    if !reason.is_empty() {
        put(&mut condition, &["reason"], reason.into());
        put(&mut condition, &["message"], "containers with unready status: [app]".into());
    }
    condition
}

fn container_status(life: &Life, name: &str, image: &str) -> Value {
    let id = |text: &str| hex(&format!("{} {name} {text}", life.birth.uid));
    let state = match &life.container {
        Container::Waiting { reason, message } if message.is_empty() => json!({"waiting": {"reason": reason}}),
        Container::Waiting { reason, message } => json!({"waiting": {"reason": reason, "message": message}}),
        Container::Running { started } => json!({"running": {"startedAt": stamp(*started)}}),
        Container::Ended(ended) => json!({"terminated": terminated(ended, &id("ended"))}),
    };
    let last = match &life.last {
        Some(ended) => json!({"terminated": terminated(ended, &id("last"))}),
        None => json!({}),
    };
    let running = life.started().is_some();
    let began = life.starts > 0;
    json!({
        "name": name,
        "image": image,
        "imageID": if began { image_id(image) } else { String::new() },
        "containerID": if began { format!("containerd://{}", id(&life.starts.to_string())) } else { String::new() },
        "ready": life.ready,
        "started": running,
        "restartCount": life.starts.saturating_sub(1),
        "state": state,
        "lastState": last,
    })
}

fn terminated(ended: &Ended, id: &str) -> Value {
    json!({
        "exitCode": ended.exit_code,
        "reason": ended.reason,
        "startedAt": stamp(ended.started),
        "finishedAt": stamp(ended.finished),
        "containerID": format!("containerd://{id}"),
    })
}

/// What a reference is resolved to: a digest that follows from its text.
pub fn image_id(reference: &str) -> String {
    let repository = reference.rsplit_once(':').map_or(reference, |(before, _)| before);
    format!("{repository}@sha256:{}", hex(reference))
}

/// The address of a node, from the number in its name.
pub fn host_ip(node: &str) -> String {
    let number: u32 = node.rsplit_once('-').and_then(|(_, number)| number.parse().ok()).unwrap_or(0);
    let fleet = u32::from(node.starts_with("fleet"));
    format!("10.{fleet}.{}.{}", number / 250, number % 250 + 1)
}

fn hex(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
