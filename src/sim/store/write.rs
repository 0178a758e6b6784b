//! Changing objects: what every write has in common, whoever makes it.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::sim::kind::Kind;
use crate::sim::status::{Cause, Status};
use crate::sim::store::fields::{self, put, take, text};
use crate::sim::store::managed::{self, Delta, Operation};
use crate::sim::store::patch::Patch;
use crate::sim::store::{Store, Writer, defaults, place, schema, validate};

/// The metadata that only the server writes.
pub(super) const SYSTEM_METADATA: [&str; 7] = [
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
    "selfLink",
    "managedFields",
];

/// Which part of an object a write is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Everything but the status, for kinds that write it apart.
    Main,
    /// The status alone.
    Status,
}

/// One object, by its place.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    pub(super) kind: Kind,
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
}

impl<'a> Key<'a> {
    /// The object of this kind, namespace and name; the namespace of a cluster-wide kind does not matter.
    pub fn new(kind: Kind, namespace: &'a str, name: &'a str) -> Self {
        Self { kind, namespace: place(kind, namespace), name }
    }

    /// Where this object is kept.
    pub fn of(kind: Kind, object: &'a Value) -> Self {
        Self::new(kind, fields::namespace(object), fields::name(object))
    }
}

impl Store {
    /// Replaces a part of an object by what `object` says of it.
    ///
    /// # Errors
    /// 404, 409 (it was made from an older version), 422 (it is not valid), 400.
    pub fn update(
        &mut self,
        key: Key<'_>,
        object: Value,
        part: Part,
        writer: &Writer<'_>,
    ) -> Result<Arc<Value>, Status> {
        let old = self.existing(key)?;
        if key.kind.info().versioned_update && text(&object, "/metadata/resourceVersion").is_empty() {
            let cause = Cause::invalid("metadata.resourceVersion", &json!(0), "must be specified for an update");
            return Err(Status::invalid(key.kind, key.name, &[cause]));
        }
        self.settle(key.kind, &old, object, part, writer, Operation::Update)
    }

    /// Changes a part of an object.
    ///
    /// # Errors
    /// As [`update`](Self::update); 422 also where a JSON patch cannot be applied, a failed `test` included.
    pub fn patch(
        &mut self,
        key: Key<'_>,
        patch: &Patch,
        part: Part,
        writer: &Writer<'_>,
    ) -> Result<Arc<Value>, Status> {
        if let Patch::Apply { config, force } = patch {
            return self.apply(key, config, *force, part, writer);
        }
        let old = self.existing(key)?;
        let patched = patch.apply(&old)?;
        self.settle(key.kind, &old, patched, part, writer, Operation::Update)
    }

    /// Edits an object in place, status and all, unchecked: how the world's own controllers write. Identity and history
    /// cannot be edited; an edit that changes nothing is no write.
    ///
    /// # Errors
    /// 404.
    pub fn mutate(
        &mut self,
        key: Key<'_>,
        writer: &Writer<'_>,
        edit: impl FnOnce(&mut Value),
    ) -> Result<Arc<Value>, Status> {
        let old = self.existing(key)?;
        let mut new = Value::clone(&old);
        edit(&mut new);
        keep_system_metadata(&old, &mut new);
        Ok(self.keep(key.kind, &old, new, Part::Main, writer, Operation::Update))
    }

    pub(super) fn existing(&self, key: Key<'_>) -> Result<Arc<Value>, Status> {
        let found = self.get(key.kind, key.namespace, key.name);
        found.cloned().ok_or_else(|| Status::not_found(key.kind, key.name))
    }

    /// Checks a candidate against the object it was made from, and keeps it.
    pub(super) fn settle(
        &mut self,
        kind: Kind,
        old: &Arc<Value>,
        mut candidate: Value,
        part: Part,
        writer: &Writer<'_>,
        operation: Operation<'_>,
    ) -> Result<Arc<Value>, Status> {
        check_identity(kind, old, &candidate)?;
        identify(kind, fields::namespace(old), &mut candidate)?;
        let (name, said) = (fields::name(old), fields::name(&candidate));
        if said != name {
            let message = format!("the name of the object ({said}) does not match the name on the URL ({name})");
            return Err(Status::bad_request(message));
        }
        let mut new = schema::read(kind, candidate, writer.strict)?;
        match part {
            Part::Main if kind.info().status => copy(old, &mut new, &["status"]),
            Part::Main => (),
            Part::Status => {
                let status = take(&mut new, &["status"]).unwrap_or_else(|| json!({}));
                new = Value::clone(old);
                put(&mut new, &["status"], status);
            }
        }
        keep_system_metadata(old, &mut new);
        if part == Part::Main {
            defaults::carry(kind, old, &mut new);
            defaults::fill(kind, &mut new, self);
            validate::check(kind, Some(old), &new)?;
        }
        // The world's own writes do not pass the schema, so the same object may be spelt in two ways.
        let unchanged = operation == Operation::Update && schema::read(kind, Value::clone(old), false)? == new;
        Ok(if unchanged { Arc::clone(old) } else { self.keep(kind, old, new, part, writer, operation) })
    }

