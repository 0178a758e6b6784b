//! What is done to pods alone: binding them to a node, and evicting them if their budgets allow it.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::sim::api::change::{deletion, success, writer};
use crate::sim::api::reply::Reply;
use crate::sim::api::request::Request;
use crate::sim::api::route::Place;
use crate::sim::backend::{Ask, Backend};
use crate::sim::kind::Kind;
use crate::sim::selector::Selector;
use crate::sim::status::Status;
use crate::sim::store::fields::{self, put, stamp, text};
use crate::sim::store::write::Key;

/// Binds a pod to the node that the body names.
pub fn bind(backend: &mut dyn Backend, place: &Place, ask: &Ask, request: &Request) -> Result<Reply, Status> {
    let node = text(&ask.body, "/target/name").to_owned();
    let store = backend.store();
    let pod = pod(store.get(Kind::Pod, &place.namespace, &place.name), place)?;
    if node.is_empty() {
        return Err(Status::bad_request("target.name is required"));
    }
    if !text(&pod, "/spec/nodeName").is_empty() {
        let why = format!("pod {} is already assigned to node {:?}", place.name, text(&pod, "/spec/nodeName"));
        return Err(Status::conflict(Kind::Pod, &place.name, &why));
    }
    let since = stamp(store.now());
    store.mutate(Key::of(Kind::Pod, &pod), &writer(ask, request), |pod| {
        put(pod, &["spec", "nodeName"], node.into());
        let scheduled = json!({"type": "PodScheduled", "status": "True", "lastTransitionTime": since});
        put(pod, &["status", "conditions"], json!([scheduled]));
    })?;
    Ok(Reply::Json { code: 201, content_type: "application/json", value: success(&json!({})) })
}

/// Evicts a pod: a deletion that its disruption budgets have to allow.
pub fn evict(backend: &mut dyn Backend, place: &Place, ask: &Ask, request: &Request) -> Result<Reply, Status> {
    let how = deletion(ask.body.get("deleteOptions").unwrap_or(&Value::Null), request)?;
    let store = backend.store();
    let pod = pod(store.get(Kind::Pod, &place.namespace, &place.name), place)?;
    let budgets: Vec<Arc<Value>> = store
        .list(Kind::PodDisruptionBudget, Some(&place.namespace))
        .filter(|budget| Selector::of(budget.pointer("/spec/selector").unwrap_or(&Value::Null)).matches(&pod))
        .cloned()
        .collect();
    if let Some(exhausted) = budgets.iter().find(|budget| number(budget, "disruptionsAllowed") <= 0) {
        return Err(violates(exhausted));
    }
    let (writer, at) = (writer(ask, request), stamp(store.now()));
    for budget in &budgets {
        // The controller counts anew soon; until then the next eviction must already see this one.
        store.mutate(Key::of(Kind::PodDisruptionBudget, budget), &writer, |budget| {
            let left = number(budget, "disruptionsAllowed") - 1;
            put(budget, &["status", "disruptionsAllowed"], left.into());
            put(budget, &["status", "disruptedPods", &place.name], at.as_str().into());
        })?;
    }
    store.delete(Key::of(Kind::Pod, &pod), &how, &writer)?;
    Ok(Reply::Json { code: 201, content_type: "application/json", value: success(&json!({})) })
}

fn pod(found: Option<&Arc<Value>>, place: &Place) -> Result<Arc<Value>, Status> {
    found.cloned().ok_or_else(|| Status::not_found(Kind::Pod, &place.name))
}

fn number(budget: &Value, field: &str) -> i64 {
    fields::get(budget, &["status", field]).and_then(Value::as_i64).unwrap_or(0)
}

fn violates(budget: &Value) -> Status {
    let message = format!(
        "The disruption budget {} needs {} healthy pods and has {} currently",
        fields::name(budget),
        number(budget, "desiredHealthy"),
        number(budget, "currentHealthy")
    );
    let words = "Cannot evict pod as it would violate the pod's disruption budget.";
    let mut status = Status::plain(429, "TooManyRequests", words);
    status.details = json!({"causes": [{"reason": "DisruptionBudget", "message": message}]});
    status
}
