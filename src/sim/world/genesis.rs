//! The making of a world: its cluster, the versions that were rolled out before, and the requests of its past.
//!
//! The past is lived and not made up: every version is rolled out by the same controllers, so ReplicaSets, revisions,
//! Events and ages are what they would be. Only users are left out until the world starts; what they would have done is
//! put into the counters at once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use super::agenda::Agenda;
use super::facts::Facts;
use super::faults::Faults;
use super::key::Key;
use super::life::Life;
use super::record::Recorder;
use super::traffic::Users;
use super::{World, fleet, kubelet, manifest};
use crate::core::time::Time;
use crate::sim::kind::Kind;
use crate::sim::scenario::{Scenario, Workload};
use crate::sim::store::fields::put;
use crate::sim::store::{Store, Writer};

/// How long before the world's start the serving version was rolled out.
const SERVING: Duration = Duration::from_secs(40 * 60);
/// How long before that each earlier version was.
const EARLIER: Duration = Duration::from_secs(26 * 3_600);
/// How long a rollout of the past may take.
const SETTLED: Duration = Duration::from_secs(30 * 60);
/// Who rolled them out.
const PIPELINE: &str = "deploy-pipeline";

/// A settled cluster at `start`.
pub fn settled(scenario: &Scenario, seed: u64, start: Time, extra_pods: usize) -> World {
    let rollouts = scenario.workloads.iter().map(|workload| workload.history.len()).max().unwrap_or(0);
    let birth = start - SERVING - EARLIER * u32::try_from(rollouts).unwrap_or(0) - SETTLED;
    let mut world = empty(scenario, seed, birth);
    world.furnish();
    for rollout in 0..=rollouts {
        let left = u32::try_from(rollouts - rollout).unwrap_or(0);
        world.advance_to(start - SERVING - EARLIER * left);
        for workload in &scenario.workloads {
            world.roll_out(workload, rollout);
        }
    }
    fleet::settle(&mut world, extra_pods, start - SETTLED);
    world.advance_to(start);
    world.open_to_users();
    world
}

fn empty(scenario: &Scenario, seed: u64, birth: Time) -> World {
    World {
        scenario: scenario.clone(),
        seed,
        start: birth,
        now: birth,
        store: Store::new(seed, birth),
        noticed: 0,
        agenda: Agenda::new(),
        facts: Facts::default(),
        nodes: BTreeMap::new(),
        waiting: BTreeSet::new(),
        lives: Vec::new(),
        alive: BTreeMap::new(),
        routes: BTreeMap::new(),
        users: Vec::new(),
        recorder: Recorder::default(),
        faults: Faults::asleep(scenario),
        retries: BTreeMap::new(),
        pace: None,
    }
}

impl World {
    /// Namespaces, nodes, and what stands around every workload.
    fn furnish(&mut self) {
        let cluster = self.scenario.cluster.clone();
        for name in ["default", "kube-system", &cluster.namespace] {
            self.apply(Kind::Namespace, "", manifest::namespace(name));
        }
        for number in 1..=cluster.nodes {
            let name = format!("node-{number}");
            let node = manifest::node(&name, &cluster, &kubelet::host_ip(&name), None);
            self.apply(Kind::Node, "", node);
        }
        if let Some(pods) = cluster.quota_pods {
            self.apply(Kind::ResourceQuota, &cluster.namespace, manifest::quota(pods));
        }
        for workload in self.scenario.workloads.clone() {
            for service in workload.service_names() {
                self.apply(Kind::Service, &cluster.namespace, manifest::service(&workload, &service));
            }
            if workload.autoscaler {
                self.apply(Kind::HorizontalPodAutoscaler, &cluster.namespace, manifest::autoscaler(&workload));
            }
            if workload.budget {
                self.apply(Kind::PodDisruptionBudget, &cluster.namespace, manifest::budget(&workload));
            }
        }
    }

    /// Rolls out the version of a workload that has this place in its history; the last is the one that serves.
    fn roll_out(&mut self, workload: &Workload, place: usize) {
        let Some(version) = workload.history.iter().chain([&workload.version]).nth(place) else { return };
        let key = Key::new(&self.scenario.cluster.namespace, &workload.name);
        if self.object(Kind::Deployment, &key).is_none() {
            self.apply(Kind::Deployment, &key.namespace, manifest::deployment(workload, version));
            return;
        }
        let image = workload.image(version);
        self.edit_as(PIPELINE, Kind::Deployment, &key, |deployment| {
            if let Some(container) = deployment.pointer_mut("/spec/template/spec/containers/0") {
                put(container, &["image"], image.into());
            }
        });
    }

    /// Creates an object as the pipeline would.
    pub(super) fn apply(&mut self, kind: Kind, namespace: &str, object: Value) {
        let made = self.store.create(kind, namespace, object, &Writer::new(PIPELINE));
        debug_assert!(made.is_ok(), "our own manifests are valid: {made:?}");
        self.notice();
    }

    /// The world starts: users come, and what their requests left behind so far is in the counters.
    fn open_to_users(&mut self) {
        let start = self.now;
        self.start = start;
        let namespace = self.scenario.cluster.namespace.clone();
        for workload in &self.scenario.workloads {
            let is_ours = |life: &&mut Life| life.gone.is_none() && life.birth.workload == workload.name;
            let share = workload.rate / f64::from(workload.replicas.max(1));
            for life in self.lives.iter_mut().filter(is_ours) {
                let served = start.since(life.ready_since).as_secs_f64();
                let behaviour = life.behaviour.clone();
                life.tally.history(share * served, &behaviour);
                if share * served >= 1.0 {
                    life.serve(life.ready_since);
                    life.serve(start - Duration::from_millis(1));
                }
            }
            self.users.push(Users::new(workload, &namespace, self.seed, start));
        }
        self.faults.wake(&self.scenario);
        self.look();
    }
}
