use glidepath::sim::backend::{Admission, Backend, Verb};
use glidepath::sim::kind::Kind;
use serde_json::{Value, json};

use super::{Client, PIN, TRACK, endpoints, name};

fn pinned(client: &mut Client) -> bool {
    !client.get(Kind::Service, "checkout")["spec"]["selector"][TRACK].is_null()
}

#[test]
fn errors_begin_when_the_canary_has_its_share() {
    let mut client = Client::new("error-spike", 1);
    client.fly("1.8.0", 1);
    client.wait(30_000);
    assert!(client.world.acting_faults().is_empty());
    client.scale_canary(3);
    client.wait(40_000);
    assert_eq!(client.world.acting_faults(), [0]);
    let canary = client.canary_pods();
    let before = client.served(&canary);
    client.wait(60_000);
    let after = client.served(&canary);
    let share = (after.1 - before.1) / (after.0 - before.0);
    assert!((0.035..0.065).contains(&share), "{share}");
    let stable = client.stable_pods();
    let (requests, failed) = client.served(&stable);
    assert!(failed / requests < 0.002, "stable is as it was");
}

#[test]
fn the_api_server_loses_the_write_that_begins_a_rollback() {
    let mut client = Client::new("api-outage", 2);
    client.fly("1.8.0", 3);
    assert!(client.try_patch(
        Kind::Deployment,
        "checkout",
        json!([{"op": "add", "path": "/metadata/annotations/x", "value": "y"}])
    ));
    let scale = json!([{"op": "replace", "path": "/spec/replicas", "value": 0}]);
    assert!(!client.try_patch(Kind::Deployment, "checkout-canary", scale.clone()), "the connection is closed");
    assert_eq!(client.get(Kind::Deployment, "checkout-canary")["spec"]["replicas"], 3, "and nothing was done");
    assert!(!*client.world.listening().borrow());
    client.wait(179_000);
    assert!(!*client.world.listening().borrow());
    client.wait(2_000);
    assert!(*client.world.listening().borrow());
    assert!(client.try_patch(Kind::Deployment, "checkout-canary", scale));
}

#[test]
fn metrics_fail_and_return() {
    let mut client = Client::new("metrics-outage", 3);
    client.fly("1.8.0", 3);
    let pod = name(&client.stable_pods()[0]).to_owned();
    assert!(client.metrics(&pod).is_some());
    client.wait(12_000);
    assert!(client.metrics(&pod).is_none());
    client.wait(92_000);
    assert!(client.metrics(&pod).is_some());
}

#[test]
fn metrics_can_hang() {
    let fault = "[[fault]]\nwhen = { after_start = \"0s\" }\neffect = { metrics = \"timeout\" }";
    let mut client = Client::told(fault, 4);
    client.wait(10);
    let mut ask = client.ask(Verb::Get, Kind::Pod, "any", Value::Null);
    assert!(matches!(client.world.arrive(&ask), Admission::Answer));
    (ask.subresource, ask.path) =
        ("proxy".to_owned(), "/api/v1/namespaces/shop/pods/any:8080/proxy/metrics".to_owned());
    assert!(matches!(client.world.arrive(&ask), Admission::Hang));
}

#[test]
fn one_stable_pod_loses_readiness_when_a_rollback_begins() {
    let mut client = Client::new("stuck-stable", 5);
    client.fly("1.8.0", 3);
    client.scale("checkout-canary", 0);
    client.until("one is not ready", 3, |client| client.ready("checkout") == 9);
    assert!(
        client
            .events("Unhealthy")
            .contains(&"Readiness probe failed: HTTP probe failed with statuscode: 503".to_owned())
    );
    client.wait(230_000);
    assert_eq!(client.ready("checkout"), 9);
    client.until("it is back", 20, |client| client.ready("checkout") == 10);
    assert_eq!(client.world.requests().lost, 0);
}

