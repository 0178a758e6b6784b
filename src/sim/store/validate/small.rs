//! Kinds with a rule or two.

use serde_json::{Value, json};

use crate::sim::status::Cause;
use crate::sim::store::fields::{get, text};
use crate::sim::store::validate::at_least;

/// All values of a ConfigMap or a Secret together, in bytes.
const MOST_DATA: usize = 1024 * 1024;

/// Checks a ConfigMap or a Secret.
pub fn check_data(old: Option<&Value>, new: &Value, causes: &mut Vec<Cause>) {
    let mut size = 0;
    for field in ["data", "binaryData"] {
        for (key, value) in new.get(field).and_then(Value::as_object).into_iter().flatten() {
            size += value.as_str().map_or(0, str::len);
            if key.is_empty() || !key.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_.".contains(&c)) {
                let why = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or \
                    'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
                causes.push(Cause::invalid(&format!("{field}[{key}]"), &json!(key), why));
            }
        }
    }
    if size > MOST_DATA {
        causes.push(Cause::too_long("data", MOST_DATA));
    }
    let frozen = old.filter(|old| old.get("immutable") == Some(&Value::Bool(true)));
    if frozen.is_some_and(|old| old.get("data") != new.get("data") || old.get("immutable") != new.get("immutable")) {
        causes.push(Cause::forbidden("data", "field is immutable when `immutable` is set"));
    }
}

/// Checks a Lease.
pub fn check_lease(lease: &Value, causes: &mut Vec<Cause>) {
    at_least(lease, &["spec", "leaseDurationSeconds"], 1, causes);
    at_least(lease, &["spec", "leaseTransitions"], 0, causes);
    if get(lease, &["spec", "holderIdentity"]).and_then(Value::as_str) == Some("") {
        causes.push(Cause::invalid("spec.holderIdentity", &json!(""), "must not be empty"));
    }
}

/// Checks a HorizontalPodAutoscaler.
pub fn check_autoscaler(autoscaler: &Value, causes: &mut Vec<Cause>) {
    at_least(autoscaler, &["spec", "minReplicas"], 1, causes);
    at_least(autoscaler, &["spec", "maxReplicas"], 1, causes);
    let number = |field: &str| get(autoscaler, &["spec", field]).and_then(Value::as_i64);
    if let (Some(least), Some(most)) = (number("minReplicas"), number("maxReplicas"))
        && most < least
    {
        let why = "must be greater than or equal to `minReplicas`";
        causes.push(Cause::invalid("spec.maxReplicas", &json!(most), why));
    }
    for part in ["kind", "name"] {
        if text(autoscaler, &format!("/spec/scaleTargetRef/{part}")).is_empty() {
            causes.push(Cause::required(&format!("spec.scaleTargetRef.{part}"), ""));
        }
    }
}

/// Checks a PodDisruptionBudget.
pub fn check_budget(budget: &Value, causes: &mut Vec<Cause>) {
    let spec = budget.get("spec").unwrap_or(&Value::Null);
    if spec.get("minAvailable").is_some() && spec.get("maxUnavailable").is_some() {
        causes.push(Cause::invalid("spec", spec, "minAvailable and maxUnavailable cannot be both set"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_autoscaler_needs_a_range_and_a_target() {
        let mut causes = Vec::new();
        let target = json!({"kind": "Deployment", "name": "web"});
        check_autoscaler(&json!({"spec": {"minReplicas": 3, "maxReplicas": 2, "scaleTargetRef": target}}), &mut causes);
        assert_eq!(causes.len(), 1);
    }

    #[test]
    fn a_configmap_has_a_size_and_may_be_frozen() {
        let mut causes = Vec::new();
        check_data(None, &json!({"data": {"a": "x".repeat(MOST_DATA + 1), "b c": ""}}), &mut causes);
        assert_eq!(causes.len(), 2);
        let frozen = json!({"immutable": true, "data": {"a": "1"}});
        check_data(Some(&frozen), &json!({"immutable": true, "data": {"a": "2"}}), &mut causes);
        assert_eq!(causes.len(), 3);
    }
}
