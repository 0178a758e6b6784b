//! Watches: what they tell, and what they cannot tell any more.

use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{WatchEvent, WatchParams};
use serde_json::{Value, json};
use tokio::time::timeout;

use glidepath::sim::kind::Kind;
use glidepath::sim::store::Writer;
use glidepath::sim::store::delete::Deletion;
use glidepath::sim::store::fields::put;
use glidepath::sim::store::write::Key;

use super::fixture::{Cluster, SOON, pod};

/// The next event, as `TYPE name-or-version`.
async fn next(events: &mut (impl futures::Stream<Item = kube::Result<WatchEvent<Pod>>> + Unpin)) -> String {
    let event = timeout(SOON, events.next()).await.expect("in time").expect("not the end").expect("an event");
    let name = |pod: Pod| pod.metadata.name.unwrap_or_default();
    match event {
        WatchEvent::Added(pod) => format!("ADDED {}", name(pod)),
        WatchEvent::Modified(pod) => format!("MODIFIED {}", name(pod)),
        WatchEvent::Deleted(pod) => format!("DELETED {}", name(pod)),
        WatchEvent::Bookmark(mark) => format!("BOOKMARK {}", mark.metadata.resource_version),
        WatchEvent::Error(status) => format!("ERROR {} {}", status.code, status.reason),
    }
}

fn make(cluster: &Cluster, name: &str, app: &str) {
    cluster.world().store.create(Kind::Pod, "shop", pod(name, app), &Writer::new("test")).expect("created");
}

#[tokio::test]
async fn a_watch_tells_what_enters_and_leaves_its_selector() {
    let cluster = Cluster::start().await;
    make(&cluster, "old", "web");
    let api: Api<Pod> = Api::namespaced(cluster.client("dana@example").await, "shop");
    let params = WatchParams { bookmarks: true, ..WatchParams::default().labels("app=web") };
    let start = cluster.world().store.revision();
    let mut events = api.watch(&params, &start.to_string()).await.expect("a watch").boxed();
    make(&cluster, "new", "web");
    assert_eq!(next(&mut events).await, "ADDED new");
    make(&cluster, "other", "api");
    let revision = cluster.world().store.revision();
    assert_eq!(next(&mut events).await, format!("BOOKMARK {revision}"), "it is told that it has caught up");
    let writer = Writer::new("test");
    let key = Key::new(Kind::Pod, "shop", "new");
    cluster.world().store.mutate(key, &writer, |pod| put(pod, &["status", "phase"], "Running".into())).expect("there");
    assert_eq!(next(&mut events).await, "MODIFIED new");
    cluster
        .world()
        .store
        .mutate(key, &writer, |pod| put(pod, &["metadata", "labels", "app"], "x".into()))
        .expect("there");
    assert_eq!(next(&mut events).await, "DELETED new", "it has left the selector");
    cluster.world().store.delete(Key::new(Kind::Pod, "shop", "old"), &Deletion::default(), &writer).expect("there");
    assert_eq!(next(&mut events).await, "DELETED old");
}

#[tokio::test]
async fn a_watch_without_a_revision_begins_with_what_is_there() {
    let cluster = Cluster::start().await;
    make(&cluster, "a", "web");
    let api: Api<Pod> = Api::namespaced(cluster.client("dana@example").await, "shop");
    let mut events = api.watch(&WatchParams::default(), "0").await.expect("a watch").boxed();
    assert_eq!(next(&mut events).await, "ADDED a");
    make(&cluster, "b", "web");
    assert_eq!(next(&mut events).await, "ADDED b");
}

#[tokio::test]
async fn a_streaming_list_marks_its_end() {
    let cluster = Cluster::start().await;
    make(&cluster, "a", "web");
    let api: Api<Pod> = Api::namespaced(cluster.client("dana@example").await, "shop");
    let params = WatchParams { bookmarks: true, ..WatchParams::default() }.initial_events();
    let mut events = api.watch(&params, "0").await.expect("a watch").boxed();
    assert_eq!(next(&mut events).await, "ADDED a");
    let mark = timeout(SOON, events.try_next()).await.expect("in time").expect("an event");
    let Some(WatchEvent::Bookmark(mark)) = mark else { panic!("{mark:?}") };
    assert_eq!(mark.metadata.annotations.get("k8s.io/initial-events-end").map(String::as_str), Some("true"));
}

#[tokio::test]
async fn a_watch_from_a_forgotten_revision_is_told_so() {
    let cluster = Cluster::start().await;
    let start = cluster.world().store.revision();
    make(&cluster, "a", "web");
    cluster.world().store.compact();
    let api: Api<Pod> = Api::namespaced(cluster.client("dana@example").await, "shop");
    let mut events = api.watch(&WatchParams::default(), &start.to_string()).await.expect("a watch").boxed();
    assert_eq!(next(&mut events).await, "ERROR 410 Expired");
    assert!(timeout(SOON, events.next()).await.expect("in time").is_none(), "the watch is over");
}

#[tokio::test]
async fn a_slow_watcher_falls_behind_and_holds_up_nobody() {
    let cluster = Cluster::start().await;
    cluster.world().store.keep_changes(5);
    let api: Api<Pod> = Api::namespaced(cluster.client("dana@example").await, "shop");
    let start = cluster.world().store.revision();
    let mut events = api.watch(&WatchParams::default(), &start.to_string()).await.expect("a watch").boxed();
    {
        // All of it happens before the watch can look again.
        let mut world = cluster.world();
        for n in 0..20 {
            world.store.create(Kind::Pod, "shop", pod(&format!("p{n}"), "web"), &Writer::new("test")).expect("created");
        }
    }
    assert_eq!(next(&mut events).await, "ERROR 410 Expired");
}

#[tokio::test]
async fn a_watch_ends_at_its_time() {
    let cluster = Cluster::start().await;
    let answer = cluster.ask("GET", "/api/v1/pods?watch=1&timeoutSeconds=0&resourceVersion=1").send().await;
    let text = answer.expect("an answer").text().await.expect("an end");
    let kinds: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    assert_eq!(kinds, Vec::<Value>::new());
    let future = cluster.ask("GET", "/api/v1/pods?watch=1&resourceVersion=9999").send().await.expect("an answer");
    assert_eq!(future.status(), 504);
    assert_eq!(future.json::<Value>().await.expect("json")["details"]["retryAfterSeconds"], json!(1));
}
