//! What terminals share may be strange: another's lease under our name, clocks an hour apart, one name in two namespaces.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::stage::{Process, RELEASE, SLOW, World, flying, is_soaking};
use crate::control_plane::Api;

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_a_stranger_holds_stops_a_release_before_its_first_write_and_no_rollback() {
    let world = World::serve("healthy", 20);
    world.configure(SLOW);
    let connection = world.connect().await;
    let api = Api::of(&connection);
    let leases = format!("/apis/coordination.k8s.io/v1/namespaces/{}/leases", world.namespace);
    let strange = json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "glidepath-checkout"},
        "spec": {"holderIdentity": "some-operator", "leaseDurationSeconds": 15}});
    let deployments = format!("/apis/apps/v1/namespaces/{}/deployments", world.namespace);
    let before = api.get(&deployments).await.unwrap();
    api.create(&leases, &strange).await;
    let (code, text) = world.start("dana@example", &RELEASE).end();
    assert_eq!(code, 5, "{text}");
    for words in
        ["glidepath-checkout", "it was not made by glidepath, and is held by some-operator", "find out whose it is"]
    {
        assert!(text.contains(words), "{text}");
    }
    let spec =
        |list: &Value| list["items"].as_array().unwrap().iter().map(|one| one["spec"].clone()).collect::<Vec<_>>();
    assert_eq!(spec(&api.get(&deployments).await.unwrap()), spec(&before), "nothing was written");
    // A release that flies when the stranger comes is brought back all the same.
    api.send("DELETE", &format!("{leases}/glidepath-checkout"), "application/json", &Value::Null).await.unwrap();
    let mut driver = flying(&world, "dana@example");
    driver.kill();
    api.send("DELETE", &format!("{leases}/glidepath-checkout"), "application/json", &Value::Null).await.unwrap();
    api.create(&leases, &strange).await;
    let (code, text) = world.start("kim@example", &["rollback", "deploy/checkout"]).end();
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("the rollback goes on without it"), "{text}");
    let lease = api.get(&format!("{leases}/glidepath-checkout")).await.unwrap();
    assert_eq!(lease["spec"]["holderIdentity"], "some-operator", "a stranger's lease is left alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_of_the_same_name_in_another_namespace_is_another() {
    let world = World::serve("healthy", 20);
    world.configure(SLOW);
    let mut driver = flying(&world, "dana@example");
    let connection = world.connect().await;
    let api = Api::of(&connection);
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "elsewhere"}});
    api.create("/api/v1/namespaces", &namespace).await;
    let twin = |path: &str| format!("{}/checkout", path.replace(&world.namespace, "elsewhere"));
    for path in ["/apis/apps/v1/namespaces/NS/deployments", "/api/v1/namespaces/NS/services"] {
        let path = path.replace("NS", &world.namespace);
        let found = api.get(&format!("{path}/checkout")).await.unwrap();
        let mut spec = found["spec"].clone();
        if let Some(spec) = spec.as_object_mut() {
            spec.remove("clusterIP");
            spec.remove("clusterIPs");
        }
        let labels = found["metadata"]["labels"].clone();
        let twin = json!({"apiVersion": found["apiVersion"], "kind": found["kind"], "spec": spec,
            "metadata": {"name": "checkout", "labels": labels}});
        api.create(&path.replace(&world.namespace, "elsewhere"), &twin).await;
    }
    let before = api.get(&twin(&format!("/apis/apps/v1/namespaces/{}/deployments", world.namespace))).await.unwrap();
    for verb in ["pause", "rollback"] {
        let (code, text) = world.start("kim@example", &[verb, "deploy/checkout", "-n", "elsewhere"]).end();
        assert!(matches!(code, 2 | 5), "{verb}: {code}: {text}");
    }
    let (_, text) = world.start("kim@example", &["status", "-n", "elsewhere"]).end();
    assert!(text.contains("no release"), "{text}");
    let after = api.get(&twin(&format!("/apis/apps/v1/namespaces/{}/deployments", world.namespace))).await.unwrap();
    assert_eq!(after["spec"], before["spec"]);
    assert!(driver.events().iter().all(|event| event["event"] != "command"), "nothing reached the other one");
    assert_eq!(world.start("kim@example", &["rollback", "deploy/checkout"]).end().0, 0);
    assert_eq!(driver.end().0, 3);
}

/// The library that makes a process's clock wrong.
fn faketime() -> Option<PathBuf> {
    let machines = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    machines.map(|machine| machine.path().join("faketime/libfaketime.so.1")).find(|library| library.exists())
}

/// The program on a machine whose clock is wrong by so much (`+1h`); `None`: nothing here can make one so.
fn on_a_wrong_clock(world: &World, by: &str, who: &str, args: &[&str]) -> Option<Process> {
    let Some(library) = faketime() else {
        assert!(std::env::var_os("CI").is_none(), "no libfaketime: apt-get install faketime");
        eprintln!("skipped: no libfaketime; turn it on with apt-get install faketime");
        return None;
    };
    let mut command = world.terminal(who, args);
    command.env("LD_PRELOAD", library).env("FAKETIME", by);
    Some(Process::start(command))
}

#[test]
fn clocks_an_hour_apart_neither_make_a_driver_dead_nor_a_command_old() {
    for by in ["+1h", "-1h"] {
        let world = World::serve("healthy", 20);
        world.configure(SLOW);
        let Some(mut driver) = on_a_wrong_clock(&world, by, "dana@example", &RELEASE) else { return };
        let soaks = driver.until("a step soaks", is_soaking);
        let says = chrono::DateTime::parse_from_rfc3339(soaks["at"].as_str().unwrap()).unwrap();
        let apart = (chrono::Utc::now() - says.with_timezone(&chrono::Utc)).num_minutes().abs();
        assert!((50..70).contains(&apart), "the driver's clock is wrong: {says}");
        let (code, text) = world.start("kim@example", &RELEASE).end();
        assert_eq!((code, text.contains("dana@example drives")), (5, true), "{by}: {text}");
        let (code, text) = world.start("kim@example", &["status"]).end();
        assert_eq!((code, text.contains("NOBODY"), text.contains("1h")), (0, false, false), "{by}: {text}");
        let (code, text) = world.start("kim@example", &["pause"]).end();
        assert_eq!(code, 0, "{by}: {text}");
        // It dies; whoever goes on has the right clock, and the soak does not jump by the hour between.
        driver.signal("KILL");
        driver.end();
        let heir = world.start("kim@example", &RELEASE);
        // Before its first write it has said beside the application that it drives: what lee gives is for it.
        heir.until("it goes on", |event| event["event"] == "effect" && event["epoch"] == 2);
        let (code, text) = world.start("lee@example", &["resume"]).end();
        assert_eq!(code, 0, "{by}: {text}");
        let (_, text) = world.start("lee@example", &["status", "--json"]).end();
        let snapshot: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        assert_eq!(snapshot["step"]["index"], 0, "{by}: five minutes have not passed: {text}");
        let (code, text) = world.start("lee@example", &["rollback", "deploy/checkout"]).end();
        assert_eq!(code, 0, "{by}: {text}");
    }
}
