//! Pods and their specs.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::sim::quantity::Quantity;
use crate::sim::status::Cause;
use crate::sim::store::fields::{self, items, text};

const FIXED: &str = "pod updates may not change fields other than `spec.containers[*].image`,\
    `spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),\
    `spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// Checks a pod, alone or as a change of `old`.
pub fn check(old: Option<&Value>, pod: &Value, causes: &mut Vec<Cause>) {
    let Some(old) = old else {
        check_spec(pod.get("spec").unwrap_or(&Value::Null), "spec", causes);
        return;
    };
    if what_stays(old) != what_stays(pod) {
        causes.push(Cause::forbidden("spec", FIXED));
    }
}

/// The spec of a pod without what may change while it lives.
fn what_stays(pod: &Value) -> Value {
    let mut spec = pod.get("spec").cloned().unwrap_or_default();
    for key in ["activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds"] {
        fields::take(&mut spec, &[key]);
    }
    for list in ["containers", "initContainers"] {
        if let Some(Value::Array(containers)) = spec.get_mut(list) {
            for container in containers {
                fields::take(container, &["image"]);
            }
        }
    }
    spec
}

/// Checks a pod's spec at the path where it stands.
pub fn check_spec(spec: &Value, at: &str, causes: &mut Vec<Cause>) {
    let containers = items(spec, "/containers");
    if containers.is_empty() {
        causes.push(Cause::required(&format!("{at}.containers"), ""));
    }
    let mut names = BTreeSet::new();
    for (place, container) in containers.iter().enumerate() {
        let here = format!("{at}.containers[{place}]");
        let name = text(container, "/name");
        if name.is_empty() {
            causes.push(Cause::required(&format!("{here}.name"), ""));
        } else if !names.insert(name) {
            causes.push(Cause::duplicate(&format!("{here}.name"), &json!(name)));
        }
        if text(container, "/image").is_empty() {
            causes.push(Cause::required(&format!("{here}.image"), ""));
        }
        check_ports(container, &here, causes);
        check_resources(container, &here, causes);
    }
}

fn check_ports(container: &Value, at: &str, causes: &mut Vec<Cause>) {
    for (place, port) in items(container, "/ports").iter().enumerate() {
        let number = port.get("containerPort").unwrap_or(&Value::Null);
        if !number.as_i64().is_some_and(|number| (1..=65_535).contains(&number)) {
            let field = format!("{at}.ports[{place}].containerPort");
            causes.push(Cause::invalid(&field, number, "must be between 1 and 65535, inclusive"));
        }
        if text(port, "/name").len() > 15 {
            let field = format!("{at}.ports[{place}].name");
            causes.push(Cause::invalid(&field, &json!(text(port, "/name")), "must be no more than 15 characters"));
        }
    }
}

fn check_resources(container: &Value, at: &str, causes: &mut Vec<Cause>) {
    let amounts = |which: &str| fields::get(container, &["resources", which]).and_then(Value::as_object);
    for (resource, amount) in amounts("requests").into_iter().flatten() {
        let Some(asked) = Quantity::of(amount) else {
            let why = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
            causes.push(Cause::invalid(&format!("{at}.resources.requests.{resource}"), amount, why));
            continue;
        };
        let limit = amounts("limits").and_then(|limits| limits.get(resource)).and_then(Quantity::of);
        if limit.is_some_and(|limit| asked > limit) {
            let why = format!("must be less than or equal to {resource} limit");
            causes.push(Cause::invalid(&format!("{at}.resources.requests"), amount, &why));
        }
    }
}
