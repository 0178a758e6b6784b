//! When it is over: what others were told, what is left behind, and that it is never flown again.

use std::path::PathBuf;
use std::process::Command;

use glidepath::cluster::Connection;
use serde_json::Value;

use super::stage::{RELEASE, SLOW, World, flying};
use crate::control_plane::Api;

/// A flight of half a minute.
const QUICK: &str =
    "[canary]\nsteps = [50, 100]\nsoak = \"2s\"\nscrape = \"1s\"\n[limits]\nverify = \"2s\"\nhold = \"2m\"\n";

/// All objects of the namespace, by kind, that could bear a mark of ours.
async fn everything(connection: &Connection) -> Vec<(String, Value)> {
    let api = Api::of(connection);
    let mut all = Vec::new();
    for (group, plural) in [
        ("api/v1", "configmaps"),
        ("api/v1", "services"),
        ("api/v1", "pods"),
        ("apis/apps/v1", "deployments"),
        ("apis/apps/v1", "replicasets"),
        ("apis/autoscaling/v2", "horizontalpodautoscalers"),
        ("apis/coordination.k8s.io/v1", "leases"),
    ] {
        let path = format!("/{group}/namespaces/{}/{plural}", connection.namespace);
        let listed = api.get(&path).await.unwrap();
        let items = listed["items"].as_array().cloned().unwrap_or_default();
        all.extend(items.into_iter().map(|item| (plural.to_owned(), item)));
    }
    all
}

/// What of ours is on an object: its labels, annotations, selectors and template, and its name.
fn marks(object: &Value) -> Vec<String> {
    let mut marks = Vec::new();
    for place in [
        "/metadata/labels",
        "/metadata/annotations",
        "/spec/selector",
        "/spec/selector/matchLabels",
        "/spec/template/metadata/labels",
    ] {
        for (key, value) in object.pointer(place).and_then(Value::as_object).into_iter().flatten() {
            if key.starts_with("glidepath.dev/") || value == "glidepath" {
                marks.push(format!("{place}: {key}={value}"));
            }
        }
    }
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    if name.ends_with("-canary") || name.contains("-canary-") {
        marks.push(format!("its name: {name}"));
    }
    marks
}

/// Nothing is left but one record, and it says how it ended.
async fn only_the_record_is_left(world: &World, release: &str) {
    let connection = world.connect().await;
    let all = everything(&connection).await;
    assert!(
        all.iter().any(|(plural, _)| plural == "deployments") && all.iter().any(|(plural, _)| plural == "services")
    );
    let marked: Vec<String> = all
        .iter()
        .filter(|(_, object)| !marks(object).is_empty())
        .map(|(plural, object)| format!("{plural} {} {:?}", object["metadata"]["name"], marks(object)))
        .collect();
    assert_eq!(marked.len(), 1, "{marked:#?}");
    assert!(marked[0].starts_with("configmaps ") && marked[0].contains(release), "{marked:#?}");
}

