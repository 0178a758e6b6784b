//! The kubelets: what happens to a pod on its node, from the pull of its image to its end.
//!
//! ```text
//!   Admit ─► Pull ─► Pulled ─► Start ─► Probe            (Ready)
//!              │                 ▲  └─► Crash, Fill ─► BackOff ─┐
//!              ▼                 └──────────────────────────────┘
//!          PullFailed ─► PullBackOff ─► Pull
//!
//!   deletion ─► Exit ─► Remove
//! ```

mod image;
mod report;
mod run;
mod stop;

use std::time::Duration;

use serde_json::Value;

use super::World;
use super::behaviour::Behaviour;
use super::key::Key;
use super::life::{Birth, Life, LifeId};
use super::record::{Happening, Source};
use super::task::Task;
use crate::sim::kind::Kind;
use crate::sim::store::fields::{self, text};
pub use report::{host_ip, image_id};

/// The next thing that a kubelet does with a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// It has read that the pod is its own.
    Admit,
    /// It asks the registry for the image.
    Pull,
    /// The image has come.
    Pulled,
    /// The registry refused.
    PullFailed,
    /// It waits before it asks again.
    PullBackOff,
    /// The containers start.
    Start,
    /// The readiness probe is answered.
    Probe,
    /// The application exits by itself.
    Crash,
    /// The memory may have reached its limit.
    Fill,
    /// It waits before it starts the containers again.
    BackOff,
    /// The application, told to stop, has stopped.
    Exit,
    /// Nothing is left of the pod on the node.
    Remove,
}

/// How long the kubelet waits after so many failures in a row: 10 s, doubled up to five minutes.
fn back_off(failures: u32) -> Duration {
    Duration::from_secs((10_u64 << failures.saturating_sub(1).min(5)).min(300))
}

impl World {
    /// What a change of a pod means to the kubelet of its node.
    pub(super) fn notice_life(&mut self, key: &Key, pod: &Value, exists: bool) {
        let uid = fields::uid(pod);
        let known = self.alive.get(uid).copied();
        match known {
            Some(id) if !exists => self.vanish(id),
            Some(id) if fields::terminating(pod) => self.stop(id, pod),
            None if exists && fields::terminating(pod) => self.remove_unknown(key, pod),
            None if exists && text(pod, "/status/phase") == "Pending" => self.admit(pod),
            _ => (),
        }
    }

    fn admit(&mut self, pod: &Value) {
        let node = text(pod, "/spec/nodeName").to_owned();
        let Some(facts) = self.nodes.get_mut(&node) else { return };
        facts.addresses += 1;
        let (turn, last) = ((facts.addresses - 1) / 250, (facts.addresses - 1) % 250 + 2);
        let ip = format!("10.{}.{}.{last}", 128 + turn % 100, facts.number % 256);
        let birth = Birth::of(pod, ip, self.now, |workload, tag| self.scenario.version(workload, tag));
        let behaviour = Behaviour::of(&birth.workload, &birth.version, self.faults.changes(&self.scenario));
        let id = LifeId(self.lives.len());
        self.alive.insert(birth.uid.clone(), id);
        self.lives.push(Life::new(birth, behaviour));
        self.soon(Task::Kubelet(id, 0, Step::Admit), 40, 150);
    }

    /// Does the next thing with a pod, unless it was meant for an earlier start of its containers.
    pub(super) fn kubelet(&mut self, id: LifeId, start: u32, step: Step) {
        let Some(life) = self.life(id).filter(|life| life.gone.is_none()) else { return };
        let ending = matches!(step, Step::Exit | Step::Remove);
        if !ending && (life.stopping.is_some() || life.starts != start) {
            return;
        }
        match step {
            Step::Admit | Step::Pull => self.pull(id),
            Step::Pulled => self.pulled(id),
            Step::PullFailed => self.pull_failed(id),
            Step::PullBackOff => self.pull_back_off(id),
            Step::Start => self.start(id),
            Step::Probe => self.probe(id),
            Step::Crash => self.crash(id),
            Step::Fill => self.fill(id),
            Step::BackOff => self.wait_to_restart(id),
            Step::Exit => self.exit(id),
            Step::Remove => self.remove(id),
        }
    }

    /// Enters the next step of a pod, for the present start of its containers.
    fn step(&mut self, id: LifeId, step: Step, after: Duration) {
        let starts = self.life(id).map_or(0, |life| life.starts);
        self.later(Task::Kubelet(id, starts, step), after);
    }

    /// Enters the next step of a pod after a drawn lag, in milliseconds.
    fn step_soon(&mut self, id: LifeId, step: Step, least: u64, most: u64) {
        let starts = self.life(id).map_or(0, |life| life.starts);
        self.soon(Task::Kubelet(id, starts, step), least, most);
    }

    /// Records an Event of a pod, from the kubelet of its node.
    fn say(&mut self, id: LifeId, what: &Happening<'_>) {
        let Some(birth) = self.life(id).map(|life| life.birth.clone()) else { return };
        if let Some(pod) = self.object(Kind::Pod, &birth.key).filter(|pod| fields::uid(pod) == birth.uid) {
            self.record(Kind::Pod, &pod, Source::Kubelet(&birth.node), what);
        }
    }

    /// The same about every container of it.
    fn say_each(&mut self, id: LifeId, what: impl Fn(&str, &str) -> Happening<'static>) {
        let containers = self.life(id).map(|life| life.birth.containers.clone()).unwrap_or_default();
        for (name, image) in &containers {
            self.say(id, &what(name, image).of(name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_off_doubles_up_to_five_minutes() {
        let seconds: Vec<u64> = (1..=8).map(|failures| back_off(failures).as_secs()).collect();
        assert_eq!(seconds, [10, 20, 40, 80, 160, 300, 300, 300]);
    }
}
