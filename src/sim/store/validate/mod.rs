//! What an API server refuses to keep, in its words.

mod names;
mod pod;
mod service;
mod small;
mod workload;

use serde_json::Value;

use crate::sim::kind::Kind;
use crate::sim::status::{Cause, Status};
use crate::sim::store::fields;

/// Refuses an object that is not valid, alone or as a change of `old`.
///
/// # Errors
/// 422 with every cause.
pub fn check(kind: Kind, old: Option<&Value>, new: &Value) -> Result<(), Status> {
    let mut causes = Vec::new();
    names::check(kind, new, &mut causes);
    match kind {
        Kind::Pod => pod::check(old, new, &mut causes),
        Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet | Kind::DaemonSet => {
            workload::check(kind, old, new, &mut causes);
        }
        Kind::Service => service::check(old, new, &mut causes),
        Kind::ConfigMap | Kind::Secret => small::check_data(old, new, &mut causes),
        Kind::Lease => small::check_lease(new, &mut causes),
        Kind::HorizontalPodAutoscaler => small::check_autoscaler(new, &mut causes),
        Kind::PodDisruptionBudget => small::check_budget(new, &mut causes),
        Kind::EndpointSlice => immutable(old, new, &["addressType"], &mut causes),
        Kind::RoleBinding | Kind::ClusterRoleBinding => immutable(old, new, &["roleRef"], &mut causes),
        _ => (),
    }
    if causes.is_empty() { Ok(()) } else { Err(Status::invalid(kind, fields::name(new), &causes)) }
}

/// Refuses to change a field.
fn immutable(old: Option<&Value>, new: &Value, path: &[&str], causes: &mut Vec<Cause>) {
    let Some(old) = old else { return };
    let value = fields::get(new, path);
    if fields::get(old, path) != value {
        causes.push(Cause::invalid(&path.join("."), value.unwrap_or(&Value::Null), "field is immutable"));
    }
}

/// Refuses a whole number below the least that is allowed.
fn at_least(object: &Value, path: &[&str], least: i64, causes: &mut Vec<Cause>) {
    if let Some(value) = fields::get(object, path)
        && value.as_i64().is_some_and(|number| number < least)
    {
        let why = match least {
            1 => "must be greater than 0".to_owned(),
            least => format!("must be greater than or equal to {least}"),
        };
        causes.push(Cause::invalid(&path.join("."), value, &why));
    }
}
