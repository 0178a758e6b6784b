//! The scheduler: a node with room for each pod, or the reasons why there is none.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::World;
use super::condition::{self, Condition};
use super::facts::PodFacts;
use super::key::Key;
use super::record::{Happening, Source};
use super::task::Task;
use crate::core::time::Time;
use crate::sim::kind::Kind;
use crate::sim::quantity::Quantity;
use crate::sim::store::fields::{self, put, text};

/// How long a pod without a place waits, if nothing else happens.
const FLUSH: Duration = Duration::from_secs(300);

/// What a node offers, and what its pods take of it.
#[derive(Clone, Debug, Default)]
pub struct NodeFacts {
    offer: Room,
    taken: Room,
    /// `spec.unschedulable`, and every taint that keeps pods away: key and value.
    cordoned: bool,
    taints: Vec<(String, String)>,
    /// How many pods it has had: their addresses follow from it.
    pub addresses: u32,
    /// Its own number, in the order in which the nodes came.
    pub number: usize,
    /// The images that it has, and since when; a time to come is that of a pull's end.
    images: BTreeMap<String, Time>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Room {
    cpu: Quantity,
    memory: Quantity,
    pods: Quantity,
}

impl Room {
    fn of(pod: &PodFacts) -> Self {
        Self { cpu: pod.cpu, memory: pod.memory, pods: Quantity::whole(1) }
    }
}

impl NodeFacts {
    /// Whether it has an image.
    pub fn has(&self, image: &str, now: Time) -> bool {
        self.images.get(image).is_some_and(|since| *since <= now)
    }

    /// Begins to pull an image, which would come `at`; an earlier pull may bring it sooner.
    pub fn comes(&mut self, image: &str, at: Time) -> Time {
        let comes = self.images.entry(image.to_owned()).or_insert(at);
        *comes = at.min(*comes);
        *comes
    }

    /// Why a pod cannot go here; empty: it can.
    fn objections(&self, pod: &PodFacts, tolerated: &[(String, String)]) -> Vec<String> {
        if self.cordoned {
            return vec!["node(s) were unschedulable".to_owned()];
        }
        if let Some((key, value)) = self.taints.iter().find(|taint| !tolerated.contains(taint)) {
            return vec![format!("node(s) had untolerated taint {{{key}: {value}}}")];
        }
        let asks = Room::of(pod);
        let fits = |offer: Quantity, taken: Quantity, asked: Quantity| taken + asked <= offer;
        [
            ("Insufficient cpu", fits(self.offer.cpu, self.taken.cpu, asks.cpu)),
            ("Insufficient memory", fits(self.offer.memory, self.taken.memory, asks.memory)),
            ("Too many pods", fits(self.offer.pods, self.taken.pods, asks.pods)),
        ]
        .into_iter()
        .filter(|(_, fits)| !fits)
        .map(|(words, _)| words.to_owned())
        .collect()
    }

    /// The part of its processor time that is taken, in millionths.
    fn load(&self) -> i64 {
        self.taken.cpu.millis().saturating_mul(1_000_000) / self.offer.cpu.millis().max(1)
    }
}

impl World {
    /// Takes note of a node, or of its end; pods that wait for a place may find one now.
    pub(super) fn notice_node(&mut self, key: &Key, node: Option<&Value>) {
        let Some(node) = node else {
            self.nodes.remove(&key.name);
            return;
        };
        let offers = |resource: &str| {
            let at = |place: &str| node.pointer(&format!("/status/{place}/{resource}")).and_then(Quantity::of);
            at("allocatable").or_else(|| at("capacity")).unwrap_or_default()
        };
        let repels = |taint: &&Value| text(taint, "/effect") != "PreferNoSchedule";
        let taints = fields::items(node, "/spec/taints").iter().filter(repels);
        let number = self.nodes.len();
        let facts = self.nodes.entry(key.name.clone()).or_insert(NodeFacts { number, ..NodeFacts::default() });
        facts.offer = Room { cpu: offers("cpu"), memory: offers("memory"), pods: offers("pods") };
        facts.cordoned = node.pointer("/spec/unschedulable").and_then(Value::as_bool) == Some(true);
        facts.taints = taints.map(|taint| (text(taint, "/key").to_owned(), text(taint, "/value").to_owned())).collect();
        self.retry_waiting();
    }

