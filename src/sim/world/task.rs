//! What can be due, and who does it.

use super::World;
use super::key::Key;
use super::kubelet::Step;
use super::life::LifeId;
use crate::sim::kind::Kind;

/// One thing to do. A controller's task names an object and not what changed: whoever does it looks for himself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Task {
    /// The Deployment controller looks at a Deployment.
    Deployment(Key),
    /// The ReplicaSet controller looks at a ReplicaSet.
    ReplicaSet(Key),
    /// The scheduler looks for a node for a pod.
    Schedule(Key),
    /// A kubelet does the next thing with a pod; the number is the container start that it is meant for.
    Kubelet(LifeId, u32, Step),
    /// The EndpointSlice controller looks at a Service.
    Endpoints(Key),
    /// The proxies on the nodes follow the slices of a Service.
    Routes(Key),
    /// The autoscaler looks at itself.
    Autoscaler(Key),
    /// The disruption controller looks at a budget.
    Budget(Key),
    /// The garbage collector looks for what a deleted object, known by its UID, owned.
    Collect(String),
    /// The garbage collector looks at an object that waits for what it owns.
    Finalize(Kind, Key),
    /// The conditions that set off faults and commands are looked at.
    Look,
    /// A fault, by its place in the scenario, begins (true) or ends.
    Fault(usize, bool),
    /// A fault's foreign controller looks at a Service.
    PutBack(usize, Key),
}

impl World {
    pub(super) fn perform(&mut self, task: Task) {
        match task {
            Task::Deployment(key) => self.sync_deployment(&key),
            Task::ReplicaSet(key) => self.sync_replica_set(&key),
            Task::Schedule(key) => self.schedule(&key),
            Task::Kubelet(id, start, step) => self.kubelet(id, start, step),
            Task::Endpoints(key) => self.sync_endpoints(&key),
            Task::Routes(key) => self.sync_routes(&key),
            Task::Autoscaler(key) => self.sync_autoscaler(&key),
            Task::Budget(key) => self.sync_budget(&key),
            Task::Collect(uid) => self.collect(&uid),
            Task::Finalize(kind, key) => self.finalize(kind, &key),
            Task::Look => self.look(),
            Task::Fault(fault, begins) => self.turn_fault(fault, begins),
            Task::PutBack(fault, key) => self.put_back(fault, &key),
        }
    }
}
