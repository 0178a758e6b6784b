//! What pods use, from the cluster's metrics API, where one is served.

use serde::Deserialize;

use crate::cluster::quantity::{milli, whole};
use crate::cluster::rest::{Fault, POD_METRICS, Rest};
use crate::cluster::seen::Meta;
use crate::core::text::neutral;
use crate::core::usage::{Spent, Usage};

/// What is said where the cluster serves no such API.
const NOT_SERVED: &str = "this cluster serves no metrics of pods (metrics.k8s.io)";

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct PodMetrics {
    metadata: Meta,
    containers: Vec<ContainerMetrics>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct ContainerMetrics {
    name: String,
    usage: Quantities,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Quantities {
    cpu: String,
    memory: String,
}

/// What the pods of the namespace use now; or why that is not known.
pub async fn read(rest: &Rest) -> Result<Usage, String> {
    match rest.list::<PodMetrics>(POD_METRICS, "").await {
        Ok(listed) => Ok(listed.items.into_iter().map(of_pod).collect()),
        Err(fault) => Err(why(&fault)),
    }
}

fn why(fault: &Fault) -> String {
    if fault.is_not_found() { NOT_SERVED.to_owned() } else { fault.why() }
}

fn of_pod(pod: PodMetrics) -> (String, Vec<(String, Spent)>) {
    let containers = pod.containers.into_iter().filter_map(|container| {
        let cpu = u64::try_from(milli(&container.usage.cpu)?).ok()?;
        Some((neutral(&container.name), Spent { cpu, memory: whole(&container.usage.memory)? }))
    });
    (neutral(&pod.metadata.name), containers.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn quantities_of_the_metrics_api_are_read_and_what_is_none_is_left_out() {
        let pod: PodMetrics = serde_json::from_value(json!({
            "metadata": {"name": "web-1"}, "timestamp": "2026-01-15T03:00:00Z", "window": "15s",
            "containers": [
                {"name": "app", "usage": {"cpu": "24500000n", "memory": "118Mi"}},
                {"name": "odd", "usage": {"cpu": "much", "memory": "118Mi"}},
            ],
        }))
        .expect("it is one");
        let usage: Usage = [of_pod(pod)].into_iter().collect();
        assert_eq!(usage.pod("web-1"), Some(Spent { cpu: 25, memory: 118 << 20 }));
        assert_eq!(usage.container("web-1", "odd"), None);
    }
}
