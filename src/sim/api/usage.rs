//! What the metrics API says: the CPU and the memory of each pod of a namespace.

use serde_json::{Value, json};

use crate::sim::api::reply::Reply;
use crate::sim::backend::{Backend, PodUsage};
use crate::sim::store::fields::stamp;

/// Answers a request for the metrics of a namespace's pods.
pub fn answer(backend: &mut dyn Backend, namespace: &str) -> Reply {
    let now = stamp(backend.store().now());
    let entry = |pod: PodUsage| {
        let containers: Vec<Value> = pod
            .containers
            .into_iter()
            .map(|(name, cpu, memory)| {
                json!({"name": name, "usage": {"cpu": format!("{cpu}m"), "memory": format!("{}Ki", memory >> 10)}})
            })
            .collect();
        json!({
            "metadata": {"name": pod.pod, "namespace": namespace},
            "timestamp": now, "window": "15s", "containers": containers,
        })
    };
    let items: Vec<Value> = backend.usage(namespace).into_iter().map(entry).collect();
    Reply::json(
        json!({"kind": "PodMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "metadata": {}, "items": items}),
    )
}
