//! Noticing changes: what each one means for the facts, and who has to look at what.

use serde_json::Value;

use super::World;
use super::facts::{PodFacts, controller};
use super::key::Key;
use super::task::Task;
use crate::sim::kind::Kind;
use crate::sim::selector::Selector;
use crate::sim::store::fields::{self, text};
use crate::sim::store::{Change, ChangeKind};

impl World {
    /// Notices every change since the last time, whoever made it.
    pub(super) fn notice(&mut self) {
        if self.noticed == self.store.revision() {
            return;
        }
        let changes = self.store.events_since(self.noticed).map(|changes| changes.cloned().collect::<Vec<Change>>());
        let Ok(changes) = changes else { return self.notice_everything() };
        for change in changes {
            self.noticed = change.revision;
            let key = Key::new(&change.namespace, &change.name);
            let after = (change.what != ChangeKind::Deleted).then_some(&*change.object);
            self.notice_one(change.kind, &key, change.before.as_deref(), after);
        }
        self.look();
    }

    /// Where changes were forgotten before they were noticed, everything is looked at, as after a watch that fell behind.
    fn notice_everything(&mut self) {
        self.noticed = self.store.revision();
        for kind in Kind::ALL {
            let objects: Vec<_> = self.store.list(kind, None).cloned().collect();
            for object in objects {
                self.notice_one(kind, &Key::of(&object), None, Some(&*object));
            }
        }
        self.look();
    }

    fn notice_one(&mut self, kind: Kind, key: &Key, before: Option<&Value>, after: Option<&Value>) {
        if kind == Kind::Event {
            return;
        }
        self.facts.note_owners(kind, key, before, after);
        let Some(object) = after.or(before) else { return };
        match kind {
            Kind::Deployment => self.notice_deployment(key),
            Kind::ReplicaSet => self.notice_replica_set(key, object),
            Kind::Pod => self.notice_pod(key, object, after.is_some()),
            Kind::Service => self.notice_service(key, after),
            Kind::EndpointSlice => {
                if let Some(service) = fields::label(object, "kubernetes.io/service-name") {
                    self.soon(Task::Routes(key.sibling(service)), 500, 1_000);
                }
            }
            Kind::Node => self.notice_node(key, after),
            Kind::HorizontalPodAutoscaler => self.soon(Task::Autoscaler(key.clone()), 20, 100),
            Kind::PodDisruptionBudget => {
                let selector = after.map(|budget| Selector::of(budget.pointer("/spec/selector").unwrap_or(&Value::Null)));
                self.facts.note_selector(kind, key, selector);
                self.soon(Task::Budget(key.clone()), 20, 100);
            }
            _ => (),
        }
        self.notice_ownership(kind, key, before, after);
    }

    fn notice_deployment(&mut self, key: &Key) {
        self.soon(Task::Deployment(key.clone()), 5, 25);
        let scales = |scaler: &&std::sync::Arc<Value>| text(scaler, "/spec/scaleTargetRef/name") == key.name;
        let scalers = self.store.list(Kind::HorizontalPodAutoscaler, Some(&key.namespace)).filter(scales);
        let scalers: Vec<Key> = scalers.map(|scaler| Key::of(scaler)).collect();
        for scaler in scalers {
            self.soon(Task::Autoscaler(scaler), 200, 900);
        }
    }

    fn notice_replica_set(&mut self, key: &Key, object: &Value) {
        self.soon(Task::ReplicaSet(key.clone()), 5, 20);
        if let Some(owner) = controller(object) {
            self.soon(Task::Deployment(key.sibling(text(owner, "/name"))), 5, 25);
        }
    }

    fn notice_pod(&mut self, key: &Key, object: &Value, exists: bool) {
        let mut selecting = self.facts.selecting(key);
        let now = exists.then(|| PodFacts::of(object));
        let before = self.facts.note_pod(key, now.clone());
        if before == now {
            return;
        }
        selecting.extend(self.facts.selecting(key));
        for (kind, of) in selecting {
            match kind {
                Kind::Service => self.soon(Task::Endpoints(of), 100, 300),
                _ => self.soon(Task::Budget(of), 50, 200),
            }
        }
        if let Some(owner) = controller(object) {
            let set = key.sibling(text(owner, "/name"));
            if !exists {
                self.notice_room(&set);
            }
            self.soon(Task::ReplicaSet(set), 5, 20);
        }
        self.faults.note_pod(before.as_ref(), now.as_ref());
        self.notice_place(before.as_ref(), now.as_ref());
        match &now {
            Some(pod) if pod.node.is_none() && !pod.terminating => self.soon(Task::Schedule(key.clone()), 5, 30),
            _ => self.notice_life(key, object, exists),
        }
    }

    /// A pod of a ReplicaSet is gone for good: its Deployment may wait for that, if old pods must end before new ones begin.
    fn notice_room(&mut self, set: &Key) {
        let Some(object) = self.object(Kind::ReplicaSet, set) else { return };
        if let Some(owner) = controller(&object) {
            self.soon(Task::Deployment(set.sibling(text(owner, "/name"))), 5, 25);
        }
    }

    fn notice_service(&mut self, key: &Key, after: Option<&Value>) {
        self.facts.note_selector(Kind::Service, key, after.and_then(service_selector));
        self.soon(Task::Endpoints(key.clone()), 100, 300);
        self.notice_pin(key, after);
    }

    /// What the garbage collector has to look at.
    fn notice_ownership(&mut self, kind: Kind, key: &Key, before: Option<&Value>, after: Option<&Value>) {
        if let Some(object) = after {
            if fields::terminating(object) && !fields::items(object, "/metadata/finalizers").is_empty() {
                self.soon(Task::Finalize(kind, key.clone()), 10, 40);
            }
            return;
        }
        let Some(object) = before else { return };
        if self.facts.dependents(fields::uid(object)).next().is_some() {
            self.soon(Task::Collect(fields::uid(object).to_owned()), 20, 80);
        }
        for owner in fields::items(object, "/metadata/ownerReferences") {
            let Some(of) = Kind::named(text(owner, "/kind")) else { continue };
            let waits = self.store.get(of, &key.namespace, text(owner, "/name"));
            if waits.is_some_and(|owner| fields::terminating(owner)) {
                self.soon(Task::Finalize(of, key.sibling(text(owner, "/name"))), 10, 40);
            }
        }
    }
}

/// A Service's selector; `None` where it has none, which selects nothing.
fn service_selector(service: &Value) -> Option<Selector> {
    let labels = service.pointer("/spec/selector")?.as_object()?;
    (!labels.is_empty()).then(|| Selector::equal(labels))
}
