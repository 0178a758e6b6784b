use std::collections::BTreeSet;

use glidepath::sim::kind::Kind;
use glidepath::sim::scenario::{Trigger, embedded, names};
use serde_json::json;

use super::{Client, PIN};

/// Plays a whole release by hand, without looking: the weights, the pin, and the way back.
fn fly_blind(client: &mut Client, seen: &mut BTreeSet<usize>, commands: &mut usize) {
    let mut wait = |client: &mut Client, seconds: u64| {
        for _ in 0..seconds {
            client.wait(1_000);
            seen.extend(client.world.acting_faults());
            *commands += client.world.due_commands().len();
        }
    };
    let scale = |pods: u32| json!([{"op": "replace", "path": "/spec/replicas", "value": pods}]);
    client.create_canary("1.8.0");
    for pods in [1, 3, 10] {
        client.try_patch(Kind::Deployment, "checkout-canary", scale(pods));
        wait(client, 60);
    }
    client.try_patch(Kind::Service, "checkout", json!([{"op": "add", "path": PIN, "value": "canary"}]));
    wait(client, 60);
    // The first try may be lost with the API server; the last one is not.
    for _ in 0..2 {
        let pinned = client.get(Kind::Service, "checkout").pointer(PIN).is_some();
        if pinned {
            client.try_patch(Kind::Service, "checkout", json!([{"op": "remove", "path": PIN}]));
        }
        client.try_patch(Kind::Deployment, "checkout-canary", scale(0));
        wait(client, 200);
    }
}

#[test]
fn every_fault_of_every_scenario_comes() {
    for name in names() {
        let scenario = embedded(name).expect(name);
        if scenario.faults.is_empty() && scenario.operator().is_empty() {
            continue;
        }
        let mut client = Client::of(&scenario, 42);
        let (mut seen, mut commands) = (BTreeSet::new(), 0);
        fly_blind(&mut client, &mut seen, &mut commands);
        let all: BTreeSet<usize> = (0..scenario.faults.len()).collect();
        assert_eq!(seen, all, "{name}: every fault has acted");
        assert_eq!(commands, scenario.operator().len(), "{name}: everybody has asked");
    }
}

#[test]
fn nothing_goes_wrong_before_a_release_begins() {
    for name in names() {
        let scenario = embedded(name).expect(name);
        let mut client = Client::of(&scenario, 43);
        client.wait(120_000);
        let calm = |at: &usize| !matches!(scenario.faults[*at].when, Trigger::AfterStart(_));
        assert!(!client.world.acting_faults().iter().any(calm), "{name}");
        let deployments = client.everywhere(Kind::Deployment);
        assert!(!deployments.is_empty(), "{name}");
        for deployment in deployments {
            assert_eq!(deployment["status"]["readyReplicas"], deployment["spec"]["replicas"], "{name}");
        }
        assert_eq!(client.world.requests().lost, 0, "{name}");
        assert!(!client.everywhere(Kind::Event).is_empty(), "{name}: its start-up has left Events");
    }
}

/// The images that a release brings are of its version, one a workload.
#[test]
fn a_release_names_its_images() {
    let images = embedded("healthy").expect("it is there").images();
    assert_eq!(images.len(), 1);
    assert_eq!(
        (images[0].container.as_str(), images[0].reference.as_str()),
        ("app", "registry.example/checkout:1.8.0")
    );
    assert!(embedded("bad-yesterday").expect("it is there").images().is_empty());
}