    /// Takes note of the place that a pod takes or leaves.
    pub(super) fn notice_place(&mut self, before: Option<&PodFacts>, now: Option<&PodFacts>) {
        let place = |pod: Option<&PodFacts>| pod.filter(|pod| !pod.finished).and_then(|pod| pod.node.clone());
        let (left, taken) = (place(before), place(now));
        if left == taken {
            return;
        }
        if let (Some(node), Some(pod)) = (left.and_then(|node| self.nodes.get_mut(&node)), before) {
            let room = Room::of(pod);
            node.taken = Room {
                cpu: node.taken.cpu - room.cpu,
                memory: node.taken.memory - room.memory,
                pods: node.taken.pods - room.pods,
            };
            self.retry_waiting();
        }
        if let (Some(node), Some(pod)) = (taken.and_then(|node| self.nodes.get_mut(&node)), now) {
            let room = Room::of(pod);
            node.taken = Room {
                cpu: node.taken.cpu + room.cpu,
                memory: node.taken.memory + room.memory,
                pods: node.taken.pods + room.pods,
            };
        }
    }

    fn retry_waiting(&mut self) {
        for key in std::mem::take(&mut self.waiting) {
            self.soon(Task::Schedule(key), 10, 60);
        }
    }

    pub(super) fn schedule(&mut self, key: &Key) {
        let Some(facts) = self.facts.pod(key).filter(|pod| pod.node.is_none() && pod.active()).cloned() else { return };
        let Some(pod) = self.object(Kind::Pod, key) else { return };
        let tolerated = tolerated(&pod);
        let mut objections: BTreeMap<String, usize> = BTreeMap::new();
        let mut best: Option<(i64, &String)> = None;
        for (name, node) in &self.nodes {
            let against = node.objections(&facts, &tolerated);
            if against.is_empty() && best.is_none_or(|(load, _)| node.load() < load) {
                best = Some((node.load(), name));
            }
            for words in against {
                *objections.entry(words).or_insert(0) += 1;
            }
        }
        match best.map(|(_, name)| name.clone()) {
            Some(node) => self.bind(key, &pod, &node),
            None => self.refuse_place(key, &pod, &objections),
        }
    }

    fn bind(&mut self, key: &Key, pod: &Value, node: &str) {
        let now = self.now;
        self.edit_as("kube-scheduler", Kind::Pod, key, |pod| {
            put(pod, &["spec", "nodeName"], node.into());
            let scheduled = json!({"type": "PodScheduled", "status": "True", "lastTransitionTime": fields::stamp(now)});
            put(pod, &["status", "conditions"], json!([scheduled]));
        });
        let what = Happening::normal("Scheduled", format!("Successfully assigned {key} to {node}"));
        self.record(Kind::Pod, pod, Source::Controller("default-scheduler"), &what);
    }

    fn refuse_place(&mut self, key: &Key, pod: &Value, objections: &BTreeMap<String, usize>) {
        let message = self.no_place(objections);
        let now = self.now;
        let condition = Condition {
            kind: "PodScheduled",
            status: "False",
            reason: "Unschedulable".to_owned(),
            message: message.clone(),
        };
        self.edit_as("kube-scheduler", Kind::Pod, key, |pod| {
            let mut conditions = fields::items(pod, "/status/conditions").to_vec();
            condition::set(&mut conditions, &condition, now, false);
            put(pod, &["status", "conditions"], conditions.into());
        });
        let what = Happening::warning("FailedScheduling", message);
        self.record(Kind::Pod, pod, Source::Controller("default-scheduler"), &what);
        // The write above is no news to the scheduler.
        self.notice();
        self.agenda.forget(&Task::Schedule(key.clone()));
        self.waiting.insert(key.clone());
        self.later(Task::Schedule(key.clone()), FLUSH);
    }

    /// The scheduler's sentence.
    fn no_place(&self, objections: &BTreeMap<String, usize>) -> String {
        let all = self.nodes.len();
        let list = objections.iter().map(|(words, nodes)| format!("{nodes} {words}")).collect::<Vec<_>>().join(", ");
        // Only pods can make room, and none that this one may push away.
        let closed = |words: &str| words.starts_with("node(s)");
        let hopeless: usize = objections.iter().filter(|(words, _)| closed(words)).map(|(_, nodes)| nodes).sum();
        let mut helped = Vec::new();
        if hopeless > 0 {
            helped.push(format!("{hopeless} Preemption is not helpful for scheduling"));
        }
        if all > hopeless {
            helped.push(format!("{} No preemption victims found for incoming pod", all - hopeless));
        }
        let helped = helped.join(", ");
        format!("0/{all} nodes are available: {list}. preemption: 0/{all} nodes are available: {helped}.")
    }
}

/// The taints that a pod tolerates by name; all of a key where no value is said.
fn tolerated(pod: &Value) -> Vec<(String, String)> {
    let all = fields::items(pod, "/spec/tolerations").iter();
    all.map(|one| (text(one, "/key").to_owned(), text(one, "/value").to_owned())).collect()
}
