//! How long what routes to pods needs to notice a change of endpoints.

use std::time::Duration;

use serde_json::Value;

use super::scene::Scene;
use crate::cluster::seen::{Ingress, Service};
use crate::cluster::template::list;
use crate::core::plan::{PROXIES, ServicePlan};
use crate::core::text::neutral;

/// Annotations by which a cloud's load balancer is told to send straight to pod addresses, with their values.
const STRAIGHT_TO_PODS: [(&str, &str); 2] = [
    ("service.beta.kubernetes.io/aws-load-balancer-nlb-target-type", "ip"),
    ("service.beta.kubernetes.io/aws-load-balancer-type", "nlb-ip"),
];

const NEG: &str = "cloud.google.com/neg";
const INGRESS_TARGET: &str = "alb.ingress.kubernetes.io/target-type";

/// A Service of the flight; `outside` is how long something outside the cluster needs.
pub fn plan(scene: &Scene, service: &Service, template: &Value, outside: Duration) -> ServicePlan {
    let why = router(scene, service, template);
    let settle = if why.is_some() { outside.max(PROXIES) } else { PROXIES };
    ServicePlan { name: service.metadata.name.clone(), settle, settle_why: why }
}

/// What routes to the addresses of the pods from outside the cluster, in a few words.
fn router(scene: &Scene, service: &Service, template: &Value) -> Option<String> {
    let name = service.metadata.name.as_str();
    if service.metadata.annotation(NEG).is_some() {
        return Some(format!("{NEG} routes to pod addresses"));
    }
    let straight = |(key, value): &&(&str, &str)| service.metadata.annotation(key) == Some(value);
    if STRAIGHT_TO_PODS.iter().any(|pair| straight(&pair)) {
        return Some("a load balancer with target type ip routes to pod addresses".to_owned());
    }
    if let Some(ingress) = scene.ingresses.iter().find(|ingress| routes_to(ingress, name)) {
        return Some(format!(
            "Ingress {} with target type ip routes to pod addresses",
            neutral(&ingress.metadata.name)
        ));
    }
    if scene.bindings.iter().any(|binding| binding.spec.service_ref.name == name) {
        return Some("a TargetGroupBinding routes to pod addresses".to_owned());
    }
    let gated = list(template, "/spec/readinessGates").next().is_some();
    gated.then(|| "the pods have readiness gates, so something outside the cluster follows them".to_owned())
}

fn routes_to(ingress: &Ingress, service: &str) -> bool {
    if ingress.metadata.annotation(INGRESS_TARGET) != Some("ip") {
        return false;
    }
    let default = ingress.spec.pointer("/defaultBackend/service/name");
    let paths = list(&ingress.spec, "/rules").flat_map(|rule| list(rule, "/http/paths"));
    let named = paths.filter_map(|path| path.pointer("/backend/service/name")).chain(default);
    named.filter_map(Value::as_str).any(|name| name == service)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const OUTSIDE: Duration = Duration::from_secs(60);

    fn service(annotations: Value) -> Service {
        serde_json::from_value(json!({"metadata": {"name": "web", "annotations": annotations}})).expect("a Service")
    }

    #[test]
    fn inside_the_cluster_two_seconds_do() {
        let plan = plan(&Scene::default(), &service(json!({})), &json!({}), OUTSIDE);
        assert_eq!((plan.settle, plan.settle_why), (PROXIES, None));
    }

    #[test]
    fn whatever_routes_to_pod_addresses_from_outside_needs_longer() {
        let none = Scene::default();
        let ingress: Ingress = serde_json::from_value(json!({
            "metadata": {"name": "edge", "annotations": {INGRESS_TARGET: "ip"}},
            "spec": {"rules": [{"http": {"paths": [{"backend": {"service": {"name": "web"}}}]}}]},
        }))
        .expect("an Ingress");
        let binding =
            serde_json::from_value(json!({"spec": {"serviceRef": {"name": "web", "port": 80}}})).expect("a binding");
        let gates = json!({"spec": {"readinessGates": [{"conditionType": "lb"}]}});
        let plain = service(json!({}));
        for (case, plan) in [
            ("neg", plan(&none, &service(json!({NEG: "{}"})), &json!({}), OUTSIDE)),
            ("nlb", plan(&none, &service(json!({STRAIGHT_TO_PODS[0].0: "ip"})), &json!({}), OUTSIDE)),
            ("ingress", plan(&Scene { ingresses: vec![ingress], ..Scene::default() }, &plain, &json!({}), OUTSIDE)),
            ("binding", plan(&Scene { bindings: vec![binding], ..Scene::default() }, &plain, &json!({}), OUTSIDE)),
            ("gates", plan(&none, &plain, &gates, OUTSIDE)),
        ] {
            assert_eq!(plan.settle, OUTSIDE, "{case}");
            assert!(plan.settle_why.is_some(), "{case}");
        }
    }
}
