//! Faults: which of the scenario's act now, and what they do to the world.

mod put_back;
mod rollback;
mod triggers;

use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::watch;

use super::behaviour::Behaviour;
use super::draws::{Draws, pick};
use super::facts::PodFacts;
use super::key::Key;
use super::life::{Life, LifeId};
use super::task::Task;
use super::{TRACK, World};
use crate::core::time::Time;
use crate::sim::kind::Kind;
use crate::sim::scenario::{Change, Effect, MetricsFailure, OperatorCommand, Scenario, Who};
pub use rollback::of_a_client;
use triggers::Cause;

/// What the faults of a scenario know.
#[derive(Debug)]
pub struct Faults {
    /// What people asked for, and nobody has taken yet.
    pub commands: Vec<OperatorCommand>,
    /// What has not been set off yet.
    waiting: Vec<Cause>,
    /// The faults that act, by their place in the scenario.
    pub active: BTreeSet<usize>,
    /// The pod that a fault has chosen.
    victims: BTreeMap<usize, LifeId>,
    /// The Services whose pin a fault's foreign controller wants to keep.
    wanted_pins: BTreeMap<usize, BTreeSet<Key>>,
    /// When a client wrote first.
    began: Option<Time>,
    /// Whether a client has begun to roll back.
    rolled_back: bool,
    /// The Services that send their traffic to the canary alone, and since when.
    pinned: BTreeMap<Key, Time>,
    /// Ready pods of the scenario's workloads.
    ready: Ready,
    /// Whether the API server accepts connections.
    listening: watch::Sender<bool>,
}

#[derive(Clone, Debug, Default)]
struct Ready {
    workloads: BTreeSet<String>,
    stable: usize,
    canary: usize,
}

impl Faults {
    /// Of a world that is being made: nothing is set off in it.
    pub fn asleep(scenario: &Scenario) -> Self {
        let workloads = scenario.workloads.iter().map(|workload| workload.name.clone()).collect();
        Self {
            commands: Vec::new(),
            waiting: Vec::new(),
            active: BTreeSet::new(),
            victims: BTreeMap::new(),
            wanted_pins: BTreeMap::new(),
            began: None,
            rolled_back: false,
            pinned: BTreeMap::new(),
            ready: Ready { workloads, ..Ready::default() },
            listening: watch::Sender::new(true),
        }
    }

    /// Whether the API server accepts connections.
    pub fn listening(&self) -> watch::Receiver<bool> {
        self.listening.subscribe()
    }

    /// Takes note of a pod: the share of the canary is counted as it changes.
    pub fn note_pod(&mut self, before: Option<&PodFacts>, now: Option<&PodFacts>) {
        if let Some(count) = before.and_then(|pod| self.ready.count(pod)) {
            *count = count.saturating_sub(1);
        }
        if let Some(count) = now.and_then(|pod| self.ready.count(pod)) {
            *count += 1;
        }
    }

    /// The changes of behaviour that act now, in the scenario's order.
    pub fn changes<'a>(&self, scenario: &'a Scenario) -> impl Iterator<Item = &'a Change> {
        self.effects(scenario).filter_map(|(_, effect)| match effect {
            Effect::Behave(change) => Some(change),
            _ => None,
        })
    }

    /// Whether a fault makes this pod fail its probes.
    pub fn fails_probes(&self, scenario: &Scenario, id: LifeId, life: Option<&Life>) -> bool {
        self.effects(scenario).any(|(fault, effect)| match effect {
            Effect::Unready(Who::Canary) => life.is_some_and(|life| life.birth.canary),
            Effect::Unready(Who::OneStable) => self.victims.get(&fault) == Some(&id),
            _ => false,
        })
    }

    /// How `/metrics` fails now; `None`: it answers.
    pub fn metrics(&self, scenario: &Scenario) -> Option<MetricsFailure> {
        self.effects(scenario).find_map(|(_, effect)| match effect {
            Effect::Metrics(failure) => Some(*failure),
            _ => None,
        })
    }

    /// How many pods the autoscaler of a workload would have; `None`: as many as there are.
    pub fn autoscaled(&self, scenario: &Scenario, name: &str) -> Option<u32> {
        self.effects(scenario).find_map(|(_, effect)| match effect {
            Effect::Autoscale { workload, replicas } if workload == name => Some(*replicas),
            _ => None,
        })
    }

    fn effects<'a>(&self, scenario: &'a Scenario) -> impl Iterator<Item = (usize, &'a Effect)> {
        let active: Vec<usize> = self.active.iter().copied().collect();
        active.into_iter().filter_map(|fault| Some((fault, &scenario.faults.get(fault)?.effect)))
    }
}

