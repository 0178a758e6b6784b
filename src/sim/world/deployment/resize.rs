//! A Deployment whose number of replicas changed, or that is paused: its ReplicaSets are resized and nothing rolls.

use super::{Goal, Set};
use crate::sim::world::World;
use crate::sim::world::rollout::spread;

impl World {
    pub(super) fn resize(&mut self, goal: &Goal, sets: &[Set]) {
        let active: Vec<&Set> = sets.iter().filter(|set| set.size.wanted > 0).collect();
        match active.as_slice() {
            [] => {
                if let Some(set) = sets.iter().find(|set| set.new).or(sets.last()) {
                    self.set_size(goal, set, goal.replicas);
                }
            }
            [only] => self.set_size(goal, only, goal.replicas),
            many => self.resize_many(goal, many),
        }
    }

    /// In the middle of a rollout: a new ReplicaSet that is complete is all there is; otherwise all take their part.
    fn resize_many(&mut self, goal: &Goal, active: &[&Set]) {
        let complete = |set: &&&Set| set.new && set.size.wanted == goal.replicas && set.size.available == goal.replicas;
        let sizes: Vec<u32> = if active.iter().any(|set| complete(&set)) {
            active.iter().map(|set| if set.new { goal.replicas } else { 0 }).collect()
        } else {
            spread(goal.most(), &active.iter().map(|set| set.size.wanted).collect::<Vec<_>>())
        };
        for (set, size) in active.iter().zip(sizes) {
            self.set_size(goal, set, size);
        }
    }
}
