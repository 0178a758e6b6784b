//! What is wrong is said before anything is written: what, where, and what to do. Through the program itself.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::json;

use crate::control_plane::{Api, until};
use crate::served::{RELEASE, Served};

fn alone(home: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_glidepath"));
    command.current_dir(home).env_clear().env("HOME", home).stdin(Stdio::null());
    command.args(args).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// It ended so, said all of this, and put nothing on stdout.
fn said(output: &Output, code: i32, words: &[&str]) {
    let text = stderr(output);
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(words.iter().all(|words| text.contains(words)), "{words:?} in: {text}");
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn without_a_cluster_it_says_how_to_reach_one() {
    let home = tempfile::tempdir().unwrap();
    let release = |more: &[&str]| alone(home.path(), &[&RELEASE, more].concat());
    said(&release(&[]), 2, &["kubeconfig", "--kubeconfig"]);
    said(&release(&["--kubeconfig", "none.yaml"]), 2, &["none.yaml", "hint: name another with --kubeconfig"]);
    std::fs::write(home.path().join("not.yaml"), "this: [is, not").unwrap();
    said(&release(&["--kubeconfig", "not.yaml"]), 2, &["not.yaml"]);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let kubeconfig = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": format!("http://{nobody}")}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}],
        "users": [{"name": "c", "user": {"token": "t"}}],
    });
    std::fs::write(home.path().join("kube.yaml"), kubeconfig.to_string()).unwrap();
    said(&release(&["--kubeconfig", "kube.yaml", "--json"]), 6, &["context c", "check the network"]);
    said(&release(&["--kubeconfig", "kube.yaml", "--context", "prod"]), 2, &["prod"]);
}

#[test]
fn a_demo_that_cannot_begin_says_why() {
    let home = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    said(&alone(home.path(), &["demo", "--plain", "--port", &port]), 2, &[&port, "--port N"]);
    // Nobody can write there, not even root.
    said(
        &alone(home.path(), &["demo", "--plain", "--journal", "/proc/self/state"]),
        2,
        &["/proc/self/state", "--journal"],
    );
    let mut unwritable = alone(home.path(), &["demo", "--serve", "--kubeconfig-out", "/proc/self/kube.yaml"]);
    unwritable.stdout.clear();
    said(&unwritable, 2, &["/proc/self/kube.yaml", "path that can be written"]);
    // Before the flight, not when it is over.
    for mode in [&["--plain"][..], &["--serve", "--kubeconfig-out", "kube.yaml"]] {
        let truth = [&["demo"], mode, &["--truth", "/proc/self/truth"]].concat();
        said(&alone(home.path(), &truth), 2, &["the truth cannot be written to /proc/self/truth", "--truth another"]);
    }
    said(&alone(home.path(), &["replay", "none.jsonl", "--plain"]), 2, &["none.jsonl", "glidepath releases"]);
    std::fs::write(home.path().join("own.toml"), "[canary]\nsoack = \"1m\"\n").unwrap();
    said(&alone(home.path(), &["demo", "--config", "own.toml"]), 2, &["own.toml:2", "soack", "soak"]);
    said(
        &alone(home.path(), &["demo", "--scenario-file", "none.toml"]),
        2,
        &["none.toml", "cannot be read", "healthy.toml"],
    );
    std::fs::write(home.path().join("mine.toml"), "summary = \"mine\"\n[expekt]\n").unwrap();
    said(&alone(home.path(), &["demo", "--scenario-file", "mine.toml"]), 2, &["mine.toml:2", "expekt"]);
}

#[test]
fn without_a_terminal_the_cockpit_is_plain_and_says_so() {
    let home = tempfile::tempdir().unwrap();
    let output = alone(home.path(), &["demo", "--scenario", "crash-loop", "--speed", "1000", "--journal", "state"]);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(stderr(&output), "glidepath: no terminal here, so the cockpit is shown as --plain\n");
    assert!(String::from_utf8(output.stdout).unwrap().contains("rolling back"));
}

fn run(served: &Served, args: &[&str]) -> Output {
    served.command(args).output().unwrap()
}

