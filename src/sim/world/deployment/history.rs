//! Old ReplicaSets beyond the limit of the history are removed.

use serde_json::Value;

use super::{Goal, Set};
use crate::sim::kind::Kind;
use crate::sim::world::World;

impl World {
    pub(super) fn forget_old_sets(&mut self, goal: &Goal, sets: &[Set]) {
        let done = sets.iter().all(|set| if set.new { set.size.available == goal.replicas } else { set.size.wanted == 0 });
        if !done && !goal.paused {
            return;
        }
        let observed = |set: &&Set| {
            let at = |pointer: &str| set.object.pointer(pointer).and_then(Value::as_u64);
            at("/status/observedGeneration") >= at("/metadata/generation")
        };
        let mut old: Vec<&Set> = sets.iter().filter(|set| !set.new).collect();
        let too_many = old.len().saturating_sub(goal.history);
        old.retain(|set| set.size.wanted == 0 && set.existing == 0 && observed(set));
        old.sort_by_key(|set| set.revision);
        let doomed: Vec<_> = old.iter().take(too_many).map(|set| set.key.clone()).collect();
        for key in doomed {
            self.delete(Kind::ReplicaSet, &key);
        }
    }
}
