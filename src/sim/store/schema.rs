//! What an API server does to an object on its way in: it knows the fields of each kind and their types, and forgets
//! every other.

use k8s_openapi::api::{
    admissionregistration::v1 as admission, apps::v1 as apps, autoscaling::v2 as autoscaling, batch::v1 as batch,
    coordination::v1 as coordination, core::v1 as core, discovery::v1 as discovery, policy::v1 as policy,
    rbac::v1 as rbac,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::sim::kind::Kind;
use crate::sim::status::Status;

/// Maps whose values are quantities: a plain number is allowed there, and becomes text.
const QUANTITIES: [&str; 6] = ["limits", "requests", "hard", "used", "capacity", "allocatable"];

/// The object with the fields that its kind has.
///
/// # Errors
/// 400 where a field has the wrong type, and, if `strict`, where one does not exist.
pub fn read(kind: Kind, mut object: Value, strict: bool) -> Result<Value, Status> {
    spell_quantities(&mut object);
    let known = typed(kind, object.clone()).map_err(|why| {
        let (name, version) = (kind.info().name, kind.info().version);
        Status::bad_request(format!("{name} in version {version:?} cannot be handled as a {name}: {why}"))
    })?;
    if strict {
        let mut unknown = Vec::new();
        compare(&object, &known, "", &mut unknown);
        if !unknown.is_empty() {
            let list: Vec<String> = unknown.iter().map(|path| format!("unknown field {path:?}")).collect();
            return Err(Status::bad_request(format!("strict decoding error: {}", list.join(", "))));
        }
    }
    Ok(known)
}

fn typed(kind: Kind, object: Value) -> serde_json::Result<Value> {
    let read = match kind {
        Kind::Namespace => round::<core::Namespace>,
        Kind::Node => round::<core::Node>,
        Kind::Pod => round::<core::Pod>,
        Kind::Service => round::<core::Service>,
        Kind::ConfigMap => round::<core::ConfigMap>,
        Kind::Secret => round::<core::Secret>,
        Kind::Event => round::<core::Event>,
        Kind::ServiceAccount => round::<core::ServiceAccount>,
        Kind::ResourceQuota => round::<core::ResourceQuota>,
        Kind::LimitRange => round::<core::LimitRange>,
        Kind::PersistentVolumeClaim => round::<core::PersistentVolumeClaim>,
        Kind::Deployment => round::<apps::Deployment>,
        Kind::ReplicaSet => round::<apps::ReplicaSet>,
        Kind::StatefulSet => round::<apps::StatefulSet>,
        Kind::DaemonSet => round::<apps::DaemonSet>,
        Kind::Job => round::<batch::Job>,
        Kind::EndpointSlice => round::<discovery::EndpointSlice>,
        Kind::HorizontalPodAutoscaler => round::<autoscaling::HorizontalPodAutoscaler>,
        Kind::PodDisruptionBudget => round::<policy::PodDisruptionBudget>,
        Kind::Lease => round::<coordination::Lease>,
        Kind::Role => round::<rbac::Role>,
        Kind::RoleBinding => round::<rbac::RoleBinding>,
        Kind::ClusterRole => round::<rbac::ClusterRole>,
        Kind::ClusterRoleBinding => round::<rbac::ClusterRoleBinding>,
        Kind::ValidatingAdmissionPolicy => round::<admission::ValidatingAdmissionPolicy>,
        Kind::ValidatingAdmissionPolicyBinding => round::<admission::ValidatingAdmissionPolicyBinding>,
    };
    read(object)
}

fn round<T: DeserializeOwned + Serialize>(object: Value) -> serde_json::Result<Value> {
    serde_json::to_value(serde_json::from_value::<T>(object)?)
}

fn spell_quantities(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, below) in map {
                match below {
                    Value::Object(amounts) if QUANTITIES.contains(&key.as_str()) => {
                        for amount in amounts.values_mut().filter(|amount| amount.is_number()) {
                            *amount = amount.to_string().into();
                        }
                    }
                    below => spell_quantities(below),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(spell_quantities),
        _ => (),
    }
}

/// Collects the paths of `given` that `known` lacks.
fn compare(given: &Value, known: &Value, path: &str, unknown: &mut Vec<String>) {
    match (given, known) {
        (Value::Object(given), Value::Object(known)) => {
            for (key, value) in given.iter().filter(|(_, value)| !value.is_null()) {
                let here = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                match known.get(key) {
                    Some(below) => compare(value, below, &here, unknown),
                    None => unknown.push(here),
                }
            }
        }
        (Value::Array(given), Value::Array(known)) => {
            for (place, (given, known)) in given.iter().zip(known).enumerate() {
                compare(given, known, &format!("{path}[{place}]"), unknown);
            }
        }
        _ => (),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn unknown_fields_are_forgotten_or_refused() {
        let pod = json!({"metadata": {"name": "x"}, "spec": {"containers": [{"name": "a", "imege": "b"}]}});
        let known = read(Kind::Pod, pod.clone(), false).expect("forgotten");
        assert_eq!(known.pointer("/spec/containers/0"), Some(&json!({"name": "a"})));
        let refused = read(Kind::Pod, pod, true).expect_err("refused");
        assert_eq!(refused.message, r#"strict decoding error: unknown field "spec.containers[0].imege""#);
    }

    #[test]
    fn types_are_checked_and_quantities_may_be_numbers() {
        let wrong = json!({"spec": {"replicas": "three", "selector": {}, "template": {}}});
        assert_eq!(read(Kind::Deployment, wrong, false).expect_err("a word").code, 400);
        let quota = json!({"spec": {"hard": {"pods": 10}}});
        let read = read(Kind::ResourceQuota, quota, true).expect("a number");
        assert_eq!(read.pointer("/spec/hard/pods"), Some(&json!("10")));
    }
}
