//! How controllers write. An object that is gone meanwhile is no error: whoever removed it told everybody.

use std::sync::Arc;

use serde_json::Value;

use super::World;
use super::key::Key;
use crate::sim::kind::Kind;
use crate::sim::status::Status;
use crate::sim::store::Writer;
use crate::sim::store::delete::Deletion;

/// The field manager of the built-in controllers.
pub const MANAGER: &str = "kube-controller-manager";

impl World {
    pub(super) fn object(&self, kind: Kind, key: &Key) -> Option<Arc<Value>> {
        self.store.get(kind, &key.namespace, &key.name).cloned()
    }

    /// Creates an object, as the controller manager.
    pub(super) fn make(&mut self, kind: Kind, namespace: &str, object: Value) -> Result<Arc<Value>, Status> {
        self.store.create(kind, namespace, object, &Writer::new(MANAGER))
    }

    /// Edits an object in place, as the controller manager.
    pub(super) fn edit(&mut self, kind: Kind, key: &Key, edit: impl FnOnce(&mut Value)) {
        self.edit_as(MANAGER, kind, key, edit);
    }

    /// Edits an object in place, as anybody.
    pub(super) fn edit_as(&mut self, manager: &str, kind: Kind, key: &Key, edit: impl FnOnce(&mut Value)) {
        let _gone = self.store.mutate(key.place(kind), &Writer::new(manager), edit);
    }

    /// Deletes an object, with the grace that it asks for.
    pub(super) fn delete(&mut self, kind: Kind, key: &Key) {
        self.delete_how(kind, key, &Deletion::default());
    }

    pub(super) fn delete_how(&mut self, kind: Kind, key: &Key, how: &Deletion) {
        let _gone = self.store.delete(key.place(kind), how, &Writer::new(MANAGER));
    }
}
