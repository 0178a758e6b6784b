//! What a Prometheus without discovery of Kubernetes is told of a pod. The tests and the benchmarks both tell one.

use serde_json::{Value, json};

/// What the usual annotations say of a pod, by way of the API server that listens at this address; `None` for one that
/// has none.
pub fn target(address: &str, pod: &Value) -> Option<Value> {
    let meta = &pod["metadata"];
    let (name, namespace) = (meta["name"].as_str()?, meta["namespace"].as_str()?);
    let port = meta["annotations"]["prometheus.io/port"].as_str()?;
    let path = format!("/api/v1/namespaces/{namespace}/pods/{name}:{port}/proxy/metrics");
    let labels = json!({"__metrics_path__": path, "namespace": namespace, "pod": name});
    Some(json!({"targets": [address], "labels": labels}))
}
