//! One fault of each kind, met in flight through a real Prometheus; and what the pure judges make of the same counts
//! afterwards, on virtual time, is what happened.

use std::process::Output;

use serde_json::Value;

use crate::prometheus_flight::{fly, watching};
use crate::prometheus_real::binary;
use crate::served::Served;

/// A fault, and how it is met.
struct Fault {
    scenario: &'static str,
    /// How many times as fast as life its world goes.
    speed: u32,
    /// How the cause of its rollback begins, or what stands in it.
    cause: &'static str,
    /// Whether a rule's breach is what rolls it back, so that the record holds all that decides.
    judged: bool,
    soak: &'static str,
}

const FAULTS: [Fault; 5] = [
    Fault { scenario: "error-spike", speed: 10, cause: "errors: ", judged: true, soak: "20s" },
    Fault { scenario: "latency-creep", speed: 10, cause: "p95: ", judged: true, soak: "6s" },
    Fault { scenario: "memory-leak", speed: 40, cause: "memory", judged: false, soak: "40s" },
    Fault { scenario: "crash-loop", speed: 20, cause: "crash", judged: false, soak: "20s" },
    Fault { scenario: "metrics-lost", speed: 10, cause: "blind for ", judged: false, soak: "40s" },
];

/// Without a warm-up, so that a reading decides, and not the moment between two of them at which it ends: a journal is judged
/// again reading by reading.
fn configuration(fault: &Fault, url: &str) -> String {
    format!(
        "[canary]\nsteps = [25, 50, 100]\nsoak = {:?}\nscrape = \"1s\"\n\
         [rules.errors]\nfreshness = \"5s\"\n[rules.p95]\nfreshness = \"5s\"\n[rules.memory]\nfreshness = \"5s\"\n\
         [rules.errors.odds]\nwarm_up = \"0s\"\n[rules.p95.odds]\nwarm_up = \"0s\"\n\
         [limits]\nblind = \"4s\"\nready = \"30s\"\nverify = \"3s\"\nproof = \"20s\"\n\
         [metrics]\nsource = \"prometheus\"\nurl = {url:?}\n",
        fault.soak
    )
}

/// The journal's last word of a release that was judged again by its own configuration.
fn judged_again(served: &Served) -> Value {
    let mut journals = std::fs::read_dir(served.path().join("state")).unwrap().flatten();
    let journal = journals.find(|file| file.path().extension().is_some_and(|end| end == "jsonl")).unwrap().path();
    let args = ["replay", journal.to_str().unwrap(), "--judge", "glidepath.toml", "--json"];
    let Output { status, stdout, stderr } = served.command(&args).output().unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    serde_json::from_str(String::from_utf8(stdout).unwrap().lines().last().unwrap()).unwrap()
}

async fn met(fault: &Fault) {
    let Some(binary) = binary() else { return };
    let served = Served::start(fault.scenario, fault.speed);
    let (real, _discovery) = watching(&binary, &served).await;
    served.configure(&configuration(fault, &real.url));
    let (ended, events) = fly(&served, &[]).await;
    let scenario = fault.scenario;
    assert_eq!((&ended["outcome"], &ended["exit_code"]), (&"rolled-back".into(), &3.into()), "{scenario}: {ended}");
    let why = ended["why"].as_str().unwrap();
    assert!(why.contains(fault.cause), "{scenario}: {why}");
    assert!(events.iter().any(|event| event["event"] == "reading"), "{scenario}: nothing came through the Prometheus");
    if fault.judged {
        let whole = judged_again(&served);
        let (was, would) = (&whole["recorded"]["rolled_back"], &whole["judged"]["rolled_back"]);
        assert_eq!(was["at"], would["at"], "{scenario}: {whole}");
        assert!(why.contains(would["why"].as_str().unwrap()), "{scenario}: {whole}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_are_met() {
    met(&FAULTS[0]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_requests_are_met() {
    met(&FAULTS[1]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_that_grows_is_met() {
    met(&FAULTS[2]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pods_that_crash_are_met() {
    met(&FAULTS[3]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_that_are_gone_are_met() {
    met(&FAULTS[4]).await;
}
