//! An API server that is gone and comes back, as processes meet it that do not share its clock.

use crate::served::{Served, left_over};

const CONFIG: &str = r#"
[canary]
steps = [25, 100]
soak = "2s"
scrape = "300ms"

[rules.errors]
interval = "300ms"
freshness = "30s"

[rules.p95]
interval = "300ms"
freshness = "30s"

[rules.memory]
interval = "300ms"
freshness = "30s"
"#;

/// A watch that goes on after an outage may have nothing to say for a minute. What is seen is of now all the same, and a
/// rollback is proved in the time that it takes.
#[tokio::test]
async fn what_is_seen_is_of_now_as_soon_as_the_server_answers() {
    let served = Served::start("api-outage", 10);
    served.configure(CONFIG);
    let api = crate::control_plane::Api::of(&served.connect().await);
    let mut driver = served.drive(&["release", "deploy/checkout", "--image", "app=registry.example/checkout:1.8.0"]);
    let ended = driver.ends();
    assert_eq!((&ended["outcome"], &ended["proven"]), (&"rolled-back".into(), &true.into()), "{:#?}", driver.tail());
    let accepted = driver.events.iter().find(|event| event["line"] == "accepted" && event["state"] == "done");
    let elapsed = accepted.and_then(|event| event["elapsed_ms"].as_u64()).expect("it was accepted");
    // The server was gone for 18 seconds, is asked every three whether it is back, and its next bookmark would come 23 later.
    assert!((15_000..35_000).contains(&elapsed), "seen after {elapsed} ms");
    assert_eq!(left_over(&api, &served.namespace).await, Vec::<String>::new());
    served.end();
}
