//! Where pods answer with metrics: as their annotations say, else at a port of a telling name.

use serde_json::Value;

use crate::cluster::labels::Labels;
use crate::cluster::template::{self, list, text};
use crate::core::plan::MetricsPort;

const PORT: &str = "prometheus.io/port";
const PATH: &str = "prometheus.io/path";
const SCRAPE: &str = "prometheus.io/scrape";

/// Names of ports that serve metrics, the surest first.
const NAMES: [&str; 4] = ["metrics", "http-metrics", "prometheus", "http"];

/// Looks at the pods' annotations, then at the Services', then at the names of the containers' ports.
pub fn find<'a>(template: &Value, mut services: impl Iterator<Item = &'a Labels>) -> Option<MetricsPort> {
    let own = annotated(&template::annotations(template), template);
    let theirs = || services.find_map(|annotations| annotated(annotations, template));
    own.or_else(theirs).or_else(|| named(template))
}

fn annotated(annotations: &Labels, template: &Value) -> Option<MetricsPort> {
    if annotations.get(SCRAPE).is_some_and(|scrape| scrape == "false") {
        return None;
    }
    let given = annotations.get(PORT)?;
    let port = given.parse().ok().or_else(|| number(template, given))?;
    Some(MetricsPort { port, path: path(annotations.get(PATH)) })
}

fn path(given: Option<&String>) -> String {
    match given.map(|path| path.trim()) {
        Some(path) if path.starts_with('/') => path.to_owned(),
        Some(path) if !path.is_empty() => format!("/{path}"),
        _ => "/metrics".to_owned(),
    }
}

fn named(template: &Value) -> Option<MetricsPort> {
    let port = NAMES.iter().find_map(|name| number(template, name))?;
    Some(MetricsPort { port, path: path(None) })
}

/// The number of the container port of that name.
pub fn number(template: &Value, name: &str) -> Option<u16> {
    let ports = template::running(template).flat_map(|container| list(container, "/ports"));
    let port = ports.into_iter().find(|port| text(port, "name") == Some(name))?;
    port.get("containerPort").and_then(Value::as_u64).and_then(|number| u16::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn template(annotations: Value, ports: Value) -> Value {
        json!({"metadata": {"annotations": annotations}, "spec": {"containers": [{"name": "web", "ports": ports}]}})
    }

    fn found(template: &Value) -> Option<(u16, String)> {
        find(template, std::iter::empty()).map(|metrics| (metrics.port, metrics.path))
    }

    #[test]
    fn annotations_come_first() {
        let http = json!([{"name": "http", "containerPort": 8080}]);
        let both = template(json!({"prometheus.io/port": "9090", "prometheus.io/path": "stats"}), http.clone());
        assert_eq!(found(&both), Some((9090, "/stats".into())));
        let by_name = template(json!({"prometheus.io/port": "http"}), http.clone());
        assert_eq!(found(&by_name), Some((8080, "/metrics".into())));
        let off = template(json!({"prometheus.io/scrape": "false", "prometheus.io/port": "9090"}), http);
        assert_eq!(found(&off), Some((8080, "/metrics".into())));
    }

    #[test]
    fn then_a_service_and_then_the_surest_name() {
        let ports = json!([{"name": "http", "containerPort": 8080}, {"name": "metrics", "containerPort": 9100}]);
        let plain = template(json!({}), ports);
        let service: Labels = [("prometheus.io/port".to_owned(), "7000".to_owned())].into();
        assert_eq!(find(&plain, [&service].into_iter()).map(|metrics| metrics.port), Some(7000));
        assert_eq!(found(&plain), Some((9100, "/metrics".into())));
        assert_eq!(found(&template(json!({}), json!([{"name": "grpc", "containerPort": 90}]))), None);
    }
}
