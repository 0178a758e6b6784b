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
    let output = served.command(&RELEASE).args(["--id", "one", more]).output().unwrap();
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
    // Who asks for the same release again is told the same.
    let (code, again) = said(&served, "--plain");
    assert_eq!((code, again.lines().last()), (Some(0), Some(format!("  {STILL}").as_str())), "{again}");
    // The journal holds the lines of the stream.
    let journals = std::fs::read_dir(served.path().join("state")).unwrap().flatten().map(|entry| entry.path());
    let journal = journals.into_iter().find(|path| path.extension().is_some_and(|end| end == "jsonl")).unwrap();
    let lines = std::fs::read_to_string(journal).unwrap();
    let mut ended = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let ended = ended.rfind(|line| line["event"] == "ended").unwrap();
    assert_eq!(ended["notes"], json!([STILL]));
}

const APPLIED: &str = "the manifest that kubectl applied to Deployment checkout on the server's side still says \
                       app=registry.example/checkout:1.7.4: change it too, or its next apply is refused as a conflict with \
                       glidepath, and forced it brings that back";

/// What `kubectl apply --server-side` of a manifest sends, as `force` with `--force-conflicts`.
async fn apply(served: &Served, image: &str, force: bool) -> Result<Value, (u16, String, String)> {
    let manifest = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "checkout"},
        "spec": {"template": {"spec": {"containers": [{"name": "app", "image": image}]}}}});
    let path = format!("/apis/apps/v1/namespaces/{}/deployments/checkout", served.namespace);
    let api = Api::of(&served.connect().await);
    let path = format!("{path}?fieldManager=kubectl&force={force}");
    api.send("PATCH", &path, "application/apply-patch+yaml", &manifest).await
}

#[tokio::test]
async fn the_manifest_that_was_applied_on_the_servers_side_is_named_and_does_what_is_said_of_it() {
    let served = Served::start("healthy", 20);
    served.configure(&quick("steps = [25, 100]\nsoak = \"1s\""));
    let old = "registry.example/checkout:1.7.4";
    apply(&served, old, false).await.unwrap();
    let mut driver = served.drive(&RELEASE);
    let ended = driver.ends();
    assert_eq!((&ended["outcome"], &ended["notes"]), (&"promoted".into(), &json!([APPLIED])), "{ended}");

    let (code, _, why) = apply(&served, old, false).await.unwrap_err();
    assert!(code == 409 && why.contains("conflict with \"glidepath\""), "{why}");
    let back = apply(&served, old, true).await.unwrap();
    assert_eq!(back["spec"]["template"]["spec"]["containers"][0]["image"], old);
}
