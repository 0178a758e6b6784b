//! The ReplicaSet controller: as many pods as wanted, of its template.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::World;
use super::condition::{self, Condition};
use super::facts::PodFacts;
use super::key::Key;
use super::record::{Happening, Source};
use super::task::Task;
use crate::core::time::Time;
use crate::sim::kind::Kind;
use crate::sim::store::fields::{self, put};

const SOURCE: Source<'static> = Source::Controller("replicaset-controller");

impl World {
    pub(super) fn sync_replica_set(&mut self, key: &Key) {
        let Some(set) = self.object(Kind::ReplicaSet, key) else { return };
        let pods = self.facts.pods_of(fields::uid(&set)).filter(|(_, pod)| pod.active());
        let mut pods: Vec<(Key, PodFacts)> = pods.map(|(key, pod)| (key.clone(), pod.clone())).collect();
        let wanted = set.pointer("/spec/replicas").and_then(Value::as_u64).unwrap_or(1);
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        let mut failure = None;
        if !fields::terminating(&set) {
            if pods.len() < wanted {
                failure = self.create_pods(&set, wanted - pods.len());
            } else if pods.len() > wanted {
                pods.sort_by_key(|(key, pod)| (worth(pod), key.clone()));
                let surplus = pods.len() - wanted;
                self.delete_pods(&set, pods.iter().take(surplus).map(|(key, _)| key));
            }
        }
        self.report_replica_set(key, &set, failure);
    }

    /// Creates pods until one is refused; the refusal comes back, and it is tried again later and later.
    fn create_pods(&mut self, set: &Arc<Value>, count: usize) -> Option<String> {
        let task = Task::ReplicaSet(Key::of(set));
        for _ in 0..count {
            if let Some(refusal) = self.create_pod(set) {
                let what = Happening::warning("FailedCreate", format!("Error creating: {refusal}"));
                self.record(Kind::ReplicaSet, set, SOURCE, &what);
                let failures = self.retries.entry(task.clone()).or_insert(0);
                *failures += 1;
                let wait = Duration::from_millis(250 << (*failures).min(10));
                self.later(task, wait);
                return Some(refusal);
            }
        }
        self.retries.remove(&task);
        None
    }

    /// Creates one pod; the API server's refusal comes back.
    fn create_pod(&mut self, set: &Arc<Value>) -> Option<String> {
        let pod = pod_of(set)?;
        match self.make(Kind::Pod, fields::namespace(set), pod) {
            Ok(made) => {
                let what = Happening::normal("SuccessfulCreate", format!("Created pod: {}", fields::name(&made)));
                self.record(Kind::ReplicaSet, set, SOURCE, &what);
                None
            }
            Err(refusal) => Some(refusal.message),
        }
    }

    fn delete_pods<'a>(&mut self, set: &Arc<Value>, pods: impl Iterator<Item = &'a Key>) {
        for key in pods {
            self.delete(Kind::Pod, key);
            let what = Happening::normal("SuccessfulDelete", format!("Deleted pod: {}", key.name));
            self.record(Kind::ReplicaSet, set, SOURCE, &what);
        }
    }

    fn report_replica_set(&mut self, key: &Key, set: &Value, failure: Option<String>) {
        // Pods that were just made or told to go count as they are now.
        self.notice();
        let patience = Duration::from_secs(set.pointer("/spec/minReadySeconds").and_then(Value::as_u64).unwrap_or(0));
        let active = || self.facts.pods_of(fields::uid(set)).map(|(_, pod)| pod).filter(|pod| pod.active());
        let available_at = |pod: &PodFacts| pod.ready_since.unwrap_or_default() + patience;
        let all = active().count();
        let ready = active().filter(|pod| pod.ready).count();
        let available = active().filter(|pod| pod.ready && available_at(pod) <= self.now).count();
        let next = active().filter(|pod| pod.ready).map(available_at).filter(|at| *at > self.now).min();
        let mut status = Map::new();
        status.insert("replicas".to_owned(), all.into());
        for (name, count) in [("fullyLabeledReplicas", all), ("readyReplicas", ready), ("availableReplicas", available)] {
            if count > 0 {
                status.insert(name.to_owned(), count.into());
            }
        }
        let generation = set.pointer("/metadata/generation").cloned().unwrap_or(json!(1));
        status.insert("observedGeneration".to_owned(), generation);
        if let Some(failed) = failed_condition(set, failure, self.now) {
            status.insert("conditions".to_owned(), failed);
        }
        let status = Value::Object(status);
        if set.get("status") != Some(&status) {
            self.edit(Kind::ReplicaSet, key, |object| put(object, &["status"], status));
        }
        if let Some(next) = next {
            self.agenda.enter(next, Task::ReplicaSet(key.clone()));
        }
    }
}

fn failed_condition(set: &Value, failure: Option<String>, now: Time) -> Option<Value> {
    let mut conditions = fields::items(set, "/status/conditions").to_vec();
    let message = failure?;
    // Every refusal names another pod: the first one says enough, or the status would never come to rest.
    if condition::find(&conditions, "ReplicaFailure").is_some() {
        return Some(conditions.into());
    }
    let failed = Condition { kind: "ReplicaFailure", status: "True", reason: "FailedCreate".to_owned(), message };
    condition::set(&mut conditions, &failed, now, false);
    Some(conditions.into())
}

/// What a pod is worth when some must go, the least first: without a node, not running, not ready, of low cost, newer,
/// with more restarts.
fn worth(pod: &PodFacts) -> impl Ord + use<> {
    (pod.node.is_some(), pod.running, pod.ready, pod.cost, Reverse((pod.ready_since, pod.restarts)), Reverse(pod.created))
}

/// A pod of a ReplicaSet's template.
pub fn pod_of(set: &Value) -> Option<Value> {
    let template = set.pointer("/spec/template")?;
    let metadata = |part: &str| template.pointer(&format!("/metadata/{part}")).cloned();
    let name = fields::name(set);
    let mut pod = json!({
        "metadata": {
            "generateName": format!("{name}-"),
            "labels": metadata("labels").unwrap_or_default(),
            "ownerReferences": [{
                "apiVersion": "apps/v1",
                "kind": "ReplicaSet",
                "name": name,
                "uid": fields::uid(set),
                "controller": true,
                "blockOwnerDeletion": true,
            }],
        },
        "spec": template.get("spec")?,
    });
    if let Some(annotations) = metadata("annotations").filter(|annotations| !annotations.is_null()) {
        put(&mut pod, &["metadata", "annotations"], annotations);
    }
    Some(pod)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(change: Value) -> PodFacts {
        let mut pod = json!({
            "metadata": {"creationTimestamp": "2025-01-01T00:00:00Z"},
            "spec": {"nodeName": "n"},
            "status": {"phase": "Running", "conditions": [
                {"type": "Ready", "status": "True", "lastTransitionTime": "2025-01-01T00:01:00Z"}]},
        });
        json_patch::merge(&mut pod, &change);
        PodFacts::of(&pod)
    }

    #[test]
    fn pods_that_serve_nobody_go_first_then_the_newer_ones() {
        let old = pod(json!({}));
        let new = pod(json!({"status": {"conditions": [
            {"type": "Ready", "status": "True", "lastTransitionTime": "2025-01-01T02:00:00Z"}]}}));
        let unready = pod(json!({"status": {"conditions": []}}));
        let pending = pod(json!({"spec": {"nodeName": null}, "status": {"phase": "Pending"}}));
        let mut worths = [&old, &new, &unready, &pending].map(worth);
        worths.sort();
        assert!(worths == [&pending, &unready, &new, &old].map(worth));
    }
}
