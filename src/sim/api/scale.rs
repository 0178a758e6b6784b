//! `/scale`: the number of pods of a workload, apart from everything else.

use serde_json::{Map, Value, json};

use crate::sim::api::change::{read_patch, writer};
use crate::sim::api::reply::Reply;
use crate::sim::api::request::Request;
use crate::sim::api::route::Place;
use crate::sim::backend::{Ask, Backend, Verb};
use crate::sim::status::Status;
use crate::sim::store::fields::{self, text};
use crate::sim::store::patch::Patch;
use crate::sim::store::write::{Key, Part};

/// Answers a request for `/scale`.
pub fn answer(backend: &mut dyn Backend, place: &Place, ask: &Ask, request: &Request) -> Result<Reply, Status> {
    if !place.kind.info().scale {
        return Err(Status::no_such_path());
    }
    let store = backend.store();
    let found = store.get(place.kind, &place.namespace, &place.name).cloned();
    let object = found.ok_or_else(|| Status::not_found(place.kind, &place.name))?;
    let wanted = match ask.verb {
        Verb::Get => return Ok(Reply::json(scale_of(&object))),
        Verb::Update => ask.body.clone(),
        Verb::Patch => read_patch(ask, request)?.apply(&scale_of(&object))?,
        _ => return Err(Status::method_not_allowed()),
    };
    // The version goes along, so that a stale one is a conflict here as anywhere.
    let mut patch =
        json!({"spec": {"replicas": wanted.pointer("/spec/replicas").cloned().unwrap_or_else(|| json!(0))}});
    for key in ["resourceVersion", "uid"] {
        let said = text(&wanted, &format!("/metadata/{key}"));
        if !said.is_empty() {
            fields::put(&mut patch, &["metadata", key], said.into());
        }
    }
    let key = Key::new(place.kind, &place.namespace, &place.name);
    let scaled = store.patch(key, &Patch::Merge(patch), Part::Main, &writer(ask, request))?;
    Ok(Reply::json(scale_of(&scaled)))
}

fn scale_of(object: &Value) -> Value {
    let mut metadata = Map::new();
    for key in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        if let Some(value) = fields::get(object, &["metadata", key]) {
            metadata.insert(key.to_owned(), value.clone());
        }
    }
    let number = |pointer: &str| object.pointer(pointer).and_then(Value::as_i64).unwrap_or(0);
    let labels = object.pointer("/spec/selector/matchLabels").and_then(Value::as_object);
    let pairs =
        labels.into_iter().flatten().map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()));
    json!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": metadata,
        "spec": {"replicas": number("/spec/replicas")},
        "status": {"replicas": number("/status/replicas"), "selector": pairs.collect::<Vec<_>>().join(",")},
    })
}
