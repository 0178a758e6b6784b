//! One pod on one page: what it is, what its containers do and did, what is said about it.

use serde_json::Value;

use crate::core::inquiry::{Fact, Part, Sheet};
use crate::core::text::neutral;
use crate::core::time::{Time, human};

/// At most this many entries of any list; a hostile object has thousands.
const MOST: usize = 64;

/// Describes a pod.
pub fn pod(pod: &Value, now: Time) -> Sheet {
    let mut parts = vec![identity(pod, now)];
    for (list, lead) in [("initContainerStatuses", "init container"), ("containerStatuses", "container")] {
        parts.extend(each(pod, &format!("/status/{list}")).map(|status| container(pod, status, lead, now)));
    }
    parts.push(conditions(pod, now));
    for (map, title) in [("labels", "labels"), ("annotations", "annotations")] {
        parts.extend(names(pod, &format!("/metadata/{map}"), title));
    }
    Sheet { parts }
}

fn text(value: &Value, place: &str) -> Option<String> {
    match value.pointer(place)? {
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(neutral(text)),
        Value::Null => None,
        other => Some(neutral(&other.to_string())),
    }
}

fn each<'a>(value: &'a Value, place: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.pointer(place).and_then(Value::as_array).into_iter().flatten().take(MOST)
}

fn ago(value: &Value, place: &str, now: Time) -> Option<String> {
    let at = Time::parse(value.pointer(place)?.as_str()?)?;
    Some(format!("{} ago", human(now.since(at))))
}

fn identity(pod: &Value, now: Time) -> Part {
    let mut lines = Vec::new();
    let mut fact = |label: &str, text: Option<String>, odd: bool| {
        lines.extend(text.map(|text| Fact::odd_if(label, text, odd)));
    };
    let phase = text(pod, "/status/phase");
    let odd = phase.as_deref().is_some_and(|phase| phase != "Running" && phase != "Succeeded");
    fact("phase", phase, odd);
    fact("reason", text(pod, "/status/reason"), true);
    fact("message", text(pod, "/status/message"), true);
    fact("going", ago(pod, "/metadata/deletionTimestamp", now).map(|_| "it is being deleted".to_owned()), true);
    fact("created", ago(pod, "/metadata/creationTimestamp", now), false);
    fact("node", text(pod, "/spec/nodeName"), false);
    fact("address", text(pod, "/status/podIP"), false);
    let owner = each(pod, "/metadata/ownerReferences").next();
    fact("owner", owner.and_then(|owner| Some(format!("{} {}", text(owner, "/kind")?, text(owner, "/name")?))), false);
    fact("class", text(pod, "/status/qosClass"), false);
    fact("account", text(pod, "/spec/serviceAccountName"), false);
    Part { title: "pod".to_owned(), lines }
}

fn container(pod: &Value, status: &Value, lead: &str, now: Time) -> Part {
    let name = text(status, "/name").unwrap_or_default();
    let ready = status.get("ready").and_then(Value::as_bool).unwrap_or(false);
    let restarts = status.get("restartCount").and_then(Value::as_u64).unwrap_or(0);
    let (doing, fine) = state(status, "/state", now);
    // A container that ran before the others is done when it is completed, and is never ready after that.
    let waited_for = lead == "container" || !fine;
    let mut lines = vec![
        Fact::odd_if("state", doing, !fine),
        Fact::odd_if("ready", if ready { "yes" } else { "no" }, !ready && waited_for),
        Fact::odd_if("restarts", restarts.to_string(), restarts > 0),
    ];
    if status.pointer("/lastState").and_then(Value::as_object).is_some_and(|state| !state.is_empty()) {
        lines.push(Fact::odd_if("before", state(status, "/lastState", now).0, true));
    }
    let spec = ["/spec/containers", "/spec/initContainers"]
        .iter()
        .flat_map(|place| each(pod, place))
        .find(|spec| text(spec, "/name").as_deref() == Some(&name));
    let mut more = |label: &str, text: Option<String>| lines.extend(text.map(|text| Fact::new(label, text)));
    more("image", text(status, "/image"));
    more("digest", text(status, "/imageID"));
    if let Some(spec) = spec {
        more("limits", quantities(spec, "/resources/limits"));
        more("requests", quantities(spec, "/resources/requests"));
        for (label, place) in [("ready if", "/readinessProbe"), ("alive if", "/livenessProbe")] {
            more(label, spec.pointer(place).map(probe));
        }
    }
    Part { title: format!("{lead} {name}"), lines }
}

/// What a container does, and whether that is what it should.
fn state(status: &Value, place: &str, now: Time) -> (String, bool) {
    let at = |part: &str| format!("{place}/{part}");
    let with_message = |words: String, part: &str| match text(status, &at(&format!("{part}/message"))) {
        Some(message) => format!("{words}: {message}"),
        None => words,
    };
    if status.pointer(&at("running")).is_some() {
        let since = ago(status, &at("running/startedAt"), now);
        return (format!("running{}", since.map(|since| format!(", started {since}")).unwrap_or_default()), true);
    }
    if status.pointer(&at("terminated")).is_some() {
        let code = status.pointer(&at("terminated/exitCode")).and_then(Value::as_i64).unwrap_or(0);
        let reason = text(status, &at("terminated/reason")).unwrap_or_else(|| "ended".to_owned());
        let when = ago(status, &at("terminated/finishedAt"), now).map(|when| format!(", {when}")).unwrap_or_default();
        return (with_message(format!("{reason}, exit code {code}{when}"), "terminated"), code == 0);
    }
    let reason = text(status, &at("waiting/reason")).unwrap_or_else(|| "waiting".to_owned());
    (with_message(reason, "waiting"), false)
}

