//! The world behind the API server: a discrete-event simulation of controllers, nodes, applications and their users.
//!
//! Time is virtual and moves only when it is told to ([`World::advance_to`]). Everything that happens is a function of
//! (scenario, seed, the sequence of API writes, virtual time): no wall clock, no thread, no chance but the seed's.
//!
//! ```text
//!   API writes ──► store ──► changes ──► notice ──► facts, and tasks in the agenda
//!                    ▲                                      │ in the order of their time
//!                    └──── controllers, kubelets, faults ◄──┘
//!                                │
//!         users ──► routes ──► lives ──► /metrics
//! ```
//!
//! Every controller works as the real ones do: it is told that an object changed, looks at what is there, and writes what
//! should be. Between two tasks nothing changes for users, so their requests are served in one go.

mod agenda;
mod arrivals;
mod autoscaler;
mod behaviour;
mod budget;
mod condition;
mod controller;
mod deployment;
mod draws;
mod endpoints;
mod exposition;
mod facts;
mod faults;
mod fleet;
mod free_run;
mod garbage;
mod genesis;
mod key;
mod kubelet;
mod life;
mod manifest;
mod notice;
mod record;
mod replica_set;
mod rollout;
mod routes;
mod scheduler;
mod serve;
mod tally;
mod task;
mod traffic;
mod truth;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub use free_run::FreeRun;
pub use key::Key;
pub use truth::{PodTruth, Requests, Side};

use crate::core::time::Time;
use crate::sim::scenario::{OperatorCommand, Scenario};
use crate::sim::store::Store;
use agenda::Agenda;
use facts::Facts;
use faults::Faults;
use life::{Life, LifeId};
use record::Recorder;
use scheduler::NodeFacts;
use task::Task;
use traffic::{Routes, Users};

/// The label that tells a release's canary pods from stable's.
const TRACK: &str = "glidepath.dev/track";

/// A cluster with its applications and their users.
pub struct World {
    scenario: Scenario,
    seed: u64,
    start: Time,
    now: Time,
    store: Store,
    /// The newest change that has been noticed.
    noticed: u64,
    agenda: Agenda<Task>,
    facts: Facts,
    nodes: BTreeMap<String, NodeFacts>,
    /// Pods that no node has room for.
    waiting: BTreeSet<Key>,
    /// Every pod that was ever given a node, by its [`LifeId`].
    lives: Vec<Life>,
    /// By the pod's UID.
    alive: BTreeMap<String, LifeId>,
    routes: Routes,
    users: Vec<Users>,
    recorder: Recorder,
    faults: Faults,
    /// How often a controller failed in a row on an object.
    retries: BTreeMap<Task, u32>,
    /// What time it is outside, where the world keeps up with a clock.
    pace: Option<free_run::Pace>,
}

impl World {
    /// A settled cluster at `start`: every workload runs, with the ReplicaSets of its earlier versions, the Events of its
    /// start-up and the requests of its past; and, where `extra_pods` are wanted, a Deployment `fleet` of so many.
    pub fn new(scenario: &Scenario, seed: u64, start: Time, extra_pods: usize) -> Self {
        genesis::settled(scenario, seed, start, extra_pods)
    }

    /// The virtual time.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Runs all that happens until `at`, in its order. A time that is not later than now changes nothing.
    pub fn advance_to(&mut self, at: Time) {
        self.notice();
        while let Some(due) = self.agenda.next().filter(|due| *due <= at) {
            self.serve_users_until(due);
            self.now = due.max(self.now);
            self.store.set_now(self.now);
            while let Some(task) = self.agenda.take(due) {
                self.perform(task);
                self.notice();
            }
        }
        self.serve_users_until(at);
        self.now = at.max(self.now);
        self.store.set_now(self.now);
    }

    /// When something happens next besides users' requests: controllers, kubelets, probes that turn, faults.
    pub fn next_event(&self) -> Option<Time> {
        self.agenda.next()
    }

    /// The newest revision of the objects.
    pub fn revision(&self) -> u64 {
        self.store.revision()
    }

    /// The scenario that it plays.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// What people ask for since this was asked last, in its order.
    pub fn due_commands(&mut self) -> Vec<OperatorCommand> {
        std::mem::take(&mut self.faults.commands)
    }

    /// The faults that act now, by their place in the scenario.
    pub fn acting_faults(&self) -> Vec<usize> {
        self.faults.active.iter().copied().collect()
    }

    fn serve_users_until(&mut self, end: Time) {
        for users in &mut self.users {
            users.act(end, &self.routes, &mut self.lives);
        }
    }

    /// Enters a task after a lag of between `least` and `most` milliseconds, drawn for this task at this moment.
    fn soon(&mut self, task: Task, least: u64, most: u64) {
        let lag = draws::lag(self.seed, &format!("{task:?}"), self.now, least, most);
        self.agenda.enter(self.now + lag, task);
    }

    /// Enters a task after a fixed span.
    fn later(&mut self, task: Task, after: Duration) {
        self.agenda.enter(self.now + after, task);
    }

    fn life(&self, id: LifeId) -> Option<&Life> {
        self.lives.get(id.0)
    }

    fn life_mut(&mut self, id: LifeId) -> Option<&mut Life> {
        self.lives.get_mut(id.0)
    }
}
