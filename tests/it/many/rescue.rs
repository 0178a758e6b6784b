//! Whoever must bring everything back can, whoever drives, or nobody.

use std::time::{Duration, Instant};

use glidepath::cluster;
use glidepath::core::time::{Time, human};
use serde_json::Value;

use super::stage::{RELEASE, SLOW, World, flying, is_soaking};
use crate::control_plane::Api;

const ROLLBACK: [&str; 3] = ["rollback", "deploy/checkout", "--json"];

/// A release that stands at 100 %, its Service pinned.
const PINNED: &str = "[canary]\nsteps = [{ weight = 10, soak = \"1s\" }, 100]\nsoak = \"10m\"\n";

async fn canaries(world: &World) -> Vec<Value> {
    let connection = world.connect().await;
    let path = format!("/apis/apps/v1/namespaces/{}/deployments", world.namespace);
    let all = Api::of(&connection).get(&path).await.unwrap();
    let canary = |one: &&Value| one["metadata"]["name"].as_str().is_some_and(|name| name.ends_with("-canary"));
    all["items"].as_array().unwrap().iter().filter(canary).cloned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_living_driver_obeys_a_rollback_and_is_waited_for() {
    let world = World::serve("healthy", 20);
    world.configure(SLOW);
    let mut driver = flying(&world, "dana@example");
    let (code, text) = world.start("kim@example", &["rollback", "deploy/checkout", "--reason", "it smells"]).end();
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("rolled-back, proven: kim@example asked for it: it smells"), "{text}");
    assert_eq!(driver.end().0, 3);
    assert!(canaries(&world).await.is_empty());
    // Asked again, it answers with that end and starts nothing.
    let (code, text) = world.start("lee@example", &["rollback", "deploy/checkout"]).end();
    assert_eq!((code, text.contains("it has ended: rolled-back, proven")), (0, true), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_driver_that_does_not_answer_is_replaced_after_five_seconds() {
    let world = World::serve("healthy", 20);
    world.configure(SLOW);
    let mut driver = flying(&world, "dana@example");
    driver.signal("STOP");
    let began = Instant::now();
    let mut rescue = world.start("kim@example", &ROLLBACK);
    let decided = rescue.until("it decides", |event| event["event"] == "rollback");
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert_eq!(decided["epoch"], 2, "{decided}");
    let (code, text) = rescue.end();
    assert_eq!(code, 0, "{text}");
    driver.signal("CONT");
    // It heard the order too late: whether it says that another drives or that all is back, it writes nothing.
    let (code, text) = driver.end();
    assert!(matches!(code, 3 | 5), "{code}: {text}");
    assert!(canaries(&world).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn with_nobody_driving_it_takes_over_from_the_record_and_from_the_marks_alone() {
    for alone in [false, true] {
        let world = World::serve("healthy", 20);
        world.configure(PINNED);
        let mut driver = world.start("dana@example", &RELEASE);
        driver.until("it is pinned", |event| is_soaking(event) && event["weight"] == 100);
        driver.kill();
        let connection = world.connect().await;
        if alone {
            let maps = format!("/api/v1/namespaces/{}/configmaps", world.namespace);
            for found in cluster::records(&connection).await.unwrap() {
                Api::of(&connection)
                    .send("DELETE", &format!("{maps}/{}", found.name), "application/json", &Value::Null)
                    .await
                    .unwrap();
            }
        }
        let began = Instant::now();
        let mut rescue = world.start("kim@example", &ROLLBACK);
        rescue.until("it decides", |event| event["event"] == "rollback");
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
        let (code, text) = rescue.end();
        assert_eq!(code, 0, "alone: {alone}: {text}");
        assert!(canaries(&world).await.is_empty());
        println!("cold rollback, alone: {alone}: {:?} until proven", began.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_late_learns_how_long_nobody_has_driven() {
    let world = World::serve("healthy", 1);
    world.configure(SLOW);
    flying(&world, "dana@example").kill();
    // Each look is by a process that has only just come: it has watched the silence for less than a second itself.
    let look = || {
        let output = world.terminal("kim@example", &["status", "deploy/checkout", "--json"]).output().unwrap();
        let snapshot: Value = serde_json::from_slice(&output.stdout).unwrap();
        let time = |value: &Value| value.as_str().and_then(Time::parse);
        let (at, driver) = (time(&snapshot["at"]).unwrap(), &snapshot["driver"]);
        let watched = at.since(time(&driver["silent_since"]).unwrap());
        assert!(watched < Duration::from_secs(5), "{driver}");
        time(&driver["last_word"]).map(|word| (at.since(word), snapshot["next"].to_string()))
    };
    let began = Instant::now();
    loop {
        let (silent, said) = look().expect("the API server says what time it is there");
        if silent >= Duration::from_secs(10) {
            assert!(said.contains(&format!("for {}", human(silent))), "{silent:?}: {said}");
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{silent:?}: {said}");
    }
}
