//! Pods: the one word that says how they do is worked out here.

use serde_json::{Value, json};

use crate::core::time::Time;
use crate::sim::api::table::age::{since, since_text};
use crate::sim::api::table::{Column, Look, NAME, count, shown, text as column, wide};
use crate::sim::store::fields::{self, items, text};

const COLUMNS: [Column; 9] = [
    NAME,
    column("Ready"),
    column("Status"),
    column("Restarts"),
    column("Age"),
    wide("IP"),
    wide("Node"),
    wide("Nominated Node"),
    wide("Readiness Gates"),
];

pub const LOOK: Look = Look { columns: &COLUMNS, cells };

fn cells(pod: &Value, now: Time) -> Vec<Value> {
    let statuses = items(pod, "/status/containerStatuses");
    let ready = statuses.iter().filter(|one| one.get("ready") == Some(&Value::Bool(true))).count();
    let total = items(pod, "/spec/containers").len();
    vec![
        json!(format!("{ready}/{total}")),
        json!(status(pod)),
        json!(restarts(statuses, now)),
        since(pod, now),
        json!(shown(pod, "/status/podIP", "<none>")),
        json!(shown(pod, "/spec/nodeName", "<none>")),
        json!(shown(pod, "/status/nominatedNodeName", "<none>")),
        json!(gates(pod)),
    ]
}

/// The word for a pod's state: its containers' reasons before its phase, its end before both.
fn status(pod: &Value) -> String {
    let mut word = shown(pod, "/status/phase", "");
    let reason = text(pod, "/status/reason");
    if !reason.is_empty() {
        word = reason.to_owned();
    }
    if let Some(waiting) = initializing(pod) {
        word = waiting;
    } else {
        let mut running = false;
        for container in items(pod, "/status/containerStatuses").iter().rev() {
            running |=
                container.get("ready") == Some(&Value::Bool(true)) && container.pointer("/state/running").is_some();
            if let Some(reason) = container_reason(container) {
                word = reason;
            }
        }
        if word == "Completed" && running {
            word = if ready(pod) { "Running" } else { "NotReady" }.to_owned();
        }
    }
    match (fields::terminating(pod), reason) {
        (true, "NodeLost") => "Unknown".to_owned(),
        (true, _) if !matches!(text(pod, "/status/phase"), "Succeeded" | "Failed") => "Terminating".to_owned(),
        _ => word,
    }
}

/// `Init:1/2`, while init containers have not all ended.
fn initializing(pod: &Value) -> Option<String> {
    let total = items(pod, "/spec/initContainers").len();
    for (place, container) in items(pod, "/status/initContainerStatuses").iter().enumerate() {
        if container.pointer("/state/terminated/exitCode").and_then(Value::as_i64) == Some(0) {
            continue;
        }
        let reason = container_reason(container).filter(|reason| reason != "PodInitializing");
        return Some(reason.map_or_else(|| format!("Init:{place}/{total}"), |reason| format!("Init:{reason}")));
    }
    None
}

fn container_reason(container: &Value) -> Option<String> {
    let waiting = text(container, "/state/waiting/reason");
    if !waiting.is_empty() {
        return Some(waiting.to_owned());
    }
    let ended = container.pointer("/state/terminated")?;
    Some(match (text(ended, "/reason"), count(ended, "/signal")) {
        ("", 0) => format!("ExitCode:{}", count(ended, "/exitCode")),
        ("", signal) => format!("Signal:{signal}"),
        (reason, _) => reason.to_owned(),
    })
}

fn ready(pod: &Value) -> bool {
    let mut conditions = items(pod, "/status/conditions").iter();
    conditions.any(|one| text(one, "/type") == "Ready" && text(one, "/status") == "True")
}

/// `3 (5m ago)`: how often, and when the last time was.
fn restarts(statuses: &[Value], now: Time) -> String {
    let total: i64 = statuses.iter().map(|one| count(one, "/restartCount")).fold(0, i64::saturating_add);
    let last =
        statuses.iter().map(|one| text(one, "/lastState/terminated/finishedAt")).filter(|at| !at.is_empty()).max();
    match last {
        Some(last) if total > 0 => format!("{total} ({} ago)", since_text(last, now)),
        _ => total.to_string(),
    }
}

fn gates(pod: &Value) -> String {
    let gates = items(pod, "/spec/readinessGates");
    if gates.is_empty() {
        return "<none>".to_owned();
    }
    let met = |gate: &&Value| {
        let kind = text(gate, "/conditionType");
        items(pod, "/status/conditions").iter().any(|one| text(one, "/type") == kind && text(one, "/status") == "True")
    };
    format!("{}/{}", gates.iter().filter(met).count(), gates.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_is_the_one_that_kubectl_shows() {
        let pod = |status: Value| json!({"status": status});
        assert_eq!(status(&pod(json!({"phase": "Running"}))), "Running");
        assert_eq!(status(&pod(json!({"phase": "Failed", "reason": "Evicted"}))), "Evicted");
        let crash =
            json!({"phase": "Running", "containerStatuses": [{"state": {"waiting": {"reason": "CrashLoopBackOff"}}}]});
        assert_eq!(status(&pod(crash)), "CrashLoopBackOff");
        let ended = json!({"phase": "Running", "containerStatuses": [{"state": {"terminated": {"exitCode": 137, "signal": 9}}}]});
        assert_eq!(status(&pod(ended)), "Signal:9");
        let going = json!({"metadata": {"deletionTimestamp": "2025-11-23T12:00:00Z"}, "status": {"phase": "Running"}});
        assert_eq!(status(&going), "Terminating");
        let starting = json!({"spec": {"initContainers": [{}, {}]}, "status": {"phase": "Pending", "initContainerStatuses": [
            {"state": {"terminated": {"exitCode": 0}}}, {"state": {"running": {}}}
        ]}});
        assert_eq!(status(&starting), "Init:1/2");
    }

    #[test]
    fn restarts_tell_when_the_last_one_was() {
        let now = Time::parse("2025-11-23T12:05:00Z").expect("a time");
        let statuses =
            [json!({"restartCount": 2, "lastState": {"terminated": {"finishedAt": "2025-11-23T12:04:00Z"}}})];
        assert_eq!(restarts(&statuses, now), "2 (60s ago)");
        assert_eq!(restarts(&[], now), "0");
    }
}