impl Ready {
    /// The count that a pod belongs to, if it is Ready.
    fn count(&mut self, pod: &PodFacts) -> Option<&mut usize> {
        let ours = pod.label("app").is_some_and(|app| self.workloads.contains(app));
        let canary = pod.label(TRACK) == Some("canary");
        (ours && pod.ready && pod.active()).then_some(if canary { &mut self.canary } else { &mut self.stable })
    }
}

impl World {
    /// A fault begins, or ends.
    pub(super) fn turn_fault(&mut self, at: usize, begins: bool) {
        let Some(fault) = self.scenario.faults.get(at).cloned() else { return };
        if begins {
            self.faults.active.insert(at);
            if let Some(lasts) = fault.lasts {
                self.later(Task::Fault(at, false), lasts);
            }
            if let Some(every) = fault.every {
                self.later(Task::Fault(at, true), every);
            }
        } else {
            self.faults.active.remove(&at);
        }
        match fault.effect {
            Effect::Behave(_) => self.behave_again(),
            Effect::Unready(who) => {
                if begins && who == Who::OneStable {
                    self.choose_victim(at);
                }
                self.probe_again();
            }
            Effect::Metrics(_) => (),
            Effect::ApiDown => {
                self.faults.listening.send_replace(!begins);
            }
            Effect::PutBack { wants, .. } => {
                if begins {
                    self.want_pins(at, wants);
                }
            }
            Effect::Autoscale { .. } => self.scale_again(),
        }
    }

    /// Every pod behaves as it should now.
    fn behave_again(&mut self) {
        let now = self.now;
        let alive: Vec<LifeId> = self.alive.values().copied().collect();
        for id in alive {
            let Some(life) = self.life(id) else { continue };
            let behaviour =
                Behaviour::of(&life.birth.workload, &life.birth.version, self.faults.changes(&self.scenario));
            if behaviour == life.behaviour {
                continue;
            }
            if let Some(life) = self.life_mut(id) {
                life.behave(behaviour, now);
            }
            self.watch_memory(id);
        }
    }

    /// Every pod answers its probes as it should now.
    fn probe_again(&mut self) {
        let alive: Vec<LifeId> = self.alive.values().copied().collect();
        for id in alive {
            let failing = self.faults.fails_probes(&self.scenario, id, self.life(id));
            self.fail_probes(id, failing);
        }
    }

    fn choose_victim(&mut self, fault: usize) {
        let mut stable: Vec<(&Key, LifeId)> = Vec::new();
        for id in self.alive.values() {
            if let Some(life) = self.life(*id).filter(|life| life.ready && life.stopping.is_none() && !life.birth.canary) {
                stable.push((&life.birth.key, *id));
            }
        }
        stable.sort();
        let chance = Draws::of(self.seed, "victim", self.now.millis()).unit();
        if let Some((_, victim)) = pick(&stable, chance) {
            self.faults.victims.insert(fault, *victim);
        }
    }

    fn scale_again(&mut self) {
        let scalers: Vec<Key> =
            self.store.list(Kind::HorizontalPodAutoscaler, None).map(|scaler| Key::of(scaler)).collect();
        for scaler in scalers {
            self.soon(Task::Autoscaler(scaler), 20, 100);
        }
    }
}
