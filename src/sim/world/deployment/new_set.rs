//! The ReplicaSet with the template that a Deployment wants: found among the old ones, or made.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{DESIRED, Goal, MOST, REVISION, REVISIONS, Set};
use crate::sim::kind::Kind;
use crate::sim::store::fields::{self, put, take, text};
use crate::sim::world::World;
use crate::sim::world::condition;
use crate::sim::world::record::{Happening, Source};
use crate::sim::world::rollout::grow;

/// The label that keeps the pods of a Deployment's ReplicaSets apart.
const HASH: &str = "pod-template-hash";

/// Annotations of a Deployment that are its own, and not copied.
const NOT_COPIED: [&str; 5] = ["kubectl.kubernetes.io/last-applied-configuration", REVISION, REVISIONS, DESIRED, MOST];

/// Whether a ReplicaSet's template is a Deployment's, which lacks the hash.
pub fn same_template(wanted: &Value, is: Option<&Value>) -> bool {
    let Some(is) = is else { return false };
    let without = |template: &Value| {
        let mut template = template.clone();
        take(&mut template, &["metadata", "labels", HASH]);
        template
    };
    without(is) == without(wanted)
}

/// A short name for a template, in the letters that Kubernetes uses.
fn template_hash(template: &Value, collisions: u64) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut hash = Sha256::new();
    hash.update(template.to_string());
    hash.update(collisions.to_string());
    let digest = hash.finalize();
    let letter = |byte: &u8| LETTERS.get(usize::from(*byte) % LETTERS.len()).copied().map_or('x', char::from);
    digest.iter().take(10).map(letter).collect()
}

impl World {
    /// Sees to it that there is a ReplicaSet with the wanted template, and that it has the newest revision.
    pub(super) fn make_new_set(&mut self, goal: &Goal, sets: &[Set]) {
        let newest = sets.iter().filter(|set| !set.new).map(|set| set.revision).max().unwrap_or(0);
        let revision = newest + 1;
        let revision = match sets.iter().find(|set| set.new) {
            Some(set) => {
                let revision = set.revision.max(revision);
                self.bring_back(goal, set, revision);
                revision
            }
            None => {
                self.create_set(goal, sets, revision);
                revision
            }
        };
        if fields::annotation(&goal.object, REVISION) != Some(&revision.to_string()) {
            let write = |object: &mut Value| put(object, &["metadata", "annotations", REVISION], revision.to_string().into());
            self.edit(Kind::Deployment, &goal.key, write);
        }
    }

    /// A ReplicaSet with the wanted template exists: it takes the newest revision and the Deployment's annotations.
    fn bring_back(&mut self, goal: &Goal, set: &Set, revision: u64) {
        let copies = copied_annotations(&goal.object);
        self.edit(Kind::ReplicaSet, &set.key, |object| {
            for (key, value) in copies {
                put(object, &["metadata", "annotations", &key], value);
            }
            if set.revision < revision {
                let earlier = fields::annotation(object, REVISIONS).unwrap_or_default();
                let list = if earlier.is_empty() { String::new() } else { format!("{earlier},") };
                if set.revision > 0 {
                    put(object, &["metadata", "annotations", REVISIONS], format!("{list}{}", set.revision).into());
                }
                put(object, &["metadata", "annotations", REVISION], revision.to_string().into());
            }
        });
        let conditions = fields::items(&goal.object, "/status/conditions");
        if condition::find(conditions, "Progressing").is_none() {
            let message = format!("Found new replica set \"{}\"", set.key.name);
            self.progressing(goal, "True", "FoundNewReplicaSet", message);
        }
    }

    fn create_set(&mut self, goal: &Goal, sets: &[Set], revision: u64) {
        let Some(template) = goal.template() else { return };
        let all = sets.iter().map(|set| set.size.wanted).sum();
        let size = if goal.recreate { goal.replicas } else { grow(goal.replicas, goal.bounds, 0, all) };
        let collisions = goal.object.pointer("/status/collisionCount").and_then(Value::as_u64).unwrap_or(0);
        let hash = template_hash(template, collisions);
        let name = format!("{}-{hash}", goal.key.name);
        let set = replica_set(goal, template, &name, &hash, revision, size);
        if self.make(Kind::ReplicaSet, &goal.key.namespace, set).is_err() {
            return;
        }
        self.progressing(goal, "True", "NewReplicaSetCreated", format!("Created new replica set \"{name}\""));
        if size > 0 {
            self.say_scaled(goal, &name, 0, size);
        }
    }

