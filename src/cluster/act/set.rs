//! A Deployment beside stable: what it is made of, its size, and whether it is tied to stable.

use serde_json::{Map, Value, json};

use super::edit::Edit;
use super::fence::Epoch;
use super::object::Object;
use super::outcome::Stop;
use crate::cluster::beside::Beside;
use crate::cluster::flight;
use crate::cluster::marks;
use crate::cluster::rest::DEPLOYMENTS;
use crate::cluster::template;
use crate::core::act::ActFault;
use crate::core::plan::{Plan, Workload};

/// A canary or a baseline as it is created: stable's selector and its template, both with our key; metadata of ours alone; no
/// pods yet.
///
/// # Errors
/// What undoes the release does not fit into annotations.
pub fn body(which: Beside, plan: &Plan, workload: &Workload, stable: &Object, epoch: &Epoch) -> Result<Value, Stop> {
    let mut spec = json!({
        "replicas": 0,
        "selector": selector(stable, which.track()),
        "template": which.template(workload),
    });
    // How long a pod must be Ready to count, and when its controller complains, are stable's to say.
    for same in ["minReadySeconds", "progressDeadlineSeconds"] {
        if let (Some(value), Some(spec)) = (stable.at("/spec").and_then(|spec| spec.get(same)), spec.as_object_mut()) {
            spec.insert(same.to_owned(), value.clone());
        }
    }
    Ok(json!({
        "apiVersion": DEPLOYMENTS.api_version(),
        "kind": DEPLOYMENTS.kind,
        "metadata": {
            "name": which.name(workload),
            "namespace": plan.namespace,
            "labels": { marks::MANAGED_BY: marks::FIELD_MANAGER },
            "annotations": annotations(which, plan, workload, epoch)?,
            "ownerReferences": [owner(workload)],
        },
        "spec": spec,
    }))
}

/// The API server takes 256 KiB of annotations an object; this leaves room for others.
const LARGEST: usize = 240 * 1024;

/// The canary alone says how everything is undone; a baseline says whose it is.
fn annotations(which: Beside, plan: &Plan, workload: &Workload, epoch: &Epoch) -> Result<Value, Stop> {
    if which == Beside::Baseline {
        return Ok(json!({ marks::EPOCH: epoch.to_string(), marks::RELEASE: plan.release }));
    }
    let flight = flight::note(plan, workload);
    let stable = workload.stable_template.to_string();
    if flight.len() + stable.len() > LARGEST {
        let why = format!("the pod template of {} is too large to be recorded on its canary", workload.name);
        return Err(Stop::new(ActFault::Rejected, why));
    }
    Ok(json!({
        marks::EPOCH: epoch.to_string(),
        marks::RELEASE: plan.release,
        marks::FLIGHT: flight,
        marks::STABLE_TEMPLATE: stable,
    }))
}

/// Stable's selector with our key.
fn selector(stable: &Object, track: &str) -> Value {
    let mut selector = stable.at("/spec/selector").cloned().unwrap_or_else(|| json!({}));
    if let Some(selector) = selector.as_object_mut() {
        let labels = selector.entry("matchLabels").or_insert_with(|| Value::Object(Map::new()));
        if let Some(labels) = labels.as_object_mut() {
            labels.insert(marks::TRACK.to_owned(), track.into());
        }
    }
    selector
}

/// The reference that lets garbage collection clean up; it makes stable no controller of it.
fn owner(workload: &Workload) -> Value {
    json!({
        "apiVersion": DEPLOYMENTS.api_version(), "kind": DEPLOYMENTS.kind,
        "name": workload.name, "uid": workload.uid, "controller": false, "blockOwnerDeletion": false,
    })
}

/// Gives it this many pods. `None`: it has them. Only a release that is given up takes them all away, and the canary
/// says so from then on: no state has to be written for another driver to know.
pub fn scale(canary: &Object, replicas: u32) -> Option<Edit> {
    let now = canary.at("/spec/replicas").and_then(Value::as_u64);
    let wanted = u64::from(replicas);
    // A step up that was long on its way must not land on what a rollback has emptied meanwhile; a step back always may. The
    // generation rises with every change of the spec and with nothing else.
    let generation = canary.at("/metadata/generation").filter(|_| now.is_none_or(|now| now < wanted));
    let as_read = generation.map_or_else(Edit::new, |read| Edit::new().test(&["metadata", "generation"], read.clone()));
    let edit = as_read.set(&["spec", "replicas"], replicas);
    let edit = if replicas == 0 { edit.annotate(marks::GOING_BACK, "true") } else { edit };
    (now != Some(wanted)).then_some(edit)
}

/// Drops the reference to stable. `None`: there is none.
pub fn drop_owner(canary: &Object, workload: &Workload) -> Option<Edit> {
    let place = owners(canary).position(|owner| template::text(owner, "uid") == Some(&workload.uid))?;
    let place = place.to_string();
    let edit = Edit::new().test(&["metadata", "ownerReferences", &place, "uid"], workload.uid.as_str());
    Some(edit.remove(&["metadata", "ownerReferences", &place]))
}

/// Gives the reference back. `None`: it is there.
pub fn take_owner(canary: &Object, workload: &Workload) -> Option<Edit> {
    if owners(canary).any(|owner| template::text(owner, "uid") == Some(&workload.uid)) {
        return None;
    }
    let edit = Edit::new();
    Some(match owners(canary).count() {
        0 => edit.set(&["metadata", "ownerReferences"], json!([owner(workload)])),
        _ => edit.set(&["metadata", "ownerReferences", "-"], owner(workload)),
    })
}

fn owners(canary: &Object) -> impl Iterator<Item = &Value> {
    template::list(canary.body(), "/metadata/ownerReferences")
}
