//! Images: they are on the node, come from the registry, or are not to be had.

use std::time::Duration;

use super::{Step, back_off};
use crate::core::time::human;
use crate::sim::world::World;
use crate::sim::world::draws::lag;
use crate::sim::world::life::LifeId;
use crate::sim::world::record::Happening;
use crate::sim::world::scheduler::NodeFacts;

impl World {
    pub(super) fn pull(&mut self, id: LifeId) {
        let Some(birth) = self.life(id).map(|life| life.birth.clone()) else { return };
        let has = |node: &NodeFacts, image: &String| node.images.contains(image);
        let node = self.nodes.get(&birth.node);
        let lacking = |(_, image): &&(String, String)| !node.is_some_and(|node| has(node, image));
        let lacking: Vec<String> = birth.containers.iter().filter(lacking).map(|(_, image)| image.clone()).collect();
        if lacking.is_empty() {
            self.say_each(id, |_, image| {
                Happening::normal("Pulled", format!("Container image \"{image}\" already present on machine"))
            });
            self.step_soon(id, Step::Start, 200, 600);
            return;
        }
        for (name, image) in birth.containers.iter().filter(|(_, image)| lacking.contains(image)) {
            self.say(id, &Happening::normal("Pulling", format!("Pulling image \"{image}\"")).of(name));
        }
        if birth.version.missing {
            self.step_soon(id, Step::PullFailed, 600, 1_400);
            return;
        }
        let took = lag(self.seed, &format!("pull {}", birth.uid), self.now, 800, 2_500);
        for (name, image) in birth.containers.iter().filter(|(_, image)| lacking.contains(image)) {
            // It is said now, a moment before it is true: nobody looks at an Event to the second.
            let words = format!(
                "Successfully pulled image \"{image}\" in {time} ({time} including waiting). Image size: 48312345 bytes.",
                time = human(took)
            );
            self.say(id, &Happening::normal("Pulled", words).of(name));
            if let Some(node) = self.nodes.get_mut(&birth.node) {
                node.images.insert(image.clone());
            }
        }
        self.step(id, Step::Start, took + Duration::from_millis(300));
    }

    pub(super) fn pull_failed(&mut self, id: LifeId) {
        let Some(image) = self.missing_image(id) else { return };
        let why = format!(
            "rpc error: code = NotFound desc = failed to pull and unpack image \"{image}\": failed to resolve reference \
             \"{image}\": {image}: not found"
        );
        self.say_each(id, |_, _| Happening::warning("Failed", format!("Failed to pull image \"{image}\": {why}")));
        self.say_each(id, |_, _| Happening::warning("Failed", "Error: ErrImagePull"));
        self.wait(id, "ErrImagePull", why);
        self.step_soon(id, Step::PullBackOff, 900, 1_800);
    }

    pub(super) fn pull_back_off(&mut self, id: LifeId) {
        let Some(image) = self.missing_image(id) else { return };
        self.say_each(id, |_, _| Happening::normal("BackOff", format!("Back-off pulling image \"{image}\"")));
        self.say_each(id, |_, _| Happening::warning("Failed", "Error: ImagePullBackOff"));
        self.wait(id, "ImagePullBackOff", format!("Back-off pulling image \"{image}\": ErrImagePull: not found"));
        let failures = self.life_mut(id).map_or(1, |life| {
            life.failures += 1;
            life.failures
        });
        self.step(id, Step::Pull, back_off(failures));
    }

    /// The containers wait, for a reason that everybody can read.
    pub(super) fn wait(&mut self, id: LifeId, reason: &'static str, message: String) {
        if let Some(life) = self.life_mut(id) {
            life.wait(reason, message);
        }
        self.report_pod(id);
    }

    fn missing_image(&self, id: LifeId) -> Option<String> {
        self.life(id)?.birth.containers.first().map(|(_, image)| image.clone())
    }
}
