//! What the cluster shows of itself: events about a Deployment, annotations of its pods and of its own.

use std::collections::BTreeMap;
use std::fs;

use k8s_openapi::ByteString;
use serde_json::{Value, json};

use super::{CONFIG, FLY, SPEED, Sinks, flying, journal, take_away_and_leave};
use crate::control_plane::Api;
use crate::served::Served;
use crate::tui::hostile::PAYLOADS;

/// Where it comes out.
pub const SINKS: &[&str] = &[
    "preflight",
    "release --dry-run",
    "screen",
    "clipboard",
    "export txt",
    "export svg",
    "export json",
    "export jsonl",
    "journal",
    "log file",
    "status",
    "status --json",
    "attach --plain",
    "attach --json",
    "releases",
    "releases --json",
    "replay --plain",
    "replay --json",
    "replay --judge",
    "replay --judge --json",
    "rollback --plain",
];

/// Later than everything else, so that what is hostile comes first wherever only the newest is kept.
const LATE: &str = "2999-01-01T00:00:00Z";

/// The annotation by which Helm says whose an object is; who owns it is told before a release and after it.
const HELM: &str = "meta.helm.sh/release-name";

/// Puts every payload where it is shown: into events about the Deployment, and annotations of it and of its pods.
async fn poison(world: &Served) {
    let api = Api::of(&world.connect().await);
    let namespace = &world.namespace;
    let path = format!("/apis/apps/v1/namespaces/{namespace}/deployments/checkout");
    let owned = json!({"metadata": {"annotations": {HELM: PAYLOADS.join(" ")}}});
    let deployment = api.merge(&path, owned).await.expect("it is there");
    let uid = &deployment["metadata"]["uid"];
    let pods = format!("/api/v1/namespaces/{namespace}/pods");
    let listed = api.get(&pods).await.expect("pods");
    let annotations: BTreeMap<String, &str> =
        PAYLOADS.iter().enumerate().map(|(place, payload)| (format!("example.com/note-{place}"), *payload)).collect();
    for pod in listed["items"].as_array().unwrap() {
        let name = pod["metadata"]["name"].as_str().unwrap();
        api.merge(&format!("{pods}/{name}"), json!({"metadata": {"annotations": annotations}})).await.expect("a note");
    }
    for (place, payload) in PAYLOADS.iter().enumerate() {
        let event = json!({
            "apiVersion": "v1", "kind": "Event",
            "metadata": {"name": format!("hostile-{place}"), "namespace": namespace},
            "involvedObject": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "checkout", "namespace": namespace, "uid": uid},
            "reason": format!("Hostile{payload}"), "message": format!("payload {place}: {payload}"), "type": "Warning",
            "lastTimestamp": LATE, "count": 1,
            "source": {"component": payload}, "reportingComponent": payload, "reportingInstance": payload,
        });
        api.create(&format!("/api/v1/namespaces/{namespace}/events"), &event).await;
    }
}

/// What the clipboard was given, and what was written beside that: base64 in the one sequence that is ours.
fn copied(sent: &str) -> (String, String) {
    let (before, rest) = sent.split_once("\u{1b}]52;c;").expect("something was copied");
    let (base64, after) = rest.split_once("\u{1b}\\").expect("it ends");
    let ByteString(bytes) = serde_json::from_value(base64.into()).expect("base64");
    (String::from_utf8(bytes).expect("text"), format!("{before}{after}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_payload_reaches_any_sink_from_the_cluster() {
    let world = Served::start("healthy", SPEED);
    world.configure(CONFIG);
    poison(&world).await;
    let mut sinks = Sinks::default();
    sinks.run(&world, "preflight", &["preflight", FLY[1], FLY[2], FLY[3]]);
    sinks.run(&world, "release --dry-run", &[&FLY[..], &["--dry-run"]].concat());
    let screen = tokio::task::block_in_place(|| {
        let mut seat = flying(&world, &[]);
        // Every view, the page of a pod, and what is taken away from each of them.
        for (key, words) in
            [("4", "payload"), ("9", "log of this program"), ("3", "trouble first"), ("\u{1b}[F", "stable")]
        {
            seat.press(key);
            seat.sees_words(words);
        }
        seat.press("\r");
        seat.sees_words("as of");
        seat.press("\u{1b}[F");
        seat.sees_words("example.com/note");
        seat.press("\u{1b}");
        seat.press("4/Hostile\r");
        seat.sees_words("payload");
        seat.sees_words("u{1b}]52");
        seat.press("y");
        seat.sees_words("clipboard");
        take_away_and_leave(seat)
    });
    let (clipboard, screen) = copied(&screen);
    sinks.take("clipboard", clipboard);
    sinks.screen("screen", &screen);
    sinks.exports(&world);
    let journal = journal(&world);
    sinks.take("journal", fs::read_to_string(&journal).unwrap());
    sinks.take("log file", fs::read_to_string(world.path().join("state/glidepath.log")).unwrap());
    let journal = journal.to_str().unwrap();
    sinks.run(&world, "status", &["status", "-vv"]);
    sinks.run(&world, "status --json", &["status", "--json", "-vv"]);
    sinks.run(&world, "releases", &["releases"]);
    sinks.run(&world, "releases --json", &["releases", "--json"]);
    sinks.run(&world, "replay --plain", &["replay", journal, "--plain"]);
    sinks.run(&world, "replay --json", &["replay", journal, "--json"]);
    sinks.run(&world, "replay --judge", &["replay", journal, "--judge", "glidepath.toml"]);
    sinks.run(&world, "replay --judge --json", &["replay", journal, "--judge", "glidepath.toml", "--json"]);
    // Who looks on while it is rolled back.
    let looks_on = |front: &str| {
        world.command_on("elsewhere", &["attach", "--read-only", front]).stdout(std::process::Stdio::piped()).spawn()
    };
    let (plain, stream) = (looks_on("--plain").unwrap(), looks_on("--json").unwrap());
    sinks.run(&world, "rollback --plain", &["rollback", "deploy/checkout", "--plain", "-vv"]);
    for (name, looker) in [("attach --plain", plain), ("attach --json", stream)] {
        sinks.take(name, String::from_utf8(looker.wait_with_output().unwrap().stdout).unwrap());
    }

    sinks.assert_harmless(SINKS);
    for name in
        ["preflight", "release --dry-run", "export json", "journal", "export jsonl", "replay --json", "status --json"]
    {
        sinks.assert_carries_all(name);
    }
    for (name, seen) in [("clipboard", "payload"), ("export txt", "payload"), ("export svg", "payload")] {
        assert!(sinks.text(name).contains(seen), "{name} shows nothing of the payloads");
    }
    let first: Value = serde_json::from_str(sinks.text("journal").lines().next().unwrap()).unwrap();
    assert_eq!(first["event"], "started");
}
