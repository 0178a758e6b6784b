//! Files and records that others may have written: a record in the cluster, a journal, a configuration, a kubeconfig, a table.

use std::fs;

use glidepath::core::event::Event;
use glidepath::core::time::Time;
use glidepath::engine::record::{Body, Record};
use serde_json::{Value, json};

use super::{CONFIG, Sinks};
use crate::control_plane::Api;
use crate::served::Served;
use crate::tui::hostile::PAYLOADS;

/// Where it comes out.
pub const SINKS: &[&str] = &[
    "releases",
    "releases --json",
    "status",
    "attach --plain",
    "replay --plain",
    "replay --json",
    "check",
    "check --json",
    "contexts that there are",
    "odds",
];

/// A record of a release that never was, as its own words are.
fn record(text: &str) -> Value {
    let summary = json!({"v": 1, "release": "evil", "hash": "0", "application": text, "workloads": ["checkout", text],
        "from": text, "to": text, "epoch": 1, "seq": 1, "at": "2025-11-23T14:00:00.000Z",
        "started": "2025-11-23T14:00:00.000Z", "driver": text, "mode": "soaking", "ended": null});
    json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "glidepath-evil", "labels": {
            "app.kubernetes.io/managed-by": "glidepath", "app.kubernetes.io/component": "release", "glidepath.dev/release": "evil"}},
        "data": {"summary": summary.to_string(), "sum": ""}, "binaryData": {}})
}

#[tokio::test(flavor = "multi_thread")]
async fn no_payload_reaches_any_sink_from_what_others_wrote() {
    let world = Served::start("healthy", 1);
    world.configure(CONFIG);
    let all = PAYLOADS.join(" ");
    let mut sinks = Sinks::default();
    let api = Api::of(&world.connect().await);
    let maps = format!("/api/v1/namespaces/{}/configmaps", world.namespace);
    // What is harmless is taken for a record: it is the text that makes it none.
    api.create(&maps, &record("fine")).await;
    let listed = world.command(&["releases"]).output().unwrap();
    assert!(String::from_utf8(listed.stdout).unwrap().contains("fine → fine"));
    api.send("DELETE", &format!("{maps}/glidepath-evil"), "application/json", &Value::Null).await.unwrap();
    api.create(&maps, &record(&all)).await;
    let mut tell = |name: &str, args: &[&str]| {
        let output = world.command(args).output().unwrap();
        sinks.take(name, String::from_utf8([output.stdout, output.stderr].concat()).unwrap());
    };
    tell("releases", &["releases"]);
    tell("releases --json", &["releases", "--json"]);
    tell("status", &["status"]);
    tell("attach --plain", &["attach", "--plain"]);

    let note = |seq: u64, text: &str| {
        Record::new(1, seq, Time::from_millis(0), "evil", Body::Event(Event::Note { text: text.to_owned() }))
    };
    fs::write(world.path().join("evil.jsonl"), note(1, "fine").journal_line() + &note(2, &all).journal_line()).unwrap();
    tell("replay --plain", &["replay", "evil.jsonl", "--plain"]);
    tell("replay --json", &["replay", "evil.jsonl", "--json"]);

    let quoted = toml::Value::String(PAYLOADS.concat().replace('\n', "")).to_string();
    fs::write(world.path().join("evil.toml"), format!("[canary]\nsoak = {quoted}\n{quoted} = 1\n")).unwrap();
    tell("check", &["check", "evil.toml"]);
    tell("check --json", &["check", "evil.toml", "--json"]);

    let table = format!("stage,n_c,e_c,n_b,e_b\n{},1,2,3,x\n", PAYLOADS.concat().replace(['\n', '\r'], ""));
    fs::write(world.path().join("evil.csv"), table).unwrap();
    tell("odds", &["odds", "evil.csv"]);

    let kubeconfig = fs::read_to_string(world.kubeconfig()).unwrap();
    let mut kubeconfig: Value = serde_json::from_str(&kubeconfig).unwrap();
    kubeconfig["contexts"][0]["name"] = all.as_str().into();
    // What reads YAML takes some characters only as escapes.
    let escaped: String = kubeconfig
        .to_string()
        .chars()
        .map(|c| {
            if matches!(c, ' '..='~') {
                c.to_string()
            } else {
                c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect()
            }
        })
        .collect();
    fs::write(world.kubeconfig(), escaped).unwrap();
    tell("contexts that there are", &["status", "--context", "nowhere"]);

    sinks.assert_harmless(SINKS);
    sinks.assert_carries_all("contexts that there are");
    for name in ["releases", "status"] {
        assert!(sinks.text(name).contains("text that would drive a terminal"), "{name}: {}", sinks.text(name));
    }
}
