//! Defaults of a pod's spec, wherever it stands.

use serde_json::{Map, Value, json};

use crate::sim::store::fields::{self, put_default};

/// Fills in the pod spec at a path; nothing where there is none.
pub fn fill_spec(object: &mut Value, path: &[&str]) {
    let mut at = object;
    for key in path {
        let Some(below) = at.get_mut(*key) else { return };
        at = below;
    }
    let spec = at;
    put_default(spec, &["restartPolicy"], "Always");
    put_default(spec, &["dnsPolicy"], "ClusterFirst");
    put_default(spec, &["schedulerName"], "default-scheduler");
    put_default(spec, &["terminationGracePeriodSeconds"], 30);
    put_default(spec, &["securityContext"], json!({}));
    for list in ["containers", "initContainers"] {
        if let Some(Value::Array(containers)) = spec.get_mut(list) {
            containers.iter_mut().for_each(fill_container);
        }
    }
    if let Some(Value::Array(volumes)) = spec.get_mut("volumes") {
        for volume in volumes {
            for source in ["configMap", "secret", "projected", "downwardAPI"] {
                if volume.get(source).is_some() {
                    put_default(volume, &[source, "defaultMode"], 420);
                }
            }
        }
    }
}

fn fill_container(container: &mut Value) {
    let image = container.get("image").and_then(Value::as_str).unwrap_or_default();
    let policy = if names_latest(image) { "Always" } else { "IfNotPresent" };
    put_default(container, &["imagePullPolicy"], policy);
    put_default(container, &["terminationMessagePath"], "/dev/termination-log");
    put_default(container, &["terminationMessagePolicy"], "File");
    put_default(container, &["resources"], json!({}));
    if let Some(Value::Array(ports)) = container.get_mut("ports") {
        ports.iter_mut().for_each(|port| put_default(port, &["protocol"], "TCP"));
    }
    if let Some(Value::Array(variables)) = container.get_mut("env") {
        for variable in variables.iter_mut().filter(|one| one.pointer("/valueFrom/fieldRef").is_some()) {
            put_default(variable, &["valueFrom", "fieldRef", "apiVersion"], "v1");
        }
    }
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = container.get_mut(probe) {
            fill_probe(probe);
        }
    }
    // What is limited and asks for nothing asks for its limit.
    if let Some(Value::Object(limits)) = container.pointer("/resources/limits").cloned() {
        for (resource, amount) in limits {
            put_default(container, &["resources", "requests", &resource], amount);
        }
    }
}

fn fill_probe(probe: &mut Value) {
    for (field, value) in
        [("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)]
    {
        put_default(probe, &[field], value);
    }
    if probe.get("httpGet").is_some() {
        put_default(probe, &["httpGet", "path"], "/");
        put_default(probe, &["httpGet", "scheme"], "HTTP");
    }
}

fn names_latest(image: &str) -> bool {
    if image.contains('@') {
        return false;
    }
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split_once(':').is_none_or(|(_, tag)| tag == "latest")
}

/// The quality of service class that a pod's requests and limits make.
pub fn quality(pod: &Value) -> &'static str {
    let none = Map::new();
    let amounts = |container: &Value, which: &str| -> Map<String, Value> {
        let found = fields::get(container, &["resources", which]).and_then(Value::as_object).unwrap_or(&none);
        found
            .iter()
            .filter(|(name, _)| matches!(name.as_str(), "cpu" | "memory"))
            .map(|(n, v)| (n.clone(), v.clone()))
            .collect()
    };
    let containers = fields::items(pod, "/spec/containers");
    let asks_nothing =
        |container: &Value| amounts(container, "requests").is_empty() && amounts(container, "limits").is_empty();
    let guaranteed = |container: &Value| {
        let limits = amounts(container, "limits");
        limits.len() == 2 && amounts(container, "requests") == limits
    };
    match containers {
        all if all.iter().all(asks_nothing) => "BestEffort",
        all if all.iter().all(guaranteed) => "Guaranteed",
        _ => "Burstable",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::store::fields::put;

    #[test]
    fn a_container_gets_what_a_server_gives_it() {
        let mut pod = json!({"spec": {"containers": [{
            "name": "app", "image": "registry:5000/shop/checkout",
            "ports": [{"containerPort": 8080}],
            "readinessProbe": {"httpGet": {"port": 8080}},
            "resources": {"limits": {"memory": "64Mi"}},
        }]}});
        fill_spec(&mut pod, &["spec"]);
        let container = &pod["spec"]["containers"][0];
        assert_eq!(container["imagePullPolicy"], "Always");
        assert_eq!(container["ports"][0]["protocol"], "TCP");
        assert_eq!(container["readinessProbe"]["periodSeconds"], 10);
        assert_eq!(container["resources"]["requests"]["memory"], "64Mi");
        assert_eq!(pod["spec"]["terminationGracePeriodSeconds"], 30);
        assert_eq!(quality(&pod), "Burstable");
        put(&mut pod, &["spec", "containers"], json!([{"name": "app", "image": "x:1"}]));
        assert_eq!(quality(&pod), "BestEffort");
    }

    #[test]
    fn only_an_image_without_a_fixed_tag_is_always_pulled() {
        assert!(names_latest("nginx"));
        assert!(names_latest("registry:5000/nginx:latest"));
        assert!(!names_latest("registry:5000/nginx:1.27"));
        assert!(!names_latest("nginx@sha256:abc"));
    }
}
