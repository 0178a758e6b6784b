//! Releases with a baseline.

use serde_json::{Value, json};

use super::ground::Ground;
use super::{applied, drive, release, until_said};

/// Steps beside as many fresh pods of stable's version.
const BASELINE: &str = "soak = \"2s\"\nbaseline = true";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_healthy_release_is_promoted_beside_its_baseline_and_neither_is_left() {
    let Some(ground) = Ground::with(BASELINE).await else { return };
    let before = ground.web().await;
    let mut driver = drive(&ground, "state", &release("2.0.0"));
    until_said(&mut driver, &[("event", "step"), ("state", "soaking")]);
    assert_eq!((ground.ready_pods("canary").await, ground.ready_pods("baseline").await), (2, 2));
    let baseline = ground.deployment("web-baseline").await.expect("it is there");
    let mut template = baseline["spec"]["template"].clone();
    let label = template["metadata"]["labels"].as_object_mut().expect("labels").remove("glidepath.dev/track");
    assert_eq!((label, &template), (Some(json!("baseline")), &before["spec"]["template"]), "it runs what stable runs");
    let ended = driver.ends();
    assert_eq!(ended["outcome"], "promoted", "{ended} {:#?}", driver.tail());
    let compared = |event: &&Value| event["event"] == "verdict" && event["evidence"]["baseline"] == true;
    assert!(driver.events.iter().any(|event| compared(&event)), "no rule compared with it");
    assert_eq!(ground.web().await["spec"]["template"], applied(&before, "2.0.0"));
    ground.is_as_before().await;
    ground.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_that_fails_beside_its_baseline_is_rolled_back_and_neither_is_left() {
    let Some(ground) = Ground::with(BASELINE).await else { return };
    let before = ground.web().await;
    let mut driver = drive(&ground, "state", &release("2.0.0-bad"));
    let ended = driver.ends();
    assert_eq!((&ended["outcome"], &ended["proven"]), (&json!("rolled-back"), &json!(true)), "{:#?}", driver.tail());
    assert!(ended["why"].as_str().is_some_and(|why| why.starts_with("errors: ")), "{ended}");
    let made =
        |event: &Value| event["what"] == "create the baseline of web with 0 pods" && event["state"] == "confirmed";
    assert!(driver.events.iter().any(made), "it never had a baseline");
    assert_eq!(ground.web().await["spec"], before["spec"]);
    ground.is_as_before().await;
    ground.leave().await;
}
