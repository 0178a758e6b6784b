//! Recognising the write that begins a rollback, before it is done.

use serde_json::Value;

use super::put_back::is_pinned;
use crate::sim::backend::{Ask, PatchType, Verb};
use crate::sim::kind::Kind;
use crate::sim::store::fields::{self, put, text};
use crate::sim::store::patch::Patch;
use crate::sim::world::key::Key;
use crate::sim::world::{TRACK, World};

impl World {
    /// Takes note of a write that a client asks for: the first that rolls back sets off what waits for it.
    pub(in crate::sim::world) fn note_ask(&mut self, ask: &Ask) {
        if self.faults.rolled_back || !of_a_client(ask) {
            return;
        }
        if self.rolls_back(ask).unwrap_or(false) {
            self.faults.rolled_back = true;
            self.look();
            // What it sets off at once comes before the write.
            self.advance_to(self.now);
        }
    }

    fn rolls_back(&self, ask: &Ask) -> Option<bool> {
        let kind = ask.kind.filter(|kind| matches!(kind, Kind::Service | Kind::Deployment))?;
        let before = self.object(kind, &Key::new(&ask.namespace, &ask.name))?;
        let after = after(ask, &before)?;
        Some(match kind {
            Kind::Service => is_pinned(&before) && !is_pinned(&after),
            _ if is_canary(&before) => replicas(&after) < replicas(&before),
            _ => self.is_older(&before, &after),
        })
    }

    /// Whether a Deployment goes from another version back to the one that it started with.
    fn is_older(&self, before: &Value, after: &Value) -> bool {
        let Some(workload) = self.scenario.workload(fields::name(before)) else { return false };
        let first = workload.image(&workload.version);
        let image = |object: &Value| text(object, "/spec/template/spec/containers/0/image").to_owned();
        image(before) != first && image(after) == first
    }
}

/// Whether a request is a write of a client: controllers do not ask, and people's `kubectl` is no release.
pub fn of_a_client(ask: &Ask) -> bool {
    ask.verb.writes() && ask.kind.is_some() && !ask.dry_run && !ask.user_agent.starts_with("kubectl")
}

/// The object as it would be after a write; one that is deleted has nothing left. `None`: the write will be refused.
fn after(ask: &Ask, before: &Value) -> Option<Value> {
    let body = ask.body.clone();
    match (ask.verb, ask.patch) {
        (Verb::Delete, _) => Some(Value::Null),
        (Verb::Update, _) if ask.subresource == "scale" => {
            let mut after = before.clone();
            put(&mut after, &["spec", "replicas"], body.pointer("/spec/replicas")?.clone());
            Some(after)
        }
        (Verb::Update, _) => Some(body),
        (_, Some(PatchType::Json)) => Patch::json(body).ok()?.apply(before).ok(),
        (_, Some(PatchType::Merge)) => Patch::Merge(body).apply(before).ok(),
        (_, Some(PatchType::Strategic | PatchType::Apply)) => Patch::Strategic(body).apply(before).ok(),
        _ => None,
    }
}

fn is_canary(deployment: &Value) -> bool {
    fields::get(deployment, &["spec", "template", "metadata", "labels", TRACK]).is_some_and(|track| track == "canary")
}

fn replicas(deployment: &Value) -> u64 {
    deployment.pointer("/spec/replicas").and_then(Value::as_u64).unwrap_or(0)
}