#[test]
fn every_canary_pod_loses_readiness_behind_a_pin() {
    let mut client = Client::new("late-collapse", 6);
    client.fly("1.8.0", 10);
    client.pin();
    client.wait(19_000);
    assert_eq!(endpoints(&mut client, "checkout").len(), 10);
    client.wait(2_000);
    assert_eq!(endpoints(&mut client, "checkout").len(), 0);
    assert_eq!(client.ready("checkout-canary"), 0);
    client.unpin();
    client.wait(500);
    assert_eq!(endpoints(&mut client, "checkout").len(), 10);
}

#[test]
fn a_foreign_controller_removes_the_pin_each_time() {
    let mut client = Client::new("gitops-fight", 7);
    client.fly("1.8.0", 10);
    for _ in 0..4 {
        client.pin();
        let took = client.until("it is removed", 3, |client| !pinned(client));
        assert!((0.9..2.1).contains(&took), "{took}");
    }
    let service = client.get(Kind::Service, "checkout");
    let managers: Vec<&Value> =
        service["metadata"]["managedFields"].as_array().expect("managers").iter().map(|one| &one["manager"]).collect();
    assert!(managers.contains(&&json!("argocd-controller")), "{managers:?}");
}

#[test]
fn a_foreign_controller_puts_the_pin_back_for_a_while() {
    let mut client = Client::new("gitops-rollback", 8);
    client.fly("1.8.0", 10);
    client.pin();
    client.wait(60_000);
    assert!(pinned(&mut client));
    let mut returns = 0;
    for _ in 0..200 {
        if pinned(&mut client) {
            client.patch(Kind::Service, "checkout", json!([{"op": "remove", "path": PIN}]));
            returns += 1;
        }
        client.wait(1_000);
    }
    assert!(returns > 20, "{returns}");
    assert!(!pinned(&mut client), "it is outlasted");
}

#[test]
fn the_autoscaler_wants_more_when_the_scenario_says_so() {
    let fault = "[[fault]]\nwhen = { after_start = \"10s\" }\neffect = { autoscale = { workload = \"checkout\", replicas = 13 } }";
    let mut client = Client::told(fault, 9);
    client.wait(9_000);
    assert_eq!(client.ready("checkout"), 10);
    client.until("scaled", 60, |client| client.ready("checkout") == 13);
}

#[test]
fn people_ask_when_the_scenario_says_so() {
    let mut client = Client::new("bad-yesterday", 10);
    client.wait(19_000);
    assert!(client.world.due_commands().is_empty());
    client.wait(2_000);
    let commands = client.world.due_commands();
    assert_eq!((commands.len(), commands[0].by.as_str(), commands[0].verb.name()), (1, "dana@example", "rollback"));
    assert!(client.world.due_commands().is_empty(), "once");
    let stable = client.stable_pods();
    let (requests, failed) = client.served(&stable);
    assert!(failed / requests > 0.04, "it has been bad since yesterday");
}

#[test]
fn bursts_come_and_go() {
    let mut client = Client::new("flapping-metric", 11);
    client.fly("1.8.0", 10);
    let mut acting = 0;
    for _ in 0..300 {
        client.wait(1_000);
        acting += usize::from(!client.world.acting_faults().is_empty());
    }
    // Four seconds of every two minutes.
    assert!((8..=14).contains(&acting), "{acting}");
}

/// Where it says "single bad samples, never two in a row", no burst is longer than the time between two readings, and between
/// two bursts there are good samples of every rule.
#[test]
fn bursts_are_single_samples() {
    let scenario = glidepath::sim::scenario::embedded("flapping-metric").unwrap();
    let reading = std::time::Duration::from_secs(5);
    let sample = std::time::Duration::from_secs(15);
    for fault in &scenario.faults {
        let (lasts, every) = (fault.lasts.unwrap(), fault.every.unwrap());
        assert!(lasts < reading, "{lasts:?}");
        assert!(every - lasts > 4 * sample, "{every:?}");
    }
}
