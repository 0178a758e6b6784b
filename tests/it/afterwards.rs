//! What stays to be done when a release has been promoted: whoever still describes the old version is named.

use serde_json::{Value, json};

use crate::control_plane::Api;
use crate::served::{RELEASE, Served, quick};

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What `kubectl apply` of a manifest leaves on a Deployment.
async fn applied(served: &Served, image: &str) {
    let manifest = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "checkout"},
        "spec": {"template": {"spec": {"containers": [{"name": "app", "image": image}]}}}});
    let annotations = json!({LAST_APPLIED: format!("{manifest}\n")});
    let path = format!("/apis/apps/v1/namespaces/{}/deployments/checkout", served.namespace);
    let api = Api::of(&served.connect().await);
    let changed: Value = api.merge(&path, json!({"metadata": {"annotations": annotations}})).await.unwrap();
    assert_eq!(changed["metadata"]["name"], "checkout");
}

fn said(served: &Served, more: &str) -> (Option<i32>, String) {
    let output = served.command(&RELEASE).arg(more).output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

const STILL: &str = "kubectl's last-applied of Deployment checkout still says app=registry.example/checkout:1.7.4: change \
                     the manifest too, or the next `kubectl apply` brings it back";

#[tokio::test]
async fn the_manifest_that_was_applied_is_named_before_and_after() {
    let served = Served::start("healthy", 20);
    served.configure(&quick("steps = [25, 100]\nsoak = \"1s\""));
    let (code, before) = said(&served, "--dry-run");
    assert_eq!((code, before.contains("last-applied")), (Some(0), false), "nobody applied anything:\n{before}");

    applied(&served, "registry.example/checkout:1.7.4").await;
    let (code, before) = said(&served, "--dry-run");
    assert_eq!(code, Some(0));
    assert!(before.contains(&format!("\nafterwards: {STILL}\n")), "{before}");
    let (code, end) = said(&served, "--plain");
    assert_eq!(code, Some(0), "{end}");
    assert!(end.contains(&format!("\n  {STILL}\n")), "{end}");
    // What was good to know before the first write is no news at the end.
    let (_, after) = end.rsplit_once(": promoted: ").unwrap();
    assert!(!after.contains("are read at port") && !after.contains("pods make of the weights"), "{after}");
    // The journal holds the lines of the stream.
    let journals = std::fs::read_dir(served.path().join("state")).unwrap().flatten().map(|entry| entry.path());
    let journal = journals.into_iter().find(|path| path.extension().is_some_and(|end| end == "jsonl")).unwrap();
    let lines = std::fs::read_to_string(journal).unwrap();
    let mut ended = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let ended = ended.rfind(|line| line["event"] == "ended").unwrap();
    assert_eq!(ended["notes"], json!([STILL]));
}
