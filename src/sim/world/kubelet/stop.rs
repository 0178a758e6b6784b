//! The end of a pod: SIGTERM, the application drains, and the node lets go of it.

use std::time::Duration;

use serde_json::Value;

use super::Step;
use crate::sim::kind::Kind;
use crate::sim::store::delete::Deletion;
use crate::sim::store::fields;
use crate::sim::world::World;
use crate::sim::world::key::Key;
use crate::sim::world::life::{LifeId, Stop};
use crate::sim::world::record::Happening;
use crate::sim::world::task::Task;

/// The exit code of an application that SIGKILL ended.
const KILLED: i32 = 137;

impl World {
    /// Somebody asked for the pod's deletion: its application is told to stop. Asked again with less grace, it stops sooner.
    pub(super) fn stop(&mut self, id: LifeId, pod: &Value) {
        let grace = pod.pointer("/metadata/deletionGracePeriodSeconds").and_then(Value::as_u64).unwrap_or(30);
        let grace = Duration::from_secs(grace);
        let now = self.now;
        let Some(life) = self.life_mut(id) else { return };
        let drain = if life.accepts() { life.birth.version.drain } else { Duration::from_millis(100) };
        let stop = Stop { at: now + drain.min(grace), killed: drain > grace };
        let told = life.stopping;
        if told.is_some_and(|told| told.at <= stop.at) {
            return;
        }
        life.stopping = Some(stop);
        if told.is_none() {
            self.say_each(id, |name, _| Happening::normal("Killing", format!("Stopping container {name}")));
        }
        self.agenda.enter(stop.at, Task::Kubelet(id, 0, Step::Exit));
    }

    pub(super) fn exit(&mut self, id: LifeId) {
        let now = self.now;
        let Some(life) = self.life_mut(id) else { return };
        if life.accepts() {
            let killed = life.stopping.is_some_and(|stop| stop.killed);
            let (reason, code) = if killed { ("Error", KILLED) } else { ("Completed", 0) };
            life.count_probes(now);
            life.end(now, reason, code);
        }
        self.report_pod(id);
        self.soon(Task::Kubelet(id, 0, Step::Remove), 80, 300);
    }

    /// The containers have ended: the kubelet lets the API server forget the pod.
    pub(super) fn remove(&mut self, id: LifeId) {
        let Some(birth) = self.life(id).map(|life| life.birth.clone()) else { return };
        let how = Deletion { uid: Some(birth.uid), grace: Some(0), ..Deletion::default() };
        self.delete_how(Kind::Pod, &birth.key, &how);
    }

    /// The pod's object is gone: whatever still ran of it ends now.
    pub(super) fn vanish(&mut self, id: LifeId) {
        let now = self.now;
        let Some(life) = self.life_mut(id) else { return };
        if life.accepts() {
            life.end(now, "Error", KILLED);
        }
        life.gone = Some(now);
        let uid = life.birth.uid.clone();
        self.alive.remove(&uid);
    }

    /// A pod that no kubelet ever started is let go at once.
    pub(super) fn remove_unknown(&mut self, key: &Key, pod: &Value) {
        let how = Deletion { uid: Some(fields::uid(pod).to_owned()), grace: Some(0), ..Deletion::default() };
        self.delete_how(Kind::Pod, key, &how);
    }
}
