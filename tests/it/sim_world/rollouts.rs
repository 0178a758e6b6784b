use glidepath::sim::kind::Kind;
use serde_json::json;

use super::{Client, name, text};

fn condition(client: &mut Client, kind: &str) -> (String, String, String) {
    let deployment = client.get(Kind::Deployment, "checkout");
    let all = deployment["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let found = all.into_iter().find(|condition| condition["type"] == kind).unwrap_or_default();
    let part = |key: &str| text(&found[key]).to_owned();
    (part("status"), part("reason"), part("message"))
}

fn complete(client: &mut Client) -> bool {
    let deployment = client.get(Kind::Deployment, "checkout");
    let status = &deployment["status"];
    status["observedGeneration"] == deployment["metadata"]["generation"]
        && ["replicas", "updatedReplicas", "availableReplicas"]
            .iter()
            .all(|count| status[*count] == deployment["spec"]["replicas"])
}

#[test]
fn a_rolling_update_keeps_its_bounds_and_loses_no_request() {
    let mut client = Client::new("healthy", 1);
    client.set_image("checkout", "1.8.0");
    client.wait(100);
    client.until("the rollout is complete", 120, |client| {
        let pods = client.stable_pods();
        let ready = pods.iter().filter(|pod| {
            pod["status"]["conditions"]
                .as_array()
                .is_some_and(|all| all.iter().any(|one| one["type"] == "Ready" && one["status"] == "True"))
        });
        let alive = pods.iter().filter(|pod| pod["metadata"]["deletionTimestamp"].is_null()).count();
        assert!(ready.count() >= 8 && alive <= 13, "of 10 at most a quarter more or fewer");
        complete(client)
    });
    client.wait(10_000);
    assert_eq!(client.stable_pods().len(), 10);
    assert!(client.stable_pods().iter().all(|pod| text(&pod["spec"]["containers"][0]["image"]).ends_with(":1.8.0")));
    let (status, reason, message) = condition(&mut client, "Progressing");
    assert_eq!((status.as_str(), reason.as_str()), ("True", "NewReplicaSetAvailable"));
    assert!(message.ends_with("has successfully progressed."), "{message}");
    assert_eq!(
        client.get(Kind::Deployment, "checkout")["metadata"]["annotations"]["deployment.kubernetes.io/revision"],
        "4"
    );
    assert_eq!(client.world.requests().lost, 0);
    assert!(client.world.requests().made > 2_000);
}

#[test]
fn the_template_of_an_older_replica_set_brings_that_one_back() {
    let mut client = Client::new("healthy", 2);
    let set_of = |client: &mut Client, tag: &str| {
        let image = format!("registry.example/checkout:{tag}");
        let sets = client.list(Kind::ReplicaSet).into_iter();
        sets.filter(|set| set["spec"]["template"]["spec"]["containers"][0]["image"] == image).collect::<Vec<_>>()
    };
    let before = set_of(&mut client, "1.7.3");
    client.set_image("checkout", "1.7.3");
    client.wait(100);
    client.until("rolled back", 120, complete);
    let after = set_of(&mut client, "1.7.3");
    assert_eq!((after.len(), name(&after[0])), (1, name(&before[0])));
    let annotations = &after[0]["metadata"]["annotations"];
    assert_eq!(annotations["deployment.kubernetes.io/revision"], "4");
    assert_eq!(annotations["deployment.kubernetes.io/revision-history"], "2");
    assert_eq!(client.list(Kind::ReplicaSet).len(), 3);
}

#[test]
fn scaling_changes_the_set_that_serves() {
    let mut client = Client::new("healthy", 3);
    client.scale("checkout", 12);
    client.until("scaled up", 60, |client| client.ready("checkout") == 12);
    client.scale("checkout", 6);
    client.until("scaled down", 60, |client| client.stable_pods().len() == 6);
    assert_eq!(client.world.requests().lost, 0);
    // The autoscaler's least is 4.
    client.scale("checkout", 2);
    client.until("scaled by the autoscaler", 60, |client| {
        client.get(Kind::Deployment, "checkout")["spec"]["replicas"] == 4
    });
    assert!(client.events("SuccessfulRescale")[0].starts_with("New size: 4;"));
}

#[test]
fn a_paused_deployment_scales_and_does_not_roll() {
    let mut client = Client::new("healthy", 4);
    client.patch(Kind::Deployment, "checkout", json!([{"op": "add", "path": "/spec/paused", "value": true}]));
    client.set_image("checkout", "1.8.0");
    client.scale("checkout", 11);
    client.until("scaled", 60, |client| client.ready("checkout") == 11);
    assert!(client.stable_pods().iter().all(|pod| text(&pod["spec"]["containers"][0]["image"]).ends_with(":1.7.4")));
    assert_eq!(condition(&mut client, "Progressing").1, "DeploymentPaused");
    client.patch(Kind::Deployment, "checkout", json!([{"op": "remove", "path": "/spec/paused"}]));
    client.wait(100);
    client.until("rolled", 120, complete);
    assert!(client.stable_pods().iter().any(|pod| text(&pod["spec"]["containers"][0]["image"]).ends_with(":1.8.0")));
}

#[test]
fn recreate_ends_the_old_pods_before_the_new_ones_begin() {
    let mut client = Client::new("healthy", 5);
    client.patch(
        Kind::Deployment,
        "checkout",
        json!([{"op": "replace", "path": "/spec/strategy", "value": {"type": "Recreate"}}]),
    );
    client.set_image("checkout", "1.8.0");
    client.wait(100);
    client.until("recreated", 120, |client| {
        let tags: std::collections::BTreeSet<String> =
            client.stable_pods().iter().map(|pod| text(&pod["spec"]["containers"][0]["image"]).to_owned()).collect();
        assert!(tags.len() < 2, "two versions never meet: {tags:?}");
        complete(client)
    });
    assert!(client.world.requests().lost > 0, "in between nobody serves");
}

#[test]
fn a_rollout_without_progress_says_so_after_its_deadline() {
    let mut client = Client::new("image-missing", 6);
    client.set_image("checkout", "1.8.0");
    client.wait(540_000);
    assert_eq!(condition(&mut client, "Progressing").1, "ReplicaSetUpdated");
    client.wait(120_000);
    let (status, reason, message) = condition(&mut client, "Progressing");
    assert_eq!((status.as_str(), reason.as_str()), ("False", "ProgressDeadlineExceeded"));
    assert!(message.ends_with("has timed out progressing."), "{message}");
    assert_eq!(condition(&mut client, "Available").0, "True");
}

#[test]
fn a_quota_refuses_pods_in_the_api_servers_words() {
    let mut client = Client::told("[cluster]\nquota_pods = 11", 7);
    client.create_canary("1.8.0");
    client.scale("checkout-canary", 3);
    client.wait(10_000);
    assert_eq!(client.canary_pods().len(), 1);
    let canary = client.get(Kind::Deployment, "checkout-canary");
    let failure = canary["status"]["conditions"]
        .as_array()
        .expect("conditions")
        .iter()
        .find(|one| one["type"] == "ReplicaFailure");
    let failure = failure.expect("it says so");
    assert_eq!(failure["reason"], "FailedCreate");
    assert!(
        text(&failure["message"])
            .contains("exceeded quota: compute, requested: pods=1, used: pods=11, limited: pods=11")
    );
    client.scale("checkout", 8);
    client.until("there is room now", 120, |client| client.ready("checkout-canary") == 3);
    let canary = client.get(Kind::Deployment, "checkout-canary");
    assert!(
        canary["status"]["conditions"]
            .as_array()
            .expect("conditions")
            .iter()
            .all(|one| one["type"] != "ReplicaFailure")
    );
}
