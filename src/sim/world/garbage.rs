//! The garbage collector: what a deleted object owned goes too, unless it was told to leave it.

use serde_json::Value;

use super::World;
use super::key::Key;
use crate::sim::kind::Kind;
use crate::sim::store::fields::{self, put, take, text};

const ORPHAN: &str = "orphan";
const FOREGROUND: &str = "foregroundDeletion";

impl World {
    /// The owner with this UID is gone: what has no other owner left goes, everything else loses the reference.
    pub(super) fn collect(&mut self, uid: &str) {
        let dependents: Vec<(Kind, Key)> = self.facts.dependents(uid).cloned().collect();
        for (kind, key) in dependents {
            let Some(object) = self.object(kind, &key) else { continue };
            let owners = fields::items(&object, "/metadata/ownerReferences");
            let lives = |owner: &Value| {
                let of = Kind::named(text(owner, "/kind"));
                let found = of.and_then(|of| self.store.get(of, &key.namespace, text(owner, "/name")));
                found.is_some_and(|found| fields::uid(found) == text(owner, "/uid"))
            };
            if owners.iter().any(lives) {
                self.disown(kind, &key, uid);
            } else {
                self.delete(kind, &key);
            }
        }
    }

    /// An object waits to be deleted until what it owns is let go, or gone.
    pub(super) fn finalize(&mut self, kind: Kind, key: &Key) {
        let Some(object) = self.object(kind, key).filter(|object| fields::terminating(object)) else { return };
        let held = |finalizer: &str| fields::items(&object, "/metadata/finalizers").iter().any(|held| held == finalizer);
        let uid = fields::uid(&object).to_owned();
        let dependents: Vec<(Kind, Key)> = self.facts.dependents(&uid).cloned().collect();
        if held(ORPHAN) {
            for (kind, key) in &dependents {
                self.disown(*kind, key, &uid);
            }
            self.release(kind, key, ORPHAN);
        } else if held(FOREGROUND) {
            for (kind, key) in &dependents {
                if self.object(*kind, key).is_some_and(|object| !fields::terminating(&object)) {
                    self.delete(*kind, key);
                }
            }
            if dependents.is_empty() {
                self.release(kind, key, FOREGROUND);
            }
        }
    }

    fn disown(&mut self, kind: Kind, key: &Key, uid: &str) {
        self.edit(kind, key, |object| {
            let owners = fields::items(object, "/metadata/ownerReferences").iter();
            let left: Vec<Value> = owners.filter(|owner| text(owner, "/uid") != uid).cloned().collect();
            if left.is_empty() {
                take(object, &["metadata", "ownerReferences"]);
            } else {
                put(object, &["metadata", "ownerReferences"], left.into());
            }
        });
    }

    fn release(&mut self, kind: Kind, key: &Key, finalizer: &str) {
        self.edit(kind, key, |object| {
            let held = fields::items(object, "/metadata/finalizers").iter();
            let left: Vec<Value> = held.filter(|held| *held != finalizer).cloned().collect();
            put(object, &["metadata", "finalizers"], left.into());
        });
    }
}
