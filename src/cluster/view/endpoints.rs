//! Where a Service sends traffic, counted by pod over all its slices.

use std::collections::BTreeSet;

use crate::cluster::seen::{Endpoint, EndpointSlice, Service, ServicePort};
use crate::core::text::neutral;

/// The pods behind a Service, by UID.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// Ready under every port.
    pub ready: Vec<String>,
    /// Ready or serving under any port.
    pub named: Vec<String>,
    /// The first port without a Ready pod.
    pub empty_port: Option<String>,
}

/// Counts the pods in `slices`, which are those of `service`.
///
/// The endpoints of one Service are spread over slices: by number, by address family, and by the number that a named port
/// has in each pod. So a pod may be behind one port and not behind another.
pub fn count<'a>(service: &Service, slices: impl Iterator<Item = &'a EndpointSlice>) -> Endpoints {
    let slices: Vec<&EndpointSlice> = slices.collect();
    let under = |port: &ServicePort| -> BTreeSet<&str> {
        let with_port = slices.iter().filter(|slice| slice.ports.iter().any(|theirs| theirs.name == port.name));
        with_port.flat_map(|slice| pods(slice, |endpoint| endpoint.is_ready())).collect()
    };
    // A headless Service may have no ports; then its addresses are all that it has.
    let by_port: Vec<(&ServicePort, BTreeSet<&str>)> =
        service.spec.ports.iter().map(|port| (port, under(port))).collect();
    let anywhere = || slices.iter().flat_map(|slice| pods(slice, |endpoint| endpoint.is_ready())).collect();
    let ready = by_port.iter().map(|(_, pods)| pods.clone()).reduce(|all, pods| &all & &pods).unwrap_or_else(anywhere);
    let named: BTreeSet<&str> = slices.iter().flat_map(|slice| pods(slice, |endpoint| endpoint.is_serving())).collect();
    let empty = by_port.iter().find(|(_, pods)| pods.is_empty());
    Endpoints {
        ready: ready.into_iter().map(str::to_owned).collect(),
        named: named.into_iter().map(str::to_owned).collect(),
        empty_port: empty.map(|(port, _)| neutral(&port.words())),
    }
}

fn pods(slice: &EndpointSlice, wanted: impl Fn(&Endpoint) -> bool) -> impl Iterator<Item = &str> {
    slice.endpoints.iter().filter(move |endpoint| wanted(endpoint)).filter_map(|endpoint| endpoint.pod())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn service(ports: Value) -> Service {
        serde_json::from_value(json!({"metadata": {"name": "web"}, "spec": {"ports": ports}})).expect("a Service")
    }

    fn slice(ports: Value, endpoints: &[(&str, Option<bool>, Option<bool>)]) -> EndpointSlice {
        let endpoint = |(uid, ready, serving): &(&str, Option<bool>, Option<bool>)| json!({"conditions": {"ready": ready, "serving": serving}, "targetRef": {"kind": "Pod", "uid": uid}});
        serde_json::from_value(json!({
            "metadata": {"labels": {"kubernetes.io/service-name": "web"}},
            "ports": ports,
            "endpoints": endpoints.iter().map(endpoint).collect::<Vec<_>>(),
        }))
        .expect("a slice")
    }

    #[test]
    fn a_pod_counts_when_it_is_ready_under_every_port() {
        let service = service(json!([{"name": "http", "port": 80}, {"name": "grpc", "port": 90}]));
        let slices = [
            slice(
                json!([{"name": "http"}, {"name": "grpc"}]),
                &[("a", Some(true), None), ("b", Some(false), Some(true))],
            ),
            // A pod whose named port has another number stands in a slice of its own for that port.
            slice(json!([{"name": "http"}]), &[("c", None, None)]),
            slice(json!([{"name": "http"}, {"name": "grpc"}]), &[("a", Some(true), None)]),
        ];
        let found = count(&service, slices.iter());
        assert_eq!(found.ready, ["a"]);
        assert_eq!(found.named, ["a", "b", "c"]);
        assert_eq!(found.empty_port, None);
    }

    #[test]
    fn a_port_without_pods_is_named() {
        let service = service(json!([{"port": 80}, {"name": "grpc", "port": 90}]));
        let slices = [slice(json!([{"name": ""}]), &[("a", Some(true), None)])];
        let found = count(&service, slices.iter());
        assert_eq!((found.ready.len(), found.empty_port.as_deref()), (0, Some("grpc")));
    }

    #[test]
    fn lists_that_are_null_are_empty() {
        let slice: EndpointSlice =
            serde_json::from_value(json!({"metadata": {}, "ports": null, "endpoints": null})).expect("a slice");
        assert_eq!(count(&service(json!([{"port": 80}])), [slice].iter()).empty_port.as_deref(), Some("80"));
    }
}
