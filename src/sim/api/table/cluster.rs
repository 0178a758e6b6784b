//! Nodes, namespaces, and what happened.

use serde_json::{Value, json};

use crate::core::time::Time;
use crate::sim::api::table::age::since_text;
use crate::sim::api::table::{Column, Look, NAME, count, shown, since, text as column, wide};
use crate::sim::store::fields::{items, text};

const NODE_COLUMNS: [Column; 10] = [
    NAME,
    column("Status"),
    column("Roles"),
    column("Age"),
    column("Version"),
    wide("Internal-IP"),
    wide("External-IP"),
    wide("OS-Image"),
    wide("Kernel-Version"),
    wide("Container-Runtime"),
];

pub const NODE: Look = Look { columns: &NODE_COLUMNS, cells: node };

pub const NAMESPACE: Look = Look {
    columns: &[NAME, column("Status"), column("Age")],
    cells: |object, now| vec![json!(shown(object, "/status/phase", "Active")), since(object, now)],
};

const EVENT_COLUMNS: [Column; 10] = [
    column("Last Seen"),
    column("Type"),
    column("Reason"),
    column("Object"),
    wide("Subobject"),
    wide("Source"),
    column("Message"),
    wide("First Seen"),
    wide("Count"),
    Column { wide: true, ..NAME },
];

pub const EVENT: Look = Look { columns: &EVENT_COLUMNS, cells: event };

fn node(object: &Value, now: Time) -> Vec<Value> {
    let address = |kind: &str| {
        let mut all = items(object, "/status/addresses").iter();
        let found = all.find(|one| text(one, "/type") == kind);
        found.map_or_else(|| "<none>".to_owned(), |one| shown(one, "/address", "<none>"))
    };
    let info = |field: &str| json!(shown(object, &format!("/status/nodeInfo/{field}"), "<unknown>"));
    vec![
        json!(node_status(object)),
        json!(roles(object)),
        since(object, now),
        info("kubeletVersion"),
        json!(address("InternalIP")),
        json!(address("ExternalIP")),
        info("osImage"),
        info("kernelVersion"),
        info("containerRuntimeVersion"),
    ]
}

fn node_status(object: &Value) -> String {
    let mut conditions = items(object, "/status/conditions").iter();
    let ready = conditions.find(|one| text(one, "/type") == "Ready").map(|one| text(one, "/status"));
    let word = match ready {
        Some("True") => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    };
    let cordoned = object.pointer("/spec/unschedulable") == Some(&Value::Bool(true));
    if cordoned { format!("{word},SchedulingDisabled") } else { word.to_owned() }
}

fn roles(object: &Value) -> String {
    let labels = object.pointer("/metadata/labels").and_then(Value::as_object).into_iter().flatten();
    let roles: Vec<&str> = labels
        .filter_map(|(key, _)| key.strip_prefix("node-role.kubernetes.io/"))
        .filter(|role| !role.is_empty())
        .collect();
    if roles.is_empty() { "<none>".to_owned() } else { roles.join(",") }
}

fn event(object: &Value, now: Time) -> Vec<Value> {
    let at = |pointers: [&str; 3]| pointers.into_iter().map(|at| text(object, at)).find(|at| !at.is_empty());
    let last = at(["/series/lastObservedTime", "/lastTimestamp", "/eventTime"]).unwrap_or_default();
    let first = at(["/firstTimestamp", "/eventTime", "/metadata/creationTimestamp"]).unwrap_or_default();
    let times = count(object, "/series/count").max(count(object, "/count"));
    let seen = match times {
        2.. => format!("{} (x{times} over {})", since_text(last, now), since_text(first, now)),
        _ => since_text(last, now),
    };
    let about =
        format!("{}/{}", text(object, "/involvedObject/kind").to_lowercase(), text(object, "/involvedObject/name"));
    let source = match shown(object, "/source/component", "") {
        component if component.is_empty() => shown(object, "/reportingComponent", ""),
        component => [component, shown(object, "/source/host", "")].join(", ").trim_end_matches(", ").to_owned(),
    };
    vec![
        json!(seen),
        json!(shown(object, "/type", "")),
        json!(shown(object, "/reason", "")),
        json!(about),
        json!(shown(object, "/involvedObject/fieldPath", "")),
        json!(source),
        json!(text(object, "/message").trim()),
        json!(since_text(first, now)),
        json!(times.max(1)),
    ]
}
