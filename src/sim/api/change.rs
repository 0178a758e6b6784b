//! Writing: create, update, patch, delete, and delete many.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::sim::api::read::Filter;
use crate::sim::api::reply::Reply;
use crate::sim::api::request::Request;
use crate::sim::api::route::Place;
use crate::sim::backend::{Ask, Backend, PatchType};
use crate::sim::kind::Kind;
use crate::sim::status::Status;
use crate::sim::store::delete::{Deleted, Deletion, Propagation};
use crate::sim::store::patch::Patch;
use crate::sim::store::write::{Key, Part};
use crate::sim::store::{Writer, fields};

/// Who writes, as a request says it.
pub fn writer<'a>(ask: &'a Ask, request: &Request) -> Writer<'a> {
    let strict = request.query("fieldValidation") == Some("Strict");
    Writer { manager: &ask.manager, dry_run: ask.dry_run, strict }
}

/// Creates an object.
pub fn create(backend: &mut dyn Backend, place: &Place, ask: &Ask, request: &Request) -> Result<Reply, Status> {
    let writer = writer(ask, request);
    let object = backend.store().create(place.kind, &place.namespace, ask.body.clone(), &writer)?;
    Ok(Reply::Object { code: 201, kind: place.kind, object })
}

/// Replaces an object or its status.
pub fn update(
    backend: &mut dyn Backend,
    place: &Place,
    part: Part,
    ask: &Ask,
    request: &Request,
) -> Result<Reply, Status> {
    let key = Key::new(place.kind, &place.namespace, &place.name);
    let object = backend.store().update(key, ask.body.clone(), part, &writer(ask, request))?;
    Ok(Reply::Object { code: 200, kind: place.kind, object })
}

/// Changes an object or its status; an apply may create it.
pub fn patch(
    backend: &mut dyn Backend,
    place: &Place,
    part: Part,
    ask: &Ask,
    request: &Request,
) -> Result<Reply, Status> {
    let patch = read_patch(ask, request)?;
    let store = backend.store();
    let exists = store.get(place.kind, &place.namespace, &place.name).is_some();
    let key = Key::new(place.kind, &place.namespace, &place.name);
    let object = store.patch(key, &patch, part, &writer(ask, request))?;
    Ok(Reply::Object { code: if exists { 200 } else { 201 }, kind: place.kind, object })
}

/// Reads the body of a PATCH.
pub fn read_patch(ask: &Ask, request: &Request) -> Result<Patch, Status> {
    let body = ask.body.clone();
    match ask.patch {
        Some(PatchType::Json) => Patch::json(body),
        Some(PatchType::Merge) => Ok(Patch::Merge(body)),
        Some(PatchType::Strategic) => Ok(Patch::Strategic(body)),
        Some(PatchType::Apply) if request.query("fieldManager").is_none() => {
            let message =
                "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch";
            Err(Status::plain(422, "Invalid", message))
        }
        Some(PatchType::Apply) => Ok(Patch::Apply { config: body, force: request.flag("force") }),
        None => Err(Status::plain(
            415,
            "UnsupportedMediaType",
            "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, \
             application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml",
        )),
    }
}

/// Deletes an object.
pub fn delete(backend: &mut dyn Backend, place: &Place, ask: &Ask, request: &Request) -> Result<Reply, Status> {
    let how = deletion(&ask.body, request)?;
    let key = Key::new(place.kind, &place.namespace, &place.name);
    let deleted = backend.store().delete(key, &how, &writer(ask, request))?;
    Ok(deleted_reply(place.kind, deleted))
}

/// What is answered to a deletion: pods and what still goes as they are, everything else as a success.
fn deleted_reply(kind: Kind, deleted: Deleted) -> Reply {
    match deleted {
        Deleted::Going(object) => Reply::Object { code: 200, kind, object },
        Deleted::Gone(object) if kind == Kind::Pod => Reply::Object { code: 200, kind, object },
        Deleted::Gone(object) => {
            let info = kind.info();
            let mut details = json!({"name": fields::name(&object), "kind": info.plural, "uid": fields::uid(&object)});
            if !info.group.is_empty() {
                fields::put(&mut details, &["group"], info.group.into());
            }
            Reply::json(success(&details))
        }
    }
}

/// The `Status` of something that was done and has no object.
pub fn success(details: &Value) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details})
}

/// Deletes every object that a selector names.
pub fn delete_many(backend: &mut dyn Backend, place: &Place, ask: &Ask, request: &Request) -> Result<Reply, Status> {
    let filter = Filter::of(place, request)?;
    let how = deletion(&ask.body, request)?;
    let store = backend.store();
    let items: Vec<Arc<Value>> = filter.list(store).cloned().collect();
    for object in &items {
        store.delete(Key::of(place.kind, object), &how, &writer(ask, request))?;
    }
    let metadata = json!({"resourceVersion": store.revision().to_string()});
    Ok(Reply::List { kind: place.kind, metadata, items })
}

/// Reads `DeleteOptions`, from the body or the query.
pub fn deletion(options: &Value, request: &Request) -> Result<Deletion, Status> {
    let text = |pointer: &str| options.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let grace = match options.get("gracePeriodSeconds").and_then(Value::as_u64) {
        Some(seconds) => Some(seconds),
        None => request.number("gracePeriodSeconds")?,
    };
    let propagation = text("/propagationPolicy").or_else(|| request.query("propagationPolicy").map(str::to_owned));
    let propagation = match propagation.as_deref() {
        None | Some("Background") => Propagation::Background,
        Some("Foreground") => Propagation::Foreground,
        Some("Orphan") => Propagation::Orphan,
        Some(other) => {
            let message = format!(
                "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: {other:?}: supported \
                 values: \"Background\", \"Foreground\", \"Orphan\""
            );
            return Err(Status::plain(422, "Invalid", message));
        }
    };
    Ok(Deletion {
        uid: text("/preconditions/uid"),
        resource_version: text("/preconditions/resourceVersion"),
        grace,
        propagation,
    })
}
