//! A foreign controller that puts Services back to what it wants, each time again.

use serde_json::Value;

use crate::sim::kind::Kind;
use crate::sim::scenario::{Effect, PinWish};
use crate::sim::store::fields::{self, put, take};
use crate::sim::world::draws::Draws;
use crate::sim::world::key::Key;
use crate::sim::world::task::Task;
use crate::sim::world::{TRACK, World};

/// Whether a Service sends its traffic to one track alone.
pub fn is_pinned(service: &Value) -> bool {
    fields::get(service, &["spec", "selector", TRACK]).is_some()
}

impl World {
    /// Takes note of a Service's pin: since when it has one, and whether somebody minds.
    pub(in crate::sim::world) fn notice_pin(&mut self, key: &Key, service: Option<&Value>) {
        if service.is_some_and(is_pinned) {
            self.faults.pinned.entry(key.clone()).or_insert(self.now);
        } else {
            self.faults.pinned.remove(key);
        }
        let active: Vec<usize> = self.faults.active.iter().copied().collect();
        for fault in active {
            self.mind_pin(fault, key);
        }
    }

    /// A foreign controller begins to want what it wants.
    pub(super) fn want_pins(&mut self, fault: usize, wants: PinWish) {
        let pinned: Vec<Key> = self.faults.pinned.keys().cloned().collect();
        if wants == PinWish::Present {
            self.faults.wanted_pins.insert(fault, pinned.iter().cloned().collect());
        }
        for key in pinned {
            self.mind_pin(fault, &key);
        }
    }

    fn mind_pin(&mut self, fault: usize, key: &Key) {
        let Some(Effect::PutBack { within, .. }) = self.scenario.faults.get(fault).map(|fault| &fault.effect) else {
            return;
        };
        if self.minds(fault, key) {
            let purpose = format!("put back {fault} {key}");
            let lag = Draws::of(self.seed, &purpose, self.now.millis()).between(*within / 2, *within);
            self.later(Task::PutBack(fault, key.clone()), lag);
        }
    }

    /// Whether a fault that acts wants a Service to be other than it is.
    fn minds(&self, fault: usize, key: &Key) -> bool {
        let Some(Effect::PutBack { wants, .. }) = self.scenario.faults.get(fault).map(|fault| &fault.effect) else {
            return false;
        };
        let pinned = self.faults.pinned.contains_key(key);
        self.faults.active.contains(&fault)
            && match wants {
                PinWish::Absent => pinned,
                PinWish::Present => !pinned && self.faults.wanted_pins.get(&fault).is_some_and(|keys| keys.contains(key)),
            }
    }

    pub(in crate::sim::world) fn put_back(&mut self, fault: usize, key: &Key) {
        if !self.minds(fault, key) {
            return;
        }
        let Some(Effect::PutBack { manager, wants, .. }) = self.scenario.faults.get(fault).map(|fault| fault.effect.clone())
        else {
            return;
        };
        self.edit_as(&manager, Kind::Service, key, |service| match wants {
            PinWish::Absent => {
                take(service, &["spec", "selector", TRACK]);
            }
            PinWish::Present => put(service, &["spec", "selector", TRACK], "canary".into()),
        });
    }
}
