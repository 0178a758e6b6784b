//! Several workloads in one flight, by the configuration that documents them: one that is bad takes all of them back.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::control_plane::Api;
use crate::served::{Served, left_over};

/// `config.example.toml` as it stands, but for the Prometheus, which this cluster has not, for the rules that only one can
/// answer, and for the time that it takes.
fn example() -> String {
    let text = include_str!("../../config.example.toml");
    let changes = [
        ("source = \"prometheus\"\n", ""),
        ("service = \"tars-production/prometheus:9090\"\n", ""),
        ("[metrics.auth]\n", ""),
        ("#soak = \"10m\"", "soak = \"2s\""),
        ("#scrape = \"5s\"", "scrape = \"1s\""),
        ("#interval = \"15s\"", "interval = \"1s\""),
    ];
    let text = changes.iter().fold(text.to_owned(), |text, (from, to)| {
        assert_eq!(text.matches(from).count(), 1, "{from:?} in the example");
        text.replace(from, to)
    });
    let tables = text.split("\n[").filter(|table| !table.contains("\nquery = "));
    tables.collect::<Vec<_>>().join("\n[")
}

#[tokio::test]
async fn one_bad_workload_of_nine_rolls_back_all_and_each_is_proved() {
    let served = Served::start("tars", 10);
    served.configure(&example());
    let mut driver = served.drive(&["release", "--version", "1.0.2"]);
    let ended = driver.ends();
    assert_eq!((&ended["outcome"], &ended["proven"]), (&"rolled-back".into(), &true.into()), "{ended}");
    assert!(ended["why"].as_str().unwrap().starts_with("errors of tars-ppo-agent: "), "{ended}");
    let of = |is_one: &dyn Fn(&Value) -> bool| -> BTreeSet<String> {
        let workload = |event: &Value| event["workload"].as_str().unwrap_or_default().to_owned();
        driver.events.iter().filter(|event| is_one(event)).map(workload).collect()
    };
    let gone =
        of(&|event| event["what"].as_str().is_some_and(|what| what.ends_with(" to 0")) && event["state"] == "sent");
    assert_eq!(gone.len(), 9, "{gone:?}");
    for line in ["accepted", "observed", "canary-zero", "stable-capacity", "slo-inside"] {
        let proved = of(&|event| event["line"] == line && event["state"] == "done");
        assert_eq!(proved, gone, "{line}");
    }
    let api = Api::of(&served.connect().await);
    assert_eq!(left_over(&api, &served.namespace).await, Vec::<String>::new());
}
