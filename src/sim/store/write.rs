//! Creating and changing objects: what every write has in common, whoever makes it.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::sim::kind::Kind;
use crate::sim::status::{Cause, Status};
use crate::sim::store::fields::{self, put, stamp, take, text};
use crate::sim::store::managed::{self, Delta, Operation};
use crate::sim::store::patch::Patch;
use crate::sim::store::{Store, Writer, place};

/// The metadata that only the server writes.
const SYSTEM_METADATA: [&str; 7] = [
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

impl Store {
    /// Creates an object, under its name or one made from its `generateName`.
    ///
    /// # Errors
    /// 400, 403 (admission), 404 (the namespace), 409 (the name is taken), 422 (it is not valid).
    pub fn create(
        &mut self,
        kind: Kind,
        namespace: &str,
        object: Value,
        writer: &Writer<'_>,
    ) -> Result<Arc<Value>, Status> {
        self.create_as(kind, namespace, object, writer, Operation::Update)
    }

    /// Replaces a part of an object by what `object` says of it.
    ///
    /// # Errors
    /// 404, 409 (it was made from an older version), 422 (it is not valid), 400.
    pub fn update(
        &mut self,
        kind: Kind,
        namespace: &str,
        name: &str,
        object: Value,
        part: Part,
        writer: &Writer<'_>,
    ) -> Result<Arc<Value>, Status> {
        let namespace = place(kind, namespace);
        let old = self.existing(kind, namespace, name)?;
        if kind.info().versioned_update && text(&object, "/metadata/resourceVersion").is_empty() {
            let cause = Cause::invalid("metadata.resourceVersion", &json!(0), "must be specified for an update");
            return Err(Status::invalid(kind, name, &[cause]));
        }
        self.settle(kind, &old, object, part, writer)
    }

    /// Changes a part of an object.
    ///
    /// # Errors
    /// As [`update`](Self::update); 422 also where a JSON patch cannot be applied, a failed `test` included.
    pub fn patch(
        &mut self,
        kind: Kind,
        namespace: &str,
        name: &str,
        patch: &Patch,
        part: Part,
        writer: &Writer<'_>,
    ) -> Result<Arc<Value>, Status> {
        let namespace = place(kind, namespace);
        if let Patch::Apply { config, force } = patch {
            return self.apply(kind, namespace, name, config, *force, part, writer);
        }
        let old = self.existing(kind, namespace, name)?;
        let patched = patch.apply(&old)?;
        self.settle(kind, &old, patched, part, writer)
    }

    /// Edits an object in place, status and all: how the world's own controllers write. Identity and history cannot be
    /// edited; an edit that changes nothing is no write.
    ///
    /// # Errors
    /// 404.
    pub fn mutate(
        &mut self,
        kind: Kind,
        namespace: &str,
        name: &str,
        writer: &Writer<'_>,
        edit: impl FnOnce(&mut Value),
    ) -> Result<Arc<Value>, Status> {
        let namespace = place(kind, namespace);
        let old = self.existing(kind, namespace, name)?;
        let mut new = Value::clone(&old);
        edit(&mut new);
        keep_system_metadata(&old, &mut new);
        Ok(self.keep(kind, &old, new, writer, Operation::Update))
    }

    pub(super) fn existing(&self, kind: Kind, namespace: &str, name: &str) -> Result<Arc<Value>, Status> {
        self.get(kind, namespace, name).cloned().ok_or_else(|| Status::not_found(kind, name))
    }

    pub(super) fn create_as(
        &mut self,
        kind: Kind,
        namespace: &str,
        mut object: Value,
        writer: &Writer<'_>,
        operation: Operation,
    ) -> Result<Arc<Value>, Status> {
        let namespace = place(kind, namespace);
        if !text(&object, "/metadata/resourceVersion").is_empty() {
            return Err(Status::bad_request("resourceVersion should not be set on objects to be created"));
        }
        identify(kind, namespace, &mut object)?;
        let mut mint = self.mint;
        let mut name = fields::name(&object).to_owned();
        let prefix = text(&object, "/metadata/generateName").to_owned();
        if name.is_empty() && !prefix.is_empty() {
            // The prefix is cut as the real server cuts it, so that the whole fits into a label.
            let prefix: String = prefix.chars().take(58).collect();
            name = format!("{prefix}{}", mint.suffix());
            while self.get(kind, namespace, &name).is_some() {
                name = format!("{prefix}{}", mint.suffix());
            }
            put(&mut object, &["metadata", "name"], name.clone().into());
        }
        self.namespace_serves(kind, namespace, &name)?;
        if self.get(kind, namespace, &name).is_some() {
            return Err(Status::already_exists(kind, &name));
        }
        for key in SYSTEM_METADATA {
            take(&mut object, &["metadata", key]);
        }
        if kind.info().status && kind != Kind::Node {
            take(&mut object, &["status"]);
        }
        put(&mut object, &["metadata", "uid"], mint.uid().into());
        put(&mut object, &["metadata", "creationTimestamp"], stamp(self.now).into());
        if kind.info().generation {
            put(&mut object, &["metadata", "generation"], 1.into());
        }
        let delta = Delta::main(&Value::Null, &object);
        managed::record(kind, &mut object, (writer.manager, operation), "", &delta, self.now);
        if writer.dry_run {
            return Ok(Arc::new(object));
        }
        self.mint = mint;
        Ok(self.commit(kind, namespace, &name, object, false))
    }

    /// Checks a candidate against the object it was made from, and keeps it.
    fn settle(
        &mut self,
        kind: Kind,
        old: &Arc<Value>,
        mut candidate: Value,
        part: Part,
        writer: &Writer<'_>,
    ) -> Result<Arc<Value>, Status> {
        let (namespace, name) = (fields::namespace(old), fields::name(old));
        check_identity(kind, old, &candidate)?;
        identify(kind, namespace, &mut candidate)?;
        if fields::name(&candidate) != name {
            let message = format!(
                "the name of the object ({}) does not match the name on the URL ({name})",
                fields::name(&candidate)
            );
            return Err(Status::bad_request(message));
        }
        let mut new = match part {
            Part::Main => {
                if kind.info().status {
                    copy(old, &mut candidate, &["status"]);
                }
                candidate
            }
            Part::Status => {
                let mut new = Value::clone(old);
                copy(&candidate, &mut new, &["status"]);
                new
            }
        };
        keep_system_metadata(old, &mut new);
        Ok(self.keep(kind, old, new, writer, Operation::Update))
    }

    /// Keeps a new version of an object, if it differs from the old one.
    pub(super) fn keep(
        &mut self,
        kind: Kind,
        old: &Arc<Value>,
        mut new: Value,
        writer: &Writer<'_>,
        operation: Operation,
    ) -> Arc<Value> {
        if new == **old {
            return Arc::clone(old);
        }
        if kind.info().generation && spec_differs(kind, old, &new) {
            let generation = old.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or(0);
            put(&mut new, &["metadata", "generation"], (generation + 1).into());
        }
        let main = Delta::main(old, &new);
        let status = Delta::status(old, &new);
        managed::record(kind, &mut new, (writer.manager, operation), "", &main, self.now);
        managed::record(kind, &mut new, (writer.manager, operation), "status", &status, self.now);
        if writer.dry_run {
            return Arc::new(new);
        }
        let (namespace, name) = (fields::namespace(old), fields::name(old));
        // The last finalizer of an object that was waiting for it: now it goes.
        let gone = fields::terminating(&new)
            && fields::items(&new, "/metadata/finalizers").is_empty()
            && !fields::items(old, "/metadata/finalizers").is_empty()
            && new.pointer("/metadata/deletionGracePeriodSeconds").and_then(Value::as_u64) == Some(0);
        self.commit(kind, namespace, name, new, gone)
    }

    fn namespace_serves(&self, kind: Kind, namespace: &str, name: &str) -> Result<(), Status> {
        if !kind.info().namespaced {
            return Ok(());
        }
        let Some(home) = self.get(Kind::Namespace, "", namespace) else {
            return Err(Status::not_found(Kind::Namespace, namespace));
        };
        if fields::terminating(home) {
            let why = format!("unable to create new content in namespace {namespace} because it is being terminated");
            return Err(Status::forbidden(kind, name, &why));
        }
        Ok(())
    }
}

/// Writes kind, version and namespace into an object, and refuses one that says otherwise.
fn identify(kind: Kind, namespace: &str, object: &mut Value) -> Result<(), Status> {
    let (said_version, said_kind) = (text(object, "/apiVersion"), text(object, "/kind"));
    if !said_kind.is_empty() && said_kind != kind.info().name
        || !said_version.is_empty() && said_version != kind.api_version()
    {
        return Err(Status::bad_request(format!(
            "{said_version}, Kind={said_kind} in the object does not match {}, Kind={} expected by the URL",
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
pub(super) fn keep_system_metadata(old: &Value, new: &mut Value) {
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

/// Whether a change counts as one of the spec. Of Deployments, the annotations do too.
fn spec_differs(kind: Kind, old: &Value, new: &Value) -> bool {
    let annotations = |object: &Value| object.pointer("/metadata/annotations").cloned();
    if kind == Kind::Deployment && annotations(old) != annotations(new) {
        return true;
    }
    let (Value::Object(old), Value::Object(new)) = (old, new) else { return old != new };
    let spec = |key: &str| !matches!(key, "metadata" | "status" | "kind" | "apiVersion");
    let differs = |key: &String| spec(key) && old.get(key) != new.get(key);
    old.keys().any(differs) || new.keys().any(differs)
}
