//! A Deployment of very many pods without traffic: what large clusters weigh. Its pods are written as they would be after
//! they had started, because living through ten thousand starts takes long and shows nothing.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::World;
use super::key::Key;
use super::{kubelet, manifest};
use crate::core::time::Time;
use crate::sim::kind::Kind;
use crate::sim::quantity::Quantity;
use crate::sim::scenario::Cluster;
use crate::sim::store::fields::{self, put, stamp, take};
use crate::sim::store::Writer;

const NAME: &str = "fleet";
/// How many pods of it a node takes.
const PER_NODE: usize = 100;
/// Environment variables that make a pod weigh what real ones do: about 7 KB.
const VARIABLES: usize = 22;

/// Puts `pods` pods into the world, at `at`; nothing, if none are wanted.
pub fn settle(world: &mut World, pods: usize, at: Time) {
    if pods == 0 {
        return;
    }
    world.advance_to(at);
    let namespace = world.scenario.cluster.namespace.clone();
    let nodes = pods.div_ceil(PER_NODE);
    let room = Cluster { cpu: Quantity::whole(64), memory: 256 << 30, pods: 110, ..Cluster::default() };
    for number in 1..=nodes {
        let name = node_name(number);
        world.apply(Kind::Node, "", manifest::node(&name, &room, &kubelet::host_ip(&name), Some(NAME)));
    }
    world.apply(Kind::Deployment, &namespace, deployment());
    // The ReplicaSet comes by itself; the pods are put beside it before it is told how many there should be.
    world.advance_to(world.now + Duration::from_secs(1));
    let Some(set) = replica_set(world, &namespace) else { return };
    let Some(template) = template(world, &set) else { return };
    let key = Key::new(&namespace, NAME);
    world.edit(Kind::Deployment, &key, |deployment| put(deployment, &["spec", "replicas"], pods.into()));
    world.edit(Kind::ReplicaSet, &Key::of(&set), |set| put(set, &["spec", "replicas"], pods.into()));
    let prefix = format!("{}-", fields::name(&set));
    for number in 0..pods {
        world.store.restore(Kind::Pod, &namespace, &prefix, pod(&template, number, world.now));
        world.notice();
    }
}

fn replica_set(world: &World, namespace: &str) -> Option<Arc<Value>> {
    let deployment = world.object(Kind::Deployment, &Key::new(namespace, NAME))?;
    let key = world.facts.owned(fields::uid(&deployment), Kind::ReplicaSet).next()?;
    world.object(Kind::ReplicaSet, key)
}

/// A pod of the ReplicaSet as the API server would have completed it. It is tried, and not kept.
fn template(world: &mut World, set: &Value) -> Option<Value> {
    let writer = Writer { dry_run: true, ..Writer::new(super::controller::MANAGER) };
    let pod = super::replica_set::pod_of(set)?;
    let made = world.store.create(Kind::Pod, fields::namespace(set), pod, &writer).ok()?;
    let mut pod = Value::clone(&made);
    for key in ["name", "uid", "creationTimestamp"] {
        take(&mut pod, &["metadata", key]);
    }
    Some(pod)
}

fn pod(template: &Value, number: usize, now: Time) -> Value {
    let node = node_name(number / PER_NODE + 1);
    let ip = format!("10.64.{}.{}", number / 250, number % 250 + 1);
    let mut pod = template.clone();
    put(&mut pod, &["spec", "nodeName"], node.as_str().into());
    put(&mut pod, &["status"], status(now, &node, &ip));
    pod
}

fn node_name(number: usize) -> String {
    format!("fleet-{number}")
}

fn status(at: Time, node: &str, ip: &str) -> Value {
    let since = stamp(at);
    let conditions: Vec<Value> = ["Initialized", "Ready", "ContainersReady", "PodScheduled"]
        .into_iter()
        .map(|kind| json!({"type": kind, "status": "True", "lastTransitionTime": since}))
        .collect();
    json!({
        "phase": "Running",
        "conditions": conditions,
        "hostIP": kubelet::host_ip(node),
        "podIP": ip,
        "podIPs": [{"ip": ip}],
        "startTime": since,
        "qosClass": "Burstable",
        "containerStatuses": [{
            "name": "app",
            "image": IMAGE,
            "imageID": kubelet::image_id(IMAGE),
            "containerID": format!("containerd://{ip}"),
            "ready": true,
            "started": true,
            "restartCount": 0,
            "state": {"running": {"startedAt": since}},
            "lastState": {},
        }],
    })
}

const IMAGE: &str = "registry.example/fleet:3.1.0";

fn deployment() -> Value {
    let variables: Vec<Value> = (0..VARIABLES)
        .map(|number| json!({"name": format!("FLEET_SETTING_{number:02}"), "value": "x".repeat(40)}))
        .collect();
    json!({
        "metadata": {"name": NAME, "labels": {"app": NAME}},
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": {"app": NAME}},
            "template": {
                "metadata": {"labels": {"app": NAME}},
                "spec": {
                    "tolerations": [{"key": NAME, "value": "only", "effect": "NoSchedule"}],
                    "containers": [{
                        "name": "app",
                        "image": IMAGE,
                        "env": variables,
                        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "64Mi"}},
                    }],
                },
            },
        },
    })
}
