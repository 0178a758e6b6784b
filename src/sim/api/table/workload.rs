//! What makes pods, and what decides how many.

use serde_json::{Value, json};

use crate::core::time::Time;
use crate::sim::api::table::{Column, Look, NAME, count, labels, number, shown, since, text as column, wide};
use crate::sim::store::fields::{items, text};

pub const DEPLOYMENT: Look = Look {
    columns: &[
        NAME,
        column("Ready"),
        number("Up-to-date"),
        number("Available"),
        column("Age"),
        wide("Containers"),
        wide("Images"),
        wide("Selector"),
    ],
    cells: |object, now| {
        let ready = format!("{}/{}", count(object, "/status/readyReplicas"), count(object, "/spec/replicas"));
        let (updated, available) =
            (count(object, "/status/updatedReplicas"), count(object, "/status/availableReplicas"));
        with_template(vec![json!(ready), json!(updated), json!(available), since(object, now)], object, true)
    },
};

pub const REPLICA_SET: Look = Look {
    columns: &[
        NAME,
        number("Desired"),
        number("Current"),
        number("Ready"),
        column("Age"),
        wide("Containers"),
        wide("Images"),
        wide("Selector"),
    ],
    cells: |object, now| {
        let counts = ["/spec/replicas", "/status/replicas", "/status/readyReplicas"].map(|at| json!(count(object, at)));
        let [desired, current, ready] = counts;
        with_template(vec![desired, current, ready, since(object, now)], object, true)
    },
};

pub const STATEFUL_SET: Look = Look {
    columns: &[NAME, column("Ready"), column("Age"), wide("Containers"), wide("Images")],
    cells: |object, now| {
        let ready = format!("{}/{}", count(object, "/status/readyReplicas"), count(object, "/spec/replicas"));
        with_template(vec![json!(ready), since(object, now)], object, false)
    },
};

const DAEMON_SET_COLUMNS: [Column; 11] = [
    NAME,
    number("Desired"),
    number("Current"),
    number("Ready"),
    number("Up-to-date"),
    number("Available"),
    column("Node Selector"),
    column("Age"),
    wide("Containers"),
    wide("Images"),
    wide("Selector"),
];

pub const DAEMON_SET: Look = Look {
    columns: &DAEMON_SET_COLUMNS,
    cells: |object, now| {
        let counts = [
            "/status/desiredNumberScheduled",
            "/status/currentNumberScheduled",
            "/status/numberReady",
            "/status/updatedNumberScheduled",
            "/status/numberAvailable",
        ];
        let mut cells: Vec<Value> = counts.iter().map(|at| json!(count(object, at))).collect();
        cells.push(json!(labels(object.pointer("/spec/template/spec/nodeSelector"))));
        cells.push(since(object, now));
        with_template(cells, object, true)
    },
};

pub const AUTOSCALER: Look = Look {
    columns: &[
        NAME,
        column("Reference"),
        column("Targets"),
        column("MinPods"),
        column("MaxPods"),
        number("Replicas"),
        column("Age"),
    ],
    cells: autoscaler,
};

fn autoscaler(object: &Value, now: Time) -> Vec<Value> {
    let target = ["kind", "name"].map(|key| text(object, &format!("/spec/scaleTargetRef/{key}")).to_owned());
    vec![
        json!(target.join("/")),
        json!(targets(object)),
        json!(shown(object, "/spec/minReplicas", "<unset>")),
        json!(shown(object, "/spec/maxReplicas", "0")),
        json!(count(object, "/status/currentReplicas")),
        since(object, now),
    ]
}

/// `cpu: 63%/80%`, for each resource that is watched.
fn targets(object: &Value) -> String {
    let current = |name: &str| {
        let all = items(object, "/status/currentMetrics").iter();
        let found = all
            .filter(|one| text(one, "/resource/name") == name)
            .find_map(|one| one.pointer("/resource/current/averageUtilization").and_then(Value::as_i64));
        found.map_or_else(|| "<unknown>".to_owned(), |percent| format!("{percent}%"))
    };
    let metrics: Vec<String> = items(object, "/spec/metrics")
        .iter()
        .filter_map(|metric| {
            let name = metric.pointer("/resource/name")?.as_str()?;
            let target = metric.pointer("/resource/target/averageUtilization")?.as_i64()?;
            Some(format!("{name}: {}/{target}%", current(name)))
        })
        .collect();
    if metrics.is_empty() { "<none>".to_owned() } else { metrics.join(", ") }
}

/// Adds the names and images of a template's containers, and the selector of its pods.
fn with_template(mut cells: Vec<Value>, object: &Value, selector: bool) -> Vec<Value> {
    let containers = items(object, "/spec/template/spec/containers");
    for field in ["/name", "/image"] {
        cells.push(json!(containers.iter().map(|one| text(one, field)).collect::<Vec<_>>().join(",")));
    }
    if selector {
        cells.push(json!(labels(object.pointer("/spec/selector/matchLabels"))));
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_autoscaler_shows_what_it_watches() {
        let hpa = json!({
            "spec": {"metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"averageUtilization": 80}}}]},
            "status": {"currentMetrics": [{"resource": {"name": "cpu", "current": {"averageUtilization": 63}}}]}
        });
        assert_eq!(targets(&hpa), "cpu: 63%/80%");
        assert_eq!(targets(&json!({})), "<none>");
    }
}
