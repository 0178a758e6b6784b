//! What the controllers look up again and again, kept up to date from the store's changes: nobody goes through all pods
//! because one of them changed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::key::Key;
use crate::core::time::Time;
use crate::sim::kind::Kind;
use crate::sim::quantity::Quantity;
use crate::sim::selector::Selector;
use crate::sim::store::fields::{self, text};

/// One pod, as far as controllers look at it.
#[derive(Clone, Debug, PartialEq)]
pub struct PodFacts {
    /// Its UID.
    pub uid: String,
    /// Its labels.
    pub labels: Value,
    /// The UID of its controller.
    pub owner: Option<String>,
    /// When it was created, in whole seconds.
    pub created: Time,
    /// Its node.
    pub node: Option<String>,
    /// Its address.
    pub ip: Option<String>,
    /// Whether its Ready condition is true.
    pub ready: bool,
    /// Since when the Ready condition is what it is.
    pub ready_since: Option<Time>,
    /// Whether its containers run.
    pub running: bool,
    /// Whether its deletion has been asked for.
    pub terminating: bool,
    /// Whether it ended by itself, for good.
    pub finished: bool,
    /// Restarts of its containers.
    pub restarts: u64,
    /// `controller.kubernetes.io/pod-deletion-cost`.
    pub cost: i64,
    /// The processor time that it asks for.
    pub cpu: Quantity,
    /// The memory that it asks for.
    pub memory: Quantity,
}

impl PodFacts {
    /// Reads a pod.
    pub fn of(pod: &Value) -> Self {
        let some = |pointer: &str| Some(text(pod, pointer)).filter(|text| !text.is_empty()).map(str::to_owned);
        let ready = fields::items(pod, "/status/conditions").iter().find(|is| text(is, "/type") == "Ready");
        let phase = text(pod, "/status/phase");
        let statuses = fields::items(pod, "/status/containerStatuses");
        let asks = |resource: &str| requests(pod, resource);
        Self {
            uid: fields::uid(pod).to_owned(),
            labels: pod.pointer("/metadata/labels").cloned().unwrap_or_default(),
            owner: controller(pod).map(|owner| text(owner, "/uid").to_owned()),
            created: Time::parse(text(pod, "/metadata/creationTimestamp")).unwrap_or_default(),
            node: some("/spec/nodeName"),
            ip: some("/status/podIP"),
            ready: ready.is_some_and(|is| text(is, "/status") == "True"),
            ready_since: ready.and_then(|is| Time::parse(text(is, "/lastTransitionTime"))),
            running: phase == "Running",
            terminating: fields::terminating(pod),
            finished: matches!(phase, "Succeeded" | "Failed"),
            restarts: statuses.iter().filter_map(|status| status.get("restartCount")?.as_u64()).sum(),
            cost: fields::annotation(pod, "controller.kubernetes.io/pod-deletion-cost")
                .and_then(|cost| cost.parse().ok())
                .unwrap_or(0),
            cpu: asks("cpu"),
            memory: asks("memory"),
        }
    }

    /// The value of a label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels.get(key)?.as_str()
    }

    /// Whether a controller counts it: it neither ended nor is about to.
    pub fn active(&self) -> bool {
        !self.terminating && !self.finished
    }
}

/// What the containers of a pod ask for of a resource.
fn requests(pod: &Value, resource: &str) -> Quantity {
    let containers = fields::items(pod, "/spec/containers").iter();
    containers
        .filter_map(|container| {
            let resources = container.get("resources")?;
            let asked = resources.get("requests").and_then(|requests| requests.get(resource));
            // A limit without a request is one.
            Quantity::of(asked.or_else(|| resources.get("limits")?.get(resource))?)
        })
        .sum()
}

/// The owner reference of an object's controller.
pub fn controller(object: &Value) -> Option<&Value> {
    let owners = fields::items(object, "/metadata/ownerReferences");
    owners.iter().find(|owner| owner.get("controller").and_then(Value::as_bool) == Some(true))
}

/// The facts of one cluster.
#[derive(Debug, Default)]
pub struct Facts {
    pods: BTreeMap<Key, PodFacts>,
    owned: BTreeMap<String, BTreeSet<(Kind, Key)>>,
    selections: BTreeMap<(Kind, Key), Selection>,
}

#[derive(Debug)]
struct Selection {
    selector: Selector,
    members: BTreeSet<Key>,
}

impl Facts {
    /// The pod at that key.
    pub fn pod(&self, key: &Key) -> Option<&PodFacts> {
        self.pods.get(key)
    }

    /// The objects of a kind that name this UID as an owner.
    pub fn owned(&self, uid: &str, kind: Kind) -> impl Iterator<Item = &Key> {
        self.dependents(uid).filter(move |(of, _)| *of == kind).map(|(_, key)| key)
    }

    /// All objects that name this UID as an owner.
    pub fn dependents(&self, uid: &str) -> impl Iterator<Item = &(Kind, Key)> {
        self.owned.get(uid).into_iter().flatten()
    }

    fn in_namespace(&self, namespace: &str) -> impl Iterator<Item = (&Key, &PodFacts)> {
        self.pods.range(Key::new(namespace, "")..).take_while(move |(key, _)| key.namespace == namespace)
    }

    /// The pods of one owner.
    pub fn pods_of(&self, uid: &str) -> impl Iterator<Item = (&Key, &PodFacts)> {
        self.owned(uid, Kind::Pod).filter_map(|key| Some((key, self.pods.get(key)?)))
    }

