//! An API server that refuses, drops, hangs, and goes away.

use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::PostParams;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::time::timeout;

use glidepath::sim::backend::Admission;
use glidepath::sim::kind::Kind;
use glidepath::sim::status::Status;

use super::fixture::{Cluster, SOON, refused};

fn map(name: &str) -> ConfigMap {
    serde_json::from_value(json!({"metadata": {"name": name}})).expect("a map")
}

async fn maps(cluster: &Cluster) -> Api<ConfigMap> {
    Api::namespaced(cluster.client("dana@example").await, "shop")
}

#[tokio::test]
async fn an_answer_can_be_lost_before_or_after_the_write() {
    let cluster = Cluster::start().await;
    let api = maps(&cluster).await;
    let has = |name: &str| cluster.world().store.get(Kind::ConfigMap, "shop", name).is_some();
    cluster.world().faults = vec![Admission::Drop];
    let lost = api.create(&PostParams::default(), &map("a")).await.expect_err("no answer");
    assert!(!matches!(lost, kube::Error::Api(_)), "{lost:?}");
    assert!(!has("a"));
    cluster.world().faults = vec![Admission::DropAfter];
    let lost = api.create(&PostParams::default(), &map("b")).await.expect_err("no answer");
    assert!(!matches!(lost, kube::Error::Api(_)), "{lost:?}");
    assert!(has("b"));
    api.get("b").await.expect("the next request is answered");
}

#[tokio::test]
async fn a_refusal_says_when_to_come_again() {
    let cluster = Cluster::start().await;
    let refuse = || {
        let status = Status::too_many_requests("too many requests, please try again later", 3);
        Admission::Refuse { status, retry_after: Some(3) }
    };
    cluster.world().faults = vec![refuse(), refuse()];
    assert_eq!(refused(maps(&cluster).await.create(&PostParams::default(), &map("a")).await).0, 429);
    let answer = cluster.ask("DELETE", "/api/v1/namespaces/shop/configmaps/a").send().await.expect("an answer");
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.headers()["retry-after"], "3");
}

#[tokio::test]
async fn a_hanging_request_holds_up_no_other() {
    let cluster = Cluster::start().await;
    let api = maps(&cluster).await;
    cluster.world().faults = vec![Admission::Hang];
    let (params, first, second) = (PostParams::default(), map("a"), map("b"));
    let mut hanging = Box::pin(api.create(&params, &first));
    assert!(futures::poll!(&mut hanging).is_pending());
    // The first request takes the fault; until it has, the second one waits its turn.
    let taken = async {
        while !cluster.world().faults.is_empty() {
            assert!(futures::poll!(&mut hanging).is_pending());
            tokio::task::yield_now().await;
        }
    };
    timeout(SOON, taken).await.expect("it arrives");
    timeout(SOON, api.create(&params, &second)).await.expect("in time").expect("answered");
}

#[tokio::test]
async fn a_closed_server_refuses_connections_and_comes_back_on_its_port() {
    let cluster = Cluster::start().await;
    let api = maps(&cluster).await;
    let watch = cluster.ask("GET", "/api/v1/configmaps?watch=1&resourceVersion=1").send().await.expect("a watch");
    cluster.world().listening.send_replace(false);
    let cut = timeout(SOON, watch.bytes()).await.expect("open connections are cut");
    assert!(cut.is_err() || cut.is_ok_and(|bytes| bytes.is_empty()));
    let refused = async {
        while TcpStream::connect(cluster.server.address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    timeout(SOON, refused).await.expect("connections are refused");
    api.create(&PostParams::default(), &map("a")).await.expect_err("nobody is there");
    cluster.world().listening.send_replace(true);
    let answered = async {
        while api.create(&PostParams::default(), &map("a")).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    timeout(SOON, answered).await.expect("it is back on the same port");
}

#[tokio::test]
async fn a_dropped_server_is_gone() {
    let Cluster { world, server, .. } = Cluster::start().await;
    let address = server.address;
    drop(server);
    let gone = async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    timeout(SOON, gone).await.expect("the port is free");
    drop(world);
}
