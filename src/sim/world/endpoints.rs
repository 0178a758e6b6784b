//! The EndpointSlice controller: which pods each Service has, in slices of at most a hundred.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::World;
use super::facts::PodFacts;
use super::key::Key;
use crate::sim::kind::Kind;
use crate::sim::store::fields::{self, put, text};

/// How many endpoints a slice has at most.
const MOST: usize = 100;

impl World {
    pub(super) fn sync_endpoints(&mut self, key: &Key) {
        let Some(service) = self.object(Kind::Service, key) else { return };
        if service.pointer("/spec/selector").and_then(Value::as_object).is_none_or(serde_json::Map::is_empty) {
            return;
        }
        let mut wanted = self.endpoints(key, &service);
        let slices: Vec<Key> = self.facts.owned(fields::uid(&service), Kind::EndpointSlice).cloned().collect();
        for slice in slices {
            self.fill_slice(&slice, &mut wanted);
        }
        for (ports, endpoints) in wanted {
            let endpoints: Vec<Value> = endpoints.into_values().collect();
            let parts = endpoints.chunks(MOST).chain(endpoints.is_empty().then_some([].as_slice()));
            for part in parts {
                let _namespace_gone = self.make(Kind::EndpointSlice, &key.namespace, slice(&service, &ports, part));
            }
        }
    }

    /// The endpoints of a Service by the pod's UID, for each set of port numbers that its pods have.
    fn endpoints(&self, key: &Key, service: &Value) -> BTreeMap<Ports, BTreeMap<String, Value>> {
        let publish_all = service.pointer("/spec/publishNotReadyAddresses").and_then(Value::as_bool) == Some(true);
        let mut wanted: BTreeMap<Ports, BTreeMap<String, Value>> = BTreeMap::new();
        for (pod_key, facts) in self.facts.selected(Kind::Service, key) {
            let (Some(ip), false) = (&facts.ip, facts.finished) else { continue };
            let Some(pod) = self.object(Kind::Pod, pod_key) else { continue };
            let endpoint = endpoint(pod_key, facts, ip, publish_all);
            wanted.entry(ports(service, &pod)).or_default().insert(facts.uid.clone(), endpoint);
        }
        if wanted.is_empty() {
            // A Service without pods keeps one slice that says so.
            wanted.insert(Ports::default(), BTreeMap::new());
        }
        wanted
    }

    /// Brings an existing slice up to date, and takes what it holds out of what is wanted. Endpoints stay where they are.
    fn fill_slice(&mut self, key: &Key, wanted: &mut BTreeMap<Ports, BTreeMap<String, Value>>) {
        let Some(old) = self.object(Kind::EndpointSlice, key) else { return };
        let ports = Ports::of(&old);
        let empty = BTreeMap::new();
        let here = wanted.get(&ports).unwrap_or(&empty);
        let held = fields::items(&old, "/endpoints").iter().map(|endpoint| text(endpoint, "/targetRef/uid"));
        let mut endpoints: BTreeMap<&str, &Value> = held.filter_map(|uid| Some((uid, here.get(uid)?))).collect();
        for (uid, endpoint) in here {
            if endpoints.len() < MOST {
                endpoints.entry(uid).or_insert(endpoint);
            }
        }
        let placeholder = wanted.contains_key(&ports) && here.is_empty();
        if endpoints.is_empty() && !placeholder {
            self.delete(Kind::EndpointSlice, key);
            return;
        }
        let taken: Vec<String> = endpoints.keys().map(|uid| (*uid).to_owned()).collect();
        let list: Vec<Value> = endpoints.values().map(|endpoint| (*endpoint).clone()).collect();
        let left = wanted.get_mut(&ports);
        if let Some(left) = left {
            left.retain(|uid, _| !taken.contains(uid));
            if left.is_empty() {
                wanted.remove(&ports);
            }
        }
        if fields::items(&old, "/endpoints") != list.as_slice() {
            self.edit(Kind::EndpointSlice, key, |slice| put(slice, &["endpoints"], list.into()));
        }
    }
}

/// The ports of a slice, as they stand in it: name, protocol, number.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Ports(Vec<(String, String, u64)>);

impl Ports {
    fn of(slice: &Value) -> Self {
        let port = |port: &Value| {
            let number = port.get("port").and_then(Value::as_u64).unwrap_or(0);
            (text(port, "/name").to_owned(), text(port, "/protocol").to_owned(), number)
        };
        Self(fields::items(slice, "/ports").iter().map(port).collect())
    }

    fn to_value(&self) -> Value {
        self.0.iter().map(|(name, protocol, port)| json!({"name": name, "protocol": protocol, "port": port})).collect()
    }
}

/// The ports of a Service on one pod. A named port that the pod does not have is left out.
fn ports(service: &Value, pod: &Value) -> Ports {
    let number = |port: &Value| match port.get("targetPort").or_else(|| port.get("port")) {
        Some(Value::String(name)) => named_port(pod, name),
        Some(number) => number.as_u64().filter(|number| *number > 0).or_else(|| port.get("port")?.as_u64()),
        None => None,
    };
    let list = fields::items(service, "/spec/ports").iter().filter_map(|port| {
        let protocol = Some(text(port, "/protocol")).filter(|protocol| !protocol.is_empty()).unwrap_or("TCP");
        Some((text(port, "/name").to_owned(), protocol.to_owned(), number(port)?))
    });
    Ports(list.collect())
}

/// The number of a container port by its name.
pub fn named_port(pod: &Value, name: &str) -> Option<u64> {
    let containers = fields::items(pod, "/spec/containers").iter();
    let mut ports = containers.flat_map(|container| fields::items(container, "/ports"));
    ports.find(|port| text(port, "/name") == name)?.get("containerPort")?.as_u64()
}

fn endpoint(key: &Key, pod: &PodFacts, ip: &str, publish_all: bool) -> Value {
    let mut endpoint = json!({
        "addresses": [ip],
        "conditions": {
            "ready": publish_all || pod.ready && !pod.terminating,
            "serving": pod.ready,
            "terminating": pod.terminating,
        },
        "targetRef": {"kind": "Pod", "namespace": key.namespace, "name": key.name, "uid": pod.uid},
    });
    if let Some(node) = &pod.node {
        put(&mut endpoint, &["nodeName"], node.as_str().into());
    }
    endpoint
}

fn slice(service: &Value, ports: &Ports, endpoints: &[Value]) -> Value {
    let name = fields::name(service);
    json!({
        "metadata": {
            "generateName": format!("{name}-"),
            "labels": {
                "kubernetes.io/service-name": name,
                "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
            },
            "ownerReferences": [{
                "apiVersion": "v1",
                "kind": "Service",
                "name": name,
                "uid": fields::uid(service),
                "controller": true,
                "blockOwnerDeletion": true,
            }],
        },
        "addressType": "IPv4",
        "endpoints": endpoints,
        "ports": ports.to_value(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_port_is_looked_up_in_each_pod() {
        let service = json!({"spec": {"ports": [
            {"name": "web", "port": 80, "targetPort": "http"}, {"name": "raw", "port": 90}]}});
        let pod = json!({"spec": {"containers": [{"ports": [{"name": "http", "containerPort": 8080}]}]}});
        let entry = |name: &str, port| (name.to_owned(), "TCP".to_owned(), port);
        assert_eq!(ports(&service, &pod).0, [entry("web", 8080), entry("raw", 90)]);
        let without = json!({"spec": {"containers": []}});
        assert_eq!(ports(&service, &without).0, [entry("raw", 90)]);
    }
}
