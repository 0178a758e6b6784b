//! A Deployment's status: its counts, and its conditions Available, Progressing and ReplicaFailure.

use serde_json::{Map, Value, json};

use super::{Goal, Set};
use crate::core::time::Time;
use crate::sim::kind::Kind;
use crate::sim::store::fields::{self, put, stamp, take, text};
use crate::sim::world::World;
use crate::sim::world::condition::{self, Condition};
use crate::sim::world::task::Task;

/// The counts of a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Counts {
    /// Pods that exist, of any template.
    all: u32,
    /// Pods of the wanted template.
    updated: u32,
    ready: u32,
    available: u32,
    unavailable: u32,
}

impl Counts {
    fn of(sets: &[Set]) -> Self {
        let sum = |count: fn(&Set) -> u32| sets.iter().map(count).sum::<u32>();
        let available = sum(|set| set.size.available);
        Self {
            all: sum(|set| set.existing),
            updated: sets.iter().filter(|set| set.new).map(|set| set.existing).sum(),
            ready: sum(|set| set.ready),
            available,
            unavailable: sum(|set| set.size.wanted).saturating_sub(available),
        }
    }

    fn before(deployment: &Value) -> Self {
        let count = |name: &str| {
            let value = deployment.pointer(&format!("/status/{name}")).and_then(Value::as_u64).unwrap_or(0);
            u32::try_from(value).unwrap_or(u32::MAX)
        };
        Self {
            all: count("replicas"),
            updated: count("updatedReplicas"),
            ready: count("readyReplicas"),
            available: count("availableReplicas"),
            unavailable: count("unavailableReplicas"),
        }
    }

    /// Whether every pod is of the wanted template and available.
    fn complete(&self, replicas: u32) -> bool {
        self.updated == replicas && self.all == replicas && self.available == replicas
    }

    /// Whether something came nearer to that since `before`.
    fn progressed(&self, before: &Self) -> bool {
        let old = |counts: &Self| counts.all.saturating_sub(counts.updated);
        self.updated > before.updated
            || old(self) < old(before)
            || self.ready > before.ready
            || self.available > before.available
    }
}

impl World {
    pub(super) fn report_deployment(&mut self, goal: &Goal, sets: &[Set]) {
        let Some(object) = self.object(Kind::Deployment, &goal.key) else { return };
        let counts = Counts::of(sets);
        let mut conditions = fields::items(&object, "/status/conditions").to_vec();
        self.judge_availability(goal, &counts, &mut conditions);
        self.judge_progress(goal, sets, &counts, &Counts::before(&object), &mut conditions);
        judge_failure(sets, &mut conditions, self.now);
        self.watch_deadline(goal, &counts, &conditions);
        let status = status(&object, &counts, conditions);
        if object.get("status") != Some(&status) {
            self.edit(Kind::Deployment, &goal.key, |object| put(object, &["status"], status));
        }
    }

    fn judge_availability(&self, goal: &Goal, counts: &Counts, conditions: &mut Vec<Value>) {
        let unavailable = if goal.recreate { 0 } else { goal.bounds.unavailable };
        let enough = counts.available >= goal.replicas.saturating_sub(unavailable);
        let (status, reason, message) = if enough {
            ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
        } else {
            ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
        };
        let available = Condition { kind: "Available", status, reason: reason.to_owned(), message: message.to_owned() };
        condition::set(conditions, &available, self.now, true);
    }

    fn judge_progress(&self, goal: &Goal, sets: &[Set], counts: &Counts, before: &Counts, conditions: &mut Vec<Value>) {
        if goal.deadline.is_none() || goal.paused {
            return;
        }
        let current = condition::find(conditions, "Progressing");
        let reason = current.map(|current| text(current, "/reason").to_owned()).unwrap_or_default();
        let was_complete = counts.all == counts.updated && reason == "NewReplicaSetAvailable";
        let set = sets.iter().find(|set| set.new).map_or_else(String::new, |set| set.key.name.clone());
        let words = |verb: &str| format!("ReplicaSet \"{set}\" {verb}.");
        let progressing = |status, reason: &str, message| Condition {
            kind: "Progressing",
            status,
            reason: reason.to_owned(),
            message,
        };
        let next = if counts.complete(goal.replicas) {
            progressing("True", "NewReplicaSetAvailable", words("has successfully progressed"))
        } else if was_complete {
            return;
        } else if counts.progressed(before) {
            // The time of the last update moves with every step forward, or the deadline would pass in the middle of it.
            if reason == "ReplicaSetUpdated" {
                touch(conditions, self.now);
            }
            progressing("True", "ReplicaSetUpdated", words("is progressing"))
        } else if self.overdue(goal, current) {
            progressing("False", "ProgressDeadlineExceeded", words("has timed out progressing"))
        } else {
            return;
        };
        condition::set(conditions, &next, self.now, true);
    }

