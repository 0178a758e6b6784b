//! Whose a pod is: by the ReplicaSet that owns it, the Deployment that owns that, and the template. Never by a name.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::cluster::labels::includes;
use crate::cluster::marks;
use crate::cluster::seen::Deployment;
use crate::cluster::template;
use crate::cluster::view::KnownPod;
use crate::cluster::watch::Store;
use crate::core::plan::{Plan, Workload};
use crate::core::view::Track;

/// Which side the pods of each known ReplicaSet are on.
pub struct Lineage<'a> {
    /// By UID; `None`: of another Deployment.
    sides: BTreeMap<&'a str, Option<Track>>,
    /// Whether a pod whose ReplicaSet is gone can only be of our canary, if it has our label.
    label_is_ours: bool,
}

impl<'a> Lineage<'a> {
    /// Reads the ReplicaSets of one workload.
    pub fn of(
        store: &'a Store,
        plan: &Plan,
        workload: &Workload,
        stable: Option<&Deployment>,
        canary: Option<&Deployment>,
    ) -> Self {
        let uid = |deployment: Option<&Deployment>| deployment.map(|deployment| deployment.metadata.uid.clone());
        let (stable, canary) = (uid(stable), uid(canary));
        let foreign = store.deployments.iter().any(|other| {
            other.metadata.name == workload.canary && canary.as_deref() != Some(other.metadata.uid.as_str())
        });
        let side = |owner: &str, made_of: &Value| {
            if canary.as_deref() == Some(owner) {
                return Some(Track::Canary);
            }
            if stable.as_deref() != Some(owner) {
                // The canary goes before its ReplicaSet and its pods do; only its template has our label. Another workload's
                // canary has it too, and other labels besides.
                let labels = template::labels(made_of);
                let labelled = labels.get(marks::TRACK).is_some_and(|track| track == marks::CANARY);
                let ours = labelled && includes(&labels, &template::labels(&workload.canary_template));
                return (ours && !foreign).then_some(Track::Canary);
            }
            // Where both templates are the same, nothing is being released by this workload: its pods are stable.
            if template::same(made_of, &workload.stable_template) {
                Some(Track::Stable)
            } else if template::is_released(made_of, workload, plan.finish) {
                Some(Track::Rolled)
            } else {
                Some(Track::Other)
            }
        };
        let sides = store.replica_sets.iter().map(|set| {
            let owner = set.metadata.controller().map(|owner| owner.uid.as_str()).unwrap_or_default();
            (set.metadata.uid.as_str(), side(owner, &set.spec.template))
        });
        Self { sides: sides.collect(), label_is_ours: !foreign }
    }

    /// The side of a pod; `None`: it is of another workload.
    pub fn side(&self, pod: &KnownPod) -> Option<Track> {
        match self.sides.get(pod.replica_set()?) {
            Some(side) => *side,
            // And its ReplicaSet goes before its pods do.
            None => (pod.is_labelled() && self.label_is_ours).then_some(Track::Canary),
        }
    }
}
