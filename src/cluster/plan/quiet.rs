//! Request paths that no user asks for.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::cluster::template::{self, text};
use crate::core::plan::MetricsPort;

/// The probes of a container.
const PROBES: [&str; 3] = ["livenessProbe", "readinessProbe", "startupProbe"];

/// The paths of the pods' HTTP probes, of either template, and of the metrics themselves; without queries.
pub fn paths(templates: [&Value; 2], metrics: Option<&MetricsPort>) -> Vec<String> {
    let containers = templates.into_iter().flat_map(template::running);
    let probes =
        containers.flat_map(|container| PROBES.iter().filter_map(|probe| container.get(probe)?.get("httpGet")));
    let probed = probes.map(|get| text(get, "path").unwrap_or("/"));
    let all = probed.chain(metrics.map(|metrics| metrics.path.as_str()));
    let bare: BTreeSet<&str> = all.map(|path| path.split('?').next().unwrap_or(path)).collect();
    bare.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn probes_and_metrics_are_background() {
        let old =
            json!({"spec": {"containers": [{"livenessProbe": {"httpGet": {"path": "/healthz?full=1", "port": 80}}}]}});
        let new = json!({"spec": {"containers": [
            {"readinessProbe": {"httpGet": {"port": 80}}, "startupProbe": {"tcpSocket": {"port": 80}}}]}});
        let metrics = MetricsPort { port: 80, path: "/metrics".into() };
        assert_eq!(paths([&old, &new], Some(&metrics)), ["/", "/healthz", "/metrics"]);
    }
}
