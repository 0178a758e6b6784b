//! What people say at other terminals reaches the driver once, and its answer them.

use serde_json::{Value, json};

use super::stage::{RELEASE, World, flying, is_soaking};
use crate::control_plane::Api;

const GATED: &str = "[canary]\nsteps = [{ weight = 10, soak = \"1s\", approval = true }, 100]\nsoak = \"5m\"\n";

fn said(world: &World, who: &str, args: &[&str]) -> (i32, String) {
    world.start(who, args).end()
}

#[test]
fn what_the_keys_do_scripts_do_and_exit_with_the_answer() {
    let world = World::serve("healthy", 20);
    world.configure(GATED);
    let driver = flying(&world, "dana@example");
    let (code, text) = said(&world, "kim@example", &["pause", "--reason", "lunch"]);
    assert_eq!((code, text.contains("it stops before the next advance")), (0, true), "{text}");
    let paused = driver.until("the driver obeyed", |event| event["event"] == "command" && event["command"] == "pause");
    assert_eq!((&paused["by"], &paused["accepted"]), (&json!("kim@example"), &json!(true)));
    assert_eq!(paused["reason"], "lunch");
    // What cannot be obeyed is refused, with the driver's reason.
    let (code, text) = said(&world, "kim@example", &["pause"]);
    assert_eq!((code, text.contains("kim@example has paused it already")), (5, true), "{text}");
    assert_eq!(said(&world, "lee@example", &["resume", "deploy/checkout"]).0, 0);
    let (code, text) = said(&world, "lee@example", &["approve", "--json"]);
    assert_eq!((code, text.contains(r#""accepted":true"#)), (0, true), "{text}");
    driver.until("the gate is satisfied", |event| {
        event["event"] == "gate" && event["needs"] == "approved by lee@example"
    });
    driver.until("the next step begins", |event| is_soaking(event) && event["index"] == 2);
    let (code, text) = said(&world, "lee@example", &["status", "--json"]);
    let snapshot: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!((code, &snapshot["driver"]["who"], &snapshot["step"]["index"]), (0, &json!("dana@example"), &json!(1)));
    assert_eq!(snapshot["sharing"]["identity_enforced"], json!(false), "this cluster enforces nothing");
    let (_, text) = said(&world, "lee@example", &["status"]);
    assert!(text.contains("step       2 of 2: 100 %"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_obeyed_once_and_not_when_the_step_or_the_driver_has_moved_on() {
    let world = World::serve("healthy", 20);
    world.configure(GATED);
    let driver = flying(&world, "dana@example");
    let connection = world.connect().await;
    let api = Api::of(&connection);
    let maps = format!("/api/v1/namespaces/{}/configmaps", world.namespace);
    let release = driver.events()[0]["release"].as_str().unwrap().to_owned();
    let command = |verb: &str, seen: Value| {
        json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"generateName": "glidepath-command-", "labels": {
                "app.kubernetes.io/managed-by": "glidepath", "app.kubernetes.io/component": "command",
                "glidepath.dev/release": release}},
            "data": {"author": "mallory@example", "verb": verb, "command": json!({"v": 1, "verb": {"verb": verb},
                "at": "2026-01-15T03:00:00Z", "reason": null, "seen": seen}).to_string()}})
    };
    let answer = async |map: &Value| {
        let path = format!("{maps}/{}", map["metadata"]["name"].as_str().unwrap());
        let began = std::time::Instant::now();
        loop {
            let now = api.get(&path).await.unwrap();
            if let Some(answer) = now["data"]["answer"].as_str() {
                return answer.to_owned();
            }
            assert!(began.elapsed() < super::stage::SOON, "no answer: {now}");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let stale = api.create(&maps, &command("approve", json!({"step": 1, "release": release}))).await;
    assert!(answer(&stale).await.contains("the step that was seen is over"));
    let other = api.create(&maps, &command("pause", json!({"epoch": 7}))).await;
    assert!(answer(&other).await.contains("another driver has taken over"));
    let foreign = api.create(&maps, &command("rollback", json!({"release": "another"}))).await;
    assert!(answer(&foreign).await.contains("the command was for another"));
    let garbled = api.create(&maps, &command("explode", json!({}))).await;
    assert!(answer(&garbled).await.contains("cannot be read"));
    let good = api.create(&maps, &command("pause", json!({"epoch": 1, "release": release}))).await;
    assert!(answer(&good).await.contains(r#""accepted":true"#));
    // Written again, it is not obeyed again.
    let path = format!("{maps}/{}", good["metadata"]["name"].as_str().unwrap());
    api.merge(&path, json!({"data": {"answer": null}})).await.unwrap();
    let resumed = api.create(&maps, &command("resume", json!({}))).await;
    assert!(answer(&resumed).await.contains(r#""accepted":true"#));
    let obeyed =
        driver.events().iter().filter(|event| event["command"] == "pause" && event["accepted"] == true).count();
    assert_eq!(obeyed, 1);
}

#[test]
fn racing_words_are_all_answered_and_one_pause_wins() {
    let world = World::serve("healthy", 20);
    world.configure(GATED);
    let driver = flying(&world, "dana@example");
    let mut people: Vec<_> = (0..4).map(|number| world.start(&format!("p{number}@example"), &["pause"])).collect();
    let codes: Vec<i32> = people.iter_mut().map(|person| person.end().0).collect();
    assert_eq!(
        (codes.iter().filter(|code| **code == 0).count(), codes.iter().filter(|code| **code == 5).count()),
        (1, 3)
    );
    let accepted = |event: &&Value| event["command"] == "pause" && event["accepted"] == true;
    assert_eq!(driver.events().iter().filter(accepted).count(), 1);
}

#[test]
fn nobody_answers_for_a_driver_that_is_dead_and_the_command_is_taken_back() {
    let world = World::serve("healthy", 20);
    world.configure(GATED);
    let mut driver = flying(&world, "dana@example");
    driver.kill();
    let (code, text) = said(&world, "kim@example", &["pause"]);
    assert_eq!((code, text.contains("did not answer; the command was taken back")), (6, true), "{text}");
    let (code, text) = said(&world, "kim@example", &["pause", "deploy/nothing"]);
    assert_eq!((code, text.contains("no release of nothing runs in namespace")), (2, true), "{text}");
    let mut resumed = world.start("kim@example", &RELEASE);
    resumed.until("it goes on", |event| event["event"] == "effect" && event["epoch"] == 2);
    assert!(!resumed.events().iter().any(|event| event["command"] == "pause"), "nobody obeys what was taken back");
    resumed.kill();
}
