//! Whose a pod is: by the ReplicaSet that owns it, the Deployment that owns that, and the template. Never by a name.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::cluster::beside::Beside;
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
    /// The labels by which a pod whose owners are gone is known for one of ours. Where somebody else's Deployment has the
    /// name of ours, labels prove nothing, and there are none.
    marks_of_ours: Vec<(Track, Labels)>,
}

/// The track of the pods of what stands beside.
fn track(which: Beside) -> Track {
    match which {
        Beside::Canary => Track::Canary,
        Beside::Baseline => Track::Baseline,
    }
}

impl<'a> Lineage<'a> {
    /// Reads the ReplicaSets of one workload.
    pub fn of(
        store: &'a Store,
        plan: &Plan,
        workload: &Workload,
        stable: Option<&Deployment>,
        beside: [(Beside, Option<&Deployment>); 2],
    ) -> Self {
        let stable = stable.map(|deployment| deployment.metadata.uid.clone());
        // Our label alone would take the canaries of all workloads for this one's.
        let marks = beside.iter().filter_map(|(which, seen)| {
            let name = which.name(workload)?;
            let seen = seen.map(|deployment| deployment.metadata.uid.as_str());
            let foreign = |other: &Deployment| other.metadata.name == name && seen != Some(other.metadata.uid.as_str());
            let known = !store.deployments.iter().any(foreign);
            known.then(|| (track(*which), template::labels(&which.template(workload))))
        });
        let marks_of_ours: Vec<(Track, Labels)> = marks.collect();
        let lives = |uid: &str| store.deployments.iter().any(|other| other.metadata.uid == uid);
        let side = |owner: &str, made_of: &Value| {
            let of_ours = beside.iter().find(|(_, seen)| seen.is_some_and(|seen| seen.metadata.uid == owner));
            if let Some((which, _)) = of_ours {
                return Some(track(*which));
            }
            if stable.as_deref() != Some(owner) {
                // A Deployment goes before its ReplicaSet and its pods do; its template is known by its labels.
                return if lives(owner) { None } else { marked(&marks_of_ours, &template::labels(made_of)) };
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
            None => marked(&self.marks_of_ours, pod.marks()),
        }
    }
}

/// Which of ours these labels are of.
fn marked(ours: &[(Track, Labels)], labels: &Labels) -> Option<Track> {
    ours.iter().find(|(_, wanted)| includes(labels, wanted)).map(|(track, _)| *track)
}
