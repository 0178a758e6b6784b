//! The Deployment controller: one look at a Deployment and its ReplicaSets, and the writes that bring them nearer to what
//! is wanted.

mod history;
mod new_set;
mod resize;
mod report;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::World;
use super::key::Key;
use super::rollout::{Bounds, Size, grow, shrink};
use crate::sim::kind::Kind;
use crate::sim::store::fields::{self, text};

const REVISION: &str = "deployment.kubernetes.io/revision";
const REVISIONS: &str = "deployment.kubernetes.io/revision-history";
const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
const MOST: &str = "deployment.kubernetes.io/max-replicas";

/// What a Deployment wants.
#[derive(Clone, Debug)]
struct Goal {
    key: Key,
    uid: String,
    object: Arc<Value>,
    replicas: u32,
    bounds: Bounds,
    /// Whether old pods end before new ones begin.
    recreate: bool,
    paused: bool,
    /// How long it may go without progress; `None`: for ever.
    deadline: Option<Duration>,
    /// How many old ReplicaSets are kept.
    history: usize,
}

impl Goal {
    fn of(key: &Key, object: Arc<Value>) -> Self {
        let spec = |name: &str| object.pointer(&format!("/spec/{name}"));
        let number = |name: &str, default: u64| spec(name).and_then(Value::as_u64).unwrap_or(default);
        let replicas = u32::try_from(number("replicas", 1)).unwrap_or(u32::MAX);
        let deadline = number("progressDeadlineSeconds", 600);
        Self {
            key: key.clone(),
            uid: fields::uid(&object).to_owned(),
            replicas,
            bounds: Bounds::of(spec("strategy"), replicas),
            recreate: text(&object, "/spec/strategy/type") == "Recreate",
            paused: spec("paused").and_then(Value::as_bool) == Some(true),
            deadline: (deadline < i32::MAX as u64).then(|| Duration::from_secs(deadline)),
            history: usize::try_from(number("revisionHistoryLimit", 10)).unwrap_or(10),
            object,
        }
    }

    /// How many pods there may be at most while it rolls.
    fn most(&self) -> u32 {
        if self.recreate || self.replicas == 0 { self.replicas } else { self.replicas + self.bounds.surge }
    }

    fn template(&self) -> Option<&Value> {
        self.object.pointer("/spec/template")
    }
}

/// One ReplicaSet of a Deployment.
#[derive(Clone, Debug)]
struct Set {
    key: Key,
    object: Arc<Value>,
    size: Size,
    /// `status.replicas`.
    existing: u32,
    ready: u32,
    revision: u64,
    /// Whether it has the template that its Deployment wants.
    new: bool,
}

impl Set {
    fn of(key: &Key, object: Arc<Value>, template: Option<&Value>) -> Self {
        let number = |pointer: &str| object.pointer(pointer).and_then(Value::as_u64).unwrap_or(0);
        let count = |pointer: &str| u32::try_from(number(pointer)).unwrap_or(u32::MAX);
        Self {
            key: key.clone(),
            size: Size { wanted: count("/spec/replicas"), available: count("/status/availableReplicas") },
            existing: count("/status/replicas"),
            ready: count("/status/readyReplicas"),
            revision: fields::annotation(&object, REVISION).and_then(|text| text.parse().ok()).unwrap_or(0),
            new: template.is_some_and(|template| new_set::same_template(template, object.pointer("/spec/template"))),
            object,
        }
    }

    /// How many pods its Deployment wanted when it was last resized.
    fn desired(&self) -> Option<u32> {
        fields::annotation(&self.object, DESIRED)?.parse().ok()
    }
}

impl World {
    pub(super) fn sync_deployment(&mut self, key: &Key) {
        let Some(object) = self.object(Kind::Deployment, key).filter(|object| !fields::terminating(object)) else {
            return;
        };
        let goal = Goal::of(key, object);
        self.note_pause(&goal);
        let sets = self.sets_of(&goal);
        let resized = |set: &Set| set.size.wanted > 0 && set.desired().is_some_and(|desired| desired != goal.replicas);
        if goal.paused || sets.iter().any(resized) {
            self.resize(&goal, &sets);
        } else if goal.recreate {
            self.replace(&goal, &sets);
        } else {
            self.make_new_set(&goal, &sets);
            self.roll(&goal);
        }
        let sets = self.sets_of(&goal);
        self.report_deployment(&goal, &sets);
        self.forget_old_sets(&goal, &sets);
    }

    /// The Deployment's ReplicaSets, the oldest first.
    fn sets_of(&mut self, goal: &Goal) -> Vec<Set> {
        // What was just written counts too.
        self.notice();
        let keys = self.facts.owned(&goal.uid, Kind::ReplicaSet);
        let sets = keys.filter_map(|key| Some(Set::of(key, self.object(Kind::ReplicaSet, key)?, goal.template())));
        let mut sets: Vec<Set> = sets.filter(|set| !fields::terminating(&set.object)).collect();
        let created = |set: &Set| text(&set.object, "/metadata/creationTimestamp").to_owned();
        sets.sort_by_key(|set| (created(set), set.key.clone()));
        // Of two that fit, the older one is the new one.
        let first = sets.iter().position(|set| set.new);
        for (at, set) in sets.iter_mut().enumerate() {
            set.new = Some(at) == first;
        }
        sets
    }

    /// One turn of a rolling update: the new ReplicaSet grows, or the old ones shrink.
    fn roll(&mut self, goal: &Goal) {
        let sets = self.sets_of(goal);
        let Some(new) = sets.iter().find(|set| set.new) else { return };
        let all = sets.iter().map(|set| set.size.wanted).sum();
        let size = grow(goal.replicas, goal.bounds, new.size.wanted, all);
        if size != new.size.wanted {
            self.set_size(goal, new, size);
            return;
        }
        let old: Vec<&Set> = sets.iter().filter(|set| !set.new).collect();
        let sizes: Vec<Size> = old.iter().map(|set| set.size).collect();
        for (set, size) in old.iter().zip(shrink(goal.replicas, goal.bounds, new.size, &sizes)) {
            if size != set.size.wanted {
                self.set_size(goal, set, size);
            }
        }
    }

    /// One turn of a `Recreate`: the old pods go, and only then the new ones come.
    fn replace(&mut self, goal: &Goal, sets: &[Set]) {
        let shrinking: Vec<&Set> = sets.iter().filter(|set| !set.new && set.size.wanted > 0).collect();
        for set in &shrinking {
            self.set_size(goal, set, 0);
        }
        let old = sets.iter().filter(|set| !set.new);
        let pods_left = old.map(|set| self.facts.pods_of(fields::uid(&set.object)).count()).sum::<usize>();
        if !shrinking.is_empty() || pods_left > 0 {
            return;
        }
        self.make_new_set(goal, sets);
        let new = self.sets_of(goal).into_iter().find(|set| set.new);
        if let Some(new) = new.filter(|new| new.size.wanted != goal.replicas) {
            self.set_size(goal, &new, goal.replicas);
        }
    }
}
