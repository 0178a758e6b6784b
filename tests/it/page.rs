//! A breach of the worst level calls somebody: in the stream, and on the Deployment, where whoever is on call looks first.

use serde_json::Value;

use crate::control_plane::{Api, until};
use crate::served::Served;

const CONFIG: &str = r#"
[canary]
steps = [50, 100]
soak = "10s"
scrape = "300ms"

[rules.errors]
interval = "300ms"
freshness = "10s"
levels = { P0 = "1%" }

[limits]
verify = "1s"
"#;

#[tokio::test]
async fn a_breach_of_the_worst_level_is_told_once_in_the_stream_and_on_the_deployment() {
    let served = Served::start("error-spike", 20);
    served.configure(CONFIG);
    let api = Api::of(&served.connect().await);
    let mut driver = served.drive(&["release", "deploy/checkout", "--image", "app=registry.example/checkout:1.8.0"]);
    let ended = driver.ends();
    assert_eq!(ended["outcome"], "rolled-back", "{ended}");
    let pages: Vec<&Value> = driver.events.iter().filter(|event| event["event"] == "page").collect();
    let [page] = pages.as_slice() else { panic!("not one page: {pages:?}") };
    assert_eq!((&page["rule"], &page["workload"]), (&"errors".into(), &"checkout".into()));
    assert!(page["why"].as_str().is_some_and(|why| why.starts_with("P0: ")), "{page}");
    let documented = include_str!("../../docs/stream.md").lines().find(|line| line.starts_with("| `page` |"));
    let documented = documented.expect("it is documented");
    let envelope = ["v", "epoch", "seq", "at", "release", "event"];
    for field in page.as_object().unwrap().keys().filter(|field| !envelope.contains(&field.as_str())) {
        assert!(documented.contains(&format!("`{field}`")), "{field} is not documented");
    }
    until("the page is on the Deployment", async || {
        let events = api.get("/api/v1/namespaces/shop/events").await.unwrap();
        events["items"].as_array().unwrap().iter().any(|event| {
            event["reason"] == "Page"
                && event["type"] == "Warning"
                && event["involvedObject"]["kind"] == "Deployment"
                && event["involvedObject"]["name"] == "checkout"
                && event["message"]
                    .as_str()
                    .is_some_and(|text| text.starts_with("page whoever is on call: errors of checkout: P0: "))
        })
    })
    .await;
}
