//! What stable's counters say of the time before the flight: all that its pods have counted since they began.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::core::compare::Compare;
use crate::core::evidence::{Evidence, Row};
use crate::core::plan::{Plan, Workload};
use crate::core::sample::Batch;
use crate::core::view::{PodView, WorkloadView};

/// What is known of a workload before its first step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Past {
    /// By the rule's name: stable's requests since its pods began, and the bad ones among them.
    pub rows: BTreeMap<String, Row>,
    /// Their requests a second over that time, which stands for the traffic now until two readings tell it.
    pub rps: f64,
}

/// The past with the present: how much traffic there is.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The past.
    pub past: &'a Past,
    /// Requests a second now, of both versions together.
    pub rps: f64,
}

impl Past {
    /// What one reading says of stable's whole life. A rule whose series it does not have is not in it.
    pub fn of(plan: &Plan, workload: &Workload, view: &WorkloadView, batch: &Batch) -> Self {
        let uids: Vec<&str> = stable_pods(view).map(|pod| pod.uid.as_str()).collect();
        let pods = batch.pods.iter().filter(|pod| uids.contains(&pod.pod.as_str())).cloned();
        let life = Batch { pods: pods.collect(), ..batch.clone() };
        let mut evidence = Evidence::of_whole_lives();
        let rows = evidence.absorb(plan, &plan.rules, workload, Compare::WithStable, view, &life);
        let requests = |uid: &str| evidence.trails.get(uid)?.last.as_ref()?.requests.map(|requests| requests.all);
        let rps = stable_pods(view).filter_map(|pod| {
            let age = batch.at.since(pod.ready_since.unwrap_or(pod.created)).as_secs_f64();
            (age > 0.0).then(|| requests(&pod.uid).map(|all| all / age))?
        });
        // Where no pod counts its requests nothing is known of the traffic, which is not the same as none.
        let rps: Vec<f64> = rps.collect();
        if rps.is_empty() {
            return Self::default();
        }
        let rps = rps.iter().sum();
        let seen = rows.into_iter().map(|(rule, pair)| (rule, pair.stable)).filter(|(_, row)| row.n > 0);
        Self { rows: seen.collect(), rps }
    }
}

fn stable_pods(view: &WorkloadView) -> impl Iterator<Item = &PodView> {
    view.pods.iter().map(AsRef::as_ref).filter(|pod: &&PodView| pod.track.stays())
}
