use glidepath::sim::kind::Kind;
use serde_json::json;

use super::{Client, endpoints, name};

#[test]
fn endpoints_follow_a_selector_with_a_lag_and_connections_follow_them() {
    let mut client = Client::told("[[workload]]\nkept = 0.0", 1);
    client.fly("1.8.0", 10);
    assert_eq!(endpoints(&mut client, "checkout").len(), 20);
    client.pin();
    assert_eq!(endpoints(&mut client, "checkout").len(), 20, "not yet");
    let lag = client.until("the slices follow", 2, |client| endpoints(client, "checkout").len() == 10);
    assert!((0.05..=0.35).contains(&lag), "{lag}");
    assert!(endpoints(&mut client, "checkout").iter().all(|pod| pod.starts_with("checkout-canary-")));
    let stable = client.stable_pods();
    client.wait(450);
    let (before, _) = client.served(&stable);
    client.wait(50);
    assert!(client.served(&stable).0 > before, "the proxies do not know yet");
    client.wait(600);
    let (before, _) = client.served(&stable);
    client.wait(10_000);
    assert_eq!(client.served(&stable).0, before, "stable gets nothing more");
    assert_eq!(client.world.requests().lost, 0);
}

#[test]
fn an_endpoint_says_how_its_pod_is() {
    let mut client = Client::new("healthy", 2);
    let slices = client.list(Kind::EndpointSlice);
    let labels = &slices[0]["metadata"]["labels"];
    assert_eq!(labels["endpointslice.kubernetes.io/managed-by"], "endpointslice-controller.k8s.io");
    assert_eq!(slices[0]["ports"], json!([{"name": "http", "port": 8080, "protocol": "TCP"}]));
    let endpoint = &slices[0]["endpoints"][0];
    assert_eq!(endpoint["conditions"], json!({"ready": true, "serving": true, "terminating": false}));
    let pod = client.get(Kind::Pod, endpoint["targetRef"]["name"].as_str().expect("a name"));
    assert_eq!(endpoint["targetRef"]["uid"], pod["metadata"]["uid"]);
    assert_eq!(endpoint["addresses"][0], pod["status"]["podIP"]);
    client.scale("checkout", 9);
    client.wait(500);
    let slices = client.list(Kind::EndpointSlice);
    let going = slices[0]["endpoints"]
        .as_array()
        .expect("endpoints")
        .iter()
        .find(|one| one["conditions"]["terminating"] == true);
    assert_eq!(
        going.expect("one is going")["conditions"],
        json!({"ready": false, "serving": true, "terminating": true})
    );
}

#[test]
fn a_slice_holds_at_most_a_hundred_endpoints() {
    let mut client = Client::told(
        "[cluster]\ncpu = \"64\"\n[[workload]]\nreplicas = 130\ncpu = \"10m\"\nmemory = \"128Mi\"\nhistory = []\nautoscaler = false",
        3,
    );
    let sizes = |client: &mut Client| {
        let slices = client.list(Kind::EndpointSlice);
        let mut sizes: Vec<usize> =
            slices.iter().map(|slice| slice["endpoints"].as_array().map_or(0, Vec::len)).collect();
        sizes.sort_unstable();
        sizes
    };
    assert_eq!(sizes(&mut client).iter().sum::<usize>(), 130);
    assert!(sizes(&mut client).iter().all(|size| *size <= 100));
    client.scale("checkout", 0);
    client.until("gone", 60, |client| client.stable_pods().is_empty());
    client.wait(500);
    assert_eq!(sizes(&mut client), [0], "one slice stays and says that there is nobody");
}

#[test]
fn a_pod_without_the_named_port_is_no_endpoint_of_it() {
    let mut client = Client::new("healthy", 4);
    let ports = json!([{"name": "admin", "port": 81, "targetPort": "admin", "protocol": "TCP"}]);
    client.create(
        Kind::Service,
        json!({"metadata": {"name": "admin"}, "spec": {"selector": {"app": "checkout"}, "ports": ports}}),
    );
    client.wait(500);
    let slices = client.list(Kind::EndpointSlice);
    let of_admin = slices.iter().find(|slice| name(slice).starts_with("admin-")).expect("a slice");
    assert_eq!(of_admin["ports"].as_array().map_or(0, Vec::len), 0, "{of_admin}");
}
