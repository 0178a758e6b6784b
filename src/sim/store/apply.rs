//! Server-side apply: the writer owns what it applied, and nothing else.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::sim::kind::Kind;
use crate::sim::status::Status;
use crate::sim::store::fields::{self, put, text};
use crate::sim::store::managed::{Delta, Operation, item_key, subtract};
use crate::sim::store::patch::Patch;
use crate::sim::store::write::{Key, Part};
use crate::sim::store::{Store, Writer};

type Fields = Map<String, Value>;

impl Store {
    /// Applies a configuration: creates the object where it is missing, merges it otherwise. What the same manager
    /// applied before, nobody else owns and it no longer names, is taken away.
    ///
    /// # Errors
    /// As for a patch; 409 where another manager owns a field with another value and `force` is not given.
    pub(super) fn apply(
        &mut self,
        key: Key<'_>,
        config: &Value,
        force: bool,
        part: Part,
        writer: &Writer<'_>,
    ) -> Result<Arc<Value>, Status> {
        let named = match part {
            Part::Main => Delta::main(&json!({}), config),
            Part::Status => Delta::status(&json!({}), config),
        };
        let operation = Operation::Apply(&named.set);
        let Ok(old) = self.existing(key) else {
            let mut object = config.clone();
            put(&mut object, &["metadata", "name"], key.name.into());
            return self.create_as(key.kind, key.namespace, object, writer, operation);
        };
        let mut candidate = Patch::Apply { config: config.clone(), force }.apply(&old)?;
        remove(&mut candidate, &abandoned(&old, writer.manager, &named.set));
        let changed = match part {
            Part::Main => Delta::main(&old, &candidate),
            Part::Status => Delta::status(&old, &candidate),
        };
        if !force {
            refuse_conflicts(key.kind, &old, &changed.set, writer.manager)?;
        }
        self.settle(key.kind, &old, candidate, part, writer, operation)
    }
}

/// What a manager applied before and no longer names, and nobody else owns.
fn abandoned(old: &Value, manager: &str, named: &Fields) -> Fields {
    let mut gone = Fields::new();
    let entries = fields::items(old, "/metadata/managedFields");
    let is_mine = |entry: &&Value| text(entry, "/manager") == manager && text(entry, "/operation") == "Apply";
    for entry in entries.iter().filter(is_mine) {
        if let Some(Value::Object(set)) = entry.get("fieldsV1") {
            gone = set.clone();
        }
    }
    subtract(&mut gone, named);
    for entry in entries.iter().filter(|entry| !is_mine(entry)) {
        if let Some(Value::Object(set)) = entry.get("fieldsV1") {
            subtract(&mut gone, set);
        }
    }
    gone
}

/// Takes the fields of a set out of an object, and what is empty afterwards.
fn remove(object: &mut Value, set: &Fields) {
    for (key, below) in set {
        let Some(field) = key.strip_prefix("f:") else { continue };
        let Some(inner) = object.get_mut(field) else { continue };
        let emptied = match (inner, below) {
            (Value::Array(items), Value::Object(below)) if !below.is_empty() => {
                items.retain_mut(|item| keeps_something(field, item, below));
                items.is_empty()
            }
            (inner, Value::Object(below)) if !below.is_empty() => {
                remove(inner, below);
                inner.as_object().is_some_and(Map::is_empty)
            }
            _ => true,
        };
        if emptied {
            fields::take(object, &[field]);
        }
    }
}

/// Takes the fields of a set of items out of one item; whether anything is left of it.
fn keeps_something(field: &str, item: &mut Value, set: &Fields) -> bool {
    if let Some(Value::Object(below)) = item_key(field, item).and_then(|key| set.get(&key)) {
        remove(item, below);
    }
    item.as_object().is_none_or(|item| !item.is_empty())
}

/// Refuses to change what another manager owns.
fn refuse_conflicts(kind: Kind, old: &Value, changed: &Fields, manager: &str) -> Result<(), Status> {
    let mut conflicts = Vec::new();
    for entry in fields::items(old, "/metadata/managedFields") {
        let other = text(entry, "/manager");
        let Some(Value::Object(owned)) = entry.get("fieldsV1").filter(|_| other != manager) else { continue };
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
    let say = |cause: &Value| format!("{}: {}", text(cause, "/message"), text(cause, "/field"));
    let words: Vec<String> = conflicts.iter().map(say).collect();
    let count = if words.len() == 1 { "1 conflict".to_owned() } else { format!("{} conflicts", words.len()) };
    let message = format!("Apply failed with {count}: {}", words.join(", "));
    Err(Status { code: 409, reason: "Conflict", message, details: json!({"causes": conflicts}) })
}

/// The leaf paths that two sets share, as `.spec.replicas`.
fn common(one: &Fields, other: &Fields, path: String, found: &mut Vec<String>) {
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