#[tokio::test]
async fn what_cannot_fly_is_refused_by_name_before_the_first_write() {
    let served = Served::start("healthy", 1);
    let api = Api::of(&served.connect().await);
    said(
        &run(&served, &["release", "deploy/chekout", "--image", "app=registry.example/checkout:1.8.0"]),
        2,
        &["chekout", "checkout"],
    );
    said(&run(&served, &["release", "deploy/checkout", "--image", "web=x:1.8.0"]), 2, &["web", "app"]);
    said(
        &run(&served, &["release", "deploy/checkout", "--image", "app=registry.example/checkout:1.7.4"]),
        2,
        &["checkout already runs"],
    );
    said(&run(&served, &["release", "deploy/checkout", "-n", "nowhere", "--image", "app=x:1.8.0"]), 2, &["nowhere"]);
    let deployment = "/apis/apps/v1/namespaces/shop/deployments/checkout";
    let service = "/api/v1/namespaces/shop/services/checkout";
    let cases = [
        (deployment, json!({"spec": {"paused": true}}), json!({"spec": {"paused": null}}), "paused"),
        (
            deployment,
            json!({"spec": {"strategy": {"type": "Recreate", "rollingUpdate": null}}}),
            json!({"spec": {"strategy": {"type": "RollingUpdate"}}}),
            "Recreate",
        ),
        (
            service,
            json!({"spec": {"publishNotReadyAddresses": true}}),
            json!({"spec": {"publishNotReadyAddresses": null}}),
            "publishNotReadyAddresses",
        ),
        (
            service,
            json!({"spec": {"internalTrafficPolicy": "Local"}}),
            json!({"spec": {"internalTrafficPolicy": "Cluster"}}),
            "internalTrafficPolicy",
        ),
    ];
    let observed = async || {
        let object = api.get(deployment).await.unwrap();
        object["metadata"]["generation"] == object["status"]["observedGeneration"]
    };
    for (path, wrong, right, words) in cases {
        api.merge(path, wrong).await.unwrap();
        until("its controller has taken note", observed).await;
        let refused = run(&served, &[&RELEASE[..], &["--dry-run"]].concat());
        said(&refused, 2, &[words, "hint:"]);
        let object = api.get(path).await.unwrap();
        let writers = object["metadata"]["managedFields"].as_array().into_iter().flatten();
        assert!(writers.into_iter().all(|writer| writer["manager"] != "glidepath"), "nothing was written");
        api.merge(path, right).await.unwrap();
    }
}

#[test]
fn a_metric_that_nobody_exposes_is_named_and_held_for() {
    let served = Served::start("healthy", 20);
    served.configure(
        "[canary]\nsoak = \"2s\"\nscrape = \"300ms\"\n[metrics.series]\nrequests = [\"no_such_total\"]\n[limits]\nhold = \"3s\"\n",
    );
    let mut driver = served.drive(&RELEASE);
    let ended = driver.ends();
    assert_eq!((&ended["outcome"], &ended["exit_code"]), (&"held".into(), &4.into()), "{ended}");
    assert!(ended["why"].as_str().unwrap().contains("exposes no request counter that is known"), "{ended}");
    let words = |event: &serde_json::Value| event.to_string().contains("has no traffic");
    assert!(!driver.events.iter().any(words), "unknown traffic is not none");
}

#[test]
fn a_journal_that_is_damaged_is_named_with_its_line() {
    let served = Served::start("healthy", 20);
    let mut driver = served.drive(&RELEASE);
    while driver.next().is_some_and(|event| event["event"] != "step") {}
    driver.kill();
    let journal = std::fs::read_dir(served.path().join("state")).unwrap().flatten().next().unwrap().path();
    let text = std::fs::read_to_string(&journal).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines[1] = "this is no record";
    std::fs::write(&journal, lines.join("\n") + "\n").unwrap();
    let name = journal.file_name().unwrap().to_string_lossy().into_owned();
    said(&run(&served, &[&RELEASE[..], &["--json"]].concat()), 2, &[&name, "is not a journal of glidepath: line 2"]);
}
