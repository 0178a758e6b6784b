//! Tables and metadata alone, for clients that want no whole objects.

use std::time::Duration;

use serde_json::{Value, json};

use glidepath::sim::kind::Kind;
use glidepath::sim::store::Writer;
use glidepath::sim::store::fields::put;
use glidepath::sim::store::write::Key;

use super::fixture::{Cluster, deployment, pod};

const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

async fn table(cluster: &Cluster, path: &str) -> Value {
    let answer = cluster.ask("GET", path).header("Accept", TABLE).send().await.expect("an answer");
    answer.json().await.expect("json")
}

/// The columns that a narrow table shows, each with its cell in the first row.
fn first(table: &Value) -> Vec<String> {
    let columns = table["columnDefinitions"].as_array().expect("columns");
    let cells = table["rows"][0]["cells"].as_array().expect("cells");
    let narrow = columns.iter().zip(cells).filter(|(column, _)| column["priority"] == json!(0));
    narrow.map(|(column, cell)| format!("{} {cell}", column["name"].as_str().unwrap_or_default())).collect()
}

#[tokio::test]
async fn tables_look_like_a_real_servers() {
    let cluster = Cluster::start().await;
    {
        let world = &mut *cluster.world();
        let writer = Writer::new("test");
        world.store.create(Kind::Deployment, "shop", deployment("web"), &writer).expect("a deployment");
        world.store.create(Kind::Pod, "shop", pod("web-1", "web"), &writer).expect("a pod");
        let key = Key::new(Kind::Pod, "shop", "web-1");
        let statuses = json!([{"name": "app", "ready": true, "restartCount": 0, "state": {"running": {}}}]);
        let running = json!({"phase": "Running", "containerStatuses": statuses});
        world.store.mutate(key, &writer, |pod| put(pod, &["status"], running)).expect("there");
        let later = world.store.now() + Duration::from_secs(185);
        world.store.set_now(later);
    }
    let web = table(&cluster, "/apis/apps/v1/namespaces/shop/deployments").await;
    assert_eq!(first(&web), [r#"Name "web""#, r#"Ready "0/2""#, "Up-to-date 0", "Available 0", r#"Age "3m5s""#]);
    assert_eq!(web["rows"][0]["object"]["kind"], "PartialObjectMetadata");
    assert!(web["metadata"]["resourceVersion"].is_string());
    let pod = table(&cluster, "/api/v1/namespaces/shop/pods/web-1?includeObject=Object").await;
    assert_eq!(
        first(&pod),
        [r#"Name "web-1""#, r#"Ready "1/1""#, r#"Status "Running""#, r#"Restarts "0""#, r#"Age "3m5s""#]
    );
    assert_eq!(pod["rows"][0]["object"]["kind"], "Pod");
}

#[tokio::test]
async fn metadata_can_be_had_alone() {
    let cluster = Cluster::start().await;
    cluster.world().store.create(Kind::Pod, "shop", pod("a", "web"), &Writer::new("test")).expect("a pod");
    let accept = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json";
    let answer = cluster.ask("GET", "/api/v1/pods").header("Accept", accept).send().await.expect("an answer");
    let list: Value = answer.json().await.expect("json");
    assert_eq!(list["kind"], "PartialObjectMetadataList");
    assert_eq!(list["items"][0]["metadata"]["name"], "a");
    assert_eq!(list["items"][0].get("spec"), None);
}
