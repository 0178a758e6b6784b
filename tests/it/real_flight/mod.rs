//! Whole journeys on a control plane that is not ours, by the program itself.

mod beside;
mod city;
mod ground;
mod terminals;
mod vigil;

use serde_json::{Value, json};

use crate::served::Driver;
use ground::Ground;

/// A release of this version.
fn release(image: &str) -> [String; 4] {
    ["release", "deploy/web", "--image", &format!("app=registry.example/web:{image}")].map(str::to_owned)
}

fn drive(ground: &Ground, state: &str, args: &[String]) -> Driver {
    ground.drive(state, &args.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Listens until an event has these fields.
fn until_said(driver: &mut Driver, wanted: &[(&str, &str)]) -> Value {
    loop {
        let Some(event) = driver.next() else {
            let words = driver.stderr();
            panic!("it ends before {wanted:?}: {:#?} {words}", driver.tail());
        };
        if wanted.iter().all(|(field, value)| event[*field] == *value) {
            return event;
        }
    }
}

/// The template as an apply of the new image would have made it.
fn applied(before: &Value, image: &str) -> Value {
    let mut template = before["spec"]["template"].clone();
    template["spec"]["containers"][0]["image"] = json!(format!("registry.example/web:{image}"));
    template
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_healthy_release_is_promoted_and_nothing_of_ours_is_left() {
    let Some(ground) = Ground::prepare().await else { return };
    let before = ground.web().await;
    let mut driver = drive(&ground, "state", &release("2.0.0"));
    let ended = driver.ends();
    assert_eq!(ended["outcome"], "promoted", "{ended} {:#?}", driver.tail());
    let passed = driver.events.iter().filter(|event| event["event"] == "step" && event["state"] == "passed");
    assert_eq!(passed.map(|event| event["weight"].clone()).collect::<Vec<_>>(), [json!(25), json!(100)]);
    let after = ground.web().await;
    assert_eq!(after["spec"]["template"], applied(&before, "2.0.0"));
    let notes = ground.notes("state");
    let still = "kubectl's last-applied of Deployment web still says app=registry.example/web:1.0.0: ";
    assert!(notes.iter().any(|note| note.starts_with(still)), "{notes:?}");
    ground.is_as_before().await;
    ground.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_that_fails_is_rolled_back_and_that_is_proved() {
    let Some(ground) = Ground::prepare().await else { return };
    let before = ground.web().await;
    let mut driver = drive(&ground, "state", &release("2.0.0-bad"));
    let ended = driver.ends();
    assert_eq!((&ended["outcome"], &ended["proven"]), (&json!("rolled-back"), &json!(true)), "{:#?}", driver.tail());
    assert!(ended["why"].as_str().is_some_and(|why| why.starts_with("errors: ")), "{ended}");
    assert_eq!(ground.web().await["spec"], before["spec"]);
    ground.is_as_before().await;
    ground.leave().await;
}

/// Killed where it hurts most: behind a pin, and with stable half rolled.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_driver_that_is_killed_is_followed_by_one_that_goes_on() {
    let Some(ground) = Ground::prepare().await else { return };
    let before = ground.web().await;
    let mut first = drive(&ground, "state", &release("2.0.0"));
    let step = [("event", "step"), ("state", "soaking")];
    while until_said(&mut first, &step)["weight"] != 100 {}
    first.kill();
    let mut second = drive(&ground, "state", &release("2.0.0"));
    until_said(&mut second, &[("event", "effect"), ("what", "roll web to the new template"), ("state", "confirmed")]);
    assert_eq!(second.events[0]["event"], "resumed");
    second.kill();
    let mut third = drive(&ground, "state", &release("2.0.0"));
    let ended = third.ends();
    assert_eq!(ended["outcome"], "promoted", "{:#?}", third.tail());
    assert!(third.events.iter().all(|event| event["event"] != "step"), "a step was flown twice");
    assert_eq!(ground.web().await["spec"]["template"], applied(&before, "2.0.0"));
    ground.is_as_before().await;
    ground.leave().await;
}

/// A rollback by somebody who has nothing but the cluster; and then the first machine's journal, which knows nothing of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_that_was_rolled_back_from_elsewhere_begins_anew() {
    let Some(ground) = Ground::prepare().await else { return };
    let before = ground.web().await;
    let mut first = drive(&ground, "here", &release("2.0.0"));
    let started = until_said(&mut first, &[("event", "started")]);
    until_said(&mut first, &[("event", "effect"), ("what", "roll web to the new template"), ("state", "confirmed")]);
    first.kill();
    let mut elsewhere = ground.drive("elsewhere", &["rollback", "deploy/web"]);
    elsewhere.proves();
    assert_eq!(ground.web().await["spec"], before["spec"]);
    ground.is_rolled().await;
    ground.is_as_before().await;

    let mut again = drive(&ground, "here", &release("2.0.0"));
    let anew = again.next().expect("a first word");
    assert_eq!(anew["event"], "started", "{anew}");
    assert_ne!(anew["release"], started["release"]);
    until_said(&mut again, &[("event", "step"), ("state", "soaking")]);
    again.kill();
    ground.drive("here", &["rollback", "deploy/web"]).proves();
    ground.is_as_before().await;
    ground.leave().await;
}

/// What was promoted an hour ago is bad.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_nothing_flying_the_version_before_comes_back() {
    let Some(ground) = Ground::prepare().await else { return };
    let before = ground.web().await;
    // Creation times are whole seconds: an older ReplicaSet must be a second older.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    ground.set_image("registry.example/web:2.0.0-bad").await;
    ground.is_rolled().await;
    let mut driver = ground.drive("state", &["rollback", "deploy/web"]);
    driver.proves();
    let pins = |event: &Value| event["what"].as_str().is_some_and(|what| what.starts_with("pin Service web to "));
    let pinned = driver.events.iter().any(pins);
    assert!(pinned, "it went straight into the Deployment: {}", driver.stderr());
    assert_eq!(ground.web().await["spec"]["template"], before["spec"]["template"]);
    ground.is_as_before().await;
    ground.leave().await;
}

/// Somebody else's template is left alone: the release makes way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_hand_is_named_and_its_template_is_left_alone() {
    let Some(ground) = Ground::prepare().await else { return };
    let mut driver = drive(&ground, "state", &release("2.0.0"));
    while until_said(&mut driver, &[("event", "step"), ("state", "soaking")])["weight"] != 100 {}
    ground.set_image("registry.example/web:1.0.1").await;
    let ended = driver.ends();
    assert_eq!((&ended["outcome"], &ended["exit_code"]), (&json!("superseded"), &json!(4)), "{:#?}", driver.tail());
    assert!(ended["why"].as_str().is_some_and(|why| why.contains("somebody has changed the template")), "{ended}");
    ground.is_rolled().await;
    let image = ground.web().await["spec"]["template"]["spec"]["containers"][0]["image"].clone();
    assert_eq!(image, "registry.example/web:1.0.1");
    ground.is_as_before().await;
    ground.leave().await;
}
