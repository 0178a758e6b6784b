//! Scale, status, eviction, binding, logs and the proxies.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{EvictParams, LogParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use glidepath::sim::kind::Kind;
use glidepath::sim::store::Writer;
use glidepath::sim::store::fields::put;
use glidepath::sim::store::write::Key;

use super::fixture::{Cluster, deployment, pod, refused};

#[tokio::test]
async fn a_scale_is_read_and_written_apart() {
    let cluster = Cluster::start().await;
    let api: Api<Deployment> = Api::namespaced(cluster.client("dana@example").await, "shop");
    let web = serde_json::from_value(deployment("web")).expect("a deployment");
    let made = api.create(&PostParams::default(), &web).await.expect("created");
    let scale = api.get_scale("web").await.expect("a scale");
    assert_eq!(scale.spec.and_then(|spec| spec.replicas), Some(2));
    let patch = json!({"spec": {"replicas": 4}});
    let scale = api.patch_scale("web", &PatchParams::default(), &Patch::Merge(&patch)).await.expect("scaled");
    assert_eq!(scale.status.and_then(|status| status.selector).as_deref(), Some("app=web"));
    assert_eq!(api.get("web").await.expect("there").spec.and_then(|spec| spec.replicas), Some(4));
    let stale = json!({"metadata": {"name": "web", "resourceVersion": made.metadata.resource_version}, "spec": {"replicas": 9}});
    let path = "/apis/apps/v1/namespaces/shop/deployments/web/scale";
    let answer = cluster.ask("PUT", path).body(stale.to_string()).send().await.expect("an answer");
    assert_eq!(answer.status(), 409);
}

#[tokio::test]
async fn a_status_is_written_apart() {
    let cluster = Cluster::start().await;
    let api: Api<Deployment> = Api::namespaced(cluster.client("dana@example").await, "shop");
    let web = serde_json::from_value(deployment("web")).expect("a deployment");
    api.create(&PostParams::default(), &web).await.expect("created");
    let patch = json!({"spec": {"replicas": 9}, "status": {"readyReplicas": 1}});
    let web = api.patch_status("web", &PatchParams::default(), &Patch::Merge(&patch)).await.expect("written");
    assert_eq!(web.spec.and_then(|spec| spec.replicas), Some(2));
    assert_eq!(web.status.and_then(|status| status.ready_replicas), Some(1));
    assert_eq!(web.metadata.generation, Some(1));
}

#[tokio::test]
async fn an_eviction_obeys_the_disruption_budget() {
    let cluster = Cluster::start().await;
    let writer = Writer::new("test");
    {
        let store = &mut cluster.world().store;
        for name in ["a", "b"] {
            store.create(Kind::Pod, "shop", pod(name, "web"), &writer).expect("a pod");
        }
        let budget = json!({"metadata": {"name": "web"}, "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}}});
        store.create(Kind::PodDisruptionBudget, "shop", budget, &writer).expect("a budget");
        let key = Key::new(Kind::PodDisruptionBudget, "shop", "web");
        let counts = json!({"disruptionsAllowed": 1, "currentHealthy": 2, "desiredHealthy": 1});
        store.mutate(key, &writer, |budget| put(budget, &["status"], counts)).expect("counted");
    }
    let api: Api<Pod> = Api::namespaced(cluster.client("dana@example").await, "shop");
    api.evict("a", &EvictParams::default()).await.expect("the budget allows one");
    let (code, message) = refused(api.evict("b", &EvictParams::default()).await);
    assert_eq!((code, message.as_str()), (429, "Cannot evict pod as it would violate the pod's disruption budget."));
    assert!(api.get_opt("a").await.expect("an answer").is_none());
}

#[tokio::test]
async fn a_pod_is_bound_and_its_log_read() {
    let cluster = Cluster::start().await;
    cluster.world().store.create(Kind::Pod, "shop", pod("a", "web"), &Writer::new("test")).expect("a pod");
    let binding = json!({"target": {"kind": "Node", "name": "n1"}}).to_string();
    let path = "/api/v1/namespaces/shop/pods/a/binding";
    let bind = || cluster.ask("POST", path).body(binding.clone()).send();
    assert_eq!(bind().await.expect("an answer").status(), 201);
    assert_eq!(bind().await.expect("an answer").status(), 409);
    let api: Api<Pod> = Api::namespaced(cluster.client("dana@example").await, "shop");
    assert_eq!(api.get("a").await.expect("there").spec.and_then(|spec| spec.node_name).as_deref(), Some("n1"));
    let tail = LogParams { tail_lines: Some(2), ..LogParams::default() };
    assert_eq!(api.logs("a", &tail).await.expect("a log"), "two\nthree\n");
    assert_eq!(refused(api.logs("gone", &tail).await).0, 404);
}

#[tokio::test]
async fn the_proxies_hand_a_request_on() {
    let cluster = Cluster::start().await;
    let path = "/api/v1/namespaces/shop/pods/a:8080/proxy/metrics?a=%2F";
    let answer = cluster.ask("GET", path).send().await.expect("an answer");
    assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4");
    assert_eq!(answer.text().await.expect("text"), "GET /metrics?a=%2F of shop/a port 8080");
    let path = "/api/v1/namespaces/shop/services/http:prom:web/proxy/api/v1/query";
    let answer = cluster.ask("POST", path).body("query=up").send().await.expect("an answer");
    assert_eq!(answer.text().await.expect("text"), "POST /api/v1/query of shop/prom port web");
    let gone: Value = cluster.read("/api/v1/namespaces/shop/pods/gone:1/proxy/").await;
    assert_eq!(gone["message"], r#"pods "gone" not found"#);
}
