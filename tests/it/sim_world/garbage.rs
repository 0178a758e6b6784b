use glidepath::sim::kind::Kind;
use glidepath::sim::store::delete::{Deletion, Propagation};
use serde_json::json;

use super::Client;

#[test]
fn what_a_deployment_owns_goes_with_it() {
    let mut client = Client::new("healthy", 1);
    client.fly("1.8.0", 2);
    client.delete(Kind::Deployment, "checkout", &Deletion::default());
    assert!(client.find(Kind::Deployment, "checkout").is_none());
    // The canary names stable as its owner, so it goes too.
    client.until("all pods end", 60, |client| client.pods("checkout").is_empty());
    assert!(client.list(Kind::ReplicaSet).is_empty());
    assert!(client.find(Kind::Deployment, "checkout-canary").is_none());
    client.wait(2_000);
    let before = client.world.requests();
    client.wait(10_000);
    let after = client.world.requests();
    assert_eq!(after.lost - before.lost, after.made - before.made, "nobody serves");
}

#[test]
fn a_canary_without_an_owner_stays() {
    let mut client = Client::new("healthy", 2);
    client.fly("1.8.0", 2);
    client.patch(Kind::Deployment, "checkout-canary", json!([{"op": "remove", "path": "/metadata/ownerReferences"}]));
    client.delete(Kind::Deployment, "checkout", &Deletion::default());
    client.wait(30_000);
    assert!(client.stable_pods().is_empty());
    assert_eq!(client.canary_pods().len(), 2);
}

#[test]
fn orphans_stay_without_an_owner() {
    let mut client = Client::new("healthy", 3);
    let how = Deletion { propagation: Propagation::Orphan, ..Deletion::default() };
    client.delete(Kind::Deployment, "checkout", &how);
    client.until("the Deployment is gone", 5, |client| client.find(Kind::Deployment, "checkout").is_none());
    client.wait(10_000);
    assert_eq!(client.stable_pods().len(), 10);
    assert!(client.list(Kind::ReplicaSet).iter().all(|set| set["metadata"]["ownerReferences"].is_null()));
}

#[test]
fn in_the_foreground_the_owner_goes_last() {
    let mut client = Client::new("healthy", 4);
    let how = Deletion { propagation: Propagation::Foreground, ..Deletion::default() };
    client.delete(Kind::Deployment, "checkout", &how);
    client.until("the Deployment is gone", 60, |client| client.find(Kind::Deployment, "checkout").is_none());
    assert!(client.list(Kind::ReplicaSet).is_empty());
}

#[test]
fn slices_go_with_their_service() {
    let mut client = Client::new("healthy", 5);
    client.delete(Kind::Service, "checkout", &Deletion::default());
    client.until("its slices are gone", 5, |client| client.list(Kind::EndpointSlice).is_empty());
    client.wait(2_000);
    let before = client.world.requests();
    client.wait(5_000);
    assert!(client.world.requests().lost > before.lost, "new connections meet nobody");
}
