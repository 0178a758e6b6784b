use std::time::Duration;

use glidepath::sim::kind::Kind;
use serde_json::json;

use super::{Client, name};

/// A little story, told in slices of so many milliseconds; what everybody can see at its end.
fn story(seed: u64, slice: u64) -> String {
    let mut client = Client::new("sticky-connections", seed);
    let start = client.start;
    let until = move |client: &mut Client, second: u64| {
        let end = start + Duration::from_secs(second);
        while client.world.now() < end {
            let next = client.world.now() + Duration::from_millis(slice);
            client.world.advance_to(next.min(end));
        }
    };
    client.create_canary("1.8.0");
    client.scale("checkout-canary", 3);
    until(&mut client, 30);
    client.scale("checkout-canary", 10);
    until(&mut client, 60);
    client.pin();
    until(&mut client, 80);
    client.unpin();
    client.scale("checkout-canary", 0);
    until(&mut client, 110);
    let mut seen = String::new();
    for pod in client.list(Kind::Pod) {
        seen += &client.metrics(name(&pod)).unwrap_or_default();
    }
    let objects: Vec<_> =
        [Kind::Pod, Kind::Event, Kind::ReplicaSet, Kind::EndpointSlice].map(|kind| client.list(kind)).into();
    let truth = serde_json::to_string(&client.world.truth()).expect("it can be written");
    format!("{} {:?} {truth} {} {seen}", client.world.revision(), client.world.requests(), json!(objects))
}

#[test]
fn the_same_seed_gives_the_same_world_however_time_is_sliced() {
    let whole = story(11, 60_000);
    assert!(story(11, 250) == whole, "slices of a quarter of a second change nothing");
    assert!(story(11, 37) == whole, "nor do odd ones");
}

#[test]
fn another_seed_gives_another_world() {
    assert!(story(11, 60_000) != story(12, 60_000));
}