    /// The pods that a Service or a disruption budget selects.
    pub fn selected(&self, kind: Kind, key: &Key) -> impl Iterator<Item = (&Key, &PodFacts)> {
        let members = self.selections.get(&(kind, key.clone())).into_iter().flat_map(|selection| &selection.members);
        members.filter_map(|key| Some((key, self.pods.get(key)?)))
    }

    /// The Services and disruption budgets that select a pod.
    pub fn selecting(&self, pod: &Key) -> Vec<(Kind, Key)> {
        let all = self.selections.iter();
        all.filter(|(_, selection)| selection.members.contains(pod)).map(|(of, _)| of.clone()).collect()
    }

    /// Takes note of a pod, or of its end; what was known of it before comes back.
    pub fn note_pod(&mut self, key: &Key, now: Option<PodFacts>) -> Option<PodFacts> {
        let before = self.pods.get(key);
        if before.map(|pod| &pod.labels) != now.as_ref().map(|pod| &pod.labels) {
            for ((_, of), selection) in &mut self.selections {
                let matches = |pod: &PodFacts| of.namespace == key.namespace && selection.selector.matches_labels(Some(&pod.labels));
                if now.as_ref().is_some_and(matches) {
                    selection.members.insert(key.clone());
                } else {
                    selection.members.remove(key);
                }
            }
        }
        match now {
            Some(now) => self.pods.insert(key.clone(), now),
            None => self.pods.remove(key),
        }
    }

    /// Takes note of a selector, or of its end.
    pub fn note_selector(&mut self, kind: Kind, key: &Key, selector: Option<Selector>) {
        let place = (kind, key.clone());
        let Some(selector) = selector else {
            self.selections.remove(&place);
            return;
        };
        if self.selections.get(&place).is_some_and(|known| known.selector == selector) {
            return;
        }
        let here = self.in_namespace(&key.namespace);
        let members = here.filter(|(_, pod)| selector.matches_labels(Some(&pod.labels))).map(|(pod, _)| pod.clone()).collect();
        self.selections.insert(place, Selection { selector, members });
    }

    /// Takes note of an object's owners.
    pub fn note_owners(&mut self, kind: Kind, key: &Key, before: Option<&Value>, after: Option<&Value>) {
        let owners = |object: Option<&Value>| object.and_then(|object| object.pointer("/metadata/ownerReferences")).cloned();
        let (before, after) = (owners(before), owners(after));
        if before == after {
            return;
        }
        for uid in uids(before.as_ref()) {
            if let Some(owned) = self.owned.get_mut(uid) {
                owned.remove(&(kind, key.clone()));
                if owned.is_empty() {
                    self.owned.remove(uid);
                }
            }
        }
        for uid in uids(after.as_ref()) {
            self.owned.entry(uid.to_owned()).or_default().insert((kind, key.clone()));
        }
    }
}

fn uids(owners: Option<&Value>) -> impl Iterator<Item = &str> {
    owners.and_then(Value::as_array).into_iter().flatten().map(|owner| text(owner, "/uid"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod(name: &str, app: &str) -> (Key, Value) {
        let owner = json!([{"uid": "set", "controller": true}]);
        let pod = json!({
            "metadata": {"name": name, "namespace": "shop", "uid": name, "labels": {"app": app}, "ownerReferences": owner},
            "spec": {"containers": [{"resources": {"limits": {"memory": "1Gi"}, "requests": {"cpu": "250m"}}}, {}]},
            "status": {"conditions": [{"type": "Ready", "status": "True"}]},
        });
        (Key::of(&pod), pod)
    }

    #[test]
    fn selections_follow_labels_and_selectors() {
        let mut facts = Facts::default();
        let (key, object) = pod("a", "checkout");
        facts.note_pod(&key, Some(PodFacts::of(&object)));
        let service = Key::new("shop", "checkout");
        let selector = |app: &str| Some(Selector::of(&json!({"matchLabels": {"app": app}})));
        facts.note_selector(Kind::Service, &service, selector("checkout"));
        assert_eq!(facts.selecting(&key), [(Kind::Service, service.clone())]);
        facts.note_selector(Kind::Service, &service, selector("other"));
        assert_eq!(facts.selected(Kind::Service, &service).count(), 0);
        let (key, object) = pod("b", "other");
        facts.note_pod(&key, Some(PodFacts::of(&object)));
        assert_eq!(facts.selected(Kind::Service, &service).count(), 1);
        facts.note_pod(&key, None);
        assert_eq!(facts.selected(Kind::Service, &service).count(), 0);
    }

    #[test]
    fn a_pod_asks_for_what_its_containers_ask_for() {
        let facts = PodFacts::of(&pod("a", "x").1);
        assert_eq!((facts.cpu, facts.memory.units()), (Quantity::milli(250), 1 << 30));
        assert!(facts.ready && facts.active() && facts.owner.as_deref() == Some("set"));
    }

    #[test]
    fn owners_are_followed() {
        let mut facts = Facts::default();
        let (key, object) = pod("a", "x");
        facts.note_owners(Kind::Pod, &key, None, Some(&object));
        assert_eq!(facts.owned("set", Kind::Pod).collect::<Vec<_>>(), [&key]);
        facts.note_owners(Kind::Pod, &key, Some(&object), None);
        assert_eq!(facts.dependents("set").count(), 0);
    }
}