fn quantities(spec: &Value, place: &str) -> Option<String> {
    let map = spec.pointer(place)?.as_object().filter(|map| !map.is_empty())?;
    let each = map.iter().take(MOST).map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("{} {}", neutral(name), neutral(&value))
    });
    Some(each.collect::<Vec<_>>().join(", "))
}

fn probe(probe: &Value) -> String {
    let http = probe.pointer("/httpGet").map(|_| {
        let path = text(probe, "/httpGet/path").unwrap_or_else(|| "/".to_owned());
        format!("GET {path} on port {}", text(probe, "/httpGet/port").unwrap_or_default())
    });
    let tcp = probe
        .pointer("/tcpSocket")
        .map(|_| format!("port {} takes connections", text(probe, "/tcpSocket/port").unwrap_or_default()));
    let grpc =
        probe.pointer("/grpc").map(|_| format!("gRPC on port {}", text(probe, "/grpc/port").unwrap_or_default()));
    let what = http.or(tcp).or(grpc).unwrap_or_else(|| "a command exits with 0".to_owned());
    let every = text(probe, "/periodSeconds").map(|every| format!(", every {every} s")).unwrap_or_default();
    what + &every
}

fn conditions(pod: &Value, now: Time) -> Part {
    let lines = each(pod, "/status/conditions").map(|condition| {
        let status = text(condition, "/status").unwrap_or_default();
        let mut words = status.clone();
        for (place, lead) in [("/reason", ", "), ("/message", ": ")] {
            words.extend(text(condition, place).map(|text| format!("{lead}{text}")));
        }
        words.extend(ago(condition, "/lastTransitionTime", now).map(|since| format!(", since {since}")));
        let kind = text(condition, "/type").unwrap_or_default();
        let odd = (status != "True") != (kind == "DisruptionTarget");
        Fact::odd_if(kind, words, odd)
    });
    Part { title: "conditions".to_owned(), lines: lines.collect() }
}

fn names(pod: &Value, place: &str, title: &str) -> Option<Part> {
    let map = pod.pointer(place)?.as_object().filter(|map| !map.is_empty())?;
    let lines = map
        .iter()
        .take(MOST)
        .map(|(name, value)| Fact::new(neutral(name), neutral(value.as_str().unwrap_or_default())));
    Some(Part { title: title.to_owned(), lines: lines.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fact(sheet: &Sheet, part: &str, label: &str) -> Fact {
        let part = sheet.parts.iter().find(|found| found.title == part).expect(part);
        part.lines.iter().find(|fact| fact.label == label).expect(label).clone()
    }

    #[test]
    fn a_crashing_container_says_how_it_ended_before() {
        let described = pod(
            &json!({
                "metadata": { "name": "checkout-x", "creationTimestamp": "2026-01-15T03:00:00Z", "labels": { "app": "a\u{1b}[31m" } },
                "spec": { "nodeName": "n1", "containers": [{ "name": "app", "resources": { "limits": { "memory": "1Gi" } },
                    "readinessProbe": { "httpGet": { "path": "/healthz", "port": 8080 }, "periodSeconds": 5 } }] },
                "status": { "phase": "Running",
                    "conditions": [{ "type": "Ready", "status": "False", "reason": "ContainersNotReady",
                                     "message": "not ready", "lastTransitionTime": "2026-01-15T03:00:30Z" }],
                    "containerStatuses": [{ "name": "app", "ready": false, "restartCount": 3,
                        "state": { "waiting": { "reason": "CrashLoopBackOff", "message": "back-off 40s" } },
                        "lastState": { "terminated": { "reason": "OOMKilled", "exitCode": 137, "finishedAt": "2026-01-15T03:00:50Z" } } }] }
            }),
            Time::parse("2026-01-15T03:01:00Z").expect("a time"),
        );
        let of_app = |label| fact(&described, "container app", label);
        assert_eq!(of_app("state"), Fact::odd_if("state", "CrashLoopBackOff: back-off 40s", true));
        assert_eq!(of_app("before").text, "OOMKilled, exit code 137, 10s ago");
        assert_eq!(of_app("restarts"), Fact::odd_if("restarts", "3", true));
        assert_eq!(of_app("limits").text, "memory 1Gi");
        assert_eq!(of_app("ready if").text, "GET /healthz on port 8080, every 5 s");
        assert_eq!(
            fact(&described, "conditions", "Ready"),
            Fact::odd_if("Ready", "False, ContainersNotReady: not ready, since 30s ago", true)
        );
        assert_eq!(fact(&described, "labels", "app").text, "a\\u{1b}[31m");
    }

    #[test]
    fn what_is_no_pod_is_described_all_the_same() {
        for odd in [json!(null), json!([]), json!({ "status": { "containerStatuses": [1, {}, { "state": 7 }] } })] {
            let _sheet = pod(&odd, Time::default());
        }
    }
}
