//! Containers that run: their start, their readiness, and how they end by themselves.

use std::time::Duration;

use super::{Step, back_off};
use crate::core::time::human;
use crate::sim::world::World;
use crate::sim::world::life::{Container, Life, LifeId};
use crate::sim::world::record::Happening;

/// A container that ran so long is forgiven its earlier failures.
const FORGIVEN: Duration = Duration::from_secs(600);

impl World {
    pub(super) fn start(&mut self, id: LifeId) {
        let now = self.now;
        let failing = self.faults.fails_probes(&self.scenario, id, self.life(id));
        let Some(life) = self.life_mut(id) else { return };
        life.start(now);
        life.failing = failing;
        let ready_at = life.ready_at(now);
        let crash_after = life.birth.version.crash_after;
        self.say_each(id, |name, _| Happening::normal("Created", format!("Created container: {name}")));
        self.say_each(id, |name, _| Happening::normal("Started", format!("Started container {name}")));
        self.report_pod(id);
        self.step(id, Step::Probe, ready_at.since(now));
        if let Some(crash_after) = crash_after {
            self.step(id, Step::Crash, crash_after);
        }
        self.watch_memory(id);
    }

    /// Looks when the memory will be full, if it grows.
    pub(in crate::sim::world) fn watch_memory(&mut self, id: LifeId) {
        let Some(full) = self.life(id).filter(|life| life.accepts()).and_then(Life::full_at) else { return };
        self.step(id, Step::Fill, full.since(self.now));
    }

    /// The readiness probe comes round.
    pub(super) fn probe(&mut self, id: LifeId) {
        let now = self.now;
        let Some(life) = self.life_mut(id).filter(|life| life.accepts()) else { return };
        if life.failing == life.ready {
            let ready = !life.failing;
            life.be_ready(ready, now);
            self.report_pod(id);
        }
        if self.life(id).is_some_and(|life| life.failing) {
            let words = "Readiness probe failed: HTTP probe failed with statuscode: 503";
            self.say_each(id, |_, _| Happening::warning("Unhealthy", words));
        }
    }

    /// A fault makes the application fail its probes from now on: the kubelet notices at once.
    pub(in crate::sim::world) fn fail_probes(&mut self, id: LifeId, failing: bool) {
        let now = self.now;
        let Some(life) = self.life_mut(id).filter(|life| life.accepts() && life.failing != failing) else { return };
        life.fail_probes(failing, now);
        let wait = if failing { Duration::ZERO } else { life.next_probe(now).since(now) };
        self.step(id, Step::Probe, wait);
    }

    pub(super) fn crash(&mut self, id: LifeId) {
        let exit_code = self.life(id).map_or(1, |life| life.birth.version.exit_code);
        self.end(id, if exit_code == 0 { "Completed" } else { "Error" }, exit_code);
    }

    /// The memory may be full: the kernel ends the application. If it grew more slowly than expected, it is not yet.
    pub(super) fn fill(&mut self, id: LifeId) {
        let now = self.now;
        let Some(life) = self.life_mut(id).filter(|life| life.accepts()) else { return };
        match life.full_at() {
            Some(full) if full <= now => {
                life.oom_kills += 1;
                self.end(id, "OOMKilled", 137);
            }
            Some(_) => self.watch_memory(id),
            None => (),
        }
    }

    /// The containers end by themselves. The first time they are started again at once.
    fn end(&mut self, id: LifeId, reason: &'static str, exit_code: i32) {
        let now = self.now;
        let Some(life) = self.life_mut(id) else { return };
        let ran = life.started().map_or(Duration::ZERO, |started| now.since(started));
        life.count_probes(now);
        life.end(now, reason, exit_code);
        life.failures = if ran > FORGIVEN { 1 } else { life.failures + 1 };
        let again = life.failures == 1;
        self.report_pod(id);
        if again {
            self.step_soon(id, Step::Start, 700, 1_300);
        } else {
            self.step_soon(id, Step::BackOff, 300, 900);
        }
    }

    pub(super) fn wait_to_restart(&mut self, id: LifeId) {
        let Some(life) = self.life(id) else { return };
        let (birth, wait) = (life.birth.clone(), back_off(life.failures.saturating_sub(1)));
        let finished = match &life.container {
            Container::Ended(ended) => ended.finished,
            _ => self.now,
        };
        let (key, uid) = (&birth.key, &birth.uid);
        let pod = format!("{}_{}({uid})", key.name, key.namespace);
        self.say_each(id, |name, _| {
            Happening::warning("BackOff", format!("Back-off restarting failed container {name} in pod {pod}"))
        });
        let name = birth.containers.first().map(|(name, _)| name.as_str()).unwrap_or_default();
        self.wait(id, "CrashLoopBackOff", format!("back-off {} restarting failed container={name} pod={pod}", human(wait)));
        self.step(id, Step::Start, (finished + wait).since(self.now));
    }
}
