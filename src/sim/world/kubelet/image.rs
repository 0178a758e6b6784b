//! Images: they are on the node, come from the registry, or are not to be had.

use super::{Step, back_off};
use crate::core::time::human;
use crate::sim::world::World;
use crate::sim::world::draws::lag;
use crate::sim::world::life::LifeId;
use crate::sim::world::record::Happening;

impl World {
    pub(super) fn pull(&mut self, id: LifeId) {
        let Some(birth) = self.life(id).map(|life| life.birth.clone()) else { return };
        let now = self.now;
        let here = |(_, image): &&(String, String)| self.nodes.get(&birth.node).is_some_and(|node| node.has(image, now));
        let (here, lacking): (Vec<_>, Vec<_>) = birth.containers.iter().partition(here);
        for (name, image) in here {
            let words = format!("Container image \"{image}\" already present on machine");
            self.say(id, &Happening::normal("Pulled", words).of(name));
        }
        for (name, image) in &lacking {
            self.say(id, &Happening::normal("Pulling", format!("Pulling image \"{image}\"")).of(name));
        }
        if lacking.is_empty() {
            self.step_soon(id, Step::Start, 200, 600);
        } else if birth.version.missing {
            self.step_soon(id, Step::PullFailed, 600, 1_400);
        } else {
            let took = lag(self.seed, &format!("pull {}", birth.uid), now, 800, 2_500);
            let node = self.nodes.entry(birth.node).or_default();
            // Pods that need the same image at the same time wait for one pull.
            let comes = lacking.iter().map(|(_, image)| node.comes(image, now + took)).max();
            self.step(id, Step::Pulled, comes.map_or(took, |comes| comes.since(now)));
        }
    }

    /// The images have come.
    pub(super) fn pulled(&mut self, id: LifeId) {
        let Some(birth) = self.life(id).map(|life| life.birth.clone()) else { return };
        let took = human(self.now.since(birth.bound));
        for (name, image) in &birth.containers {
            let words = format!(
                "Successfully pulled image \"{image}\" in {took} ({took} including waiting). Image size: 48312345 bytes."
            );
            self.say(id, &Happening::normal("Pulled", words).of(name));
        }
        self.step_soon(id, Step::Start, 200, 400);
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
