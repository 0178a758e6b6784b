//! Whether there is room for the pods of a flight: in every quota, and on the nodes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cluster::access::{Permission, may_everywhere};
use crate::cluster::quantity::milli;
use crate::cluster::rest::{NODES, PODS, Rest};
use crate::cluster::seen::{Node, Quota};
use crate::cluster::template::{self, list, text};
use crate::core::text::neutral;

/// What one pod asks for, in thousandths of each resource's unit; `limits.` before what is a limit.
pub type Ask = BTreeMap<String, i128>;

/// What a pod of this template asks for: its running containers together, or the largest that runs before them.
pub fn ask(template: &Value) -> Ask {
    let running =
        template::running(template).map(container_ask).fold(Ask::new(), |sum, one| merge(sum, one, |a, b| a + b));
    list(template, "/spec/initContainers").map(container_ask).fold(running, |sum, one| merge(sum, one, i128::max))
}

fn container_ask(container: &Value) -> Ask {
    let part = |kind: &'static str| {
        let map = container.pointer(&format!("/resources/{kind}")).and_then(Value::as_object).into_iter().flatten();
        map.filter_map(move |(name, quantity)| {
            let amount = quantity.as_str().and_then(milli).or_else(|| Some(i128::from(quantity.as_i64()?) * 1_000))?;
            Some((format!("{kind}.{name}"), amount))
        })
    };
    // What is limited and not requested is requested as it is limited.
    let limits: Ask = part("limits").collect();
    let implied = limits.iter().map(|(name, amount)| (name.replacen("limits.", "requests.", 1), *amount));
    implied.chain(part("requests")).chain(limits.clone()).collect()
}

fn merge(mut sum: Ask, one: Ask, combine: impl Fn(i128, i128) -> i128) -> Ask {
    for (name, amount) in one {
        let total = sum.entry(name).or_insert(0);
        *total = combine(*total, amount);
    }
    sum
}

/// Which quotas have no room for `pods` more pods of this kind, a sentence each. Quotas with a scope count only some pods
/// and are left to the server's own judgement.
pub fn quotas(quotas: &[Quota], ask: &Ask, pods: u32) -> Vec<String> {
    let whole = quotas.iter().filter(|quota| quota.spec.scopes.is_empty() && quota.spec.scope_selector.is_none());
    whole.flat_map(|quota| short(quota, ask, pods)).collect()
}

fn short<'a>(quota: &'a Quota, ask: &'a Ask, pods: u32) -> impl Iterator<Item = String> + 'a {
    quota.status.hard.iter().filter_map(move |(name, hard)| {
        let needed = needed(name, ask, pods)?;
        let used = quota.status.used.get(name).map_or("0", String::as_str);
        let left = milli(hard)? - milli(used)?;
        (needed > left).then(|| {
            neutral(&format!(
                "quota {} has too little room for {pods} more pods: {name} is {used} of {hard}",
                quota.metadata.name
            ))
        })
    })
}

/// How much of a quota's resource the pods need, in thousandths; `None`: none of it.
fn needed(name: &str, ask: &Ask, pods: u32) -> Option<i128> {
    let per_pod = match name {
        "pods" | "count/pods" => return Some(i128::from(pods) * 1_000),
        "count/deployments.apps" => return Some(1_000),
        // The canary's, and stable's next.
        "count/replicasets.apps" => return Some(2_000),
        "cpu" | "memory" | "ephemeral-storage" => ask.get(&format!("requests.{name}")),
        _ => ask.get(name),
    };
    per_pod.map(|amount| amount * i128::from(pods))
}

