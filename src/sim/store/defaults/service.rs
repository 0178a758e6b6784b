//! Defaults of a Service, its addresses among them.

use serde_json::{Value, json};

use crate::sim::kind::Kind;
use crate::sim::store::Store;
use crate::sim::store::fields::{self, put, put_default, text};

/// The first port that is given to a Service reached through nodes.
const FIRST_NODE_PORT: u64 = 30_000;

/// Gives a changed Service the addresses that it has, where the change does not name any.
pub fn carry_addresses(old: &Value, service: &mut Value) {
    if text(service, "/spec/type") == "ExternalName" || !text(service, "/spec/clusterIP").is_empty() {
        return;
    }
    for key in ["clusterIP", "clusterIPs"] {
        if let Some(value) = fields::get(old, &["spec", key]) {
            put(service, &["spec", key], value.clone());
        }
    }
}

/// Fills in a Service.
pub fn fill(service: &mut Value, store: &Store) {
    put_default(service, &["spec", "type"], "ClusterIP");
    put_default(service, &["spec", "sessionAffinity"], "None");
    let kind = text(service, "/spec/type").to_owned();
    if let Some(Value::Array(ports)) = service.pointer_mut("/spec/ports") {
        for port in ports {
            put_default(port, &["protocol"], "TCP");
            let number = port.get("port").cloned().unwrap_or(Value::Null);
            put_default(port, &["targetPort"], number);
        }
    }
    if kind == "ExternalName" {
        return;
    }
    put_default(service, &["spec", "internalTrafficPolicy"], "Cluster");
    if text(service, "/spec/clusterIP").is_empty() {
        put(service, &["spec", "clusterIP"], free_address(store).into());
    }
    let address = text(service, "/spec/clusterIP").to_owned();
    put_default(service, &["spec", "clusterIPs"], json!([address]));
    put_default(service, &["spec", "ipFamilies"], json!(["IPv4"]));
    put_default(service, &["spec", "ipFamilyPolicy"], "SingleStack");
    if matches!(kind.as_str(), "NodePort" | "LoadBalancer") {
        put_default(service, &["spec", "externalTrafficPolicy"], "Cluster");
        let mut next = free_node_port(store);
        if let Some(Value::Array(ports)) = service.pointer_mut("/spec/ports") {
            for port in ports {
                if port.get("nodePort").is_none() {
                    put(port, &["nodePort"], next.into());
                    next += 1;
                }
            }
        }
    }
    if kind == "LoadBalancer" {
        put_default(service, &["spec", "allocateLoadBalancerNodePorts"], true);
    }
}

/// The lowest address of the Services' range that nobody has.
fn free_address(store: &Store) -> String {
    let taken = |address: &str| store.list(Kind::Service, None).any(|one| text(one, "/spec/clusterIP") == address);
    let address = |n: u32| format!("10.96.{}.{}", n >> 8 & 255, n & 255);
    (10..65_000).map(address).find(|address| !taken(address)).unwrap_or_default()
}

fn free_node_port(store: &Store) -> u64 {
    let ports = store.list(Kind::Service, None).flat_map(|one| fields::items(one, "/spec/ports"));
    let used = ports.filter_map(|port| port.get("nodePort")?.as_u64()).max();
    used.map_or(FIRST_NODE_PORT, |highest| highest + 1)
}
