//! What an API server fills in where an object says nothing.

mod pod;
mod service;

use serde_json::{Value, json};

use crate::sim::kind::Kind;
use crate::sim::store::Store;
use crate::sim::store::fields::{self, put, put_default, text};

/// Fills in what a new or changed object of this kind does not say.
pub fn fill(kind: Kind, object: &mut Value, store: &Store) {
    match kind {
        Kind::Namespace => namespace(object),
        Kind::Pod => {
            pod::fill_spec(object, &["spec"]);
            put_default(object, &["spec", "serviceAccountName"], "default");
            put_default(object, &["spec", "enableServiceLinks"], true);
        }
        Kind::Service => service::fill(object, store),
        Kind::Secret => put_default(object, &["type"], "Opaque"),
        Kind::Deployment => deployment(object),
        Kind::ReplicaSet => {
            put_default(object, &["spec", "replicas"], 1);
            pod::fill_spec(object, &["spec", "template", "spec"]);
        }
        Kind::StatefulSet => {
            put_default(object, &["spec", "replicas"], 1);
            put_default(object, &["spec", "podManagementPolicy"], "OrderedReady");
            put_default(object, &["spec", "updateStrategy", "type"], "RollingUpdate");
            put_default(object, &["spec", "revisionHistoryLimit"], 10);
            pod::fill_spec(object, &["spec", "template", "spec"]);
        }
        Kind::DaemonSet => {
            put_default(object, &["spec", "updateStrategy", "type"], "RollingUpdate");
            put_default(object, &["spec", "revisionHistoryLimit"], 10);
            pod::fill_spec(object, &["spec", "template", "spec"]);
        }
        Kind::Job => {
            put_default(object, &["spec", "backoffLimit"], 6);
            put_default(object, &["spec", "completions"], 1);
            put_default(object, &["spec", "parallelism"], 1);
            pod::fill_spec(object, &["spec", "template", "spec"]);
        }
        Kind::HorizontalPodAutoscaler => put_default(object, &["spec", "minReplicas"], 1),
        Kind::ClusterRoleBinding | Kind::RoleBinding => {
            put_default(object, &["roleRef", "apiGroup"], "rbac.authorization.k8s.io");
        }
        Kind::ValidatingAdmissionPolicy => put_default(object, &["spec", "failurePolicy"], "Fail"),
        _ => (),
    }
}

/// Takes over from the old version of an object what a change may leave out without meaning to take it away.
pub fn carry(kind: Kind, old: &Value, new: &mut Value) {
    if kind == Kind::Service {
        service::carry_addresses(old, new);
    }
}

/// The status that a new object has before any controller has seen it; `None`: an empty one or none.
pub fn first_status(kind: Kind, object: &Value) -> Option<Value> {
    match kind {
        Kind::Namespace => Some(json!({"phase": "Active"})),
        Kind::Pod => Some(json!({"phase": "Pending", "qosClass": pod::quality(object)})),
        Kind::Service => Some(json!({"loadBalancer": {}})),
        Kind::ResourceQuota | Kind::ValidatingAdmissionPolicy => Some(json!({})),
        Kind::Deployment | Kind::DaemonSet | Kind::Job => Some(json!({})),
        Kind::ReplicaSet | Kind::StatefulSet => Some(json!({"replicas": 0})),
        Kind::HorizontalPodAutoscaler => Some(json!({"desiredReplicas": 0})),
        Kind::PodDisruptionBudget => {
            Some(json!({"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0}))
        }
        _ => None,
    }
}

fn namespace(object: &mut Value) {
    let name = fields::name(object).to_owned();
    put_default(object, &["metadata", "labels", "kubernetes.io/metadata.name"], name);
    put_default(object, &["spec", "finalizers"], json!(["kubernetes"]));
}

fn deployment(object: &mut Value) {
    put_default(object, &["spec", "replicas"], 1);
    put_default(object, &["spec", "revisionHistoryLimit"], 10);
    put_default(object, &["spec", "progressDeadlineSeconds"], 600);
    put_default(object, &["spec", "strategy", "type"], "RollingUpdate");
    if text(object, "/spec/strategy/type") == "RollingUpdate" {
        put_default(object, &["spec", "strategy", "rollingUpdate", "maxSurge"], "25%");
        put_default(object, &["spec", "strategy", "rollingUpdate", "maxUnavailable"], "25%");
    }
    pod::fill_spec(object, &["spec", "template", "spec"]);
    // The creation time of a template means nothing, and clients send it as null or leave it out.
    fields::take(object, &["spec", "template", "metadata", "creationTimestamp"]);
    if object.pointer("/spec/template/metadata").is_none() {
        put(object, &["spec", "template", "metadata"], json!({}));
    }
}