    /// Keeps a new version of an object, if it differs from the old one.
    fn keep(
        &mut self,
        kind: Kind,
        old: &Arc<Value>,
        mut new: Value,
        part: Part,
        writer: &Writer<'_>,
        operation: Operation<'_>,
    ) -> Arc<Value> {
        if kind.info().generation && spec_differs(kind, old, &new) {
            let generation = old.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or(0);
            put(&mut new, &["metadata", "generation"], (generation + 1).into());
        }
        let who = (writer.manager, operation);
        let (main, status) = (Delta::main(old, &new), Delta::status(old, &new));
        if part == Part::Main {
            managed::record(kind, &mut new, who, "", &main, self.now);
        }
        if part == Part::Status || operation == Operation::Update {
            managed::record(kind, &mut new, who, "status", &status, self.now);
        }
        if new == **old {
            return Arc::clone(old);
        }
        if writer.dry_run {
            return Arc::new(new);
        }
        let gone = last_finalizer_left(old, &new);
        self.commit(kind, fields::namespace(old), fields::name(old), new, gone)
    }
}

/// Whether an object was only waiting for its finalizers, and now has none.
fn last_finalizer_left(old: &Value, new: &Value) -> bool {
    fields::terminating(new)
        && fields::items(new, "/metadata/finalizers").is_empty()
        && !fields::items(old, "/metadata/finalizers").is_empty()
        && new.pointer("/metadata/deletionGracePeriodSeconds").and_then(Value::as_u64) == Some(0)
}

/// Writes kind, version and namespace into an object, and refuses one that says otherwise.
pub(super) fn identify(kind: Kind, namespace: &str, object: &mut Value) -> Result<(), Status> {
    let (said_version, said_kind) = (text(object, "/apiVersion"), text(object, "/kind"));
    if !said_kind.is_empty() && said_kind != kind.info().name
        || !said_version.is_empty() && said_version != kind.api_version()
    {
        return Err(Status::bad_request(format!(
            "the object provided is unrecognized: {said_version}, Kind={said_kind} does not match {}, Kind={} of the URL",
            kind.api_version(),
            kind.info().name
        )));
    }
    let said = fields::namespace(object);
    if !said.is_empty() && said != namespace {
        return Err(Status::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    put(object, &["apiVersion"], kind.api_version().into());
    put(object, &["kind"], kind.info().name.into());
    if kind.info().namespaced {
        put(object, &["metadata", "namespace"], namespace.into());
    } else {
        take(object, &["metadata", "namespace"]);
    }
    Ok(())
}

/// Refuses a write that was made for another object of this name, or from an older version of it.
fn check_identity(kind: Kind, old: &Value, candidate: &Value) -> Result<(), Status> {
    let name = fields::name(old);
    let (uid, version) = (fields::uid(candidate), text(candidate, "/metadata/resourceVersion"));
    if !uid.is_empty() && uid != fields::uid(old) {
        let why = format!("Precondition failed: UID in precondition: {uid}, UID in object meta: {}", fields::uid(old));
        return Err(Status::conflict(kind, name, &why));
    }
    if !version.is_empty() && version != text(old, "/metadata/resourceVersion") {
        return Err(Status::modified(kind, name));
    }
    Ok(())
}

/// Undoes every edit of what only the server writes.
fn keep_system_metadata(old: &Value, new: &mut Value) {
    for key in SYSTEM_METADATA.into_iter().chain(["name", "namespace", "generateName", "resourceVersion"]) {
        copy(old, new, &["metadata", key]);
    }
    for key in ["apiVersion", "kind"] {
        copy(old, new, &[key]);
    }
}

/// Makes a field of `to` what it is in `from`.
fn copy(from: &Value, to: &mut Value, path: &[&str]) {
    match fields::get(from, path) {
        Some(value) => put(to, path, value.clone()),
        None => {
            take(to, path);
        }
    }
}

/// Whether a change counts as one of the spec. Of Deployments, the annotations do too: they are copied to ReplicaSets.
fn spec_differs(kind: Kind, old: &Value, new: &Value) -> bool {
    if kind == Kind::Deployment && old.pointer("/metadata/annotations") != new.pointer("/metadata/annotations") {
        return true;
    }
    let (Value::Object(old), Value::Object(new)) = (old, new) else { return old != new };
    let spec = |key: &str| !matches!(key, "metadata" | "status" | "kind" | "apiVersion");
    let differs = |key: &String| spec(key) && old.get(key) != new.get(key);
    old.keys().any(differs) || new.keys().any(differs)
}
