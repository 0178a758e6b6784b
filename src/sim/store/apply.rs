//! Server-side apply: the writer owns what it applied, and nothing else.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::sim::kind::Kind;
use crate::sim::status::Status;
use crate::sim::store::fields::{self, put, text};
use crate::sim::store::managed::{Delta, Operation};
use crate::sim::store::patch::Patch;
use crate::sim::store::write::{Part, keep_system_metadata};
use crate::sim::store::{Store, Writer};

impl Store {
    /// Applies a configuration: creates the object where it is missing, merges it otherwise.
    ///
    /// # Errors
    /// As for a patch; 409 where another manager owns a field with another value and `force` is not given.
    #[expect(clippy::too_many_arguments, reason = "a write is named by where, what, how and who")]
    pub(super) fn apply(
        &mut self,
        kind: Kind,
        namespace: &str,
        name: &str,
        config: &Value,
        force: bool,
        part: Part,
        writer: &Writer<'_>,
    ) -> Result<Arc<Value>, Status> {
        let Some(old) = self.get(kind, namespace, name).cloned() else {
            let mut object = config.clone();
            put(&mut object, &["metadata", "name"], name.into());
            return self.create_as(kind, namespace, object, writer, Operation::Apply);
        };
        let patch = Patch::Apply { config: config.clone(), force };
        let candidate = patch.apply(&old)?;
        let changed = match part {
            Part::Main => Delta::main(&old, &candidate),
            Part::Status => Delta::status(&old, &candidate),
        };
        if !force {
            refuse_conflicts(kind, &old, &changed.set, writer.manager)?;
        }
        let mut new = candidate;
        keep_system_metadata(&old, &mut new);
        Ok(self.keep(kind, &old, new, writer, Operation::Apply))
    }
}

/// Refuses to change what another manager owns.
fn refuse_conflicts(kind: Kind, old: &Value, changed: &Map<String, Value>, manager: &str) -> Result<(), Status> {
    let mut conflicts = Vec::new();
    for entry in fields::items(old, "/metadata/managedFields") {
        let other = text(entry, "/manager");
        let Some(Value::Object(owned)) = entry.get("fieldsV1") else { continue };
        if other == manager {
            continue;
        }
        let mut paths = Vec::new();
        common(changed, owned, String::new(), &mut paths);
        let version = kind.api_version();
        conflicts.extend(paths.into_iter().map(|path| {
            let message = format!("conflict with {other:?} using {version}");
            json!({"reason": "FieldManagerConflict", "message": message, "field": path})
        }));
    }
    if conflicts.is_empty() {
        return Ok(());
    }
    let words: Vec<String> =
        conflicts.iter().map(|cause| format!("{}: {}", text(cause, "/message"), text(cause, "/field"))).collect();
    let count = if words.len() == 1 { "1 conflict".to_owned() } else { format!("{} conflicts", words.len()) };
    let mut status = Status::plain(409, "Conflict", format!("Apply failed with {count}: {}", words.join(", ")));
    status.details = json!({"causes": conflicts});
    Err(status)
}

/// The leaf paths that two sets share, as `.spec.replicas`.
fn common(one: &Map<String, Value>, other: &Map<String, Value>, path: String, found: &mut Vec<String>) {
    for (key, below) in one {
        let Some(also) = other.get(key) else { continue };
        let here = match (key.strip_prefix("f:"), key.strip_prefix("k:")) {
            (Some(field), _) => format!("{path}.{field}"),
            (None, Some(item)) => format!("{path}[{item}]"),
            (None, None) => continue,
        };
        match (below, also) {
            (Value::Object(below), Value::Object(also)) if !below.is_empty() && !also.is_empty() => {
                common(below, also, here, found);
            }
            _ => found.push(here),
        }
    }
}
