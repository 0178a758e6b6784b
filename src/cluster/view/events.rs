//! The cluster's own events about our objects.

use std::collections::{BTreeMap, BTreeSet};

use crate::cluster::marks;
use crate::cluster::seen::Event;
use crate::cluster::watch::Store;
use crate::core::plan::Plan;
use crate::core::text::neutral;
use crate::core::time::Time;
use crate::core::view::ClusterEvent;

/// At most this many events are shown; the newest.
const MOST: usize = 200;

/// The newest warning about each object.
pub struct Warnings<'a> {
    newest: BTreeMap<&'a str, (Time, &'a str)>,
}

impl<'a> Warnings<'a> {
    /// Reads the store's events.
    pub fn of(store: &'a Store) -> Self {
        let mut newest: BTreeMap<&str, (Time, &str)> = BTreeMap::new();
        let foreign = store.events.iter().filter(|event| event.reporting_component != marks::FIELD_MANAGER);
        for event in foreign.filter(|event| event.kind == "Warning") {
            let this = (event.at(), event.message.as_str());
            let best = newest.entry(event.involved_object.uid.as_str()).or_insert(this);
            *best = this.max(*best);
        }
        Self { newest }
    }

    /// The sentence of the newest one about the object of this UID.
    pub fn about(&self, uid: &str) -> Option<&'a str> {
        self.newest.get(uid).map(|(_, message)| *message)
    }
}

/// The newest events about the plan's objects, oldest first; without those that tell of the release itself, which its log
/// already has.
pub fn about(store: &Store, plan: &Plan) -> Vec<ClusterEvent> {
    let others = uids(store, plan);
    // There may be ten thousand pods, and rarely many events: it is the pods that are looked up.
    let is_ours = |event: &&Event| {
        let uid = event.involved_object.uid.as_str();
        event.reporting_component != marks::FIELD_MANAGER && (others.contains(uid) || store.pods.has(uid))
    };
    let mut events: Vec<&Event> = store.events.iter().filter(is_ours).collect();
    events.sort_by(|one, other| (one.at(), &one.metadata.uid).cmp(&(other.at(), &other.metadata.uid)));
    let first = events.len().saturating_sub(MOST);
    events.into_iter().skip(first).map(view).collect()
}

/// Every Deployment and ReplicaSet that the watches brought, and the plan's Services and autoscalers.
fn uids<'a>(store: &'a Store, plan: &Plan) -> BTreeSet<&'a str> {
    let services: BTreeSet<&str> = plan.workloads.iter().flat_map(|w| &w.services).map(|s| s.name.as_str()).collect();
    let autoscalers: BTreeSet<&str> =
        plan.workloads.iter().filter_map(|w| w.hpa.as_ref()).map(|h| h.name.as_str()).collect();
    let deployments = store.deployments.iter().map(|found| &found.metadata);
    let sets = store.replica_sets.iter().map(|found| &found.metadata);
    let services =
        store.services.iter().map(|found| &found.metadata).filter(|meta| services.contains(meta.name.as_str()));
    let scalers =
        store.autoscalers.iter().map(|found| &found.metadata).filter(|m| autoscalers.contains(m.name.as_str()));
    deployments.chain(sets).chain(services).chain(scalers).map(|meta| meta.uid.as_str()).collect()
}

fn view(event: &Event) -> ClusterEvent {
    ClusterEvent {
        at: event.at(),
        about: neutral(&format!("{}/{}", event.involved_object.kind, event.involved_object.name)),
        reason: neutral(&event.reason),
        text: neutral(&event.message),
        warning: event.kind == "Warning",
    }
}
