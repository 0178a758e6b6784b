//! The four ways to change a part of an object.

pub mod keys;
mod strategic;

use serde_json::Value;

use crate::sim::status::Status;

/// A change to a part of an object.
#[derive(Clone, Debug)]
pub enum Patch {
    /// RFC 6902: a list of operations, `test` among them.
    Json(json_patch::Patch),
    /// RFC 7386: null takes away, everything else replaces.
    Merge(Value),
    /// Kubernetes' own: as a merge patch, but lists of named things are merged by name.
    Strategic(Value),
    /// Server-side apply: the fields that the writer wants to own.
    Apply {
        /// Those fields.
        config: Value,
        /// Whether fields that others own are taken over.
        force: bool,
    },
}

impl Patch {
    /// Reads a JSON patch.
    ///
    /// # Errors
    /// 400 where the body is no list of operations.
    pub fn json(body: Value) -> Result<Self, Status> {
        serde_json::from_value(body).map(Patch::Json).map_err(|why| Status::bad_request(why.to_string()))
    }

    /// The object with this patch applied.
    ///
    /// # Errors
    /// 422 where a JSON patch cannot be applied, a failed `test` included; 400 where a patch is malformed.
    pub fn apply(&self, object: &Value) -> Result<Value, Status> {
        let mut patched = object.clone();
        match self {
            Patch::Json(patch) => {
                json_patch::patch(&mut patched, patch).map_err(|_| Status::unprocessable())?;
            }
            Patch::Merge(patch) => json_patch::merge(&mut patched, patch),
            Patch::Strategic(patch) | Patch::Apply { config: patch, .. } => strategic::merge(&mut patched, patch)?,
        }
        Ok(patched)
    }
}
