//! Whose a pod is: by the ReplicaSet that owns it, the Deployment that owns that, and the template. Never by a name.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::cluster::labels::{Labels, includes};
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
    /// The labels by which a pod whose owners are gone is known for one of our canary; `None`: somebody else's Deployment
    /// has the canary's name, and labels prove nothing.
    marks_of_ours: Option<Labels>,
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
        // Our label alone would take the canaries of all workloads for this one's.
        let marks_of_ours = (!foreign).then(|| template::labels(&template::tracked(&workload.canary_template)));
        let is_ours = |labels: &Labels| marks_of_ours.as_ref().is_some_and(|ours| includes(labels, ours));
        let lives = |uid: &str| store.deployments.iter().any(|other| other.metadata.uid == uid);
        let side = |owner: &str, made_of: &Value| {
            if canary.as_deref() == Some(owner) {
                return Some(Track::Canary);
            }
            if stable.as_deref() != Some(owner) {
                // The canary goes before its ReplicaSet and its pods do; its template is known by its labels.
                return (!lives(owner) && is_ours(&template::labels(made_of))).then_some(Track::Canary);
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
        Self { sides: sides.collect(), marks_of_ours }
    }

    /// The side of a pod; `None`: it is of another workload.
    pub fn side(&self, pod: &KnownPod) -> Option<Track> {
        match self.sides.get(pod.replica_set()?) {
            Some(side) => *side,
            // And its ReplicaSet goes before its pods do.
            None => {
                let ours = self.marks_of_ours.as_ref()?;
                includes(pod.marks(), ours).then_some(Track::Canary)
            }
        }
    }
}