    /// Resizes one ReplicaSet of a Deployment.
    pub(super) fn set_size(&mut self, goal: &Goal, set: &Set, size: u32) {
        let (desired, most) = (goal.replicas.to_string(), goal.most().to_string());
        self.edit(Kind::ReplicaSet, &set.key, |object| {
            put(object, &["spec", "replicas"], size.into());
            put(object, &["metadata", "annotations", DESIRED], desired.into());
            put(object, &["metadata", "annotations", MOST], most.into());
        });
        if set.size.wanted != size {
            self.say_scaled(goal, &set.key.name, set.size.wanted, size);
        }
    }

    fn say_scaled(&mut self, goal: &Goal, set: &str, from: u32, to: u32) {
        let way = if to > from { "up" } else { "down" };
        let what = Happening::normal("ScalingReplicaSet", format!("Scaled {way} replica set {set} from {from} to {to}"));
        self.record(Kind::Deployment, &goal.object, Source::Controller("deployment-controller"), &what);
    }
}

fn copied_annotations(deployment: &Value) -> Map<String, Value> {
    let all = deployment.pointer("/metadata/annotations").and_then(Value::as_object);
    let copied = all.into_iter().flatten().filter(|(key, _)| !NOT_COPIED.contains(&key.as_str()));
    copied.map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn replica_set(goal: &Goal, template: &Value, name: &str, hash: &str, revision: u64, size: u32) -> Value {
    let mut annotations = copied_annotations(&goal.object);
    for (key, value) in [(REVISION, revision.to_string()), (DESIRED, goal.replicas.to_string()), (MOST, goal.most().to_string())] {
        annotations.insert(key.to_owned(), value.into());
    }
    let mut template = template.clone();
    put(&mut template, &["metadata", "labels", HASH], hash.into());
    let labels = template.pointer("/metadata/labels").cloned().unwrap_or_default();
    let mut selector = goal.object.pointer("/spec/selector").cloned().unwrap_or_default();
    put(&mut selector, &["matchLabels", HASH], hash.into());
    let mut spec = json!({"replicas": size, "selector": selector, "template": template});
    if let Some(seconds) = goal.object.pointer("/spec/minReadySeconds") {
        put(&mut spec, &["minReadySeconds"], seconds.clone());
    }
    json!({
        "metadata": {
            "name": name,
            "namespace": goal.key.namespace,
            "labels": labels,
            "annotations": annotations,
            "ownerReferences": [{
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "name": goal.key.name,
                "uid": text(&goal.object, "/metadata/uid"),
                "controller": true,
                "blockOwnerDeletion": true,
            }],
        },
        "spec": spec,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_label_does_not_make_a_template_another_one() {
        let wanted = json!({"metadata": {"labels": {"app": "a"}}, "spec": {"containers": []}});
        let is = json!({"metadata": {"labels": {"app": "a", "pod-template-hash": "x"}}, "spec": {"containers": []}});
        assert!(same_template(&wanted, Some(&is)));
        let other = json!({"metadata": {"labels": {"app": "b"}}, "spec": {"containers": []}});
        assert!(!same_template(&wanted, Some(&other)) && !same_template(&wanted, None));
    }

    #[test]
    fn a_hash_is_short_and_follows_from_the_template() {
        let (one, other) = (json!({"a": 1}), json!({"a": 2}));
        assert_eq!(template_hash(&one, 0), template_hash(&one, 0));
        assert_ne!(template_hash(&one, 0), template_hash(&other, 0));
        assert_ne!(template_hash(&one, 0), template_hash(&one, 1));
        assert_eq!(template_hash(&one, 0).len(), 10);
    }
}