fn kubectl(world: &World, args: &[&str]) -> Option<String> {
    let kubeconfig: PathBuf = world.kubeconfig_of("kim@example");
    let run = Command::new("kubectl").arg("--kubeconfig").arg(kubeconfig).args(args).output();
    let Ok(output) = run else {
        println!("skipped: there is no kubectl");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn json_lines(text: &str) -> Vec<Value> {
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promoted_release_is_told_to_kubectl_and_leaves_its_record_alone() {
    let world = World::serve("healthy", 20);
    world.configure(QUICK);
    let uid = "0c5f3f0e-2f0e-4b6a-9d39-7a0f5c1d2e3f";
    let flown: Vec<&str> = RELEASE.into_iter().chain(["--id", uid]).collect();
    let (code, said) = world.start("dana@example", &flown).end();
    assert_eq!(code, 0, "{said}");
    only_the_record_is_left(&world, uid).await;

    if let Some(described) = kubectl(&world, &["describe", "deployment", "checkout"]) {
        for words in
            ["ReleaseStarted", "StepStarted", "StepPassed", "Promoted", "release of checkout 1.7.4 → 1.8.0 begins"]
        {
            assert!(described.contains(words), "{words}:\n{described}");
        }
        assert!(described.lines().filter(|line| line.contains("StepPassed")).all(|line| line.contains("glidepath")));
        let events = kubectl(&world, &["get", "events", "-l", "app.kubernetes.io/managed-by=glidepath"]).unwrap();
        assert!(events.lines().skip(1).all(|line| line.contains("deployment/checkout")), "{events}");
        let maps = kubectl(&world, &["get", "configmap", "-l", "app.kubernetes.io/managed-by=glidepath", "-o", "name"]);
        assert_eq!(maps.unwrap().trim(), format!("configmap/glidepath-{uid}"));
    }

    // Another pod of the same Job, with a journal of its own: it reports, and writes nothing.
    let (code, again) = world.start("kim@example", &flown).end();
    assert_eq!(code, 0, "{again}");
    let events = json_lines(&again);
    assert_eq!(events.len(), 1, "{again}");
    assert_eq!((&events[0]["event"], &events[0]["outcome"]), (&"ended".into(), &"promoted".into()));
    assert!(again.contains("has ended already"), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proven_rollback_leaves_its_record_alone_and_is_never_flown_again() {
    let world = World::serve("healthy", 20);
    world.configure(SLOW);
    let uid = "1d5f3f0e-2f0e-4b6a-9d39-7a0f5c1d2e3f";
    let flown: Vec<&str> = RELEASE.into_iter().chain(["--id", uid]).collect();
    let mut driver = world.start("dana@example", &flown);
    driver.until("a step soaks", super::stage::is_soaking);
    let (code, said) = world.start("kim@example", &["rollback", "deploy/checkout", "--json"]).end();
    assert_eq!((code, driver.end().0), (0, 3), "{said}");
    only_the_record_is_left(&world, uid).await;
    if let Some(described) = kubectl(&world, &["describe", "deployment", "checkout"]) {
        assert!(described.contains("RollingBack") && described.contains("RolledBack"), "{described}");
    }
    for who in ["dana@example", "kim@example", "lee@example"] {
        let (code, again) = world.start(who, &flown).end();
        assert_eq!(code, 3, "{who}: {again}");
        assert!(json_lines(&again).iter().all(|event| event["event"] == "ended"), "{who}: {again}");
    }
    only_the_record_is_left(&world, uid).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn recorded_releases_are_listed_and_what_has_not_ended_is_never_forgotten() {
    let world = World::serve("healthy", 20);
    world.configure(SLOW);
    let listed = |who: &str, more: &[&str]| {
        let args: Vec<&str> = ["releases"].into_iter().chain(more.iter().copied()).collect();
        let (code, said) = world.start(who, &args).end();
        assert_eq!(code, 0, "{said}");
        said
    };
    assert_eq!(listed("kim@example", &[]), "no release is recorded here");
    for _ in 0..2 {
        let mut driver = flying(&world, "dana@example");
        let (code, said) = world.start("kim@example", &["rollback", "deploy/checkout", "--plain"]).end();
        assert_eq!((code, driver.end().0), (0, 3), "{said}");
    }
    let mut driver = flying(&world, "dana@example");
    let rows = json_lines(&listed("dana@example", &["--json"]));
    let outcomes: Vec<&Value> = rows.iter().map(|row| &row["outcome"]).collect();
    assert_eq!(outcomes, [&Value::Null, &"rolled-back".into(), &"rolled-back".into()]);
    assert_eq!((&rows[1]["proven"], &rows[1]["who"]), (&true.into(), &"dana@example".into()));
    assert!(rows[1]["duration_ms"].as_u64().unwrap() > 0 && rows[1]["kept"].as_array().unwrap().len() == 2, "{rows:?}");
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/stream.md")).unwrap();
    for key in rows[1].as_object().unwrap().keys() {
        assert!(page.contains(&format!("`{key}`")), "{key} is not documented");
    }
    let table = listed("lee@example", &[]);
    assert!(table.contains("not ended") && table.contains("rolled-back, proven"), "{table}");
    assert!(listed("kim@example", &["--older-than", "1h"]).contains("nothing was forgotten"));
    assert!(listed("kim@example", &["deploy/another"]).contains("no release is recorded here"));

    // The newest flies, and does not count as one that is kept in vain.
    let forgotten = json_lines(&listed("dana@example", &["--keep", "2", "--json"]));
    assert_eq!(forgotten.len(), 1, "{forgotten:?}");
    assert_eq!((&forgotten[0]["release"], &forgotten[0]["forgotten"]), (&rows[2]["release"], &true.into()));
    assert_eq!(json_lines(&listed("kim@example", &["--json"])).len(), 2);
    driver.signal("TERM");
    assert_eq!(driver.end().0, 6);
    let left = json_lines(&listed("dana@example", &["--keep", "1", "--json"]));
    assert_eq!(left.len(), 1, "the held one stays: it can be gone on with: {left:?}");
    let rest = json_lines(&listed("kim@example", &["--json"]));
    assert_eq!((rest.len(), &rest[0]["outcome"]), (1, &"contact-lost".into()), "{rest:?}");
}
