//! Whether a second set of pods can run beside the first, and would be found by what looks for them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::cluster::labels::includes;
use crate::cluster::marks;
use crate::cluster::plan::metrics::number;
use crate::cluster::plan::scene::claimed;
use crate::cluster::seen::{Claim, Deployment, Service};
use crate::cluster::template::{self, list, text};
use crate::core::problem::Problem;
use crate::core::text::neutral;

/// No port of the node and no volume that only one node or pod may have.
///
/// # Errors
/// There is one.
pub fn can_run_twice(workload: &str, template: &Value, claims: &BTreeMap<String, Claim>) -> Result<(), Problem> {
    let alone = |what: String| {
        let workload = neutral(workload);
        Err(Problem::user(format!("a second set of pods of {workload} cannot run beside the first: {what}"))
            .hint("such a workload cannot have a canary; use a rolling update"))
    };
    if template.pointer("/spec/hostNetwork").and_then(Value::as_bool) == Some(true) {
        return alone("they use the network of their node".to_owned());
    }
    let ports = template::containers(template).flat_map(|container| list(container, "/ports"));
    if let Some(port) = ports.filter_map(|port| port.get("hostPort")?.as_u64()).find(|port| *port > 0) {
        return alone(format!("they use port {port} of their node"));
    }
    let exclusive = |name: &&str| {
        let modes = claims.get(*name).map(|claim| claim.spec.access_modes.as_slice()).unwrap_or_default();
        !modes.is_empty() && !modes.iter().any(|mode| mode == "ReadWriteMany" || mode == "ReadOnlyMany")
    };
    match claimed(template).find(exclusive) {
        Some(claim) => alone(format!("volume claim {} can be mounted only once", neutral(claim))),
        None => Ok(()),
    }
}

/// The new pods have the labels that their Deployment selects by.
///
/// # Errors
/// They have not.
pub fn fit_the_selector(deployment: &Deployment, template: &Value) -> Result<(), Problem> {
    if deployment.spec.selector.matches(&template::labels(template)) {
        return Ok(());
    }
    let (name, selector) = (neutral(&deployment.metadata.name), neutral(&deployment.spec.selector.query()));
    Err(Problem::user(format!("the labels of the new pod template miss the selector of Deployment {name}: {selector}"))
        .hint("add the labels to spec.template.metadata.labels"))
}

/// The new pods are found by the Service, under every port.
///
/// # Errors
/// A label or a named port is missing.
pub fn fit_the_service(workload: &str, service: &Service, template: &Value) -> Result<(), Problem> {
    let name = neutral(&service.metadata.name);
    let mut selector = service.spec.selector.clone();
    selector.remove(marks::TRACK);
    if !includes(&template::labels(template), &selector) {
        let selector: Vec<String> = selector.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let what = format!(
            "the labels of the new pods of {workload} miss the selector of Service {name}: {}",
            selector.join(",")
        );
        return Err(Problem::user(neutral(&what)).hint("add the labels to spec.template.metadata.labels"));
    }
    let targets = service.spec.ports.iter().filter_map(|port| port.target_name());
    match targets.into_iter().find(|target| number(template, target).is_none()) {
        None => Ok(()),
        Some(target) => {
            let there = template::running(template).flat_map(|container| list(container, "/ports"));
            let there: Vec<&str> = there.filter_map(|port| text(port, "name")).collect();
            let what = format!("the new pods of {workload} have no port named {target}, to which Service {name} sends");
            Err(Problem::user(neutral(&what))
                .hint(format!("named ports in the new template: {}", neutral(&there.join(", ")))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pods(change: Value) -> Value {
        let mut whole = json!({
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "ports": [{"name": "http", "containerPort": 80}]}]},
        });
        json_patch::merge(&mut whole, &change);
        whole
    }

    fn claims(mode: &str) -> BTreeMap<String, Claim> {
        let claim = serde_json::from_value(json!({"spec": {"accessModes": [mode]}})).expect("a claim");
        [("data".to_owned(), claim)].into()
    }

    fn service(target: Value) -> Service {
        serde_json::from_value(json!({
            "metadata": {"name": "web"},
            "spec": {"selector": {"app": "web", marks::TRACK: "canary"}, "ports": [{"port": 80, "targetPort": target}]},
        }))
        .expect("a Service")
    }

    #[test]
    fn what_only_one_set_can_have_is_refused() {
        let none = BTreeMap::new();
        assert_eq!(can_run_twice("web", &pods(json!({})), &none), Ok(()));
        assert!(can_run_twice("web", &pods(json!({"spec": {"hostNetwork": true}})), &none).is_err());
        let port =
            pods(json!({"spec": {"containers": [{"name": "web", "ports": [{"containerPort": 80, "hostPort": 80}]}]}}));
        assert!(can_run_twice("web", &port, &none).expect_err("a port").what.contains("port 80 of their node"));
        let volume =
            pods(json!({"spec": {"volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "data"}}]}}));
        for (mode, runs) in
            [("ReadWriteOnce", false), ("ReadWriteOncePod", false), ("ReadWriteMany", true), ("ReadOnlyMany", true)]
        {
            assert_eq!(can_run_twice("web", &volume, &claims(mode)).is_ok(), runs, "{mode}");
        }
        assert_eq!(can_run_twice("web", &volume, &none), Ok(()));
    }

    #[test]
    fn labels_that_miss_a_selector_are_refused() {
        let deployment: Deployment = serde_json::from_value(json!({
            "metadata": {"name": "web"}, "spec": {"selector": {"matchLabels": {"app": "web"}}}}))
        .expect("a Deployment");
        let other = pods(json!({"metadata": {"labels": {"app": "other"}}}));
        assert_eq!(fit_the_selector(&deployment, &pods(json!({}))), Ok(()));
        assert!(fit_the_selector(&deployment, &other).expect_err("it misses").what.contains("app=web"));
        assert!(
            fit_the_service("web", &service(json!(80)), &other).expect_err("it misses").what.contains("Service web")
        );
    }

    #[test]
    fn a_named_port_that_the_new_pods_lack_is_refused() {
        assert_eq!(fit_the_service("web", &service(json!("http")), &pods(json!({}))), Ok(()));
        assert_eq!(fit_the_service("web", &service(json!(8080)), &pods(json!({}))), Ok(()));
        let problem = fit_the_service("web", &service(json!("grpc")), &pods(json!({}))).expect_err("no such port");
        assert!(problem.to_string().contains("no port named grpc") && problem.to_string().contains("http"));
    }
}