    fn overdue(&self, goal: &Goal, current: Option<&Value>) -> bool {
        let (Some(deadline), Some(current)) = (goal.deadline, current) else { return false };
        let updated = Time::parse(text(current, "/lastUpdateTime")).unwrap_or(self.now);
        text(current, "/status") == "True" && self.now >= updated + deadline
    }

    /// Looks again when the deadline passes.
    fn watch_deadline(&mut self, goal: &Goal, counts: &Counts, conditions: &[Value]) {
        let Some(deadline) = goal.deadline.filter(|_| !goal.paused && !counts.complete(goal.replicas)) else { return };
        let current = condition::find(conditions, "Progressing").filter(|current| text(current, "/status") == "True");
        if let Some(updated) = current.and_then(|current| Time::parse(text(current, "/lastUpdateTime"))) {
            let again = (updated + deadline).max(self.now + std::time::Duration::from_secs(1));
            self.agenda.enter(again, Task::Deployment(goal.key.clone()));
        }
    }

    /// Writes the condition Progressing at once, outside a report.
    pub(super) fn progressing(&mut self, goal: &Goal, status: &'static str, reason: &str, message: String) {
        if goal.deadline.is_none() {
            return;
        }
        let now = self.now;
        let next = Condition { kind: "Progressing", status, reason: reason.to_owned(), message };
        self.edit(Kind::Deployment, &goal.key, |object| {
            let mut conditions = fields::items(object, "/status/conditions").to_vec();
            condition::set(&mut conditions, &next, now, true);
            put(object, &["status", "conditions"], conditions.into());
        });
    }

    /// Says that a Deployment is paused, or goes on.
    pub(super) fn note_pause(&mut self, goal: &Goal) {
        let current = condition::find(fields::items(&goal.object, "/status/conditions"), "Progressing");
        let reason = current.map(|current| text(current, "/reason")).unwrap_or_default();
        if reason == "ProgressDeadlineExceeded" {
            return;
        }
        if goal.paused && reason != "DeploymentPaused" {
            self.progressing(goal, "Unknown", "DeploymentPaused", "Deployment is paused".to_owned());
        } else if !goal.paused && reason == "DeploymentPaused" {
            self.progressing(goal, "Unknown", "DeploymentResumed", "Deployment is resumed".to_owned());
        }
    }
}

fn touch(conditions: &mut [Value], now: Time) {
    let current = conditions.iter_mut().find(|condition| text(condition, "/type") == "Progressing");
    if let Some(current) = current {
        put(current, &["lastUpdateTime"], stamp(now).into());
    }
}

/// A ReplicaSet that cannot create pods makes its Deployment say so.
fn judge_failure(sets: &[Set], conditions: &mut Vec<Value>, now: Time) {
    let failed = |set: &Set| condition::find(fields::items(&set.object, "/status/conditions"), "ReplicaFailure").cloned();
    let new_first = sets.iter().filter(|set| set.new).chain(sets.iter().filter(|set| !set.new));
    match new_first.filter(|set| set.size.wanted > 0).find_map(failed) {
        Some(failure) => {
            let (reason, message) = (text(&failure, "/reason").to_owned(), text(&failure, "/message").to_owned());
            condition::set(conditions, &Condition { kind: "ReplicaFailure", status: "True", reason, message }, now, true);
        }
        None => condition::remove(conditions, "ReplicaFailure"),
    }
}

/// The status object; counts that are zero are left out, as the real one does.
fn status(deployment: &Value, counts: &Counts, conditions: Vec<Value>) -> Value {
    let mut status: Map<String, Value> = Map::new();
    let mut put_count = |name: &str, count: u32| {
        if count > 0 {
            status.insert(name.to_owned(), count.into());
        }
    };
    put_count("replicas", counts.all);
    put_count("updatedReplicas", counts.updated);
    put_count("readyReplicas", counts.ready);
    put_count("availableReplicas", counts.available);
    put_count("unavailableReplicas", counts.unavailable);
    let generation = deployment.pointer("/metadata/generation").cloned().unwrap_or(json!(1));
    status.insert("observedGeneration".to_owned(), generation);
    status.insert("conditions".to_owned(), conditions.into());
    let mut old = deployment.get("status").cloned().unwrap_or_default();
    if let Some(collisions) = take(&mut old, &["collisionCount"]) {
        status.insert("collisionCount".to_owned(), collisions);
    }
    status.into()
}