/// A pod that has its place, with what it asks for and nothing else: a cluster has many.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Placed {
    spec: PlacedSpec,
    status: PlacedStatus,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PlacedSpec {
    #[serde(skip_serializing)]
    node_name: String,
    containers: Vec<Asking>,
    init_containers: Vec<Asking>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Asking {
    resources: Value,
    restart_policy: Value,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PlacedStatus {
    phase: String,
}

/// What is taken on each node, by its name.
#[derive(Default)]
struct Taken(BTreeMap<String, (i128, Ask)>);

impl Taken {
    /// Counts pods. Those that have finished, or wait for a node, take nothing.
    fn count(&mut self, pods: impl IntoIterator<Item = Placed>) {
        for pod in pods {
            if pod.spec.node_name.is_empty() || matches!(pod.status.phase.as_str(), "Succeeded" | "Failed") {
                continue;
            }
            // It is plain data, so it can always be written.
            let asks = ask(&json!({ "spec": serde_json::to_value(&pod.spec).unwrap_or_default() }));
            let (number, used) = self.0.entry(pod.spec.node_name).or_default();
            *number += 1;
            *used = merge(std::mem::take(used), asks, |a, b| a + b);
        }
    }
}

/// How the sentence begins that says that nobody knows.
pub const NOT_LOOKED_AT: &str = "the room on the nodes was not looked at";

/// Whether the nodes have room for `pods` more pods, as far as anybody can tell who is not the scheduler.
pub async fn nodes(rest: &Rest, template: &Value, pods: u32) -> Option<String> {
    for resource in [NODES, PODS] {
        if !may_everywhere(rest, Permission { verb: "list", resource, subresource: None }).await {
            return Some(format!("{NOT_LOOKED_AT}: we may not list {}", resource.plural));
        }
    }
    let (nodes, taken) = tokio::join!(rest.list_everywhere::<Node>(NODES), taken(rest));
    let room = fitting(&nodes.ok()?.items, &taken?, template, pods);
    (room < pods).then(|| format!("the nodes seem to have room for {room} of {pods} more pods"))
}

/// Counts the cluster's pods page by page: no more than one page of them is ever held.
async fn taken(rest: &Rest) -> Option<Taken> {
    let mut taken = Taken::default();
    let mut pages = rest.pages_everywhere(PODS);
    while let Some(page) = pages.next::<Placed>().await.ok()? {
        taken.count(page);
    }
    Some(taken)
}

/// How many pods of this template the nodes can still take, counted up to `most`.
fn fitting(nodes: &[Node], taken: &Taken, template: &Value, most: u32) -> u32 {
    let ask = ask(template);
    let open = nodes.iter().filter(|node| is_open(node, template));
    open.map(|node| fitting_on(node, taken, &ask, most)).fold(0, u32::saturating_add).min(most)
}

/// A cordoned node takes nothing; a tainted one only who tolerates the taint, and a labelled selector only what it names.
fn is_open(node: &Node, template: &Value) -> bool {
    let tolerates = |key: &str| {
        let tolerations = list(template, "/spec/tolerations");
        tolerations.into_iter().any(|toleration| text(toleration, "key").is_none_or(|tolerated| tolerated == key))
    };
    let kept_away = node.spec.taints.iter().any(|taint| taint.effect != "PreferNoSchedule" && !tolerates(&taint.key));
    let selector = template.pointer("/spec/nodeSelector").and_then(Value::as_object).into_iter().flatten();
    let chosen =
        selector.into_iter().all(|(key, value)| node.metadata.labels.get(key).map(String::as_str) == value.as_str());
    !node.spec.unschedulable && !kept_away && chosen
}

fn fitting_on(node: &Node, taken: &Taken, ask: &Ask, most: u32) -> u32 {
    let nothing = (0, Ask::new());
    let (number, used) = taken.0.get(&node.metadata.name).unwrap_or(&nothing);
    let has = |name: &str| node.status.allocatable.get(name).and_then(|quantity| milli(quantity)).unwrap_or(0);
    let slots = has("pods") / 1_000 - number;
    let by_resource = ask.iter().filter_map(|(name, amount)| {
        let resource = name.strip_prefix("requests.").filter(|_| *amount > 0)?;
        Some((has(resource) - used.get(name).copied().unwrap_or(0)) / amount)
    });
    let room = by_resource.fold(slots, i128::min).clamp(0, i128::from(most));
    u32::try_from(room).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template() -> Value {
        json!({"spec": {
            "initContainers": [{"name": "i", "resources": {"requests": {"cpu": "2"}}}],
            "containers": [
                {"name": "a", "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"memory": "2Gi"}}},
                {"name": "b", "resources": {"limits": {"cpu": "500m"}}},
            ],
        }})
    }

    fn quota(hard: Value, used: Value) -> Quota {
        serde_json::from_value(json!({"metadata": {"name": "small"}, "status": {"hard": hard, "used": used}}))
            .expect("a quota")
    }

    #[test]
    fn a_pod_asks_for_its_containers_together_or_the_largest_before_them() {
        let ask = ask(&template());
        assert_eq!(ask["requests.cpu"], 2_000);
        assert_eq!(ask["requests.memory"], (1 << 30) * 1_000);
        assert_eq!(ask["limits.memory"], (2 << 30) * 1_000);
        assert_eq!(ask["limits.cpu"], 500);
    }

    #[test]
    fn a_quota_without_room_is_named() {
        let ask = ask(&template());
        let small = quota(json!({"pods": "10", "requests.cpu": "100"}), json!({"pods": "8", "requests.cpu": "1"}));
        let told = quotas(std::slice::from_ref(&small), &ask, 3);
        assert_eq!(told, ["quota small has too little room for 3 more pods: pods is 8 of 10"]);
        assert!(quotas(&[small], &ask, 2).is_empty());
        let memory = quota(json!({"limits.memory": "4Gi"}), json!({"limits.memory": "1Gi"}));
        assert_eq!(quotas(&[memory], &ask, 2).len(), 1);
        let mut scoped = quota(json!({"pods": "1"}), json!({"pods": "1"}));
        scoped.spec.scopes = vec!["BestEffort".into()];
        assert!(quotas(&[scoped], &ask, 2).is_empty());
    }

    #[test]
    fn nodes_are_counted_as_the_scheduler_would() {
        let node = |change: Value| -> Node {
            let mut whole = json!({"metadata": {"name": "n1"}, "status": {"allocatable": {"cpu": "8", "memory": "16Gi", "pods": "5"}}});
            json_patch::merge(&mut whole, &change);
            serde_json::from_value(whole).expect("a node")
        };
        let there: Placed = serde_json::from_value(json!({"spec": {"nodeName": "n1", "containers": [
            {"resources": {"requests": {"cpu": "3"}}}]}, "status": {"phase": "Running"}}))
        .expect("a pod");
        let (empty, mut taken) = (Taken::default(), Taken::default());
        taken.count([there]);
        assert_eq!(fitting(&[node(json!({}))], &empty, &template(), 9), 4);
        assert_eq!(fitting(&[node(json!({}))], &taken, &template(), 9), 2);
        assert_eq!(fitting(&[node(json!({"spec": {"unschedulable": true}}))], &empty, &template(), 9), 0);
        let tainted = node(json!({"spec": {"taints": [{"key": "gpu", "effect": "NoSchedule"}]}}));
        assert_eq!(fitting(&[tainted], &empty, &template(), 9), 0);
    }
}
