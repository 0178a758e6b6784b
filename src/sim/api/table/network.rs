//! Where traffic goes.

use serde_json::{Value, json};

use crate::core::time::Time;
use crate::sim::api::table::{Look, NAME, count, labels, shown, since, text as column, wide};
use crate::sim::store::fields::{items, text};

/// How many values a cell shows before it says how many more there are.
const SHOWN: usize = 3;

pub const SERVICE: Look = Look {
    columns: &[
        NAME,
        column("Type"),
        column("Cluster-IP"),
        column("External-IP"),
        column("Port(s)"),
        column("Age"),
        wide("Selector"),
    ],
    cells: service,
};

pub const SLICE: Look = Look {
    columns: &[NAME, column("AddressType"), column("Ports"), column("Endpoints"), column("Age")],
    cells: |object, now| {
        let ports = items(object, "/ports").iter().map(|port| shown(port, "/port", "*")).collect();
        let endpoints = items(object, "/endpoints").iter();
        let addresses = endpoints.flat_map(|one| items(one, "/addresses")).filter_map(Value::as_str).map(str::to_owned);
        vec![
            json!(shown(object, "/addressType", "")),
            json!(some(ports, "<unset>")),
            json!(some(addresses.collect(), "<unset>")),
            since(object, now),
        ]
    },
};

fn service(object: &Value, now: Time) -> Vec<Value> {
    let ports: Vec<String> = items(object, "/spec/ports").iter().map(port).collect();
    vec![
        json!(shown(object, "/spec/type", "ClusterIP")),
        json!(shown(object, "/spec/clusterIP", "<none>")),
        json!(external(object)),
        json!(if ports.is_empty() { "<none>".to_owned() } else { ports.join(",") }),
        since(object, now),
        json!(labels(object.pointer("/spec/selector"))),
    ]
}

/// `80:30080/TCP`.
fn port(port: &Value) -> String {
    let node = count(port, "/nodePort");
    let node = if node > 0 { format!(":{node}") } else { String::new() };
    format!("{}{node}/{}", count(port, "/port"), shown(port, "/protocol", "TCP"))
}

fn external(object: &Value) -> String {
    match text(object, "/spec/type") {
        "ExternalName" => shown(object, "/spec/externalName", "<none>"),
        "LoadBalancer" => {
            let gates = items(object, "/status/loadBalancer/ingress").iter();
            let addresses: Vec<String> = gates.map(|one| shown(one, "/ip", text(one, "/hostname"))).collect();
            if addresses.is_empty() { "<pending>".to_owned() } else { addresses.join(",") }
        }
        _ => "<none>".to_owned(),
    }
}

/// `a,b,c + 4 more...`.
fn some(mut values: Vec<String>, none: &str) -> String {
    let more = values.len().saturating_sub(SHOWN);
    values.truncate(SHOWN);
    match (values.is_empty(), more) {
        (true, _) => none.to_owned(),
        (false, 0) => values.join(","),
        (false, more) => format!("{} + {more} more...", values.join(",")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_and_long_lists_are_cut_as_kubectl_cuts_them() {
        assert_eq!(port(&json!({"port": 80, "nodePort": 30080, "protocol": "TCP"})), "80:30080/TCP");
        let values = |count: usize| (0..count).map(|n| n.to_string()).collect();
        assert_eq!(some(values(2), "x"), "0,1");
        assert_eq!(some(values(5), "x"), "0,1,2 + 2 more...");
        assert_eq!(some(values(0), "x"), "x");
    }
}
